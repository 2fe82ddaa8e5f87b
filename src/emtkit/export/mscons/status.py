"""What a value is worth: the code of QTY, and those of STS that say how and why.

Names are emtkit's words for the market's codes; a code itself (`ZJ2`) may be given everywhere instead of its name.
Which codes a use case allows is in the AHB's tables (`ahb_codes`).
Source: EDI@Energy MSCONS MIG 2.5, DE 6063 and 9013.
"""

from __future__ import annotations

from typing import Final

from emtkit.export.mscons.ahb_codes import METHOD, PLAUSIBILITY, QUANTITY, REASON, Place, codes
from emtkit.model.errors import EncodeError
from emtkit.model.series import Quality, SeriesValue

# DE 6063
SUBSTITUTE: Final = "67"
PRELIMINARY: Final = "Z18"
# codes that a preliminary value of a received message has as its reason: Vorschlagswert, Prognosewert
_PRELIMINARY: Final = frozenset({"201", "187"})

# STS+Z32, DE 9013: Ersatzwertbildungsverfahren
METHODS: Final[dict[str, str]] = {
    "comparison_calibrated": "Z88",  # Vergleichsmessung (geeicht)
    "comparison": "Z89",  # Vergleichsmessung (nicht geeicht)
    "interpolation": "Z92",
    "hold": "Z93",  # Haltewert
    "historic": "Z95",  # historische Messwerte
    "statistics": "ZJ2",  # statistische Methode
}

# STS+Z40, Grund der Ersatzwertbildung, and STS+Z34, Korrekturgrund
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

# STS+Z33: Plausibilisierungshinweis
HINTS: Final[dict[str, str]] = {
    "read_by_customer": "Z83",  # Kundenselbstablesung
    "vacant": "Z84",  # Leerstand
    "rollover_checked": "Z85",  # Zählerüberlauf geprüft
    "control_reading": "Z86",  # Kontrollablesung
    "customer_note": "Z87",  # Kundenhinweis
    "substitute_exchanged": "ZC3",  # Austausch des Ersatzwertes
    "calculated": "ZR5",  # Rechenwert
    "modern_meter": "ZS2",  # Wert auf Basis der mME
}
SUBSTITUTE_EXCHANGED: Final = HINTS["substitute_exchanged"]


def doubtful_code(place: Place, value: SeriesValue) -> str:
    """Return the code of QTY for a value that is not true.

    Raises EncodeError `mscons.quality` where the use case has none for this quality.
    """
    if value.quality is Quality.SUBSTITUTE:
        code = SUBSTITUTE
    else:
        code = value.reason if value.reason in _PRELIMINARY else PRELIMINARY
    if code not in codes(place, QUANTITY):
        raise EncodeError(
            "mscons.quality",
            f"{place.pruefidentifikator} (BGM {place.document_code}) takes no {value.quality.value} value for "
            f"{place.obis} here ({value.end.isoformat()})",
        )
    return code


def substitute_codes(
    place: Place, quality: str, value: SeriesValue, reason: str | None = None
) -> tuple[str | None, str | None]:
    """Return the codes of STS+Z32 and STS+Z40, None for one that the use case does not have for this QTY.

    `reason` is the caller's word for a value whose own reason is not one of the market's (`no_reading`).
    Raises EncodeError `mscons.substitute.method`, `mscons.substitute.reason` if one is missing or not allowed.
    """
    method = why = None
    allowed = codes(place, METHOD, quality)
    if allowed:
        method = METHODS.get(value.method or "", value.method)
        if method not in allowed:
            raise EncodeError(
                "mscons.substitute.method",
                f"{place.pruefidentifikator} has no code for how the substitute value of {value.end.isoformat()} "
                f"was made: {value.method or 'not given'}",
            )
    allowed = codes(place, REASON, quality)
    if allowed:
        known = (REASONS.get(name or "", name) for name in (value.reason, reason))
        why = next((code for code in known if code in allowed), None)
        if why is None:
            raise EncodeError(
                "mscons.substitute.reason",
                f"{place.pruefidentifikator} has no code for why the value of {value.end.isoformat()} is a "
                f"substitute: {reason or value.reason or 'not given'} (option substitute_reason)",
            )
    return method, why


def hint_codes(place: Place, quality: str, hints: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of STS+Z33. Raises EncodeError `mscons.plausibility` for one that is not for such a value."""
    found = tuple(HINTS.get(name, name) for name in hints)
    allowed = codes(place, PLAUSIBILITY, quality)
    for code in found:
        if code not in allowed:
            raise EncodeError(
                "mscons.plausibility",
                f"{place.pruefidentifikator} has no Plausibilisierungshinweis {code} for a value of QTY {quality}; "
                f"possible: {', '.join(sorted(allowed)) or 'none'}",
                field="plausibility",
            )
    return found
