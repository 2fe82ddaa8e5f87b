"""When a record's value held: the meter's own time of that storage, or the reception time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.mbus.spacing import Spacing

if TYPE_CHECKING:
    from emtkit.model.reading import Reading

MAX_STEPS: Final = 1024
MAX_INTERVAL: Final = 366 * 86400

_DATES: Final = frozenset({"date", "datetime"})

# records that say what the meter is, not what it measured, hold at any time
_TIMELESS: Final = frozenset(
    {
        "fabrication_number", "enhanced_identification", "bus_address", "manufacturer", "device_type",
        "model_version", "hardware_version", "firmware_version", "software_version", "parameter_set_id",
        "location", "customer", "supplier_information", "storage_interval", "storage_number", "storage_block_size",
        "date", "time", "battery_change_date", "transmission_period", "baud_rate",
    }
)  # fmt: skip


class Links(NamedTuple):
    """Which readings get a time: (index of the reading, index of the reading that is its time or -1 for reception).

    size       for how many readings this was worked out
    intervals  whether a storage interval is among them
    """

    pairs: tuple[tuple[int, int], ...]
    size: int
    intervals: bool


def link_times(readings: list[Reading]) -> Links:
    """Work out which reading is the time of which; it depends on the records' headers alone.

    The time of storage n is the record with a plain date VIF and the same storage; maxima and minima have
    their own where the meter sends one. A date and time beats a date. Source: EN 13757-3:2018, 6.3.2.
    """
    dates: dict[tuple[int, str], int] = {}
    for index, reading in enumerate(readings):
        if reading.quantity in _DATES and not reading.modifiers and not isinstance(reading.value, time):
            key = (reading.storage, reading.function)
            if key not in dates or (reading.quantity == "datetime" and readings[dates[key]].quantity == "date"):
                dates[key] = index
    pairs = []
    for index, reading in enumerate(readings):
        if reading.quantity in _TIMELESS or (reading.quantity == "datetime" and not reading.modifiers):
            continue
        own = dates.get((reading.storage, reading.function), dates.get((reading.storage, "instantaneous"), -1))
        if own >= 0 or reading.storage == 0:
            pairs.append((index, own))
    return Links(tuple(pairs), len(readings), any(reading.quantity == "storage_interval" for reading in readings))


def _spread_intervals(readings: list[Reading]) -> None:
    """Give times to storages that follow one with a date and a storage interval (FD 24 to FD 29).

    A meter that sends date and interval once, with storage n, means that n+1, n+2 ... are one, two ... intervals
    older. Source: EN 13757-3:2018, 6.4.5 (storage interval); OMS Vol. 2, 8.4.
    """
    for interval in readings:
        if interval.quantity != "storage_interval" or not isinstance(interval.value, Decimal):
            continue
        base = _date_of(readings, interval.storage)
        spacing = _spacing(interval)
        if base is None or spacing is None:
            continue
        dated = {r.storage for r in readings if r.time is not None}
        for reading in readings:
            steps = reading.storage - interval.storage
            if 0 < steps <= MAX_STEPS and reading.storage not in dated and reading.quantity not in _TIMELESS:
                moment = spacing.shift(base, -steps)
                if moment is not None:
                    reading.time, reading.time_source = moment, "device"


def _date_of(readings: list[Reading], storage: int) -> datetime | date | None:
    for reading in readings:
        if reading.storage == storage and reading.quantity in {"date", "datetime"} and not reading.modifiers:
            return reading.value if isinstance(reading.value, date) else None
    return None


def _spacing(interval: Reading) -> Spacing | None:
    """Return the spacing a storage interval record describes, None for a nonsensical one."""
    value = interval.value
    if not isinstance(value, Decimal) or not 0 < value <= MAX_INTERVAL or value != int(value):
        return None
    if interval.unit in {"month", "year"}:
        return Spacing(half_months=2 * int(value) * (12 if interval.unit == "year" else 1))
    return Spacing(timedelta(seconds=int(value)))


def attach_times(readings: list[Reading], links: Links, received_at: datetime | None) -> None:
    """Set `time` and `time_source`: the meter's own time of that storage, else (storage 0) the reception time."""
    for index, own in links.pairs:
        reading = readings[index]
        if reading.time is not None:  # an element of a compact profile
            continue
        moment = readings[own].value if own >= 0 else None
        if isinstance(moment, date):  # a datetime is one
            reading.time, reading.time_source = moment, "device"
        elif received_at is not None and reading.storage == 0:
            reading.time, reading.time_source = received_at, "capture"
    if links.intervals:
        _spread_intervals(readings)
