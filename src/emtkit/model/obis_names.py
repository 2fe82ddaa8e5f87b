"""What an OBIS code measures: quantity, phase, direction, kind of value.

A table of patterns for the objects that have a fixed meaning, and the grammar of the electricity codes
(IEC 62056-61, 5: groups C and D). SML, DLMS/COSEM and IEC 62056-21 name their readings with it; where a
telegram carries a unit, the unit decides about the quantity and this table only refines it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from emtkit.model.obis import Obis
    from emtkit.model.reading import Function


class ObisName(NamedTuple):
    """What a code means.

    quantity   name from `model.units.QUANTITIES`; `unknown` where the code alone does not say it
    function   instantaneous, maximum or minimum
    modifiers  `phase_l1` `phase_l2` `phase_l3` `phase_n`, `backward` (export, -A)
    tariff     tariff register, 0 for the total and where the code has none
    storage    number of the billing period (group F), 0 for the current one
    text       a few words for people, empty where nothing is known
    """

    quantity: str
    function: Function = "instantaneous"
    modifiers: tuple[str, ...] = ()
    tariff: int = 0
    storage: int = 0
    text: str = ""


_UNKNOWN: Final = "unknown"


class _Row(NamedTuple):
    """A pattern; None matches every value of the group."""

    a: int | None
    c: int
    d: int | None
    e: int | None
    quantity: str
    text: str


# IEC 62056-61 and the EDI@Energy list of OBIS codes; 129-129:199.x and 96.50.x as German electricity meters use
# them (FNN Lastenheft EDL and Basiszaehler). The first matching row wins.
_ROWS: Final = (
    #    A     C    D     E     quantity               text
    _Row(0, 1, 0, None, "datetime", "clock"),
    _Row(0, 17, 0, 0, "power", "power limit"),
    _Row(0, 24, 1, None, "device_type", "type of the M-Bus device"),
    _Row(0, 24, 2, None, "unknown", "last value of the M-Bus device"),
    _Row(0, 24, 3, None, "unknown", "last values of the M-Bus device"),
    _Row(0, 24, 4, None, "digital_output", "valve of the M-Bus device"),
    _Row(0, 42, 0, 0, "fabrication_number", "logical device name"),
    _Row(0, 96, 1, 4, "software_version", "version of the telegram"),
    _Row(0, 96, 3, 10, "digital_output", "state of the breaker"),
    _Row(0, 96, 4, 0, "digital_output", "state of the breaker"),
    _Row(None, 98, None, None, "container", "profile"),
    _Row(None, 99, None, None, "container", "profile or logbook"),
    _Row(1, 0, 0, None, "fabrication_number", "device number"),
    _Row(1, 0, 1, 0, "reset_counter", "number of billing resets"),
    _Row(1, 0, 1, 2, "datetime", "time of the last billing reset"),
    _Row(1, 0, 2, 0, "firmware_version", "firmware version"),
    _Row(1, 0, 2, 1, "parameter_set_id", "parameter set"),
    _Row(1, 0, 2, 8, "firmware_version", "firmware checksum"),
    _Row(1, 0, 4, None, "rating_factor", "transformer ratio"),
    _Row(1, 0, 8, None, "averaging_duration", "measuring period"),
    _Row(1, 0, 9, 1, "time", "time of day"),
    _Row(1, 0, 9, 2, "date", "date"),
    _Row(1, 0, 9, 4, "datetime", "date and time"),
    _Row(4, 1, 0, None, "heat_cost_units", "heat cost units"),
    _Row(5, 1, 0, None, "energy", "cooling energy"),
    _Row(5, 2, 0, None, "volume", "volume"),
    _Row(5, 8, 0, None, "power", "cooling power"),
    _Row(5, 9, 0, None, "volume_flow", "flow"),
    _Row(5, 10, 0, None, "flow_temperature", "flow temperature"),
    _Row(5, 11, 0, None, "return_temperature", "return temperature"),
    _Row(5, 12, 0, None, "temperature_difference", "temperature difference"),
    _Row(6, 1, 0, None, "energy", "heat energy"),
    _Row(6, 2, 0, None, "volume", "volume"),
    _Row(6, 8, 0, None, "power", "heat power"),
    _Row(6, 9, 0, None, "volume_flow", "flow"),
    _Row(6, 10, 0, None, "flow_temperature", "flow temperature"),
    _Row(6, 11, 0, None, "return_temperature", "return temperature"),
    _Row(6, 12, 0, None, "temperature_difference", "temperature difference"),
    _Row(7, 1, 0, None, "volume", "operating volume, undisturbed"),
    _Row(7, 2, 0, None, "volume", "operating volume, disturbed"),
    _Row(7, 3, 0, None, "volume", "operating volume, total"),
    _Row(7, 3, 1, None, "volume", "operating volume, temperature converted"),
    _Row(7, 11, 2, None, "volume", "base volume, undisturbed"),
    _Row(7, 12, 2, None, "volume", "base volume, disturbed"),
    _Row(7, 13, 2, None, "volume", "base volume, total"),
    _Row(7, 31, 2, None, "energy", "gas energy, undisturbed"),
    _Row(7, 32, 2, None, "energy", "gas energy, disturbed"),
    _Row(7, 33, 2, None, "energy", "gas energy, total"),
    _Row(7, 53, 0, None, "conversion_factor", "compressibility"),
    _Row(7, 54, 0, None, "calorific_value", "calorific value"),
    _Row(8, 1, 0, None, "volume", "cold water volume"),
    _Row(8, 2, 0, None, "volume_flow", "cold water flow"),
    _Row(9, 1, 0, None, "volume", "hot water volume"),
    _Row(9, 2, 0, None, "volume_flow", "hot water flow"),
    _Row(None, 96, 1, None, "fabrication_number", "device number"),
    _Row(None, 96, 2, 0, "event_counter", "number of parameter changes"),
    _Row(None, 96, 2, None, "datetime", "time of the last parameter change"),
    _Row(None, 96, 5, None, "status", "status word"),
    _Row(None, 96, 6, 0, "battery_operating_time", "battery operating time"),
    _Row(None, 96, 6, 3, "voltage", "battery voltage"),
    _Row(None, 96, 6, 6, "battery_remaining_time", "battery remaining time"),
    _Row(None, 96, 7, 19, "duration", "long power failure"),
    _Row(None, 96, 7, None, "event_counter", "power failures"),
    _Row(None, 96, 8, None, "operating_time", "time of operation"),
    _Row(None, 96, 9, None, "temperature", "ambient temperature"),
    _Row(None, 96, 10, None, "status", "status word"),
    _Row(None, 96, 11, None, "status", "event"),
    _Row(None, 96, 12, 5, "signal_strength", "field strength"),
    _Row(None, 96, 13, None, "text", "message to the customer"),
    _Row(None, 96, 14, None, "tariff_subunit_descriptor", "current tariff"),
    _Row(None, 96, 15, None, "event_counter", "events"),
    _Row(None, 96, 50, 1, "manufacturer", "manufacturer"),
    _Row(None, 96, 90, 2, "firmware_version", "firmware checksum"),
    _Row(None, 97, 97, None, "error_flags", "error register"),
    _Row(129, 199, 130, 3, "manufacturer", "manufacturer"),
    _Row(129, 199, 130, 5, "security_key", "public key"),
)

_ELECTRICITY: Final = 1
_ANGLES: Final = 81
_PHASES: Final = ("", "phase_l1", "phase_l2", "phase_l3")

# IEC 62056-61, table 5: group C 1..20; 21..40, 41..60, 61..80 are the same for L1, L2, L3.
# (time integral, any other processing, text, export)
_GROUP_C: Final[dict[int, tuple[str, str, str, bool]]] = {
    1: ("energy", "power", "active import +A", False),
    2: ("energy", "power", "active export -A", True),
    3: ("reactive_energy", "reactive_power", "reactive import +R", False),
    4: ("reactive_energy", "reactive_power", "reactive export -R", True),
    5: ("reactive_energy", "reactive_power", "reactive quadrant I", False),
    6: ("reactive_energy", "reactive_power", "reactive quadrant II", False),
    7: ("reactive_energy", "reactive_power", "reactive quadrant III", False),
    8: ("reactive_energy", "reactive_power", "reactive quadrant IV", False),
    9: ("apparent_energy", "apparent_power", "apparent import +S", False),
    10: ("apparent_energy", "apparent_power", "apparent export -S", True),
    11: ("current", "current", "current", False),
    12: ("voltage", "voltage", "voltage", False),
    13: ("power_factor", "power_factor", "power factor", False),
    14: ("frequency", "frequency", "frequency", False),
    15: ("energy", "power", "active, sum of amounts", False),
    16: ("energy", "power", "active, import minus export", False),
    17: ("energy", "power", "active quadrant I", False),
    18: ("energy", "power", "active quadrant II", False),
    19: ("energy", "power", "active quadrant III", False),
    20: ("energy", "power", "active quadrant IV", False),
}
_NEUTRAL: Final[dict[int, tuple[str, str, str, bool]]] = {
    91: ("current", "current", "neutral current", False),
    92: ("voltage", "voltage", "neutral voltage", False),
}

# IEC 62056-61, table 9: group D for electricity.
_GROUP_D: Final[dict[int, str]] = {
    1: "cumulative minimum 1",
    2: "cumulative maximum 1",
    3: "minimum 1",
    4: "current average 1",
    5: "last average 1",
    6: "maximum 1",
    7: "instantaneous",
    8: "register",
    9: "advance of the billing period",
    10: "time integral 3",
    11: "cumulative minimum 2",
    12: "cumulative maximum 2",
    13: "minimum 2",
    14: "current average 2",
    15: "last average 2",
    16: "maximum 2",
    17: "time integral 7",
    18: "time integral 8",
    19: "time integral 9",
    20: "time integral 10",
    21: "cumulative minimum 3",
    22: "cumulative maximum 3",
    23: "minimum 3",
    24: "current average 3",
    25: "last average 3",
    26: "maximum 3",
    27: "current average 5",
    28: "current average 6",
    29: "interval energy",
    30: "time integral 6",
}
_INTEGRALS: Final = frozenset({8, 9, 10, 17, 18, 19, 20, 29, 30})
_CUMULATIVE_MAXIMA: Final = frozenset({2, 12, 22})
_MAXIMA: Final = frozenset({6, 16, 26})
_MINIMA: Final = frozenset({3, 13, 23})
_LAST_TARIFF: Final = 62  # 63 is the error register (EDI@Energy list of OBIS codes)
# IEC 62056-61, 5.4.2: angles of 81.7.E: tens = from, units = to
_VECTORS: Final = ("U1", "U2", "U3", "", "I1", "I2", "I3", "IN")


_VOLTAGE: Final = 12
_COUNTED: Final = {32: "voltage sags", 36: "voltage swells"}  # group D of a voltage
_LAST_PERIOD: Final = 99
_WITHOUT_TARIFF: Final = frozenset({"current", "voltage", "frequency", "power_factor", "event_counter"})


@lru_cache(maxsize=4096)
def obis_name(code: Obis) -> ObisName:
    """Return what a code means; quantity `unknown` and an empty text where that is not standardised."""
    a, _, c, d, e, f = code
    for row in _ROWS:
        if row.c == c and row.a in (None, a) and row.d in (None, d) and row.e in (None, e):
            return ObisName(row.quantity, text=row.text)
    return _electricity(c, d, e, f) if a == _ELECTRICITY else ObisName(_UNKNOWN)


def _electricity(c: int, d: int, e: int, f: int) -> ObisName:
    if c == _ANGLES:
        start, end = divmod(e, 10)
        known = start < len(_VECTORS) and end < len(_VECTORS) and _VECTORS[start] and _VECTORS[end]
        return ObisName("phase_angle", text=f"angle of {_VECTORS[end]} to {_VECTORS[start]}" if known else "angle")
    phase, index = divmod(c - 1, 20)
    entry = _GROUP_C.get(index + 1) if 0 <= phase < len(_PHASES) else _NEUTRAL.get(c)
    if entry is None:
        return ObisName(_UNKNOWN)
    integral, other, text, export = entry
    neutral = c in _NEUTRAL
    modifiers = ["phase_n"] if neutral else [_PHASES[phase]] if phase else []
    if export:
        modifiers.append("backward")
    quantity = integral if d in _INTEGRALS else other
    words = [text, f"L{phase}"] if phase and not neutral else [text]
    if d in _CUMULATIVE_MAXIMA and quantity == "power":
        quantity = "cumulative_maximum_power"
    if d in _COUNTED and index + 1 == _VOLTAGE:
        quantity = "event_counter"
        words.append(_COUNTED[d])
    if d in _GROUP_D:
        words.append(_GROUP_D[d])
    tariff = e if quantity not in _WITHOUT_TARIFF and 0 < e <= _LAST_TARIFF else 0
    if tariff:
        words.append(f"tariff {tariff}")
    function: Function = "maximum" if d in _MAXIMA else "minimum" if d in _MINIMA else "instantaneous"
    storage = f if 0 < f <= _LAST_PERIOD else 0
    return ObisName(quantity, function, tuple(modifiers), tariff, storage, ", ".join(words))
