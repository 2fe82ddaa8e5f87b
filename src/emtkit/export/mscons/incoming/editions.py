"""Editions: which of several messages for the same values is the newest. Times only; values are not kept.

The values of a register in a message are runs: intervals that follow one another, or readings a quarter hour apart.
A run is a span on a lattice, and two values are of the same time exactly when they are on the same lattice and at the
same place. So what an older message no longer says is found span by span, without the values: memory grows with the
runs of all messages, usually one for each register of a message, and not with the values.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_PITCH: Final = 900  # seconds between the readings of one run

Owner = tuple[str, ...]


class Lattice(NamedTuple):
    """Where values of the same time can be.

    owner   whose values, and of which register
    length  seconds of an interval, 0 for readings
    offset  seconds from the last whole multiple of the length (readings: of a quarter hour)
    """

    owner: Owner
    length: int
    offset: int


class Run(NamedTuple):
    """Values of one message that follow one another: from `begin` up to but not with `end`, in seconds."""

    lattice: Lattice
    begin: int
    end: int


class Edition(NamedTuple):
    """A run and its message.

    message   the message's place in the input
    version   the higher one is the newer one
    document  its document number
    date      when it was made, in seconds
    """

    run: Run
    message: int
    version: int
    document: str
    date: int | None = None


class Stale(NamedTuple):
    """What a message says and a newer one says anew: part of a lattice, and the newer one's document number."""

    lattice: Lattice
    begin: int
    end: int
    document: str


def seconds(moment: datetime) -> int:
    """Return an aware time as whole seconds."""
    return (moment - _EPOCH) // _SECOND


def place_of(owner: Owner, start: datetime, end: datetime) -> Run:
    """Return the run that one value is by itself."""
    begin, length = seconds(start), (end - start) // _SECOND
    return Run(Lattice(owner, length, begin % (length or _PITCH)), begin, begin + (length or _PITCH))


class Runs:
    """Puts the values of one message together."""

    __slots__ = ("_found", "_open")

    def __init__(self) -> None:
        """Begin without values."""
        self._open: dict[Owner, Run] = {}
        self._found: list[Run] = []

    def add(self, owner: Owner, start: datetime, end: datetime) -> None:
        """Take one value of a register."""
        held = self._open.get(owner)
        if held is not None:
            length = held.lattice.length
            if held.end == seconds(start) and (end - start) // _SECOND == length:
                self._open[owner] = Run(held.lattice, held.begin, held.end + (length or _PITCH))
                return
            self._found.append(held)
        self._open[owner] = place_of(owner, start, end)

    def close(self) -> list[Run]:
        """Return all runs."""
        return [*self._found, *self._open.values()]


def stale_parts(editions: Iterable[Edition]) -> Iterator[tuple[int, Stale]]:
    """Give for each message what newer ones say anew; messages of the same version do not replace one another.

    editions  all of one lattice
    """
    covered: list[Stale] = []  # by newer editions; in order, without overlaps
    newest_first = sorted(editions, key=lambda edition: -edition.version)
    for _, members in groupby(newest_first, lambda edition: edition.version):
        group = list(members)
        for edition in group:
            for part in _within(covered, edition.run):
                yield edition.message, part
        for edition in group:
            _cover(covered, edition)


def _within(covered: list[Stale], run: Run) -> Iterator[Stale]:
    """Give the parts of a run that are covered."""
    index = max(0, bisect_right(covered, run.begin, key=lambda part: part.begin) - 1)
    while index < len(covered) and covered[index].begin < run.end:
        part = covered[index]
        if part.end > run.begin:
            yield part._replace(begin=max(part.begin, run.begin), end=min(part.end, run.end))
        index += 1


def _cover(covered: list[Stale], edition: Edition) -> None:
    """Add what a run covers and no newer one did."""
    run = edition.run
    holes, low = [], run.begin
    for part in _within(covered, run):
        if low < part.begin:
            holes.append(Stale(run.lattice, low, part.begin, edition.document))
        low = part.end
    if low < run.end:
        holes.append(Stale(run.lattice, low, run.end, edition.document))
    for hole in holes:
        covered.insert(bisect_right(covered, hole.begin, key=lambda part: part.begin), hole)
