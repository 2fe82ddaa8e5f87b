"""LPEX V2.0 as observed (`lpex`): load profiles for reading systems, one line per register and day. Experimental.

There is no public specification: the form is that of two independent public writers. What they leave open is an
option without a default or is refused: whether the time is the begin or the end of the first interval, and what a
status other than 0 means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, NamedTuple

from emtkit.export.from_capture import Register, SeriesOptions, registers
from emtkit.export.grid import DAY, HOUR, QUARTER_HOUR, Grid, zone_of
from emtkit.export.registry import Report, Written
from emtkit.model.errors import ConfigError, DecodeError, EncodeError
from emtkit.model.series import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from emtkit.model.decoded import Decoded
    from emtkit.model.series import SeriesValue
    from emtkit.points import Points

NAME: Final = "lpex"
SUFFIX: Final = ".lpex"
TITLE: Final = "LPEX V2.0 as observed (experimental): one line per register and day"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = True

VERSION: Final = "LPEX V2.0"
COLUMNS: Final = (
    *("Datum", "Zeit", "Kundennummer", "Kundenname", "eindeutigeKDNr", "GEId", "GEKANr", "KALINr", "Linie"),
    *("eindeutigeLINr", "ZPB", "Kennzahl", "Einheit", "Wandlerfaktor", "MPDauer", "Werte"),
)
WIDTH: Final = 192  # cells of the header line; lines of values are longer
_BEFORE: Final = len(COLUMNS) - 1
_FINE: Final = "0"
_STATUS: Final = re.compile(r"0|[0-9A-Fa-f]{5}\Z")
_NUMBER: Final = re.compile(r"-?\d{1,200}(?:[.,]\d{1,200})?\Z", re.ASCII)
_STEPS: Final = {"15": QUARTER_HOUR, "60": HOUR}
_MAX_PAIRS: Final = 100 * 366

Stamp = Literal["begin", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(SeriesOptions):
    """What the public writers leave open.

    stamp         the time of a line is the `begin` or the `end` of its first interval; no default: ask the receiver
    decimal_mark  `,` or `.`
    """

    stamp: Stamp | None = None
    decimal_mark: Literal[".", ","] = ","
    units: str = "kWh,kvarh"


class Line(NamedTuple):
    """One line: a register, and its values from a moment on.

    begin    of the first interval, in UTC
    step     15 or 60 minutes (MPDauer)
    values   None for a missing value
    status   of each value: `0`, or five hex digits whose meaning is not public
    cells    the cells before the values, by their column
    """

    begin: datetime
    step: timedelta
    values: tuple[Decimal | None, ...]
    status: tuple[str, ...]
    cells: dict[str, str]


def write(
    decoded: Iterable[Decoded], out: BinaryIO, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write the load profiles that the points ask for.

    Values are the meter's, without the transformer ratio: that has a column of its own, filled where the point says it.
    Raises ConfigError `lpex.stamp`, `lpex.step`.
    """
    options = options or Options()
    if options.stamp is None:
        raise ConfigError(
            "lpex.stamp", "say whether a line's time is the begin or the end of its first interval", field="stamp"
        )
    if options.values != "interval" or options.length() not in _STEPS.values():
        raise ConfigError("lpex.step", "LPEX has intervals of 15 or 60 minutes", field="step")
    report, written = Report(), 0
    header = [*COLUMNS, *[""] * (WIDTH - len(COLUMNS))]
    out.write(f"{VERSION}\r\n{';'.join(header)}\r\n".encode("ascii"))
    for register in registers(decoded, points, options, report, with_ratio=False):
        try:
            lines = [_text(register, values, options) for values in _days(register, zone_of(options.zone))]
            data = "".join(lines).encode("latin-1")
        except EncodeError as error:
            report.refuse(str(register), error)
        except UnicodeEncodeError:
            report.refuse(str(register), EncodeError("lpex.text", "a character that ISO 8859-1 does not have"))
        else:
            out.write(data)
            written += len(lines)
    report.written.append(Written(None, "lines", written))
    return report


def _days(register: Register, zone: ZoneInfo) -> Iterator[Sequence[SeriesValue]]:
    grid = Grid(DAY, zone)
    for _, members in groupby(register.series.values, lambda value: grid.around(value.start)[0]):
        yield list(members)


