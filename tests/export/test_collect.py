"""Frames to builders: which reading goes where, and what is reported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emtkit.export.collect import Collection, Plan, collect_points, collect_registers
from emtkit.export.grid import Grid
from emtkit.model.decoded import Decoded, Security
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, TWO = MeterId.of("EMT", "00010001", 1, 2), MeterId.of("EMT", "00010002", 1, 2)
START = datetime(2026, 11, 2, tzinfo=UTC)
PLAN = Plan(Grid(), timedelta(seconds=30))


def frame(meter: MeterId | None, value: int = 1, obis: str | None = "1-0:1.8.0*255", **fields: Any) -> Decoded:
    readings = [Reading("energy", Decimal(value), "Wh", obis, time=START + timedelta(minutes=15 * value))]
    return Decoded("wmbus", "complete", meter, readings=readings, **fields)


def point(meter: str, register: str = "1-0:1.8.0", **fields: Any) -> Point:
    return Point(meter=meter, register=register, where=fields.pop("where", "points.toml:1"), **fields)


def collect(points: list[Point], frames: list[Decoded]) -> Collection:
    return collect_points(frames, Points(points), lambda _: PLAN)


def findings(collection: Collection) -> list[tuple[str, str, str]]:
    return [(finding.field, finding.code, finding.message) for finding in collection.diagnostics]


def test_each_entry_gets_its_register() -> None:
    points = [point("EMT 00010001"), point("EMT 00010002", obis="1-1:1.29.0")]
    collection = collect(points, [frame(ONE), frame(TWO), frame(ONE, 2)])
    assert [(item.point, item.meter, str(item.builder)) for item in collection.found] == [
        (points[0], ONE, "1EMT0000010001 1-0:1.8.0*255"),
        (points[1], TWO, "1EMT0000010002 1-0:1.8.0*255"),
    ]
    assert [value.value for value in collection.found[0].builder.registers().values[4:8]] == [None, 1, 2, None]
    assert findings(collection) == []


def test_one_register_may_serve_two_use_cases() -> None:
    points = [point("EMT 00010001", pruefidentifikator="13017"), point("EMT 00010001", pruefidentifikator="13018")]
    assert [item.point for item in collect(points, [frame(ONE)]).found] == points


def test_an_entry_without_a_plan_is_left_out() -> None:
    points = Points([point("EMT 00010001")])
    collection = collect_points([frame(ONE)], points, lambda _: None)
    assert (collection.found, collection.diagnostics) == ([], [])


def test_what_does_not_fit_is_reported() -> None:
    points = [point("EMT 0001*"), point("EMT 00020000", where="points.toml:9")]
    other = MeterId.of("KAM", "12345678", 1, 6)
    disproved = frame(ONE, security=Security(7, "mac_invalid", None, verified=False))
    frames = [frame(ONE), frame(TWO), frame(TWO, 2), frame(other), frame(None), disproved, disproved]
    collection = collect(points, frames)
    assert [item.meter for item in collection.found] == [ONE]
    assert findings(collection) == [
        ("points.toml:9", "points.no_reading", "there is no reading of 1-0:1.8.0"),
        (
            "points.toml:1",
            "points.ambiguous",
            "1EMT0000010002 1-0:1.8.0*255 fits too, but the entry is for 1EMT0000010001 1-0:1.8.0*255: left out",
        ),
        ("9KAM0012345678", "points.no_entry", "there is no entry in the points file"),
        ("", "series.no_meter", "telegrams with readings that do not say which meter sent them, left out: 1"),
        ("1EMT0000010001", "series.not_authentic", "frames left out because their MAC or signature is wrong: 2"),
    ]


def test_a_quantity_that_two_registers_have_is_ambiguous() -> None:
    collection = collect([point("EMT 00010001", "energy")], [frame(ONE, 1, None), frame(ONE, 2)])
    assert [code for _, code, _ in findings(collection)] == ["points.ambiguous"]
    assert [item.builder.obis for item in collection.found] == ["energy"]


def test_all_registers_without_a_points_file() -> None:
    frames = [frame(ONE), frame(TWO), frame(ONE, 2, "1-0:2.8.0*255"), frame(ONE, 3, None)]
    collection = collect_registers(frames, PLAN)
    assert [str(item.builder) for item in collection.found] == [
        "1EMT0000010001 1-0:1.8.0*255", "1EMT0000010002 1-0:1.8.0*255", "1EMT0000010001 1-0:2.8.0*255",
    ]  # fmt: skip
    service = [frame(ONE, 1, "1-0:97.97.0*255"), frame(ONE, 1, "0-0:96.1.0*255")]
    assert collect_registers(service, PLAN).found == []
    only = collect_registers(frames, PLAN, Points([point("EMT 00010001")]))
    assert [str(item.builder) for item in only.found] == ["1EMT0000010001 1-0:1.8.0*255"]


def test_frames_are_taken_as_they_come() -> None:
    taken = 0

    def frames() -> Iterator[Decoded]:
        nonlocal taken
        for index in range(1000):
            taken += 1
            yield frame(ONE, index % 96)

    collection = collect_registers(frames(), PLAN)
    assert taken == 1000
    assert len(collection.found[0].builder._marks) == 96
