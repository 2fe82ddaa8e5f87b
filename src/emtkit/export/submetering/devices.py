"""What billing wants of a capture: for each device the current, due-date and monthly values of its registers.

A walk-by round hears each meter many times. Of the current values the latest is kept, of the stored ones one for
each date. Nothing is computed: a month that the meter did not send has no value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.collect import Trusted
from emtkit.export.from_capture import device_of
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError, EncodeError
from emtkit.model.reading import plain_value
from emtkit.model.units import UNITS, convert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.export.registry import Report
    from emtkit.model.decoded import Decoded, Verdict
    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading
    from emtkit.points import Points

Kind = Literal["current", "due_date", "monthly", "stored"]

# What is billed. Everything else that a meter sends (temperatures, flow ...) is in csv and jsonl.
BILLED: Final = ("energy", "volume", "mass", "heat_cost_units")
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOptions:
    """Which devices and units.

    media  only devices of these media, as `water,heat`; without it all
    units  units to write instead of the base units, as `kWh,l`; a value that has no finite number in it keeps its own
    """

    media: str = ""
    units: str = ""

    def shown_units(self) -> dict[str, str]:
        """Return dimension -> unit. Raises ConfigError `submetering.unit`."""
        wanted = [unit.strip() for unit in self.units.split(",") if unit.strip()]
        for unit in wanted:
            if unit not in UNITS:
                raise ConfigError("submetering.unit", f"no unit {unit!r}; known: {', '.join(UNITS)}", field="units")
        return {UNITS[unit].dimension: unit for unit in wanted}


class RegisterKey(NamedTuple):
    """One register of a device."""

    quantity: str
    unit: str | None
    tariff: int
    subunit: int
    modifiers: tuple[str, ...]


class Billed(NamedTuple):
    """One value.

    kind     `current`; `due_date` (storage 1); `monthly` (a later storage, of the first or last day of a month);
             `stored` (of another day, or of no day that the telegram tells)
    date     when it held; None where the telegram does not say so
    value    None when the meter says "invalid"
    storage  as in EN 13757-3
    """

    kind: Kind
    date: date | datetime | None
    value: Decimal | None
    storage: int


@dataclass(slots=True)
class Device:
    """One meter and what it sent.

    verdict      security verdict of its latest telegram: without the key there are no values
    status       what the meter said of itself in it
    error_flags  and its error flags, as the meter codes them
    codes        OBIS codes of the registers that the standard has one for
    """

    meter: MeterId
    name: str
    location: str | None = None
    received_at: datetime | None = None
    verdict: Verdict = "none"
    status: tuple[str, ...] = ()
    error_flags: str | None = None
    codes: dict[RegisterKey, str] = field(default_factory=dict)
    registers: dict[RegisterKey, dict[tuple[Kind, date | datetime | int | None], Billed]] = field(default_factory=dict)

    def values(self, key: RegisterKey) -> list[Billed]:
        """Return the values of a register: current, due date, then the months from the newest on."""
        order: dict[Kind, int] = {"current": 0, "due_date": 1, "monthly": 2, "stored": 3}
        found = sorted(self.registers[key].values(), key=lambda value: _day(value.date) or date.min, reverse=True)
        return sorted(found, key=lambda value: (order[value.kind], value.storage if value.date is None else 0))


def devices(decoded: Iterable[Decoded], points: Points | None, options: DeviceOptions, report: Report) -> list[Device]:
    """Return the devices of a capture in the order in which they were first heard.

    Diagnostics: `submetering.changed` where a meter sent two values for the same date (the later is kept),
    `series.not_authentic`, `series.no_meter`. Raises ConfigError `submetering.unit`.
    """
    units = options.shown_units()
    media = {medium.strip() for medium in options.media.split(",") if medium.strip()}
    found: dict[MeterId, Device] = {}
    frames = Trusted(report.taking(decoded))
    for meter, frame in frames:
        if media and meter.medium not in media:
            continue
        device = found.get(meter)
        if device is None:
            device = found[meter] = _device(meter, points)
        _note_state(device, frame)
        for reading in frame.readings:
            if reading.quantity in BILLED and reading.function == "instantaneous":
                _add(device, reading, units, report)
    report.diagnostics += frames.findings()
    return list(found.values())


def _device(meter: MeterId, points: Points | None) -> Device:
    device = Device(meter, device_of(meter))
    for point in () if points is None else points.match(meter):
        device.name = point.geraetenummer or device.name
        device.location = device.location or point.messlokation or point.marktlokation
    return device


def _note_state(device: Device, frame: Decoded) -> None:
    received = frame.origin.received_at
    if received is not None and device.received_at is not None and received < device.received_at:
        return
    device.received_at = received or device.received_at
    device.verdict = frame.security.verdict
    device.status = frame.status
    flags = next((reading for reading in frame.readings if reading.quantity == "error_flags"), None)
    device.error_flags = None if flags is None else _flags_text(plain_value(flags.value))


def _flags_text(value: Decimal | str | None) -> str | None:
    return format(value, "f") if isinstance(value, Decimal) else value


def _add(device: Device, reading: Reading, units: dict[str, str], report: Report) -> None:
    value = reading.value if isinstance(reading.value, Decimal) and reading.value.is_finite() else None
    unit = reading.unit
    known = UNITS.get(unit or "")
    wanted = None if known is None else units.get(known.dimension)
    if wanted is not None and value is not None and unit is not None:
        try:
            value, unit = convert(value, unit, wanted), wanted
        except EncodeError:  # no finite number in that unit: it keeps its own, and says so
            unit = reading.unit
    kind = _kind(reading)
    key = RegisterKey(reading.quantity, unit, reading.tariff, reading.subunit, reading.modifiers)
    values = device.registers.setdefault(key, {})
    if kind == "current" and reading.obis is not None:  # a due-date value has a code of its own
        device.codes[key] = reading.obis
    when = reading.time
    place: tuple[Kind, date | datetime | int | None] = (
        kind, None if kind == "current" else reading.storage if when is None else when
    )  # fmt: skip
    billed = Billed(kind, when, value, reading.storage)
    held = values.get(place)
    if held is not None and kind == "current" and _is_older(when, held.date):
        return
    if held is not None and kind != "current" and held.value != value:
        message = f"{reading.quantity} of {when or f'storage {reading.storage}'} was {held.value}, then {value}"
        finding = Diagnostic(Severity.WARNING, "submetering.changed", "submetering", device.name, None, None, message)
        report.diagnostics.append(finding)
    values[place] = billed


def _kind(reading: Reading) -> Kind:
    if reading.storage == 0:
        return "current"
    if reading.storage == 1:
        return "due_date"
    day = _day(reading.time)
    if day is not None and (day.day == 1 or (day.toordinal() < date.max.toordinal() and (day + _ONE_DAY).day == 1)):
        return "monthly"
    return "stored"


def _day(moment: date | datetime | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _is_older(new: date | datetime | None, held: date | datetime | None) -> bool:
    if isinstance(new, datetime) and isinstance(held, datetime):
        return new < held
    new_day, held_day = _day(new), _day(held)
    return new_day is not None and held_day is not None and new_day < held_day
