"""What DSMR P1 telegrams have besides data sets: octet strings, buffers of events, M-Bus channels.

Sources: DSMR P1 Companion Standard 2.2, 3.0, 4.2.2 and 5.0.2 (NL); e-MUCS P1 1.7.1 (BE, Fluvius); Smarty P1 1.1.3 (LU).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.meter_id import DEVICE_TYPES
from emtkit.protocols.iec62056_21.registers import read_id
from emtkit.protocols.iec62056_21.stamps import Stamp, is_stamp, read_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from emtkit.model.reading import Reading

_IDENTIFIER: Final = re.compile(r"(?:3[0-9]|4[1-9A-Fa-f]|5[0-9Aa]){7,48}\Z")
_MESSAGE: Final = re.compile(r"(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e]|0[AaDd])+\Z")
_DIN_ID: Final = re.compile(r"[0-9A-F][A-Z]{3}[0-9A-F]{2}\d{8}\Z")

# quantity of an M-Bus value without a unit, by the meter's device type
_BY_TYPE: Final[dict[int, str]] = {
    0x02: "energy",
    0x03: "volume",
    0x04: "energy",
    0x06: "volume",
    0x07: "volume",
    0x0A: "energy",
    0x0C: "energy",
    0x15: "volume",
    0x16: "volume",
}


class MbusDevice(NamedTuple):
    """A meter on one of the M-Bus channels of a P1 meter; `identifier` as text where it is text in hex."""

    channel: int
    device_type: int | None
    medium: str | None
    identifier: str | None


@dataclass(slots=True)
class Channel:
    """What a P1 telegram says of one M-Bus channel, and the readings that hang on it."""

    device_type: int | None = None
    identifier: str | None = None
    readings: list[Reading] = field(default_factory=list)


class BufferRow(NamedTuple):
    """One entry of a buffer: its stamps (capture time first) and its values as sent, with their group's index."""

    stamps: tuple[Stamp, ...]
    values: tuple[tuple[int, str], ...]


class Buffer(NamedTuple):
    """A profile generic in one line: `id(count)(captured id)...(time)(value*unit)(time)(value*unit)...`."""

    id: str
    entries: int | None
    captured: tuple[str, ...]
    rows: tuple[BufferRow, ...]


def read_buffer(name: str, groups: Sequence[str], zone: ZoneInfo) -> Buffer | None:
    """Read the power failure log (99.97.0), the maxima of 13 months (98.1.0) and their like; None if it is no buffer.

    A row is its stamps and the values after them: the count in front is wrong in meters that cut the list.
    """
    if not groups:
        return None
    at, count = 0, None
    if groups[0].isdecimal() and len(groups[0]) <= 4:
        at, count = 1, int(groups[0])
    captured = []
    while at < len(groups) and ":" in groups[at] and read_id(groups[at]) is not None:
        captured.append(groups[at])
        at += 1
    rows: list[BufferRow] = []
    stamps: list[Stamp] = []
    values: list[tuple[int, str]] = []
    for index in range(at, len(groups)):
        if is_stamp(groups[index]):
            if values:
                rows.append(BufferRow(tuple(stamps), tuple(values)))
                stamps, values = [], []
            stamps.append(read_stamp(groups[index], zone))
        elif not stamps:
            return None
        else:
            values.append((index, groups[index]))
    if stamps:
        rows.append(BufferRow(tuple(stamps), tuple(values)))
    if not rows and count is None:
        return None
    return Buffer(name, count, tuple(captured), tuple(rows))


def octet_text(name: str, group: str) -> str:
    """Return the text of an octet string that is sent in hex (96.1.x identifiers, 96.13.x messages), else the group.

    Identifiers are hex only if all their bytes are capital letters and digits: `96.1.1(1234567890)` is a number.
    """
    if len(group) % 2 == 0:
        shape = _MESSAGE if "96.13." in name else _IDENTIFIER
        if shape.match(group) is not None:
            return bytes.fromhex(group).decode("ascii")
    return group


def is_din_id(text: str) -> bool:
    """Return whether a number is a printed DIN 43863-5 identifier (`1EMT0012345678`)."""
    return len(text) == 14 and _DIN_ID.match(text) is not None


def medium_of(device_type: int | None) -> str | None:
    """Return the medium of an M-Bus device type."""
    return None if device_type is None else DEVICE_TYPES.get(device_type)


def quantity_of(device_type: int | None) -> str:
    """Return what an M-Bus value without a unit is."""
    return "unknown" if device_type is None else _BY_TYPE.get(device_type, "unknown")
