"""Changes put into the text of a CSV points file: rows that are not touched stay as they are, comments too."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emtkit.model.user_files import column_name, csv_delimiter

if TYPE_CHECKING:
    from emtkit.points.entries import CsvSource
    from emtkit.points.masterdata.changes import Change


def rewritten(source: CsvSource, changes: list[Change]) -> str:
    """Return the file's text with the changes in it. Fields without a column get one at the end."""
    text = source.text
    newline = "\r\n" if "\r\n" in text else "\n"
    delimiter = csv_delimiter(text) if source.header is not None else ";"
    columns = list(source.columns)
    for change in changes:
        if change.kind != "removed":
            columns += [
                name for name, (_, new) in change.fields.items() if new is not None and column_name(name) not in columns
            ]

    def written(cells: list[str]) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator=newline).writerow(cells)
        return out.getvalue()

    lines: list[str | None] = list(io.StringIO(text, newline=""))
    if lines and lines[-1] is not None and not lines[-1].endswith("\n"):
        lines[-1] += newline
    if source.header is None:
        lines.append(written(columns))
    elif len(columns) > len(source.columns):
        _put(
            lines, source.header.line, source.header.last, written(source.header.cells + columns[len(source.columns) :])
        )
    for change in changes:
        if change.entry is None:
            lines.append(written([_cell(change.fields.get(name, (None, None))[1]) for name in columns]))
            continue
        row = change.entry.address
        cells = row.cells + [""] * (len(columns) - len(row.cells))
        for name, (_, new) in change.fields.items():
            if name in columns:
                cells[columns.index(name)] = _cell(new)
        while len(cells) > len(row.cells) and not cells[-1]:
            cells.pop()
        _put(lines, row.line, row.last, None if change.kind == "removed" else written(cells))
    return "".join(line for line in lines if line is not None)


def _put(lines: list[str | None], first: int, last: int, new: str | None) -> None:
    """Put a row into the place of the lines that it had."""
    lines[first - 1 : last] = [new, *[None] * (last - first)]


def _cell(value: Any) -> str:  # noqa: ANN401 - a field of a point
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)
