"""The way back: messages, readouts, load profiles, logbooks and P1 telegrams as a meter or a reader sends them.

Everything that `decode` reads can be written here; simulators, examples and the round-trip tests use it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, Inexact
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from emtkit.model.errors import EncodeError
from emtkit.model.units import UNITS, convert
from emtkit.protocols.iec62056_21.datasets import DataSet
from emtkit.protocols.iec62056_21.messages import Command, Identification, OptionSelect, Request, block_check
from emtkit.protocols.iec62056_21.stamps import write_stamp
from emtkit.protocols.iec62056_21.units import FINITE, TEXT_UNITS
from emtkit.wire.checksums import crc16_arc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emtkit.model.reading import Reading
    from emtkit.protocols.iec62056_21.profiles import LogEntry, ProfileBlock
    from emtkit.protocols.iec62056_21.registers import Register

LAYER: Final = "iec62056_21"
BERLIN: Final = ZoneInfo("Europe/Berlin")
MAX_ADDRESS: Final = 32

# what may not stand in an id, in a value, in a line (IEC 62056-21, 6.3.12; m3/h has its slash all the same)
_BAD_ID: Final = re.compile(r"[^\x20-\x7e]|[()/!]")
_BAD_GROUP: Final = re.compile(r"[^\x20-\x7e]|[()!]")
_BAD_LINE: Final = re.compile(r"[^\x02\x20-\x7e]")
_BAD_ADDRESS: Final = re.compile(r"[^\x20-\x7e]|[/!?]")

Crc = Literal["padded", "unpadded"]


def data_set(name: str, *groups: str) -> DataSet:
    """Return a data set after looking at its characters. Raises EncodeError `iec62056_21.encode.text`."""
    _allow(name, _BAD_ID, "an id")
    for group in groups:
        _allow(group, _BAD_GROUP, "a value")
    return DataSet(name, groups or ("",))


def number_group(value: Decimal, unit: str = "", *, digits: int = 0) -> str:
    """Return `value*unit` of a number in base units: exact, with at least `digits` digits before the point.

    Raises EncodeError `unit.inexact` or `iec62056_21.encode.unit` if the unit has no such number.
    """
    if unit:
        known = TEXT_UNITS.get(unit)
        if known is None:
            raise EncodeError("iec62056_21.encode.unit", f"no unit {unit!r} in text telegrams", layer=LAYER)
        try:
            value = FINITE.divide(value, known.factor)
        except Inexact:
            raise EncodeError(
                "unit.inexact", f"{value} is not a finite decimal number of {unit}", layer=LAYER
            ) from None
    return _plain(value, digits) + (f"*{unit}" if unit else "")


def reading_set(reading: Reading, unit: str | None = None, *, digits: int = 0, zone: ZoneInfo = BERLIN) -> DataSet:
    """Return the data set of a reading: its OBIS code without `*255`, the value in `unit`, a maximum with its time.

    `unit` is a spelling of text telegrams (`kWh`); without it a number is written in its base unit.
    """
    name = (reading.obis or reading.name or "").removesuffix("*255")
    value = reading.value
    groups: list[str] = []
    match value:
        case None:
            groups.append("")
        case Decimal():
            wanted = reading.unit if unit is None else unit
            if unit is not None and reading.unit in UNITS and unit in UNITS:
                groups.append(_plain(convert(value, reading.unit, unit), digits) + f"*{unit}")
            else:
                groups.append(number_group(value, wanted or "", digits=digits))
        case datetime():
            groups.append(write_stamp(value, zone, "p1"))
        case _:
            groups.append(value.hex() if isinstance(value, bytes) else str(value))
    if reading.function == "maximum" and isinstance(reading.time, datetime):
        groups.append(write_stamp(reading.time, zone, "plain"))
    return data_set(name, *groups)


def write_identification(who: Identification) -> bytes:
    r"""Return `/XXXZ[\W]ident CR LF`."""
    letters = who.manufacturer
    if re.fullmatch("[A-Z]{3}", letters) is None or len(who.baud) > 1:
        raise EncodeError("iec62056_21.encode.text", "a manufacturer is three capital letters", layer=LAYER)
    if who.reaction_ms < 200:
        letters = letters[:2] + letters[2].lower()
    line = f"/{letters}{who.baud}{who.escapes}{who.text}"
    _allow(line, _BAD_LINE, "an identification")
    return line.encode("ascii") + b"\r\n"


def write_request(request: Request | str = "") -> bytes:
    """Return `/?address! CR LF`; an empty address speaks to every meter."""
    address = request.address if isinstance(request, Request) else request
    _allow(address, _BAD_ADDRESS, "an address")
    if len(address) > MAX_ADDRESS:
        raise EncodeError("iec62056_21.encode.text", f"an address has at most {MAX_ADDRESS} characters", layer=LAYER)
    return f"/?{address}!\r\n".encode("ascii")


def write_select(option: OptionSelect) -> bytes:
    """Return `ACK V Z Y CR LF`."""
    characters = option.protocol + option.baud + option.mode
    if re.fullmatch("[0-9][0-9A-Z][0-9A-Z]", characters) is None:
        raise EncodeError("iec62056_21.encode.text", "an option select has three digits or letters", layer=LAYER)
    return b"\x06" + characters.encode("ascii") + b"\r\n"


def write_command(command: Command, *, more: bool = False) -> bytes:
    """Return a programming message SOH ... ETX (`more`: EOT) BCC; without data there is no STX (`B0`)."""
    kind = command.letter + command.type
    if re.fullmatch("[A-Z][0-9]", kind) is None:
        raise EncodeError("iec62056_21.encode.text", "a command is a letter and a digit", layer=LAYER)
    data = b"\x02" + _text(command.data) if command.data else b""
    return _checked(b"\x01" + kind.encode("ascii") + data, more=more)


def write_block(text: str, *, more: bool = False) -> bytes:
    """Return a data message STX ... ETX (`more`: EOT, a partial block) BCC."""
    return _checked(b"\x02" + _text(text), more=more)


def write_readout(
    sets: Iterable[DataSet], *, identification: Identification | None = None, framed: bool = True
) -> bytes:
    """Return a readout, one set a line and `!` at the end; `framed`: with STX, ETX and BCC (modes A, B, C)."""
    head = b"" if identification is None else write_identification(identification)
    text = "".join(f"{each}\r\n" for each in sets) + "!\r\n"
    if framed:
        return head + write_block(text)
    return head + (b"\r\n" if head else b"") + _text(text)


def write_p1(identification: Identification, sets: Iterable[DataSet], *, crc: Crc | None = "padded") -> bytes:
    """Return a P1 telegram; its CRC with four digits (DSMR 4 and later), without leading zeros, or none (before)."""
    text = "".join(f"{each}\r\n" for each in sets)
    telegram = write_identification(identification) + b"\r\n" + _text(text) + b"!"
    if crc is not None:
        value = crc16_arc(telegram)
        telegram += (f"{value:04X}" if crc == "padded" else f"{value:X}").encode("ascii")
    return telegram + b"\r\n"


def profile_text(block: ProfileBlock, zone: ZoneInfo = BERLIN) -> str:
    """Return the head of a load profile and its rows, each value in the unit that its channel was sent with."""
    stamp = block.stamp or ("" if block.first_end is None else write_stamp(block.first_end, zone))
    minutes = block.period // timedelta(minutes=1)
    pairs = [text for row in block.channels for text in (row.id, row.sent)]
    lines = [str(data_set(block.id, stamp, block.status, str(minutes), str(len(block.channels)), *pairs))]
    for each in block.rows:
        numbers = [_sent(row, value) for row, value in zip(block.channels, each.values, strict=True)]
        lines.append(str(data_set("", *numbers)))
    return "".join(f"{line}\r\n" for line in lines)


def logbook_text(entries: Sequence[LogEntry], zone: ZoneInfo = BERLIN) -> str:
    """Return logbook entries, one a line; an empty logbook is `P.98(ERROR)`."""
    if not entries:
        return "P.98(ERROR)\r\n"
    lines = []
    for entry in entries:
        stamp = entry.stamp or ("" if entry.time is None else write_stamp(entry.time, zone))
        pairs = [text for name, unit, _ in entry.values for text in (name, unit)]
        texts = [text for _, _, text in entry.values]
        lines.append(str(data_set(entry.id, stamp, entry.status, "", str(len(entry.values)), *pairs, *texts)))
    return "".join(f"{line}\r\n" for line in lines)


def _sent(row: Register, value: Decimal | None) -> str:
    if value is None:
        return ""
    return number_group(value, row.sent).partition("*")[0] if row.unknown is None else _plain(value, 0)


def _plain(value: Decimal, digits: int) -> str:
    if not value.is_finite():
        raise EncodeError("iec62056_21.encode.text", "a number is finite", layer=LAYER)
    whole, point, rest = format(abs(value), "f").partition(".")
    return ("-" if value.is_signed() and value else "") + whole.zfill(digits) + point + rest


def _allow(text: str, bad: re.Pattern[str], what: str) -> None:
    found = bad.search(text)
    if found is not None:
        raise EncodeError("iec62056_21.encode.text", f"{what} cannot hold {found[0]!r}", layer=LAYER)


def _text(text: str) -> bytes:
    if re.search(r"[^\x02\r\n\x20-\x7e]", text):
        raise EncodeError("iec62056_21.encode.text", "a message holds seven-bit characters only", layer=LAYER)
    return text.encode("ascii")


def _checked(message: bytes, *, more: bool) -> bytes:
    message += b"\x04" if more else b"\x03"
    return message + bytes((block_check(message),))
