"""The head of a received message: what each segment before the first LIN says.

Each function reads one segment into the message and returns whether it knows it.
Source: EDI@Energy MSCONS MIG 2.2x to 2.5, segments 00003 to 00023.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.export.edifact.service import outside_unoc
from emtkit.export.mscons.incoming.received import Location
from emtkit.export.mscons.incoming.values import WITHOUT_ZONE, read_number, read_time
from emtkit.export.mscons.message import Partner
from emtkit.model.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.incoming.received import ReceivedMessage

# qualifier -> field
_TIMES: Final = {"137": "date", "163": "begin", "164": "end", "293": "version"}
_PERIODS: Final = {"492": "month", "157": "profile_month"}
_REFERENCES: Final = {
    "ACW": "cancels",
    "AGI": "order_reference",
    "MG": "device",
    "Z13": "pruefidentifikator",
    "Z30": "master_data_reference",
}
_PARTNERS: Final = {"MS": "sender", "MR": "receiver"}
_RASTER_UNITS: Final = {"805": 60, "806": 1}  # DE 2379: hours, minutes
_MINUTES_OF_A_DAY: Final = 1440


def read_head(message: ReceivedMessage, segment: Segment, number: int) -> None:
    """Read one segment, `number` in its message; one that is not known is a finding."""
    reader = _READERS.get(segment.tag)
    if reader is None or not reader(message, segment, number):
        note_unknown(message, segment, number)


def note_unknown(message: ReceivedMessage, segment: Segment, number: int) -> None:
    """Report a segment that is not read."""
    text = segment.raw[:80].decode("latin-1")
    message.note(Severity.WARNING, "mscons.read.segment", f"{text!r} has no place here: not read", segment, number)


def time_of(message: ReceivedMessage, segment: Segment, number: int) -> datetime | date | None:
    """Return the time of a DTM; None, and a finding, where it is none."""
    text, form = segment.get(1, 2), segment.get(1, 3)
    found = read_time(text, form)
    if found is None:
        message.note(Severity.ERROR, "mscons.read.time", f"{text!r} is no time of format {form!r}", segment, number)
    elif form in WITHOUT_ZONE:
        message.note(Severity.INFO, "mscons.read.zone", f"{text} has no zone: taken as German time", segment, number)
    return found


def _bgm(message: ReceivedMessage, segment: Segment, number: int) -> bool:
    message.document_code, message.document, message.function = segment.get(1), segment.get(2), segment.get(3)
    if outside_unoc(message.document) >= 0:
        text = "the document number has characters that are not in ISO 8859-1"
        message.note(Severity.ERROR, "edifact.charset", text, segment, number)
    return True


def _dtm(message: ReceivedMessage, segment: Segment, number: int) -> bool:
    qualifier = segment.get(1)
    if qualifier in _TIMES:
        setattr(message, _TIMES[qualifier], time_of(message, segment, number))
    elif qualifier in _PERIODS:
        setattr(message, _PERIODS[qualifier], segment.get(1, 2))
    elif qualifier == "672":
        size, unit = read_number(segment.get(1, 2), "."), _RASTER_UNITS.get(segment.get(1, 3))
        if size is None or unit is None or size != int(size) or not 0 < size * unit <= _MINUTES_OF_A_DAY:
            return False
        message.raster = int(size) * unit
    else:
        return False
    return True


def _rff(message: ReceivedMessage, segment: Segment, _number: int) -> bool:
    qualifier = segment.get(1)
    if qualifier == "AGK":
        message.konfigurations_ids.append(segment.get(1, 2))
    elif qualifier in _REFERENCES:
        setattr(message, _REFERENCES[qualifier], segment.get(1, 2))
    else:
        return False
    return True


def _nad(message: ReceivedMessage, segment: Segment, _number: int) -> bool:
    qualifier = segment.get(1)
    if qualifier in _PARTNERS:
        setattr(message, _PARTNERS[qualifier], Partner(segment.get(2), "", segment.get(2, 3)))
    else:
        message.party = qualifier
    return True


def _loc(message: ReceivedMessage, segment: Segment, _number: int) -> bool:
    message.locations.append(Location(segment.get(1), segment.get(2), segment.get(3)))
    return True


def _cci(message: ReceivedMessage, segment: Segment, _number: int) -> bool:
    message.series_type = segment.get(3)
    return segment.get(1) == "15"


def _contact(message: ReceivedMessage, segment: Segment, _number: int) -> bool:
    message.contacts.append(segment.raw.decode("latin-1"))
    return True


def _uns(_message: ReceivedMessage, _segment: Segment, _number: int) -> bool:
    return True


_READERS: Final[dict[str, Callable[[ReceivedMessage, Segment, int], bool]]] = {
    "BGM": _bgm,
    "CCI": _cci,
    "COM": _contact,
    "CTA": _contact,
    "DTM": _dtm,
    "LOC": _loc,
    "NAD": _nad,
    "RFF": _rff,
    "UNS": _uns,
}
