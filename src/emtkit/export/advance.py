"""Advance of a register between marks: exact differences, roll-over, and substitutes for what is missing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from emtkit.model.series import Quality, SeriesValue
from emtkit.model.units import EXACT

if TYPE_CHECKING:
    from collections.abc import Sequence

# Why a value is missing or had to be substituted (`SeriesValue.reason`).
GAP: Final = "gap"  # nothing was received near the mark, nobody knows why
METER_FAULT: Final = "meter_fault"  # what was received says itself that it is faulty
REGISTER_DECREASED: Final = "register_decreased"  # the register is lower than before: exchanged, reset, rolled over
_TICK: Final = timedelta(microseconds=1)

# The more, the less a value is worth. What is made of two values is worth as little as the worse one.
DOUBTS: Final = {Quality.TRUE: 0, Quality.SUBSTITUTE: 1, Quality.PRELIMINARY: 2, Quality.MISSING: 3}


def interval(low: SeriesValue, high: SeriesValue, rollover: Decimal | None) -> SeriesValue:
    """Return the advance between two register values, MISSING where one is not there or they do not fit."""
    sources = (*low.sources, *high.sources)
    if low.value is None or high.value is None:
        reason = low.reason if high.value is not None else high.reason
        return SeriesValue(low.end, high.end, None, Quality.MISSING, reason=reason, sources=sources)
    went = advance(low.value, high.value, rollover)
    if went is None:
        return SeriesValue(low.end, high.end, None, Quality.MISSING, reason=REGISTER_DECREASED, sources=sources)
    worse = max(low, high, key=lambda value: DOUBTS[value.quality])
    return SeriesValue(low.end, high.end, went, worse.quality, worse.method, worse.reason, sources)


def advance(low: Decimal, high: Decimal, rollover: Decimal | None) -> Decimal | None:
    """Return how far the register went on, exactly; None when it went back.

    A roll-over is believed when both values fit into the register and the advance is less than half its width:
    a bigger one is a meter that was exchanged or reset.
    """
    went = EXACT.subtract(high, low)
    if went >= 0:
        return went
    if rollover is None or low >= rollover or high < 0:
        return None
    went = EXACT.add(went, rollover)
    return went if EXACT.multiply(went, Decimal(2)) < rollover else None


def interpolate(
    values: list[SeriesValue], rollover: Decimal | None, beside: Sequence[SeriesValue] = ()
) -> list[SeriesValue]:
    """Fill the marks between two known registers on a straight line in time; the edges stay missing.

    beside  registers that were read between the marks, in any order: a line begins and ends at the nearest one

    The register values are rounded half up to the finer of the two known values' decimals, so that the intervals of
    a gap add up to exactly what the register advanced.
    """
    filled = list(values)
    known = sorted([*(value for value in values if value.value is not None), *beside], key=lambda value: value.end)
    index = 0
    for low, high in pairwise(known):
        while index < len(filled) and filled[index].end <= low.end:
            index += 1
        if index == len(filled) or filled[index].end >= high.end or low.value is None or high.value is None:
            continue
        went = advance(low.value, high.value, rollover)
        if went is None:
            continue
        place = min(_exponent(low.value), _exponent(high.value))
        span = (high.end - low.end) // _TICK
        steps = int(went.scaleb(-place, EXACT))
        while index < len(filled) and filled[index].end < high.end:
            passed = (filled[index].end - low.end) // _TICK
            part = (2 * steps * passed + span) // (2 * span)
            register = EXACT.add(low.value, Decimal(part).scaleb(place, EXACT))
            if rollover is not None and register >= rollover:
                register = EXACT.subtract(register, rollover)
            filled[index] = filled[index]._replace(value=register, quality=Quality.SUBSTITUTE, method="interpolation")
            index += 1
    return filled


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
