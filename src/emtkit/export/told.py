"""Series that a file told: the layer of frames that are read back, and which value of a series a reading is.

Formats with one row per reading (csv, parquet, arrow) say beside the reading what a series knows besides: when its
interval began, its quality, how and why a substitute was made, when it was read. What is read back gives the series
again, as it was.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from emtkit.model.series import Series, SeriesValue
from emtkit.protocols.registry import series_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from emtkit.model.decoded import Decoded
    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading


class ToldSeries(NamedTuple):
    """Layer of a frame that was read back: the series that the file told."""

    found: tuple[Series, ...]


def series_in(frame: Decoded) -> list[Series]:
    """Return the ready series of a frame: those its file told, else those its protocol gives."""
    told: ToldSeries | None = frame.layer(ToldSeries) if frame.layers else None
    return series_of(frame) if told is None else list(told.found)


def values_in(frame: Decoded) -> Mapping[tuple[str, datetime], SeriesValue]:
    """Return the values of a frame's series by register and end."""
    return {(series.obis, value.end.astimezone(UTC)): value for series in series_in(frame) for value in series.values}


def value_of(reading: Reading, values: Mapping[tuple[str, datetime], SeriesValue]) -> SeriesValue | None:
    """Return the value of a series that a reading is, None where it is none (`values_in`)."""
    if not values or reading.obis is None or not isinstance(reading.time, datetime) or reading.time.tzinfo is None:
        return None
    return values.get((reading.obis, reading.time.astimezone(UTC)))


class Told(NamedTuple):
    """One value with its register."""

    obis: str
    unit: str
    value: SeriesValue


def told_series(meter: MeterId, values: Iterable[Told], zone: str = "Europe/Berlin") -> ToldSeries:
    """Return the layer for the values of a meter: a series for each register, unit and kind of value, in time order."""
    found: dict[tuple[str, str, bool], list[SeriesValue]] = {}
    for obis, unit, value in values:
        found.setdefault((obis, unit, value.start == value.end), []).append(value)
    return ToldSeries(
        tuple(
            Series(
                meter,
                obis,
                unit,
                "register" if is_register else "interval",
                _step(members),
                sorted(members, key=lambda value: (value.end, value.start)),
                zone,
            )
            for (obis, unit, is_register), members in found.items()
        )
    )


def _step(values: Iterable[SeriesValue]) -> timedelta | None:
    """Return the length that all intervals have."""
    lengths = {value.end - value.start for value in values}
    length = lengths.pop()
    return length if length and not lengths else None


def disproved(verdict: str) -> bool | None:
    """Return `Security.verified` of a verdict that is read back: False where a tag was wrong, else it is not told."""
    return False if verdict == "mac_invalid" else None
