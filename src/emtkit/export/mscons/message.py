"""One message: what it says, typed, and its text from UNH to UNT.

The fields stand in the order of the MIG; a field that is None or empty writes no segment. What a use case needs
and what it forbids is not known here but in `from_series`.
Source: EDI@Energy MSCONS MIG 2.5, segments 00003 to 00039 (2.4c: the same fields, other segment numbers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from emtkit.export.edifact.segments import write_segment
from emtkit.export.edifact.service import DEFAULT, ServiceString
from emtkit.model.errors import EncodeError

MAX_VALUES: Final = 9_999  # SG10 per LIN
MAX_SEGMENTS: Final = 999_999  # UNT 0074 n..6
_MAX_NUMBER: Final = 35  # QTY 6060 n..35
_PLAIN_NUMBER: Final = re.compile(r"[0-9.]{1,35}\Z", re.ASCII)
_NO_NUMBER: Final = re.compile(r"(?!)")

# length of free texts by their place: MIG 2.5, elements
_MAX_LENGTHS: Final = {"reference": 14, "document": 35, "order_reference": 70, "cancels": 70,
                       "master_data_reference": 35, "location": 35, "device": 70, "konfigurations_id": 70}  # fmt: skip


class Partner(NamedTuple):
    """A market partner: MP-ID, the agency in UNB (0007) and in NAD (3055)."""

    id: str
    unb_agency: str
    nad_agency: str


class Quantity(NamedTuple):
    """One value with its times and its status (SG10). Times are aware; they are written in UTC.

    value                decimal, with the decimals to be written
    code                 QTY 6063: `220` true, `67` substitute, `Z18` preliminary ...
    begin, end           DTM+163, DTM+164: the interval, end exclusive
    ablesedatum          DTM+9; a date where no clock time is known
    nutzungszeitpunkt    DTM+7
    aenderungszeitpunkt  DTM+60
    plausibility         STS+Z33, up to four
    method               STS+Z32: how a substitute was made
    correction           STS+Z34: why a value that was sent before is replaced
    reason               STS+Z40: why there is a substitute
    gas_quality          STS+Z31
    energy_basis         STS+10: whether begin and end of an energy have a meter reading
    leistungsperiode     DTM+306: the month (`202610`) or the day (`20261031`) that a maximum is of
    """

    value: Decimal
    code: str = "220"
    begin: datetime | None = None
    end: datetime | None = None
    ablesedatum: datetime | date | None = None
    nutzungszeitpunkt: datetime | None = None
    aenderungszeitpunkt: datetime | None = None
    plausibility: tuple[str, ...] = ()
    method: str | None = None
    correction: str | None = None
    reason: str | None = None
    gas_quality: str | None = None
    energy_basis: tuple[str, ...] = ()
    leistungsperiode: str | None = None


# what comes after the interval
_MORE: Final = slice(Quantity._fields.index("ablesedatum"), None)
_NOTHING_MORE: Final[tuple[object, ...]] = tuple(Quantity(Decimal(0)))[_MORE]


def interval(value: Decimal, code: str, begin: datetime, end: datetime) -> Quantity:
    """Return the value of an interval of which nothing more is said; `Quantity(...)` says the same more slowly."""
    return tuple.__new__(Quantity, (value, code, begin, end, *_NOTHING_MORE))


_PERIOD_FORMS: Final = {6: "610", 8: "102"}  # length of a Leistungsperiode -> DE 2379


class Line(NamedTuple):
    """One position (SG9): a register and its values. LIN numbers count from 1 in the message's order.

    list  PIA 7143: `SRW` OBIS, `Z02` like OBIS
    """

    obis: str
    quantities: list[Quantity]
    list: str = "SRW"


@dataclass(slots=True, kw_only=True)
class Message:
    """One message.

    reference              UNH 0062, within the interchange
    release                UNH 0057
    document_code          BGM 1001
    document               BGM 1004, unique for the sender
    function               BGM 1225: `9` original, `1` cancellation
    date                   DTM+137
    order_reference        RFF+AGI
    cancels                RFF+ACW: the document that this message takes back
    master_data_reference  RFF+Z30
    sender, receiver       NAD+MS, NAD+MR
    location               LOC+172; None is written as `LOC+172'`
    begin, end             SG6 DTM+163, DTM+164: the period of all lines
    device                 RFF+MG
    konfigurations_id      RFF+AGK
    """

    reference: str
    release: str
    document_code: str
    document: str
    function: str = "9"
    date: datetime
    order_reference: str | None = None
    cancels: str | None = None
    master_data_reference: str | None = None
    pruefidentifikator: str
    sender: Partner
    receiver: Partner
    location: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    device: str | None = None
    konfigurations_id: str | None = None
    lines: list[Line] = field(default_factory=list)

    @property
    def value_count(self) -> int:
        """Return how many values it holds."""
        return sum(len(line.quantities) for line in self.lines)


class MessageWriter:
    """Writes messages with one set of service characters.

    Load profiles are long: a value and its interval are one text, and the end of an interval is the begin of the next.
    """

    __slots__ = ("_decimal", "_dtm", "_last", "_qty", "_service", "_stamp", "_zone")

    def __init__(self, service: ServiceString = DEFAULT) -> None:
        """Prepare what does not change from value to value."""
        self._service = service
        self._decimal = service.decimal
        self._qty = "QTY" + service.element
        self._dtm = {
            qualifier: f"DTM{service.element}{qualifier}{service.component}"
            for qualifier in ("137", "163", "164", "9", "7", "60")
        }
        self._zone = service.escape("+00") + service.component + "303" + service.terminator
        self._last: datetime | None = None
        self._stamp = ""

    def text(self, message: Message) -> str:
        """Return the message from UNH to UNT.

        Raises EncodeError `mscons.text`, `mscons.count`, `mscons.number`, `mscons.time`, `edifact.charset`.
        """
        check_lengths(message)
        segments = [
            self._segment("UNH", message.reference, ("MSCONS", "D", "04B", "UN", message.release)),
            self._segment("BGM", message.document_code, message.document, message.function),
            self._time("137", message.date),
        ]
        for qualifier, reference in (
            ("AGI", message.order_reference),
            ("ACW", message.cancels),
            ("Z30", message.master_data_reference),
            ("Z13", message.pruefidentifikator),
        ):
            if reference is not None:
                segments.append(self._segment("RFF", (qualifier, reference)))
        segments += (
            self._segment("NAD", "MS", (message.sender.id, "", message.sender.nad_agency)),
            self._segment("NAD", "MR", (message.receiver.id, "", message.receiver.nad_agency)),
            self._segment("UNS", "D"),
            self._segment("NAD", "DP"),
            self._segment("LOC", "172", message.location or ""),
        )
        if message.begin is not None:
            segments.append(self._time("163", message.begin))
        if message.end is not None:
            segments.append(self._time("164", message.end))
        if message.device is not None:
            segments.append(self._segment("RFF", ("MG", message.device)))
        if message.konfigurations_id is not None:
            segments.append(self._segment("RFF", ("AGK", message.konfigurations_id)))
        count = len(segments) + 1
        for number, line in enumerate(message.lines, 1):
            if len(line.quantities) > MAX_VALUES:
                raise EncodeError("mscons.count", f"{len(line.quantities)} values in one LIN, at most {MAX_VALUES}")
            segments.append(self._segment("LIN", str(number)))
            segments.append(self._segment("PIA", "5", (line.obis, line.list)))
            count += 2 + self._quantities(segments, line.quantities)
        if count > MAX_SEGMENTS:
            raise EncodeError("mscons.count", f"{count} segments in one message, at most {MAX_SEGMENTS}")
        segments.append(self._segment("UNT", str(count), message.reference))
        return "".join(segments)

    def _quantities(self, texts: list[str], quantities: list[Quantity]) -> int:
        """Append QTY, DTM and STS of all values in the order of the MIG; return how many segments these are."""
        stamp, qty = self._moment, self._qty
        component, terminator = self._service.component, self._service.terminator
        begins, ends = self._dtm["163"], self._dtm["164"]
        # what most numbers look like: digits, a point, digits
        plain_number = _PLAIN_NUMBER.match if self._decimal == "." else _NO_NUMBER.match
        count, last, high = 0, None, ""
        for quantity in quantities:
            value, code, begin, end = quantity[:4]
            number = str(value)
            if not plain_number(number):
                number = self._number(value)
            text = f"{qty}{code}{component}{number}{terminator}"
            if begin is not None and end is not None:
                low = high if begin is last else stamp(begin)
                high, last = stamp(end), end
                texts.append(f"{text}{begins}{low}{ends}{high}")
                count += 3
            else:
                texts.append(text)
                count += 1
                for head, moment in ((begins, begin), (ends, end)):
                    if moment is not None:
                        texts.append(head + stamp(moment))
                        count += 1
            if quantity[_MORE] != _NOTHING_MORE:  # not a true value of a load profile
                held = len(texts)
                self._more(texts, quantity)
                count += len(texts) - held
        return count

    def _more(self, segments: list[str], quantity: Quantity) -> None:
        """Append what comes after the interval, a text for each segment."""
        if quantity.ablesedatum is not None:
            segments.append(self._day_or_time("9", quantity.ablesedatum))
        if quantity.nutzungszeitpunkt is not None:
            segments.append(self._time("7", quantity.nutzungszeitpunkt))
        if quantity.aenderungszeitpunkt is not None:
            segments.append(self._time("60", quantity.aenderungszeitpunkt))
        if quantity.leistungsperiode is not None:
            period = quantity.leistungsperiode
            form = _PERIOD_FORMS.get(len(period)) if period.isdecimal() else None
            if form is None:
                raise EncodeError("mscons.time", f"a Leistungsperiode is a month (202610) or a day, not {period!r}")
            segments.append(self._segment("DTM", ("306", period, form)))
        segments += (self._segment("STS", "Z33", "", code) for code in quantity.plausibility)
        for category, code in (
            ("Z32", quantity.method),
            ("Z34", quantity.correction),
            ("Z40", quantity.reason),
            ("Z31", quantity.gas_quality),
        ):
            if code is not None:
                segments.append(self._segment("STS", category, "", code))
        segments += (self._segment("STS", "10", code) for code in quantity.energy_basis)

    def _segment(self, tag: str, *elements: str | tuple[str, ...]) -> str:
        return write_segment(tag, *elements, service=self._service)

    def _time(self, qualifier: str, moment: datetime) -> str:
        """Return a DTM of format 303, in UTC to the minute."""
        return self._dtm[qualifier] + self._moment(moment)

    def _moment(self, moment: datetime) -> str:
        if moment is not self._last:
            # times of other zones may be equal and not the same (the hour that comes twice): not before they are UTC
            utc = moment if moment.tzinfo is None or moment.tzinfo is UTC else moment.astimezone(UTC)
            self._stamp = _digits(utc) + self._zone
            self._last = moment
        return self._stamp

    def _day_or_time(self, qualifier: str, moment: datetime | date) -> str:
        if isinstance(moment, datetime):
            # when somebody or something read the meter: the format has no seconds
            return self._time(qualifier, moment.replace(second=0, microsecond=0))
        return self._segment("DTM", (qualifier, moment.strftime("%Y%m%d"), "102"))

    def _number(self, value: Decimal) -> str:
        text = str(value)
        # what a number looks like: not 1E+999999, which would be a text of a million characters, nor NaN
        if not value.is_finite() or "E" in text:
            text = format(value, "f") if value.is_finite() and abs(value.adjusted()) < _MAX_NUMBER else ""
        if text.startswith("-") and not value:
            text = text[1:]  # a zero has no sign
        if not 0 < len(text) <= _MAX_NUMBER:
            raise EncodeError("mscons.number", f"{value} has more than {_MAX_NUMBER} characters or is no number")
        return text if self._decimal == "." else text.replace(".", self._decimal)


def check_lengths(message: Message) -> None:
    """Raise EncodeError `mscons.text` where a text is empty or longer than its field."""
    for name, limit in _MAX_LENGTHS.items():
        text = getattr(message, name)
        if text is not None and not 0 < len(text) <= limit:
            raise EncodeError("mscons.text", f"{name} has 1 to {limit} characters, not {len(text)}: {text!r}")


@lru_cache(maxsize=4096)  # a fleet's load profiles have the same quarter hours
def _digits(utc: datetime) -> str:
    """Return `202611012300`. Raises EncodeError `mscons.time` for a time between two minutes or without a zone."""
    if utc.second or utc.microsecond or utc.tzinfo is None or not 1000 <= utc.year < 9999:
        raise EncodeError("mscons.time", f"{utc.isoformat()} cannot be written: a whole minute with a zone is needed")
    return f"{utc:%Y%m%d%H%M}"
