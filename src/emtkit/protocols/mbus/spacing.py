"""The time between two stored values: of compact profiles (EN 13757-3:2018, annex F) and storage intervals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Final, NamedTuple

_UNITS: Final = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
_HALF_MONTH: Final = 253
_MONTHS: Final = {1: 6, 2: 3, 3: 1}  # spacing unit -> months, with spacing value 254


class Spacing(NamedTuple):
    """Time between two elements: a timedelta, or whole or half months; all None for a plain array."""

    delta: timedelta | None = None
    half_months: int | None = None

    def shift(self, moment: datetime | date, steps: int) -> datetime | date | None:
        """Return the moment `steps` elements away; months keep the day, the last day stays the last day."""
        if self.delta is not None:
            if isinstance(moment, datetime) or self.delta % timedelta(days=1) == timedelta():
                try:
                    return moment + steps * self.delta
                except OverflowError:
                    return None
            return None
        if self.half_months is None:
            return None
        months, half = divmod(self.half_months * steps, 2)
        moved = _add_months(moment, months)
        return moved if not half or moved is None else moved + timedelta(days=15)

    def times(
        self, base: datetime | date | None, count: int, *, backward: bool = False
    ) -> tuple[datetime | date | None, ...]:
        """Return the moments one, two ... `count` steps after the base (or before it); all None without a base."""
        if base is None or (self.delta is None and self.half_months is None):
            return (None,) * count
        return _times(self, base, count, -1 if backward else 1)


@lru_cache(maxsize=1024)  # a meter's base date changes once a month, its telegrams come every few seconds
def _times(spacing: Spacing, base: datetime | date, count: int, step: int) -> tuple[datetime | date | None, ...]:
    return tuple(spacing.shift(base, step * k) for k in range(1, count + 1))


def _add_months(moment: datetime | date, months: int) -> datetime | date | None:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9998:
        return None
    last_day = (moment + timedelta(days=1)).month != moment.month
    day = 31 if last_day else moment.day
    while day > 27:
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1
    return moment.replace(year=year, month=month + 1, day=day)


@cache
def read_spacing(control: int, value: int) -> Spacing:
    """Interpret the two spacing bytes."""
    unit = control >> 4 & 3
    if 1 <= value <= 250:
        return Spacing(value * _UNITS[unit])
    if value == _HALF_MONTH and unit == 3:
        return Spacing(half_months=1)
    if value == 254 and unit in _MONTHS:
        return Spacing(half_months=2 * _MONTHS[unit])
    return Spacing()
