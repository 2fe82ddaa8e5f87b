"""QTY and STS codes: what a value is worth, and for a substitute how and why it was made.

Source: EDI@Energy MSCONS AHB 3.2, rows 00026, 00034 and 00036 of the use cases.
"""

from __future__ import annotations

from typing import Final

from emtkit.model.errors import EncodeError
from emtkit.model.series import Quality, SeriesValue

# DE 6063. A missing value has no code in the use cases that are written.
QUANTITY_CODES: Final[dict[Quality, str]] = {
    Quality.TRUE: "220",
    Quality.SUBSTITUTE: "67",
    Quality.PRELIMINARY: "Z18",
}

# STS+Z32, DE 9013: Ersatzwertbildungsverfahren
METHODS: Final[dict[str, str]] = {
    "comparison_calibrated": "Z88",  # Vergleichsmessung (geeicht)
    "comparison": "Z89",  # Vergleichsmessung (nicht geeicht)
    "interpolation": "Z92",
    "hold": "Z93",  # Haltewert
    "historic": "Z95",  # historische Messwerte
    "statistics": "ZJ2",  # statistische Methode
}

# STS+Z40, DE 9013: Grund der Ersatzwertbildung
REASONS: Final[dict[str, str]] = {
    "no_access": "Z74",
    "communication": "Z75",
    "mains_failure": "Z76",  # Netzausfall
    "voltage_failure": "Z77",
    "meter_exchange": "Z78",
    "calibration": "Z79",
    "out_of_range": "Z80",  # außerhalb der Betriebsbedingungen
    "meter_fault": "Z81",
    "uncertainty": "Z82",
    "clock_set": "ZA0",
    "implausible": "ZA1",
    "transformer_ratio": "ZA3",
    "misreading": "ZA4",
    "calculation_changed": "ZA5",
    "rebuilt": "ZA6",
    "data_processing": "ZA7",
    "disturbance": "ZB0",
    "tariff_times_changed": "ZB9",
    "tariff_device_fault": "ZC2",
    "pulse_weight": "ZC4",
}

_ELECTRICITY_METHODS: Final = frozenset(("Z88", "Z89", "Z92", "ZJ2"))
_GAS_METHODS: Final = frozenset(("Z89", "Z90", "Z91", "Z92", "Z93", "Z94", "Z95", "ZQ8", "ZQ9", "ZR0"))
_ELECTRICITY_REASONS: Final = frozenset(REASONS.values())
_GAS_REASONS: Final = frozenset(
    (
        "Z74", "Z75", "Z76", "Z78", "Z80", "Z81", "Z82", "Z98", "Z99", "ZA0", "ZA1", "ZA4", "ZA5", "ZA6", "ZA7", "ZB0",
        "ZC4", "ZR1", "ZR2", "ZR3", "ZR4", "ZT8",
    )
)  # fmt: skip

# ZS0 and ZS9 (see the Messlokation) are for a Marktlokation, ZT8 (no value at that time) for meter readings.
METHODS_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "13002": _GAS_METHODS,
    "13017": _ELECTRICITY_METHODS,
    "13018": _ELECTRICITY_METHODS,
    "13019": _ELECTRICITY_METHODS | {"ZS0"},
    "13025": _ELECTRICITY_METHODS | {"ZS0"},
}
REASONS_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "13002": _GAS_REASONS,
    "13017": _ELECTRICITY_REASONS | {"ZT8"},
    "13018": _ELECTRICITY_REASONS,
    "13019": _ELECTRICITY_REASONS | {"ZS9"},
    "13025": _ELECTRICITY_REASONS | {"ZS9"},
}


def substitute_codes(pruefidentifikator: str, value: SeriesValue, reason: str | None = None) -> tuple[str, str]:
    """Return the codes of STS+Z32 and STS+Z40 for a substitute value.

    `method` and `reason` are names of the tables above or the market's own codes (`ZJ2`). `reason` is the caller's
    word for a value whose own reason is not one of the market's (`no_reading`).
    Raises EncodeError `mscons.substitute.method`, `mscons.substitute.reason` if one is missing or not allowed.
    """
    method = METHODS.get(value.method or "", value.method)
    if method is None or method not in METHODS_ALLOWED[pruefidentifikator]:
        raise EncodeError(
            "mscons.substitute.method",
            f"{pruefidentifikator} has no code for how the substitute value of {value.end.isoformat()} "
            f"was made: {value.method or 'not given'}",
        )
    allowed = REASONS_ALLOWED[pruefidentifikator]
    for name in (value.reason, reason):
        code = REASONS.get(name or "", name)
        if code is not None and code in allowed:
            return method, code
    raise EncodeError(
        "mscons.substitute.reason",
        f"{pruefidentifikator} has no code for why the value of {value.end.isoformat()} is a substitute: "
        f"{reason or value.reason or 'not given'} (option substitute_reason)",
    )
