"""The builder of one register's series: readings or ready series in, in any order, then the series out.

A load profile that a meter made itself (`protocols.registry.series_of`) goes in value by value, each with its own
quality, reason and status: nothing is computed anew. So do readings that the market sent (protocol `mscons`): their
status is the market's word on their quality.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from emtkit.export.advance import DOUBTS, REGISTER_DECREASED, interpolate, interval
from emtkit.export.grid import FIRST_YEAR, LAST_YEAR, Grid
from emtkit.export.series.marks import Marks
from emtkit.export.soundness import is_sound
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import EncodeError
from emtkit.model.obis import Obis
from emtkit.model.series import Quality, Series, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading

Kind = Literal["register", "interval"]
Substitutes = Literal["interpolation"]

MARKET: Final = "mscons"  # the protocol whose statuses are the market's codes
# IEC 62056-61, group D: 29 is time integral 5, the energy of one load profile interval.
_INTERVAL_GROUP: Final = 29

# code of a refused reading -> what was wrong with it
_REFUSED: Final[dict[str, str]] = {
    "series.reading.no_time": "no time of day",
    "series.reading.wrong_time": "an impossible year",
    "series.reading.no_value": "no number",
    "series.reading.unit": "another unit",
    "series.reading.status": "a status that says the value is faulty",
    "series.reading.interval": "an interval that is none of the series",
    "series.reading.no_begin": "an energy or volume of a period whose begin is not told",
}


class SeriesBuilder:
    """Builds the series of one register. Feed it readings in any order, then ask for the series.

    kind  `register`: readings of a counter; `interval`: the meter sends a load profile itself, each reading is the
          advance of the interval that ends at its time
    """

    __slots__ = ("_marks", "_refused", "grid", "kind", "meter", "obis", "tolerance", "unit")

    def __init__(
        self, meter: MeterId, obis: str, unit: str, *, grid: Grid, tolerance: timedelta, kind: Kind = "register"
    ) -> None:
        """Start without readings. Raises ConfigError `series.step` or `series.tolerance`."""
        self.meter = meter
        self.obis = obis
        self.unit = unit
        self.kind = kind
        self.grid = grid
        self.tolerance = tolerance
        self._marks = Marks(grid, tolerance)
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
        elif protocol == MARKET:
            self._add_of_market(reading, moment.astimezone(UTC))
        elif not isinstance(value, Decimal) or not value.is_finite():
            self._refused["series.reading.no_value"] += 1
        elif (reading.unit or "") != self.unit:
            self._refused["series.reading.unit"] += 1
        else:
            moment = moment.astimezone(UTC)
            mark, distance = self._marks.nearest(moment)
            near = distance <= self.tolerance
            if not is_sound(reading.status, status, protocol):
                if near:
                    self._marks.note_fault(mark)
                    self._refused["series.reading.status"] += 1
                return
            found = SeriesValue(moment, moment, value, sources=(moment,), status=reading.status)
            if near:
                self._marks.offer(mark, distance, found)
            elif self.kind == "register":
                self._marks.keep_beside(found)

    def _add_of_market(self, reading: Reading, moment: datetime) -> None:
        """Take a reading with the quality that the market gives it. Its own time of reading is not known."""
        from emtkit.export.mscons.incoming.words import is_advance, worth_of  # a package that imports this one

        number = reading.value if isinstance(reading.value, Decimal) else None
        worth = worth_of(reading.status, is_number=number is not None)
        if self.kind == "register" and is_advance(self.obis):
            self._refused["series.reading.no_begin"] += 1
        elif (reading.unit or "") != self.unit:
            self._refused["series.reading.unit"] += 1
        else:
            mark, distance = self._marks.nearest(moment)
            if distance <= self.tolerance:
                value = None if worth.quality is Quality.MISSING else number
                self._marks.offer(mark, distance, SeriesValue(moment, moment, value, *worth), DOUBTS[worth.quality])

    def fits(self, series: Series) -> bool:
        """Return whether this ready series is of this builder's register."""
        return (series.meter, series.obis) == (self.meter, self.obis)

    def take(self, series: Series, *, stamped: bool = True) -> None:
        """Take a ready series: every value as it is, with quality, reason and status.

        stamped  a register value without a time of reading was read when it ends: so in a meter's own profile
        Values that are on no mark, or whose interval is not one of the grid, are counted and reported.
        """
        if series.kind != self.kind:
            self._refused["series.reading.interval"] += len(series.values)
        elif series.unit != self.unit:
            self._refused["series.reading.unit"] += len(series.values)
        else:
            for value in series.values:
                self._take(value, stamped=stamped)

    def _take(self, value: SeriesValue, *, stamped: bool) -> None:
        moment = value.end.astimezone(UTC)
        if not FIRST_YEAR < moment.year < LAST_YEAR:
            self._refused["series.reading.wrong_time"] += 1
            return
        mark, distance = self._marks.nearest(moment)
        if self.kind == "interval":
            length = moment - value.start.astimezone(UTC)
            if distance > self.tolerance or length != mark - self._marks.before(mark):
                self._refused["series.reading.interval"] += 1
                return
        elif distance > self.tolerance:
            if value.quality is Quality.TRUE and value.value is not None:
                self._marks.keep_beside(value._replace(start=moment, end=moment, sources=value.sources or (moment,)))
            return
        if stamped and self.kind == "register" and not value.sources and value.value is not None:
            value = value._replace(sources=(moment,))
        self._marks.offer(mark, distance, value, DOUBTS[value.quality])

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
        beside = self._marks.beside()
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
        return [self._marks.value(mark, mark) for mark in self._range(start, end, beside)]

    def _as_sent(self, start: datetime | None, end: datetime | None) -> list[SeriesValue]:
        """Return the meter's own intervals; a reading belongs to the interval that ends at its time."""
        return [self._marks.value(low, high) for low, high in pairwise(self._range(start, end))]

    def _range(
        self, start: datetime | None, end: datetime | None, beside: Sequence[SeriesValue] = ()
    ) -> list[datetime]:
        """Return the marks of the series: as asked for, else those of the whole days that have a reading."""
        marks = self._marks.range(start, end, beside, intervals=self.kind == "interval")
        if not marks:
            raise EncodeError(
                "series.no_marks",
                f"no reading within {self.tolerance // timedelta(seconds=1)} s of a mark"
                + "".join(f"; {count} with {_REFUSED[code]}" for code, count in self._refused.items())
                + ("; those between the marks are for interpolation" if self._marks.beside() else ""),
                field=str(self),
            )
        return marks

    def _series(self, kind: Kind, values: list[SeriesValue]) -> Series:
        findings = [
            self._finding(Severity.WARNING, code, f"{count} reading{_s(count)} left out: {_REFUSED[code]}")
            for code, count in self._refused.items()
        ]
        conflicts = self._marks.conflicts
        if conflicts:
            findings.append(
                self._finding(
                    Severity.WARNING,
                    "series.reading.conflict",
                    f"{len(conflicts)} mark{_s(len(conflicts))} with two values of the same time, the first was taken "
                    f"({min(conflicts).isoformat()} is the first such mark)",
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


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def builder_for(meter: MeterId, reading: Reading, grid: Grid, tolerance: timedelta) -> SeriesBuilder:
    """Return a builder for the register that this reading is of."""
    kind: Kind = "interval" if _is_interval(reading.obis) else "register"
    return SeriesBuilder(meter, register_of(reading), reading.unit or "", grid=grid, tolerance=tolerance, kind=kind)


def builder_of(series: Series, grid: Grid, tolerance: timedelta) -> SeriesBuilder:
    """Return an empty builder for the register of a series that the meter made itself."""
    return SeriesBuilder(series.meter, series.obis, series.unit, grid=grid, tolerance=tolerance, kind=series.kind)


def register_of(reading: Reading) -> str:
    """Return what a register is called in a series: its OBIS code, else its quantity."""
    return reading.obis or reading.quantity


def _is_interval(obis: str | None) -> bool:
    return obis is not None and Obis.parse(obis).d == _INTERVAL_GROUP
