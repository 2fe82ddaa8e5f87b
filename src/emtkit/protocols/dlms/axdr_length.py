"""A-XDR lengths: one octet below 128, else 0x80 | n and n octets. Source: IEC 61334-6, 6.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from emtkit.wire.cursor import Cursor

LONG_FORM: Final = 0x80
_MAX_OCTETS: Final = 8


def read(cur: Cursor, field: str) -> int:
    """Read a length or a count. Raises DecodeError `dlms.axdr.length` when it has more than eight octets."""
    start = cur.pos
    first = cur.u8(field)
    if first < LONG_FORM:
        return first
    size = first & 0x7F
    if size == 0 or size > _MAX_OCTETS:
        low, high = cur.place(start)
        raise DecodeError(
            "dlms.axdr.length",
            f"a length of {size} octets at offset {low}, expected 1 to {_MAX_OCTETS}",
            layer=cur.layer,
            field=field,
            start=low,
            end=high,
        )
    return int.from_bytes(cur.take(size, field), "big")


def encode(size: int) -> bytes:
    """Return the octets of a length in its shortest form."""
    if size < LONG_FORM:
        return bytes((size,))
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((LONG_FORM | len(octets),)) + octets


def read_octets(cur: Cursor, field: str) -> bytes:
    """Read an octet string without tag: length and octets."""
    size = read(cur, f"{field} length")
    return cur.take(size, field)


def write_octets(out: bytearray, value: bytes) -> None:
    """Append an octet string without tag."""
    out += encode(len(value)) + value
