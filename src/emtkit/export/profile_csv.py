"""Load-profile CSV (`profile-csv`): one row per interval or one row per day, as the reading system wants it.

A ready profile sets all options at once, and each option may still be given. Latin letters beyond ASCII are UTF-8.
A missing value is an empty cell, so that a row stands for each interval.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, NamedTuple

from emtkit.export.from_capture import Register, SeriesOptions, registers
from emtkit.export.grid import DAY, HOUR, zone_of
from emtkit.export.registry import Report, Written
from emtkit.model.errors import ConfigError, DecodeError, EncodeError
from emtkit.model.series import Quality, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import tzinfo
    from zoneinfo import ZoneInfo

    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "profile-csv"
SUFFIX: Final = ".csv"
TITLE: Final = "load-profile CSV: one row per interval or per day"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False


class Layout(NamedTuple):
    """What a ready profile says of the file; the options of the same names.

    rows          a row for each `interval`, or for each `day` with a column for each of its intervals
    delimiter     between cells
    decimal_mark  `.` or `,`
    stamps        `iso` with the offset from UTC, `de` (25.10.2026 02:15) on the clock of `clock`
    clock         `utc`, or `local` for the option zone
    stamp         the column `time` is the `begin` or the `end` of the interval
    columns       of a row per interval; a row per day begins with the columns before its values
    line_end      `lf` or `crlf`
    bom           begin with a byte order mark
    """

    rows: Literal["interval", "day"]
    delimiter: str
    decimal_mark: Literal[".", ","]
    stamps: Literal["iso", "de"]
    clock: Literal["utc", "local"]
    stamp: Literal["begin", "end"]
    columns: str
    line_end: Literal["lf", "crlf"]
    bom: bool


_ALL: Final = "location,device,obis,unit,date,clock,value,quality"
PROFILES: Final[dict[str, Layout]] = {
    "iso": Layout(
        rows="interval",
        delimiter=",",
        decimal_mark=".",
        stamps="iso",
        clock="utc",
        stamp="begin",
        columns="device,location,obis,unit,begin,end,value,quality",
        line_end="lf",
        bom=False,
    ),
    # for a spreadsheet with German settings
    "excel-de": Layout("interval", ";", ",", "de", "local", "begin", _ALL, "crlf", bom=True),
    # as load profiles are exchanged by hand: the end of the interval on the local clock
    "end-de": Layout(
        "interval", ";", ",", "de", "local", "end", "location,obis,time,value,unit,quality", "crlf", bom=False
    ),
    "day-iso": Layout("day", ",", ".", "iso", "local", "begin", "device,location,obis,unit", "lf", bom=False),
    "day-de": Layout("day", ";", ",", "de", "local", "begin", "location,device,obis,unit", "crlf", bom=False),
}

_OF_REGISTER: Final = ("device", "location", "messlokation", "marktlokation", "obis", "register", "unit")
_OF_STAMP: Final = ("time", "date", "clock", "begin", "end")
_OF_VALUE: Final = ("value", "quality", "method", "reason")
COLUMNS: Final = (*_OF_REGISTER, *_OF_STAMP, *_OF_VALUE)

_LINE_ENDS: Final = {"lf": "\n", "crlf": "\r\n"}
_DAY_FORMS: Final = {"iso": "%Y-%m-%d", "de": "%d.%m.%Y"}
_CLOCK_FORMS: Final = {"iso": "%H:%M:%S", "de": "%H:%M"}
_LETTERS: Final = {quality: quality.value[0] for quality in Quality}
_QUALITIES: Final = {letter: quality for quality, letter in _LETTERS.items()}
_NUMBER: Final = re.compile(r"-?\d{1,200}(?:\.\d{1,200})?\Z", re.ASCII)
_LONGEST_DAY: Final = DAY + HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(SeriesOptions):
    """How the file looks.

    profile       iso, excel-de, end-de, day-iso or day-de: sets what is not given below
    rows          `interval` or `day`
    delimiter     between cells: `,` `;` `tab` or another single character
    decimal_mark  `.` or `,`
    stamps        `iso`, or `de` (25.10.2026 02:15)
    clock         `utc` or `local`
    stamp         the columns time, date and clock are the `begin` or the `end` of the interval
    columns       which columns in which order; in rows per day those before the date and the values
    header        begin with the names of the columns
    line_end      `lf` or `crlf`
    bom           begin with a byte order mark
    """

    profile: Literal["iso", "excel-de", "end-de", "day-iso", "day-de"] = "iso"
    rows: Literal["interval", "day"] | None = None
    delimiter: str | None = None
    decimal_mark: Literal[".", ","] | None = None
    stamps: Literal["iso", "de"] | None = None
    clock: Literal["utc", "local"] | None = None
    stamp: Literal["begin", "end"] | None = None
    columns: str | None = None
    header: bool = True
    line_end: Literal["lf", "crlf"] | None = None
    bom: bool | None = None

    def layout(self) -> Layout:
        """Return the layout. Raises ConfigError `profile_csv.delimiter`, `profile_csv.column`, `profile_csv.step`."""
        ready = PROFILES[self.profile]
        rows = self.rows or ready.rows
        if rows != ready.rows:  # its columns would not do
            ready = PROFILES["day-iso" if rows == "day" else "iso"]._replace(
                **{name: getattr(ready, name) for name in ("delimiter", "decimal_mark", "stamps", "clock", "line_end")}
            )
        given = {name: getattr(self, name) for name in Layout._fields}
        layout = ready._replace(**{name: value for name, value in given.items() if value is not None})
        if layout.delimiter == "tab":
            layout = layout._replace(delimiter="\t")
        mark = layout.delimiter
        if len(mark) != 1 or mark in '"\r\n\0' or mark.isalnum() or mark == layout.decimal_mark:
            raise ConfigError(
                "profile_csv.delimiter",
                f"a delimiter is one character such as ; or tab, not the decimal mark, not {layout.delimiter!r}",
                field="delimiter",
            )
        known = _OF_REGISTER if rows == "day" else COLUMNS
        for name in layout.columns.split(","):
            if name not in known:
                raise ConfigError("profile_csv.column", f"no column {name!r}; known: {', '.join(known)}")
        if rows == "day" and (self.values == "register" or self.length() in (None, DAY)):
            raise ConfigError("profile_csv.step", "a row per day is for intervals shorter than a day", field="rows")
        return layout


def write(
    decoded: Iterable[Decoded],
    out: BinaryIO,
    *,
    points: Points | None = None,
    options: Options | None = None,
) -> Report:
    """Write the load profiles of a capture. Raises ConfigError `profile_csv.*` for options that cannot be."""
    options = options or Options()
    layout = options.layout()
    report = Report()
    if layout.bom:
        out.write("\ufeff".encode())
    if options.header:
        out.write(_row(_header(layout, options), layout))
    rows = 0
    for register in registers(decoded, points, options, report):
        try:
            lines = list(_lines(register, layout, options))
        except EncodeError as error:
            report.refuse(str(register), error)
        else:
            out.writelines(_row(line, layout) for line in lines)
            rows += len(lines)
    report.written.append(Written(None, "rows", rows))
    return report


def _header(layout: Layout, options: Options) -> list[str]:
    columns = layout.columns.split(",")
    if layout.rows == "interval":
        return columns
    return [*columns, "date", "count", "quality", *(str(number + 1) for number in range(_most(options)))]


def _most(options: Options) -> int:
    """Return how many intervals the longest day has."""
    return _LONGEST_DAY // (options.length() or DAY)


def _lines(register: Register, layout: Layout, options: Options) -> Iterator[list[str]]:
    zone: tzinfo = UTC if layout.clock == "utc" else zone_of(options.zone)
    of_register = {
        "device": register.device,
        "location": register.location or "",
        "messlokation": (register.point and register.point.messlokation) or "",
        "marktlokation": (register.point and register.point.marktlokation) or "",
        "obis": register.obis,
        "register": register.series.register or register.series.obis,
        "unit": register.series.unit,
    }
    columns = layout.columns.split(",")
    if layout.rows == "day":
        yield from _day_lines(register, layout, options, [of_register[name] for name in columns])
        return
    _check_beginning(register, layout, zone)
    for value in register.series.values:
        begin, end = value.start.astimezone(zone), value.end.astimezone(zone)
        at = begin if layout.stamp == "begin" else end
        cells = {
            **of_register,
            "time": _stamp(at, layout),
            "date": at.strftime(_DAY_FORMS[layout.stamps]),
            "clock": at.strftime(_CLOCK_FORMS[layout.stamps]),
            "begin": _stamp(begin, layout),
            "end": _stamp(end, layout),
            "value": _number_text(value.value, layout),
            "quality": value.quality.value,
            "method": value.method or "",
            "reason": value.reason or "",
        }
        yield [cells[name] for name in columns]


def _check_beginning(register: Register, layout: Layout, zone: tzinfo) -> None:
    """Refuse a series whose first stamp a reader could not tell from the one an hour earlier."""
    first = register.series.values[0]
    moment = (first.start if layout.stamp == "begin" else first.end).astimezone(zone)
    if layout.clock == "local" and moment.fold and layout.stamps == "de":
        raise EncodeError(
            "profile_csv.ambiguous",
            f"{register}: {moment} comes twice on that day, and a series that begins there does not say which it is",
        )


def _day_lines(register: Register, layout: Layout, options: Options, before: list[str]) -> Iterator[list[str]]:
    zone, most = zone_of(options.zone), _most(options)
    grid = options.plan().grid._replace(step=DAY)

    def day_of(value: SeriesValue) -> datetime:
        return grid.around(value.start)[0]

    for day, members in groupby(register.series.values, day_of):
        values = list(members)
        if grid.around(values[-1].end)[0] == day or values[0].start != day:
            raise EncodeError("profile_csv.half_day", f"{register}: {day.astimezone(zone).date()} is no whole day")
        yield [
            *before,
            day.astimezone(zone).strftime(_DAY_FORMS[layout.stamps]),
            str(len(values)),
            "".join(_LETTERS[value.quality] for value in values),
            *(_number_text(value.value, layout) for value in values),
            *[""] * (most - len(values)),
        ]


def _stamp(moment: datetime, layout: Layout) -> str:
    return moment.isoformat() if layout.stamps == "iso" else moment.strftime("%d.%m.%Y %H:%M")


def _number_text(value: Decimal | None, layout: Layout) -> str:
    return "" if value is None else format(value, "f").replace(".", layout.decimal_mark)


def _row(cells: Sequence[str], layout: Layout) -> bytes:
    special = {layout.delimiter, '"', "\n", "\r"}
    texts = (cell if special.isdisjoint(cell) else '"{}"'.format(cell.replace('"', '""')) for cell in cells)
    return f"{layout.delimiter.join(texts)}{_LINE_ENDS[layout.line_end]}".encode(errors="backslashreplace")


class Row(NamedTuple):
    """One value that was read back: the cells that are no stamp and no value, and the value."""

    cells: dict[str, str]
    value: SeriesValue


def read_rows(stream: BinaryIO, options: Options | None = None) -> Iterator[Row]:
    """Read a file of the same options, value by value.

    An hour that comes twice on a local clock is told apart by the order of the rows of a register.
    Raises DecodeError `profile_csv.syntax`, `profile_csv.time`, `profile_csv.value`; ConfigError as `write` does.
    """
    options = options or Options()
    layout = options.layout()
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=layout.delimiter, strict=True)
    names = _header(layout, options)
    read = _DayReader(layout, options) if layout.rows == "day" else _IntervalReader(layout, options)
    try:
        for number, cells in enumerate(reader):
            if options.header and not number:
                names = cells
                continue
            if len(cells) != len(names):
                raise DecodeError("profile_csv.syntax", f"line {reader.line_num}: not {len(names)} cells")
            yield from read.rows(dict(zip(names, cells, strict=True)), reader.line_num)
    except (csv.Error, UnicodeDecodeError) as error:
        raise DecodeError("profile_csv.syntax", f"line {reader.line_num}: {error}") from None
    finally:
        text.detach()


class _IntervalReader:
    """Reads rows per interval: needs a stamp and a value."""

    def __init__(self, layout: Layout, options: Options) -> None:
        self._layout = layout
        self._zone: ZoneInfo | None = None if layout.clock == "utc" else zone_of(options.zone)
        self._grid = options.plan().grid
        self._is_register = options.values == "register"
        self._last: dict[tuple[str, ...], datetime] = {}

    def rows(self, row: dict[str, str], line: int) -> Iterator[Row]:
        cells = {name: cell for name, cell in row.items() if name not in _OF_STAMP and name not in _OF_VALUE}
        at = self._moment(row, tuple(cells.values()), line)
        begin = at
        if self._is_register:
            end = at
        elif "end" in row or (not {"begin"} & row.keys() and self._layout.stamp == "end"):
            begin, end = self._grid.around(at - timedelta(microseconds=1))[0], at
        else:
            end = self._grid.around(at)[1]
        number = _number(row.get("value", ""), self._layout, line)
        quality = Quality.TRUE if number is not None else Quality.MISSING
        if row.get("quality"):
            try:
                quality = Quality(row["quality"])
            except ValueError:
                raise DecodeError("profile_csv.value", f"line {line}: no quality {row['quality']!r}") from None
        if (number is None) != (quality is Quality.MISSING):
            raise DecodeError("profile_csv.value", f"line {line}: a value that is {quality} with no number, or missing")
        method, reason = row.get("method") or None, row.get("reason") or None
        yield Row(cells, SeriesValue(begin, end, number, quality, method, reason))

    def _moment(self, row: dict[str, str], register: tuple[str, ...], line: int) -> datetime:
        layout = self._layout
        text = row.get("end") or row.get("begin") or row.get("time") or f"{row.get('date')} {row.get('clock')}"
        try:
            if layout.stamps == "iso":
                found = datetime.fromisoformat(text)
            else:
                found = datetime.strptime(text, "%d.%m.%Y %H:%M")  # noqa: DTZ007 - the zone comes below
            if found.tzinfo is None:
                found = found.replace(tzinfo=self._zone or UTC)
                earlier = self._last.get(register)
                if earlier is not None and found.astimezone(UTC) <= earlier:
                    found = found.replace(fold=1)
            found = found.astimezone(UTC)
        except (ValueError, OverflowError):
            raise DecodeError("profile_csv.time", f"line {line}: {text!r} is no time of these options") from None
        self._last[register] = found
        return found


class _DayReader:
    """Reads rows per day: date, count, quality letters, values."""

    def __init__(self, layout: Layout, options: Options) -> None:
        self._layout = layout
        self._zone = zone_of(options.zone)
        self._grid = options.plan().grid

    def rows(self, row: dict[str, str], line: int) -> Iterator[Row]:
        day = self._day(row.get("date", ""), line)
        low, high = (datetime.combine(at, time(), self._zone) for at in (day, day + DAY))
        marks = self._grid.marks(low, high)
        letters, count = row.get("quality", ""), len(marks) - 1
        texts = [row.get(str(number + 1), "") for number in range(count)]
        if row.get("count") != str(count) or len(letters) != count or row.get(str(count + 1)):
            raise DecodeError("profile_csv.value", f"line {line}: {day} has {count} intervals")
        cells = {name: cell for name, cell in row.items() if name in _OF_REGISTER}
        for begin, end, text, letter in zip(marks, marks[1:], texts, letters, strict=False):
            number, quality = _number(text, self._layout, line), _QUALITIES.get(letter)
            if quality is None or (number is None) != (quality is Quality.MISSING):
                raise DecodeError("profile_csv.value", f"line {line}: quality {letter!r} of {text!r}")
            yield Row(cells, SeriesValue(begin, end, number, quality))

    def _day(self, text: str, line: int) -> date:
        try:
            day = datetime.strptime(text, _DAY_FORMS[self._layout.stamps]).date()  # noqa: DTZ007 - a date has no zone
            day + DAY
        except (ValueError, OverflowError):
            raise DecodeError("profile_csv.time", f"line {line}: {text!r} is no date of these options") from None
        return day


def _number(text: str, layout: Layout, line: int) -> Decimal | None:
    if not text:
        return None
    plain = text.replace(layout.decimal_mark, ".")
    if _NUMBER.match(plain) is None:
        raise DecodeError("profile_csv.value", f"line {line}: {text!r} is no number")
    return Decimal(plain)
