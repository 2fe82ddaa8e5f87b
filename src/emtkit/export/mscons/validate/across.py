"""Conditions about several lines of a message; some can be answered only at its end.

    [2]          13010, 13012: a version (SG6 DTM+293) where the values go over a month or more
    [51]         13009: no Z-Zahl and no Brennwert beside the energy 7-0:33.86.0
    [2002]       13015: up to three lines
    [2003]       13019: STS+10 comes twice or not at all
Source: EDI@Energy MSCONS AHB 3.2, list of conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.grid import BERLIN
from emtkit.export.mscons.validate.moments import moment_of
from emtkit.export.mscons.validate.structure import before

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.conditions import Part

# conditions that are decided here: elsewhere they count as open, but not as undecided. [87] and [88] are asked only
# where [83] or [84] does not hold, and then [85] or [86] does not hold either: the value is wrong whatever they say.
DECIDED_LATER: Final = frozenset({"2", "51", "87", "88"})

_PROFILES: Final = frozenset({"13010", "13012"})
_ENERGIES: Final = frozenset({"13019"})
_ENERGY: Final = "7-0:33.86.0"
_BESIDE_ENERGY: Final = frozenset({"7-0:52.0.22", "7-0:54.0.16", "7-0:54.0.20", "7-0:54.0.22"})
_MOST_LINES: Final = {"13015": 3}
_MOST_REGISTERS: Final = 1000


class Trouble(NamedTuple):
    """What is wrong: a code of `findings`, the rule, a segment, a sentence, its number in the MIG, and the place."""

    code: str
    rule: str
    segment: Segment | None
    message: str
    about: str
    place: tuple[int, int] | None = None


class Across:
    """What the lines of one message have together."""

    __slots__ = ("_first", "_last", "_lines", "_pid", "_registers", "watches")

    def __init__(self, pruefidentifikator: str) -> None:
        """Begin; `watches` says whether `value` must be called at all."""
        self._pid = pruefidentifikator
        self.watches = pruefidentifikator in _PROFILES | _ENERGIES
        self._lines = 0
        self._registers: set[str] = set()
        self._first: int | None = None
        self._last: int | None = None

    def line(self, lin: Segment, register: str) -> Trouble | None:
        """Take the next line and what its PIA says."""
        self._lines += 1
        seen = self._registers
        most = _MOST_LINES.get(self._pid)
        if most is not None and self._lines > most:
            text = f"the message has more than {most} lines"
            return Trouble("mscons_check.repeated", f"{self._pid} SG9 [2002]", lin, text, "00024")
        trouble = None
        if self._pid == "13009":
            others = _BESIDE_ENERGY if register == _ENERGY else {_ENERGY} if register in _BESIDE_ENERGY else frozenset()
            if not others.isdisjoint(seen):
                text = f"{register} must not be in the same message as {_ENERGY} or what belongs to it"
                trouble = Trouble("mscons_check.register", "13009 SG9 PIA DE7140 [51]", lin, text, "00025")
        if len(seen) < _MOST_REGISTERS:
            seen.add(register)
        return trouble

    def value(self, part: Part, begin: int | None, end: int | None) -> Trouble | None:
        """Take the next value."""
        if begin is not None and end is not None:
            self._first = begin if self._first is None else min(begin, self._first)
            self._last = end if self._last is None else max(end, self._last)
        bases = part.get("00038", [])
        if self._pid in _ENERGIES and len(bases) == 1:
            text = "STS+10 comes once, it says something of the begin and of the end: twice, or not at all"
            return Trouble("mscons_check.missing", "13019 SG10 STS+10 [2003]", bases[0], text, "00038")
        return None

    def finish(self, head: Part) -> Iterator[Trouble]:
        """Give what only the whole message shows."""
        if self._pid in _PROFILES and "00019" not in head and self._spans_a_month():
            text = "SG6 DTM+293 is missing: the values go over a month or more"
            rule = f"{self._pid} SG6 DTM+293 Muss [2]"
            yield Trouble("mscons_check.missing", rule, before("00019", head), text, "00019")

    def _spans_a_month(self) -> bool:
        if self._first is None or self._last is None or self._first >= self._last:
            return False
        begin, end = (moment_of(minutes).astimezone(BERLIN) for minutes in (self._first, self._last))
        return _months(begin, end) >= 1


def _months(begin: datetime, end: datetime) -> int:
    """Return how many whole months lie between two times."""
    months = (end.year - begin.year) * 12 + end.month - begin.month
    return months - ((end.day, end.time()) < (begin.day, begin.time()))
