"""Grid: marks, days of 92, 96 and 100 quarter hours, gas days, months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.grid import BERLIN, DAY, HOUR, QUARTER_HOUR, Grid, zone_of
from emtkit.model.errors import ConfigError

MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def local(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("day", "step", "day_start", "count"),
    [
        (date(2026, 10, 24), QUARTER_HOUR, 0, 96),
        (date(2026, 10, 25), QUARTER_HOUR, 0, 100),
        (date(2027, 3, 28), QUARTER_HOUR, 0, 92),
        (date(2027, 3, 28), HOUR, 0, 23),
        # the gas day that begins on the Saturday before is the long or short one
        (date(2026, 10, 24), HOUR, 6, 25),
        (date(2026, 10, 25), HOUR, 6, 24),
        (date(2027, 3, 27), HOUR, 6, 23),
        (date(2026, 10, 25), timedelta(minutes=1), 0, 1500),
    ],
)
def test_marks_of_a_day(day: date, step: timedelta, day_start: int, count: int) -> None:
    marks = Grid(step, day_start=day_start).marks(local(day, day_start), local(day + DAY, day_start))
    assert len(marks) - 1 == count
    assert {later - earlier for earlier, later in pairwise(marks)} == {step}


def test_days_and_months() -> None:
    days = Grid(DAY).marks(local(date(2026, 10, 24)), local(date(2026, 10, 27)))
    assert [mark.isoformat() for mark in days] == [
        "2026-10-23T22:00:00+00:00",
        "2026-10-24T22:00:00+00:00",
        "2026-10-25T23:00:00+00:00",
        "2026-10-26T23:00:00+00:00",
    ]
    months = Grid(None, day_start=6).marks(local(date(2026, 12, 1), 6), local(date(2027, 2, 1), 6))
    assert [mark.astimezone(BERLIN).isoformat() for mark in months] == [
        "2026-12-01T06:00:00+01:00",
        "2027-01-01T06:00:00+01:00",
        "2027-02-01T06:00:00+01:00",
    ]


def test_the_month_of_a_moment_before_its_first_gas_day() -> None:
    low, high = Grid(None, day_start=6).around(local(date(2026, 12, 1), 5))
    assert (low, high) == (local(date(2026, 11, 1), 6), local(date(2026, 12, 1), 6))


@given(
    MOMENTS,
    st.sampled_from([None, DAY, HOUR, QUARTER_HOUR, timedelta(minutes=5), timedelta(seconds=1)]),
    st.sampled_from([0, 6, 23]),
    st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata"]),
)
def test_a_moment_lies_between_its_marks(moment: datetime, step: timedelta | None, day_start: int, zone: str) -> None:
    grid = Grid(step, ZoneInfo(zone), day_start).check()
    low, high = grid.around(moment)
    assert low <= moment < high
    assert grid.is_mark(low)
    assert grid.is_mark(high)
    assert grid.around(low) == (low, high)
    nearest = grid.nearest(moment)
    assert abs(moment - nearest) == min(moment - low, high - moment)
    start, end = grid.days(moment, moment)
    assert start <= moment <= end


def test_of_two_marks_equally_near_the_earlier_one() -> None:
    assert Grid().nearest(datetime(2026, 1, 1, 0, 7, 30, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("minutes", [0, -15, 7, 120, 2880])
def test_steps_that_do_not_fit_into_a_day(minutes: int) -> None:
    with pytest.raises(ConfigError) as error:
        Grid(timedelta(minutes=minutes)).check()
    assert error.value.code == "series.step"


def test_a_zone_whose_days_do_not_hold_whole_hours() -> None:
    grid = Grid(HOUR, ZoneInfo("Australia/Lord_Howe"))
    with pytest.raises(ConfigError) as error:
        grid.around(datetime(2026, 4, 4, 18, tzinfo=UTC))
    assert error.value.code == "series.step"


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (datetime(2026, 1, 1), datetime(2026, 1, 2), "series.range"),
        (datetime(2026, 1, 1, 0, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "series.range"),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "series.range"),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "series.range"),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "series.range"),
        (datetime(1980, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "series.range_too_long"),
    ],
)
def test_ranges_that_are_none(start: datetime, end: datetime, code: str) -> None:
    with pytest.raises(ConfigError) as error:
        Grid().marks(start, end)
    assert error.value.code == code


@pytest.mark.parametrize("name", ["Europe/Bonn", "", "../../etc/passwd", "\0", "Europe"])
def test_no_such_zone(name: str) -> None:
    with pytest.raises(ConfigError) as error:
        zone_of(name)
    assert error.value.code == "series.zone"
    assert zone_of("Europe/Berlin") == zone_of(BERLIN) == BERLIN
