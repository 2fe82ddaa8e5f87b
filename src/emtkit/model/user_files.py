"""Files that users write, keys and points: UTF-8 text, TOML, CSV tables with a header. Nothing here shows a content.

Whoever reads a file gives his own codes for what can be wrong with it as a whole; what its entries mean is not
known here.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.errors import ConfigError
from emtkit.model.toml_places import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_SIZE: Final = 64 * 1024 * 1024
_PLACE: Final = re.compile(r" ?\(at line (\d+), column (\d+)\)| ?\(at end of document\)")


class FileCodes(NamedTuple):
    """What a kind of file is called, and the codes of an error in it as a whole."""

    what: str
    unreadable: str
    encoding: str
    syntax: str


class Row(NamedTuple):
    """One row of a CSV table: its first and last line in the file (from 1), and its cells without outer blanks."""

    line: int
    last: int
    cells: list[str]


def read_text(path: Path, codes: FileCodes) -> str:
    """Return the text of a file, line ends as they are, a byte order mark left out. Raises ConfigError."""
    try:
        if path.stat().st_size > MAX_SIZE:
            message = f"{path}: larger than {MAX_SIZE >> 20} MiB, this is no {codes.what}"
            raise ConfigError(codes.unreadable, message)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(codes.unreadable, f"{path}: {error.strerror or 'cannot be read'}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(codes.encoding, f"{path.name}: not UTF-8 text (byte {error.start})") from None


def parse_toml(text: str, source: str, codes: FileCodes, *, quoting: bool = True) -> dict[str, Any]:
    """Return a TOML document, its numbers with a point as Decimal. Raises ConfigError with line and column.

    quoting  False where the reason may not be told, because it could quote a key
    """
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        reason = str(error)
    found = _PLACE.search(reason)
    place = ""
    if found is not None:
        line, column = found.groups() if found[1] else Lines(text).place(len(text))
        place = f":{line}:{column}"
    why = f": {_PLACE.sub('', reason)}" if quoting else ""
    # outside of the handler: tomllib's error holds the text
    raise ConfigError(codes.syntax, f"{source}{place}: not TOML{why}")


def csv_delimiter(text: str) -> str:
    """Return what stands between the columns: `;`, a tab or `,`, whichever the first line has."""
    head = text.lstrip("\r\n").partition("\n")[0]
    return next((mark for mark in (";", "\t") if mark in head), ",")


def csv_rows(text: str, source: str, codes: FileCodes) -> Iterator[Row]:
    """Give the rows of a table, the header too. Empty lines and lines that begin with `#` are left out.

    Raises ConfigError where a quotation mark is left open.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=csv_delimiter(text), strict=True)
    before = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            line, before = before + 1, reader.line_num
            if any(cells) and not cells[0].startswith("#"):
                yield Row(line, before, cells)
    except csv.Error:
        message = f"{source}:{before + 1}:1: not CSV (a quotation mark is left open?)"
    else:
        return
    raise ConfigError(codes.syntax, message)


def column_name(cell: str) -> str:
    """Return a heading as the name of a field: `Metering Point` is `metering_point`."""
    return cell.lower().replace(" ", "_").replace("-", "_")
