"""Load profiles: every interval of the period once, in order, from its begin to its end.

The days of the market have 92, 96 or 100 quarter hours (23, 24 or 25 hours of gas); that follows from the period's
borders, which are borders of days in German time. Source: EDI@Energy MSCONS AHB 3.2, chapter 4.3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.mscons.validate.moments import Moment

# Prüfidentifikator -> minutes of an interval
STEPS: Final = {"13008": 60, "13018": 15, "13025": 15}
# whose period consists of whole days: of gas, of electricity
GAS_DAYS: Final = frozenset({"13008"})
WHOLE_DAYS: Final = frozenset({"13018", "13025"})
# time series: a line has its intervals in order
SERIES: Final = frozenset(
    {
        "13003", "13005", "13007", "13008", "13010", "13012", "13018", "13020", "13021", "13022", "13023", "13025",
        "13026", "13027",
    }
)  # fmt: skip

_GAS_STATE: Final = re.compile(r"7-\d+:5[24]\.0\.")

Fault = tuple[str, str]


class Line:
    """The intervals of one LIN."""

    __slots__ = ("_begin", "_count", "_end", "_last_begin", "_last_end", "_pid", "_step")

    def __init__(self, pruefidentifikator: str, begin: Moment | None, end: Moment | None, register: str = "") -> None:
        """Begin; `begin` and `end` are those of SG6 DTM+163/164, where there are any."""
        self._pid = pruefidentifikator
        # the Z-Zahl and the Brennwert of a gas load profile may hold for a day or a month
        self._step = None if _GAS_STATE.match(register) else STEPS.get(pruefidentifikator)
        whole = begin is not None and end is not None and begin.minutes < end.minutes
        self._begin = begin.minutes if begin is not None and whole else None
        self._end = end.minutes if end is not None and whole else None
        self._last_begin = -1
        self._last_end = self._begin
        self._count = 0

    def interval(self, begin: int, end: int) -> Fault | None:
        """Take the next interval; return what is wrong with it."""
        self._count += 1
        step = self._step
        if begin == self._last_end and begin < end and (step is None or end - begin == step):
            last = self._end
            if last is None or end <= last:  # the usual case: it goes on where the last one ended
                self._last_begin, self._last_end = begin, end
                return None
        fault = self._fault(begin, end)
        self._last_begin, self._last_end = begin, max(begin, end)
        return fault

    def _fault(self, begin: int, end: int) -> Fault | None:
        if begin >= end:
            return "mscons_check.interval.inverted", "the interval ends before it begins, or when it begins"
        if self._pid not in SERIES:
            return None
        if self._begin is not None and self._end is not None and (begin < self._begin or end > self._end):
            return "mscons_check.interval.outside", "the interval lies outside the period of SG6 DTM+163/164"
        if begin == self._last_begin:
            return (
                "mscons_check.interval.overlap",
                "the interval begins when the one before it began: it is there twice",
            )
        last = self._last_end
        if last is not None and begin < last:
            return (
                "mscons_check.interval.overlap",
                f"the interval begins {last - begin} minutes before the last one ends",
            )
        if last is not None and begin > last and self._begin is not None:
            return "mscons_check.interval.gap", f"{begin - last} minutes before the interval have no value"
        step = self._step
        if step is not None and end - begin != step:
            return "mscons_check.interval.length", f"the interval has {end - begin} minutes, {self._pid} has {step}"
        return None

    def finish(self) -> Iterator[Fault]:
        """Give what is wrong with the line as a whole."""
        if self._begin is None or self._end is None or not self._count:
            return
        last = self._last_end
        if self._pid in SERIES and last is not None and last < self._end:
            yield "mscons_check.interval.gap", f"the last {self._end - last} minutes of the period have no value"
        step = self._step
        wanted = 0 if step is None else (self._end - self._begin) // step
        if wanted and self._count != wanted:
            yield "mscons_check.period.count", f"{self._count} values, the period has {wanted}"


def period_faults(pruefidentifikator: str, begin: Moment, end: Moment) -> Iterator[Fault]:
    """Give what is wrong with the period of SG6."""
    if begin.minutes >= end.minutes:
        yield "mscons_check.interval.inverted", "the period ends before it begins, or when it begins"
    if pruefidentifikator in GAS_DAYS and not (begin.gas and end.gas):
        yield "mscons_check.period", "the period does not consist of whole gas days (06:00 to 06:00 German time)"
    if pruefidentifikator in WHOLE_DAYS and not (begin.electricity and end.electricity):
        yield "mscons_check.period", "the period does not consist of whole days (00:00 to 00:00 German time)"
