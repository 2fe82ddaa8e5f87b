"""Structure: where a segment stands in the MIG, by what came before it.

Segments and groups of one counter may come in any order; what has a higher counter comes later.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.mscons.validate.tables import Group, Place, places_of, tables

if TYPE_CHECKING:
    from emtkit.export.edifact.segments import Segment

_MOST_WAYS: Final = 64  # remembered from one segment on: a file may have any qualifiers
FIRST: Final = "00003"  # UNH
ROOT: Final = ""
# tags whose first component says which segment of the MIG it is
QUALIFIED: Final = frozenset({"COM", "CTA", "CCI", "DTM", "LOC", "NAD", "PIA", "RFF", "STS"})


class Tree(NamedTuple):
    """The structure of one release.

    segments  group -> its segments without the first
    groups    group -> the groups in it
    triggers  group -> its first segment
    """

    segments: dict[str, list[Place]]
    groups: dict[str, list[Group]]
    triggers: dict[str, Place]


@cache
def tree(release: str) -> Tree:
    """Return the structure of a release."""
    known = tables()
    triggers: dict[str, Place] = {}
    segments: dict[str, list[Place]] = {}
    for place in places_of(release).values():
        if place.group and place.group not in triggers:
            triggers[place.group] = place
        else:
            segments.setdefault(place.group, []).append(place)
    groups: dict[str, list[Group]] = {}
    for group in known.groups.values():
        if group.id in triggers:
            groups.setdefault(group.parent, []).append(group)
    return Tree(segments, groups, triggers)


@lru_cache(maxsize=8192)
def follows(release: str, number: str, tag: str, qualifier: str) -> Place | None:
    """Return where a segment stands that comes after the segment with this number; None if it cannot come there."""
    known, structure = tables(), tree(release)
    current = known.places[number]
    group, counter = current.group, current.counter
    if group and structure.triggers[group] is current:
        counter = "0000"  # every segment of the group comes after the first
    while True:
        for place in structure.segments.get(group, ()):
            if place.counter >= counter and place.number != FIRST and _fits(place, tag, qualifier):
                return place
        for child in structure.groups.get(group, ()):
            trigger = structure.triggers[child.id]
            if child.counter >= counter and _fits(trigger, tag, qualifier):
                return trigger
        if group == ROOT:
            return None
        group, counter = known.groups[group].parent, known.groups[group].counter


def _fits(place: Place, tag: str, qualifier: str) -> bool:
    return place.tag == tag and (not place.qualifiers or qualifier in place.qualifiers)


def before(number: str, part: dict[str, list[Segment]]) -> Segment | None:
    """Return the last segment of a part of a message that stands before the segment with this number in the MIG."""
    order = list(tables().places)
    stop = order.index(number)
    found = [segments[-1] for each, segments in part.items() if segments and order.index(each) < stop]
    return max(found, key=lambda segment: segment.number, default=None)


def exists(release: str, tag: str, qualifier: str) -> bool:
    """Return whether a release has this segment anywhere."""
    return any(_fits(place, tag, qualifier) for place in places_of(release).values())


class Step:
    """What a segment does to the counts: where it is counted, under what name, how often it may come.

    opens   the group that begins with it, and the groups in that
    ways    the steps from here that were gone before, by tag, with the qualifier where there is one
    """

    __slots__ = ("counted", "key", "limit", "opens", "place", "ways")

    def __init__(self, place: Place, counted: str, key: str, limit: int, opens: tuple[str, ...]) -> None:
        """Begin without ways."""
        self.place = place
        self.counted = counted
        self.key = key
        self.limit = limit
        self.opens = opens
        self.ways: dict[str | tuple[str, str], Step] = {}


@cache
def _steps(release: str) -> dict[str, Step]:  # noqa: ARG001 - one table for each
    """Return the steps of a release by the number of the segment, as they are made; all messages share them."""
    return {FIRST: Step(tables().places[FIRST], ROOT, FIRST, 1, ())}


def _step(release: str, place: Place) -> Step:
    known, structure = _steps(release), tree(release)
    found = known.get(place.number)
    if found is None:
        if place.group and structure.triggers[place.group] is place:
            group = tables().groups[place.group]
            within = [child.id for child in structure.groups.get(group.id, ())]
            found = Step(place, group.parent, group.id, group.limit, (group.id, *within))
        else:
            found = Step(place, place.group, place.number, place.limit, ())
        known[place.number] = found
    return found


class Walk:
    """Goes through one message and counts.

    current  the segment at which it stands
    beyond   it came more often than it may; `opens` says whether its group did
    """

    __slots__ = ("_counts", "_release", "_step", "beyond")

    def __init__(self, release: str) -> None:
        """Stand at UNH."""
        self._release = release
        self._step = _steps(release)[FIRST]
        self._counts: dict[str, dict[str, int]] = {ROOT: {}}
        self.beyond = False

    @property
    def current(self) -> Place:
        """Return the segment at which it stands."""
        return self._step.place

    @property
    def opens(self) -> bool:
        """Return whether the segment opens a group."""
        return bool(self._step.opens)

    def step(self, tag: str, qualifier: str) -> Place | None:
        """Go to a segment and return it; None, and stay, if it cannot come here."""
        ways = self._step.ways
        way = (tag, qualifier) if tag in QUALIFIED else tag
        step = ways.get(way)
        if step is None:
            place = follows(self._release, self._step.place.number, tag, qualifier if tag in QUALIFIED else "")
            if place is None:
                return None
            step = _step(self._release, place)
            if len(ways) < _MOST_WAYS:
                ways[way] = step
        self._step = step
        counts = self._counts
        for group in step.opens:
            counts[group] = {}
        here = counts[step.counted]
        key = step.key
        count = here[key] = here.get(key, 0) + 1
        self.beyond = count > step.limit
        return step.place
