"""The market's words on a value: codes of QTY and STS, as quality, method and reason, and as `Reading.status`.

`status` of a reading is `67 Z32:Z92 Z40:Z75`: the code of QTY, then those of its STS with their category. Nothing is
said of a plain true value.
Source: EDI@Energy MSCONS AHB 3.2, rows 00026 and 00033 to 00038.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.mscons.registers import parse
from emtkit.export.mscons.status import METHODS, REASONS
from emtkit.model.series import Quality

if TYPE_CHECKING:
    from emtkit.export.mscons.incoming.received import ReceivedQuantity

TRUE_CODE: Final = "220"

# QTY 6063 -> what the value is worth. A code that is not here is worth no more than a preliminary value.
QUALITIES: Final[dict[str, Quality]] = {
    "20": Quality.MISSING,  # nicht verwendbarer Wert
    "67": Quality.SUBSTITUTE,
    "79": Quality.TRUE,  # summierter Wert
    "187": Quality.PRELIMINARY,  # Prognosewert
    "201": Quality.PRELIMINARY,  # Vorschlagswert
    "220": Quality.TRUE,
    "Z18": Quality.PRELIMINARY,
    "Z30": Quality.MISSING,
    "Z31": Quality.TRUE,  # Lieferschein
    "Z47": Quality.TRUE,  # Grundlage der POG-Ermittlung
}
_METHOD_NAMES: Final = {code: name for name, code in METHODS.items()}
_REASON_NAMES: Final = {code: name for name, code in REASONS.items()}

# IEC 62056-61 and EDI@Energy Codeliste der OBIS-Kennzahlen: what was used in a period, other than a load profile
_ELECTRICITY, _GAS = 1, 7
_ADVANCE: Final = 9
_GAS_ADVANCES: Final = frozenset({21, 22, 23, 33, 47, 86})


class Worth(NamedTuple):
    """What a value is worth, and for a substitute how and why it was made (`model.series.SeriesValue`)."""

    quality: Quality
    method: str | None
    reason: str | None


_TRUE: Final = Worth(Quality.TRUE, None, None)


def status_of(quantity: ReceivedQuantity) -> str | None:
    """Return the codes of QTY and STS, None for a true value of which nothing more is said."""
    if (
        quantity.code == TRUE_CODE
        and quantity.method is quantity.correction is quantity.reason is quantity.gas_quality is None
        and not quantity.plausibility
        and not quantity.energy_basis
    ):
        return None
    parts = [quantity.code]
    for category, code in (
        ("Z32", quantity.method),
        ("Z34", quantity.correction),
        ("Z40", quantity.reason),
        ("Z31", quantity.gas_quality),
    ):
        if code is not None:
            parts.append(f"{category}:{code}")
    parts += [f"Z33:{code}" for code in quantity.plausibility]
    parts += [f"10:{code}" for code in quantity.energy_basis]
    return " ".join(parts)


def worth_of_codes(code: str, method: str | None, reason: str | None, *, is_number: bool) -> Worth:
    """Return what QTY 6063, STS+Z32 and STS+Z40 say of a value; what is no number is missing."""
    if code == TRUE_CODE and is_number and method is None:
        return _TRUE
    quality = QUALITIES.get(code, Quality.PRELIMINARY) if is_number else Quality.MISSING
    why: str | None = None
    if quality is not Quality.TRUE:
        why = _REASON_NAMES.get(reason or "", reason) or (None if quality is Quality.SUBSTITUTE else code)
    return Worth(quality, _METHOD_NAMES.get(method or "", method), why)


@lru_cache(maxsize=4096)
def worth_of(status: str | None, *, is_number: bool) -> Worth:
    """Return what a reading's status says (`status_of`)."""
    code, *additions = (status or TRUE_CODE).split()
    named = dict(addition.partition(":")[::2] for addition in additions)
    return worth_of_codes(code, named.get("Z32"), named.get("Z40"), is_number=is_number)


@lru_cache(maxsize=4096)
def is_advance(register: str) -> bool:
    """Return whether a register has what was used in a period, so that its end alone says too little."""
    code = parse(register)
    if code is None:
        return False
    return (code.a == _ELECTRICITY and code.d == _ADVANCE) or (code.a == _GAS and code.d in _GAS_ADVANCES)
