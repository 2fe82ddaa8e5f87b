"""Submetering: which value is which, what is kept of many telegrams, and both forms read back."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.submetering import to_csv, to_json
from emtkit.model.decoded import Decoded, Origin, Security
from emtkit.model.errors import ConfigError, DecodeError, EmtkitError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from emtkit.export.registry import Report

HCA = MeterId.of("EMT", "00050001", 5, 8)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def hca(value: int, at: datetime, *more: Reading, **fields: Any) -> Decoded:
    now = Reading("heat_cost_units", Decimal(value), "HCA", "4-0:1.0.0*255", time=at)
    return Decoded("wmbus", "complete", HCA, readings=[now, *more], origin=Origin(received_at=at), **fields)


def stored(value: int | None, storage: int, day: date | None) -> Reading:
    number = None if value is None else Decimal(value)
    return Reading("heat_cost_units", number, "HCA", storage=storage, time=day)


FRAMES = [
    hca(
        1209,
        NOON,
        stored(987, 1, date(2025, 12, 31)),
        stored(1100, 8, date(2026, 9, 30)),
        stored(1180, 9, date(2026, 10, 31)),
        stored(None, 10, date(2026, 8, 31)),
        stored(1150, 11, date(2026, 10, 15)),
        stored(1140, 12, None),
        Reading("error_flags", Decimal(4)),
        Reading("temperature", Decimal("21.5"), "degC"),
        status=("low_power",),
    ),
    hca(1208, NOON.replace(hour=11)),
]


def document(
    frames: list[Decoded], points: Points | None = None, **options: Any
) -> tuple[list[dict[str, Any]], Report]:
    out = io.BytesIO()
    report = to_json.write(frames, out, points=points, options=to_json.Options(**options))
    return to_json.read_devices(io.BytesIO(out.getvalue())), report


def table(frames: list[Decoded], points: Points | None = None, **options: Any) -> list[dict[str, Any]]:
    out = io.BytesIO()
    chosen = to_csv.Options(**options)
    to_csv.write(frames, out, points=points, options=chosen)
    return list(to_csv.read_rows(io.BytesIO(out.getvalue()), chosen))


def test_each_value_in_its_place() -> None:
    (device,), report = document(FRAMES)
    (register,) = device.pop("registers")
    assert device == {
        "device": "4EMT0000050001",
        "location": None,
        "manufacturer": "EMT",
        "serial": "00050001",
        "version": 5,
        "medium": "heat cost allocator",
        "received_at": "2026-11-02T12:00:00+00:00",
        "verdict": "none",
        "status": ["low_power"],
        "error_flags": "4",
    }
    assert register == {
        "quantity": "heat_cost_units",
        "unit": "HCA",
        "obis": "4-0:1.0.0*255",
        "tariff": 0,
        "subunit": 0,
        "modifiers": [],
        "current": {"date": "2026-11-02T12:00:00+00:00", "value": 1209},
        "due_date": [{"date": "2025-12-31", "value": 987}],
        "monthly": [
            {"date": "2026-10-31", "value": 1180},
            {"date": "2026-09-30", "value": 1100},
            {"date": "2026-08-31", "value": None},
        ],
        "stored": [
            {"date": "2026-10-15", "value": 1150, "storage": 11},
            {"date": None, "value": 1140, "storage": 12},
        ],
    }
    assert report.diagnostics == []


def test_the_table_has_a_row_per_value() -> None:
    rows = table(FRAMES, decimal_mark=",")
    assert [(row["kind"], row["date"], row["value"]) for row in rows][:3] == [
        ("current", "2026-11-02T12:00:00+00:00", 1209),
        ("due_date", "2025-12-31", 987),
        ("monthly", "2026-10-31", 1180),
    ]
    assert {row["error_flags"] for row in rows} == {"4"}
    assert len(rows) == 7


def test_a_changed_value_is_named() -> None:
    frames = [hca(1, NOON, stored(987, 1, date(2025, 12, 31))), hca(2, NOON, stored(988, 1, date(2025, 12, 31)))]
    (device,), report = document(frames)
    assert device["registers"][0]["due_date"] == [{"date": "2025-12-31", "value": 988}]
    assert [(finding.code, finding.field) for finding in report.diagnostics] == [
        ("submetering.changed", "4EMT0000050001")
    ]


def test_a_device_without_its_key_is_there() -> None:
    closed = Decoded("wmbus", "opaque", HCA, security=Security(5, "key_missing"))
    (row,) = table([closed])
    assert (row["device"], row["verdict"], row["value"]) == ("4EMT0000050001", "key_missing", None)


def test_a_disproved_telegram_is_left_out() -> None:
    devices, report = document([hca(5, NOON, security=Security(7, "mac_invalid", verified=False))])
    assert devices == []
    assert [finding.code for finding in report.diagnostics] == ["series.not_authentic"]


def test_the_fleet(fleet: list[Decoded]) -> None:
    points = Points([Point(meter="8EMT0000030001", register="8-0:1.0.0", geraetenummer="W-17")])
    rows = table(fleet, points, units="l,kWh", media="water,heat")
    assert [(row["device"], row["kind"], row["value"], row["unit"], row["verdict"]) for row in rows[:3]] == [
        ("W-17", "current", 341669, "l", "none"),
        ("W-17", "due_date", 338914, "l", "none"),
        ("8EMT0000030002", None, None, None, "key_wrong"),
    ]
    assert {(row["device"], row["quantity"], row["unit"]) for row in rows[3:]} == {
        ("6EMT0000040001", "energy", "kWh"),
        ("6EMT0000040001", "volume", "l"),
    }


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("submetering.unit", {"units": "furlong"}),
        ("submetering.delimiter", {"delimiter": ",", "decimal_mark": ","}),
    ],
)
def test_options_that_cannot_be(code: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        table([], **options)
    assert caught.value.code == code


@pytest.mark.parametrize("text", [b"", b"a;b\n", b"device;value\n1\n", b"device;value\n1;x\n", b'device;value\n"1;2\n'])
def test_tables_that_cannot_be_read(text: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        list(to_csv.read_rows(io.BytesIO(text)))
    assert caught.value.code == "submetering.csv"


@pytest.mark.parametrize("text", [b"", b"{}", b'{"schema":1}', b'{"schema":1,"devices":[1]}', b"\xff"])
def test_documents_that_cannot_be_read(text: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        to_json.read_devices(io.BytesIO(text))
    assert caught.value.code == "submetering.json"


@given(st.binary(max_size=60))
def test_any_bytes_give_rows_or_an_error(data: bytes) -> None:
    with suppress(EmtkitError):
        list(to_csv.read_rows(io.BytesIO(b"device;value\n" + data)))
    with suppress(EmtkitError):
        to_json.read_devices(io.BytesIO(data))
