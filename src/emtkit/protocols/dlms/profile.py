"""Profile generic: the buffer of a load profile or logbook as rows, readings and series.

Meters leave out what has not changed: a null clock cell is the time before plus the capture period, a null
value is the value before. Rows keep the order in which they were captured; nothing is keyed by time, because
a clock that is set back repeats times.

Source: Blue Book part 2, 4.3.6; DSMR P3 companion standard, 5.5 (null compression).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.protocols.dlms import axdr
from emtkit.protocols.dlms.apdu_parts import ENTRY, RANGE, SelectiveAccess
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.classes.metering import (
    CAPTURE_OBJECT,
    DEMAND_REGISTER,
    EXTENDED_REGISTER,
    SORT_FIFO,
    SORT_LIFO,
    CaptureObject,
)
from emtkit.protocols.dlms.classes.schedule import CLOCK
from emtkit.protocols.dlms.cosem_time import CosemTime, read_date_time
from emtkit.protocols.dlms.readings import SCALED, Moment, in_unit, make_reading, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from emtkit.model.decoded import Decoded
    from emtkit.model.meter_id import MeterId
    from emtkit.model.obis import Obis
    from emtkit.model.reading import Reading
    from emtkit.protocols.dlms.classes.metering import ScalerUnit
    from emtkit.protocols.dlms.readings import Source

_TIME_ATTRIBUTE: Final = 2
# class -> attribute with the capture time of its value (extended and demand registers)
_CAPTURE_TIMES: Final[dict[int, int]] = {EXTENDED_REGISTER: 5, DEMAND_REGISTER: 6}
_STATUS_GROUP: Final = (96, 10)  # 0-b:96.10.e: profile status

# AMR profile status, 0-0:96.10.1 to .9 (IDIS package 2, 5.6.1; DSMR P3, 5.5.3).
PROFILE_STATUS: Final[dict[int, str]] = {
    0x01: "critical_error",
    0x02: "clock_invalid",
    0x04: "data_not_valid",
    0x08: "daylight_saving",
    0x20: "clock_adjusted",
    0x80: "power_down",
}
_UNSURE: Final = 0x01 | 0x02 | 0x04


class ProfileRow(NamedTuple):
    """One row.

    time     of the clock column, resolved; None when the profile has none or it cannot be resolved
    clock    the clock cell as sent (None where it was left out)
    status   the profile status of the row, raw, or None
    cells    the values, one for each column, with unchanged ones filled in
    """

    time: datetime | None
    clock: CosemTime | None
    status: int | None
    cells: tuple[Data, ...]


class Profile(NamedTuple):
    """A profile that was read.

    columns       the capture objects
    period        capture period in seconds, 0 when unknown or not periodic
    units         scaler and unit of each logical name, as far as known
    """

    columns: tuple[CaptureObject, ...]
    rows: tuple[ProfileRow, ...]
    period: int
    units: Mapping[Obis, ScalerUnit]

    def readings(self, source: Source) -> list[Reading]:
        """Return a reading for each value.

        Clock, status and capture times of a row get no readings of their own: they qualify the values.
        """
        found = []
        times = {
            column.logical_name: at
            for at, column in enumerate(self.columns)
            if _CAPTURE_TIMES.get(column.class_id) == column.attribute
        }
        plain = [
            (at, column, self.units.get(column.logical_name) if _is_scaled(column) else None)
            for at, column in enumerate(self.columns)
            if not (_is_clock(column) or _is_status(column) or at in times.values())
        ]
        for row in self.rows:
            moment = Moment(row.time, "device" if row.time is not None else None)
            status = None if row.status is None else f"{row.status:02x}"
            for at, column, unit in plain:
                own = times.get(column.logical_name)
                captured = None if own is None else _clock(row.cells[own], None, 0, source)[1]
                found.append(
                    make_reading(
                        source,
                        row.cells[at],
                        obis=column.logical_name,
                        class_id=column.class_id,
                        attribute=column.attribute,
                        scaler_unit=unit,
                        moment=moment if captured is None else Moment(captured, "device"),
                        status=status,
                    )
                )
        return found

    def series(self, meter: MeterId, zone: str = "Europe/Berlin") -> list[Series]:
        """Return one series for each numeric column with a unit; rows without a time have no place in it.

        Registers (group D = 8 and the like) hold at their stamp; interval values cover the capture period
        before it. Values whose row status says "not valid", "clock invalid" or "critical error" are preliminary.
        """
        found = []
        step = timedelta(seconds=self.period) if self.period else None
        for at, column in enumerate(self.columns):
            unit = self.units.get(column.logical_name)
            if unit is None or not _is_scaled(column):
                continue
            kind: Any = "interval" if column.logical_name.d in _INTERVAL_D and step else "register"
            values = [
                _series_value(row, at, unit, step if kind == "interval" else None)
                for row in self.rows
                if row.time is not None
            ]
            symbol = in_unit(Decimal(0), unit).unit or ""
            found.append(Series(meter, str(column.logical_name), symbol, kind, step, values, zone))
        return found


def load_profiles(decoded: Decoded) -> list[Series]:
    """Return the series of all buffers that were read; without a capture period there is no grid, only readings."""
    found = []
    for layer in decoded.layers:
        if isinstance(layer, Profile) and layer.period and decoded.meter is not None:
            found += [series for series in layer.series(decoded.meter) if series.values]
    return found


# Electricity, group D: averages and advances of a measuring period. 8 and 10 count up.
_INTERVAL_D: Final = frozenset((4, 5, 9, 14, 15, 19, 24, 25, 27, 28, 29, 30))


def _series_value(row: ProfileRow, at: int, unit: ScalerUnit, width: timedelta | None) -> SeriesValue:
    end = row.time
    assert end is not None  # noqa: S101 - the caller chose rows with a time
    cell = row.cells[at]
    raw = number(cell.value) if cell.tag in axdr.NUMBERS else None
    value = None if raw is None else in_unit(raw, unit).value
    # in UTC, because a difference of local times would skip or repeat the hour of the change
    start = end if width is None else (end.astimezone(UTC) - width).astimezone(end.tzinfo)
    status = None if row.status is None else f"{row.status:02x}"
    if value is None:
        return SeriesValue(start, end, None, Quality.MISSING, None, "no value", status=status)
    if row.status is not None and row.status & _UNSURE:
        reason = ",".join(status_names(row.status))
        return SeriesValue(start, end, value, Quality.PRELIMINARY, None, reason, status=status)
    return SeriesValue(start, end, value, status=status)


def status_names(status: int) -> tuple[str, ...]:
    """Return the names of the bits of an AMR profile status; reserved bits as `bit_4`."""
    return tuple(
        PROFILE_STATUS.get(1 << bit) or f"bit_{bit}" for bit in range(status.bit_length()) if status >> bit & 1
    )


def read_profile(
    buffer: Data,
    columns: Sequence[CaptureObject],
    source: Source,
    *,
    period: int = 0,
    sort_method: int = SORT_FIFO,
    units: Mapping[Obis, ScalerUnit] | None = None,
    deltas: bool = False,
    report: Callable[[str, str, Data | None], None] | None = None,
) -> Profile:
    """Read the buffer of a profile: an array of rows, plain or compact.

    period        capture period in seconds: fills in clock cells that were left out
    sort_method   1 FIFO, 2 LIFO (times go down), others: clock cells are not filled in
    deltas        cells of a delta type are added to the cell before
    report        takes (code, message, data) of what could not be filled in: `dlms.profile.columns`,
                  `dlms.profile.no_time`, `dlms.profile.no_value`
    """
    say = report or (lambda _code, _message, _data: None)
    clock_at = next((at for at, column in enumerate(columns) if _is_clock(column)), None)
    status_at = next((at for at, column in enumerate(columns) if _is_status(column)), None)
    step = {SORT_FIFO: period, SORT_LIFO: -period}.get(sort_method, 0)
    rows: list[ProfileRow] = []
    before: tuple[Data, ...] | None = None
    time: datetime | None = None
    for row in buffer.elements:
        cells = row.elements
        if len(cells) != len(columns):
            say("dlms.profile.columns", f"a row of {len(cells)} values, {len(columns)} columns", row)
            continue
        clock: CosemTime | None = None
        if clock_at is not None:
            clock, time = _clock(cells[clock_at], time, step, source)
            if time is None:
                say("dlms.profile.no_time", "the time of a row is unknown", row)
        cells = _filled(cells, before, clock_at, deltas=deltas)
        if any(cell.tag == axdr.NULL and at != clock_at for at, cell in enumerate(cells)):
            say("dlms.profile.no_value", "a value is left out, and there is none before it", row)
        status = cells[status_at].value if status_at is not None else None
        rows.append(ProfileRow(time, clock, status if isinstance(status, int) else None, cells))
        before = cells
    return Profile(tuple(columns), tuple(rows), period, units or {})


def _clock(cell: Data, before: datetime | None, step: int, source: Source) -> tuple[CosemTime | None, datetime | None]:
    if cell.tag in (axdr.OCTET_STRING, axdr.DATE_TIME) and len(cell.value) == 12:
        clock = read_date_time(cell.value)
        return clock, source.resolve(clock)
    if cell.tag == axdr.NULL and before is not None and step:
        # in UTC, because a sum in local time would skip or repeat the hour of the change
        return None, (before.astimezone(UTC) + timedelta(seconds=step)).astimezone(before.tzinfo)
    return None, None


def _filled(
    cells: tuple[Data, ...], before: tuple[Data, ...] | None, clock_at: int | None, *, deltas: bool
) -> tuple[Data, ...]:
    """Return the cells with left-out values filled in from the row before."""
    plain = all(cell.tag != axdr.NULL for cell in cells) and not deltas
    if before is None or plain:
        return cells
    found = []
    for at, (cell, last) in enumerate(zip(cells, before, strict=True)):
        if cell.tag == axdr.NULL and at != clock_at:
            found.append(last._replace(start=cell.start, end=cell.end))
        elif deltas and cell.tag in axdr.DELTAS and isinstance(last.value, int):
            found.append(Data(last.tag, last.value + cell.value, cell.start, cell.end))
        else:
            found.append(cell)
    return tuple(found)


def _is_clock(column: CaptureObject) -> bool:
    return column.class_id == CLOCK and column.attribute == _TIME_ATTRIBUTE


def _is_status(column: CaptureObject) -> bool:
    return column.logical_name[2:4] == _STATUS_GROUP and column.attribute == _TIME_ATTRIBUTE


def _is_scaled(column: CaptureObject) -> bool:
    return (column.class_id, column.attribute) in SCALED and column.data_index == 0


def build_buffer(rows: Sequence[Sequence[Data]]) -> Data:
    """Return the buffer of these rows."""
    return axdr.array(*(axdr.structure(*cells) for cells in rows))


def compress(rows: Sequence[Sequence[Data]], columns: Sequence[CaptureObject], period: int) -> list[list[Data]]:
    """Return the rows with what a reader fills in left out: unchanged values, and times one period apart.

    Only clock cells that follow the one before by exactly `period` (with the same deviation and status) go.
    """
    null = Data(axdr.NULL, None)
    found: list[list[Data]] = []
    before: Sequence[Data] | None = None
    for row in rows:
        cells = list(row)
        for at, column in enumerate(columns):
            if before is None:
                continue
            if _is_clock(column):
                if _follows(before[at], row[at], period):
                    cells[at] = null
            elif row[at].same(before[at]):
                cells[at] = null
        found.append(cells)
        before = row
    return found


def _follows(before: Data, now: Data, period: int) -> bool:
    if not period:
        return False
    first, second = read_date_time(before.value), read_date_time(now.value)
    if first[7:] != second[7:]:
        return False
    try:
        gap = datetime(*_whole(second)) - datetime(*_whole(first))  # noqa: DTZ001 - both have the same deviation
    except ValueError:
        return False
    return gap == timedelta(seconds=period)


def _whole(moment: CosemTime) -> tuple[int, int, int, int, int, int]:
    return moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second


def by_range(
    restricting: CaptureObject, first: Data, last: Data, columns: Sequence[CaptureObject] = ()
) -> SelectiveAccess:
    """Return the selection of rows by value. `restricting` is the sort object as the meter captures it.

    Bounds of a clock column are octet strings of 12 octets; no columns means all of them.
    """
    chosen = axdr.array(*(CAPTURE_OBJECT.write(column) for column in columns))
    return SelectiveAccess(RANGE, axdr.structure(CAPTURE_OBJECT.write(restricting), first, last, chosen))


def by_entry(first: int = 1, last: int = 0, first_column: int = 1, last_column: int = 0) -> SelectiveAccess:
    """Return the selection of rows by number, from 1; 0 as the last is the end."""
    return SelectiveAccess(
        ENTRY,
        axdr.structure(
            Data(axdr.DOUBLE_LONG_UNSIGNED, first),
            Data(axdr.DOUBLE_LONG_UNSIGNED, last),
            Data(axdr.LONG_UNSIGNED, first_column),
            Data(axdr.LONG_UNSIGNED, last_column),
        ),
    )
