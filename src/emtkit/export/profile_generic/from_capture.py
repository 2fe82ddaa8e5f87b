"""A capture's readings to profiles: one per meter, its registers at the marks. The three forms share this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from emtkit.export.collect import Plan, collect_registers
from emtkit.export.grid import DAY, Grid, zone_of
from emtkit.export.profile_generic.profile import profile_of
from emtkit.export.registry import Report, Written
from emtkit.export.series import DAILY_TOLERANCE, PROFILE_TOLERANCE, check_tolerance
from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.model.obis import Obis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from emtkit.export.profile_generic.profile import Profile
    from emtkit.export.series import SeriesBuilder
    from emtkit.model.decoded import Decoded
    from emtkit.model.meter_id import MeterId
    from emtkit.model.series import Series
    from emtkit.points import Points

_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of the Profile Generic formats.

    step          minutes between captures: 15, 60, another part of an hour, or 1440 for the days
    tolerance     seconds that a reading may be away from its mark; without it 30, for days 900
    zone          whose days
    start, end    marks, with their zone (`2026-10-25T00:00+02:00`); without them the whole days that have readings
    logical_name  OBIS code of the profile; without it A-0:99.1.0, for days A-0:99.2.0 (A: medium)
    """

    step: int = 15
    tolerance: int | None = None
    zone: str = "Europe/Berlin"
    start: datetime | None = None
    end: datetime | None = None
    logical_name: str | None = None

    def plan(self) -> Plan:
        """Return marks and tolerance. Raises ConfigError `series.step`, `series.zone`, `series.tolerance`."""
        if not 0 < self.step <= _MINUTES or not 0 <= (self.tolerance or 0) <= _MINUTES * 60:
            raise ConfigError("series.step", f"the step is 1 to {_MINUTES} minutes, the tolerance less than that")
        step = timedelta(minutes=self.step)
        usual = DAILY_TOLERANCE if step == DAY else PROFILE_TOLERANCE
        tolerance = usual if self.tolerance is None else timedelta(seconds=self.tolerance)
        grid = Grid(step, zone_of(self.zone)).check()
        return Plan(grid, check_tolerance(tolerance, grid))


def profiles(decoded: Iterable[Decoded], points: Points | None, options: Options, report: Report) -> Iterator[Profile]:
    """Give the profile of each meter. A register that cannot be written is refused in the report."""
    plan = options.plan()
    obis = None if options.logical_name is None else Obis.parse(options.logical_name)
    collection = collect_registers(report.taking(decoded), plan, points)
    report.diagnostics.extend(collection.diagnostics)
    meters: dict[MeterId, list[Series]] = {}
    for item in collection.found:
        try:
            series = _series(item.builder, options)
            profile_of([series])  # a register that cannot be written costs itself only
        except EmtkitError as error:
            report.refuse(str(item.builder), error)
        else:
            report.diagnostics.extend(series.diagnostics)
            meters.setdefault(item.meter, []).append(series)
    for found in meters.values():
        yield profile_of(found, obis)


def _series(builder: SeriesBuilder, options: Options) -> Series:
    build = builder.intervals if builder.kind == "interval" else builder.registers
    return build(start=options.start, end=options.end)


def store(path: Path, data: bytes, what: str, items: int, report: Report) -> None:
    """Write one file. A second output of the same name is refused: it would replace the first."""
    if any(item.path == path for item in report.written):
        error = ConfigError("export.same_file", f"{path.name} was already written for another meter of the same name")
        report.refuse(what, error)
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ConfigError("export.output", f"cannot write {path}: {error.strerror}") from None
    report.written.append(Written(path, what, items))
