"""The fast path of load profiles: many structures of one byte layout, one after the other.

The rows of a profile buffer mostly differ in their values only. The layout of a row (tags, lengths) is
learnt from one row that was read value by value; the next rows are then unpacked in one step each and
checked against it. A row that differs is read value by value again. What comes out is the same.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.protocols.dlms import axdr

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.protocols.dlms.axdr import Data
    from emtkit.wire.cursor import Cursor

_PATIENCE: Final = 8  # layouts learnt in vain before the rest is read value by value

_CODES: Final[dict[int, str]] = {
    axdr.NULL: "0s",
    axdr.DOUBLE_LONG: "i",
    axdr.DOUBLE_LONG_UNSIGNED: "I",
    axdr.INTEGER: "b",
    axdr.LONG: "h",
    axdr.UNSIGNED: "B",
    axdr.LONG_UNSIGNED: "H",
    axdr.LONG64: "q",
    axdr.LONG64_UNSIGNED: "Q",
    axdr.ENUM: "B",
}


class _Layout(NamedTuple):
    """`unpack` gives constants and values in turn; `places` has tag, start and end of each value in the row."""

    size: int
    unpack: Callable[..., tuple[Any, ...]]
    constants: tuple[bytes, ...]
    places: tuple[tuple[int, int, int], ...]


def read_rows(cur: Cursor, count: int, depth: int) -> tuple[Data, ...]:
    """Read `count` values of an array, fast where they are structures of one layout."""
    rows: list[Data] = []
    layout: _Layout | None = None
    learnt = 0
    while len(rows) < count:
        if layout is not None:
            layout_hits = _unpack_rows(cur, layout, count - len(rows), rows)
            learnt = 0 if layout_hits > 1 else learnt
            if len(rows) == count:
                break
        if learnt >= _PATIENCE:
            rows += axdr.read_elements(cur, count - len(rows), depth)
            break
        start = cur.pos
        rows += axdr.read_elements(cur, 1, depth)
        layout = _layout(rows[-1], cur.data, start)
        learnt = learnt + 1 if layout is not None else _PATIENCE
    return tuple(rows)


def _unpack_rows(cur: Cursor, layout: _Layout, count: int, rows: list[Data]) -> int:
    """Append rows as long as they have this layout; return how many."""
    size, unpack, constants, places = layout
    data, pos, new, kind = cur.data, cur.pos, tuple.__new__, axdr.Data
    done = 0
    last = cur.end - size
    while done < count and pos <= last:
        fields = unpack(data, pos)
        if fields[::2] != constants:
            break
        row = tuple(
            [
                new(kind, (tag, value if tag else None, pos + low, pos + high))
                for (tag, low, high), value in zip(places, fields[1::2], strict=True)
            ]
        )
        rows.append(new(kind, (axdr.STRUCTURE, row, pos, pos + size)))
        pos += size
        done += 1
    cur.pos = pos
    return done


def _layout(row: Data, data: bytes, start: int) -> _Layout | None:
    """Return the layout of a row, None if it is no structure of simple values."""
    if row.tag != axdr.STRUCTURE or not row.value:
        return None
    codes: list[str] = []
    constants: list[bytes] = []
    places: list[tuple[int, int, int]] = []
    before = row.start
    for cell in row.value:
        code = _CODES.get(cell.tag)
        if code is None:
            if cell.tag != axdr.OCTET_STRING:
                return None
            code = f"{len(cell.value)}s"
        value_at = cell.end - struct.calcsize(">" + code)
        constants.append(data[before:value_at])
        codes += (f"{value_at - before}s", code)
        places.append((cell.tag, cell.start - start, cell.end - start))
        before = cell.end
    unpacker = _struct("".join(codes))
    return _Layout(unpacker.size, unpacker.unpack_from, tuple(constants), tuple(places))


@lru_cache(maxsize=256)
def _struct(codes: str) -> struct.Struct:
    return struct.Struct(">" + codes)
