"""SML binary encoding: every element starts with a type-length field (TL).

One TL octet holds `more` (bit 7), the type (bits 6..4) and four bits of length; each further TL octet adds
four bits. The length counts the TL octets too; for a list it is the number of elements. `01`, an empty octet
string, stands for an OPTIONAL element that is not there; `00` ends a message.

Source: SML 1.04, chapter 6 (BSI TR-03109-1, Anlage IV).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.errors import DecodeError
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.errors import Truncated
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

OCTETS: Final = 0x00
BOOLEAN: Final = 0x40
INTEGER: Final = 0x50
UNSIGNED: Final = 0x60
LIST: Final = 0x70
_NUMBERS: Final = (INTEGER, UNSIGNED)

ABSENT: Final = 0x01
TYPE_NAMES: Final[dict[int, str]] = {
    OCTETS: "an octet string",
    BOOLEAN: "a boolean",
    INTEGER: "an integer",
    UNSIGNED: "an unsigned integer",
    LIST: "a list",
}

MAX_TL: Final = 8  # octets of one TL field: lengths up to 2**32
MAX_DEPTH: Final = 32  # lists in lists; the deepest structure of the standard, a parameter tree, stays far below
MAX_WIDTH: Final = 8  # octets of a number (SML 1.04, 6.3.1: 64 bits)


class Integer(NamedTuple):
    """A signed number and the octets it takes; 0 octets: as few as it needs."""

    value: int
    octets: int = 0


class Unsigned(NamedTuple):
    """An unsigned number and the octets it takes; 0 octets: as few as it needs."""

    value: int
    octets: int = 0


# What an element of any type may be: None, bytes, bool, Integer, Unsigned, or a tuple of these (a list).
Content = Any


class SmlCursor(Cursor):
    """A cursor that reads SML elements.

    ctx    where findings go
    path   names of the lists the cursor is in: `messages[1]`, `get_list_res`, `val_list[2]` ...
    seen   with a trace: the values read so far in this list, so that a value can be shown with its unit
    """

    __slots__ = ("ctx", "path", "seen")

    def __init__(self, view: View, ctx: Context, start: int = 0, end: int | None = None) -> None:
        """Start at `start`."""
        super().__init__(view, "sml", start=start, end=end, trace=ctx.trace)
        self.ctx = ctx
        self.path: list[str] = []
        self.seen: dict[str, Content] = {}

    def where(self, field: str) -> str:
        """Return the path of a field: `messages[1].get_list_res.val_list[2].value`."""
        return ".".join((*self.path, field))

    def short(self, size: int, field: str) -> Truncated:
        """Build the error for a read past the end, with the whole path of the field."""
        return super().short(size, self.where(field))

    def tl(self, field: str) -> tuple[int, int]:
        """Read a TL field; return the type and the number of data octets, or of elements for a list.

        The octets are there: a length or a count that the input cannot hold is an error at once.
        Raises Truncated, or DecodeError `sml.tl.length`, `sml.tl.octets`, `sml.list.count`.
        """
        start = self.pos
        if start >= self.end:
            raise self.short(1, field)
        octet = self.data[start]
        kind = octet & 0x70
        size = octet & 0x0F
        pos = start + 1
        if 0 < size <= self.end - start and octet < LIST:  # one TL octet, data that is there
            self.pos = pos
            return kind, size - 1
        while octet & 0x80:
            if pos >= self.end:
                raise self.short(1, field)
            if pos - start >= MAX_TL:
                raise self.error("sml.tl.octets", f"a type-length field of more than {MAX_TL} octets", field, start)
            octet = self.data[pos]
            size = size << 4 | octet & 0x0F
            pos += 1
        if kind == LIST:
            if size > self.end - pos:
                text = f"a list of {size} elements, but only {self.end - pos} octets are left"
                raise self.error("sml.list.count", text, field, start)
        else:
            size -= pos - start
            if size < 0:
                raise self.error("sml.tl.length", "an element starts with the end-of-message octet 00", field, start)
            if pos + size > self.end:
                raise self.short(size, field)
        self.pos = pos
        return kind, size

    def octets(self, size: int) -> bytes:
        """Return the `size` octets that `tl` has promised."""
        start = self.pos
        self.pos = start + size
        return self.data[start : start + size]

    def enter(self, field: str, start: int, what: str = "list") -> None:
        """Go into the list whose TL field began at `start`; `what` it is stands in the trace."""
        if len(self.path) >= MAX_DEPTH:
            raise self.error("sml.list.depth", f"lists nested more than {MAX_DEPTH} deep", field, start)
        if self.trace is not None:
            self.trace.add(self.view, start, self.pos, self.layer, self.where(field), what)
            self.seen = {}
        self.path.append(field)

    def leave(self) -> None:
        """Leave the list."""
        self.path.pop()

    def span(self, start: int, field: str, value: Content) -> None:
        """With a trace: record the element that began at `start`, and what it means."""
        if self.trace is not None:
            from emtkit.protocols.sml.notes import note_of

            self.seen[field] = value
            meaning, shown, unit = note_of(field, value, self.seen)
            self.trace.add(self.view, start, self.pos, self.layer, self.where(field), meaning, shown, unit)

    def error(self, code: str, text: str, field: str, start: int) -> DecodeError:
        """Build a DecodeError about the element that began at `start`."""
        low, high = self.view.span(start, max(self.pos, start + 1))
        path = self.where(field)
        return DecodeError(code, f"{path}: {text}", layer=self.layer, field=path, start=low, end=high)

    def warn(self, code: str, text: str, field: str, start: int) -> None:
        """Report a warning about the element from `start` up to here."""
        path = self.where(field)
        self.ctx.warn(code, f"{path}: {text}", layer=self.layer, field=path, view=self.view, start=start, end=self.pos)

    def unexpected(self, start: int, field: str, wanted: str) -> None:
        """Read over the element that began at `start` and report that it has the wrong type."""
        self.pos = start
        kind = self.data[start] & 0x70
        read_any(self, field)
        found = TYPE_NAMES.get(kind, f"an element of the reserved type {kind >> 4}")
        self.warn("sml.type.unexpected", f"expected {wanted}, found {found}; it is left out", field, start)


def read_octets(cur: SmlCursor, field: str) -> bytes | None:
    """Read an octet string; None where it is empty, which is how SML leaves out an element."""
    start = cur.pos
    kind, size = cur.tl(field)
    if kind != OCTETS:
        cur.unexpected(start, field, TYPE_NAMES[OCTETS])
        return None
    value = cur.octets(size) if size else None
    if cur.trace is not None:
        cur.span(start, field, value)
    return value


def read_number(cur: SmlCursor, field: str) -> int | None:
    """Read a number of either sign type and any width up to 8 octets; None where the element is left out.

    Meters shorten numbers to any width and mix up the sign types; the type that is sent decides.
    """
    start = cur.pos
    kind, size = cur.tl(field)
    if kind in _NUMBERS and 0 < size <= MAX_WIDTH:
        value = int.from_bytes(cur.octets(size), "big", signed=kind == INTEGER)
    elif kind == OCTETS and size == 0:
        value = None
    else:
        cur.unexpected(start, field, "a number of 1 to 8 octets")
        return None
    if cur.trace is not None:
        cur.span(start, field, value)
    return value


def read_boolean(cur: SmlCursor, field: str) -> bool | None:
    """Read a boolean: 00 is false, everything else true; None where it is left out."""
    start = cur.pos
    kind, size = cur.tl(field)
    if kind == BOOLEAN and size == 1:
        value = cur.octets(1) != b"\0"
    elif kind == OCTETS and size == 0:
        value = None
    else:
        cur.unexpected(start, field, TYPE_NAMES[BOOLEAN])
        return None
    cur.span(start, field, value)
    return value


def read_any(cur: SmlCursor, field: str) -> Content:
    """Read an element whatever it is; see `Content`."""
    start = cur.pos
    kind, size = cur.tl(field)
    if kind == LIST:
        cur.enter(field, start)
        items = tuple([read_any(cur, f"[{index}]") for index in range(size)])
        cur.leave()
        return items
    return read_scalar(cur, field, start, kind, size)


def read_scalar(cur: SmlCursor, field: str, start: int, kind: int, size: int) -> Content:
    """Read the data of an element that is no list; the TL field has been read."""
    data = cur.octets(size)
    value: Content
    if kind == OCTETS:
        value = data or None
    elif kind == UNSIGNED and 0 < size <= MAX_WIDTH:
        value = Unsigned(int.from_bytes(data, "big"), size)
    elif kind == INTEGER and 0 < size <= MAX_WIDTH:
        value = Integer(int.from_bytes(data, "big", signed=True), size)
    elif kind == BOOLEAN and size == 1:
        value = data != b"\0"
    else:
        value = data
        name = TYPE_NAMES.get(kind, f"an element of the reserved type {kind >> 4}")
        cur.warn("sml.type.invalid", f"{name} of {size} octets is not defined; its octets are kept", field, start)
    if cur.trace is not None:
        cur.span(start, field, value)
    return value
