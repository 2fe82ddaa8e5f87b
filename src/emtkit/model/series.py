"""Series: readings on a time grid, with gaps and substitutes marked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from decimal import Decimal

    from emtkit.model.diagnostics import Diagnostic
    from emtkit.model.meter_id import MeterId


class Quality(StrEnum):
    """What a value of a series is worth (the market's words in brackets)."""

    TRUE = "true"  # wahrer Wert
    SUBSTITUTE = "substitute"  # Ersatzwert
    PRELIMINARY = "preliminary"  # vorläufiger Wert
    MISSING = "missing"  # fehlender Wert


class SeriesValue(NamedTuple):
    """One value of a series.

    start, end  aware datetimes. A register value holds at `end` (start == end); an interval value covers start..end
    value       decimal in the series' unit, None exactly when quality is MISSING
    method      how a substitute was made (`interpolation`), None otherwise
    reason      why it was needed (`communication`, `gap` ...), None otherwise
    sources     the meter's own stamps of the one or two readings it was made from
    status      what the gateway or meter said of a value that was read at one moment, None for differences
    """

    start: datetime
    end: datetime
    value: Decimal | None
    quality: Quality = Quality.TRUE
    method: str | None = None
    reason: str | None = None
    sources: tuple[datetime, ...] = ()
    status: str | None = None


@dataclass(slots=True)
class Series:
    """Values of one register of one meter.

    kind   `register` (readings of a counter at the marks) or `interval` (advance per interval)
    unit   unit of the values (base unit of the quantity)
    step   length of the grid for a load profile, `1 day` for daily registers; None for single readings
    zone   the days are days of this zone (`Europe/Berlin`); values' stamps are aware whatever their own offset is
    register  the telegram's OBIS code where the values were computed (energy 1.29.0 from average power 1.5.0)
    diagnostics  what was noticed while it was built
    """

    meter: MeterId
    obis: str
    unit: str
    kind: Literal["register", "interval"]
    step: timedelta | None
    values: list[SeriesValue] = field(default_factory=list)
    zone: str = "Europe/Berlin"
    diagnostics: list[Diagnostic] = field(default_factory=list)
    register: str | None = None

    @property
    def gaps(self) -> list[SeriesValue]:
        """Return the missing values."""
        return [value for value in self.values if value.quality is Quality.MISSING]
