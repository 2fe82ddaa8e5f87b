"""What a message has in common with its interchange: the partners, and what the AHB asks of UNB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.export.mscons.validate.across import Trouble
from emtkit.export.mscons.validate.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.conditions import Facts, Part
    from emtkit.export.mscons.validate.tables import UseCase
    from emtkit.export.mscons.validate.use_case import PartCheck

# NAD of the head -> element of UNB, its data element
_PARTNERS = {"00010": (2, "0004"), "00011": (3, "0010")}


def check_unb(unb: Segment, checks: PartCheck, use_case: UseCase, facts: Facts) -> None:
    """Check UNB against the column of a message in it."""
    place = tables().places["00003"]._replace(number="00002", tag="UNB")
    for cell in use_case.slots["00002"].cells:
        checks.check_cell(unb, cell, place, {}, facts)


def partner_troubles(unb: Segment, head: Part) -> Iterator[Trouble]:
    """Give the partners that differ between NAD and UNB. Source: Allgemeine Festlegungen 6.1d, 2.13."""
    for number, (element, data_element) in _PARTNERS.items():
        for segment in head.get(number, ()):
            role, named, expected = segment.get(1), segment.get(2), unb.get(element)
            if named != expected:
                text = f"NAD+{role} is {named!r}, UNB says {expected!r}"
                rule = f"UNB DE{data_element} = NAD+{role} DE3039"
                yield Trouble("mscons_check.reference", rule, segment, text, number, (2, 1))
