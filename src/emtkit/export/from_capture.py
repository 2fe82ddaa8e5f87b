"""A capture to the series that a connector writes: one per register, in the words of the points file.

Formats with one series after the other (profile-csv, lpex, bo4e, the bodies for SAP) share this. Values are exact:
they are put into another unit only where that has a finite number, and never rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.collect import Plan, collect_points, collect_registers
from emtkit.export.grid import DAY, GAS_DAY_START, Grid, zone_of
from emtkit.export.series import DAILY_TOLERANCE, PROFILE_TOLERANCE, check_tolerance
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.model.obis import Obis
from emtkit.model.units import EXACT, UNITS, convert
from emtkit.points import MEDIA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.export.collect import Collected, Collection
    from emtkit.export.registry import Report
    from emtkit.model.decoded import Decoded
    from emtkit.model.meter_id import MeterId
    from emtkit.model.series import Series
    from emtkit.points import Point, Points

_MINUTES: Final = 24 * 60
ELECTRICITY: Final = 1

# IEC 62056-61, group D of electricity: what a register holds. An advance is that of a day or month, a load profile
# value that of a shorter interval.
_HOLDS: Final[dict[int, Literal["register", "advance", "profile"]]] = {
    6: "register",
    8: "register",
    9: "advance",
    29: "profile",
}

# Dimensions whose registers count on: the difference of two readings is what was used.
_COUNTED: Final = frozenset(
    {
        "energy", "energy_joule", "energy_calorie", "reactive_energy", "apparent_energy", "volume", "volume_ft3",
        "volume_gal", "mass", "heat_cost_units",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOptions:
    """Which values of a capture are written.

    values       `interval` (what was used in each interval) or `register` (what the meter shows at each mark)
    step         minutes between marks: 15, 60, another part of an hour; `day` or `month`
    tolerance    seconds that a reading may be away from its mark; without it 30, for days and months 900
    zone         whose days, and whose clock local times are of
    start, end   marks, with their zone (`2026-10-25T00:00+02:00`); without them the whole days that have readings
    substitutes  `interpolation` fills gaps between two readings; without it they are missing
    units        units to write instead of the base units: `kWh,kvarh`, each for its own dimension
    """

    values: Literal["interval", "register"] = "interval"
    step: int | Literal["day", "month"] = 15
    tolerance: int | None = None
    zone: str = "Europe/Berlin"
    start: datetime | None = None
    end: datetime | None = None
    substitutes: Literal["interpolation"] | None = None
    units: str = ""

    def length(self) -> timedelta | None:
        """Return the step, None for months. Raises ConfigError `series.step`."""
        if isinstance(self.step, str):
            return DAY if self.step == "day" else None
        if not 0 < self.step <= _MINUTES:
            raise ConfigError("series.step", f"the step is 1 to {_MINUTES} minutes, day or month", field="step")
        return timedelta(minutes=self.step)

    def plan(self, day_start: int = 0) -> Plan:
        """Return marks and tolerance. Raises ConfigError `series.step`, `series.zone`, `series.tolerance`."""
        step = self.length()
        if not 0 <= (self.tolerance or 0) <= _MINUTES * 60:
            raise ConfigError("series.tolerance", "the tolerance is 0 seconds to less than half a step")
        usual = DAILY_TOLERANCE if step in (None, DAY) else PROFILE_TOLERANCE
        tolerance = usual if self.tolerance is None else timedelta(seconds=self.tolerance)
        grid = Grid(step, zone_of(self.zone), day_start).check()
        return Plan(grid, check_tolerance(tolerance, grid))

    def shown_units(self) -> dict[str, str]:
        """Return dimension -> unit to write. Raises ConfigError `connector.unit`."""
        wanted = [unit.strip() for unit in self.units.split(",") if unit.strip()]
        for unit in wanted:
            if unit not in UNITS:
                raise ConfigError(
                    "connector.unit", f"no unit {unit!r}; known: {', '.join(UNITS)}", layer="export", field="units"
                )
        return {UNITS[unit].dimension: unit for unit in wanted}


class Register(NamedTuple):
    """One register of a capture.

    point   the entry of the points file that asked for it, None without a points file
    obis    the market's code where the point gives one, else the telegram's
    series  its values in the unit that is wanted, the transformer ratio in them where they are of intervals
    """

    point: Point | None
    meter: MeterId
    obis: str
    series: Series

    def __str__(self) -> str:
        """Name it: `1EMT0000010001 1-1:1.29.0`."""
        return f"{self.device} {self.obis}"

    @property
    def device(self) -> str:
        """Return the device number: the point's, else the DIN 43863-5 identifier, else maker and serial number."""
        named = None if self.point is None else self.point.geraetenummer
        return named or device_of(self.meter)

    @property
    def location(self) -> str | None:
        """Return the id of the location that the point names."""
        if self.point is None:
            return None
        return self.point.marktlokation or self.point.messlokation or self.point.konfigurations_id


