"""Load profiles to CSV: a row per interval, or a row per day."""

from __future__ import annotations

from datetime import UTC
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO, Final

from emtkit.export.from_capture import Register, registers
from emtkit.export.grid import DAY, zone_of
from emtkit.export.profile_csv.layout import CLOCK_FORMS, DAY_FORMS, LETTERS, Layout, Options, header, longest_day
from emtkit.export.registry import Report, Written
from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo
    from decimal import Decimal

    from emtkit.model.decoded import Decoded
    from emtkit.model.series import SeriesValue
    from emtkit.points import Points

_LINE_ENDS: Final = {"lf": "\n", "crlf": "\r\n"}


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
        out.write(_row(header(layout, options), layout))
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
            "date": at.strftime(DAY_FORMS[layout.stamps]),
            "clock": at.strftime(CLOCK_FORMS[layout.stamps]),
            "begin": _stamp(begin, layout),
            "end": _stamp(end, layout),
            "value": _number_text(value.value, layout),
            "quality": value.quality.value,
            "method": value.method or "",
            "reason": value.reason or "",
            "sources": " ".join(moment.astimezone(UTC).isoformat() for moment in value.sources),
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
    zone, most = zone_of(options.zone), longest_day(options)
    grid = options.plan().grid._replace(step=DAY)

    def day_of(value: SeriesValue) -> datetime:
        return grid.around(value.start)[0]

    for day, members in groupby(register.series.values, day_of):
        values = list(members)
        if grid.around(values[-1].end)[0] == day or values[0].start != day:
            raise EncodeError("profile_csv.half_day", f"{register}: {day.astimezone(zone).date()} is no whole day")
        yield [
            *before,
            day.astimezone(zone).strftime(DAY_FORMS[layout.stamps]),
            str(len(values)),
            "".join(LETTERS[value.quality] for value in values),
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
