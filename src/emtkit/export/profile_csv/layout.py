"""How a load-profile CSV looks: ready profiles, and the options that change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from emtkit.export.from_capture import SeriesOptions
from emtkit.export.grid import DAY, HOUR
from emtkit.model.errors import ConfigError
from emtkit.model.series import Quality


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
_WHOLE: Final = "device,location,obis,unit,begin,end,value,quality,method,reason,sources"
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
    # all that a series holds
    "full": Layout("interval", ",", ".", "iso", "utc", "begin", _WHOLE, "lf", bom=False),
    # for a spreadsheet with German settings
    "excel-de": Layout("interval", ";", ",", "de", "local", "begin", _ALL, "crlf", bom=True),
    # as load profiles are exchanged by hand: the end of the interval on the local clock
    "end-de": Layout(
        "interval", ";", ",", "de", "local", "end", "location,obis,time,value,unit,quality", "crlf", bom=False
    ),
    "day-iso": Layout("day", ",", ".", "iso", "local", "begin", "device,location,obis,unit", "lf", bom=False),
    "day-de": Layout("day", ";", ",", "de", "local", "begin", "location,device,obis,unit", "crlf", bom=False),
}

OF_REGISTER: Final = ("device", "location", "messlokation", "marktlokation", "obis", "register", "unit")
OF_STAMP: Final = ("time", "date", "clock", "begin", "end")
OF_VALUE: Final = ("value", "quality", "method", "reason", "sources")
COLUMNS: Final = (*OF_REGISTER, *OF_STAMP, *OF_VALUE)

DAY_FORMS: Final = {"iso": "%Y-%m-%d", "de": "%d.%m.%Y"}
CLOCK_FORMS: Final = {"iso": "%H:%M:%S", "de": "%H:%M"}
# quality -> its letter in a row per day
LETTERS: Final = {quality: quality.value[0] for quality in Quality}
_LONGEST_DAY: Final = DAY + HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(SeriesOptions):
    """How the file looks.

    profile       iso, full, excel-de, end-de, day-iso or day-de: sets what is not given below
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

    profile: Literal["iso", "full", "excel-de", "end-de", "day-iso", "day-de"] = "iso"
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
        known = OF_REGISTER if rows == "day" else COLUMNS
        for name in layout.columns.split(","):
            if name not in known:
                raise ConfigError("profile_csv.column", f"no column {name!r}; known: {', '.join(known)}")
        if rows == "day" and (self.values == "register" or self.length() in (None, DAY)):
            raise ConfigError("profile_csv.step", "a row per day is for intervals shorter than a day", field="rows")
        return layout


def header(layout: Layout, options: Options) -> list[str]:
    """Return the names of the columns."""
    columns = layout.columns.split(",")
    if layout.rows == "interval":
        return columns
    return [*columns, "date", "count", "quality", *(str(number + 1) for number in range(longest_day(options)))]


def longest_day(options: Options) -> int:
    """Return how many intervals the longest day has."""
    return _LONGEST_DAY // (options.length() or DAY)
