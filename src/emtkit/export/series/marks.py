"""What stands for each mark of one register: the candidates, and which of them wins.

One value is kept per mark, and of those between two marks the first and the last: interpolation draws its lines from
them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.advance import GAP, METER_FAULT
from emtkit.export.grid import DAY, HOUR, Grid
from emtkit.model.errors import ConfigError
from emtkit.model.series import Quality, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# How near to a mark a reading has to be. Ours: no rule of the market gives a figure for readings that come by radio.
PROFILE_TOLERANCE: Final = timedelta(seconds=30)
DAILY_TOLERANCE: Final = timedelta(minutes=15)

_TICK: Final = timedelta(microseconds=1)


class Candidate(NamedTuple):
    """What stands for a mark so far. The lowest (doubt, distance, late) wins.

    doubt   0 for a true value, more for what is less worth (a load profile that was read twice)
    value   its `end` is the meter's or receiver's stamp, not yet the mark
    """

    doubt: int
    distance: timedelta
    late: bool
    value: SeriesValue


class Marks:
    """The marks of one register that have a value, or a fault.

    conflicts  marks with two values of the same time that differ
    """

    __slots__ = ("_beside", "_faulty", "_values", "conflicts", "grid", "tolerance")

    def __init__(self, grid: Grid, tolerance: timedelta) -> None:
        """Start without values. Raises ConfigError `series.step` or `series.tolerance`."""
        self.grid = grid.check()
        self.tolerance = check_tolerance(tolerance, grid)
        self.conflicts: set[datetime] = set()
        self._values: dict[datetime, Candidate] = {}
        self._beside: dict[datetime, tuple[SeriesValue, SeriesValue]] = {}
        self._faulty: set[datetime] = set()

    def __len__(self) -> int:
        """Return how many marks have a value."""
        return len(self._values)

    def nearest(self, moment: datetime) -> tuple[datetime, timedelta]:
        """Return the mark nearest to a time (in UTC), and how far it is."""
        mark = self.grid.nearest(moment)
        return mark, abs(moment - mark)

    def before(self, mark: datetime) -> datetime:
        """Return the mark before a mark."""
        return self.grid.around(mark - _TICK)[0]

    def offer(self, mark: datetime, distance: timedelta, value: SeriesValue, doubt: int = 0) -> None:
        """Let a value stand for a mark if it is better than what does."""
        candidate = Candidate(doubt, distance, value.end > mark, value)
        held = self._values.get(mark)
        if held is None or candidate[:3] < held[:3]:
            self._values[mark] = candidate
            self.conflicts.discard(mark)
        elif candidate[:3] == held[:3] and value.value != held.value.value:
            self.conflicts.add(mark)

    def keep_beside(self, value: SeriesValue) -> None:
        """Keep a register that was read between two marks if it is the first after the one or last before the other."""
        low = self.grid.around(value.end)[0]
        held = self._beside.get(low)
        self._beside[low] = (
            value if held is None or value.end < held[0].end else held[0],
            value if held is None or value.end > held[1].end else held[1],
        )

    def note_fault(self, mark: datetime) -> None:
        """Note that there was a reading near a mark which says itself that it is faulty."""
        self._faulty.add(mark)

    def beside(self) -> list[SeriesValue]:
        """Return what was read between the marks."""
        return [value for pair in self._beside.values() for value in dict.fromkeys(pair)]

    def value(self, start: datetime, mark: datetime) -> SeriesValue:
        """Return what stands for a mark as a value from `start` to it; MISSING, and why, where nothing does."""
        candidate = self._values.get(mark)
        if candidate is None:
            reason = METER_FAULT if mark in self._faulty else GAP
            return SeriesValue(start, mark, None, Quality.MISSING, reason=reason)
        return candidate.value._replace(start=start, end=mark)

    def range(
        self, start: datetime | None, end: datetime | None, beside: Sequence[SeriesValue], *, intervals: bool
    ) -> list[datetime]:
        """Return the marks from `start` to `end`; where these are not given, of the whole days that have a value.

        Empty where nothing is there.
        """
        if start is None or end is None:
            moments = [*self._values, *(value.end for value in beside)]
            if not moments:
                return []
            first, last = min(moments), max(moments)
            if intervals:  # the first one begins one mark earlier
                first = self.before(first)
            days = self.grid.days(first, last)
            start, end = start or days[0], end or days[1]
            if start == end:  # a single register reading at a day's boundary
                return [start]
        return self.grid.marks(start, end)


def check_tolerance(tolerance: timedelta, grid: Grid) -> timedelta:
    """Return the tolerance when no reading can stand for two marks. Raises ConfigError `series.tolerance`."""
    step = grid.step or DAY
    step -= HOUR if step == DAY else timedelta(0)  # the shortest day has 23 hours
    if not timedelta(0) <= tolerance * 2 < step:
        raise ConfigError(
            "series.tolerance", f"the tolerance is 0 or more and less than half the step ({step}), not {tolerance}"
        )
    return tolerance
