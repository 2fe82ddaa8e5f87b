"""CSV: one row per reading; a frame without readings has one row, so that no frame is lost.

UTF-8, a header, LF line ends, quotes where needed (RFC 4180). A number has all its digits and no exponent.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from emtkit.export.base_units import in_unit
from emtkit.export.registry import Report, Written
from emtkit.export.told import value_of, values_in
from emtkit.model.errors import ConfigError, DecodeError, EncodeError
from emtkit.model.reading import plain_value
from emtkit.model.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Reading
    from emtkit.model.series import SeriesValue
    from emtkit.points import Points

    Cell = Decimal | str | int | None
    FrameColumn = Callable[[Decoded], Cell]
    ReadingColumn = Callable[[Reading], Cell]
    SeriesColumn = Callable[[SeriesValue], Cell]

NAME: Final = "csv"
SUFFIX: Final = ".csv"
TITLE: Final = "CSV table: one row per reading"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False

_EMPTY_ROW: Final = '""'  # a line without anything would be no row
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of the CSV table.

    delimiter     between cells: `,` `;` `tab` or another single character
    decimal_mark  `.` or `,`
    units         units to show instead of the base units, as `kWh,kvarh,l`; each is for its own dimension
    columns       which columns in which order, as `time,identifier,obis,value,unit`; empty: all
    bom           begin with a byte order mark, by which spreadsheets recognise UTF-8
    """

    delimiter: str = ","
    decimal_mark: Literal[".", ","] = "."
    units: str = ""
    columns: str = ""
    bom: bool = False


# Columns of the frame, the same in all rows of a frame.
FRAME_COLUMNS: Final[dict[str, FrameColumn]] = {
    "received_at": lambda frame: _moment(frame.origin.received_at),
    "identifier": lambda frame: frame.meter and frame.meter.identifier,
    "manufacturer": lambda frame: frame.meter and frame.meter.manufacturer,
    "meter_id": lambda frame: frame.meter and frame.meter.id,
    "version": lambda frame: frame.meter and frame.meter.version,
    "device_type": lambda frame: frame.meter and frame.meter.device_type,
    "medium": lambda frame: frame.meter and frame.meter.medium,
    "meter_status": lambda frame: " ".join(frame.status),
    "protocol": lambda frame: frame.protocol,
    "state": lambda frame: frame.state,
    "verdict": lambda frame: frame.security.verdict,
    "diagnostics": lambda frame: " ".join(dict.fromkeys(finding.code for finding in frame.diagnostics)),
    "id": lambda frame: frame.origin.id,
    "source": lambda frame: frame.origin.source,
    "line": lambda frame: frame.origin.line,
}

# Columns of the reading, empty in the row of a frame without readings.
READING_COLUMNS: Final[dict[str, ReadingColumn]] = {
    "quantity": lambda reading: reading.quantity,
    "value": lambda reading: plain_value(reading.value),
    "unit": lambda reading: reading.unit,
    "obis": lambda reading: reading.obis,
    "name": lambda reading: reading.name,
    "function": lambda reading: reading.function,
    "storage": lambda reading: reading.storage,
    "tariff": lambda reading: reading.tariff,
    "subunit": lambda reading: reading.subunit,
    "modifiers": lambda reading: " ".join(reading.modifiers),
    "time": lambda reading: _moment(reading.time),
    "time_source": lambda reading: reading.time_source,
    "status": lambda reading: reading.status,
    "raw": lambda reading: reading.raw.hex(),
}

# Columns of a value of a series, where its frame has one: what a reading by itself does not say.
SERIES_COLUMNS: Final[dict[str, SeriesColumn]] = {
    "begin": lambda value: _moment(value.start),
    "quality": lambda value: value.quality.value,
    "method": lambda value: value.method,
    "reason": lambda value: value.reason,
    "sources": lambda value: " ".join(moment.isoformat() for moment in value.sources),
}

# The order in which a person reads a row: when, who, what, how sure, from where; then what only series have.
COLUMNS: Final = (
    *("received_at", "identifier", "manufacturer", "meter_id", "version", "device_type", "medium"),
    *("quantity", "value", "unit", "obis", "name", "function", "storage", "tariff", "subunit", "modifiers"),
    *("time", "time_source", "status", "meter_status", "protocol", "state", "verdict", "diagnostics"),
    *("id", "source", "line", "raw"),
    *SERIES_COLUMNS,
)


