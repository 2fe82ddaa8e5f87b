"""Advance: differences are exact, substitutes add up, a register that ran backwards gives nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.advance import GAP, METER_FAULT, REGISTER_DECREASED, advance, interpolate, interval
from emtkit.model.series import Quality, SeriesValue

START = datetime(2026, 10, 25, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def at(index: int, value: str | Decimal | None, reason: str = GAP) -> SeriesValue:
    mark = START + index * QUARTER
    if value is None:
        return SeriesValue(mark, mark, None, Quality.MISSING, reason=reason)
    return SeriesValue(mark, mark, Decimal(value))


@pytest.mark.parametrize(
    ("low", "high", "rollover", "went"),
    [
        ("10", "10.25", None, "0.25"),
        ("10", "10", None, "0"),
        ("10", "9", None, None),
        ("999990", "5", "1000000", "15"),
        ("999990.5", "0.25", "1000000", "9.75"),
        ("600000", "100", "1000000", "400100"),
        ("500000", "100", "1000000", None),  # half the width or more: an exchange, not a roll-over
        ("1000001", "5", "1000000", None),  # never was in a register of that width
        ("5", "-3", "1000000", None),
    ],
)
def test_advance(low: str, high: str, rollover: str | None, went: str | None) -> None:
    width = None if rollover is None else Decimal(rollover)
    assert advance(Decimal(low), Decimal(high), width) == (None if went is None else Decimal(went))


def test_an_interval_of_two_true_values() -> None:
    low, high = at(0, "100.1"), at(1, "100.35")
    assert interval(low, high, None) == SeriesValue(low.end, high.end, Decimal("0.25"))


@pytest.mark.parametrize(
    ("low", "high", "reason"),
    [
        (at(0, None), at(1, "5"), GAP),
        (at(0, "5"), at(1, None, METER_FAULT), METER_FAULT),
        (at(0, "5"), at(1, "4"), REGISTER_DECREASED),
    ],
)
def test_intervals_that_are_missing_say_why(low: SeriesValue, high: SeriesValue, reason: str) -> None:
    value = interval(low, high, None)
    assert (value.value, value.quality, value.reason) == (None, Quality.MISSING, reason)


def test_interpolation_is_a_straight_line_in_the_registers_own_decimals() -> None:
    filled = interpolate([at(0, "100.0"), at(1, None), at(2, None), at(3, None, METER_FAULT), at(4, "101.0")], None)
    assert [str(value.value) for value in filled] == ["100.0", "100.3", "100.5", "100.8", "101.0"]
    assert [value.quality for value in filled[1:4]] == [Quality.SUBSTITUTE] * 3
    assert [(value.method, value.reason) for value in filled[1:4]] == [
        ("interpolation", GAP), ("interpolation", GAP), ("interpolation", METER_FAULT),
    ]  # fmt: skip


def test_edges_and_decreases_stay_missing() -> None:
    values = [at(0, None), at(1, "5"), at(2, None), at(3, "4"), at(4, None)]
    assert interpolate(values, None) == values


def test_interpolation_over_a_roll_over() -> None:
    filled = interpolate([at(0, "99.8"), at(1, None), at(2, None), at(3, None), at(4, "0.2")], Decimal(100))
    assert [str(value.value) for value in filled] == ["99.8", "99.9", "0.0", "0.1", "0.2"]


@given(
    st.decimals(0, 10**9, places=3),
    st.lists(st.one_of(st.none(), st.decimals(0, 50, places=3)), min_size=1, max_size=30),
    st.sampled_from([0, 1, 3, 5]),
)
def test_the_intervals_of_a_gap_add_up_to_what_the_register_advanced(
    first: Decimal, steps: list[Decimal | None], exponent: int
) -> None:
    register, values = first, [at(0, first.scaleb(exponent))]
    for index, step in enumerate(steps, 1):
        register += step or Decimal(0)
        values.append(at(index, None if step is None else register.scaleb(exponent)))
    filled = interpolate(values, None)
    last_known = max(index for index, value in enumerate(values) if value.value is not None)
    assert all(value.value is not None for value in filled[: last_known + 1])
    assert all(value.value is None for value in filled[last_known + 1 :])
    assert [new for new, old in zip(filled, values, strict=True) if old.value is not None] == [
        value for value in values if value.value is not None
    ]
    intervals = [interval(low, high, None) for low, high in pairwise(filled[: last_known + 1])]
    numbers = [value.value for value in intervals if value.value is not None]
    assert len(numbers) == len(intervals)
    assert all(number >= 0 for number in numbers)
    assert sum(numbers) == (filled[last_known].value or 0) - (filled[0].value or 0)
    for low, high, value in zip(filled, filled[1:], intervals, strict=False):
        substitute = Quality.SUBSTITUTE in (low.quality, high.quality)
        assert value.quality is (Quality.SUBSTITUTE if substitute else Quality.TRUE)
