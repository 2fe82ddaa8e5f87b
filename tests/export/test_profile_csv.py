"""Load-profile CSV: ready profiles, days of 92, 96 and 100 quarter hours, gaps, and every file read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export import registry
from emtkit.export.profile_csv import PROFILES, Options, Row, read_rows, write
from emtkit.model.decoded import Decoded
from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.model.series import Quality
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from emtkit.export.registry import Report

MakeDay = Callable[..., list[Decoded]]
MALO = "50000000013"
POINTS = Points(
    [Point(meter="1EMT0000010001", register="1-0:1.8.0", obis="1-1:1.29.0", marktlokation=MALO, ratio=Decimal(40))]
)


def table(frames: list[Decoded], points: Points | None = None, **options: Any) -> tuple[str, Report]:
    out = io.BytesIO()
    report = write(frames, out, points=points, options=Options(**options))
    return out.getvalue().decode(), report


def back(text: str, **options: Any) -> list[Row]:
    return list(read_rows(io.BytesIO(text.encode()), Options(**options)))


def test_a_row_per_interval_in_utc(day: MakeDay) -> None:
    text, report = table(day())
    lines = text.split("\n")
    assert lines[0] == "device,location,obis,unit,begin,end,value,quality"
    assert lines[1] == ("1EMT0000010001,,1-0:1.8.0*255,Wh,2026-11-01T23:00:00+00:00,2026-11-01T23:15:00+00:00,250,true")
    assert report.written == [(None, "rows", 96)]
    assert report.refused == []


def test_the_end_on_the_local_clock_with_ratio_and_unit(day: MakeDay) -> None:
    text, _ = table(day(), POINTS, profile="end-de", units="kWh")
    assert text.split("\r\n")[:2] == [
        "location;obis;time;value;unit;quality",
        f"{MALO};1-1:1.29.0;02.11.2026 00:15;10;kWh;true",
    ]


def test_a_spreadsheet_gets_date_and_clock(day: MakeDay) -> None:
    text, _ = table(day(), profile="excel-de", units="kWh")
    assert text.startswith("\ufefflocation;device;obis;unit;date;clock;value;quality\r\n")
    assert text.split("\r\n")[2] == ";1EMT0000010001;1-0:1.8.0*255;kWh;02.11.2026;00:15;0,251;true"


@pytest.mark.parametrize(
    ("begin", "end", "count"),
    [("2026-10-25", "2026-10-26", 100), ("2026-11-02", "2026-11-03", 96), ("2027-03-28", "2027-03-29", 92)],
)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_reads_back_on_every_day(day: MakeDay, profile: str, begin: str, end: str, count: int) -> None:
    frames = day(f"{begin}T00:00", f"{end}T00:00")
    text, report = table(frames, profile=profile)
    assert report.refused == []
    rows = back(text, profile=profile)
    values = [row.value for row in rows]
    assert len(values) == count
    assert [value.value for value in values] == [250 + number for number in range(count)]
    assert values[0].start == datetime.fromisoformat(f"{begin}T00:00+0{1 if begin > '2026-10-26' else 2}:00")
    assert all(earlier.end == later.start for earlier, later in pairwise(values))
    assert rows[0].cells["obis"] == "1-0:1.8.0*255"


def test_a_day_is_a_row(day: MakeDay) -> None:
    text, _ = table(day(), profile="day-de", units="kWh")
    header, row = text.split("\r\n")[:2]
    assert header.startswith("location;device;obis;unit;date;count;quality;1;2;")
    assert header.endswith(";100")
    assert row.startswith(f";1EMT0000010001;1-0:1.8.0*255;kWh;02.11.2026;96;{'t' * 96};0,25;0,251;")
    assert row.endswith(";0,345;;;;")


def test_a_gap_has_its_rows(day: MakeDay) -> None:
    text, report = table(day(leave_out=4))
    assert text.split("\n")[4].endswith(",,missing")
    assert [row.value.quality for row in back(text)[2:6]] == [
        Quality.TRUE,
        Quality.MISSING,
        Quality.MISSING,
        Quality.TRUE,
    ]
    assert "series.gap" in [finding.code for finding in report.diagnostics]
    text, _ = table(day(leave_out=4), profile="day-iso")
    assert text.split("\n")[1].split(",")[6][:6] == "tttmmt"
    assert [row.value.value for row in back(text, profile="day-iso")[3:5]] == [None, None]


def test_a_substitute_is_marked(day: MakeDay) -> None:
    options: dict[str, Any] = {
        "substitutes": "interpolation",
        "columns": "device,obis,begin,value,quality,method,reason",
    }
    text, _ = table(day(leave_out=4), **options)
    value = back(text, **options)[3].value
    assert (value.quality, value.method, value.reason, value.value) == (
        Quality.SUBSTITUTE,
        "interpolation",
        "gap",
        Decimal(254),
    )


def test_registers_at_midnight(day: MakeDay) -> None:
    text, _ = table(day(), values="register", step="day", units="kWh")
    rows = back(text, values="register", step="day")
    assert [(row.value.end.astimezone(UTC).hour, str(row.value.value)) for row in rows] == [
        (23, "1000"),
        (23, "1028.56"),
    ]


def test_entries_for_other_values_are_left_out_and_named(day: MakeDay) -> None:
    points = Points([Point(meter="1EMT0000010001", register="1-0:1.8.0", obis="1-1:1.8.0", where="points.toml:7")])
    text, report = table(day(), points)
    assert text.count("\n") == 1
    found = {finding.code: finding.field for finding in report.diagnostics}
    assert found["connector.other_values"] == "points.toml:7"


def test_the_fleet(fleet: list[Decoded]) -> None:
    text, report = table(fleet)
    assert "connector.not_counted" in {finding.code for finding in report.diagnostics}  # temperatures
    devices = {line.partition(",")[0] for line in text.splitlines()[1:]}
    assert {"1EMT0000010001", "1EMT0000010002"} <= devices


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("profile_csv.delimiter", {"delimiter": "ab"}),
        ("profile_csv.delimiter", {"delimiter": ",", "decimal_mark": ","}),
        ("profile_csv.column", {"columns": "device,colour"}),
        ("profile_csv.column", {"columns": "device,value", "rows": "day"}),
        ("profile_csv.step", {"rows": "day", "step": "day"}),
        ("connector.unit", {"units": "furlong"}),
        ("series.step", {"step": 0}),
        ("series.zone", {"zone": "Mars/Base"}),
        ("series.tolerance", {"tolerance": -1}),
    ],
)
def test_options_that_cannot_be(code: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        table([], **options)
    assert caught.value.code == code


def test_options_as_a_command_gives_them(day: MakeDay) -> None:
    out = io.BytesIO()
    registry.write("profile-csv", day(), out, options={"step": "60", "profile": "day-iso", "header": "no"})
    cells = out.getvalue().decode().split("\n")[0].split(",")
    assert (cells[5], cells[7], len(cells)) == ("24", "1006", 7 + 25)


def test_a_series_that_begins_in_the_second_pass_is_refused_without_offset(day: MakeDay) -> None:
    frames = day("2026-10-25T00:00", "2026-10-26T00:00")
    start, end = (datetime.fromisoformat(f"2026-10-25T{text}") for text in ("02:00+01:00", "05:00+01:00"))
    _, report = table(frames, profile="end-de", stamp="begin", start=start, end=end)
    assert [refusal.code for refusal in report.refused] == ["profile_csv.ambiguous"]
    _, report = table(frames, profile="day-iso", start=start, end=end)
    assert [refusal.code for refusal in report.refused] == ["profile_csv.half_day"]


@pytest.mark.parametrize(
    ("code", "text", "options"),
    [
        ("profile_csv.syntax", "a,b\nc", {}),
        ("profile_csv.syntax", 'a,b\n"c', {}),
        ("profile_csv.time", "begin,value\nyesterday,1", {}),
        ("profile_csv.time", "date,value\n1,1", {"profile": "day-iso"}),
        ("profile_csv.value", "begin,value\n2026-11-02T00:00Z,1e5", {}),
        ("profile_csv.value", "begin,value,quality\n2026-11-02T00:00Z,1,missing", {}),
        ("profile_csv.value", "begin,value,quality\n2026-11-02T00:00Z,1,fine", {}),
        ("profile_csv.value", "date,count,quality,1\n2026-11-02,1,t,1", {"profile": "day-iso"}),
    ],
)
def test_files_that_cannot_be_read(code: str, text: str, options: dict[str, Any]) -> None:
    with pytest.raises(EmtkitError) as caught:
        back(text, **options)
    assert caught.value.code == code


@given(st.binary(max_size=80), st.sampled_from(sorted(PROFILES)))
def test_any_file_gives_rows_or_an_error(data: bytes, profile: Any) -> None:
    with suppress(EmtkitError):
        list(read_rows(io.BytesIO(b"begin,value,date,count,quality,1\n" + data), Options(profile=profile)))
