"""What the registers of the market are: quantity and unit by OBIS code. Messages of meters do not say the unit.

Source: EDI@Energy Codeliste der OBIS-Kennzahlen und Medien 2.5c, chapters 3 and 4; IEC 62056-61, groups C and D;
UN/ECE Recommendation 20 for the unit codes in QTY 6411.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from emtkit.model.errors import ConfigError
from emtkit.model.obis import Obis


class Kind(NamedTuple):
    """What a register holds: the quantity, and the market's unit of it (None where it has none)."""

    quantity: str
    unit: str | None


UNKNOWN: Final = Kind("unknown", None)

# QTY 6411
UNIT_CODES: Final[dict[str, Kind]] = {
    "D54": Kind("unknown", "W/m2"),
    "KVR": Kind("reactive_power", "kvar"),
    "KWH": Kind("energy", "kWh"),
    "KWT": Kind("power", "kW"),
    "MTQ": Kind("volume", "m3"),
    "MTS": Kind("unknown", "m/s"),
    "MWH": Kind("energy", "MWh"),
}

_REACTIVE: Final = frozenset((*range(3, 9), 13, 14))
_ACTIVE: Final = frozenset({1, 2, 9, 10, 15, 16})
_MAXIMUM: Final = 6
# group D of electricity: time integrals 1 to 6 and load profiles are energy, 4 to 7 and their kin are power
_ENERGY: Final = frozenset({8, 9, 10, 29, 30, 99})
_POWER: Final = frozenset({2, 4, 5, 6, 7})

_CALORIFIC: Final = Kind("calorific_value", "kWh/m3")
# gas: (C, D) -> what
_GAS: Final[dict[tuple[int, int], Kind]] = {
    **{(c, d): Kind("volume", "m3") for c in (3, 6, 13, 16) for d in (0, 1, 2, 21, 22, 23)},
    (33, 86): Kind("energy", "kWh"),
    (33, 47): Kind("energy", "kWh"),
    (52, 0): Kind("conversion_factor", None),
    (54, 0): _CALORIFIC,
    (99, 33): Kind("energy", "kWh"),
    (99, 36): Kind("energy", "kWh"),
}


@lru_cache(maxsize=4096)
def kind_of(register: str, unit_code: str = "") -> Kind:
    """Return what a register (PIA 7140) holds; a unit in the message (QTY 6411) decides before the code does."""
    if unit_code in UNIT_CODES:
        return UNIT_CODES[unit_code]
    code = parse(register)
    if code is None:
        return UNKNOWN
    match code.a:
        case 1:
            if code.d in _ENERGY:
                if code.c in _REACTIVE:
                    return Kind("reactive_energy", "kvarh")
                return Kind("energy", "kWh") if code.c in _ACTIVE else UNKNOWN
            if code.d in _POWER:
                if code.c in _REACTIVE:
                    return Kind("reactive_power", "kvar")
                return Kind("power", "kW") if code.c in _ACTIVE else UNKNOWN
        case 7:
            return _GAS.get((code.c, code.d), UNKNOWN)
    return UNKNOWN


@lru_cache(maxsize=4096)
def is_maximum(register: str) -> bool:
    """Return whether a register holds the maximum of a period."""
    code = parse(register)
    return code is not None and code.a == 1 and code.d == _MAXIMUM


@lru_cache(maxsize=4096)
def parse(register: str) -> Obis | None:
    """Return the OBIS code, None for a medium or a text that is none."""
    try:
        return Obis.parse(register) if register else None
    except ConfigError:
        return None
