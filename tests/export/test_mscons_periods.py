"""Maxima and sums of months and days, made of a load profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from emtkit.export.grid import DAY, Grid
from emtkit.export.mscons.outgoing.periods import check_unit, maxima, sums
from emtkit.model.errors import EncodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.series import Quality, Series, SeriesValue

OCTOBER = (datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC))


def profile(begin: datetime, end: datetime, step: timedelta = timedelta(minutes=15)) -> Series:
    marks = Grid(step).marks(begin, end)
    values = [SeriesValue(low, high, Decimal(index % 977)) for index, (low, high) in enumerate(pairwise(marks))]
    return Series(MeterId(None, "1"), "1-0:1.29.0*255", "Wh", "interval", step, values)


def test_the_largest_quarter_hour_of_a_month_as_power() -> None:
    series = profile(*OCTOBER)
    (month,) = maxima(series, Grid(None)).values
    assert (month.start, month.end) == OCTOBER
    assert month.value == 976 * 4
    assert maxima(series, Grid(None)).unit == "W"


def test_every_day_has_its_own() -> None:
    days = maxima(profile(*OCTOBER), Grid(DAY)).values
    assert len(days) == 31
    assert [day.value for day in days[:2]] == [95 * 4, 191 * 4]
    assert days[24].end - days[24].start == timedelta(hours=25)


def test_the_quality_is_that_of_the_largest_value() -> None:
    series = profile(*OCTOBER)
    series.values[40] = series.values[40]._replace(
        value=Decimal(5000), quality=Quality.SUBSTITUTE, method="interpolation", reason="Z75"
    )
    (month,) = maxima(series, Grid(None)).values
    assert month.value == 20000
    assert (month.quality, month.method, month.reason) == (Quality.SUBSTITUTE, "interpolation", "Z75")
    series.values[50] = series.values[50]._replace(value=Decimal(5000))  # a true value says the same
    assert maxima(series, Grid(None)).values[0].quality is Quality.TRUE


def test_a_month_with_a_gap_has_no_maximum() -> None:
    series = profile(*OCTOBER)
    series.values[7] = series.values[7]._replace(value=None, quality=Quality.MISSING, reason="gap")
    (month,) = maxima(series, Grid(None)).values
    assert (month.value, month.quality, month.reason) == (None, Quality.MISSING, "gap")
    begun = profile(OCTOBER[0] + timedelta(hours=1), OCTOBER[1])
    assert maxima(begun, Grid(None)).values[0].reason == "incomplete"


def test_other_steps_and_units_are_refused() -> None:
    with pytest.raises(EncodeError, match="quarter hours"):
        maxima(profile(*OCTOBER, timedelta(hours=1)), Grid(None))
    check_unit("varh", "kvar")
    for unit, wanted in (("W", "kW"), ("m3", "kW"), ("varh", "kW"), ("Wh", "kWh")):
        with pytest.raises(EncodeError, match="a maximum in"):
            check_unit(unit, wanted)


def test_the_energy_of_a_month_is_the_sum_of_its_values() -> None:
    series = profile(*OCTOBER)
    (month,) = sums(series, Grid(None)).values
    assert (month.start, month.end) == OCTOBER
    assert month.value == sum(value.value or 0 for value in series.values)
    assert month.quality is Quality.TRUE
    assert sums(series, Grid(None)).unit == "Wh"
    assert len(sums(series, Grid(DAY)).values) == 31


def test_a_sum_is_worth_what_its_least_certain_value_is() -> None:
    series = profile(*OCTOBER)
    substitute = {"quality": Quality.SUBSTITUTE, "method": "interpolation", "reason": "Z75"}
    for index in (3, 4):
        series.values[index] = series.values[index]._replace(**substitute)  # type: ignore[arg-type]  # any field
    (month,) = sums(series, Grid(None)).values
    assert (month.quality, month.method, month.reason) == (Quality.SUBSTITUTE, "interpolation", "Z75")
    series.values[5] = series.values[5]._replace(quality=Quality.SUBSTITUTE, method="statistics", reason="Z75")
    (month,) = sums(series, Grid(None)).values
    assert (month.method, month.reason) == (None, "Z75")
    series.values[9] = series.values[9]._replace(quality=Quality.PRELIMINARY)
    assert sums(series, Grid(None)).values[0].quality is Quality.PRELIMINARY
    series.values[9] = series.values[9]._replace(value=None, quality=Quality.MISSING, reason="gap")
    assert sums(series, Grid(None)).values[0].value is None
