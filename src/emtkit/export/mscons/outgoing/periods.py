"""Values of a whole period: energies as sums or differences, and the largest mean power of a quarter hour."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Final

from emtkit.export.advance import interval
from emtkit.export.grid import HOUR, QUARTER_HOUR
from emtkit.model.errors import EncodeError
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.model.units import EXACT, UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from emtkit.export.grid import Grid

# base unit of the energy -> unit of its mean power
_POWERS: Final = {"Wh": "W", "varh": "var"}
_PER_HOUR: Final = Decimal(HOUR // QUARTER_HOUR)
# the least certain first: what a sum is worth
_DOUBTFUL: Final = (Quality.PRELIMINARY, Quality.SUBSTITUTE)


def check_unit(unit: str, wanted: str) -> None:
    """Raise EncodeError `mscons.kind` unless maxima in `wanted` are made of energies in `unit`."""
    power = UNITS.get(_POWERS.get(unit, ""))
    want = UNITS.get(wanted)
    if power is None or want is None or power.dimension != want.dimension:
        raise EncodeError(
            "mscons.kind",
            f"a maximum in {wanted} is made of a register of energy or load profile, not of values in {unit or '-'}",
        )


def maxima(profile: Series, periods: Grid) -> Series:
    """Return the maximum of each whole month (or day) of a load profile: `periods` has these as its marks.

    The value is energy per quarter hour times four, exact. A maximum that is a substitute says so. A period with a
    missing value has no maximum: its value is MISSING, because the missing one might be it.
    Raises EncodeError `mscons.interval.length` for another step.
    """
    if any(value.end - value.start != QUARTER_HOUR for value in profile.values):
        raise EncodeError("mscons.interval.length", "a maximum is that of quarter hours, the load profile has others")
    return _by_period(profile, periods, _POWERS[profile.unit], _largest)


def sums(profile: Series, periods: Grid | None) -> Series:
    """Return the energy of each whole month (or day) of a load profile; without `periods` that of all its values.

    A sum is worth what its least certain value is worth; substitutes that were made in different ways, or for
    different reasons, name none. A period with a missing value has no sum: it is MISSING.
    """
    return _by_period(profile, periods, profile.unit, _total)


def difference(readings: Series, rollover: Decimal | None) -> Series:
    """Return the energy between the first and the last of the readings of a register; what lies between is not asked.

    rollover  width of the register, in its unit
    """
    first, last = readings.values[0], readings.values[-1]
    found = [value for value in readings.diagnostics if value.code != "series.gap"]
    return replace(readings, kind="interval", step=None, values=[interval(first, last, rollover)], diagnostics=found)


def _by_period(
    profile: Series, periods: Grid | None, unit: str, join: Callable[[Sequence[SeriesValue]], SeriesValue]
) -> Series:
    return Series(
        profile.meter,
        profile.obis,
        unit,
        "interval",
        None,
        list(_periods(profile.values, periods, join)),
        profile.zone,
        list(profile.diagnostics),
        profile.register,
    )


def _periods(
    values: Sequence[SeriesValue], periods: Grid | None, join: Callable[[Sequence[SeriesValue]], SeriesValue]
) -> Iterator[SeriesValue]:
    low = 0
    while low < len(values):
        begin, end = (values[0].start, values[-1].end) if periods is None else periods.around(values[low].start)
        high = low
        while high < len(values) and values[high].start < end:
            high += 1
        held = values[low:high]
        gap = next((value for value in held if value.value is None), None)
        if gap is not None:
            yield SeriesValue(begin, end, None, Quality.MISSING, reason=gap.reason)
        elif held[0].start != begin or held[-1].end != end:
            yield SeriesValue(begin, end, None, Quality.MISSING, reason="incomplete")
        else:
            yield join(held)._replace(start=begin, end=end, sources=(), status=None)
        low = high


def _largest(values: Sequence[SeriesValue]) -> SeriesValue:
    # of equal ones the least doubtful
    best = max(values, key=lambda value: (value.value, value.quality is Quality.TRUE))
    return best._replace(value=EXACT.multiply(best.value or Decimal(0), _PER_HOUR))


def _total(values: Sequence[SeriesValue]) -> SeriesValue:
    total = reduce(EXACT.add, (value.value or Decimal(0) for value in values))
    worth = next((quality for quality in _DOUBTFUL if any(value.quality is quality for value in values)), Quality.TRUE)
    doubtful = [value for value in values if value.quality is worth]
    methods = {value.method for value in doubtful}
    reasons = {value.reason for value in doubtful}
    return values[0]._replace(
        value=total,
        quality=worth,
        method=methods.pop() if len(methods) == 1 else None,
        reason=reasons.pop() if len(reasons) == 1 else None,
    )
