"""Load-profile CSV back to values, row by row."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from emtkit.export.grid import DAY, Grid, zone_of
from emtkit.export.profile_csv.layout import (
    DAY_FORMS,
    LETTERS,
    OF_REGISTER,
    OF_STAMP,
    OF_VALUE,
    Layout,
    Options,
    header,
)
from emtkit.model.errors import ConfigError, DecodeError
from emtkit.model.series import Quality, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

_QUALITIES: Final = {letter: quality for quality, letter in LETTERS.items()}
_NUMBER: Final = re.compile(r"-?\d{1,200}(?:[.,]\d{1,200})?\Z", re.ASCII)


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
    names = header(layout, options)
    read: DayReader | _IntervalReader = _IntervalReader(layout, options)
    if layout.rows == "day":
        read = DayReader(layout.stamps, zone_of(options.zone), options.length(), layout.decimal_mark)
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
        cells = {name: cell for name, cell in row.items() if name not in OF_STAMP and name not in OF_VALUE}
        at = self._moment(row, tuple(cells.values()), line)
        begin = at
        if self._is_register:
            end = at
        elif "end" in row or (not {"begin"} & row.keys() and self._layout.stamp == "end"):
            begin, end = self._grid.around(at - timedelta(microseconds=1))[0], at
        else:
            end = self._grid.around(at)[1]
        yield Row(cells, worth(row, begin, end, line, self._layout.decimal_mark))

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


class DayReader:
    """Reads rows per day: date, count, quality letters, values.

    step  how long the intervals are; None: as the count of the row says
    """

    def __init__(self, form: str, zone: ZoneInfo, step: timedelta | None, mark: str | None = None) -> None:
        """Begin; `form` is `iso` or `de`, `mark` the decimal mark (None: either)."""
        self._form = DAY_FORMS[form]
        self._zone = zone
        self._step = step
        self._mark = mark

    def rows(self, row: dict[str, str], line: int) -> Iterator[Row]:
        """Give the values of a day. Raises DecodeError `profile_csv.time`, `profile_csv.value`."""
        day = self._day(row.get("date", ""), line)
        low, high = (datetime.combine(at, time(), self._zone) for at in (day, day + DAY))
        marks = self._marks(low, high, row.get("count", ""), line)
        letters, count = row.get("quality", ""), len(marks) - 1
        texts = [row.get(str(number + 1), "") for number in range(count)]
        if row.get("count") != str(count) or len(letters) != count or row.get(str(count + 1)):
            raise DecodeError("profile_csv.value", f"line {line}: {day} has {count} intervals")
        cells = {name: cell for name, cell in row.items() if name in OF_REGISTER}
        for begin, end, text, letter in zip(marks, marks[1:], texts, letters, strict=False):
            number, quality = number_of(text, line, self._mark), _QUALITIES.get(letter)
            if quality is None or (number is None) != (quality is Quality.MISSING):
                raise DecodeError("profile_csv.value", f"line {line}: quality {letter!r} of {text!r}")
            yield Row(cells, SeriesValue(begin, end, number, quality))

    def _marks(self, low: datetime, high: datetime, count: str, line: int) -> list[datetime]:
        step = self._step
        try:
            if step is None:
                length = high.astimezone(UTC) - low.astimezone(UTC)
                step = length / int(count)
            return Grid(step, self._zone).check().marks(low, high)
        except (ValueError, ArithmeticError, ConfigError):
            raise DecodeError("profile_csv.value", f"line {line}: a day has no {count!r} intervals") from None

    def _day(self, text: str, line: int) -> date:
        try:
            day = datetime.strptime(text, self._form).date()  # noqa: DTZ007 - a date has no zone
            day + DAY
        except (ValueError, OverflowError):
            raise DecodeError("profile_csv.time", f"line {line}: {text!r} is no date of these options") from None
        return day


def worth(row: dict[str, str], begin: datetime, end: datetime, line: int, mark: str | None = None) -> SeriesValue:
    """Return the value of a row per interval. Raises DecodeError `profile_csv.value`, `profile_csv.time`."""
    number = number_of(row.get("value", ""), line, mark)
    quality = Quality.TRUE if number is not None else Quality.MISSING
    if row.get("quality"):
        try:
            quality = Quality(row["quality"])
        except ValueError:
            raise DecodeError("profile_csv.value", f"line {line}: no quality {row['quality']!r}") from None
    if (number is None) != (quality is Quality.MISSING):
        raise DecodeError("profile_csv.value", f"line {line}: a value that is {quality} with no number, or missing")
    sources = tuple(told_time(text, line) for text in row.get("sources", "").split())
    return SeriesValue(begin, end, number, quality, row.get("method") or None, row.get("reason") or None, sources)


def told_time(text: str, line: int) -> datetime:
    """Return a time that says its offset itself, in UTC. Raises DecodeError `profile_csv.time`."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise DecodeError("profile_csv.time", f"line {line}: {text!r} is no time with its offset")


def number_of(text: str, line: int, mark: str | None = None) -> Decimal | None:
    """Return a cell's number, None where it is empty; `mark` is the decimal mark, None stands for either."""
    if not text:
        return None
    if _NUMBER.match(text) is None or (mark is not None and {".", ","} - {mark} & set(text)):
        raise DecodeError("profile_csv.value", f"line {line}: {text!r} is no number")
    return Decimal(text.replace(",", "."))
