"""CSV: one row per reading, exact numbers, options, and read back."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export import csv_table
from emtkit.export.csv_table import (
    COLUMNS,
    FRAME_COLUMNS,
    READING_COLUMNS,
    SERIES_COLUMNS,
    Options,
    read_rows,
    write,
)
from emtkit.model.decoded import Decoded, Origin, Security
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError, DecodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading, plain_value
from emtkit.model.units import EXACT, UNITS

METER = MeterId.of("EMT", "00010001", 1, 2)
MOMENT = datetime(2026, 11, 2, 0, 0, 3, tzinfo=UTC)


def frame(*readings: Reading, **fields: Any) -> Decoded:
    return Decoded("wmbus", fields.pop("state", "complete"), METER, readings=list(readings), **fields)


ENERGY = Reading("energy", Decimal("1.2345E+7"), "Wh", "1-0:1.8.0*255", time=MOMENT, time_source="capture")


def table(frames: list[Decoded], **options: Any) -> list[str]:
    out = io.BytesIO()
    write(frames, out, options=Options(**options))
    return out.getvalue().decode().splitlines()


def test_columns() -> None:
    assert set(COLUMNS) == set(FRAME_COLUMNS) | set(READING_COLUMNS) | set(SERIES_COLUMNS)
    assert len(COLUMNS) == len(set(COLUMNS))


def test_a_row_per_reading_and_a_row_for_a_frame_without() -> None:
    finding = Diagnostic(Severity.ERROR, "oms.key.missing", "oms", "", None, None, "no key")
    frames = [
        frame(ENERGY, Reading("error_flags", "0x10", modifiers=("a", "b"), storage=1), status=("low_power", "alarm")),
        frame(
            state="opaque",
            security=Security(5, "key_missing"),
            diagnostics=[finding, finding],
            origin=Origin("a.txt", 7, "x", MOMENT),
        ),
        Decoded(None, "failed"),
    ]
    rows = table(
        frames, columns="identifier,obis,value,unit,modifiers,storage,meter_status,state,verdict,diagnostics,line"
    )
    assert rows == [
        "identifier,obis,value,unit,modifiers,storage,meter_status,state,verdict,diagnostics,line",
        "1EMT0000010001,1-0:1.8.0*255,12345000,Wh,,0,low_power alarm,complete,none,,",
        "1EMT0000010001,,0x10,,a b,1,low_power alarm,complete,none,,",
        "1EMT0000010001,,,,,,,opaque,key_missing,oms.key.missing,7",
        ",,,,,,,failed,none,,",
    ]
    out = io.BytesIO()
    assert write(frames, out).written == [(None, "rows", 4)]


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        ({}, "12345000,Wh"),
        ({"units": "kWh"}, "12345,kWh"),
        ({"units": "MWh, l", "decimal_mark": ","}, '"12,345",MWh'),
        ({"units": "MWh", "decimal_mark": ",", "delimiter": ";"}, "12,345;MWh"),
        ({"units": "GJ"}, "12345000,Wh"),  # another dimension
        ({"delimiter": "tab"}, "12345000\tWh"),
    ],
)
def test_numbers(options: dict[str, Any], cells: str) -> None:
    assert table([frame(ENERGY)], columns="value,unit", **options)[1] == cells


def test_a_value_that_the_unit_cannot_show_exactly_keeps_its_own() -> None:
    months = Reading("duration", Decimal(7), "month")
    assert table([frame(months)], columns="value,unit", units="year")[1] == "7,month"


def test_for_spreadsheets() -> None:
    assert table([], bom=True)[0].startswith("\ufeffreceived_at,")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"delimiter": ""}, "csv.delimiter"),
        ({"delimiter": ";;"}, "csv.delimiter"),
        ({"delimiter": '"'}, "csv.delimiter"),
        ({"delimiter": "a"}, "csv.delimiter"),
        ({"units": "kwh"}, "csv.unit"),
        ({"columns": "value,units"}, "csv.column"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], code: str) -> None:
    with pytest.raises(ConfigError) as error:
        table([], **options)
    assert error.value.code == code


VALUES = st.one_of(
    st.none(),
    st.decimals(allow_nan=False, allow_infinity=False, places=4),
    st.integers(0, 10**30).map(Decimal),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    st.binary(min_size=1, max_size=4),
)


@given(
    st.lists(VALUES, max_size=5),
    st.sampled_from([",", ";", "tab", "|", "^"]),
    st.sampled_from([".", ","]),
    st.sampled_from(["", "kWh"]),
    st.booleans(),
)
def test_it_is_read_back(values: list[Any], delimiter: str, decimal_mark: Any, units: str, bom: bool) -> None:
    options = Options(delimiter=delimiter, decimal_mark=decimal_mark, units=units, bom=bom)
    readings = [Reading("energy", value, "Wh", "1-0:1.8.0*255", time=date(2026, 11, 2)) for value in values]
    out = io.BytesIO()
    write([frame(*readings), frame(origin=Origin('a,"b"\n;c'))], out, options=options)
    rows = list(read_rows(io.BytesIO(out.getvalue()), options))
    assert len(rows) == max(len(values), 1) + 1
    assert rows[-1]["source"] == 'a,"b"\n;c'
    for row, value in zip(rows[:-1], values or [None], strict=True):
        assert list(row) == list(COLUMNS)
        if not values:
            continue
        assert (row["identifier"], row["obis"], row["time"]) == ("1EMT0000010001", "1-0:1.8.0*255", "2026-11-02")
        if isinstance(value, Decimal):
            assert isinstance(row["value"], Decimal)
            assert EXACT.multiply(row["value"], UNITS[str(row["unit"])].factor) == value
        elif not isinstance(row["value"], Decimal):  # a text of digits reads as a number
            assert row["value"] == plain_value(value)


@pytest.mark.parametrize("text", [b"a,b\n1\n", b'value\n"x\n', b"value\n\xff\n", b'a,"b" c\n'])
def test_what_is_no_such_table(text: bytes) -> None:
    with pytest.raises(DecodeError) as error:
        list(read_rows(io.BytesIO(text)))
    assert error.value.code == "csv.syntax"


def test_a_file_name_that_is_no_utf_8() -> None:
    rows = table([frame(origin=Origin("night\udcff"))], columns="source")
    assert rows == ["source", "night\\udcff"]


def test_it_is_registered_as_csv() -> None:
    assert csv_table.NAME == "csv"
