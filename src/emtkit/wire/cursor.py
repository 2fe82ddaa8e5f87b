"""Cursor: checked, named reads over a View.

Every read says which field it is. Past the end it raises `Truncated` with the field's name and place;
with a trace every read leaves a span. Numbers are little-endian unless the name says `be`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emtkit.model.errors import Truncated

if TYPE_CHECKING:
    from emtkit.model.reading import Value
    from emtkit.wire.layout import Layout
    from emtkit.wire.trace import Trace
    from emtkit.wire.view import View


class Cursor:
    """A read position in a view.

    layer   dotted name of the layer being read; the code of a short read is `LAYER.truncated`
    end     reads stop here (exclusive); the end of the view unless given, and never beyond it
    trace   where spans go, or None
    """

    __slots__ = ("data", "end", "layer", "pos", "trace", "view")

    def __init__(
        self, view: View, layer: str, *, start: int = 0, end: int | None = None, trace: Trace | None = None
    ) -> None:
        """Start at `start`."""
        self.view = view
        self.data = view.data
        self.layer = layer
        self.pos = start
        self.end = len(view.data) if end is None else min(end, len(view.data))
        self.trace = trace

    @property
    def left(self) -> int:
        """Return how many bytes are left."""
        return self.end - self.pos

    def take(self, size: int, field: str) -> bytes:
        """Read `size` bytes."""
        start = self.pos
        stop = start + size
        if stop > self.end or size < 0:  # a length field that is smaller than what it counts gives a negative size
            raise self.short(size, field)
        self.pos = stop
        if self.trace is not None:
            self.trace.add(self.view, start, stop, self.layer, field)
        return self.data[start:stop]

    def rest(self, field: str) -> bytes:
        """Read all that is left."""
        return self.take(self.end - self.pos, field)

    def u8(self, field: str) -> int:
        """Read one byte."""
        start = self.pos
        if start >= self.end:
            raise self.short(1, field)
        self.pos = start + 1
        if self.trace is not None:
            self.trace.add(self.view, start, start + 1, self.layer, field)
        return self.data[start]

    def u16(self, field: str) -> int:
        """Read two bytes, little-endian."""
        return int.from_bytes(self.take(2, field), "little")

    def u32(self, field: str) -> int:
        """Read four bytes, little-endian."""
        return int.from_bytes(self.take(4, field), "little")

    def u16be(self, field: str) -> int:
        """Read two bytes, big-endian."""
        return int.from_bytes(self.take(2, field), "big")

    def u32be(self, field: str) -> int:
        """Read four bytes, big-endian."""
        return int.from_bytes(self.take(4, field), "big")

    def peek(self) -> int | None:
        """Return the next byte without reading it, None at the end."""
        return self.data[self.pos] if self.pos < self.end else None

    def read(self, layout: Layout) -> tuple[Any, ...]:
        """Read a declared fixed header: an int or bytes per field; each field leaves its own span."""
        start = self.pos
        if start + layout.size > self.end:
            raise self.short(layout.size, layout.name)
        self.pos = start + layout.size
        values: tuple[Any, ...] = layout.unpack_from(self.data, start)
        if self.trace is not None:
            for field, low, high in layout.spans:
                self.trace.add(self.view, start + low, start + high, self.layer, field.name, field.meaning)
        return values

    def note(self, meaning: str, value: Value = None, unit: str | None = None) -> None:
        """Say what the last read means; without a trace this does nothing (guard costly texts with `tracing`)."""
        if self.trace is not None:
            self.trace.note(meaning, value, unit)

    @property
    def tracing(self) -> bool:
        """Return whether spans are being recorded."""
        return self.trace is not None

    def place(self, start: int, end: int | None = None) -> tuple[int, int]:
        """Return where view bytes start..end (default: up to here) stand in the user's input."""
        return self.view.span(start, self.pos if end is None else end)

    def short(self, size: int, field: str) -> Truncated:
        """Build the error for a read of `size` bytes at this place."""
        start, end = self.view.span(self.pos, self.end)
        have = self.end - self.pos
        known = start >= 0  # bytes that stand nowhere in the input have no offset there
        where = f"at offset {start}" if known else f"at offset {self.pos} of {self.view.name}"
        return Truncated(
            f"{self.layer}.truncated",
            f"{field} needs {size} byte{'s' if size != 1 else ''} {where}, {have} left",
            layer=self.layer,
            field=field,
            start=start if known else None,
            end=end if known else None,
        )
