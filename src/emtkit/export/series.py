"""Readings to series: which reading stands for a mark, what the intervals are, and what is missing.

The value of a mark is the reading nearest to it, at most `tolerance` away; of two that are equally near the
earlier one, of two with the same stamp the one that came first. An interval is the exact difference of the
register at its two marks. Nothing is made up: a mark without a reading is MISSING, a register that ran
backwards gives no interval, and substitutes are made on request only and say so.

A load profile that a meter made itself (`protocols.registry.series_of`) goes in value by value, each with its own
quality, reason and status: nothing is computed anew.

A builder keeps one value per mark, and of those between two marks the first and the last: interpolation draws its lines
from them.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.advance import DOUBTS, GAP, METER_FAULT, REGISTER_DECREASED, interpolate, interval
from emtkit.export.grid import BERLIN, DAY, FIRST_YEAR, HOUR, LAST_YEAR, QUARTER_HOUR, Grid, zone_of
from emtkit.export.soundness import is_sound
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError, EncodeError
from emtkit.model.obis import Obis
from emtkit.model.series import Quality, Series, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading

Substitutes = Literal["interpolation"]

# How near to a mark a reading has to be. Ours: no rule of the market gives a figure for readings that come by radio.
PROFILE_TOLERANCE: Final = timedelta(seconds=30)
DAILY_TOLERANCE: Final = timedelta(minutes=15)

# IEC 62056-61, group D: 29 is time integral 5, the energy of one load profile interval.
_INTERVAL_GROUP: Final = 29
_TICK: Final = timedelta(microseconds=1)


class Candidate(NamedTuple):
    """What stands for a mark so far. The lowest (doubt, distance, late) wins.

    doubt   0 for a true value, more for what is less worth (a load profile that was read twice)
    value   its `end` is the meter's or receiver's stamp, not yet the mark
    """

    doubt: int
    distance: timedelta
    late: bool
    value: SeriesValue


class SeriesBuilder:
    """Builds the series of one register. Feed it readings in any order, then ask for the series.

    kind  `register`: readings of a counter; `interval`: the meter sends a load profile itself, each reading is the
          advance of the interval that ends at its time
    """

    __slots__ = (
        "_beside",
        "_conflicts",
        "_faulty",
        "_marks",
        "_refused",
        "grid",
        "kind",
        "meter",
        "obis",
        "tolerance",
        "unit",
    )

    def __init__(
        self,
        meter: MeterId,
        obis: str,
        unit: str,
        *,
        grid: Grid,
        tolerance: timedelta,
        kind: Literal["register", "interval"] = "register",
    ) -> None:
        """Start without readings. Raises ConfigError `series.step` or `series.tolerance`."""
        self.meter = meter
        self.obis = obis
        self.unit = unit
        self.grid = grid.check()
        self.kind = kind
        self.tolerance = check_tolerance(tolerance, grid)
        self._marks: dict[datetime, Candidate] = {}
        self._beside: dict[datetime, tuple[SeriesValue, SeriesValue]] = {}
        self._faulty: set[datetime] = set()
        self._conflicts: set[datetime] = set()
        self._refused: Counter[str] = Counter()

    def __str__(self) -> str:
        """Name the register: `1EMH0012345678 1-0:1.8.0*255`."""
        return f"{self.meter.identifier or self.meter.id} {self.obis}"

    def is_of(self, meter: MeterId, reading: Reading) -> bool:
        """Return whether this reading is of this builder's register."""
        return meter == self.meter and register_of(reading) == self.obis

    def add(self, reading: Reading, status: Sequence[str] = (), protocol: str | None = None) -> None:
        """Take one reading; `status` is what its frame says of the meter, `protocol` whose words the statuses are.

        Readings that cannot stand for a mark are counted and reported with the series.
        """
        moment, value = reading.time, reading.value
        if not isinstance(moment, datetime) or moment.utcoffset() is None:
            self._refused["series.reading.no_time"] += 1
        elif not FIRST_YEAR < moment.year < LAST_YEAR:
            self._refused["series.reading.wrong_time"] += 1
        elif not isinstance(value, Decimal) or not value.is_finite():
            self._refused["series.reading.no_value"] += 1
        elif (reading.unit or "") != self.unit:
            self._refused["series.reading.unit"] += 1
        else:
            moment = moment.astimezone(UTC)
            mark = self.grid.nearest(moment)
            distance = abs(moment - mark)
            if not is_sound(reading.status, status, protocol):
                if distance <= self.tolerance:
                    self._faulty.add(mark)
                    self._refused["series.reading.status"] += 1
                return
            found = SeriesValue(moment, moment, value, sources=(moment,), status=reading.status)
            if distance > self.tolerance:
                self._keep_beside(found)
            else:
                self._offer(mark, Candidate(0, distance, moment > mark, found))

    def fits(self, series: Series) -> bool:
        """Return whether this ready series is of this builder's register."""
        return (series.meter, series.obis) == (self.meter, self.obis)

    def take(self, series: Series) -> None:
        """Take a series that the meter made itself: every value as it is, with quality, reason and status.

        Values that are on no mark, or whose interval is not one of the grid, are counted and reported.
        """
        if series.kind != self.kind:
            self._refused["series.reading.interval"] += len(series.values)
        elif series.unit != self.unit:
            self._refused["series.reading.unit"] += len(series.values)
        else:
            for value in series.values:
                self._take(value)

    def _take(self, value: SeriesValue) -> None:
        moment = value.end.astimezone(UTC)
        if not FIRST_YEAR < moment.year < LAST_YEAR:
            self._refused["series.reading.wrong_time"] += 1
            return
        mark = self.grid.nearest(moment)
        distance = abs(moment - mark)
        if self.kind == "interval":
            length = moment - value.start.astimezone(UTC)
            if distance > self.tolerance or length != mark - self.grid.around(mark - _TICK)[0]:
                self._refused["series.reading.interval"] += 1
                return
        elif distance > self.tolerance:
            if value.quality is Quality.TRUE and value.value is not None:
                self._keep_beside(value._replace(start=moment, end=moment, sources=value.sources or (moment,)))
            return
        if self.kind == "register" and not value.sources and value.value is not None:
            value = value._replace(sources=(moment,))
        self._offer(mark, Candidate(DOUBTS[value.quality], distance, moment > mark, value))

    def _keep_beside(self, value: SeriesValue) -> None:
        """Keep a register that was read between two marks if it is the first after the one or last before the other.

        Only interpolation asks for them.
        """
        if self.kind == "interval":
            return
        low = self.grid.around(value.end)[0]
        held = self._beside.get(low)
        self._beside[low] = (
            value if held is None or value.end < held[0].end else held[0],
            value if held is None or value.end > held[1].end else held[1],
        )

    def _offer(self, mark: datetime, candidate: Candidate) -> None:
        held = self._marks.get(mark)
        if held is None or candidate[:3] < held[:3]:
            self._marks[mark] = candidate
            self._conflicts.discard(mark)
        elif candidate[:3] == held[:3] and candidate.value.value != held.value.value:
            self._conflicts.add(mark)

    def registers(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        substitutes: Substitutes | None = None,
        rollover: Decimal | None = None,
    ) -> Series:
        """Return the register at every mark from `start` to `end`, both included.

        Without `start` and `end`: the whole days that have a reading at a mark.
        Raises EncodeError `series.no_marks` or `series.not_a_register`, ConfigError `series.range`.
        """
        if self.kind == "interval":
            raise EncodeError(
                "series.not_a_register", f"{self.obis} is a load profile: it has no register readings", field=str(self)
            )
        if substitutes != "interpolation":
            return self._series("register", self._at_marks(start, end))
        beside = [value for pair in self._beside.values() for value in dict.fromkeys(pair)]
        values = interpolate(self._at_marks(start, end, beside), rollover, beside)
        return self._series("register", values)

    def intervals(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        substitutes: Substitutes | None = None,
        rollover: Decimal | None = None,
    ) -> Series:
        """Return the advance of every interval from `start` to `end`.

        rollover  width of the register, in its unit: at this value it counts from 0 again. Without it a register that
                  is lower than before gives no interval.
        Raises as `registers` does.
        """
        if self.kind == "interval":
            return self._series("interval", self._as_sent(start, end))
        values = self.registers(start=start, end=end, substitutes=substitutes, rollover=rollover).values
        if len(values) == 1:
            raise EncodeError(
                "series.no_marks", "an interval needs readings at two marks, there is one", field=str(self)
            )
        intervals = [interval(low, high, rollover) for low, high in pairwise(values)]
        series = self._series("interval", intervals)
        decreases = [value for value in intervals if value.reason == REGISTER_DECREASED]
        if decreases:
            series.diagnostics.append(
                self._finding(
                    Severity.WARNING,
                    "series.register_decreased",
                    f"the register is lower at {decreases[0].end.isoformat()} than before "
                    f"({len(decreases)} interval{_s(len(decreases))} missing for this): meter exchanged or reset, "
                    "or rolled over and no width given",
                )
            )
        return series

    def _at_marks(
        self, start: datetime | None, end: datetime | None, beside: Sequence[SeriesValue] = ()
    ) -> list[SeriesValue]:
        """Return what was read at each mark, MISSING where nothing was."""
        return [self._value(mark, mark) for mark in self._range(start, end, beside)]

    def _as_sent(self, start: datetime | None, end: datetime | None) -> list[SeriesValue]:
        """Return the meter's own intervals; a reading belongs to the interval that ends at its time."""
        return [self._value(low, high) for low, high in pairwise(self._range(start, end))]

    def _value(self, start: datetime, mark: datetime) -> SeriesValue:
        candidate = self._marks.get(mark)
        if candidate is None:
            reason = METER_FAULT if mark in self._faulty else GAP
            return SeriesValue(start, mark, None, Quality.MISSING, reason=reason)
        return candidate.value._replace(start=start, end=mark)

    def _range(
        self, start: datetime | None, end: datetime | None, beside: Sequence[SeriesValue] = ()
    ) -> list[datetime]:
        """Return the marks of the series: as asked for, else those of the whole days that have a reading."""
        if start is None or end is None:
            moments = [*self._marks, *(value.end for value in beside)]
            if not moments:
                raise EncodeError(
                    "series.no_marks",
                    f"no reading within {self.tolerance // timedelta(seconds=1)} s of a mark"
                    + "".join(f"; {count} with {_REFUSED[code]}" for code, count in self._refused.items())
                    + ("; those between the marks are for interpolation" if self._beside else ""),
                    field=str(self),
                )
            first, last = min(moments), max(moments)
            if self.kind == "interval":  # its first interval begins one mark earlier
                first = self.grid.around(first - _TICK)[0]
            days = self.grid.days(first, last)
            start, end = start or days[0], end or days[1]
            if start == end:  # a single register reading at a day's boundary
                return [start]
        return self.grid.marks(start, end)

    def _series(self, kind: Literal["register", "interval"], values: list[SeriesValue]) -> Series:
        findings = [
            self._finding(Severity.WARNING, code, f"{count} reading{_s(count)} left out: {_REFUSED[code]}")
            for code, count in self._refused.items()
        ]
        if self._conflicts:
            findings.append(
                self._finding(
                    Severity.WARNING,
                    "series.reading.conflict",
                    f"{len(self._conflicts)} mark{_s(len(self._conflicts))} with two values of the same time, the "
                    f"first was taken ({min(self._conflicts).isoformat()} is the first such mark)",
                )
            )
        missing = sum(value.quality is Quality.MISSING for value in values)
        if missing:
            findings.append(
                self._finding(Severity.WARNING, "series.gap", f"{missing} of {len(values)} values are missing")
            )
        return Series(
            self.meter, self.obis, self.unit, kind, self.grid.step, values, self.grid.zone.key, diagnostics=findings
        )

    def _finding(self, severity: Severity, code: str, message: str) -> Diagnostic:
        return Diagnostic(severity, code, "series", str(self), None, None, message)


