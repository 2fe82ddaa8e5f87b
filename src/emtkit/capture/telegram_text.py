"""Text telegrams (IEC 62056-21 readouts, DSMR P1) as they came over the line: each is one frame.

A telegram begins at an identification (`/ISK5…`), or with the file. It ends with the line of its `!`; if it has an STX,
with ETX or EOT and the block check character behind it. Some meters send lines without a data set behind a bare `!`:
they are its tail. Other lines that stand between telegrams are a telegram of their own: half a telegram where a
recording begins, for example. Blank lines and fill bytes (00, 7F, FF) between telegrams are nothing.
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

LONGEST_TELEGRAM: Final = 16 * 1024 * 1024
_LONGEST_LINE: Final = 1024 * 1024
# what meters send to wake the line up, and what a line without a signal gives
FILL: Final = b" \t\r\n\f\x00\x7f\xff"
_STX: Final = b"\x02"
_END_WITH_CRC: Final = re.compile(rb"![0-9A-Fa-f]{1,4}\s*")
_BLOCK_END: Final = re.compile(rb"[\x03\x04]")
_BOM: Final = b"\xef\xbb\xbf"
# an identification, or a data set whose address is an OBIS code or one of the older codes
_START: Final = re.compile(rb"/[A-Za-z]{3}[0-9A-Za-z]|[\x01\x02\x06/]|[0-9A-Z][0-9A-Z.:*&-]*\([^()\n]*\)")


def is_telegram_text(line: bytes) -> bool:
    """Say whether the first line of a file is of a text telegram."""
    return _START.match(line) is not None and not line.startswith(b"//")


def read_telegrams(source: Source, at: Origin) -> Iterator[CaptureItem]:
    """Give the telegrams of a file or line."""
    telegram = _Telegram(at)
    for number, raw in enumerate(source.lines(_LONGEST_LINE), 1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        while line:
            if telegram.size and telegram.ends_before(line):
                yield from telegram.finish()
            line = telegram.take(line, number)
            if telegram.is_complete:
                yield from telegram.finish()
    yield from telegram.finish()


class _Telegram:
    """The telegram that is being read."""

    def __init__(self, at: Origin) -> None:
        self.at = at
        self._reset()

    def _reset(self) -> None:
        self.lines: list[bytes] = []
        self.size = 0
        self.first = 0
        self.has_block = False
        self.has_end = False
        self.is_complete = False

    def ends_before(self, line: bytes) -> bool:
        """Say whether the line cannot be of this telegram any more."""
        return line.startswith(b"/") or (self.has_end and (b"(" in line or line[0] in b"\x01\x02\x06"))

    def take(self, line: bytes, number: int) -> bytes:
        """Add a line; returns what of it belongs to the next telegram."""
        if (not self.size or self.has_end) and (not line.strip(FILL) or line.startswith(b"#")):
            return b""
        self.first = self.first or number
        rest = b""
        self.has_block = self.has_block or _STX in line
        block_end = _BLOCK_END.search(line) if self.has_block else None
        if block_end is not None:
            # the block check character may be any, a line feed too
            line, rest = line[: block_end.end() + 1], line[block_end.end() + 1 :]
            self.is_complete = True
        elif not self.has_block and line.startswith(b"!"):
            self.has_end = True
            self.is_complete = _END_WITH_CRC.fullmatch(line) is not None
        # a line that long was cut by the source
        self.size += len(line) if len(line) < _LONGEST_LINE else LONGEST_TELEGRAM + 1
        if self.size <= LONGEST_TELEGRAM:
            self.lines.append(line)
        return rest

    def finish(self) -> Iterator[CaptureItem]:
        """Give the telegram, and be ready for the next."""
        if self.size:
            at = self.at._replace(line=self.first)
            if self.size > LONGEST_TELEGRAM:
                yield CaptureFailure(
                    DecodeError("capture.text.long", f"a text telegram of more than {LONGEST_TELEGRAM >> 20} MiB"), at
                )
            else:
                yield CaptureFrame(b"".join(self.lines), at)
        self._reset()
