"""Register ids of heat meters: two groups without a medium, of which 6.8 is energy and not reactive energy.

Source: EN 1434-3:2008, annex (data sets of the optical interface) as heat meters with IEC 62056-21 send them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from emtkit.model.reading import Function


class HeatRegister(NamedTuple):
    """One id. `unit` is what the meter means by `m` (minutes); `parts` the quantities of values joined by `&`."""

    quantity: str
    text: str
    obis: str | None = None
    function: Function = "instantaneous"
    modifiers: tuple[str, ...] = ()
    unit: str | None = None
    parts: tuple[str, ...] = ()
    role: str = ""


HEAT_REGISTERS: Final[dict[str, HeatRegister]] = {
    "0.0": HeatRegister("fabrication_number", "meter number", role="serial"),
    "6.6": HeatRegister("power", "maximum power", function="maximum"),
    "6.8": HeatRegister("energy", "energy", "6-0:1.0.0"),
    "6.26": HeatRegister("volume", "volume", "6-0:2.0.0"),
    "6.31": HeatRegister("operating_time", "operating time"),
    "6.32": HeatRegister("operating_time", "time with errors", function="error"),
    "6.33": HeatRegister("volume_flow", "maximum flow", function="maximum"),
    "6.35": HeatRegister("averaging_duration", "measuring period of the maxima", unit="min"),
    "9.4": HeatRegister(
        "flow_temperature",
        "maximum temperatures",
        function="maximum",
        parts=("flow_temperature", "return_temperature"),
    ),
    "9.20": HeatRegister("customer", "customer number"),
    "9.21": HeatRegister("enhanced_identification", "property number"),
    "9.24": HeatRegister("volume_flow", "nominal flow", modifiers=("nominal",)),
    "9.36": HeatRegister("datetime", "date and time", role="clock"),
    "F": HeatRegister("error_flags", "errors", role="errors"),
}

_INSIDE: Final = frozenset(".:-0123456789")  # before it: the 6.8 of 1-0:6.8.0 or of a number
_SIGNS: Final = re.compile(r"6\.(?:8|26)(?:\*\d+)?\([^()*]*\*(?:[kMG]?J|[kMG]?Wh|m3)\)")


def is_heat_meter(text: str) -> bool:
    """Return whether the ids are those of a heat meter: 6.8 or 6.26 with a unit of energy or volume."""
    if "6.8" not in text and "6.26" not in text:  # nearly all other meters, and much cheaper to say
        return False
    return any(text[found.start() - 1 : found.start()] not in _INSIDE for found in _SIGNS.finditer(text))
