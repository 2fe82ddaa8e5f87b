"""BER as far as ACSE needs it: tag, length, value, with definite lengths. Source: ISO/IEC 8825-1, 8.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.wire.cursor import Cursor


class Element(NamedTuple):
    """One element: its tag octet and where its contents stand."""

    tag: int
    start: int
    end: int


def read_elements(cur: Cursor) -> Iterator[Element]:
    """Yield the elements up to the end of the cursor; the caller reads or skips the contents.

    Raises DecodeError `dlms.acse.length` when an element is longer than what holds it.
    """
    while cur.left:
        element = read_element(cur)
        yield element
        cur.pos = element.end


def read_element(cur: Cursor) -> Element:
    """Read tag and length; the cursor then stands at the contents."""
    start = cur.pos
    tag = cur.u8("tag")
    size = cur.u8("length")
    if size & 0x80:
        octets = size & 0x7F
        if not 1 <= octets <= 4:
            raise _error(cur, f"a length of {octets} octets", start)
        size = int.from_bytes(cur.take(octets, "length"), "big")
    if size > cur.left:
        raise _error(cur, f"an element of {size} bytes where {cur.left} are left", start)
    if cur.trace is not None:
        cur.trace.add(cur.view, start, cur.pos, cur.layer, f"tag {tag:02X}", f"{size} bytes")
    return Element(tag, cur.pos, cur.pos + size)


def _error(cur: Cursor, message: str, start: int) -> DecodeError:
    low, high = cur.place(start)
    return DecodeError("dlms.acse.length", f"{message} (offset {low})", layer=cur.layer, start=low, end=high)


def encode(tag: int, contents: bytes) -> bytes:
    """Return one element with the shortest length."""
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + contents
