"""Notifications: what a meter sends by itself. Source: IEC 62056-5-3, Data-Notification, EventNotificationRequest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms import apdu_parts as parts
from emtkit.protocols.dlms import axdr_length, codec, tags
from emtkit.protocols.dlms.apdu_form import form
from emtkit.protocols.dlms.axdr import OCTET_STRING
from emtkit.protocols.dlms.codec import Codec
from emtkit.protocols.dlms.cosem_time import DATE_TIME_SIZE, CosemTime, read_date_time
from emtkit.protocols.dlms.push_body import Body, read_body, write_body

if TYPE_CHECKING:
    from emtkit.protocols.dlms.apdu_parts import AttributeDescriptor
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.wire.cursor import Cursor


class NotificationTime(NamedTuple):
    """The time of a notification: 12 octets or none. `tagged`: the meter put a data tag before it (Kaifa)."""

    octets: bytes = b""
    tagged: bool = False

    @property
    def time(self) -> CosemTime | None:
        """Return the fields, None without a time."""
        return read_date_time(self.octets) if len(self.octets) == DATE_TIME_SIZE else None


class DataNotification(NamedTuple):
    """A push: when it was made, and the values."""

    invoke: int
    time: NotificationTime
    body: Body


class EventNotification(NamedTuple):
    """One attribute that changed. `time` is 12 octets or None."""

    time: bytes | None
    descriptor: AttributeDescriptor
    value: Data


def _read_time(cur: Cursor) -> NotificationTime:
    tagged = cur.data[cur.pos : cur.pos + 2] == bytes((OCTET_STRING, DATE_TIME_SIZE)) and cur.pos < cur.end
    if tagged:
        cur.u8("date-time tag")
        cur.note("data tag before the date-time (not in the standard)")
    octets = axdr_length.read_octets(cur, "date-time")
    if cur.tracing:
        cur.note(f"sent {read_date_time(octets)}" if len(octets) == DATE_TIME_SIZE else "no time")
    return NotificationTime(octets, tagged)


def _write_time(out: bytearray, value: NotificationTime) -> None:
    if value.tagged:
        out.append(OCTET_STRING)
    axdr_length.write_octets(out, value.octets)


FORMS: Final = (
    form(
        DataNotification,
        tags.DATA_NOTIFICATION,
        None,
        parts.LONG_INVOKE,
        Codec(_read_time, _write_time),
        Codec(read_body, write_body),
    ),
    form(
        EventNotification,
        tags.EVENT_NOTIFICATION,
        None,
        codec.optional(codec.octet_string("date-time"), "date-time"),
        parts.ATTRIBUTE,
        codec.DATA,
    ),
)
