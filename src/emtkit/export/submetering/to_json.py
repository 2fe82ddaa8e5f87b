"""Submetering JSON (`submetering-json`): one object per device with its registers and their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from emtkit.export.registry import Report, Written
from emtkit.export.submetering.devices import DeviceOptions, devices
from emtkit.model.errors import DecodeError
from emtkit.model.jsontext import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.export.submetering.devices import Billed, Device, RegisterKey
    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "submetering-json"
SUFFIX: Final = ".json"
TITLE: Final = "current, due-date and monthly values of submeters as JSON"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False
SCHEMA: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(DeviceOptions):
    """The JSON form has no options of its own."""


def write(
    decoded: Iterable[Decoded], out: BinaryIO, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write the document, one line per device, when the whole capture was heard. Raises ConfigError `submetering.*`."""
    report = Report()
    found = devices(decoded, points, options or Options(), report)
    out.write(f'{{"schema":{SCHEMA},"devices":['.encode())
    out.write(",".join(f"\n{dumps(to_dict(device))}" for device in found).encode())
    out.write(b"\n]}\n")
    report.written.append(Written(None, "devices", len(found)))
    return report


def to_dict(device: Device) -> dict[str, Any]:
    """Return a device as a dict with Decimal numbers."""
    meter = device.meter
    return {
        "device": device.name,
        "location": device.location,
        "manufacturer": meter.manufacturer,
        "serial": meter.id,
        "version": meter.version,
        "medium": meter.medium,
        "received_at": None if device.received_at is None else device.received_at.isoformat(),
        "verdict": device.verdict,
        "status": list(device.status),
        "error_flags": device.error_flags,
        "registers": [_register(device, key) for key in device.registers],
    }


def _register(device: Device, key: RegisterKey) -> dict[str, Any]:
    values = device.values(key)
    return {
        "quantity": key.quantity,
        "unit": key.unit,
        "obis": device.codes.get(key),
        "tariff": key.tariff,
        "subunit": key.subunit,
        "modifiers": list(key.modifiers),
        "current": next((_value(value) for value in values if value.kind == "current"), None),
        "due_date": [_value(value) for value in values if value.kind == "due_date"],
        "monthly": [_value(value) for value in values if value.kind == "monthly"],
        "stored": [{**_value(value), "storage": value.storage} for value in values if value.kind == "stored"],
    }


def _value(value: Billed) -> dict[str, Any]:
    return {"date": None if value.date is None else value.date.isoformat(), "value": value.value}


def read_devices(stream: BinaryIO) -> list[dict[str, Any]]:
    """Read what `write` wrote: one dict per device, numbers as Decimal or int.

    Raises DecodeError `submetering.json`.
    """
    try:
        document = loads(stream.read().decode())
    except ValueError:
        raise DecodeError("submetering.json", "not JSON") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise DecodeError("submetering.json", f"no document of schema {SCHEMA}")
    found = document.get("devices")
    if not isinstance(found, list) or not all(isinstance(device, dict) for device in found):
        raise DecodeError("submetering.json", "devices is no list of objects")
    return found
