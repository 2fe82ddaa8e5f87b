"""Text telegrams (IEC 62056-21 readouts, load profiles, DSMR P1) as they came over the line: each is one frame.

The protocol's own `Splitter` finds them. What it leaves out is not lost: lines without a data set behind a bare `!` are
the tail that some meters send; all else is a telegram of its own, up to its `!`: half a telegram where a recording
begins or where another one breaks in, or data sets that were pasted without a beginning. Blank lines and fill bytes
(00, 7F, FF) between telegrams are nothing, and so are comments (`#`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.capture.frame import CaptureFailure, CaptureFrame
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Source
    from emtkit.model.decoded import Origin
    from emtkit.protocols.iec62056_21.splitter import StreamFrame

LONGEST_TELEGRAM: Final = 16 * 1024 * 1024
_LONGEST_LINE: Final = 1024 * 1024
# what meters send to wake the line up, and what a line without a signal gives
FILL: Final = b" \t\r\n\f\x00\x7f\xff"
_END_WITH_CRC: Final = re.compile(rb"![0-9A-Fa-f]{1,4}\s*")
# the end of a readout that has neither block check character nor CRC
_BARE_END: Final = re.compile(rb"(?:\A|\n)!\s*\Z")
_NO_TAIL: Final = b"/\x01\x02\x06"
_LONGEST_TAIL: Final = 4096
_BOM: Final = b"\xef\xbb\xbf"
# an identification, or a data set whose address is an OBIS code or one of the older codes
_START: Final = re.compile(rb"/[A-Za-z]{3}[0-9A-Za-z]|[\x01\x02\x06/]|[0-9A-Z][0-9A-Z.:*&-]*\([^()\n]*\)")


def is_telegram_text(line: bytes) -> bool:
    """Say whether the first line of a file is of a text telegram."""
    return _START.match(line) is not None and not line.startswith(b"//")


def read_telegrams(source: Source, at: Origin) -> Iterator[CaptureItem]:
    """Give the telegrams of a file or line."""
    from emtkit.protocols.iec62056_21.splitter import Splitter  # the protocol is loaded for its telegrams only

    splitter, stretch = Splitter(), _Stretch(at)
    for number, raw in enumerate(source.lines(_LONGEST_LINE), 1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        if line.startswith(b"#") and not (splitter.pending or stretch.loose):
            continue
        stretch.add(line, number)
        if len(line) >= _LONGEST_LINE:  # the source cut it: neither it nor what it is a part of is whole
            splitter, stretch.is_cut = Splitter(), True
            yield from stretch.release(stretch.end)
            stretch = _Stretch(at)
            continue
        yield from stretch.cut(splitter.feed(line))
        if not splitter.pending:
            yield from stretch.pass_by(stretch.end)
    yield from stretch.cut(splitter.flush())
    yield from stretch.release(stretch.end)


class _Stretch:
    """The lines that were fed to the splitter and are in no frame yet, and the telegrams that lie in them.

    start, end  offsets as the splitter counts them
    loose       lines of no telegram that the splitter found, so far
    ended       a telegram that ended with a bare `!`: a tail may follow
    """

    def __init__(self, at: Origin) -> None:
        self.at = at
        self.start = self.end = 0
        self.lines: list[tuple[bytes, int]] = []
        self.loose: list[bytes] = []
        self.loose_line = 0
        self.size = 0
        self.is_cut = False
        self.ended: CaptureFrame | None = None
        self.tail = 0

    def add(self, line: bytes, number: int) -> None:
        """Add a line."""
        self.lines.append((line, number))
        self.end += len(line)

    def cut(self, frames: list[StreamFrame]) -> Iterator[CaptureItem]:
        """Give the telegrams up to these frames, and the frames."""
        for found in frames:
            yield from self.pass_by(found.start)
            yield from self.finish()
            frame = CaptureFrame(found.data, self.at._replace(line=self.lines[0][1]))
            for _ in self._take(found.end):
                pass
            if _BARE_END.search(found.data):
                self.ended = frame
            else:
                yield frame

    def pass_by(self, end: int) -> Iterator[CaptureItem]:
        """Take what the splitter left out up to `end`; give the telegrams that are whole."""
        for piece, number in self._take(end):
            if not self.loose and not piece.strip(FILL):
                continue
            if self.ended is not None and self._is_tail(piece):
                self.ended = self.ended._replace(data=self.ended.data + piece)
                self.tail += len(piece)
                continue
            self.loose_line = self.loose_line if self.loose else number
            self.size += len(piece)
            self.loose.append(piece if self.size <= LONGEST_TELEGRAM else b"")
            if piece.startswith(b"!"):
                whole = _END_WITH_CRC.fullmatch(piece) is not None
                yield from self.finish(has_tail=not whole)

    def _is_tail(self, piece: bytes) -> bool:
        short = self.tail + len(piece) <= _LONGEST_TAIL
        return short and not self.loose and b"(" not in piece and piece[0] not in _NO_TAIL

    def release(self, end: int) -> Iterator[CaptureItem]:
        """Give everything: nothing more comes."""
        yield from self.pass_by(end)
        yield from self.finish()

    def finish(self, *, has_tail: bool = False) -> Iterator[CaptureItem]:
        """Give what has ended; `has_tail` keeps the loose lines as a telegram whose tail may follow."""
        if self.ended is not None:
            yield self.ended
            self.ended, self.tail = None, 0
        if not self.loose:
            return
        at = self.at._replace(line=self.loose_line)
        if self.size > LONGEST_TELEGRAM or self.is_cut:
            size = f"a text telegram of more than {LONGEST_TELEGRAM >> 20} MiB, or a line of more than a MiB"
            yield CaptureFailure(DecodeError("capture.text.long", size), at)
        else:
            frame = CaptureFrame(b"".join(self.loose), at)
            if has_tail:
                self.ended = frame
            else:
                yield frame
        self.loose, self.size = [], 0

    def _take(self, end: int) -> Iterator[tuple[bytes, int]]:
        """Give the lines, or parts of them, up to `end`, with their numbers."""
        done = 0
        while self.start < end:
            line, number = self.lines[done]
            size = end - self.start
            if len(line) > size:
                self.lines[done] = (line[size:], number)
                line = line[:size]
            else:
                done += 1
            self.start += len(line)
            yield line, number
        del self.lines[:done]
