"""What the master data would change in a points file: entries added, changed field by field, and not in it any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from emtkit.points.checks import wrong_fields
from emtkit.points.entries import Entry
from emtkit.points.point import Point, as_obis
from emtkit.points.problems import Problems, adapter_of, validated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.points.files import PointsFile
    from emtkit.points.masterdata.drafts import Draft
    from emtkit.points.masterdata.mapping import Mapping
    from emtkit.points.problems import Place

_METER: Final = frozenset({"meter", "manufacturer", "id"})


class Change(NamedTuple):
    """One difference.

    entry   the entry of the points file, None for one that is added
    place   where the source says it; None for one that it does not have
    point   what the entry is about: as the source has it, or as it was where the source has it no more
    fields  name -> what was and what will be; None where there was or will be nothing
    """

    kind: Literal["added", "changed", "removed"]
    entry: Entry | None
    place: Place | None
    point: Point
    fields: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class Difference:
    """All differences in the order of the points file, then of the source."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    not_of_source: int = 0

    def of(self, kind: str) -> list[Change]:
        """Return the changes of one kind."""
        return [change for change in self.changes if change.kind == kind]


def difference(drafts: Iterable[Draft], mapping: Mapping, file: PointsFile | None, problems: Problems) -> Difference:
    """Compare what the source says with the points file. What cannot be compared is a problem."""
    found = Difference()
    wanted = _wanted(drafts, mapping, problems)
    have: dict[tuple[object, ...], tuple[Entry, Point]] = {}
    for entry, point in file.points if file is not None else ():
        if any(_value(entry, point, name) != _plain(name, value) for name, value in mapping.scope.items()):
            found.not_of_source += 1
            continue
        key = tuple(_value(entry, point, name) for name in mapping.key)
        first = have.setdefault(key, (entry, point))
        if first[0] is not entry:
            message = f"{first[0].place()} has the same {', '.join(mapping.key)}: which of the two is it in the source?"
            problems.error("points.import", message, entry.place())
    for key, (entry, point) in have.items():
        new = wanted.pop(key, None)
        if new is None:
            fields = {name: (value, None) for name, value in entry.fields.items() if name in mapping.fields}
            found.changes.append(Change("removed", entry, None, point, fields))
            continue
        fields = {
            name: (entry.fields.get(name), new.entry.fields.get(name))
            for name in mapping.fields
            if _differs(entry, point, new, name)
        }
        if fields:
            found.changes.append(Change("changed", entry, new.entry.place(), new.point, fields))
        else:
            found.unchanged += 1
    found.changes += [
        Change(
            "added", None, new.entry.place(), new.point, {name: (None, each) for name, each in new.entry.fields.items()}
        )
        for new in wanted.values()
    ]
    return found


class _Wanted(NamedTuple):
    entry: Entry
    point: Point


class _RowSource:
    """The source of entries that are rows of master data: their address is their place."""

    def place(self, address: Place, field: str = "") -> Place:  # noqa: ARG002 - a row is one place
        return address


def _wanted(drafts: Iterable[Draft], mapping: Mapping, problems: Problems) -> dict[tuple[object, ...], _Wanted]:
    """Return the entries of the source by their keys; those that are not well-formed are problems."""
    found: dict[tuple[object, ...], _Wanted] = {}
    for draft in drafts:
        fields = {**draft.fields, **mapping.scope}
        entry = Entry(fields, _RowSource(), draft.place, {}, frozenset(fields))
        point = validated(adapter_of(Point), entry.fields, problems, entry.place)
        if point is None:
            continue
        wrong = list(wrong_fields(point))
        for name, error in wrong:
            problems.error(error.code, error.message, draft.place, name)
        if wrong:
            continue
        key = tuple(_value(entry, point, name) for name in mapping.key)
        first = found.setdefault(key, _Wanted(entry, point))
        if first.entry.fields != entry.fields:
            message = f"{first.entry.place()} has the same {', '.join(mapping.key)} already"
            problems.error("points.import", message, draft.place)
    return found


def _differs(entry: Entry, point: Point, new: _Wanted, name: str) -> bool:
    """Return whether a field would be another; what the source leaves open, `[defaults]` fill."""
    if name in new.entry.fields:
        return _value(entry, point, name) != _value(new.entry, new.point, name)
    return str(entry.fields.get(name)) != str(entry.defaults.get(name))


def _value(entry: Entry, point: Point, name: str) -> object:
    """Return a field in the form that is compared; None where the entry does not give it."""
    if name in _METER:
        return point.meter_match
    return _plain(name, getattr(point, name)) if name in entry.fields else None


def _plain(name: str, value: object) -> object:
    if name == "register" and isinstance(value, str):
        return as_obis(value) or value
    return value