def write(
    decoded: Iterable[Decoded],
    out: BinaryIO,
    *,
    points: Points | None = None,  # noqa: ARG001 - the contract of all formats
    options: Options | None = None,
) -> Report:
    """Write a header and the rows; holds one frame at a time.

    Raises ConfigError `csv.delimiter`, `csv.unit` or `csv.column` for an option that cannot be.
    """
    options = options or Options()
    columns = _columns(options)
    units = _units(options)
    delimiter = _delimiter(options)
    of_series = [name for name in columns if name in SERIES_COLUMNS]
    report = Report()
    out.write(("\ufeff" if options.bom else "").encode() + _row(columns, delimiter))
    rows = 0
    for frame in report.taking(decoded):
        of_frame = {name: FRAME_COLUMNS[name](frame) for name in columns if name in FRAME_COLUMNS}
        values = values_in(frame) if of_series else {}
        for reading in frame.readings or (None,):
            cells = of_frame if reading is None else of_frame | _reading_cells(reading, columns, units)
            if reading is not None and (value := value_of(reading, values)) is not None:
                cells |= {name: SERIES_COLUMNS[name](value) for name in of_series}
            out.write(_row([_text(cells.get(name), options.decimal_mark) for name in columns], delimiter))
            rows += 1
    report.written.append(Written(None, "rows", rows))
    return report


def read_rows(stream: BinaryIO, options: Options | None = None) -> Iterator[dict[str, Decimal | str | None]]:
    """Read what `write` wrote with the same options: one dict per row.

    Empty cells are None; `value` is a Decimal where it is a number. Raises DecodeError `csv.syntax`.
    """
    options = options or Options()
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=_delimiter(options), strict=True)
    try:
        header = next(reader, [])
        for cells in reader:
            if len(cells) != len(header):
                raise DecodeError(
                    "csv.syntax", f"line {reader.line_num}: {len(cells)} cells, the header has {len(header)}"
                )
            row: dict[str, Decimal | str | None] = {
                name: cell or None for name, cell in zip(header, cells, strict=True)
            }
            if "value" in row:
                row["value"] = _number(cells[header.index("value")], options.decimal_mark)
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise DecodeError("csv.syntax", f"line {reader.line_num}: {error}") from None
    finally:
        text.detach()


def _reading_cells(reading: Reading, columns: tuple[str, ...], units: dict[str, str]) -> dict[str, Cell]:
    cells = {name: READING_COLUMNS[name](reading) for name in columns if name in READING_COLUMNS}
    known = UNITS.get(reading.unit or "")
    wanted = None if known is None else units.get(known.dimension)
    if wanted is not None and isinstance(reading.value, Decimal):
        try:
            cells |= {"value": in_unit(reading.value, reading.unit or "", wanted), "unit": wanted}
        except EncodeError:  # not a finite number in that unit: the base unit stays, and the row says so
            return cells
    return cells


def _text(cell: Cell, decimal_mark: str) -> str:
    if isinstance(cell, Decimal):
        return format(cell, "f").replace(".", decimal_mark)
    return "" if cell is None else str(cell)


def _number(cell: str, decimal_mark: str) -> Decimal | str | None:
    text = cell.replace(decimal_mark, ".")
    return Decimal(text) if _NUMBER.match(text) else cell or None


def _moment(moment: datetime | date | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _row(cells: Sequence[str], delimiter: str) -> bytes:
    """Return one line. The csv module would leave a lone CR unquoted; a lone surrogate is written as an escape."""
    special = {delimiter, '"', "\n", "\r"}
    texts = (cell if special.isdisjoint(cell) else '"{}"'.format(cell.replace('"', '""')) for cell in cells)
    return f"{delimiter.join(texts) or _EMPTY_ROW}\n".encode(errors="backslashreplace")


def _delimiter(options: Options) -> str:
    delimiter = "\t" if options.delimiter == "tab" else options.delimiter
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or delimiter.isalnum():
        raise ConfigError("csv.delimiter", f"a delimiter is one character such as ; or tab, not {options.delimiter!r}")
    return delimiter


def _units(options: Options) -> dict[str, str]:
    """Return dimension -> unit to show."""
    wanted = [unit.strip() for unit in options.units.split(",") if unit.strip()]
    for unit in wanted:
        if unit not in UNITS:
            raise ConfigError("csv.unit", f"no unit {unit!r}; known: {', '.join(UNITS)}")
    return {UNITS[unit].dimension: unit for unit in wanted}


def _columns(options: Options) -> tuple[str, ...]:
    wanted = tuple(name.strip() for name in options.columns.split(",") if name.strip())
    for name in wanted:
        if name not in COLUMNS:
            raise ConfigError("csv.column", f"no column {name!r}; known: {', '.join(COLUMNS)}")
    return wanted or COLUMNS
