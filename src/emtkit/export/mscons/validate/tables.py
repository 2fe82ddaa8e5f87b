"""The tables of MIG 2.5 and AHB 3.2, from the package's `tables.json`.

Source: EDI@Energy MSCONS MIG 2.5 and AHB 3.2 (valid from 2026-10-01), Codeliste der OBIS-Kennzahlen und Medien 2.5c.
MIG 2.4c differs by the contact (SG4 CTA, COM) after the sender only; its segments have the numbers `00010a`, `00010b`
here, the other numbers are those of 2.5.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from emtkit.export.mscons.validate.expression import Requirement, conditions_of, parse_status

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
    """All of it. `elements` holds per tag the forms of all components, `registers` what PIA may say."""

    groups: dict[str, Group]
    places: dict[str, Place]
    elements: dict[str, list[list[tuple[str, str]]]]
    conditions: dict[str, str]
    use_cases: dict[str, UseCase]
    registers: dict[str, re.Pattern[str]]


@cache
def tables() -> Tables:
    """Read the tables, once."""
    data = json.loads(files(__package__).joinpath("tables.json").read_text("utf-8"))
    statuses = [_status(text) for text in data["expressions"]]
    slots = [_slot(slot, statuses) for slot in data["slots"]]
    return Tables(
        {row[0]: Group(*row) for row in data["groups"]},
        {row[0]: Place(row[0], row[1], row[2], tuple(row[3]), row[4], row[5]) for row in data["segments"]},
        {tag: [[(n, form) for n, form in element] for element in rows] for tag, rows in data["elements"].items()},
        data["conditions"],
        {
            pid: UseCase(pid, row["name"], {number: slots[index] for number, index in row["slots"].items()})
            for pid, row in data["use_cases"].items()
        },
        {pid: _registers(patterns) for pid, patterns in data["registers"].items()},
    )


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
