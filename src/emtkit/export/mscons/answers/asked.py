"""The interchange that is answered: who sent it to whom, under which reference, when, and for which Sparte."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.mscons.incoming.values import read_time
from emtkit.export.mscons.message import Partner
from emtkit.export.mscons.validate.tables import tables
from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.findings import InterchangeReport

Sparte = Literal["electricity", "gas"]

# DE 0007 of UNB -> DE 3055 of NAD, Sparte
_AGENCIES: Final[dict[str, tuple[str, Sparte | None]]] = {
    "14": ("9", None),
    "500": ("293", "electricity"),
    "502": ("332", "gas"),
}
# AHB 3.2: what is of gas only, and what both have (13006, cancellations; 13014); all others are of electricity
_GAS: Final = frozenset({"13002", "13007", "13008", "13009", "13013"})
_BOTH: Final = frozenset({"13006", "13014"})


class Asked(NamedTuple):
    """What an answer repeats of UNB.

    unb      the segment; answers copy parts of it as they are
    created  UNB 0017 and 0019, in UTC; None if they are no time
    test     UNB 0035: the interchange was a test, and so is its answer
    sparte   whose rules hold: that of the receiver; None where neither MP-ID nor a Prüfidentifikator says it
    """

    unb: Segment
    sender: Partner
    receiver: Partner
    reference: str
    created: datetime | None
    test: bool
    sparte: Sparte | None


def asked_of(report: InterchangeReport) -> Asked:
    """Return what an answer repeats. Raises EncodeError `mscons_answer.unb`."""
    unb = report.unb
    if unb is None or not (unb.get(2) and unb.get(3) and unb.get(5)):
        raise EncodeError(
            "mscons_answer.unb",
            f"interchange {report.number} has no UNB with sender, receiver and reference: nobody can be answered",
        )
    sender, receiver = (_partner(unb, element) for element in (2, 3))
    # the Sparte is that of the receiver (APERAK AHB 1.1, 2.6); a GLN does not say it
    sparte = _AGENCIES.get(receiver.unb_agency, ("", None))[1] or _AGENCIES.get(sender.unb_agency, ("", None))[1]
    sparte = sparte or next(filter(None, (_of_use_case(head.pruefidentifikator) for head in report.heads or ())), None)
    return Asked(unb, sender, receiver, unb.get(5), created_of(unb), unb.get(11) == "1", sparte)


def _of_use_case(pruefidentifikator: str) -> Sparte | None:
    if pruefidentifikator in _BOTH or pruefidentifikator not in tables().use_cases:
        return None
    return "gas" if pruefidentifikator in _GAS else "electricity"


def _partner(unb: Segment, element: int) -> Partner:
    agency = unb.get(element, 2)
    return Partner(unb.get(element), agency, _AGENCIES.get(agency, ("", None))[0])


def created_of(unb: Segment) -> datetime | None:
    """Return when an interchange was made (UNB 0017 and 0019, in UTC); None if they are no time."""
    moment = read_time(f"20{unb.get(4, 1)}{unb.get(4, 2)}+00", "303")
    return moment if isinstance(moment, datetime) else None
