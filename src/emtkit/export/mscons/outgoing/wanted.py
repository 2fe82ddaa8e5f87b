"""What a point's use case wants of a meter: on which marks its readings are collected, and which series they become."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from emtkit.export.collect import Plan
from emtkit.export.grid import BERLIN, DAY, HOUR, QUARTER_HOUR, Grid
from emtkit.export.mscons.outgoing.periods import check_unit, difference, maxima, sums
from emtkit.export.mscons.use_cases import DAY_START, UseCase, market_register, use_case
from emtkit.export.series import DAILY_TOLERANCE, PROFILE_TOLERANCE, check_tolerance
from emtkit.model.errors import ConfigError, EncodeError
from emtkit.model.obis import Obis
from emtkit.points import MEDIA

if TYPE_CHECKING:
    from emtkit.export.mscons.market_registers import Register
    from emtkit.export.mscons.outgoing.from_frames import Options
    from emtkit.export.mscons.use_cases import Sparte
    from emtkit.export.series import SeriesBuilder
    from emtkit.model.series import Series
    from emtkit.points import Point

# intervals of load profiles
_PROFILE_STEPS: Final[dict[Sparte, timedelta]] = {"electricity": QUARTER_HOUR, "gas": HOUR}
# OBIS group D of registers that are load profiles: of energy, and of power that the meter averages
_PROFILES: Final = frozenset({5, 29})


def plan_of(point: Point, options: Options) -> Plan:
    """Return the marks that the point's use case wants.

    Raises EncodeError `mscons.medium`, `mscons.pruefidentifikator`, `mscons.obis`; ConfigError `points.missing`,
    `series.tolerance`.
    """
    _check_medium(point)
    point.require("pruefidentifikator", "obis")
    case = use_case(point.pruefidentifikator or "", options.document_code)
    step = _step(point, case, market_register(case, point.obis or ""), options)
    usual = DAILY_TOLERANCE if step is None or step == DAY else PROFILE_TOLERANCE
    grid = Grid(step, BERLIN, DAY_START[case.sparte])
    tolerance = usual if options.tolerance is None else timedelta(seconds=options.tolerance)
    return Plan(grid, check_tolerance(tolerance, grid))


def _step(point: Point, case: UseCase, register: Register, options: Options) -> timedelta | None:
    if register.kind == "register":
        return DAY
    if register.step is not None:
        return register.step
    if register.kind == "maximum" or (_may_sum(case, register) and _is_profile(point.register)):
        return _PROFILE_STEPS[case.sparte]
    return None if options.energy_period == "month" else DAY


def _may_sum(case: UseCase, register: Register) -> bool:
    """Return whether the value may be a sum: energies and volumes, not the mean values of gas."""
    return case.sums and register.ratio


def _is_profile(register: str) -> bool:
    try:
        return Obis.parse(register).d in _PROFILES
    except ConfigError:
        return False  # a register without an OBIS code


def _check_medium(point: Point) -> None:
    """Say first that a medium cannot be carried, not that its point lacks something."""
    medium = point.medium
    code = point.obis or point.register
    if medium is None and code[:1].isdigit():
        medium = MEDIA.get(Obis.parse(code).a)
    if medium not in (None, "electricity", "gas"):
        raise EncodeError(
            "mscons.medium",
            f"MSCONS has no codes for {medium}: it carries electricity and gas only. Write it as csv or jsonl",
            field="medium",
        )


def series_of(point: Point, builder: SeriesBuilder, case: UseCase, options: Options) -> Series:
    """Build the series of one register for the days that are wanted.

    Raises EncodeError `mscons.kind`, `mscons.interval.length` and those of `SeriesBuilder`.
    """
    hour = time(DAY_START[case.sparte])
    start = None if options.first_day is None else datetime.combine(options.first_day, hour, BERLIN)
    end = None if options.last_day is None else datetime.combine(options.last_day + DAY, hour, BERLIN)
    rollover = point.rollover_in(builder.unit)
    register = market_register(case, point.obis or "")
    if register.kind == "register":
        return builder.registers(start=start, end=end, substitutes=options.substitutes, rollover=rollover)
    periods = Grid(DAY if options.energy_period == "day" else None, BERLIN, DAY_START[case.sparte])
    whole = options.energy_period == "whole" and register.kind == "interval" and register.step is None
    of_profile = builder.kind == "interval" and register.step is None
    if register.kind == "maximum":
        check_unit(builder.unit, register.unit)
    elif of_profile and not _may_sum(case, register):
        raise EncodeError(
            "mscons.kind", f"{case.pruefidentifikator} needs the register, {builder.obis} is a load profile"
        )
    if whole and not of_profile:
        readings = builder.registers(start=start, end=end, substitutes=options.substitutes, rollover=rollover)
        return difference(readings, rollover)
    series = builder.intervals(start=start, end=end, substitutes=options.substitutes, rollover=rollover)
    if register.kind == "maximum":
        return maxima(series, periods)
    return sums(series, None if whole else periods) if of_profile else series
