"""Grid: the marks in time that series stand on.

A day of the market is a calendar day of the zone (gas: from 06:00 to 06:00), so it has 92, 96 or 100 quarter
hours. Marks are aware datetimes in UTC: Python compares and subtracts two times of one zone by their wall
clocks, which goes wrong in the hour that comes twice, so every time is turned into UTC first.
Source: EDI@Energy MSCONS AHB 3.2, [UB1], [UB2] and chapter 4.3.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emtkit.model.errors import ConfigError

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
QUARTER_HOUR: Final = timedelta(minutes=15)
GAS_DAY_START: Final = 6
BERLIN: Final = ZoneInfo("Europe/Berlin")
# ten years of quarter hours; more is a meter with a wrong clock, not a series
MAX_MARKS: Final = 366 * 10 * 100
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199


class Grid(NamedTuple):
    """Marks every `step`, counted from the beginning of each day.

    step       a part of an hour, an hour, a day, or None for calendar months
    zone       whose days
    day_start  hour at which the day (and the month) begins: 0, gas 6
    """

    step: timedelta | None = QUARTER_HOUR
    zone: ZoneInfo = BERLIN
    day_start: int = 0

    def check(self) -> Grid:
        """Return the grid. Raises ConfigError `series.step` unless its marks fit into every day."""
        step = self.step
        if step is not None and step != DAY and (step <= timedelta(0) or HOUR % step):
            raise ConfigError(
                "series.step", f"the step is a day, an hour or a whole part of an hour (15 min), not {step}"
            )
        if not 0 <= self.day_start < 24:
            raise ConfigError("series.step", f"a day starts at hour 0 to 23, not {self.day_start}")
        return self

    def nearest(self, moment: datetime) -> datetime:
        """Return the mark nearest to an aware datetime; the earlier of two that are equally near."""
        moment = moment.astimezone(UTC)
        low, high = self.around(moment)
        return low if moment - low <= high - moment else high

    def around(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the last mark at or before `moment` and the one after that."""
        moment = moment.astimezone(UTC)
        low, high = self._period(moment)
        if self.step is None or self.step == DAY:
            return low, high
        low += (moment - low) // self.step * self.step
        return low, low + self.step

    def is_mark(self, moment: datetime) -> bool:
        """Return whether this moment is a mark."""
        return self.around(moment)[0] == moment.astimezone(UTC)

    def days(self, first: datetime, last: datetime) -> tuple[datetime, datetime]:
        """Return the boundaries of the whole days (or months) that hold these two moments."""
        start = self._period(first.astimezone(UTC))[0]
        last = last.astimezone(UTC)
        low, high = self._period(last)
        return start, (low if low == last else high)

    def marks(self, start: datetime, end: datetime) -> list[datetime]:
        """Return all marks from `start` to `end`, both included.

        Raises ConfigError `series.range` when these are no marks in this order, `series.range_too_long` beyond
        ten years of quarter hours.
        """
        for moment in (start, end):
            if moment.utcoffset() is None:
                raise ConfigError("series.range", f"{moment} has no time zone")
            if not FIRST_YEAR <= moment.year <= LAST_YEAR or not self.is_mark(moment):
                raise ConfigError("series.range", f"{moment.isoformat()} is not on the grid of the series")
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end <= start:
            raise ConfigError("series.range", f"the end {end.isoformat()} is not after the start {start.isoformat()}")
        if self.step is not None and (end - start) // self.step > MAX_MARKS:
            raise ConfigError(
                "series.range_too_long",
                f"{start.date()} to {end.date()} is too long for one series: is a meter's clock wrong? "
                "Give start and end",
            )
        found = [start]
        while found[-1] < end:
            found.append(self.around(found[-1])[1])
        return found

    def _period(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return begin and end of the day (of the month, without a step) that holds `moment`, which is in UTC."""
        today = moment.astimezone(self.zone).date()
        low, high = self._bounds(today)
        if moment < low:
            return self._bounds(today - DAY)
        if moment >= high:
            return self._bounds(today + DAY)
        return low, high

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        return _bounds(day if self.step is not None else day.replace(day=1), self.zone, self.day_start, self.step)


@lru_cache(maxsize=1024)
def _bounds(day: date, zone: ZoneInfo, hour: int, step: timedelta | None) -> tuple[datetime, datetime]:
    following = day + DAY if step is not None else (day.replace(day=28) + 4 * DAY).replace(day=1)
    low, high = (datetime.combine(at, time(hour), zone).astimezone(UTC) for at in (day, following))
    if step is not None and step != DAY and (high - low) % step:
        raise ConfigError("series.step", f"{day} in {zone.key} is not a whole number of steps of {step}")
    return low, high


def zone_of(zone: ZoneInfo | str) -> ZoneInfo:
    """Return the zone of this name. Raises ConfigError `series.zone`."""
    if isinstance(zone, ZoneInfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError("series.zone", f"no time zone {zone!r} (expected a name such as Europe/Berlin)") from None
