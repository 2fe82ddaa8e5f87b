"""What a received message says, typed: the envelope, the message's head, its lines and values.

A message that is written is whole by construction (`message.Message`); one that is received may lack anything, so
here every field may be missing, and what is wrong is a finding beside it.
Source: EDI@Energy MSCONS MIG 2.2x to 2.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.edifact.service import DEFAULT, ServiceString
from emtkit.export.mscons.message import Partner
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from decimal import Decimal

    from emtkit.export.edifact.segments import Segment

NOBODY: Final = Partner("", "", "")
CANCELLATION: Final = "1"  # BGM 1225
MAX_FINDINGS: Final = 100  # of one message; what is wrong with a file is wrong a million times


class Location(NamedTuple):
    """One LOC: `172` Meldepunkt, `237` Bilanzkreis, `107` Bilanzierungsgebiet, `Z04` profile, `Z06` Profilschar."""

    qualifier: str
    id: str
    from_id: str = ""


@dataclass(slots=True)
class Envelope:
    """UNB: who sends what to whom. Texts are as sent, empty where the file has none.

    created                UNB 0017 and 0019 (UTC in the market), None where it is no time
    application_reference  `EM`, `TL`, `VL`
    """

    sender: Partner = NOBODY
    receiver: Partner = NOBODY
    created: dt.datetime | None = None
    reference: str = ""
    application_reference: str = ""
    test: bool = False
    service: ServiceString = DEFAULT


@dataclass(slots=True)
class ReceivedLine:
    """One LIN with its PIA.

    number  LIN 1082 as sent
    obis    PIA 7140: `1-1:1.29.0`, or a medium (`AUA`); empty where there is no PIA
    list    PIA 7143: `SRW` OBIS, `Z02` like OBIS, `Z08` medium
    """

    number: str = ""
    obis: str = ""
    list: str = ""


@dataclass(slots=True)
class ReceivedQuantity:
    """One QTY with its DTM and STS. Times are aware, with the offset that was sent.

    value              exact, in the unit of the register; None where it is no number (`text` is as sent)
    code, unit         QTY 6063 and 6411
    begin, end         DTM+163, DTM+164
    leistungsperiode   DTM+306: `202610` a month, `20261031` a day
    segment, start     number of the QTY in its message (UNH is 1), offset in the file
    The other fields are those of `message.Quantity`.
    """

    line: ReceivedLine
    code: str
    value: Decimal | None
    text: str
    unit: str
    segment: int
    start: int
    begin: dt.datetime | dt.date | None = None
    end: dt.datetime | dt.date | None = None
    ablesedatum: dt.datetime | dt.date | None = None
    nutzungszeitpunkt: dt.datetime | dt.date | None = None
    aenderungszeitpunkt: dt.datetime | dt.date | None = None
    leistungsperiode: str | None = None
    plausibility: tuple[str, ...] = ()
    method: str | None = None
    correction: str | None = None
    reason: str | None = None
    gas_quality: str | None = None
    energy_basis: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class ReceivedMessage:
    """One message. Its head is read when you get it; `quantities()` reads its values one by one, once.

    reference              UNH 0062
    release                UNH 0057: `2.5`
    split                  UNH 0068, 0070, 0073 of a list that goes over several messages
    document_code, document, function    BGM 1001, 1004, 1225 (`9` original, `1` cancellation)
    date                   DTM+137
    order_reference        RFF+AGI, and `order_date` its DTM+293
    cancels                RFF+ACW: the document that this message takes back
    master_data_reference  RFF+Z30
    sender, receiver       NAD+MS, NAD+MR: MP-ID and agency (`unb_agency` is that of UNB, where the id is the same)
    contacts               CTA and COM of releases before 2.5, as sent
    party                  NAD of the detail: `DP`, `DED`, `Z15`
    begin, end             SG6 DTM+163, DTM+164
    month, profile_month   SG6 DTM+492, DTM+157: `202610`
    version                SG6 DTM+293: the later one of a time series holds
    raster                 SG6 DTM+672 of old and foreign messages: minutes from one value to the next
    device, konfigurations_id    RFF+MG, RFF+AGK
    series_type            CCI+15
    start                  offset of UNH in the file
    registers              what its lines are of (PIA 7140), in order; grows while the values are read
    segments               how many segments it has, known when its values were read
    diagnostics            what was noticed; grows while the values are read
    unread                 more findings than are kept
    """

    envelope: Envelope
    start: int = 0
    reference: str = ""
    type: str = ""
    release: str = ""
    split: tuple[str, ...] = ()
    document_code: str = ""
    document: str = ""
    function: str = ""
    date: dt.datetime | dt.date | None = None
    order_reference: str | None = None
    order_date: dt.datetime | dt.date | None = None
    cancels: str | None = None
    master_data_reference: str | None = None
    pruefidentifikator: str | None = None
    sender: Partner = NOBODY
    receiver: Partner = NOBODY
    contacts: list[str] = field(default_factory=list)
    party: str = ""
    locations: list[Location] = field(default_factory=list)
    begin: dt.datetime | dt.date | None = None
    end: dt.datetime | dt.date | None = None
    month: str | None = None
    profile_month: str | None = None
    version: dt.datetime | dt.date | None = None
    raster: int | None = None
    device: str | None = None
    konfigurations_ids: list[str] = field(default_factory=list)
    series_type: str | None = None
    registers: dict[str, None] = field(default_factory=dict)
    segments: int = 0
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unread: int = 0
    _values: Iterator[ReceivedQuantity] | None = None
    _taken: bool = False

    def quantities(self) -> Iterator[ReceivedQuantity]:
        """Give the values in their order; each is forgotten when the next is read.

        Raises DecodeError `mscons.read.passed` when they were given before, or when the next message was asked for.
        """
        if self._taken or self._values is None:
            raise DecodeError(
                "mscons.read.passed",
                f"the values of message {self.reference} were read before, or passed over with the next message",
            )
        self._taken = True
        yield from self._values

    def pass_over(self) -> None:
        """Read what is left of the message, so that the next one can come."""
        self._taken = True
        for _ in self._values or ():
            pass

    def hold(self, values: Iterator[ReceivedQuantity]) -> None:
        """Set where the values come from."""
        self._values = values

    @property
    def location(self) -> str:
        """Return the id of LOC+172, empty where there is none (a Konfigurations-ID stands for it, or nothing)."""
        return next((location.id for location in self.locations if location.qualifier == "172"), "")

    @property
    def is_cancellation(self) -> bool:
        """Return whether it takes another message back and has no values of its own."""
        return self.function == CANCELLATION

    def note(self, severity: Severity, code: str, message: str, segment: Segment, number: int) -> None:
        """Add a finding about a segment, `number` in its message."""
        if len(self.diagnostics) >= MAX_FINDINGS:
            self.unread += 1
            return
        field = f"{self.reference}/{number} {segment.tag}"
        end = segment.start + len(segment.raw)
        self.diagnostics.append(Diagnostic(severity, code, "mscons", field, segment.start, end, message))
