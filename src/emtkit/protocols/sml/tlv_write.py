"""The other direction of `tlv`: TL fields and scalars to octets.

Every writer takes the bytearray to append to, the value and the name of the field for its errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.model.errors import EncodeError
from emtkit.protocols.sml.tlv import (
    ABSENT,
    INTEGER,
    LIST,
    MAX_TL,
    MAX_WIDTH,
    OCTETS,
    TYPE_NAMES,
    UNSIGNED,
    Integer,
    Unsigned,
)

if TYPE_CHECKING:
    from emtkit.protocols.sml.tlv import Content


def tl_field(kind: int, size: int) -> bytes:
    """Return the TL field of an element with `size` data octets, or of a list with `size` elements.

    Raises EncodeError if the length needs more than 32 bits.
    """
    for octets in range(1, MAX_TL + 1):
        length = size if kind == LIST else size + octets
        if length < 1 << 4 * octets:
            nibbles = [length >> 4 * place & 0x0F for place in reversed(range(octets))]
            nibbles[0] |= kind
            return bytes([*(nibble | 0x80 for nibble in nibbles[:-1]), nibbles[-1]])
    raise EncodeError("sml.encode.length", f"{size} octets are too long for an SML element", layer="sml")


def write_octets(out: bytearray, value: bytes | None, field: str) -> None:
    """Write an octet string; None and the empty string are the same."""
    if value is not None and not isinstance(value, bytes | bytearray):
        raise wrong(field, "an octet string", value)
    data = value or b""
    out += tl_field(OCTETS, len(data)) + data


def write_boolean(out: bytearray, value: bool | None, field: str) -> None:  # noqa: FBT001 - a value, no switch
    """Write a boolean."""
    if value is None:
        out.append(ABSENT)
    elif isinstance(value, bool):
        out += b"\x42\x01" if value else b"\x42\x00"
    else:
        raise wrong(field, "a boolean", value)


def write_unsigned(out: bytearray, value: int | None, field: str, octets: int = 0) -> None:
    """Write an unsigned number in `octets` octets, or in as few as it needs."""
    _write_number(out, UNSIGNED, value, octets, field)


def write_integer(out: bytearray, value: int | None, field: str, octets: int = 0) -> None:
    """Write a signed number in `octets` octets, or in as few as it needs."""
    _write_number(out, INTEGER, value, octets, field)


def _write_number(out: bytearray, kind: int, value: int | None, octets: int, field: str) -> None:
    if value is None:
        out.append(ABSENT)
        return
    signed = kind == INTEGER
    if not isinstance(value, int) or isinstance(value, bool) or (value < 0 and not signed):
        raise wrong(field, TYPE_NAMES[kind], value)
    bits = (value if value >= 0 else ~value).bit_length() + signed
    need = max(1, (bits + 7) // 8)
    size = octets or need
    if need > size or size > MAX_WIDTH:
        raise EncodeError("sml.encode.value", f"{field}: {value} does not fit {size} octets", layer="sml", field=field)
    out += tl_field(kind, size) + value.to_bytes(size, "big", signed=signed)


def write_any(out: bytearray, value: Content, field: str) -> None:
    """Write an element of any type; see `Content`."""
    match value:
        case None | bytes():
            write_octets(out, value, field)
        case bool():
            write_boolean(out, value, field)
        case Integer(number, octets):
            write_integer(out, number, field, octets)
        case Unsigned(number, octets):
            write_unsigned(out, number, field, octets)
        case tuple():
            out += tl_field(LIST, len(value))
            for index, item in enumerate(value):
                write_any(out, item, f"{field}[{index}]")
        case _:
            raise wrong(field, "None, bytes, bool, Integer, Unsigned or a tuple", value)


def wrong(field: str, wanted: str, value: object) -> EncodeError:
    """Build the error for a value that its field cannot take."""
    text = f"{field}: {wanted} is wanted, not {type(value).__name__} {value!r:.40}"
    return EncodeError("sml.encode.value", text, layer="sml", field=field)