def device_of(meter: MeterId) -> str:
    """Return what a meter is called where a table has one column for it."""
    return meter.identifier or f"{meter.manufacturer or ''}{meter.id}"


def registers(
    decoded: Iterable[Decoded],
    points: Points | None,
    options: SeriesOptions,
    report: Report,
    *,
    with_ratio: bool = True,
) -> Iterator[Register]:
    """Give the registers of a capture. One that cannot be written is refused in the report.

    With `points` those that it names, each entry for itself; else all that hold a measured value.
    with_ratio  False where the format says the transformer ratio beside the meter's own values
    """
    plan, units = options.plan(), options.shown_units()
    for item in _collect(report.taking(decoded), points, plan, options, report).found:
        unit = UNITS.get(item.builder.unit)
        if options.values == "interval" and (unit is None or unit.dimension not in _COUNTED):
            message = f"a value in {item.builder.unit or 'no unit'} is nothing that is used up: it has no intervals"
            finding = Diagnostic(
                Severity.INFO, "connector.not_counted", "export", str(item.builder), None, None, message
            )
            report.diagnostics.append(finding)
            continue
        try:
            found = _register(item, options, units, with_ratio=with_ratio)
        except EmtkitError as error:
            report.refuse(str(item.builder), error)
        else:
            report.diagnostics += found.series.diagnostics
            yield found


def _collect(
    frames: Iterable[Decoded], points: Points | None, plan: Plan, options: SeriesOptions, report: Report
) -> Collection:
    if points is None:
        collection = collect_registers(frames, plan)
    else:
        collection = collect_points(frames, points, lambda point: _plan(point, options, report))
    report.diagnostics += collection.diagnostics
    return collection


def _plan(point: Point, options: SeriesOptions, report: Report) -> Plan | None:
    """Return the marks of an entry; None, and say so, for one that is of other values than the wanted ones."""
    code = None if point.obis is None else Obis.parse(point.obis)
    holds = _HOLDS.get(code.d) if code is not None and code.a == ELECTRICITY else None
    wanted = "register"
    if options.values == "interval":
        wanted = "advance" if options.length() in (None, DAY) else "profile"
    if holds not in (None, wanted):
        message = f"{point.obis} is no {wanted} of step {options.step}: left out (options values and step)"
        finding = Diagnostic(Severity.INFO, "connector.other_values", "export", point.where, None, None, message)
        report.diagnostics.append(finding)
        return None
    medium = point.medium or (MEDIA.get(code.a) if code is not None else None)
    return options.plan(GAS_DAY_START if medium == "gas" else 0)


def _register(item: Collected, options: SeriesOptions, units: dict[str, str], *, with_ratio: bool) -> Register:
    point, builder = item.point, item.builder
    rollover = None if point is None else point.rollover_in(builder.unit)
    build = builder.registers if options.values == "register" else builder.intervals
    series = build(start=options.start, end=options.end, substitutes=options.substitutes, rollover=rollover)
    obis = builder.obis if point is None or point.obis is None else point.obis
    ratio = None if point is None or options.values == "register" or not with_ratio else point.ratio
    known = UNITS.get(series.unit)
    wanted = series.unit if known is None else units.get(known.dimension, series.unit)
    if wanted != series.unit or ratio is not None:
        series.values = [
            value
            if value.value is None
            else value._replace(
                value=convert(value.value if ratio is None else EXACT.multiply(value.value, ratio), series.unit, wanted)
            )
            for value in series.values
        ]
        series.unit = wanted
    return Register(point, item.meter, obis, series)
