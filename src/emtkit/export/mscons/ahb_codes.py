"""Which codes of QTY and STS the AHB allows for a value, read from the tables that the validator checks with.

Roles are not known here, so a code that only some roles may use is allowed.
Source: EDI@Energy MSCONS AHB 3.2, rows 00026 and 00033 to 00038 of the use cases.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.edifact.segments import Segment

if TYPE_CHECKING:
    from emtkit.export.mscons.market_registers import Location

# rows of the AHB: what they are, and which data element has the code
DOCUMENT: Final = "00004"
QUANTITY: Final = "00026"
PLAUSIBILITY: Final = "00033"
METHOD: Final = "00034"
CORRECTION: Final = "00035"
REASON: Final = "00036"
GAS_QUALITY: Final = "00037"
_ELEMENTS: Final = frozenset({"1001", "6063", "9013"})

# ids of the right length: conditions ask how many characters LOC+172 has
_IDS: Final[dict[Location, str]] = {
    "marktlokation": "1" * 11,
    "netzlokation": "E" * 11,
    "messlokation": "D" * 33,
    "konfigurations_id": "",
}


class Place(NamedTuple):
    """What decides over codes: the use case, BGM 1001, what kind of location and which register it is."""

    pruefidentifikator: str
    document_code: str
    location: Location
    obis: str


@lru_cache(maxsize=4096)
def codes(place: Place, row: str, quality: str = "") -> frozenset[str]:
    """Return the codes that a row has for a value of this quality (QTY 6063); empty where the row is not used."""
    from emtkit.export.mscons.validate.conditions import by_number, head_facts, line_facts, quantity_facts
    from emtkit.export.mscons.validate.expression import Truth, decide
    from emtkit.export.mscons.validate.tables import tables

    slot = tables().use_cases[place.pruefidentifikator].slots.get(row)
    if slot is None:
        return frozenset()
    head = {DOCUMENT: [_segment("BGM", place.document_code)], "00015": [_segment("LOC", "172", _IDS[place.location])]}
    if place.location == "konfigurations_id":
        head["00022"] = [_segment("RFF", "AGK")]
    facts = head_facts(head) | line_facts(place.obis) | quantity_facts({QUANTITY: [_segment("QTY", quality)]})

    def holds(name: str) -> Truth:
        return facts.get(name) or by_number(name)

    if all(decide(part.condition, holds) is Truth.NO for part in slot.status.requirements):
        return frozenset()
    return frozenset(
        code
        for cell in slot.cells
        if cell.number in _ELEMENTS
        for code, status in cell.codes.items()
        if any(decide(part.condition, holds) is not Truth.NO for part in status.requirements)
    )


def _segment(tag: str, *elements: str) -> Segment:
    return Segment(tag, [[tag], *([element] for element in elements)], 0, 0, b"")
