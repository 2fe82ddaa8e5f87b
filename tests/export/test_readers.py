"""What exports wrote, read back as captures: the same readings and series, whatever format lay between."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.export import csv_table, profile_csv, registry
from emtkit.export.collect import Plan, collect_registers
from emtkit.export.grid import BERLIN, DAY, QUARTER_HOUR, Grid
from emtkit.export.mscons.incoming.as_capture import read_decoded as read_market
from emtkit.export.mscons.message import Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.export.profile_generic.profile import profile_of
from emtkit.export.readers import READERS, Named, format_of, format_of_file, may_be, named, read_decoded
from emtkit.export.told import ToldSeries, series_in
from emtkit.model.decoded import Decoded, Security
from emtkit.model.errors import ConfigError, EmtkitError, EncodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, Series, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SENDER, RECEIVER = Partner("9900000000011", "500", "293"), Partner("9900000000029", "500", "293")
START = datetime(2026, 10, 31, 23, tzinfo=UTC)
MADE = datetime(2026, 11, 3, 8, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
ROWS = ("csv", "parquet", "arrow")


def quantity(at: int, text: str, code: str = "220", **fields: Any) -> Quantity:
    return Quantity(Decimal(text), code, START + at * QUARTER, START + (at + 1) * QUARTER, **fields)


def market() -> list[Decoded]:
    """Return a load profile, readings and an energy of the market, of every quality."""
    head: dict[str, Any] = {
        "release": "2.5", "document_code": "Z48", "date": MADE, "pruefidentifikator": "13025", "sender": SENDER,
        "receiver": RECEIVER, "location": "51238696781",
    }  # fmt: skip
    profile = [
        quantity(0, "0.971"),
        quantity(1, "3.5", "67", method="Z92", reason="Z75"),
        quantity(2, "0.250", "Z18"),
        quantity(3, "0", "Z30"),
        quantity(4, "1.25", "67", method="Z99", reason="ZZZ"),
    ]
    register = Quantity(Decimal("12345.678"), ablesedatum=START - timedelta(hours=9), nutzungszeitpunkt=START)
    unread = Quantity(Decimal("777.1"), "67", nutzungszeitpunkt=START, method="Z89", reason="Z74")
    messages = [
        Message(reference="1", document="A-1", lines=[Line("1-1:1.29.0", profile)], **head),
        Message(
            **{**head, "pruefidentifikator": "13017", "document_code": "7", "location": None},
            reference="2", document="A-2", device="1EMT0000010001",
            lines=[Line("1-1:1.8.0", [register]), Line("1-1:2.8.0", [unread])],
        ),
        Message(
            **{**head, "pruefidentifikator": "13019", "document_code": "7"}, reference="3", document="A-3",
            lines=[Line("1-1:1.9.0", [Quantity(Decimal("-7.10"), "220", START, START + 30 * DAY)])],
        ),
    ]  # fmt: skip
    interchange = Interchange(
        reference="EMT1", sender=SENDER, receiver=RECEIVER, created=MADE, application_reference="TL"
    )
    return list(read_market(interchange.text(map(MessageWriter().text, messages)).encode("latin-1")))


def written(name: str, frames: Iterable[Decoded], **options: str) -> bytes:
    if name in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    out = io.BytesIO()
    report = registry.write(name, frames, out, options=options)
    assert not report.refused
    return out.getvalue()


def back(data: bytes, name: str | None = None) -> list[Decoded]:
    found = format_of_file(data)
    assert found is not None
    assert name in (None, found)
    return list(read_decoded(data, Named(found)))


def all_series(frames: Iterable[Decoded]) -> list[Series]:
    return [series for frame in frames for series in series_in(frame)]


def test_what_the_market_sent_before_it_goes_anywhere() -> None:
    profile, register, unread, energy = all_series(market())
    assert [(value.value, value.quality.value, value.method, value.reason) for value in profile.values] == [
        (971, "true", None, None),
        (3500, "substitute", "interpolation", "communication"),
        (250, "preliminary", None, "Z18"),
        (None, "missing", None, "Z30"),
        (1250, "substitute", "Z99", "ZZZ"),
    ]
    assert register.values[0].sources == (START - timedelta(hours=9),)
    assert (unread.values[0].sources, unread.values[0].quality) == ((), Quality.SUBSTITUTE)
    assert (energy.values[0].start, energy.values[0].end) == (START, START + 30 * DAY)


@pytest.mark.parametrize("name", ROWS)
def test_rows_keep_value_begin_end_quality_method_reason_and_when_it_was_read(name: str) -> None:
    frames = market()
    again = back(written(name, frames), name)
    assert all_series(again) == all_series(frames)
    assert [(frame.protocol, frame.state, frame.meter, frame.origin) for frame in again] == [
        (frame.protocol, frame.state, frame.meter, frame.origin) for frame in frames
    ]
    assert [[replace(reading, start=-1) for reading in frame.readings] for frame in frames] == [
        frame.readings for frame in again
    ]


def test_a_time_of_reading_is_taken_from_the_market_and_never_made_up() -> None:
    found = collect_registers(market()[1:2], Plan(Grid(DAY, BERLIN), timedelta(minutes=15))).found
    assert [item.builder.registers().values[0].sources for item in found] == [(START - timedelta(hours=9),), ()]


def test_rows_of_rows_are_the_same_rows() -> None:
    table = written("csv", market())
    assert written("csv", back(table)) == table


def test_the_units_and_marks_of_a_table_do_not_matter() -> None:
    frames = market()
    for options in ({"units": "kWh"}, {"delimiter": ";", "decimal_mark": ",", "bom": "yes"}, {"delimiter": "tab"}):
        assert all_series(back(written("csv", frames, **options), "csv")) == all_series(frames)


def test_a_table_with_few_columns_says_few_things() -> None:
    frames = market()[:1]
    (frame,) = back(written("csv", frames, columns="meter_id,obis,time,value,unit"))
    assert series_in(frame) == []
    assert {reading.status for reading in frame.readings} == {"untold"}, "it may be a substitute: who knows"
    assert [reading.value for reading in frame.readings] == [971, 3500, 250, 0, 1250]
    (frame,) = back(written("csv", frames, columns="meter_id,protocol,obis,time,value,unit,status"))
    found = collect_registers([frame], Plan(Grid(QUARTER_HOUR, BERLIN), timedelta(seconds=30))).found[0].builder
    values = found.intervals(start=START, end=START + 4 * QUARTER).values
    assert [(value.quality.value, value.method, value.reason) for value in values] == [
        ("true", None, None),
        ("substitute", "interpolation", "communication"),
        ("preliminary", None, "Z18"),
        ("missing", None, "Z30"),
    ], "the market's status says the quality"


@pytest.mark.parametrize("name", ["csv", "jsonl", "parquet", "arrow"])
def test_the_fleet_comes_back(fleet: list[Decoded], name: str) -> None:
    again = back(written(name, fleet), name)
    assert len(again) == len(fleet)
    for before, after in zip(fleet, again, strict=True):
        assert (after.protocol, after.state, after.security.verdict) == (
            before.protocol, before.state, before.security.verdict,
        )  # fmt: skip
        if name in ("csv", "jsonl"):
            assert after.meter == before.meter
        assert (after.origin.id, after.origin.received_at) == (before.origin.id, before.origin.received_at)
        assert [finding.code for finding in after.diagnostics] == (
            [] if name in ("parquet", "arrow") else [finding.code for finding in before.diagnostics]
        )
        for one, other in zip(before.readings, after.readings, strict=True):
            if isinstance(one.value, (Decimal, type(None))):
                assert other == replace(one, start=-1, end=-1)


def test_values_that_are_no_numbers() -> None:
    meter = MeterId.of("SEN", "33225544", 104, 7)
    readings = [
        Reading("date", date(2025, 12, 31)),
        Reading("text", 'off\n;,"'),
        Reading("raw", b"\x01\xff"),
        Reading("volume", None, "m3", time=date(2025, 12, 31), modifiers=("a", "b"), raw=b"\x04"),
    ]
    frame = Decoded("wmbus", "complete", meter, Security(5, "mac_invalid", verified=False), readings)
    for name in ("csv", "jsonl"):
        (again,) = back(written(name, [frame]))
        assert [reading.value for reading in again.readings] == ["2025-12-31", 'off\n;,"', "01ff", None]
        assert again.readings[3] == readings[3]
        assert again.security.verified is False, "what was disproved stays out of every series"


def test_json_lines_say_no_begin_and_so_an_energy_of_a_month_is_not_guessed() -> None:
    again = back(written("jsonl", market()), "jsonl")
    assert all_series(again) == []
    energy = again[2]
    builder = collect_registers([energy], Plan(Grid(DAY, BERLIN), timedelta(minutes=15))).found[0].builder
    with pytest.raises(EmtkitError, match="whose begin is not told"):
        builder.intervals()
    registers = collect_registers(again[1:2], Plan(Grid(DAY, BERLIN), timedelta(minutes=15))).found
    first, second = (item.builder.registers().values[0] for item in registers)
    assert (first.quality, second.quality) == (Quality.TRUE, Quality.SUBSTITUTE)
    assert first.sources == (), "when it was read is not known, and not made up"


PROFILES = ("iso", "full", "day-iso", "day-de")
OTHERS = ("excel-de", "end-de")


def day_of(day: str = "2026-10-25") -> list[Decoded]:
    begin = datetime.fromisoformat(day).replace(tzinfo=BERLIN).astimezone(UTC)
    end = (datetime.fromisoformat(day) + DAY).replace(tzinfo=BERLIN).astimezone(UTC)
    values: list[SeriesValue] = []
    qualities = (Quality.TRUE, Quality.TRUE, Quality.SUBSTITUTE, Quality.PRELIMINARY, Quality.MISSING)
    while begin < end:
        quality = qualities[len(values) % 5]
        number = None if quality is Quality.MISSING else Decimal(len(values) * 250)
        values.append(SeriesValue(begin, begin + QUARTER, number, quality))
        begin += QUARTER
    meter = MeterId("EMT", "00010001", identifier="1EMT0000010001")
    series = Series(meter, "1-0:1.29.0*255", "Wh", "interval", QUARTER, values)
    return [Decoded("profile-csv", "complete", meter, layers=(ToldSeries((series,)),))]


def test_without_a_column_for_it_nothing_is_a_true_value() -> None:
    columns = "device,obis,begin,end,value,unit"
    data = written("profile-csv", day_of(), columns=columns)
    assert [finding.code for frame in back(data) for finding in frame.diagnostics] == ["profile_csv.stamps"]
    form = named("profile-csv:" + "profile=iso") or Named("")
    options = replace(form.options, columns=columns)
    (series,) = all_series(read_decoded(data, Named("profile-csv", options)))
    assert {(value.quality.value, value.reason) for value in series.values} == {
        ("preliminary", "untold"), ("missing", None),
    }  # fmt: skip


@pytest.mark.parametrize("day", ["2026-10-25", "2026-03-29", "2026-11-02"])
@pytest.mark.parametrize("profile", [*PROFILES, *OTHERS])
def test_load_profile_csv_comes_back(profile: str, day: str) -> None:
    data = written("profile-csv", day_of(day), profile=profile)
    if profile in OTHERS:
        assert [finding.code for frame in back(data) for finding in frame.diagnostics] == ["profile_csv.stamps"]
        form = named(f"profile-csv:profile={profile}")
    else:
        form = Named("profile-csv")
    assert form is not None
    again = list(read_decoded(data, form))
    (series,), (expected,) = all_series(again), all_series(day_of(day))
    assert series.values == expected.values
    assert (series.obis, series.unit, series.step) == (expected.obis, expected.unit, expected.step)
    if profile != "end-de":
        assert series.meter == expected.meter


def test_the_full_profile_has_all_that_a_series_has() -> None:
    frames = market()
    data = written("profile-csv", frames[:1], profile="full", start=str(START), end=str(START + 5 * QUARTER))
    (series,) = all_series(back(data, "profile-csv"))
    assert series.values == all_series(frames)[0].values
    registers = written("profile-csv", frames[1:2], profile="full", values="register", step="day", units="kWh")
    assert [series.values[0] for series in all_series(back(registers))] == [
        series.values[0] for series in all_series(frames)[1:3]
    ]


def test_profile_generic_comes_back_with_what_it_has(tmp_path: Path) -> None:
    frames = market()[1:2]
    for name in ("profile-xml", "profile-json"):
        registry.write(name, frames, tmp_path / name, options={"step": "1440"})
        (path,) = (tmp_path / name).iterdir()
        assert format_of_file(path) == name
        (frame,) = read_decoded(path, Named(name))
        assert frame.meter is not None
        assert frame.meter.identifier == "1EMT0000010001"
        (reading,) = frame.readings
        assert (reading.obis, reading.value, reading.time) == (
            "1-1:1.8.0*255", Decimal(12345678), START - timedelta(hours=9),
        )  # fmt: skip


def test_profile_generic_refuses_what_it_cannot_say(tmp_path: Path) -> None:
    substitutes = registry.write("profile-json", market()[:1], tmp_path)
    assert [found.code for found in substitutes.refused] == ["profile.substitute"]
    meter = MeterId("EMT", "00010001", identifier="1EMT0000010001")
    advance = Series(meter, "1-1:1.9.0*255", "Wh", "interval", DAY, [SeriesValue(START, START + DAY, Decimal(1))])
    with pytest.raises(EncodeError) as caught:
        profile_of([advance])
    assert caught.value.code == "profile.no_begin"


@pytest.mark.parametrize(
    "start",
    [
        b"2E4493157856341233", b"# comment\n2E44", b'{"hex":"2E44"}', b'{"id":"x","data":"2E44"}', b"telegram=|2E44|",
        b"/ISk5MT382-1000\r\n", b"1.8.0(1)", b"\x1b\x1b\x1b\x1b", b"~\xa0", b"", b"h\x2b\x2bh", b"T1;1;1;",
        b"time,value\n", b"device;value\n", b"<?xml version='1.0'?><a/>", b"\xff\xff\xff\xff\x00", b"b2E44",
        b'[{"schema":1}]', b"id,key\n", b"name;obis\n",
    ],
)  # fmt: skip
def test_captures_are_left_to_the_captures(start: bytes) -> None:
    assert format_of(start) is None


def test_every_column_may_be_the_first_one() -> None:
    for columns in (csv_table.COLUMNS, profile_csv.COLUMNS):
        for first in columns:
            assert may_be(f"{first},".encode())
            assert may_be(f"\ufeff{first};".encode())


def test_formats_by_name() -> None:
    assert named("lines") is None
    assert named("csv") == Named("csv")
    for text in ("csv:profile=iso", "profile-csv:profil=iso", "profile-csv:step=never"):
        with pytest.raises(ConfigError) as caught:
            named(text)
        assert caught.value.code == "export.option"


@pytest.mark.parametrize("name", READERS)
def test_packed_files_and_files_that_are_none(name: str, tmp_path: Path) -> None:
    if name in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    for data in (b"", b"rubbish", b"\xff" * 40):
        found = list(read_decoded(data, Named(name)))
        assert all(frame.state == "failed" for frame in found)
    if name not in ("csv", "jsonl", "parquet", "arrow"):
        return
    frames = market()
    path = tmp_path / f"x.{name}.gz"
    path.write_bytes(gzip.compress(written(name, frames)))
    assert format_of_file(path) == name
    assert len(list(read_decoded(path, Named(name)))) == len(frames)


TABLES = {name: written(name, market()) for name in ("csv", "jsonl")}
TABLES["profile-csv"] = written("profile-csv", day_of(), profile="full")


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_damage_ends_well(name: str, data: st.DataObject) -> None:
    table = bytearray(TABLES[name])
    cut = data.draw(st.integers(0, len(table)))
    place = data.draw(st.integers(0, len(table) - 1))
    table[place] ^= data.draw(st.integers(1, 255))
    for damaged in (bytes(table), bytes(table[:cut])):
        for frame in read_decoded(damaged, Named(name)):
            assert frame.state in ("complete", "partial", "opaque", "failed")
            for series in series_in(frame):
                assert all((value.value is None) == (value.quality is Quality.MISSING) for value in series.values)