# code of a refused reading -> what was wrong with it
_REFUSED: Final[dict[str, str]] = {
    "series.reading.no_time": "no time of day",
    "series.reading.wrong_time": "an impossible year",
    "series.reading.no_value": "no number",
    "series.reading.unit": "another unit",
    "series.reading.status": "a status that says the value is faulty",
    "series.reading.interval": "an interval that is none of the series",
}


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def check_tolerance(tolerance: timedelta, grid: Grid) -> timedelta:
    """Return the tolerance when no reading can stand for two marks. Raises ConfigError `series.tolerance`."""
    step = grid.step or DAY
    step -= HOUR if step == DAY else timedelta(0)  # the shortest day has 23 hours
    if not timedelta(0) <= tolerance * 2 < step:
        raise ConfigError(
            "series.tolerance", f"the tolerance is 0 or more and less than half the step ({step}), not {tolerance}"
        )
    return tolerance


def load_profile(
    readings: Iterable[tuple[MeterId, Reading]],
    *,
    step: timedelta = QUARTER_HOUR,
    tolerance: timedelta = PROFILE_TOLERANCE,
    zone: ZoneInfo | str = BERLIN,
    start: datetime | None = None,
    end: datetime | None = None,
    substitutes: Substitutes | None = None,
    rollover: Decimal | None = None,
    protocol: str | None = None,
) -> Series:
    """Return the load profile of one register: the advance of every interval.

    readings     of one register of one meter, in any order; those of a load profile that the meter sends itself
                 (OBIS group D is 29) are taken as they are, each the interval that ends at its time
    start, end   marks; without them the whole days of `zone` that have a reading at a mark
    substitutes  `interpolation` fills gaps on a straight line between the known registers on both sides
    rollover     width of the register, where it is known
    protocol     whose words `Reading.status` is in (`sml` ...); without it those of a gateway
    Raises EncodeError `series.no_readings`, `series.mixed`, `series.no_marks`; ConfigError `series.*` for options.
    """
    builder = _build(readings, Grid(step, zone_of(zone)), tolerance, protocol)
    return builder.intervals(start=start, end=end, substitutes=substitutes, rollover=rollover)


