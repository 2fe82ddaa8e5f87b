"""Variable-length data: what the LVAR byte says (EN 13757-3:2018, table 6)."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Coding = Literal["text", "bcd", "negative bcd", "binary"]

_LARGE: Final = {0xF0: 16, 0xF1: 20, 0xF2: 24, 0xF3: 28, 0xF4: 32, 0xF5: 48, 0xF6: 64}


class Lvar(NamedTuple):
    """Size in bytes of the data behind the LVAR byte, and its coding."""

    size: int
    coding: Coding


def read_lvar(code: int) -> Lvar | None:
    """Interpret an LVAR byte; None where it is reserved, because then nobody knows where the record ends."""
    if code <= 0xBF:
        return Lvar(code, "text")
    if 0xC0 <= code <= 0xC9:
        return Lvar(code - 0xC0, "bcd")
    if 0xD0 <= code <= 0xD9:
        return Lvar(code - 0xD0, "negative bcd")
    if 0xE0 <= code <= 0xEF:
        return Lvar(code - 0xE0, "binary")
    size = _LARGE.get(code)
    return None if size is None else Lvar(size, "binary")


def read_text(data: bytes) -> str:
    """Return a text: ISO 8859-1, sent last character first; padding NULs at its ends are no text."""
    return data[::-1].decode("latin-1").strip("\0")


def write_text(text: str) -> bytes:
    """Return the bytes of a text in transmission order. Characters outside ISO 8859-1 become `?`."""
    return text.encode("latin-1", "replace")[::-1]
