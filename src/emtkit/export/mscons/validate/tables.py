"""The tables of MIG 2.5 and AHB 3.2, from the package's `tables.json`.

Source: EDI@Energy MSCONS MIG 2.5 and AHB 3.2 (valid from 2026-10-01), Codeliste der OBIS-Kennzahlen und Medien 2.5c.
MIG 2.4c differs by the contact (SG4 CTA, COM) after the sender only; its segments have the numbers `00010a`, `00010b`
here, the other numbers are those of 2.5. AHB 3.1g (from 2026-04-01) says the same as 3.2; what 3.1d and 3.1e had
otherwise (until 2025-09-30) is in `older`.
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.export.mscons.validate.expression import Requirement, conditions_of, parse_status

if TYPE_CHECKING:
    from collections.abc import Iterable

_AHB_3_1F: Final = date(2025, 10, 1)
RELEASES: Final = ("2.5", "2.4c")
CONTACT: Final = frozenset({"00010a", "00010b"})


class Group(NamedTuple):
    """A segment group: its name in the MIG, the group that holds it, its place there and how often it may come."""

    id: str
    name: str
    parent: str
    counter: str
    limit: int


class Place(NamedTuple):
    """A segment of the MIG: number, tag, place in its group, qualifiers, how often, group ("" the message)."""

    number: str
    tag: str
    counter: str
    qualifiers: tuple[str, ...]
    limit: int
    group: str


class Status(NamedTuple):
    """A status with what it needs again and again."""

    text: str
    requirements: tuple[Requirement, ...]
    conditions: tuple[str, ...]


class Cell(NamedTuple):
    """A data element of a segment in the AHB: where it stands, and its codes or the status of its value."""

    element: int
    component: int
    number: str
    codes: dict[str, Status]
    status: Status


class Slot(NamedTuple):
    """A segment in the AHB of one Prüfidentifikator. `group` is the status of the group that begins with it."""

    group: Status | None
    status: Status
    cells: tuple[Cell, ...]


class UseCase(NamedTuple):
    """The AHB of one Prüfidentifikator: its segments by their number in the MIG."""

    pruefidentifikator: str
    name: str
    slots: dict[str, Slot]


class Tables(NamedTuple):
    """All of it.

    names      what the MIG calls a segment, by its number: `Nachrichtendatum`
    elements   per tag the forms of all components
    older      use cases whose AHB 3.1d and 3.1e differ
    codes      data element -> every code that the MIG has for it anywhere
    registers  what PIA may say
    """

    groups: dict[str, Group]
    places: dict[str, Place]
    names: dict[str, str]
    elements: dict[str, list[list[tuple[str, str]]]]
    conditions: dict[str, str]
    use_cases: dict[str, UseCase]
    older: dict[str, UseCase]
    codes: dict[str, frozenset[str]]
    registers: dict[str, re.Pattern[str]]


@cache
def tables() -> Tables:
    """Read the tables, once."""
    data = json.loads(files(__package__).joinpath("tables.json").read_text("utf-8"))
    statuses = [_status(text) for text in data["expressions"]]
    slots = [_slot(slot, statuses) for slot in data["slots"]]
    use_cases = {
        pid: UseCase(pid, row["name"], {number: slots[index] for number, index in row["slots"].items()})
        for pid, row in data["use_cases"].items()
    }
    return Tables(
        {row[0]: Group(*row) for row in data["groups"]},
        {row[0]: Place(row[0], row[1], row[2], tuple(row[3]), row[4], row[5]) for row in data["segments"]},
        data["names"],
        {tag: [[(n, form) for n, form in element] for element in rows] for tag, rows in data["elements"].items()},
        data["conditions"],
        use_cases,
        {pid: _older(use_cases[pid], changed, slots) for pid, changed in data["older"].items()},
        _codes(use_cases.values()),
        {pid: _registers(patterns) for pid, patterns in data["registers"].items()},
    )


def use_case_on(pruefidentifikator: str, day: date) -> UseCase | None:
    """Return the AHB of a Prüfidentifikator that holds for a message of this day; None if there is none."""
    known = tables()
    if day < _AHB_3_1F and pruefidentifikator in known.older:
        return known.older[pruefidentifikator]
    return known.use_cases.get(pruefidentifikator)


def _older(use_case: UseCase, changed: dict[str, int], slots: list[Slot]) -> UseCase:
    gone = {number for number, index in changed.items() if index < 0}
    slots_then = use_case.slots | {number: slots[index] for number, index in changed.items() if index >= 0}
    return use_case._replace(slots={number: slot for number, slot in slots_then.items() if number not in gone})


def _codes(use_cases: Iterable[UseCase]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for use_case in use_cases:
        for slot in use_case.slots.values():
            for cell in slot.cells:
                if cell.codes:
                    found.setdefault(cell.number, set()).update(cell.codes)
    return {number: frozenset(codes) for number, codes in found.items()}


def places_of(release: str) -> dict[str, Place]:
    """Return the segments of a release, by their number."""
    places = tables().places
    return places if release != "2.5" else {n: place for n, place in places.items() if n not in CONTACT}


def _status(text: str) -> Status:
    requirements = parse_status(text)
    names = [name for requirement in requirements for name in conditions_of(requirement.condition)]
    return Status(text, requirements, tuple(names))


def _slot(row: list[Any], statuses: list[Status]) -> Slot:
    group, status, cells = row
    return Slot(
        None if group < 0 else statuses[group],
        statuses[status],
        tuple(
            Cell(element, component, number, {}, statuses[allowed])
            if isinstance(allowed, int)
            else Cell(element, component, number, {c: statuses[i] for c, i in allowed.items()}, statuses[0])
            for element, component, number, allowed in cells
        ),
    )


# Channel b, tariff e and the gas groups ee, e1, e2 of the list of OBIS codes. What a letter may be is in its chapters
# 3 and 4; for gas the numbers of ee are per quantity, here any.
_ELECTRICITY_CHANNEL: Final = r"(?:[0-9]|[1-5][0-9]|6[0-5])"
_GAS_CHANNEL: Final = r"(?:[0-9]|[1-5][0-9]|6[0-4])"
_TARIFF: Final = r"(?:[0-9]|[1-5][0-9]|6[0-2])"


def _registers(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(map(register_pattern, patterns)) + r")\Z", re.ASCII)


def register_pattern(pattern: str) -> str:
    """Return the regular expression for a pattern of the list: `1-b:1.8.e`."""
    channel = _ELECTRICITY_CHANNEL if pattern.startswith("1-") else _GAS_CHANNEL
    text = re.escape(pattern).replace(r"\-b:", r"\-" + channel + ":")
    text = re.sub(r"\\\.e[e12]\Z", r"\\.[0-9]{1,3}", text)
    return re.sub(r"\\\.e\Z", lambda _: r"\." + _TARIFF, text)
