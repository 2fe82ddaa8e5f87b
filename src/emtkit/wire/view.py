"""View: bytes with a name and a map back to the bytes the user gave.

Removing link CRCs, decrypting or joining fragments makes a new View. Its offsets are those of the new
bytes; `parts` and `span` translate them to offsets in the user's input, which is what errors,
diagnostics, readings and `emtkit explain` speak of.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

NOWHERE: Final = -1
_FAR: Final = 1 << 62


class Part(NamedTuple):
    """A run of view bytes that is one run of the input (or, with `origin` -1, stands nowhere in it)."""

    start: int
    size: int
    origin: int


class View:
    """Immutable bytes with a name.

    data   the bytes
    name   what they are: `input`, `frame`, `decrypted`, `expanded` ...
    """

    __slots__ = ("_parts", "data", "name")

    def __init__(self, data: bytes, name: str = "input", parts: tuple[Part, ...] | None = None) -> None:
        """Without `parts` the bytes are the input itself."""
        self.data = data
        self.name = name
        self._parts = parts

    def __len__(self) -> int:
        """Return the number of bytes."""
        return len(self.data)

    def __repr__(self) -> str:
        """Show name and size, not the payload."""
        return f"View({self.name!r}, {len(self.data)} bytes)"

    @property
    def is_input(self) -> bool:
        """Return whether offsets of the view are offsets of the user's input."""
        return self._parts is None

    def map(self) -> tuple[Part, ...]:
        """Return the map to the input."""
        return self._parts if self._parts is not None else (Part(0, len(self.data), 0),)

    def parts(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """Return (view offset, input start, input end) of each input run below view bytes start..end.

        Runs that stand nowhere in the input have input start -1.
        """
        if self._parts is None:
            return [(start, start, end)] if end > start else []
        found = []
        first = max(0, bisect_right(self._parts, (start, _FAR, 0)) - 1)
        for index in range(first, len(self._parts)):
            part = self._parts[index]
            if part.start >= end:
                break
            low, high = max(start, part.start), min(end, part.start + part.size)
            if low < high:
                at = NOWHERE if part.origin < 0 else part.origin + low - part.start
                found.append((low, at, at + high - low if at >= 0 else NOWHERE))
        return found

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the input range that covers view bytes start..end; (-1, -1) if they stand nowhere in it."""
        if self._parts is None:
            return start, end
        if start == end:
            at = self._place(start)
            return at, at
        part = self._parts[bisect_right(self._parts, (start, _FAR, 0)) - 1]
        if part.origin >= 0 and end <= part.start + part.size:  # within one run, as nearly always
            return part.origin + start - part.start, part.origin + end - part.start
        runs = [(low, high) for _, low, high in self.parts(start, end) if low >= 0]
        return (min(runs)[0], max(high for _, high in runs)) if runs else (NOWHERE, NOWHERE)

    def _place(self, offset: int) -> int:
        """Return where in the input an empty range at this view offset stands."""
        for part in self.map():
            if part.start <= offset <= part.start + part.size and part.origin >= 0:
                return part.origin + offset - part.start
        return NOWHERE

    def slice(self, start: int, end: int | None = None, name: str | None = None) -> View:
        """Return the view of bytes start..end."""
        end = len(self.data) if end is None else min(end, len(self.data))
        if not start and self._parts is None:  # its offsets are still those of the input
            return View(self.data[:end], name or self.name)
        return self.pick(((start, end),), name)

    def pick(self, ranges: Iterable[tuple[int, int]], name: str | None = None) -> View:
        """Return a view of the given byte ranges joined, in the order given."""
        if self._parts is not None:
            return join((self._cut(start, end) for start, end in ranges), name or self.name)
        data, parts, at = [], [], 0
        for start, end in ranges:
            data.append(self.data[start:end])
            parts.append(Part(at, end - start, start))
            at += end - start
        return View(b"".join(data), name or self.name, tuple(parts))

    def _cut(self, start: int, end: int) -> View:
        if start >= end:
            return View(b"", self.name, (Part(0, 0, self._place(start)),))
        parts = tuple(
            Part(low - start, (high - at if at >= 0 else self._run(low, end)), at)
            for low, at, high in self.parts(start, end)
        )
        return View(self.data[start:end], self.name, parts)

    def _run(self, low: int, end: int) -> int:
        """Return how long the run at view offset `low` is, cut at `end`."""
        return next(min(end, p.start + p.size) - low for p in self.map() if p.start <= low < p.start + p.size)

    def replace(self, data: bytes, name: str) -> View:
        """Return a view with other bytes of the same length and the same places: the plain text of a cipher text."""
        if len(data) != len(self.data):
            raise ValueError("replace() keeps the length")
        return View(data, name, self._parts)


def join(views: Iterable[View], name: str) -> View:
    """Return the views one after the other as one view."""
    data, parts, at = [], [], 0
    for view in views:
        data.append(view.data)
        parts += [Part(at + part.start, part.size, part.origin) for part in view.map()]
        at += len(view.data)
    # an empty run matters only where there is nothing else: it says where the nothing stands
    return View(
        b"".join(data), name, tuple([part for part in parts if part.size] or parts[:1] or [Part(0, 0, NOWHERE)])
    )


def nowhere(data: bytes, name: str) -> View:
    """Return a view of bytes that stand nowhere in the input (the known half of a compact frame)."""
    return View(data, name, (Part(0, len(data), NOWHERE),))
