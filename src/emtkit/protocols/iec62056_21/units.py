"""Units as text telegrams spell them, and what they are in base units.

IEC 62056-21 leaves the spelling to the meter; the table holds what meters were seen to send.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import Final, NamedTuple

from emtkit.model.units import EXACT

# as EXACT, but a quotient without an end raises Inexact
FINITE: Final = Context(prec=EXACT.prec, traps=[Inexact])


class TextUnit(NamedTuple):
    """The base unit and the factor to it; `exponent` is a factor that is a power of ten as a number's tail (`E3`)."""

    base: str
    exponent: str | None
    factor: Decimal
    quantity: str


# base unit -> the quantity it means where the OBIS code says nothing
_QUANTITIES: Final[dict[str, str]] = {
    "Wh": "energy",
    "J": "energy",
    "varh": "reactive_energy",
    "VAh": "apparent_energy",
    "W": "power",
    "var": "reactive_power",
    "VA": "apparent_power",
    "V": "voltage",
    "A": "current",
    "Hz": "frequency",
    "deg": "phase_angle",
    "m3": "volume",
    "m3/h": "volume_flow",
    "kg": "mass",
    "degC": "temperature",
    "K": "temperature_difference",
    "bar": "pressure",
    "s": "duration",
    "%": "unknown",
    "dBm": "signal_strength",
    "kWh/m3": "calorific_value",
    "V2h": "unknown",
    "A2h": "unknown",
}

# base unit: (power of ten, or seconds for times; spellings)
_SPELLINGS: Final[tuple[tuple[str, int, tuple[str, ...]], ...]] = (
    ("Wh", 0, ("Wh",)),
    ("Wh", 3, ("kWh", "kwh", "KWH", "KWh", "kW*h", "kW.h")),
    ("Wh", 6, ("MWh",)),
    ("Wh", 9, ("GWh",)),
    ("J", 0, ("J",)),
    ("J", 3, ("kJ",)),
    ("J", 6, ("MJ",)),
    ("J", 9, ("GJ", "gj")),
    ("varh", 0, ("varh", "VArh", "Varh", "vArh")),
    ("varh", 3, ("kvarh", "kVArh", "kVarh", "kvArh", "KVARH", "KVArh")),
    ("varh", 6, ("Mvarh", "MVArh", "MVarh")),
    ("VAh", 0, ("VAh", "vah")),
    ("VAh", 3, ("kVAh", "kvah", "KVAH")),
    ("VAh", 6, ("MVAh",)),
    ("W", 0, ("W", "w")),
    ("W", 3, ("kW", "kw", "KW")),
    ("W", 6, ("MW",)),
    ("var", 0, ("var", "VAr", "Var", "VAR")),
    ("var", 3, ("kvar", "kVAr", "kVar", "KVAR", "kVAR")),
    ("var", 6, ("Mvar", "MVAr", "MVar")),
    ("VA", 0, ("VA", "va")),
    ("VA", 3, ("kVA", "kva", "KVA")),
    ("VA", 6, ("MVA",)),
    ("V", 0, ("V", "v")),
    ("V", 3, ("kV",)),
    ("V", -3, ("mV",)),
    ("A", 0, ("A", "a")),
    ("A", 3, ("kA",)),
    ("A", -3, ("mA",)),
    ("Hz", 0, ("Hz", "HZ", "hz")),
    ("Hz", 3, ("kHz",)),
    ("deg", 0, ("deg", "Deg", "DEG", "\u00b0")),
    ("m3", 0, ("m3", "M3", "m\u00b3", "m^3", "Nm3", "cbm")),
    ("m3", -3, ("l", "L", "dm3", "ltr")),
    ("m3/h", 0, ("m3/h", "m3h", "m3ph", "m\u00b3/h")),
    ("m3/h", -3, ("l/h", "lph")),
    ("kg", 0, ("kg",)),
    ("kg", 3, ("t",)),
    ("degC", 0, ("C", "degC", "\u00b0C", "Cel")),
    ("K", 0, ("K",)),
    ("bar", 0, ("bar",)),
    ("bar", -3, ("mbar", "hPa")),
    ("%", 0, ("%",)),
    ("dBm", 0, ("dBm",)),
    ("kWh/m3", 0, ("kWh/m3",)),
    ("V2h", 0, ("V2h",)),
    ("A2h", 0, ("A2h",)),
)
_TIMES: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (1, ("s", "sec", "secs", "S")),
    (60, ("min", "Min", "mins")),
    (3600, ("h", "H", "hrs", "Std")),
    (86400, ("d", "days")),
)


def _table() -> dict[str, TextUnit]:
    table = {
        spelling: TextUnit(base, f"E{shift}" if shift else "", Decimal(1).scaleb(shift), _QUANTITIES[base])
        for base, shift, spellings in _SPELLINGS
        for spelling in spellings
    }
    for seconds, spellings in _TIMES:
        exponent = "" if seconds == 1 else None
        table.update({spelling: TextUnit("s", exponent, Decimal(seconds), "duration") for spelling in spellings})
    return table


TEXT_UNITS: Final[dict[str, TextUnit]] = _table()
