"""The reader: an interchange to messages, a message to its lines and values, one at a time.

    for message in read_interchange(path.open("rb")):
        for quantity in message.quantities():
            ...

Memory does not grow with the file, nor with the message. What is wrong is a finding with the place of its segment;
reading goes on. Only a file whose segments cannot be told apart ends with an error, after everything before that
place was given.
Source: EDI@Energy MSCONS MIG 2.2x to 2.5, branching diagram; ISO 9735 for the envelope.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Final

from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.mscons.incoming.head import note_unknown, read_head, time_of
from emtkit.export.mscons.incoming.received import Envelope, ReceivedLine, ReceivedMessage, ReceivedQuantity
from emtkit.export.mscons.incoming.values import MINUTE, MINUTE_LOCAL, read_number, read_time
from emtkit.export.mscons.message import Partner
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.export.edifact.segments import Segment

TYPE: Final = "MSCONS"
# releases with a MIG of EDI@Energy; others are read the same way, with a finding
KNOWN_RELEASES: Final = ("2.2", "2.3", "2.4", "2.5")

# qualifier -> field of the value
_VALUE_TIMES: Final = {
    "163": "begin",
    "164": "end",
    "7": "nutzungszeitpunkt",
    "9": "ablesedatum",
    "60": "aenderungszeitpunkt",
}
_STATUSES: Final = {"Z31": "gas_quality", "Z32": "method", "Z34": "correction", "Z40": "reason"}
_ENDS_HEAD: Final = frozenset({"LIN", "QTY", "UNT", "UNH"})
_ENDS_MESSAGE: Final = frozenset({"UNT", "UNH"})
_HEAD_ANYWHERE: Final = frozenset({"LOC", "RFF"})
_BASIS: Final = "10"


def read_interchange(source: bytes | BinaryIO | Iterable[bytes]) -> InterchangeReader:
    """Read a file of one or more interchanges. Iterate over it for the messages.

    Its `diagnostics` are what belongs to no message: the envelope, messages of another type.
    Raises, on iteration, DecodeError `mscons.read.no_interchange` and what `edifact.tokenizer.read_segments` raises.
    """
    return InterchangeReader(source)


class InterchangeReader:
    """Gives the messages of a file; `envelope` is that of the last one given."""

    def __init__(self, source: bytes | BinaryIO | Iterable[bytes]) -> None:
        """Begin to read."""
        self.envelope = Envelope()
        self.diagnostics: list[Diagnostic] = []
        self._segments = read_segments(source)
        self._held: list[Segment] = []  # read already, the next one last
        self._error: DecodeError | None = None
        self._open = False  # between UNB and UNZ
        self._messages = 0
        self._decimal = "."

    def __iter__(self) -> Iterator[ReceivedMessage]:
        """Give the messages. What was not read of a message when the next is asked for is passed over."""
        first = True
        while (segment := self._next()) is not None:
            if first and segment.tag not in ("UNB", "UNH"):
                raise DecodeError(
                    "mscons.read.no_interchange",
                    f"the file begins with {segment.tag}, not with UNB: no interchange",
                    start=segment.start,
                    end=segment.start + len(segment.raw),
                )
            first = False
            match segment.tag:
                case "UNB":
                    self._begin(segment)
                case "UNZ":
                    self._end(segment)
                case "UNH":
                    message = self._message(segment)
                    if message.type == TYPE:
                        yield message
                    else:
                        self._note("mscons.read.type", f"a message of type {message.type!r} is passed over", segment)
                    message.pass_over()
                case _:
                    self._note("mscons.read.segment", f"{segment.tag} stands outside of a message", segment)
        if first and self._error is None:
            raise DecodeError("mscons.read.no_interchange", "the file is empty: no interchange", start=0, end=0)
        if self._open and self._error is None:
            self._add("mscons.read.envelope", f"the interchange {self.envelope.reference} has no UNZ", None, None)
        if self._error is not None:
            raise self._error

    # --- the envelope ---

    def _begin(self, segment: Segment) -> None:
        if self._open:
            self._note("mscons.read.envelope", f"the interchange {self.envelope.reference} has no UNZ", segment)
        get = segment.get
        # 0017 has two digits of the year
        created = read_time(f"20{get(4)}{get(4, 2)}+00", MINUTE)
        if created is None:
            self._note("mscons.read.time", f"UNB: {get(4)}:{get(4, 2)} is no time", segment)
        self.envelope = Envelope(
            Partner(get(2), get(2, 2), ""),
            Partner(get(3), get(3, 2), ""),
            created if isinstance(created, datetime) else None,
            get(5),
            get(7),
            get(11) == "1",
            segment.service,
        )
        self._open, self._messages = True, 0

    def _end(self, segment: Segment) -> None:
        counted, told = str(self._messages), segment.get(1)
        if not self._open:
            self._note("mscons.read.envelope", "UNZ without UNB", segment)
        if told != counted:
            self._note("mscons.read.count", f"UNZ says {told!r} messages, there are {counted}", segment)
        if segment.get(2) != self.envelope.reference:
            text = f"UNZ ends {segment.get(2)!r}, the interchange is {self.envelope.reference!r}"
            self._note("mscons.read.envelope", text, segment)
        self._open = False

    def _next(self) -> Segment | None:
        """Return the next segment, None at the end or where the file breaks off."""
        if self._held:
            return self._held.pop()
        if self._error is None:
            try:
                return next(self._segments, None)
            except DecodeError as error:
                self._error = error
        return None

    def _note(self, code: str, message: str, segment: Segment) -> None:
        self._add(code, message, segment.start, segment.start + len(segment.raw))

    def _add(self, code: str, message: str, start: int | None, end: int | None) -> None:
        self.diagnostics.append(Diagnostic(Severity.ERROR, code, "mscons", "interchange", start, end, message))

    # --- a message ---

    def _message(self, unh: Segment) -> ReceivedMessage:
        """Read the head of a message: everything before the first LIN or QTY."""
        self._messages += 1
        self._decimal = unh.service.decimal
        get = unh.get
        message = ReceivedMessage(
            envelope=self.envelope, start=unh.start, reference=get(1), type=get(2), release=get(2, 5)
        )
        split = tuple(filter(None, (get(3), get(4), get(4, 2))))
        if split:
            message.split = split
        if message.type == TYPE and not message.release.startswith(KNOWN_RELEASES):
            message.note(
                Severity.WARNING,
                "mscons.read.release",
                f"{get(2, 2)}:{get(2, 3)} {message.release!r} is no release of EDI@Energy that is known",
                unh,
                1,
            )
        last = ""  # the qualifier of the RFF before a DTM
        in_detail = False
        while (segment := self._next()) is not None:
            if segment.tag in _ENDS_HEAD or self._ends(segment):
                self._held.append(segment)
                break
            number = segment.number - unh.number + 1
            if segment.tag == "UNS":
                in_detail = True
            if segment.tag == "DTM" and last == "AGI" and segment.get(1) == "293" and not in_detail:
                message.order_date = time_of(message, segment, number)
                continue
            last = segment.get(1) if segment.tag == "RFF" else ""
            read_head(message, segment, number)
        message.sender = self._with_agency(message.sender, self.envelope.sender)
        message.receiver = self._with_agency(message.receiver, self.envelope.receiver)
        message.hold(self._values(message, unh))
        return message

    def _ends(self, segment: Segment) -> bool:
        """Return whether this UNZ ends the interchange although the message has no UNT: nothing of it follows."""
        if segment.tag != "UNZ":
            return False
        following = self._next()
        if following is not None:
            self._held.append(following)
        return following is None or following.tag == "UNB"

    @staticmethod
    def _with_agency(partner: Partner, unb: Partner) -> Partner:
        return partner._replace(unb_agency=unb.unb_agency) if partner.id == unb.id else partner

    def _values(self, message: ReceivedMessage, unh: Segment) -> Iterator[ReceivedQuantity]:
        """Give the values of a message, up to and with its UNT."""
        before = unh.number - 1
        line = ReceivedLine()
        pending: ReceivedQuantity | None = None
        while (segment := self._next()) is not None:
            tag = segment.tag
            if tag == "DTM" and pending is not None:
                self._value_time(message, pending, segment, before)
            elif tag == "QTY":
                if pending is not None:
                    yield pending
                pending = self._quantity(message, line, segment, before)
            elif tag == "STS" and pending is not None:
                self._status(message, pending, segment, before)
            elif tag == "LIN" or tag in _ENDS_MESSAGE or self._ends(segment):
                if pending is not None:
                    yield pending
                    pending = None
                if tag != "LIN":
                    self._finish(message, segment, before)
                    return
                line = ReceivedLine(segment.get(1))
            else:
                self._between(message, line, segment, segment.number - before)
        if pending is not None:
            yield pending
        why = f": {self._error.message}" if self._error is not None else ""
        message.diagnostics.append(
            Diagnostic(
                Severity.ERROR,
                "mscons.read.cut",
                "mscons",
                message.reference,
                message.start,
                None,
                f"the message has no UNT{why}",
            )
        )

    def _between(self, message: ReceivedMessage, line: ReceivedLine, segment: Segment, number: int) -> None:
        """Read what stands among the lines and is neither value nor status."""
        if segment.tag == "PIA":
            line.obis, line.list = segment.get(2), segment.get(2, 2)
            if line.obis:
                message.registers[line.obis] = None
            return
        if segment.tag in _HEAD_ANYWHERE:  # too late, but nothing else can be meant
            read_head(message, segment, number)
        note_unknown(message, segment, number)

    def _finish(self, message: ReceivedMessage, segment: Segment, before: int) -> None:
        """Check what UNT says; UNH or UNZ instead of it belong to what comes next."""
        number = segment.number - before
        if segment.tag != "UNT":
            message.segments = number - 1
            message.note(Severity.ERROR, "mscons.read.cut", "the message has no UNT", segment, number)
            self._held.append(segment)
            return
        message.segments = number
        told = segment.get(1)
        if told != str(number):
            text = f"UNT says {told!r} segments, there are {number}"
            message.note(Severity.ERROR, "mscons.read.count", text, segment, number)
        if segment.get(2) != message.reference:
            text = f"UNT ends {segment.get(2)!r}, the message is {message.reference!r}"
            message.note(Severity.ERROR, "mscons.read.count", text, segment, number)

    def _quantity(
        self, message: ReceivedMessage, line: ReceivedLine, segment: Segment, before: int
    ) -> ReceivedQuantity:
        elements = segment.elements
        parts = elements[1] if len(elements) > 1 else [""]
        text = parts[1] if len(parts) > 1 else ""
        number = segment.number - before
        value = read_number(text, self._decimal)
        if value is None:
            value = read_number(text, "," if self._decimal == "." else ".")
            severity, what = Severity.ERROR, f"{text!r} is no number"
            if value is not None:
                severity, what = Severity.WARNING, f"{text}: UNA names another decimal mark ({self._decimal})"
            message.note(severity, "mscons.read.number", what, segment, number)
        return ReceivedQuantity(line, parts[0], value, text, parts[2] if len(parts) > 2 else "", number, segment.start)

    def _value_time(self, message: ReceivedMessage, quantity: ReceivedQuantity, segment: Segment, before: int) -> None:
        elements = segment.elements
        parts = elements[1] if len(elements) > 1 else [""]
        name = _VALUE_TIMES.get(parts[0])
        if name is not None:
            found = read_time(parts[1], parts[2]) if len(parts) == 3 and parts[2] != MINUTE_LOCAL else None
            if found is None:
                found = time_of(message, segment, segment.number - before)
            setattr(quantity, name, found)
        elif parts[0] == "306":
            quantity.leistungsperiode = segment.get(1, 2)
        else:
            note_unknown(message, segment, segment.number - before)

    def _status(self, message: ReceivedMessage, quantity: ReceivedQuantity, segment: Segment, before: int) -> None:
        category, code = segment.get(1), segment.get(3)
        name = _STATUSES.get(category)
        if name is not None:
            setattr(quantity, name, code)
        elif category == "Z33":
            quantity.plausibility = (*quantity.plausibility[-9:], code)
        elif category == _BASIS:
            quantity.energy_basis = (*quantity.energy_basis[-9:], segment.get(2))
        else:
            note_unknown(message, segment, segment.number - before)
