"""DLMS over wired M-Bus frames (the Austrian customer interface): 68 L L 68 C A CI STSAP DTSAP data CS 16.

A long APDU is cut into frames; the CI field says which segment it is and whether it is the last. Some
meters (Sagemcom T210-D) send frames of more than 255 bytes with L modulo 256.

Source: IEC 62056-7-3; EN 13757-2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.protocols.dlms.stream import NOISE, FrameStream
from emtkit.wire.checksums import sum8
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.wire.trace import Trace
    from emtkit.wire.view import View

LAYER: Final = "dlms.mbus"
START: Final = 0x68
STOP: Final = 0x16
OVERFLOW: Final = 256
LAST: Final = 0x10
SEGMENT: Final = 0x0F
MAX_CI: Final = 0x1F
# C, A, CI, STSAP, DTSAP
MIN_LENGTH: Final = 5
MAX_LENGTH: Final = 255
C_SND_UD: Final = 0x53
ADDRESS_BROADCAST: Final = 0xFF


class MbusLinkFrame(NamedTuple):
    """One frame.

    ci                CI field: segment number (low four bits) and last-segment bit 0x10
    source, target    STSAP and DTSAP: the logical device that sends, the client it is for
    data              where the piece of the APDU stands in the view
    start, end        where the frame stands
    overflow          the length field was sent modulo 256
    """

    control: int
    address: int
    ci: int
    source: int
    target: int
    data: tuple[int, int]
    start: int
    end: int
    checksum_ok: bool
    overflow: bool

    @property
    def segment(self) -> int:
        """Return the segment number."""
        return self.ci & SEGMENT

    @property
    def last(self) -> bool:
        """Say whether this is the last segment."""
        return bool(self.ci & LAST)


def frame_end(data: bytes, start: int) -> tuple[int, bool] | None:
    """Return (end of the frame at `start`, length overflow), None if no frame with a right checksum stands there."""
    length = data[start + 1]
    for extra in (0, OVERFLOW) if length >= MIN_LENGTH else (OVERFLOW,):
        end = start + 6 + length + extra
        if end > len(data):
            return None
        if data[end - 1] == STOP and sum8(data[start + 4 : end - 2]) == data[end - 2]:
            return end, bool(extra)
    return None


def read_mbus_frame(view: View, start: int = 0, trace: Trace | None = None) -> MbusLinkFrame:
    """Read one frame. A wrong checksum is in the result, not raised.

    Raises DecodeError `dlms.mbus.frame`, `dlms.mbus.ci`, Truncated `dlms.mbus.truncated`.
    """
    cur = Cursor(view, LAYER, start=start, trace=trace)
    head = cur.take(4, "header")
    length = head[1]
    if head[0] != START or head[3] != START or head[2] != length:
        low, high = cur.place(start)
        raise DecodeError(
            "dlms.mbus.frame", f"no M-Bus long frame (68 L L 68) at offset {low}", layer=LAYER, start=low, end=high
        )
    found = frame_end(view.data, start)
    overflow = found[1] if found is not None else length < MIN_LENGTH
    size = length + OVERFLOW * overflow
    cur.note(f"start, {size} bytes" + (", length sent modulo 256" if overflow else ""))
    if size + 2 > cur.left:
        raise cur.short(size + 2, "frame")
    control = cur.u8("c_field")
    address = cur.u8("a_field")
    ci = cur.u8("ci_field")
    if ci > MAX_CI:
        low, high = cur.place(cur.pos - 1)
        raise DecodeError("dlms.mbus.ci", f"CI {ci:02X} is not DLMS (00..1F)", layer=LAYER, start=low, end=high)
    cur.note(f"DLMS segment {ci & SEGMENT}" + (", the last" if ci & LAST else ""))
    source = cur.u8("stsap")
    cur.note(f"from logical device {source}")
    target = cur.u8("dtsap")
    cur.note(f"to client {target}")
    data = (cur.pos, cur.pos + size - MIN_LENGTH)
    cur.pos = data[1]
    ok = sum8(view.data[start + 4 : cur.pos]) == cur.u8("checksum")
    cur.note("checksum" + ("" if ok else ", wrong"))
    stop = cur.u8("stop")
    ok = ok and stop == STOP
    cur.note("stop")
    return MbusLinkFrame(control, address, ci, source, target, data, start, cur.pos, ok, overflow)


def build_mbus_frames(
    apdu: bytes,
    *,
    source: int = 1,
    target: int = 0x67,
    control: int = C_SND_UD,
    address: int = ADDRESS_BROADCAST,
    max_data: int = MAX_LENGTH - MIN_LENGTH,
) -> list[bytes]:
    """Return the frames that carry an APDU. Raises EncodeError `dlms.mbus.build` beyond 16 segments."""
    pieces = [apdu[at : at + max_data] for at in range(0, len(apdu), max_data)] or [b""]
    if len(pieces) > SEGMENT + 1 or not 0 < max_data <= MAX_LENGTH - MIN_LENGTH:
        raise EncodeError("dlms.mbus.build", f"{len(apdu)} bytes need {len(pieces)} segments; 16 at most", layer=LAYER)
    frames = []
    for number, piece in enumerate(pieces):
        ci = number | (LAST if number + 1 == len(pieces) else 0)
        body = bytes((control, address, ci, source, target)) + piece
        frames.append(bytes((START, len(body), len(body), START)) + body + bytes((sum8(body), STOP)))
    return frames


class MbusLinkStream(FrameStream[MbusLinkFrame]):
    """Cuts a byte stream into M-Bus frames with DLMS inside."""

    start_byte = START

    def judge(self, buffer: bytes, start: int) -> tuple[int, MbusLinkFrame] | str | None:
        """Look at the 0x68 at `start`."""
        from emtkit.wire.view import View

        head = buffer[start : start + 7]
        looks = len(head) < 3 or head[1] == head[2]
        looks = looks and (len(head) < 4 or head[3] == START) and (len(head) < 7 or head[6] <= MAX_CI)
        if not looks:
            return NOISE
        if len(head) < 7:
            return None
        found = frame_end(buffer, start)
        if found is None:
            return None if len(buffer) < start + 6 + head[1] + OVERFLOW else "checksum"
        return found[0], read_mbus_frame(View(buffer[start : found[0]]))
