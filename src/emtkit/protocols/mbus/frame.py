"""Wired M-Bus frames (EN 13757-2, IEC 870-5 format class FT 1.2).

E5                                acknowledge
10 C A CS 16                      short
68 L L 68 C A CI [data] CS 16     control (L = 3) and long, CS = sum of C to the end of data
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import Check, Decoded
from emtkit.model.errors import ChecksumError, DecodeError, EncodeError
from emtkit.wire.checksums import sum8
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

LAYER: Final = "mbus.link"

ACK: Final = 0xE5
SHORT_START: Final = 0x10
LONG_START: Final = 0x68
STOP: Final = 0x16
_MAX_LENGTH: Final = 255

# EN 13757-2, table 1: C fields, with FCB/FCV (to the meter) or ACD/DFC (from it) stripped
_FUNCTIONS: Final[dict[int, str]] = {
    0x40: "SND-NKE",
    0x43: "SND-UD2",
    0x53: "SND-UD",
    0x44: "SND-NR",
    0x46: "SND-IR",
    0x5A: "REQ-UD1",
    0x5B: "REQ-UD2",
    0x49: "REQ-SKE",
    0x08: "RSP-UD",
    0x00: "ACK",
    0x01: "NACK",
    0x0B: "RSP-SKE",
}


class Link(NamedTuple):
    """The link layer of a wired frame: `ack`, `short`, `control` or `long`; C field, primary address, CI field."""

    kind: str
    c_field: int | None = None
    address: int | None = None


def function_name(c_field: int) -> str:
    """Return what a C field means, with its flags."""
    if c_field & 0x40:
        base = c_field & ~0x20 if c_field & 0x10 else c_field
        name = _FUNCTIONS.get(base) or _FUNCTIONS.get(base & ~0x10 | 0x40, f"function {c_field & 15}")
        if c_field & 0x10:
            name += f", FCB {c_field >> 5 & 1}"
        return name
    name = _FUNCTIONS.get(c_field & 0x0F, f"function {c_field & 15}")
    flags = [flag for bit, flag in ((0x20, "access demand"), (0x10, "data flow control")) if c_field & bit]
    return ", ".join([name, *flags])


def address_name(address: int) -> str:
    """Return what a primary address means."""
    special = {0: "unconfigured", 253: "selected slave", 254: "test, all answer", 255: "broadcast, none answers"}
    return special.get(address, f"primary address {address}" if address <= 250 else "reserved address")


def read_link(view: View, ctx: Context, out: Decoded) -> Cursor | None:
    """Check a frame and return a cursor at its CI field, or None for frames without one.

    Bytes behind the frame are reported. Raises ChecksumError, Truncated or DecodeError.
    """
    if ctx.trace is None and view.data[:1] == b"\x68" and frame_at(view.data, 0) == len(view.data):
        return _sound_frame(view, out)
    cur = Cursor(view, LAYER, trace=ctx.trace)
    start = cur.u8("start")
    if start == ACK:
        cur.note("acknowledge")
        out.layers = (Link("ack"),)
        _trailing(cur, ctx)
        return None
    if start == SHORT_START:
        body = cur.pos
        c_field, address = _c_and_a(cur)
        _end(cur, body, out)
        out.layers = (Link("short", c_field, address),)
        _trailing(cur, ctx)
        return None
    if start != LONG_START:
        raise DecodeError(
            "mbus.link.start", f"a wired frame begins with E5, 10 or 68, not {start:02X}", layer=LAYER, field="start",
            start=0, end=1,
        )  # fmt: skip
    length, again = cur.u8("length"), cur.u8("length_repeated")
    cur.note(f"{length} bytes from the C field to the checksum")
    if length != again or length < 3:
        raise DecodeError(
            "mbus.link.length",
            f"the two length bytes must be equal and at least 3; they are {length} and {again}",
            layer=LAYER, field="length", start=1, end=3,
        )  # fmt: skip
    if cur.u8("start_repeated") != LONG_START:
        raise DecodeError(
            "mbus.link.start", "the fourth byte of a long frame must be 68", layer=LAYER, field="start_repeated",
            start=3, end=4,
        )  # fmt: skip
    body = cur.pos
    if length + 2 > cur.left:
        raise cur.short(length + 2, "frame")
    c_field, address = _c_and_a(cur)
    out.layers = (Link("control" if length == 3 else "long", c_field, address),)
    inner = Cursor(view.slice(0, body + length) if body + length < len(view) else view, LAYER, trace=ctx.trace)
    inner.pos = cur.pos
    cur.pos = body + length
    _end(cur, body, out)
    _trailing(cur, ctx)
    return inner


def _sound_frame(view: View, out: Decoded) -> Cursor:
    """Take a long frame that `frame_at` has found sound: nothing is left to be said about it."""
    data = view.data
    end = len(data) - 2
    out.layers = (Link("control" if data[1] == 3 else "long", data[4], data[5]),)
    out.checks = (checksum_check(data),)
    return Cursor(view.slice(0, end), LAYER, start=6)


def checksum_check(data: bytes) -> Check:
    """Return the check line of a frame whose checksum is right."""
    end = len(data) - 2
    return Check("checksum", True, f"sum {data[end]:02X}", end, end + 1)


def _c_and_a(cur: Cursor) -> tuple[int, int]:
    c_field = cur.u8("c_field")
    if cur.tracing:
        cur.note(function_name(c_field))
    address = cur.u8("a_field")
    if cur.tracing:
        cur.note(address_name(address))
    return c_field, address


def _end(cur: Cursor, body: int, out: Decoded) -> None:
    """Read checksum and stop byte."""
    stop = cur.pos
    expected = sum8(cur.data[body:stop])
    found = cur.u8("checksum")
    ok = found == expected
    cur.note("checksum of C field to data" + ("" if ok else f": should be {expected:02X}"))
    place = cur.place(stop)
    out.checks += (Check("checksum", ok, f"sum {expected:02X}", *place),)
    if cur.trace is not None and not ok:
        cur.trace.checks.extend(out.checks)
    if not ok:
        raise ChecksumError(
            "mbus.link.checksum", f"the checksum is {found:02X}, the bytes sum up to {expected:02X}",
            layer=LAYER, field="checksum", start=place[0], end=place[1],
        )  # fmt: skip
    end = cur.u8("stop")
    if end != STOP:
        start, _ = cur.place(cur.pos - 1)
        raise DecodeError(
            "mbus.link.stop",
            f"the stop byte is {end:02X}, not 16",
            layer=LAYER,
            field="stop",
            start=start,
            end=start + 1,
        )


def _trailing(cur: Cursor, ctx: Context) -> None:
    if cur.left:
        start, size = cur.pos, cur.left
        cur.rest("trailing")
        cur.note("bytes behind the frame")
        ctx.warn(
            "mbus.link.trailing", f"{size} bytes behind the frame are not part of it",
            layer=LAYER, field="trailing", view=cur.view, start=start, end=start + size,
        )  # fmt: skip


def frame_at(data: bytes, start: int) -> int:
    """Return the end of the sound frame that begins at `start`, or -1."""
    first = data[start]
    if first == ACK:
        return start + 1
    if first == SHORT_START:
        end = start + 5
        sound = len(data) >= end and data[end - 1] == STOP and data[start + 3] == sum8(data[start + 1 : start + 3])
        return end if sound else -1
    if first == LONG_START and len(data) >= start + 9 and data[start + 1] == data[start + 2] >= 3:
        end = start + data[start + 1] + 6
        if (
            data[start + 3] == LONG_START
            and end <= len(data)
            and data[end - 1] == STOP
            and data[end - 2] == sum8(data[start + 4 : end - 2])
        ):
            return end
    return -1


def split_frames(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each sound frame in a recorded byte stream; rubbish between frames is left out."""
    at = 0
    while at < len(data):
        end = frame_at(data, at)
        if end < 0:
            at += 1
        else:
            yield at, end
            at = end


# ---- building ----


def build_ack() -> bytes:
    """Return E5."""
    return bytes((ACK,))


def build_short(c_field: int, address: int) -> bytes:
    """Return a short frame, for example REQ-UD2 (`c_field` 5B or 7B)."""
    return bytes((SHORT_START, c_field, address, c_field + address & 0xFF, STOP))


def build_long(c_field: int, address: int, ci: int, data: bytes = b"") -> bytes:
    """Return a control frame (no data) or long frame. Raises EncodeError when it has more than 252 bytes of data."""
    length = 3 + len(data)
    if length > _MAX_LENGTH:
        raise EncodeError("mbus.encode.frame", f"a long frame holds at most 252 bytes of data, not {len(data)}")
    body = bytes((c_field, address, ci)) + data
    return bytes((LONG_START, length, length, LONG_START)) + body + bytes((sum8(body), STOP))
