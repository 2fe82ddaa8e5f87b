"""A byte stream to telegrams: sans-IO, in time linear in the stream, a telegram never waits for ever.

    splitter = Splitter()
    for frame in splitter.feed(received):
        ...
    splitter.flush()  # after the line was idle for 1.5 s (IEC 62056-21, 6.3.14): what is pending comes out as it is

A telegram starts with an identification (its data belong to it), STX, SOH, an option select or the header of an
encrypted P1 telegram. A new start inside a telegram means that the first one broke off: it is dropped and counted.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from emtkit.protocols.iec62056_21.security import GENERAL_GLO_CIPHERING, MAX_CIPHERED, TITLE_SIZE, ciphered_end

MAX_LINE: Final = 128
MAX_FRAME: Final = 16 << 20
_MAX_CIPHER_HEADER: Final = 2 + TITLE_SIZE + 3

_START: Final = re.compile(rb"[\x01\x02\x06\xdb]|/(?:[A-Za-z]{3}|\?)")
_HALF_START: Final = re.compile(rb"/[A-Za-z]{0,2}\Z")
_BRACKET: Final = re.compile(rb"[()]")  # a slash inside a data set is no start
_SELECT: Final = re.compile(rb"\x06[0-9][0-9A-Z][0-9A-Z]\r?\n")
_SELECT_BEGUN: Final = re.compile(rb"\x06(?:[0-9](?:[0-9A-Z](?:[0-9A-Z]\r?)?)?)?\Z")
# the end of a block or of data sets, or the start of the next telegram inside them
_BLOCK_EVENT: Final = re.compile(rb"[\x03\x04]|[\x01\x02]|(?<=\n)/(?=[A-Za-z]{3})")
_TEXT_EVENT: Final = re.compile(rb"!|[\x01\x02]|(?<=\n)/(?=[A-Za-z]{3})")
_AFTER_END: Final = re.compile(rb"[0-9A-Fa-f]{0,4}[ \t]{0,8}(\r\n|\n)?")
_BARE: Final = re.compile(rb"[^!]*(?:!(?:[0-9A-Fa-f]{0,4}[ \t]{0,8}\r?\n)?)?")
_OVERLAP: Final = 4  # an event may be cut by the end of what has arrived
_END_LINE: Final = 16


class StreamFrame(NamedTuple):
    """One telegram and where it stands in the stream (offsets from its very beginning, end exclusive)."""

    start: int
    end: int
    data: bytes


class _Step(NamedTuple):
    """What the bytes from a start on are.

    frame: a telegram up to `end`; handshake: the same without data; broken: a telegram that breaks off at `end`;
    skip: no telegram after all; wait: not to be told yet.
    """

    kind: Literal["frame", "handshake", "broken", "skip", "wait"]
    end: int = -1


_WAIT: Final = _Step("wait")


class Splitter:
    """Splits a stream. `dropped` counts the bytes that were no part of a telegram, `broken` the telegrams cut short."""

    __slots__ = ("_at", "_bare", "_bare_start", "_buffer", "_from", "_offset", "_seen", "_stage", "broken", "dropped")

    def __init__(self) -> None:
        """Start with an empty buffer."""
        self._buffer = bytearray()
        self._offset = 0  # of the buffer's first byte in the stream
        self._at = -1  # where the pending telegram starts in the buffer, -1 if there is none
        self._from = 0  # up to here there is nothing new to be found
        self._stage = ""  # of a telegram that starts with an identification
        self._seen = False
        self._bare = bytearray()  # text without a start: a telegram only if no other ever comes
        self._bare_start = 0
        self.dropped = 0
        self.broken = 0

    @property
    def pending(self) -> int:
        """Return how many bytes wait for the rest of their telegram."""
        return len(self._buffer) - self._at if self._at >= 0 else 0

    def feed(self, data: bytes) -> list[StreamFrame]:
        """Take bytes and return the telegrams that they complete."""
        self._buffer += data
        return self._frames(final=False)

    def flush(self) -> list[StreamFrame]:
        """Return what is pending as it is: the line was idle for longer than the protocol allows."""
        return self._frames(final=True)

    def eof(self) -> list[StreamFrame]:
        """Return what is pending at the end of the stream; text without any start is read as data sets."""
        frames = self._frames(final=True)
        if not self._seen and b"(" in self._bare:
            self.dropped -= len(self._bare)
            for found in _BARE.finditer(self._bare):
                if found[0].strip():
                    place = self._bare_start + found.start()
                    frames.append(StreamFrame(place, place + len(found[0]), bytes(found[0])))
        self._bare.clear()
        return frames

    def _frames(self, *, final: bool) -> list[StreamFrame]:
        frames: list[StreamFrame] = []
        while self._at >= 0 or self._find_start(final=final):
            step = self._step(final=final)
            if step.kind == "wait":
                break
            if step.kind in ("frame", "handshake"):
                data = bytes(self._buffer[self._at : step.end])
                frames.append(StreamFrame(self._offset + self._at, self._offset + step.end, data))
                self._seen = self._seen or step.kind == "frame"
                self._restart_bare(step.end)
            else:
                self.broken += step.kind == "broken"
                self._drop(self._at, step.end)
            self._from, self._at, self._stage = step.end, -1, ""
        keep = self._at if self._at >= 0 else self._from
        del self._buffer[:keep]
        self._offset += keep
        self._from -= keep
        self._at = min(self._at, 0)
        return frames

    def _find_start(self, *, final: bool) -> bool:
        """Move to the next start; bytes before it are dropped."""
        buffer = self._buffer
        found = _START.search(buffer, self._from)
        if found is not None:
            end = found.start()
            self._at = end
        else:
            half = None if final else _HALF_START.search(buffer, max(self._from, len(buffer) - _OVERLAP))
            end = half.start() if half else len(buffer)
        self._drop(self._from, end)
        self._from = end
        return found is not None

    def _drop(self, start: int, end: int) -> None:
        self.dropped += end - start
        contiguous = self._bare_start + len(self._bare) == self._offset + start
        if not self._seen and contiguous and len(self._bare) < MAX_FRAME:
            self._bare += self._buffer[start:end]

    def _restart_bare(self, end: int) -> None:
        self._bare.clear()
        self._bare_start = self._offset + end

    def _step(self, *, final: bool) -> _Step:
        first = self._buffer[self._at]
        if first == 0x2F:
            step = self._identified(final=final)
        elif first == 0x06:
            step = self._select(final=final)
        elif first == GENERAL_GLO_CIPHERING:
            step = self._ciphered(final=final)
        else:
            step = self._block(self._at, final=final)
        if step.kind == "wait" and len(self._buffer) - self._at > MAX_FRAME:
            return _Step("broken", self._at + 1)
        return step

    def _select(self, *, final: bool) -> _Step:
        """Read an option select. ACK alone is a handshake without content: it is stepped over."""
        found = _SELECT.match(self._buffer, self._at)
        if found is not None:
            return _Step("handshake", found.end())
        if not final and _SELECT_BEGUN.match(self._buffer, self._at) is not None:
            return _WAIT
        return _Step("skip", self._at + 1)

    def _ciphered(self, *, final: bool) -> _Step:
        """Read an encrypted P1 telegram: its header says how long it is."""
        buffer, at = self._buffer, self._at
        end = ciphered_end(buffer, at)
        if end is None:
            begun = bytes(buffer[at + 1 : at + 2]) in (b"", b"\x08") and len(buffer) - at < _MAX_CIPHER_HEADER
            return _WAIT if begun and not final else _Step("skip", at + 1)
        if end <= len(buffer):
            return _Step("frame", end)
        if end - at > MAX_CIPHERED:
            return _Step("skip", at + 1)
        return _Step("broken", len(buffer)) if final else _WAIT

    def _block(self, start: int, *, final: bool) -> _Step:
        """Read STX or SOH up to ETX or EOT and the block check character."""
        buffer = self._buffer
        at = max(start + 1, self._from)
        while (found := _BLOCK_EVENT.search(buffer, at)) is not None:
            place = found.start()
            if buffer[place] in (0x03, 0x04):
                if place + 1 < len(buffer) or final:
                    return _Step("frame", min(place + 2, len(buffer)))
                self._from = place
                return _WAIT
            if buffer[place] == 0x02 and buffer[start] == 0x01 and place == start + 3:
                at = place + 1
                continue
            return _Step("broken", place)
        self._from = max(start + 1, len(buffer) - _OVERLAP)
        return _Step("frame", len(buffer)) if final else _WAIT

    def _identified(self, *, final: bool) -> _Step:
        """Read an identification or request line, and the data that belong to it."""
        buffer, start = self._buffer, self._at
        if not self._stage:
            end = buffer.find(b"\n", max(start, self._from), start + MAX_LINE) + 1
            if not end:
                return self._line_pending(final=final)
            self._from = end
            if buffer[start + 1] == 0x3F:
                return _Step("handshake", end)
            if _BRACKET.search(buffer, start, end) is not None:
                return _Step("skip", start + 1)
            self._stage = "line"
        if self._stage == "line":
            self._find_body(final=final)
        if self._stage == "block":
            return self._block(buffer.index(b"\x02", buffer.index(b"\n", start)), final=final)
        if self._stage == "text":
            return self._text(final=final)
        return _Step("handshake", self._from) if self._stage == "alone" else _WAIT

    def _line_pending(self, *, final: bool) -> _Step:
        buffer, start = self._buffer, self._at
        if len(buffer) - start >= MAX_LINE:
            return _Step("skip", start + 1)
        if final:
            inside = _BRACKET.search(buffer, start) is not None
            return _Step("skip", start + 1) if inside else _Step("handshake", len(buffer))
        self._from = len(buffer)
        return _WAIT

    def _find_body(self, *, final: bool) -> None:
        """Look at what follows the identification: an option select, a block, text, or the next telegram."""
        buffer = self._buffer
        at = self._from
        while at < len(buffer) and buffer[at] in b"\r\n":
            at += 1
        select = _SELECT.match(buffer, at)
        if select is not None:
            at = select.end()
        elif not final and at < len(buffer) and _SELECT_BEGUN.match(buffer, at) is not None:
            self._from = at
            return
        self._from = at
        if at < len(buffer):
            first = buffer[at]
            if first == 0x02:
                self._stage = "block"
            elif first in b"/\xdb\t" or first < 0x20:
                self._stage = "alone"
            else:
                self._stage = "text"
        elif final:
            self._stage = "alone"

    def _text(self, *, final: bool) -> _Step:
        """Read data sets without STX up to the line with `!`."""
        buffer = self._buffer
        found = _TEXT_EVENT.search(buffer, self._from)
        if found is None:
            self._from = max(self._from, len(buffer) - _OVERLAP)
            return _Step("frame", len(buffer)) if final else _WAIT
        place = found.start()
        if buffer[place] != 0x21:
            return _Step("broken", place)
        end = _AFTER_END.match(buffer, place + 1)
        if end is not None and (end[1] is not None or final or len(buffer) - place > _END_LINE):
            return _Step("frame", end.end())
        self._from = place
        return _WAIT
