"""Series of plain readings of one register: load profiles and daily registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.export.grid import BERLIN, DAY, QUARTER_HOUR, Grid, zone_of
from emtkit.export.series.builder import SeriesBuilder, Substitutes, builder_for, register_of
from emtkit.export.series.marks import DAILY_TOLERANCE, PROFILE_TOLERANCE
from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading
    from emtkit.model.series import Series


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
