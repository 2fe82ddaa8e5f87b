"""Units as DLMS/COSEM and SML number them.

Source: IEC 62056-6-2, table 4 (enum of scaler_unit).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from emtkit.model.errors import EncodeError
from emtkit.model.units import EXACT


class CosemUnit(NamedTuple):
    """One code: the symbol, and the quantity and unit of `model.units`, None where emtkit has none for it.

    exponent  power of ten from this unit to emtkit's base unit (a litre is -3 of a m3)
    """

    code: int
    symbol: str
    quantity: str | None = None
    unit: str | None = None
    exponent: int = 0


NO_UNIT: Final = 255

COSEM_UNITS: Final[dict[int, CosemUnit]] = {
    unit.code: unit
    for unit in (
        #         code symbol   quantity            unit    exponent
        CosemUnit(1, "a"),
        CosemUnit(2, "mo"),
        CosemUnit(3, "wk"),
        CosemUnit(4, "d"),
        CosemUnit(5, "h"),
        CosemUnit(6, "min"),
        CosemUnit(7, "s", "duration", "s"),
        CosemUnit(8, "°", "phase_angle", "deg"),
        CosemUnit(9, "°C", "temperature", "degC"),
        CosemUnit(10, "currency"),
        CosemUnit(11, "m"),
        CosemUnit(12, "m/s"),
        CosemUnit(13, "m³", "volume", "m3"),
        CosemUnit(14, "m³ (corrected)", "volume", "m3"),
        CosemUnit(15, "m³/h", "volume_flow", "m3/h"),
        CosemUnit(16, "m³/h (corrected)", "volume_flow", "m3/h"),
        CosemUnit(17, "m³/d"),
        CosemUnit(18, "m³/d (corrected)"),
        CosemUnit(19, "l", "volume", "m3", -3),
        CosemUnit(20, "kg", "mass", "kg"),
        CosemUnit(21, "N"),
        CosemUnit(22, "Nm"),
        CosemUnit(23, "Pa", "pressure", "bar", -5),
        CosemUnit(24, "bar", "pressure", "bar"),
        CosemUnit(25, "J", "energy", "J"),
        CosemUnit(26, "J/h", "power", "J/h"),
        CosemUnit(27, "W", "power", "W"),
        CosemUnit(28, "VA", "apparent_power", "VA"),
        CosemUnit(29, "var", "reactive_power", "var"),
        CosemUnit(30, "Wh", "energy", "Wh"),
        CosemUnit(31, "VAh", "apparent_energy", "VAh"),
        CosemUnit(32, "varh", "reactive_energy", "varh"),
        CosemUnit(33, "A", "current", "A"),
        CosemUnit(34, "C"),
        CosemUnit(35, "V", "voltage", "V"),
        CosemUnit(36, "V/m"),
        CosemUnit(37, "F"),
        CosemUnit(38, "Ω", None, "ohm"),
        CosemUnit(39, "Ωm²/m"),
        CosemUnit(40, "Wb"),
        CosemUnit(41, "T"),
        CosemUnit(42, "A/m"),
        CosemUnit(43, "H"),
        CosemUnit(44, "Hz", "frequency", "Hz"),
        CosemUnit(45, "1/Wh"),
        CosemUnit(46, "1/varh"),
        CosemUnit(47, "1/VAh"),
        CosemUnit(48, "V²h", None, "V2h"),
        CosemUnit(49, "A²h", None, "A2h"),
        CosemUnit(50, "kg/s"),
        CosemUnit(51, "S"),
        CosemUnit(52, "K", "temperature_difference", "K"),
        CosemUnit(53, "1/(V²h)"),
        CosemUnit(54, "1/(A²h)"),
        CosemUnit(55, "1/m³"),
        CosemUnit(56, "%", "relative_humidity", "%"),
        CosemUnit(57, "Ah"),
        CosemUnit(60, "Wh/m³", "calorific_value", "kWh/m3", -3),
        CosemUnit(61, "J/m³", "calorific_value", "J/m3"),
        CosemUnit(62, "mol %"),
        CosemUnit(63, "g/m³"),
        CosemUnit(64, "Pa·s"),
        CosemUnit(65, "J/kg"),
        CosemUnit(66, "g/cm²"),
        CosemUnit(67, "atm"),
        CosemUnit(70, "dBm", "signal_strength", "dBm"),
        CosemUnit(71, "dBµV"),
        CosemUnit(72, "dB"),
        CosemUnit(128, "in"),
        CosemUnit(129, "ft"),
        CosemUnit(130, "lb"),
        CosemUnit(131, "°F"),
        CosemUnit(137, "ft³"),
        CosemUnit(140, "gal (US)"),
        CosemUnit(142, "psi"),
        CosemUnit(254, "other"),
        CosemUnit(NO_UNIT, "", "dimensionless"),
    )
}

# unit of `model.units` -> code: the first code that is exactly that unit; heat cost units are a mere count
_CODES: Final[dict[str, int]] = {"": NO_UNIT, "HCA": NO_UNIT}
for _unit in COSEM_UNITS.values():
    if _unit.unit is not None and _unit.exponent == 0:
        _CODES.setdefault(_unit.unit, _unit.code)


# codes whose step to the base unit is no power of ten, and units of their own: (quantity, unit, factor)
_MULTIPLES: Final[dict[int, tuple[str, str, int]]] = {
    3: ("duration", "s", 604_800),
    4: ("duration", "s", 86_400),
    5: ("duration", "s", 3600),
    6: ("duration", "s", 60),
    50: ("mass_flow", "kg/h", 3600),
    131: ("temperature", "degF", 1),
    137: ("volume", "ft3", 1),
    140: ("volume", "gal", 1),
}


class Measured(NamedTuple):
    """A value in its unit: the base unit of its quantity, or the code's own symbol where emtkit has no base unit."""

    value: Decimal
    unit: str | None
    quantity: str


def measured(raw: int, scaler: int, code: int = NO_UNIT) -> Measured | None:
    """Return raw * 10**scaler of a unit code in the base unit, exactly, with the digits the scaler gives it.

    None where the code is not in the table. The quantity is `any` where emtkit has no name for it.
    """
    unit = COSEM_UNITS.get(code)
    if unit is None:
        return None
    multiple = _MULTIPLES.get(code)
    if multiple is not None:
        quantity, symbol, factor = multiple
        return Measured(shifted(raw * factor, scaler), symbol, quantity)
    return Measured(shifted(raw, scaler + unit.exponent), unit.unit or unit.symbol or None, unit.quantity or "any")


def shifted(raw: int, exponent: int) -> Decimal:
    """Return raw * 10**exponent, exactly; without exponent notation for large numbers."""
    return Decimal(raw).scaleb(exponent, EXACT) if exponent < 0 else Decimal(raw * 10**exponent)


def cosem_code(unit: str) -> int:
    """Return the code of a base unit; 255 for none. Raises EncodeError `profile.unit` where COSEM has no such unit."""
    code = _CODES.get(unit)
    if code is None:
        raise EncodeError("profile.unit", f"COSEM has no unit {unit}")
    return code
