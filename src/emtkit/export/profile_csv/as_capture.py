"""Load-profile CSV as a capture: files that say by themselves what their stamps are.

These are files with the columns `begin` and `end` in ISO 8601 with offset and `quality` (the ready profiles iso and
full), and rows per day (day-iso, day-de). Of all others nobody can tell whether a stamp is the begin or the end of its
interval, how long that is, and whose clock it is: for them the options of the file are given.
"""

from __future__ import annotations

import io
import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from emtkit.capture.source import Readable, open_source
from emtkit.export.base_units import in_base
from emtkit.export.csv_as_capture import UNTOLD, split_header, table_rows
from emtkit.export.grid import BERLIN
from emtkit.export.profile_csv.layout import COLUMNS, OF_REGISTER, OF_STAMP, Options
from emtkit.export.profile_csv.reader import DayReader, Row, read_rows, told_time, worth
from emtkit.export.told import Told, told_series
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.errors import ConfigError, DecodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.obis import Obis
from emtkit.model.reading import Reading
from emtkit.model.series import Quality
from emtkit.model.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from emtkit.capture.source import Capture, Source

PROTOCOL: Final = "profile-csv"
_WHO: Final = frozenset({"device", "location", "messlokation", "marktlokation"})
_WHAT: Final = frozenset({"obis", "register"})
_OF_DAY: Final = frozenset({"date", "count", "quality", "1"})
# DIN 43863-5: medium, FLAG letters, block, serial number; and what stands for a meter without it
_IDENTIFIER: Final = re.compile(r"\d([A-Z]{3})\d\d([0-9A-F]{8})\Z", re.ASCII)
_ADDRESS: Final = re.compile(r"([A-Z]{3})([0-9A-F]{8})\Z", re.ASCII)
_VALUES_OF_A_FRAME: Final = 10_000


def is_own(start: bytes) -> bool:
    """Return whether a file that begins like this is a load-profile CSV with a header."""
    names = split_header(start).keys()
    if names.isdisjoint(_WHO) or names.isdisjoint(_WHAT):
        return False
    if names >= _OF_DAY:
        return all(name in OF_REGISTER or name in _OF_DAY or name.isdigit() for name in names)
    return "value" in names and not names.isdisjoint(OF_STAMP) and names <= set(COLUMNS)


def read_decoded(
    capture: Capture, *, name: str | None = None, options: Options | None = None, zone: ZoneInfo = BERLIN
) -> Iterator[Decoded]:
    """Give the values of a file: a frame for each register and at most 10,000 of its values.

    options  those of the file, where it does not say what its stamps are
    zone     whose days the rows per day are
    A place where the file cannot be read on is a failure at the end. Raises ConfigError `capture.unreadable`.
    """
    with open_source(capture) as packed:
        at = Origin(source=name or packed.name)
        try:
            source = packed.unpacked()
            rows = _rows(source, zone) if options is None else _rows_with(source, options)
            yield from _frames(rows, at)
        except DecodeError as error:
            yield Decoded.from_error(error, origin=at)


def _rows(source: Source, zone: ZoneInfo) -> Iterator[Row]:
    for line, cells in table_rows(source):
        if {"begin", "end", "quality"} <= cells.keys():
            begin, end = told_time(cells["begin"], line), told_time(cells["end"], line)
            of_register: dict[str, str] = {column: cells[column] for column in OF_REGISTER if column in cells}
            yield Row(of_register, worth(cells, begin, end, line))
        elif "count" not in cells:
            raise DecodeError(
                "profile_csv.stamps",
                "the columns do not say begin, end and quality of each interval: name the options of the file "
                "(--input-format profile-csv:profile=end-de)",
            )
        else:
            form = "de" if "." in cells["date"] else "iso"
            yield from DayReader(form, zone, None).rows(cells, line)


def _rows_with(source: Source, options: Options) -> Iterator[Row]:
    """Give the rows of a file with these options; what has no quality is not taken for true values."""
    layout = options.layout()
    told = layout.rows == "day" or "quality" in layout.columns.split(",")
    for row in read_rows(io.BufferedReader(Readable(source)), options):
        value = row.value
        if not told and value.quality is Quality.TRUE:
            value = value._replace(quality=Quality.PRELIMINARY, reason=UNTOLD)
        yield row._replace(value=value)


def _frames(rows: Iterator[Row], at: Origin) -> Iterator[Decoded]:
    """Put the rows of a register together."""
    numbered = enumerate(rows)
    for (cells, _), members in groupby(
        numbered, lambda item: (tuple(item[1].cells.items()), item[0] // _VALUES_OF_A_FRAME)
    ):
        yield _frame(dict(cells), [row for _, row in members], at)


def _frame(cells: dict[str, str], rows: list[Row], at: Origin) -> Decoded:
    meter = meter_named(cells.get("device") or next((cells[name] for name in _LOCATIONS if cells.get(name)), ""))
    register = cells.get("register") or cells.get("obis") or ""
    obis = _obis(register)
    readings, told = [], []
    for row in rows:
        value = row.value
        number, unit = in_base(value.value, cells.get("unit") or None)
        known = UNITS.get(unit or "")
        readings.append(
            Reading(
                "unknown" if known is None else known.dimension,
                number,
                unit,
                obis,
                register if obis is None else None,
                time=value.end,
                # without an OBIS code there is no series that could say it
                status=None if obis is not None or value.quality is Quality.TRUE else value.quality.value,
            )
        )
        if obis is not None:
            told.append(Told(obis, unit or "", value._replace(value=number)))
    layers = (told_series(meter, told),) if told else ()
    return Decoded(PROTOCOL, "complete", meter, readings=readings, layers=layers, origin=at)


_LOCATIONS: Final = ("location", "messlokation", "marktlokation")


def _obis(register: str) -> str | None:
    try:
        return str(Obis.parse(register))
    except ConfigError:
        return None


def meter_named(text: str) -> MeterId:
    """Return the meter that a table has in one cell: a DIN 43863-5 identifier, maker and number, or any other id."""
    match = _IDENTIFIER.match(text)
    if match is not None:
        return MeterId(match[1], match[2], identifier=text)
    match = _ADDRESS.match(text)
    return MeterId(None, text) if match is None else MeterId(match[1], match[2])
