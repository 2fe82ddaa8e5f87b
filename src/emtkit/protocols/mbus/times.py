"""When a record's value held: the meter's own time of that storage, or the reception time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.protocols.mbus.spacing import Spacing

if TYPE_CHECKING:
    from emtkit.model.reading import Reading

MAX_STEPS: Final = 1024
MAX_INTERVAL: Final = 366 * 86400

# records that say what the meter is, not what it measured, hold at any time
_TIMELESS: Final = frozenset(
    {
        "fabrication_number", "enhanced_identification", "bus_address", "manufacturer", "device_type",
        "model_version", "hardware_version", "firmware_version", "software_version", "parameter_set_id",
        "location", "customer", "supplier_information", "storage_interval", "storage_number", "storage_block_size",
        "date", "time", "battery_change_date", "transmission_period", "baud_rate",
    }
)  # fmt: skip


def link_times(readings: list[Reading]) -> list[int]:
    """Return for each reading the index of the reading that is its time, -1 for none.

    The time of storage n is the record with a plain date VIF and the same storage; maxima and minima have
    their own where the meter sends one. A date and time beats a date. Source: EN 13757-3:2018, 6.3.2.
    """
    dates: dict[tuple[int, str], int] = {}
    for index, reading in enumerate(readings):
        if reading.quantity in {"date", "datetime"} and not reading.modifiers and isinstance(reading.value, date):
            key = (reading.storage, reading.function)
            if key not in dates or (isinstance(reading.value, datetime) and readings[dates[key]].quantity == "date"):
                dates[key] = index
    if not dates:
        return [-1] * len(readings)
    return [
        -1
        if reading.quantity in _TIMELESS or reading.quantity == "datetime"
        else dates.get((reading.storage, reading.function), dates.get((reading.storage, "instantaneous"), -1))
        for reading in readings
    ]


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


def attach_times(readings: list[Reading], links: list[int], received_at: datetime | None) -> None:
    """Set `time` and `time_source`: the meter's own time of that storage, else (storage 0) the reception time."""
    intervals = False
    for reading, link in zip(readings, links, strict=True):
        if reading.quantity == "storage_interval":
            intervals = True
        if reading.time is not None:
            continue
        if link >= 0:
            moment = readings[link].value
            if isinstance(moment, date):  # a datetime is one
                reading.time, reading.time_source = moment, "device"
        elif received_at is not None and reading.storage == 0 and reading.quantity not in _TIMELESS:
            reading.time, reading.time_source = received_at, "capture"
    if intervals:
        _spread_intervals(readings)
