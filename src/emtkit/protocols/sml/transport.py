"""The SML transport protocol, version 1: a file of messages between escape sequences, with one checksum.

    1B1B1B1B 01010101 | messages | 00 x n | 1B1B1B1B 1A n CRC(2)

`1B1B1B1B` inside the messages is doubled. The checksum covers everything before it. `SmlStream` finds the
frames in a stream of octets, however it is cut, and counts what it had to leave out.

Source: SML 1.04, chapter 8.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.model.errors import ChecksumError, DecodeError, EncodeError, Truncated
from emtkit.protocols.sml.message import Checksum, checksum_field, which_checksum

if TYPE_CHECKING:
    from emtkit.model.errors import EmtkitError

LAYER: Final = "sml.transport"
ESCAPE: Final = b"\x1b\x1b\x1b\x1b"
# Holley DTZ541 sends 01010104 while its PIN window is open.
STARTS: Final = (ESCAPE + b"\x01\x01\x01\x01", ESCAPE + b"\x01\x01\x01\x04")
START_SIZE: Final = 8
END_SIZE: Final = 8
_END: Final = 0x1A
# 02000000 block transfer (version 2), 03 timeout, 04 block size: announced, not built
_OTHER_CODES: Final = frozenset({0x02, 0x03, 0x04})

MAX_FRAME: Final = 1 << 20
MAX_ESCAPES: Final = 256  # escaped runs in one frame; random data has one in 2**32

_START: Final = re.compile(rb"\x1b{4}\x01\x01\x01[\x01\x04]")
_RUN_END: Final = re.compile(rb"[^\x1b]")


class Frame(NamedTuple):
    """A frame with a right checksum.

    start, end  place in the stream
    data        all its octets, escape sequences included
    dropped     ranges of `data` that are escape octets and not content
    checksum    which one it is
    unknown     whether other escape codes (block transfer, timeout) stood in it
    """

    start: int
    end: int
    data: bytes
    dropped: tuple[tuple[int, int], ...]
    checksum: Literal["x25", "kermit"]
    unknown: bool = False


class Damaged(NamedTuple):
    """Something that began like a frame and is none.

    code, message   what is wrong, as `error()` raises it
    """

    start: int
    end: int
    data: bytes
    code: str
    message: str

    def error(self, start: int | None = None, end: int | None = None) -> EmtkitError:
        """Return the error of a decode call for these octets."""
        if self.code == "sml.transport.truncated":
            return Truncated(self.code, self.message, layer=LAYER, start=start, end=end)
        kind = ChecksumError if self.code == "sml.transport.crc" else DecodeError
        return kind(self.code, self.message, layer=LAYER, start=start, end=end)


class Noise(NamedTuple):
    """Octets outside any frame."""

    start: int
    end: int


Event = Frame | Damaged | Noise


class SmlStream:
    """Finds frames in a stream of octets. Feed it what arrives, in pieces of any size; no input makes it raise.

    frames, damaged  how many there were
    dropped          octets that did not become part of a frame: noise and damaged frames
    """

    __slots__ = (
        "_base", "_buffer", "_dropped", "_inside", "_noise", "_run", "_scan", "_unknown",
        "damaged", "dropped", "frames", "max_frame",
    )  # fmt: skip

    def __init__(self, max_frame: int = MAX_FRAME) -> None:
        """Start outside a frame. Frames longer than `max_frame` octets are given up."""
        self.max_frame = max_frame
        self.frames = self.damaged = self.dropped = 0
        self._buffer = bytearray()
        self._base = 0  # place of the buffer in the stream
        self._noise = 0  # where the octets outside frames began
        self._inside = False
        self._enter(inside=False)

    def feed(self, data: bytes) -> list[Event]:
        """Take octets; return what is complete now, in the order of the stream."""
        self._buffer += data
        events: list[Event] = []
        while self._find_end(events) if self._inside else self._find_start(events):
            pass
        return events

    def eof(self) -> list[Event]:
        """Say that nothing more comes; return what was unfinished."""
        events: list[Event] = []
        while self._inside:
            message = f"the frame has no end after {len(self._buffer)} octets"
            self._give_up(events, len(self._buffer), "sml.transport.truncated", message)
            while self._find_end(events) if self._inside else self._find_start(events):
                pass
        self._leave_out(events, len(self._buffer))
        self._consume(len(self._buffer))
        self._noise = self._base
        return events

    def _enter(self, *, inside: bool) -> None:
        self._inside = inside
        self._scan = self._run = START_SIZE if inside else 0
        self._dropped: list[tuple[int, int]] = []
        self._unknown = False

    def _consume(self, size: int) -> None:
        del self._buffer[:size]
        self._base += size

    def _leave_out(self, events: list[Event], size: int) -> None:
        """Report the octets outside frames up to buffer offset `size`."""
        end = self._base + size
        if end > self._noise:
            events.append(Noise(self._noise, end))
            self.dropped += end - self._noise

    def _find_start(self, events: list[Event]) -> bool:
        """Look for a start sequence; return whether to go on."""
        found = _START.search(self._buffer)
        if found is None:
            self._consume(max(0, len(self._buffer) - START_SIZE + 1))
            return False
        self._leave_out(events, found.start())
        self._consume(found.start())
        self._enter(inside=True)
        return True

    def _find_end(self, events: list[Event]) -> bool:
        """Look for the next escape sequence of the frame; return whether to go on.

        A run of 1B octets is read in pairs of sequences (doubled content). What is left of it, 4 to 7 octets,
        ends with an escape sequence if a code follows. So the place in the frame does not matter, and a frame
        that has lost octets is recognised all the same.
        """
        buffer, limit = self._buffer, self.max_frame
        at = buffer.find(ESCAPE, self._scan, limit)
        if at < 0:
            self._scan = max(self._scan, len(buffer) - len(ESCAPE) + 1)
            return self._wait(events)
        found = _RUN_END.search(buffer, max(at, self._run))
        if found is None or min(len(buffer), limit) < found.start() + 4:
            self._scan = at
            self._run = len(buffer) if found is None else found.start()
            return self._wait(events)
        stop = found.start()
        pairs, rest = divmod(stop - at, 2 * len(ESCAPE))
        if pairs:
            self._dropped.append((at, at + pairs * len(ESCAPE)))
        self._scan = self._run = stop
        if rest >= len(ESCAPE):
            code = buffer[stop]
            if code == _END:
                return self._end(events, stop)
            if buffer[stop - 4 : stop + 4] in STARTS:
                return self._give_up(events, stop - 4, "sml.transport.restart", _restart(stop - 4))
            if code in _OTHER_CODES and stop % 4 == 0:
                self._unknown = True
                self._dropped.append((stop - 4, stop + 4))
                self._scan = self._run = stop + 4
        if len(self._dropped) > MAX_ESCAPES:
            message = f"more than {MAX_ESCAPES} escape sequences in one frame"
            return self._give_up(events, stop, "sml.transport.escapes", message)
        return True

    def _wait(self, events: list[Event]) -> bool:
        """Wait for more, unless the frame has become too long."""
        size = self.max_frame + 1
        if len(self._buffer) < size:
            return False
        return self._give_up(events, size, "sml.transport.too_long", f"the frame has no end after {size} octets")

    def _end(self, events: list[Event], stop: int) -> bool:
        """Take the frame that ends with the code at `stop`, if its checksum is right."""
        end = stop + 4
        data = bytes(self._buffer[:end])
        checksum = which_checksum(data[:-2], int.from_bytes(data[-2:], "big"))
        if checksum == "wrong":
            # if the end has lost octets, its last ones may already be the first of the next frame
            end -= len(data) - max(stop + 1, len(data.rstrip(b"\x1b")))
            message = f"the checksum says {data[-2:].hex()}, X-25 is {checksum_field(data[:-2]):04x}"
            return self._give_up(events, end, "sml.transport.crc", message)
        events.append(Frame(self._base, self._base + end, data, tuple(self._dropped), checksum, self._unknown))
        self.frames += 1
        self._consume(end)
        self._noise = self._base
        self._enter(inside=False)
        return True

    def _give_up(self, events: list[Event], end: int, code: str, message: str) -> bool:
        """Report the first `end` octets as damaged.

        If the last start sequence in them begins another frame, only the octets before it are given up and the
        rest is looked at again; there is no further start in the rest, so no octet is looked at a third time.
        """
        again = max(self._buffer.rfind(start, START_SIZE, end) for start in STARTS)
        if again > 0:
            end = again
            code, message = "sml.transport.restart", _restart(again)
        data = bytes(self._buffer[:end])
        events.append(Damaged(self._base, self._base + end, data, code, message))
        self.damaged += 1
        self.dropped += end
        self._consume(end)
        self._noise = self._base
        self._enter(inside=again > 0)
        return True


def _restart(size: int) -> str:
    return f"a new frame begins after {size} octets, before this one has ended"


def build_frame(messages: bytes, *, checksum: Checksum = "x25", start: bytes = STARTS[0]) -> bytes:
    """Return the frame around messages (their octets one after the other).

    Raises EncodeError if the frame would be longer than receivers have to take (`MAX_FRAME`).
    """
    fill = -len(messages) % 4
    out = start + (messages + bytes(fill)).replace(ESCAPE, 2 * ESCAPE) + ESCAPE + bytes((_END, fill))
    if len(out) + 2 > MAX_FRAME:
        raise EncodeError("sml.encode.length", f"a frame of {len(out) + 2} octets is too long", layer="sml")
    return out + checksum_field(out, checksum).to_bytes(2, "big")
