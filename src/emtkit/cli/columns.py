"""The columns of the table of readings, and how they fit into a terminal.

Nothing is ever shortened. Columns appear only where something stands in them; where they are too wide
for the terminal the rarest go into the name (`volume, storage 1`), one after the other.
"""

from __future__ import annotations

import textwrap
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from emtkit.cli import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emtkit.model.reading import Reading

GAP: Final = 2  # blanks between two columns
NAME: Final = "reading"
VALUE: Final = "value"
_LONG_TEXT: Final = 32  # texts and raw bytes go on in the next line after so many characters,
_SHORT_TEXT: Final = 20  # or so many where there is little room
_READABLE: Final = 20  # a name that has this much room reads well even if it is folded

_SAYS_NOTHING: Final = ("any", "unknown", "text", "container", "manufacturer_specific")

# heading -> what of a reading stands in that column, in the order of the columns
_QUALIFIERS: Final[dict[str, Callable[[Reading], str]]] = {
    "function": lambda reading: "" if reading.function == "instantaneous" else reading.function,
    "storage": lambda reading: str(reading.storage or ""),
    "tariff": lambda reading: str(reading.tariff or ""),
    "subunit": lambda reading: str(reading.subunit or ""),
    "status": lambda reading: wording.words(reading.status or ""),
    "OBIS": lambda reading: reading.obis or "",
}

# heading -> what is written before it in a name; the first of these moves first
_MOVABLE: Final = {"status": "", "function": "", "subunit": "subunit ", "tariff": "tariff ", "storage": "storage "}
_MOVABLE_AT_LAST: Final = {"OBIS": "OBIS ", "time": ""}

Columns = dict[str, list[str]]


def fitted(readings: Sequence[Reading], width: int) -> Columns:
    """Return heading -> cells, chosen so that they fit into `width` if that can be done."""
    columns = columns_of(readings, _LONG_TEXT)
    columns = _move(columns, _MOVABLE, width)
    if not _fits(columns, width):
        columns |= {VALUE: _values(readings, _SHORT_TEXT)}
    return _move(columns, _MOVABLE_AT_LAST, width)


def cell_width(cells: Sequence[str]) -> int:
    """Return the width of the widest line in these cells."""
    return max(len(line) for cell in cells for line in (cell.splitlines() or [""]))


def reading_name(reading: Reading) -> str:
    """Return the quantity and the name from `meters/`, with what qualifies it."""
    quantity, name = wording.words(reading.quantity), wording.words(reading.name or reading.quantity)
    if quantity not in name and reading.quantity not in _SAYS_NOTHING:
        name = f"{quantity}: {name}"
    return f"{name} ({', '.join(map(wording.words, reading.modifiers))})" if reading.modifiers else name


def columns_of(readings: Sequence[Reading], text_width: int = 0) -> Columns:
    """Return heading -> cells, without the columns that would be empty. `text_width` 0 folds no text."""
    columns: Columns = {NAME: [reading_name(reading) for reading in readings]}
    columns[VALUE] = _values(readings, text_width)
    columns["unit"] = [wording.value(reading.value, reading.unit)[1] for reading in readings]
    columns |= {title: [of(reading) for reading in readings] for title, of in _QUALIFIERS.items()}
    columns |= _times([reading.time for reading in readings])
    return {title: cells for title, cells in columns.items() if any(cells)}


def _values(readings: Sequence[Reading], text_width: int) -> list[str]:
    """Return the values; long texts in several lines, numbers always in one."""
    shown = [wording.value(reading.value, reading.unit)[0] for reading in readings]
    return [
        "\n".join(textwrap.wrap(text, text_width)) if text_width and isinstance(reading.value, str | bytes) else text
        for text, reading in zip(shown, readings, strict=True)
    ]


def _times(times: Sequence[datetime | date | None]) -> Columns:
    """Return the column of times. The offset to UTC stands in the heading if it is the same everywhere."""
    offsets = {wording.offset(when) for when in times if isinstance(when, datetime)}
    same = len(offsets) == 1
    write = wording.clock if same else wording.moment
    cells = [write(when) if isinstance(when, datetime) else when.isoformat() if when else "" for when in times]
    return {f"time {offsets.pop()}" if same else "time": cells}


def _fits(columns: Columns, width: int) -> bool:
    others = sum(cell_width([title, *cells]) + GAP for title, cells in columns.items() if title != NAME)
    return width - others >= min(cell_width(columns[NAME]), _READABLE)


def _move(columns: Columns, movable: dict[str, str], width: int) -> Columns:
    for prefix, words in movable.items():
        if _fits(columns, width):
            break
        title = next((title for title in columns if title.startswith(prefix)), None)
        if title is not None:
            moved = columns.pop(title)
            columns[NAME] = [
                f"{name}, {words}{cell}" if cell else name for name, cell in zip(columns[NAME], moved, strict=True)
            ]
    return columns
