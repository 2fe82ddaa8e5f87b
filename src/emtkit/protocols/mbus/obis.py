"""Which OBIS code a record has (OMS Specification Vol. 2, annex A).

The record's device type decides the medium (group A), quantity and modifiers the rest. F is always 255:
due-date values have codes of their own (C.2.0), other history is told apart by storage and time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtkit.protocols.mbus.dif import Dib
    from emtkit.protocols.mbus.vif import Vib

# device type -> OBIS medium
_MEDIA: Final[Mapping[int, int]] = {
    0x02: 1,  # electricity
    0x03: 7,  # gas
    0x04: 6,  # heat
    0x0C: 6,
    0x0D: 6,  # combined: the heat part; the cooling part is sent as negative contribution
    0x0A: 5,  # cooling
    0x0B: 5,
    0x06: 9,  # warm water
    0x15: 9,
    0x07: 8,  # cold water
    0x16: 8,
    0x08: 4,  # heat cost allocator
}

_PHASE_C: Final = {"phase_l1": 0, "phase_l2": 20, "phase_l3": 40}
_ANGLES: Final = {
    ("voltage_to_voltage", "phase_l1_l2"): "81.7.1",
    ("voltage_to_voltage", "phase_l2_l3"): "81.7.12",
    ("voltage_to_voltage", "phase_l3_l1"): "81.7.2",
    ("voltage_to_current", "phase_l1"): "81.7.4",
    ("voltage_to_current", "phase_l2"): "81.7.15",
    ("voltage_to_current", "phase_l3"): "81.7.26",
}


class _Row(NamedTuple):
    """Quantity -> codes without and with VIFE 3C (negative contributions), by storage 0 and storage 1."""

    now: str
    due: str | None = None
    backward: str | None = None


# {t}: tariff
_ELECTRICITY: Final = {
    "energy": _Row("1.8.{t}", None, "2.8.{t}"),
    "reactive_energy": _Row("3.8.{t}", None, "4.8.{t}"),
    "apparent_energy": _Row("9.8.{t}", None, "10.8.{t}"),
    "power": _Row("1.7.0", None, "2.7.0"),
    "reactive_power": _Row("3.7.0", None, "4.7.0"),
    "apparent_power": _Row("9.7.0", None, "10.7.0"),
    "frequency": _Row("14.7.0"),
}
_GAS: Final = {"volume": _Row("3.0.{t}"), "volume_flow": _Row("43.15.0")}
_GAS_BASE: Final = {"volume": _Row("3.2.{t}"), "volume_flow": _Row("43.15.0")}
_THERMAL: Final = {
    "energy": _Row("1.0.{t}", "1.2.{t}"),
    "volume": _Row("2.0.{t}", "2.2.{t}"),
    "power": _Row("8.0.0"),
    "volume_flow": _Row("9.0.0"),
    "flow_temperature": _Row("10.0.0"),
    "return_temperature": _Row("11.0.0"),
    "temperature_difference": _Row("12.0.0"),
}
_WATER: Final = {"volume": _Row("1.0.{t}", "1.2.{t}"), "volume_flow": _Row("2.0.0")}
_HCA: Final = {"heat_cost_units": _Row("1.0.0", "1.2.0")}

_TABLES: Final[Mapping[int, Mapping[str, _Row]]] = {
    1: _ELECTRICITY,
    4: _HCA,
    5: _THERMAL,
    6: _THERMAL,
    7: _GAS,
    8: _WATER,
    9: _WATER,
}

# modifiers that leave the register what it is; any other means another register, which has no code here
_HARMLESS: Final = frozenset({"forward", "backward", "standard_conform", "uncorrected", "base_conditions", "type_c"})


def obis_of(device_type: int | None, dib: Dib, vib: Vib) -> str | None:
    """Return `A-B:C.D.E*255` of a record, or None where OMS defines none.

    Storage 0 is the current value, storage 1 the due date value; further storages have no code of their own.
    Source: OMS Vol. 2 annex A; [2+] public implementations agree unless the tables above say otherwise.
    """
    medium = _MEDIA.get(device_type) if device_type is not None else None
    if dib.function == "maximum" and medium == 1 and vib.quantity == "power" and dib.storage == 0:
        return _code(1, f"{'2' if 'backward' in vib.modifiers else '1'}.6.{dib.tariff}")
    if dib.function != "instantaneous" or vib.error is not None or vib.kind == "raw":
        return None
    if vib.quantity in {"fabrication_number", "error_flags"} and not vib.modifiers and dib.storage == 0:
        return _code(medium or 0, "96.1.0" if vib.quantity == "fabrication_number" else "97.97.0")
    if vib.quantity == "datetime" and not vib.modifiers and (dib.storage, dib.tariff, dib.subunit) == (0, 0, 0):
        return _code(0, "1.0.0")
    if medium is None or dib.subunit or dib.storage > 1:
        return None
    if medium == 1 and dib.storage == 0:
        special = _per_phase(vib)
        if special is not None:
            return _code(1, special)
    if not _HARMLESS.issuperset(vib.modifiers):
        return None
    table = _GAS_BASE if medium == 7 and "base_conditions" in vib.modifiers else _TABLES[medium]
    row = table.get(vib.quantity)
    if row is None:
        return None
    backward = "backward" in vib.modifiers
    if backward and device_type == 0x0D and vib.quantity == "energy":
        medium, backward = 5, False
    pattern = (row.backward if backward else row.now) if dib.storage == 0 else None if backward else row.due
    if pattern is None or (dib.tariff and "{t}" not in pattern):
        return None
    return _code(medium, pattern.format(t=dib.tariff))


def _per_phase(vib: Vib) -> str | None:
    """Return the C.D.E of the electricity registers that the FC modifiers name."""
    if vib.quantity == "power" and vib.modifiers == ("import_minus_export",):
        return "16.7.0"
    if vib.quantity == "phase_angle" and len(vib.modifiers) == 2:
        return _ANGLES.get((vib.modifiers[0], vib.modifiers[1]))
    if vib.quantity in {"voltage", "current"} and len(vib.modifiers) <= 1:
        phase = vib.modifiers[0] if vib.modifiers else "phase_l1"
        if phase == "neutral" and vib.quantity == "current":
            return "91.7.0"
        if phase in _PHASE_C:
            return f"{(32 if vib.quantity == 'voltage' else 31) + _PHASE_C[phase]}.7.0"
    return None


def _code(medium: int, cde: str) -> str:
    return f"{medium}-0:{cde}*255"
