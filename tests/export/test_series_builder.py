"""Series: from irregular readings to load profiles and daily registers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.advance import GAP, METER_FAULT, REGISTER_DECREASED
from emtkit.export.grid import BERLIN, Grid
from emtkit.export.series import SeriesBuilder, daily_registers, load_profile
from emtkit.model.errors import ConfigError, EncodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, Series

if TYPE_CHECKING:
    import random

METER = MeterId.of("EMT", "00010001", 1, 2)
GAS = MeterId.of("EMT", "00010003", 1, 3)
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
MIDNIGHT = datetime(2026, 11, 2, tzinfo=BERLIN)


def reading(moment: datetime | date | None, value: Any, **fields: Any) -> tuple[MeterId, Reading]:
    number = Decimal(value) if isinstance(value, str | int) else value
    parts = {"quantity": "energy", "unit": "Wh", "obis": "1-0:1.8.0*255", **fields}
    return METER, Reading(value=number, time=moment, **parts)


def day(start: datetime, count: int) -> list[tuple[MeterId, Reading]]:
    """Give a reading 3 s after every quarter hour; the register advances by 0, 1, 2 ... Wh."""
    first = start.astimezone(UTC) + 3 * SECOND
    return [reading(first + index * QUARTER, str(1000 + index * (index - 1) // 2)) for index in range(count + 1)]


@pytest.mark.parametrize(("day_of", "count"), [((2026, 11, 2), 96), ((2026, 10, 25), 100), ((2027, 3, 28), 92)])
def test_a_load_profile_of_one_day(day_of: tuple[int, int, int], count: int) -> None:
    start = datetime(*day_of, tzinfo=BERLIN)
    series = load_profile(day(start, count))
    assert [value.value for value in series.values] == [Decimal(index) for index in range(count)]
    assert all(value.quality is Quality.TRUE for value in series.values)
    assert (series.values[0].start, series.values[-1].end) == (
        start,
        datetime(*day_of, tzinfo=BERLIN) + timedelta(days=1),
    )
    assert all(value.end - value.start == QUARTER for value in series.values)
    assert (series.kind, series.unit, series.step, series.zone) == ("interval", "Wh", QUARTER, "Europe/Berlin")
    assert series.diagnostics == []


def test_what_is_missing_says_so_and_nothing_is_made_up() -> None:
    readings = day(MIDNIGHT, 96)
    del readings[5]
    series = load_profile(readings)
    assert len(series.values) == 96
    assert [(value.value, value.reason) for value in series.gaps] == [(None, GAP), (None, GAP)]
    assert [series.values.index(value) for value in series.gaps] == [4, 5]
    assert [(finding.code, finding.message) for finding in series.diagnostics] == [
        ("series.gap", "2 of 96 values are missing")
    ]


def test_substitutes_on_request_are_marked_and_add_up() -> None:
    readings = day(MIDNIGHT, 96)
    del readings[5:8]
    series = load_profile(readings, substitutes="interpolation")
    assert series.gaps == []
    filled = series.values[4:8]
    assert [(value.quality, value.method, value.reason) for value in filled] == [
        (Quality.SUBSTITUTE, "interpolation", GAP)
    ] * 4
    assert sum(value.value or 0 for value in filled) == 4 + 5 + 6 + 7
    assert sum(value.value or 0 for value in series.values) == sum(range(96))


def test_the_nearest_reading_stands_for_the_mark() -> None:
    mark = MIDNIGHT.astimezone(UTC) + QUARTER
    series = daily_like(
        [
            reading(mark + 20 * SECOND, 3),
            reading(mark + 5 * SECOND, 2),
            reading(mark - 5 * SECOND, 1),  # as near as the one before, but earlier
            reading(mark - 31 * SECOND, 0),
        ]
    )
    value = next(value for value in series.values if value.value is not None)
    assert value[1:3] == (mark, Decimal(1))
    assert value.sources == (mark - 5 * SECOND,)


def daily_like(readings: list[tuple[MeterId, Reading]]) -> Series:
    builder = SeriesBuilder(METER, "1-0:1.8.0*255", "Wh", grid=Grid(), tolerance=30 * SECOND)
    for _, one in readings:
        builder.add(one)
    return builder.registers()


def test_two_values_for_the_same_moment_are_reported() -> None:
    moment = MIDNIGHT + SECOND
    series = daily_like([reading(moment, 1), reading(moment, 1)])
    assert series.diagnostics == []
    series = daily_like([reading(moment, 1), reading(moment, 2)])
    assert series.values[0].value == 1
    assert [finding.code for finding in series.diagnostics] == ["series.reading.conflict"]
    nearer = daily_like([reading(moment, 1), reading(moment, 2), reading(MIDNIGHT, 3)])
    assert nearer.values[0].value == 3
    assert nearer.diagnostics == []


@given(st.randoms(use_true_random=False), st.integers(0, 90))
def test_the_order_of_the_readings_does_not_matter(order: random.Random, missing: int) -> None:
    readings = day(MIDNIGHT, 96)
    del readings[missing : missing + 3]
    shuffled = list(readings)
    order.shuffle(shuffled)
    assert load_profile(shuffled).values == load_profile(readings).values


@given(st.lists(st.integers(1, 200), min_size=300, max_size=400), st.integers(0, 20))
def test_a_profile_of_irregular_readings_is_the_difference_of_registers(gaps: list[int], tolerance: int) -> None:
    moment, register, readings = MIDNIGHT - 60 * SECOND, 0, []
    for gap in gaps:
        moment += gap * SECOND
        register += gap  # one watt hour each second: the register is the clock
        readings.append(reading(moment, register))
    try:
        series = load_profile(readings, tolerance=tolerance * SECOND)
    except EncodeError as error:
        assert error.code == "series.no_marks"
        return
    for value in series.values:
        if value.value is not None:
            low, high = value.sources
            assert (high - low) // SECOND == value.value
            assert abs(low - value.start) <= tolerance * SECOND
            assert abs(high - value.end) <= tolerance * SECOND


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (reading(None, 5), "series.reading.no_time"),
        (reading(date(2026, 11, 2), 5), "series.reading.no_time"),
        (reading(datetime(2026, 11, 2), 5), "series.reading.no_time"),
        (reading(datetime(1970, 1, 1, tzinfo=UTC), 5), "series.reading.wrong_time"),
        (reading(datetime.max.replace(tzinfo=UTC), 5), "series.reading.wrong_time"),
        (reading(MIDNIGHT, None), "series.reading.no_value"),
        (reading(MIDNIGHT, Decimal("NaN")), "series.reading.no_value"),
        (reading(MIDNIGHT, b"text"), "series.reading.no_value"),
        (reading(MIDNIGHT, 5, unit="varh"), "series.reading.unit"),
        (reading(MIDNIGHT, 5, status="overflow"), "series.reading.status"),
    ],
)
def test_readings_that_cannot_be_used_are_counted(bad: tuple[MeterId, Reading], code: str) -> None:
    series = load_profile([*day(MIDNIGHT, 96), bad, bad])
    assert series.gaps == []
    assert [(finding.code, finding.message[:19]) for finding in series.diagnostics] == [(code, "2 readings left out")]


def test_a_meter_that_calls_itself_faulty_gives_no_true_value() -> None:
    builder = SeriesBuilder(METER, "1-0:1.8.0*255", "Wh", grid=Grid(), tolerance=30 * SECOND)
    for index, (_, one) in enumerate(day(MIDNIGHT, 96)):
        builder.add(one, ("low_power",) if index != 7 else ("low_power", "permanent_error"))
    values = builder.registers().values
    assert [(value.quality, value.reason) for value in values[6:9]] == [
        (Quality.TRUE, None), (Quality.MISSING, METER_FAULT), (Quality.TRUE, None),
    ]  # fmt: skip


def test_a_meter_exchange_is_no_advance() -> None:
    readings = day(MIDNIGHT, 48)  # 1000 Wh to 2128 Wh
    readings += day(MIDNIGHT + 49 * QUARTER, 47)  # another meter: its register begins where the first one did
    series = load_profile(readings)
    assert [(series.values.index(value), value.reason) for value in series.gaps] == [(48, REGISTER_DECREASED)]
    assert {finding.code for finding in series.diagnostics} == {"series.gap", "series.register_decreased"}
    assert all(value.value is None or value.value >= 0 for value in series.values)


def test_a_roll_over_needs_the_width() -> None:
    start = MIDNIGHT.astimezone(UTC)
    readings = [reading(start + index * QUARTER, (999_900 + 50 * index) % 1_000_000) for index in range(97)]
    assert len(load_profile(readings).gaps) == 1
    series = load_profile(readings, rollover=Decimal(1_000_000))
    assert {value.value for value in series.values} == {Decimal(50)}


def test_daily_registers() -> None:
    days = [datetime(2026, 10, 24, tzinfo=BERLIN) + timedelta(days=index) for index in range(4)]
    series = daily_registers([reading(one + 200 * SECOND, index) for index, one in enumerate(days)])
    assert [(value.start, value.end, value.value) for value in series.values] == [
        (one, one, Decimal(index)) for index, one in enumerate(days)
    ]
    assert (series.kind, series.step) == ("register", timedelta(days=1))


def test_the_gas_day_begins_at_six() -> None:
    six = datetime(2026, 10, 24, 6, tzinfo=BERLIN)
    volume = {"quantity": "volume", "unit": "m3", "obis": "7-0:3.0.0*255"}
    readings = [reading(six + timedelta(hours=hour), hour, **volume) for hour in range(51)]
    series = daily_registers(readings, day_start=6)
    assert [value.end.astimezone(BERLIN).isoformat() for value in series.values] == [
        "2026-10-24T06:00:00+02:00", "2026-10-25T06:00:00+01:00", "2026-10-26T06:00:00+01:00",
    ]  # fmt: skip
    assert [value.value for value in series.values] == [0, 24, 48]


def test_a_single_daily_register() -> None:
    series = daily_registers([reading(MIDNIGHT, 7)])
    assert [value.value for value in series.values] == [7]
    with pytest.raises(EncodeError) as error:
        load_profile([reading(MIDNIGHT, 7)])
    assert error.value.code == "series.no_marks"


def test_start_and_end_are_kept() -> None:
    series = load_profile(day(MIDNIGHT, 96), start=MIDNIGHT - 2 * QUARTER, end=MIDNIGHT + 2 * QUARTER)
    assert [value.value for value in series.values] == [None, None, 0, 1]
    with pytest.raises(ConfigError) as error:
        load_profile(day(MIDNIGHT, 96), start=MIDNIGHT + SECOND)
    assert error.value.code == "series.range"


def test_a_load_profile_that_the_meter_sends_is_taken_as_it_is() -> None:
    profile = {"obis": "1-0:1.29.0*255"}
    start = MIDNIGHT.astimezone(UTC)
    readings = [reading(start + (index + 1) * QUARTER, index % 7, **profile) for index in range(96)]
    del readings[10]
    series = load_profile(readings, substitutes="interpolation")
    assert len(series.values) == 96
    assert [value.value for value in series.values] == [None if index == 10 else index % 7 for index in range(96)]
    assert (series.values[0].start, series.values[0].end) == (start, start + QUARTER)
    with pytest.raises(EncodeError) as error:
        daily_registers(readings)
    assert error.value.code == "series.not_a_register"


def test_readings_of_two_registers() -> None:
    with pytest.raises(EncodeError) as error:
        load_profile([reading(MIDNIGHT, 1), reading(MIDNIGHT, 1, obis="1-0:2.8.0*255")])
    assert error.value.code == "series.mixed"
    with pytest.raises(EncodeError) as error:
        load_profile([])
    assert error.value.code == "series.no_readings"


def test_no_reading_near_a_mark() -> None:
    with pytest.raises(EncodeError, match="no reading within 30 s of a mark; 1 with no time of day") as error:
        load_profile([reading(MIDNIGHT + 100 * SECOND, 1), reading(None, 1)])
    assert error.value.code == "series.no_marks"


@pytest.mark.parametrize("tolerance", [timedelta(minutes=8), timedelta(minutes=7, seconds=30), -SECOND])
def test_tolerance(tolerance: timedelta) -> None:
    with pytest.raises(ConfigError) as error:
        load_profile(day(MIDNIGHT, 96), tolerance=tolerance)
    assert error.value.code == "series.tolerance"


def test_one_wrong_clock_does_not_make_a_series_of_decades() -> None:
    with pytest.raises(ConfigError) as error:
        load_profile([*day(MIDNIGHT, 96), reading(datetime(1999, 1, 1, tzinfo=BERLIN), 1)])
    assert error.value.code == "series.range_too_long"


def test_memory_does_not_grow_with_the_readings_between_the_marks() -> None:
    builder = SeriesBuilder(METER, "1-0:1.8.0*255", "Wh", grid=Grid(), tolerance=30 * SECOND)
    for index in range(20_000):
        builder.add(reading(MIDNIGHT + index * SECOND, index)[1])
    assert len(builder._marks) == 23


def test_the_hour_that_comes_twice() -> None:
    local = [
        datetime(2026, 10, 25, 2, minute, 3, tzinfo=BERLIN, fold=fold) for fold in (0, 1) for minute in (0, 15, 30, 45)
    ]
    start, end = local[0].replace(second=0), local[-1].replace(second=0)
    series = load_profile([reading(moment, 10 * index) for index, moment in enumerate(local)], start=start, end=end)
    assert [value.value for value in series.values] == [10] * 7
    assert series.values[3].start.isoformat() == "2026-10-25T00:45:00+00:00"
    assert {value.end - value.start for value in series.values} == {QUARTER}


def test_readings_between_the_marks_are_what_interpolation_draws_its_lines_from() -> None:
    """Uplinks every 20 minutes, 7 minutes past: no mark has a reading of its own."""
    start = MIDNIGHT.astimezone(UTC)
    readings = [reading(start + timedelta(minutes=7 + 20 * index), 1000 + 20 * index) for index in range(-1, 73)]
    with pytest.raises(EncodeError, match="interpolation") as caught:
        load_profile(readings)
    assert caught.value.code == "series.no_marks"
    end = start + timedelta(days=1)
    series = load_profile(readings, start=start, end=end, substitutes="interpolation")
    assert [value.value for value in series.values] == [Decimal(15)] * 96
    assert {(value.quality, value.method) for value in series.values} == {(Quality.SUBSTITUTE, "interpolation")}


def test_interpolation_keeps_what_was_read_at_a_mark_and_ends_at_the_last_reading() -> None:
    start = MIDNIGHT.astimezone(UTC)
    readings = [
        reading(start, 1000),
        reading(start + timedelta(minutes=10), 1010),  # of three between two marks the first and the last count
        reading(start + timedelta(minutes=12), 1020),
        reading(start + timedelta(minutes=14), 1030),
        reading(start + timedelta(minutes=16), 1050),
        reading(start + timedelta(minutes=40), 1074),
    ]
    series = load_profile(readings, start=start, end=start + timedelta(hours=1), substitutes="interpolation")
    assert [(value.value, value.quality) for value in series.values] == [
        (Decimal(40), Quality.SUBSTITUTE),
        (Decimal(24), Quality.SUBSTITUTE),
        (None, Quality.MISSING),
        (None, Quality.MISSING),
    ]


def test_without_interpolation_readings_between_the_marks_change_nothing() -> None:
    start = MIDNIGHT.astimezone(UTC)
    more = reading(start + timedelta(minutes=7), 1)
    series = load_profile([*day(MIDNIGHT, 96), more])
    assert [value.value for value in series.values] == [value.value for value in load_profile(day(MIDNIGHT, 96)).values]


def test_no_line_is_drawn_from_a_faulty_reading() -> None:
    start = MIDNIGHT.astimezone(UTC)
    readings = [
        reading(start, 1000),
        reading(start + timedelta(minutes=20), 5000, status="invalid"),
        reading(start + timedelta(minutes=30), 1030),
    ]
    series = load_profile(readings, start=start, end=start + timedelta(minutes=30), substitutes="interpolation")
    assert sum(value.value or 0 for value in series.values) == Decimal(30)
