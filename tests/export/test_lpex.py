"""LPEX as observed: the lines, what is refused, and every line read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.lpex import Line, Options, read_lines, write
from emtkit.model.decoded import Decoded
from emtkit.model.errors import ConfigError, DecodeError, EmtkitError
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from emtkit.export.registry import Report

MakeDay = Callable[..., list[Decoded]]
MELO = "DE0000000000000000000EMT000010001"
HEAD = b"LPEX V2.0\r\nDatum;Zeit;MPDauer;Werte;;;\r\n"


def point(**fields: Any) -> Points:
    values: dict[str, Any] = {
        "meter": "1EMT0000010001", "register": "1-0:1.8.0", "obis": "1-1:1.29.0", "messlokation": MELO, **fields
    }  # fmt: skip
    return Points([Point(**values)])


def lpex(frames: list[Decoded], points: Points | None = None, **options: Any) -> tuple[bytes, Report]:
    out = io.BytesIO()
    report = write(frames, out, points=points or point(), options=Options(**{"stamp": "end", **options}))
    return out.getvalue(), report


def back(data: bytes) -> list[Line]:
    return list(read_lines(io.BytesIO(data), "end"))


def test_a_line_per_day(day: MakeDay) -> None:
    data, report = lpex(day("2026-11-01T00:00"), point(ratio=Decimal(40)))
    first, header, *lines, end = data.decode("latin-1").split("\r\n")
    assert first == "LPEX V2.0"
    assert header.count(";") == 191
    assert header.startswith("Datum;Zeit;Kundennummer;Kundenname;eindeutigeKDNr;GEId;GEKANr;KALINr;Linie;")
    assert lines[0].startswith(f"01.11.26;00:15:00;;;;1EMT0000010001;;;;;{MELO};1-1:1.29.0;kWh;40;15;0,25;0;0,251;0;")
    assert len(lines) == 2
    assert end == ""
    assert report.written == [(None, "lines", 2)]


@pytest.mark.parametrize(
    ("begin", "end", "count"),
    [("2026-10-25", "2026-10-26", 100), ("2026-11-02", "2026-11-03", 96), ("2027-03-28", "2027-03-29", 92)],
)
def test_long_and_short_days_read_back(day: MakeDay, begin: str, end: str, count: int) -> None:
    data, report = lpex(day(f"{begin}T00:00", f"{end}T00:00"))
    assert report.refused == []
    (line,) = back(data)
    assert line.begin == datetime.fromisoformat(f"{begin}T00:00+0{1 if begin > '2026-10-26' else 2}:00")
    assert line.step == timedelta(minutes=15)
    assert line.values == tuple(Decimal(250 + number).scaleb(-3) for number in range(count))
    assert set(line.status) == {"0"}
    assert (line.cells["ZPB"], line.cells["Kennzahl"], line.cells["Einheit"]) == (MELO, "1-1:1.29.0", "kWh")


def test_a_missing_value_is_empty_with_status_0(day: MakeDay) -> None:
    data, _ = lpex(day(leave_out=4))
    assert b"0,252;0;;0;;0;0,255;0;" in data
    assert back(data)[0].values[2:6] == (Decimal("0.252"), None, None, Decimal("0.255"))


@pytest.mark.parametrize(
    ("code", "points", "options"),
    [
        ("lpex.location", {"messlokation": None}, {}),
        ("lpex.quality", {}, {"substitutes": "interpolation"}),
        ("lpex.text", {"geraetenummer": "a;b"}, {}),
        ("lpex.ambiguous", {}, {"start": datetime(2026, 10, 25, 0, 45, tzinfo=UTC)}),
    ],
)
def test_what_lpex_cannot_hold(day: MakeDay, code: str, points: dict[str, Any], options: dict[str, Any]) -> None:
    _, report = lpex(day("2026-10-25T00:00", "2026-10-26T00:00", leave_out=40), point(**points), **options)
    assert [refusal.code for refusal in report.refused] == [code]


@pytest.mark.parametrize(
    ("code", "options"),
    [("lpex.stamp", {"stamp": None}), ("lpex.step", {"step": 30}), ("lpex.step", {"values": "register"})],
)
def test_options_that_cannot_be(code: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        lpex([], **options)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("lpex.syntax", b""),
        ("lpex.syntax", b"LPEX V1.0\r\n"),
        ("lpex.syntax", b"LPEX V2.0\r\n"),
        ("lpex.syntax", b"LPEX V2.0\r\nDatum;Zeit\r\n"),
        ("lpex.syntax", HEAD + b"02.11.26;00:15:00;20;1;0\r\n"),
        ("lpex.syntax", HEAD + b"02.11.26;00:15:00;15;1;0;2\r\n"),
        ("lpex.time", HEAD + b"2.13.26;00:15:00;15;1;0\r\n"),
        ("lpex.value", HEAD + b"02.11.26;00:15:00;15;x;0\r\n"),
        ("lpex.value", HEAD + b"02.11.26;00:15:00;15;1;7\r\n"),
    ],
)
def test_files_that_cannot_be_read(code: str, data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        back(data)
    assert caught.value.code == code


def test_a_status_and_padding_are_kept_and_cut() -> None:
    (line,) = back(HEAD + b"02.11.26;00:15:00;15;1.5;0800A;;0;;;\r\n;;;\r\n")
    assert (line.values, line.status) == ((Decimal("1.5"), None), ("0800A", "0"))


@given(st.binary(max_size=60))
def test_any_bytes_give_lines_or_an_error(data: bytes) -> None:
    for file in (data, HEAD + data):
        with suppress(EmtkitError):
            back(file)
