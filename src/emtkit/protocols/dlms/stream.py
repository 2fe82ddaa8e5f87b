"""Frames out of a byte stream, however it is cut: sans-IO, with resynchronisation.

`feed` returns what has become clear: whole frames, and runs of bytes that belong to none. What cannot
become a frame is given up at once; what might is waited for, up to the length it announced. `eof` (the
stream ended, or the line was silent for too long) gives up what is incomplete.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Frame = TypeVar("Frame")


class FrameSeen(NamedTuple, Generic[Frame]):
    """A whole frame: where it stood in the stream, its bytes, and its parts (offsets within `data`)."""

    start: int
    end: int
    data: bytes
    frame: Frame


class Dropped(NamedTuple):
    """Bytes of the stream that are no frame. `reason`: `noise`, `checksum`, `no_end` or `incomplete`."""

    start: int
    end: int
    reason: str


NOISE: Final = "noise"


class FrameStream(ABC, Generic[Frame]):
    """Cuts a byte stream into frames. Subclasses know what a frame looks like.

    frames, dropped   how many frames were seen, and how many bytes belonged to none
    """

    start_byte: int
    shares_flag = False  # the last byte of a frame may be the first of the next
    fill = b""  # bytes that may stand between frames and mean nothing

    def __init__(self) -> None:
        """Start at the beginning of a stream."""
        self.frames = 0
        self.dropped = 0
        self._buffer = b""
        self._offset = 0  # of the buffer in the stream
        self._owned = 0  # everything in the stream before this is accounted for
        self._reason = NOISE
        self._only_fill = True

    @abstractmethod
    def judge(self, buffer: bytes, start: int) -> tuple[int, Frame] | str | None:
        """Look at `start`: (end, frame), the reason why it is none, or None when more bytes are needed."""

    def feed(self, data: bytes) -> list[FrameSeen[Frame] | Dropped]:
        """Take more bytes, return what they completed."""
        self._buffer += data
        return list(self._scan(final=False))

    def eof(self) -> list[FrameSeen[Frame] | Dropped]:
        """Give up what is incomplete, return it."""
        return list(self._scan(final=True))

    def _scan(self, *, final: bool) -> Iterator[FrameSeen[Frame] | Dropped]:
        buffer, base = self._buffer, self._offset
        at = 0
        while True:
            start = buffer.find(self.start_byte, at)
            if start < 0:
                at = len(buffer)
                break
            verdict = self.judge(buffer, start)
            if verdict is None and not final:
                at = start
                break
            if isinstance(verdict, tuple):
                end, frame = verdict
                yield from self._drop(buffer, base + start)
                yield FrameSeen(base + start, base + end, buffer[start:end], frame)
                self.frames += 1
                self._owned = base + end
                at = end - self.shares_flag
            else:
                if self._reason == NOISE and base + start >= self._owned:
                    self._reason = verdict or "incomplete"
                at = start + 1
        self._only_fill = self._only_fill and not buffer[max(0, self._owned - base) : at].strip(self.fill)
        if final:
            yield from self._drop(buffer, base + at)
            self._owned = base + at
        self._buffer, self._offset = buffer[at:], base + at

    def _drop(self, buffer: bytes, upto: int) -> Iterator[Dropped]:
        """Account for the bytes before `upto` that no frame owns."""
        low = max(0, self._owned - self._offset)
        only_fill = self._only_fill and not buffer[low : max(low, upto - self._offset)].strip(self.fill)
        if upto > self._owned and not only_fill:
            self.dropped += upto - self._owned
            yield Dropped(self._owned, upto, self._reason)
        self._reason, self._only_fill = NOISE, True
