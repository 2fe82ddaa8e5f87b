"""The CSV of readings as a capture: rows back to frames, whatever delimiter, decimal mark, units and columns it has.

Needed are the columns of who, when and what: `identifier` or `meter_id`, `time`, `value`. A column that is not there
is not known; without `status` and `quality` a value is in no series as a true one. A text that looks like a number is
read as one; bytes are read as their hex digits.
"""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.source import open_source
from emtkit.export.csv_table import COLUMNS
from emtkit.export.rows import Row, frames_of
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emtkit.capture.source import Capture, Source

DELIMITERS: Final = ",;\t|"
LONGEST_LINE: Final = 1024 * 1024
UNTOLD: Final = "untold"  # status of a value whose table has no column for it: nobody knows that it is a true one
_NUMBER: Final = re.compile(r"-?\d{1,400}(?:[.,]\d{1,400})?\Z", re.ASCII)


def is_own(start: bytes) -> bool:
    """Return whether a file that begins like this is a readings table that says who, when and what."""
    names = split_header(start).keys()
    needed = {"value", "time"} <= names and not names.isdisjoint(("identifier", "meter_id"))
    return needed and names <= set(COLUMNS)


def split_header(start: bytes) -> dict[str, None]:
    """Return the cells of a first line by the delimiter that stands in it most often, or none."""
    line = start.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
    return dict.fromkeys(line.split(_delimiter(line)))


def _delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def read_decoded(capture: Capture, *, name: str | None = None) -> Iterator[Decoded]:
    """Give the frames of a table; holds one frame at a time.

    A place where it cannot be read on is a failure at the end. Raises ConfigError `capture.unreadable`.
    """
    with open_source(capture) as packed:
        at = Origin(source=name or packed.name)
        try:
            yield from frames_of(_rows(packed.unpacked()))
        except DecodeError as error:
            yield Decoded.from_error(error, origin=at)


def table_rows(source: Source) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a table with their line: cells by the names of the header.

    Raises DecodeError `csv.syntax`.
    """
    lines = (line.decode("utf-8") for line in source.lines(LONGEST_LINE))
    number = 1
    try:
        first = next(lines, "").removeprefix("\ufeff")
        delimiter = _delimiter(first)
        header = next(csv.reader([first], delimiter=delimiter, strict=True), [])
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        for cells in reader:
            number = reader.line_num + 1
            if len(cells) != len(header):
                raise DecodeError("csv.syntax", f"line {number}: {len(cells)} cells, the header has {len(header)}")
            yield number, dict(zip(header, cells, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise DecodeError("csv.syntax", f"line {number}: {error}") from None


def _rows(source: Source) -> Iterator[Row]:
    for line, cells in table_rows(source):
        row: Row = {}
        if "status" not in cells and not cells.get("quality"):
            row["status"] = UNTOLD
        for column, cell in cells.items():
            if cell:
                try:
                    row[column] = _TYPES.get(column, str)(cell)
                except (ValueError, OverflowError):
                    raise DecodeError("csv.syntax", f"line {line}, {column}: {cell!r}", field=column) from None
        yield row


def number_or_text(cell: str) -> Decimal | str:
    """Return a cell as the number that it looks like, with either decimal mark, else as it is."""
    return Decimal(cell.replace(",", ".")) if _NUMBER.match(cell) else cell


def _time(cell: str) -> datetime | date:
    return date.fromisoformat(cell) if len(cell) == len("2026-11-02") else datetime.fromisoformat(cell)


def _times(cell: str) -> tuple[datetime, ...]:
    return tuple(map(datetime.fromisoformat, cell.split()))


def _words(cell: str) -> tuple[str, ...]:
    return tuple(cell.split())


_TYPES: Final[dict[str, Callable[[str], Any]]] = {
    "received_at": datetime.fromisoformat,
    "version": int,
    "device_type": int,
    "value": number_or_text,
    "storage": int,
    "tariff": int,
    "subunit": int,
    "modifiers": _words,
    "time": _time,
    "meter_status": _words,
    "diagnostics": _words,
    "line": int,
    "raw": bytes.fromhex,
    "begin": datetime.fromisoformat,
    "sources": _times,
}
