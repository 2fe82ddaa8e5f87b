"""Structure: where a segment stands in the MIG, by what came before it.

Segments and groups of one counter may come in any order; what has a higher counter comes later.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final, NamedTuple

from emtkit.export.mscons.validate.tables import CONTACT, Group, Place, tables

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
    places = [place for place in known.places.values() if release != "2.5" or place.number not in CONTACT]
    triggers: dict[str, Place] = {}
    segments: dict[str, list[Place]] = {}
    for place in places:
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


def exists(release: str, tag: str, qualifier: str) -> bool:
    """Return whether a release has this segment anywhere."""
    places = (place for place in tables().places.values() if release != "2.5" or place.number not in CONTACT)
    return any(_fits(place, tag, qualifier) for place in places)


class Step(NamedTuple):
    """What a segment does to the counts: where it is counted, under what name, how often it may come.

    opens   the group that begins with it, and the groups in that
    """

    place: Place
    counted: str
    key: str
    limit: int
    opens: tuple[str, ...]


class Walk:
    """Goes through one message and counts."""

    __slots__ = ("_counts", "_release", "_steps", "current")

    def __init__(self, release: str) -> None:
        """Stand at UNH."""
        self._release = release
        self.current = tables().places[FIRST]
        self._counts: dict[str, dict[str, int]] = {ROOT: {}}
        self._steps: dict[tuple[str, str, str], Step] = {}

    def step(self, tag: str, qualifier: str) -> tuple[Place | None, int]:
        """Go to a segment. Returns its place and by how much it comes more often than it may."""
        way = (self.current.number, tag, qualifier if tag in QUALIFIED else "")
        step = self._steps.get(way)
        if step is None:
            place = follows(self._release, *way)
            if place is None:
                return None, 0
            step = self._steps[way] = self._make(place)
        self.current = step.place
        counts = self._counts
        for group in step.opens:
            counts[group] = {}
        here = counts[step.counted]
        count = here[step.key] = here.get(step.key, 0) + 1
        return step.place, max(0, count - step.limit)

    def _make(self, place: Place) -> Step:
        structure = tree(self._release)
        if not place.group or structure.triggers[place.group] is not place:
            return Step(place, place.group, place.number, place.limit, ())
        group = tables().groups[place.group]
        within = [child.id for child in structure.groups.get(group.id, ())]
        return Step(place, group.parent, group.id, group.limit, (group.id, *within))