def _text(register: Register, values: Sequence[SeriesValue], options: Options) -> str:
    point, series = register.point, register.series
    messlokation = None if point is None else point.messlokation
    if messlokation is None:
        raise EncodeError("lpex.location", f"{register}: LPEX names the Messlokation (ZPB), the point has none")
    first = values[0].start if options.stamp == "begin" else values[0].end
    local = first.astimezone(zone_of(options.zone))
    if local.fold:
        raise EncodeError("lpex.ambiguous", f"{register}: {local} comes twice on that day, and LPEX has no offset")
    ratio = None if point is None else point.ratio
    cells = {
        "Datum": local.strftime("%d.%m.%y"),
        "Zeit": local.strftime("%H:%M:%S"),
        "GEId": register.device,
        "ZPB": messlokation,
        "Kennzahl": register.obis.partition("*")[0],
        "Einheit": series.unit,
        "Wandlerfaktor": "" if ratio is None else _number(ratio, options),
        "MPDauer": str(options.step),
    }
    texts = [cells.get(name, "") for name in COLUMNS[:_BEFORE]]
    for value in values:
        if value.quality not in (Quality.TRUE, Quality.MISSING):
            raise EncodeError(
                "lpex.quality", f"{register}: how LPEX marks a {value.quality} value is not public ({value.end})"
            )
        texts += ["" if value.value is None else _number(value.value, options), _FINE]
    if any(set(text) & set(";\r\n") for text in texts):
        raise EncodeError("lpex.text", f"{register}: a cell holds a semicolon or a line end, LPEX has no quotes")
    return ";".join(texts) + "\r\n"


def _number(value: Decimal, options: Options) -> str:
    return format(value, "f").replace(".", options.decimal_mark)


def read_lines(stream: BinaryIO, stamp: Stamp, zone: str = "Europe/Berlin") -> Iterator[Line]:
    """Read an LPEX file, line by line; a number may have a decimal comma or point.

    stamp  whether a line's time is the begin or the end of its first interval: the file does not say it
    A local time that comes twice is the earlier one. Columns are found by their names.
    Raises DecodeError `lpex.syntax`, `lpex.time`, `lpex.value`; ConfigError `series.zone`.
    """
    clock = zone_of(zone)
    names: list[str] = []
    for number, data in enumerate(stream, 1):
        text = data.decode("latin-1").rstrip("\r\n")
        if number == 1 and text.rstrip("; ") != VERSION:
            raise DecodeError("lpex.syntax", f"the first line is not {VERSION}")
        if number == 2:
            names = _names(text)
        elif number > 2 and text.strip("; "):
            yield _line(text.split(";"), names, number, stamp, clock)
    if not names:
        raise DecodeError("lpex.syntax", "the file ends before the line with the column names")


def _names(text: str) -> list[str]:
    names = text.rstrip(";").split(";")
    if names[-1] != "Werte" or not {"Datum", "Zeit", "MPDauer"} <= set(names):
        raise DecodeError("lpex.syntax", "line 2 has no columns Datum, Zeit and MPDauer, or does not end with Werte")
    return names[:-1]


def _line(cells: list[str], names: list[str], number: int, stamp: Stamp, zone: ZoneInfo) -> Line:
    named = dict(zip(names, cells, strict=False))
    step = _STEPS.get(named.get("MPDauer", ""))
    if step is None:
        raise DecodeError("lpex.syntax", f"line {number}: MPDauer is 15 or 60, not {named.get('MPDauer')!r}")
    try:
        moment = datetime.strptime(f"{named['Datum']} {named['Zeit']}", "%d.%m.%y %H:%M:%S").replace(tzinfo=zone)
        begin = moment.astimezone(UTC) - (step if stamp == "end" else timedelta(0))
    except (ValueError, OverflowError):
        raise DecodeError("lpex.time", f"line {number}: no date and time: {named['Datum']} {named['Zeit']}") from None
    pairs = cells[len(names) :]
    while pairs and not pairs[-1]:  # padding to the width of the header
        pairs.pop()
    if len(pairs) % 2 or not pairs or len(pairs) > 2 * _MAX_PAIRS:
        raise DecodeError("lpex.syntax", f"line {number}: {len(pairs)} cells are no pairs of value and status")
    values = tuple(_value(text, number) for text in pairs[::2])
    status = tuple(pairs[1::2])
    for text in status:
        if _STATUS.match(text) is None:
            raise DecodeError("lpex.value", f"line {number}: a status is 0 or five hex digits, not {text!r}")
    return Line(begin, step, values, status, named)


def _value(text: str, number: int) -> Decimal | None:
    if not text:
        return None
    if _NUMBER.match(text) is None:
        raise DecodeError("lpex.value", f"line {number}: {text!r} is no number")
    return Decimal(text.replace(",", "."))
