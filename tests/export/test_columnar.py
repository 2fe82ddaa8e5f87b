"""Parquet and Arrow: a row per reading, exact numbers, read back; and what is said without pyarrow."""

from __future__ import annotations

import io
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from emtkit.export import registry
from emtkit.export.columnar import to_arrow, to_parquet
from emtkit.export.told import ToldSeries
from emtkit.model.decoded import Decoded
from emtkit.model.errors import ConfigError, DecodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, Series, SeriesValue

READERS: dict[str, Any] = {"arrow": to_arrow.read_rows, "parquet": to_parquet.read_rows}
METER = MeterId.of("EMT", "00010001", 1, 2)
NOON = datetime(2026, 11, 2, 12, 0, 0, 5, tzinfo=UTC)


def back(name: str, frames: list[Decoded]) -> list[dict[str, Any]]:
    out = io.BytesIO()
    report = registry.write(name, frames, out)
    rows = list(READERS[name](io.BytesIO(out.getvalue())))
    assert report.written == [(None, "rows", len(rows))]
    return rows


@pytest.mark.parametrize("name", READERS)
def test_rows_come_back(name: str) -> None:
    pytest.importorskip("pyarrow")
    readings = [
        Reading("energy", Decimal("1.2345E+7"), "Wh", "1-0:1.8.0*255", time=NOON, raw=b"\x04"),
        Reading("energy", Decimal("0.0000000000001"), "Wh", time=date(2025, 12, 31)),
        Reading("energy", Decimal("1E+30"), "Wh"),
        Reading("text", "\ud800", modifiers=("a", "b")),
    ]
    rows = back(name, [Decoded("wmbus", "complete", METER, readings=readings), Decoded(None, "failed")])
    assert [(row["value"], row["value_text"]) for row in rows] == [
        (12345000, "12345000"),
        (None, "0.0000000000001"),
        (None, "1" + "0" * 30),
        (None, "\\ud800"),
        (None, None),
    ]
    assert [(row["time"], row["date"]) for row in rows[:2]] == [(NOON, None), (None, date(2025, 12, 31))]
    assert (rows[0]["device"], rows[0]["raw"], rows[3]["modifiers"]) == ("1EMT0000010001", b"\x04", ["a", "b"])
    assert (rows[4]["state"], rows[4]["device"]) == ("failed", None)


@pytest.mark.parametrize("name", READERS)
def test_the_fleet(fleet: list[Decoded], name: str) -> None:
    pytest.importorskip("pyarrow")
    rows = back(name, fleet)
    values = [r.value for frame in fleet for r in frame.readings if isinstance(r.value, Decimal)]
    assert [row["value"] for row in rows if row["value"] is not None] == values


@pytest.mark.parametrize("name", READERS)
def test_files_that_cannot_be_read(name: str) -> None:
    pytest.importorskip("pyarrow")
    for data in (b"", b"PAR1", b"x" * 100):
        with pytest.raises(DecodeError) as caught:
            list(READERS[name](io.BytesIO(data)))
        assert caught.value.code == "columnar.syntax"


@pytest.mark.parametrize("name", READERS)
def test_without_pyarrow_it_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError) as caught:
        registry.write(name, [], io.BytesIO())
    assert caught.value.code == "columnar.pyarrow"


@pytest.mark.parametrize("name", READERS)
def test_values_of_a_series_have_begin_quality_method_reason_and_when_they_were_read(name: str) -> None:
    pytest.importorskip("pyarrow")
    begin = NOON - timedelta(minutes=15)
    values = [
        SeriesValue(begin, NOON, Decimal(250), Quality.SUBSTITUTE, "interpolation", "communication"),
        SeriesValue(NOON, NOON + timedelta(minutes=15), None, Quality.MISSING, None, "gap", (NOON,)),
    ]
    readings = [Reading("energy", value.value, "Wh", "1-0:1.29.0*255", time=value.end) for value in values]
    series = Series(METER, "1-0:1.29.0*255", "Wh", "interval", timedelta(minutes=15), values)
    readings.append(Reading("energy", Decimal(7), "Wh", "1-0:1.8.0*255", time=NOON))
    rows = back(name, [Decoded("wmbus", "complete", METER, readings=readings, layers=(ToldSeries((series,)),))])
    said = [(row["value"], row["begin"], row["quality"], row["method"], row["reason"], row["sources"]) for row in rows]
    assert said == [
        (250, begin, "substitute", "interpolation", "communication", []),
        (None, NOON, "missing", None, "gap", [NOON]),
        (7, None, None, None, None, None),
    ]
