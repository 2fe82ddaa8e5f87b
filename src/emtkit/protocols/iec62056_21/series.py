"""Load profiles to `Series`: rows on a time grid, split intervals added, repeats left out, gaps marked.

Sources: VDEW-Lastenheft 2.1.2 (cut intervals, status word); VDE-AR-N 4400 (an interval is named by its end).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, Inexact
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from emtkit.model.decoded import Decoded
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.meter_id import MeterId
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.model.units import EXACT
from emtkit.protocols.iec62056_21.p1 import Buffer
from emtkit.protocols.iec62056_21.profiles import ProfileBlock
from emtkit.protocols.iec62056_21.registers import Register, is_number, register
from emtkit.protocols.iec62056_21.stamps import localize
from emtkit.protocols.iec62056_21.status import DOUBTFUL
from emtkit.protocols.iec62056_21.units import FINITE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Kind = Literal["register", "interval"]

MAX_GAP: Final = 40_000  # intervals; more than a year of quarter hours is a new series
LAYER: Final = "iec62056_21"
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_HOUR: Final = Decimal(3600)
_ELECTRICITY: Final = 1

# group D of electricity: time integral 1 counts up, 2 and 5 are the energy of the interval
_COUNTER: Final = 8
_INTERVAL_ENERGY: Final = 29
_AVERAGES: Final = frozenset({4, 5, 14, 15, 24, 25, 27, 28})
_ENERGY_OF: Final[dict[str, str]] = {"W": "Wh", "var": "varh", "VA": "VAh"}
_ADDED_UNITS: Final = frozenset({"Wh", "varh", "VAh", "J", "m3", "kg"})


class _Entry(NamedTuple):
    """One row's value: when its interval ended by the meter's clock, its status, and why it is in doubt, if it is."""

    end: datetime
    value: Decimal | None
    status: str
    doubt: str | None


@dataclass(slots=True)
class _Column:
    """All values of one channel, by the end of their interval on the grid."""

    register: Register
    step: timedelta
    entries: dict[datetime, list[_Entry]] = field(default_factory=dict)


class _Shape(NamedTuple):
    """How the values of a column become a series; `seconds` is the period if power (`register`) becomes energy."""

    obis: str
    unit: str
    kind: Kind
    step: timedelta
    added: bool
    seconds: int | None
    register: str | None = None


def profiles(
    source: Decoded | Iterable[Decoded],
    *,
    energy: bool = True,
    meter: MeterId | None = None,
    zone: str = "Europe/Berlin",
) -> list[Series]:
    """Return the load profiles of one or several results as series, one for each channel and period.

    Counters (1.8.0) become series of kind `register`, all else of kind `interval`. Rows of one interval that was cut
    by a power failure or a set clock are added; a row that was sent twice counts once. Average power (1.5.0 in kW)
    becomes the energy of the interval (1.29.0) unless `energy` is false or the quotient has no end; the unit says
    which it is. Intervals without a row are MISSING. Values with an error bit, or of a telegram with a wrong
    checksum, are PRELIMINARY with a reason.

    Args:
        source: a result of this protocol, or the results of one meter's partial blocks in order
        energy: turn average power into energy
        meter: whose profile it is, where the telegram does not say it
        zone: zone of the meter's days
    """
    results = [source] if isinstance(source, Decoded) else list(source)
    found = meter or next((result.meter for result in results if result.meter is not None), None) or MeterId(None, "")
    columns: dict[Any, _Column] = {}
    seen: set[Any] = set()
    made: list[Series] = []
    for result in results:
        damaged = any(check.ok is False for check in result.checks)
        for layer in result.layers:
            if isinstance(layer, ProfileBlock):
                _collect(layer, columns, seen, "wrong checksum" if damaged else None)
            elif isinstance(layer, Buffer):
                made += _buffer_series(layer, found, zone)
    for column in columns.values():
        made += _series(column, found, zone, energy=energy)
    return made


def load_profiles(decoded: Decoded) -> list[Series]:
    """Return the load profiles of one result; the maxima of past months (P1) are on no grid and stay readings."""
    if not any(isinstance(layer, ProfileBlock) for layer in decoded.layers):
        return []
    return [series for series in profiles(decoded) if series.step is not None]


def _collect(block: ProfileBlock, columns: dict[Any, _Column], seen: set[Any], doubt: str | None) -> None:
    heads = [(row.id, row.unit, block.period) for row in block.channels]
    doubt = doubt or next((text for flag, text in DOUBTFUL.items() if flag in block.flags), None)
    of_block = (block.id, block.status, *heads)
    for row in block.rows:
        key = (of_block, row)
        if row.end is None or key in seen:
            continue
        seen.add(key)
        at = _grid_end(row.end, block.period)
        for head, channel, value in zip(heads, block.channels, row.values, strict=False):
            column = columns.get(head)
            if column is None:
                column = columns[head] = _Column(channel, block.period)
            column.entries.setdefault(at, []).append(_Entry(row.end, value, block.status, doubt))


def _grid_end(end: datetime, step: timedelta) -> datetime:
    """Return the end of the interval in which a cut interval ended; ends on the grid stay as they are."""
    if step >= _DAY:
        return end
    over = (end - end.replace(hour=0, minute=0, second=0, microsecond=0)) % step
    return end if not over else end - over + step


def _shape(column: _Column, *, energy: bool) -> _Shape:
    row, code = column.register, column.register.code
    unit = row.unit or row.unknown or ""
    counter = code is not None and (code.a != _ELECTRICITY or code.d == _COUNTER) and row.unit in _ADDED_UNITS
    average = code is not None and code.a == _ELECTRICITY and code.d in _AVERAGES and unit in _ENERGY_OF
    shape = _Shape(
        row.obis or row.id,
        unit,
        "register" if counter else "interval",
        column.step,
        added=not counter and (row.unit in _ADDED_UNITS or average),
        seconds=None,
    )
    if energy and average and code is not None and _is_finite(column):
        obis = str(code._replace(d=_INTERVAL_ENERGY))
        seconds = column.step // _SECOND
        return shape._replace(obis=obis, unit=_ENERGY_OF[unit], seconds=seconds, register=shape.obis)
    return shape


def _is_finite(column: _Column) -> bool:
    """Return whether all values times the period are finite decimals in hours (15 min are, 10 min may not be)."""
    seconds = Decimal(column.step // _SECOND)
    try:
        for entries in column.entries.values():
            for entry in entries:
                if entry.value is not None:
                    FINITE.divide(FINITE.multiply(entry.value, seconds), _HOUR)
    except Inexact:
        return False
    return True


def _series(column: _Column, meter: MeterId, zone: str, *, energy: bool) -> Iterator[Series]:
    shape = _shape(column, energy=energy)

    def new() -> Series:
        series = Series(meter, shape.obis, shape.unit, shape.kind, shape.step, zone=zone, register=shape.register)
        if energy and shape.added and shape.unit in _ENERGY_OF:
            message = f"average power over {shape.step} is no finite energy: the series stays in {shape.unit}"
            series.diagnostics.append(
                Diagnostic(Severity.WARNING, "iec62056_21.series.power", LAYER, shape.obis, None, None, message)
            )
        return series

    series = new()
    previous: datetime | None = None
    for end in sorted(column.entries):
        if previous is not None:
            gap = round((end - previous) / shape.step) - 1
            if gap > MAX_GAP:
                yield series
                series = new()
            else:
                series.values += [_missing(previous, number, shape, zone) for number in range(1, gap + 1)]
        series.values.append(_value(column.entries[end], end, shape))
        previous = end
    yield series


def _value(entries: list[_Entry], end: datetime, shape: _Shape) -> SeriesValue:
    start = end if shape.kind == "register" else end - shape.step
    numbers = [entry.value for entry in entries if entry.value is not None]
    sources = tuple(entry.end for entry in entries)
    status = entries[-1].status or None
    reason = next((entry.doubt for entry in entries if entry.doubt is not None), None)
    if not numbers:
        return SeriesValue(start, end, None, Quality.MISSING, None, reason or "no value", sources, status)
    if len(numbers) < len(entries):
        reason = reason or "part of the interval is missing"
    value = numbers[-1]
    if shape.added:
        for number in numbers[:-1]:
            value = EXACT.add(value, number)
    if shape.seconds is not None:
        value = EXACT.divide(EXACT.multiply(value, shape.seconds), _HOUR)
    quality = Quality.TRUE if reason is None else Quality.PRELIMINARY
    return SeriesValue(start, end, value, quality, None, reason, sources, status)


def _missing(previous: datetime, number: int, shape: _Shape, zone: str) -> SeriesValue:
    end = previous + number * shape.step
    if shape.step >= _DAY:
        # days have 23 to 25 hours: go on by the calendar
        end = localize(end.replace(tzinfo=None), "", ZoneInfo(zone))
    start = end if shape.kind == "register" else end - shape.step
    return SeriesValue(start, end, None, Quality.MISSING, None, "gap")


def _buffer_series(buffer: Buffer, meter: MeterId, zone: str) -> Iterator[Series]:
    """Return the maxima of the last months (98.1.0): each at its capture time, with the moment of the maximum."""
    if not buffer.captured or not buffer.rows or any(len(row.stamps) < 2 for row in buffer.rows):
        return
    series: Series | None = None
    for entry in buffer.rows:
        text, _, unit = entry.values[-1][1].partition("*") if entry.values else ("", "", "")
        row, at, moment = register(buffer.captured[-1], unit), entry.stamps[0].moment, entry.stamps[-1].moment
        if at is None or not is_number(text) or row.exponent is None:
            continue
        series = series or Series(meter, row.obis or row.id, row.unit or unit, "register", None, zone=zone)
        value = Decimal(text + row.exponent)
        series.values.append(SeriesValue(at, at, value, sources=() if moment is None else (moment,)))
    if series is not None:
        yield series
