"""Giving readings their names, and reading the payloads that a family describes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.meters.catalogue import combine, knowledge_of
from emtkit.meters.payload import read_payload
from emtkit.model.diagnostics import Severity
from emtkit.model.units import EXACT
from emtkit.protocols.mbus.tpl import Tpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtkit.meters.catalogue import Knowledge
    from emtkit.meters.family import Family, Layout, Register
    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Reading

_MAX_FORMS: Final = 8192
_OPEN: Final = frozenset({"manufacturer_specific", "container", "unknown"})
_UNSUPPORTED: Final = "mbus.ci.unsupported"


def name_readings(decoded: Decoded, families: Sequence[Family] | None = None) -> None:
    """Name the readings of a known meter in place; payloads that a family describes become readings.

    `families` replaces the built-in ones (`emtkit meters check`).
    """
    meter = decoded.meter
    if meter is None or not decoded.readings:
        return
    known = knowledge_of(meter) if families is None else combine(families, meter.device_type)
    if known.medium is not None:
        decoded.meter = meter._replace(medium=known.medium)
    if known.layouts:
        _open_payloads(decoded, known.layouts)
    if decoded.form is None or known.layouts or families is not None:
        for index, register in _registers_of(decoded.readings, known):
            _name(decoded.readings[index], register)
        return
    size, named = known.by_form.get(decoded.form, (-1, ()))
    if size != len(decoded.readings):
        named = _registers_of(decoded.readings, known)
        if len(known.by_form) >= _MAX_FORMS:
            known.by_form.clear()
        known.by_form[decoded.form] = len(decoded.readings), named
    for index, register in named:
        if register.only_name:
            decoded.readings[index].name = register.name
        else:
            _name(decoded.readings[index], register)


def _registers_of(readings: list[Reading], known: Knowledge) -> tuple[tuple[int, Register], ...]:
    """Return which readings have a name: (index, register)."""
    found = []
    for index, reading in enumerate(readings):
        named = known.registers.get(reading.quantity)
        if named is not None and reading.name is None:
            key = (reading.storage, reading.function, reading.tariff, reading.subunit, reading.modifiers)
            register = named.get(key)
            if register is not None:
                found.append((index, register))
    return tuple(found)


def _name(reading: Reading, register: Register) -> None:
    reading.name = register.name
    if register.obis is not None:
        reading.obis = register.obis
    if register.becomes is not None:
        reading.quantity, reading.unit = register.becomes, register.unit
        if isinstance(reading.value, Decimal):
            reading.value = EXACT.multiply(reading.value, register.scale)


def _open_payloads(decoded: Decoded, layouts: Sequence[Layout]) -> None:
    made: list[Reading] = []
    opened = False
    for reading in decoded.readings:
        readings = _open(decoded, reading, layouts) if reading.quantity in _OPEN and reading.raw else None
        made += [reading] if readings is None else readings
        opened = opened or readings is not None
    if not opened:
        return
    decoded.readings = made
    if decoded.state == "opaque":
        decoded.diagnostics = [finding for finding in decoded.diagnostics if finding.code != _UNSUPPORTED]
        sound = all(finding.severity is Severity.INFO for finding in decoded.diagnostics)
        decoded.state = "complete" if sound else "partial"


def _open(decoded: Decoded, reading: Reading, layouts: Sequence[Layout]) -> list[Reading] | None:
    """Return the readings of the first layout that fits a payload."""
    for layout in layouts:
        payload = _payload(decoded, reading, layout)
        if payload is not None:
            readings = read_payload(layout, payload, reading)
            if readings is not None:
                return readings
    return None


def _payload(decoded: Decoded, reading: Reading, layout: Layout) -> bytes | None:
    """Return the bytes that a layout describes, or None when they stand elsewhere."""
    whole = reading.value if isinstance(reading.value, bytes) else None
    match layout.where:
        case "ci":
            manufacturer_ci = decoded.state == "opaque" and reading.quantity == "manufacturer_specific"
            return whole if manufacturer_ci and (not layout.ci or _ci(decoded) in layout.ci) else None
        case "tail":
            is_tail = reading.raw[:1] in {b"\x0f", b"\x1f"}
            return whole if is_tail else None
        case _:
            if reading.modifiers != layout.modifiers:
                return None
            return whole if whole is not None else _variable_data(reading)


def _ci(decoded: Decoded) -> int | None:
    """Return the CI field of the telegram's innermost message."""
    return next((layer.ci for layer in reversed(decoded.layers) if isinstance(layer, Tpl)), None)


def _variable_data(reading: Reading) -> bytes | None:
    """Return the data of a variable-length record in transmission order: what stands behind its LVAR byte."""
    if not isinstance(reading.value, str):
        return None
    size = len(reading.value)
    return next(
        (reading.raw[at + 1 :] for at in range(2, len(reading.raw)) if reading.raw[at] == len(reading.raw) - at - 1),
        reading.raw[-size:] if size else None,
    )
