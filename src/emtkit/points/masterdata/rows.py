"""The rows of a master data file, as they come: one dictionary of texts each, with its place."""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import ConfigError
from emtkit.model.user_files import csv_delimiter
from emtkit.points.masterdata.xml_rows import xml_rows
from emtkit.points.problems import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emtkit.points.masterdata.mapping import Mapping

MAX_SIZE: Final = 1 << 30
_HEAD: Final = 65536


class SourceRow(NamedTuple):
    """One row: its cells by the names that the map uses, and where it begins."""

    cells: dict[str, str]
    place: Place


def source_rows(path: Path, mapping: Mapping) -> Iterator[SourceRow]:
    """Give the rows of the file. Only the columns of the map are in them; what is empty is "".

    Raises ConfigError `points.source` for a file that is not what the map says.
    """
    try:
        if path.stat().st_size > MAX_SIZE:
            raise ConfigError("points.source", f"{path}: larger than {MAX_SIZE >> 20} MiB")
        if mapping.source.format == "xml":
            columns = list(dict.fromkeys(column for column, _ in mapping.columns()))
            with path.open("rb") as stream:
                for cells, line, column in xml_rows(stream, str(path), mapping.source.rows or "", columns):
                    yield SourceRow(cells, Place(str(path), line, column))
        else:
            yield from _csv_rows(path, mapping)
    except OSError as error:
        raise ConfigError("points.source", f"{path}: {error.strerror or 'cannot be read'}") from None


def _csv_rows(path: Path, mapping: Mapping) -> Iterator[SourceRow]:
    form = mapping.source
    encoding = "utf-8-sig" if codecs.lookup(form.encoding).name == "utf-8" else form.encoding
    line = 0
    try:
        with path.open(encoding=encoding, newline="") as stream:
            delimiter = form.delimiter or csv_delimiter(stream.read(_HEAD))
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            header: dict[str, int] | None = None
            for row in reader:
                line, begin = reader.line_num, line + 1
                cells = [cell.strip() for cell in row]
                if not any(cells):
                    continue
                if header is None:
                    header = _header(cells, mapping, str(path))
                    continue
                found = {name: cells[column] if column < len(cells) else "" for name, column in header.items()}
                yield SourceRow(found, Place(str(path), begin))
    except UnicodeDecodeError as error:
        message = f"{path}: byte {error.start} of the part after line {line} is no {form.encoding}: {error.reason}"
        raise ConfigError("points.source", message) from None
    except UnicodeError as error:  # UTF-16 without a byte order mark
        raise ConfigError("points.source", f"{path}: no {form.encoding}: {error}") from None
    except csv.Error as error:
        raise ConfigError("points.source", f"{path}:{line + 1}:1: not CSV: {error}") from None


def _header(cells: list[str], mapping: Mapping, name: str) -> dict[str, int]:
    """Return where the columns of the map are. Raises ConfigError `points.source`."""
    where = {}
    for column, place in mapping.columns():
        if cells.count(column) != 1:
            have = "twice in" if column in cells else "not in"
            shown = ", ".join(cells[:50])
            raise ConfigError("points.source", f"{place}: the column {column!r} is {have} {name}, which has {shown}")
        where[column] = cells.index(column)
    return where