def daily_registers(
    readings: Iterable[tuple[MeterId, Reading]],
    *,
    day_start: int = 0,
    tolerance: timedelta = DAILY_TOLERANCE,
    zone: ZoneInfo | str = BERLIN,
    start: datetime | None = None,
    end: datetime | None = None,
    substitutes: Substitutes | None = None,
    rollover: Decimal | None = None,
    protocol: str | None = None,
) -> Series:
    """Return the register at the day's boundaries: midnight, or `day_start` 6 for the gas day.

    Parameters and errors are those of `load_profile`.
    """
    builder = _build(readings, Grid(DAY, zone_of(zone), day_start), tolerance, protocol)
    return builder.registers(start=start, end=end, substitutes=substitutes, rollover=rollover)


def _build(
    readings: Iterable[tuple[MeterId, Reading]], grid: Grid, tolerance: timedelta, protocol: str | None
) -> SeriesBuilder:
    builder: SeriesBuilder | None = None
    for meter, reading in readings:
        if builder is None:
            builder = builder_for(meter, reading, grid, tolerance)
        elif not builder.is_of(meter, reading):
            raise EncodeError(
                "series.mixed", f"a series is of one register: {builder}, then {register_of(reading)} of {meter.id}"
            )
        builder.add(reading, (), protocol)
    if builder is None:
        raise EncodeError("series.no_readings", "no readings, no series")
    return builder


def builder_for(meter: MeterId, reading: Reading, grid: Grid, tolerance: timedelta) -> SeriesBuilder:
    """Return a builder for the register that this reading is of."""
    kind: Literal["register", "interval"] = "interval" if _is_interval(reading.obis) else "register"
    return SeriesBuilder(meter, register_of(reading), reading.unit or "", grid=grid, tolerance=tolerance, kind=kind)


def builder_of(series: Series, grid: Grid, tolerance: timedelta) -> SeriesBuilder:
    """Return an empty builder for the register of a series that the meter made itself."""
    return SeriesBuilder(series.meter, series.obis, series.unit, grid=grid, tolerance=tolerance, kind=series.kind)


def register_of(reading: Reading) -> str:
    """Return what a register is called in a series: its OBIS code, else its quantity."""
    return reading.obis or reading.quantity


def _is_interval(obis: str | None) -> bool:
    return obis is not None and Obis.parse(obis).d == _INTERVAL_GROUP
