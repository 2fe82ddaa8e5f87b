"""InfluxDB line protocol: lines, escapes, exact numbers, and every line read back."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.influx import Line, Options, encode, read_lines, write
from emtkit.model.decoded import Decoded
from emtkit.model.errors import ConfigError, DecodeError, EmtkitError, EncodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from emtkit.export.registry import Report

METER = MeterId.of("EMT", "00050001", 1, 8)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def influx(*readings: Reading, points: Points | None = None, **options: Any) -> tuple[str, Report]:
    out = io.BytesIO()
    report = write([Decoded("wmbus", "complete", METER, readings=list(readings))], out, points=points,
                   options=Options(**options))  # fmt: skip
    return out.getvalue().decode(), report


def test_a_line() -> None:
    reading = Reading("heat_cost_units", Decimal(1209), "HCA", "4-0:1.0.0*255", time=NOON, status="0")
    text, _ = influx(reading)
    assert text == (
        "reading,device=4EMT0000050001,function=instantaneous,manufacturer=EMT,medium=heat\\ cost\\ allocator,"
        "obis=4-0:1.0.0*255,quantity=heat_cost_units,storage=0,subunit=0,tariff=0,unit=HCA "
        'value=1209,status="0" 1793620800000000000\n'
    )
    points = Points([Point(meter="4EMT0000050001", register="4-0:1.0.0", marktlokation="50000000013")])
    text, _ = influx(reading, points=points, precision="s", measurement="hca")
    assert ",marktlokation=50000000013," in text
    assert text.startswith("hca,")
    assert text.endswith(" 1793620800\n")


def test_what_has_no_moment_is_counted() -> None:
    text, report = influx(
        Reading("heat_cost_units", Decimal(1), "HCA", time=date(2025, 12, 31)),
        Reading("fabrication_number", "1"),
        Reading("energy", None, "Wh", time=NOON),
    )
    assert text == ""
    assert [(finding.code, finding.message[-1]) for finding in report.diagnostics] == [("influx.no_time", "2")]


def test_long_numbers_have_their_exact_text() -> None:
    text, _ = influx(Reading("energy", Decimal("12345678901234567.89"), "Wh", time=NOON))
    (line,) = read_lines(io.BytesIO(text.encode()))
    assert line.fields == {"value": Decimal("12345678901234567.89"), "exact": "12345678901234567.89"}


def test_the_fleet(fleet: list[Decoded]) -> None:
    out = io.BytesIO()
    report = write(fleet, out)
    lines = list(read_lines(io.BytesIO(out.getvalue())))
    assert report.refused == []
    assert report.written == [(None, "lines", len(lines))]
    readings = [r for frame in fleet for r in frame.readings if isinstance(r.time, datetime) and r.value is not None]
    assert [line.time for line in lines] == [reading.time for reading in readings]
    assert [line.fields["value"] for line in lines if "value" in line.fields] == [
        reading.value for reading in readings if isinstance(reading.value, Decimal)
    ]


@pytest.mark.parametrize(
    ("code", "line", "precision"),
    [
        ("influx.text", Line("m", {"a": "b\\"}, {"v": Decimal(1)}, NOON), "ns"),
        ("influx.text", Line("m\n", {}, {"v": Decimal(1)}, NOON), "ns"),
        ("influx.text", Line("m", {}, {"v": "a\nb"}, NOON), "ns"),
        ("influx.number", Line("m", {}, {"v": Decimal("NaN")}, NOON), "ns"),
        ("influx.precision", Line("m", {}, {"v": Decimal(1)}, NOON.replace(microsecond=1)), "ms"),
    ],
)
def test_what_a_line_cannot_hold(code: str, line: Line, precision: Any) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(line, precision)
    assert caught.value.code == code


def test_a_refused_reading_does_not_stop_the_rest() -> None:
    text, report = influx(
        Reading("text", "a\nb", time=NOON), Reading("power", Decimal(5), "W", time=NOON)
    )  # fmt: skip
    assert text.count("\n") == 1
    assert [refusal.code for refusal in report.refused] == ["influx.text"]


def test_a_measurement_has_a_name() -> None:
    with pytest.raises(ConfigError) as caught:
        influx(measurement="_system")
    assert caught.value.code == "influx.measurement"


@pytest.mark.parametrize("data", [b"x", b"m v=\n", b'm v="a\n', b"m,a v=1\n", b"m v=1 " + b"9" * 30, b"\xff"])
def test_lines_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        list(read_lines(io.BytesIO(data)))
    assert caught.value.code == "influx.syntax"


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\\\n\r"), min_size=1, max_size=8)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12)


@given(
    NAMES.filter(lambda name: name[0] not in "_#"),
    st.dictionaries(NAMES, NAMES, max_size=3),
    st.dictionaries(NAMES, TEXTS | NUMBERS, min_size=1, max_size=3),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
)
def test_round_trip(measurement: str, tags: dict[str, str], fields: dict[str, Any], time: datetime) -> None:
    line = Line(measurement, tags, fields, time)
    assert list(read_lines(io.BytesIO(encode(line)))) == [line]


@given(st.binary(max_size=60))
def test_any_bytes_give_lines_or_an_error(data: bytes) -> None:
    with suppress(EmtkitError):
        list(read_lines(io.BytesIO(data)))
