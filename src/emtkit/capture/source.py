"""Where a capture's bytes come from: a path, standard input, an open file, bytes; packed with gzip or not.

A source can be looked at before it is read, and is read in pieces: nothing here keeps more than a piece of it.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from emtkit.model.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

Capture = str | Path | bytes | bytearray | IO[bytes] | IO[str]

CHUNK: Final = 64 * 1024
_GZIP: Final = b"\x1f\x8b\x08"
_ENOUGH_TO_TELL: Final = 64


class Source:
    """Bytes to read, with a look ahead. `name` is for messages and origins; None for bytes in memory."""

    def __init__(self, raw: Any, name: str | None) -> None:  # noqa: ANN401 - there is no type for "has read"
        """Wrap something with `read`."""
        # read1 gives what is there: a pipe is read as its lines come
        self._read = getattr(raw, "read1", raw.read)
        self._ahead = b""
        self.name = name

    def look(self) -> bytes:
        """Return the first bytes without reading them: all that a file gives at once, a line of a pipe at least."""
        while len(self._ahead) < _ENOUGH_TO_TELL and b"\n" not in self._ahead:
            more = self._more()
            if not more:
                break
            self._ahead += more
        return self._ahead

    def read(self) -> bytes:
        """Return the next piece, empty at the end."""
        ahead, self._ahead = self._ahead, b""
        return ahead or self._more()

    def lines(self, longest: int) -> Iterator[bytes]:
        """Give the lines with their ends. A longer line than `longest` is cut there; its rest is dropped.

        Such a piece has no line end, which no other line but the last can have.
        """
        parts: list[bytes] = []
        size = 0
        while piece := self.read():
            start = 0
            while (end := piece.find(b"\n", start) + 1) > 0:
                if size <= longest:
                    parts.append(piece[start:end])
                    yield b"".join(parts) if size + end - start <= longest else b"".join(parts)[:longest]
                else:
                    yield b"".join(parts)[:longest]
                parts, size, start = [], 0, end
            if size <= longest:
                parts.append(piece[start:])
            size += len(piece) - start
        if size:
            yield b"".join(parts)[:longest]

    def unpacked(self) -> Source:
        """Return the source itself, or what is in it if it is packed with gzip."""
        start = self.look()
        if not start.startswith(_GZIP) or not (str(self.name).endswith(".gz") or _unpacks(start)):
            return self
        return Source(gzip.GzipFile(fileobj=Readable(self)), self.name)

    def _more(self) -> bytes:
        try:
            piece: bytes | str | None = self._read(CHUNK)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise DecodeError("capture.gzip", "the gzip file is damaged or cut off; what follows is lost") from None
        except OSError as error:
            raise DecodeError("capture.unreadable", f"reading stopped: {error.strerror or 'input error'}") from None
        if isinstance(piece, str):
            return piece.encode("utf-8", "surrogateescape")
        return piece or b""


def _unpacks(start: bytes) -> bool:
    """Say whether these bytes, which begin like gzip, are gzip; a telegram may begin like that too."""
    try:
        zlib.decompressobj(wbits=31).decompress(start, 1)
    except zlib.error:
        return False
    return True


class Readable(io.RawIOBase):
    """A source as a file, for what reads only files."""

    def __init__(self, source: Source) -> None:
        """Read from this source."""
        self._source = source
        self._left = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - anything with the buffer protocol
        """Fill the buffer with the next bytes; return how many, 0 at the end."""
        if not self._left:
            self._left = self._source.read()
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


@contextmanager
def open_source(capture: Capture) -> Iterator[Source]:
    """Open a path (`-` is standard input), or take an open file or bytes. Open files stay open.

    Raises ConfigError `capture.unreadable`.
    """
    if isinstance(capture, bytes | bytearray):
        yield Source(io.BytesIO(capture), None)
    elif isinstance(capture, str | Path) and str(capture) != "-":
        try:
            file = Path(capture).open("rb")  # noqa: SIM115 - closed below; only opening it may fail here
        except OSError as error:
            raise ConfigError("capture.unreadable", f"{capture}: {error.strerror or 'cannot be read'}") from None
        except ValueError:
            raise ConfigError("capture.unreadable", "the path holds a NUL character") from None
        with file:
            yield Source(file, str(capture))
    else:
        stream: Any = sys.stdin.buffer if isinstance(capture, str | Path) else capture
        name = getattr(stream, "name", None)
        yield Source(stream, name if isinstance(name, str) else None)
