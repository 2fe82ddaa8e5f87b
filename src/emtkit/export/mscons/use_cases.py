"""The use cases (Prüfidentifikatoren) that are written, one row each, and the registers each of them takes.

Source: EDI@Energy MSCONS AHB 3.2 (FV2610), tables of the use cases; Codeliste der OBIS-Kennzahlen und Medien 2.5c,
chapters 3.1 and 4.1. A new use case is a new row.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal, NamedTuple

from emtkit.model.errors import EncodeError
from emtkit.model.obis import Obis

Sparte = Literal["electricity", "gas"]
Location = Literal["messlokation", "marktlokation", "konfigurations_id"]

# GMT hour of the day's beginning differs, the local hour does not: AHB [UB1] and [UB2]
DAY_START: Final[dict[Sparte, int]] = {"electricity": 0, "gas": 6}


class Register(NamedTuple):
    """A family of OBIS codes of the market: A-b:C.D.E with the values that C and E may have, and its unit."""

    a: int
    c: frozenset[int]
    d: int
    e: frozenset[int]
    unit: str


_TARIFFS: Final = frozenset(range(64))  # 0 total, 1..62 tariffs, 63 error register
_TOTAL: Final = frozenset({0})
_ACTIVE: Final = frozenset({1, 2})
_REACTIVE: Final = frozenset(range(3, 9))

_METER_READINGS: Final = (
    Register(1, _ACTIVE, 8, _TARIFFS, "kWh"),
    Register(1, _REACTIVE, 8, _TOTAL, "kvarh"),
    Register(1, _ACTIVE, 6, _TOTAL, "kW"),
    Register(1, _REACTIVE, 6, _TOTAL, "kvar"),
)
_ADVANCES: Final = (
    Register(1, frozenset({1}), 9, _TARIFFS - {63}, "kWh"),
    Register(1, frozenset({2}), 9, _TOTAL, "kWh"),
    Register(1, _REACTIVE, 9, _TOTAL, "kvarh"),
)
_LOAD_PROFILES: Final = (Register(1, _ACTIVE, 29, _TOTAL, "kWh"),)
_REACTIVE_LOAD_PROFILES: Final = (Register(1, _REACTIVE, 29, _TOTAL, "kvarh"),)
_GAS_READINGS: Final = (
    Register(7, frozenset({3, 6}), 0, _TOTAL, "m3"),  # Betriebsvolumen, Ausspeisung and Einspeisung
    Register(7, frozenset({3, 6}), 1, _TOTAL, "m3"),  # the same, temperature compensated
    Register(7, frozenset({3, 6}), 2, _TOTAL, "m3"),  # Normvolumen, measured
    Register(7, frozenset({13, 16}), 2, _TOTAL, "m3"),  # Normvolumen, converted
)
# channel b: Codeliste 2.5c, 3 (electricity) and 4 (gas)
_MAX_CHANNEL: Final[dict[int, int]] = {1: 65, 7: 64}


class UseCase(NamedTuple):
    """One row of the AHB.

    pruefidentifikator     RFF+Z13
    title                  its name in the AHB
    sparte                 electricity or gas; partners of the other Sparte are refused
    application_reference  UNB 0026: VL meter readings, TL load profiles, EM energy
    document_code          BGM 1001
    locations              what may be named, the first that the point has is taken
    device                 RFF+MG with the device number beside a Messlokation
    order_reference        the locations for which RFF+AGI must be there
    period                 SG6 DTM+163/164: the period of the whole message
    kind                   `register`: DTM+7 (and DTM+9) per value; `interval`: DTM+163/164 per value
    step                   length that each interval must have, None for any
    day_borders            values stand on borders of the day (midnight, gas 06:00)
    one_value_per_line     a LIN has one value (several LIN for several values)
    energy_basis           the locations for which STS+10 must say whether there are meter readings
    ratio_included         values hold the transformer ratio (market) or not (as on the display)
    signed                 the locations for which a value below 0 is allowed
    decimals               decimals at most
    preliminary            the locations for which QTY+Z18 is allowed
    registers              what may be in PIA
    """

    pruefidentifikator: str
    title: str
    sparte: Sparte
    application_reference: Literal["VL", "TL", "EM"]
    document_code: str
    locations: tuple[Location, ...]
    kind: Literal["register", "interval"]
    registers: tuple[Register, ...]
    device: bool = False
    order_reference: tuple[Location, ...] = ()
    period: bool = False
    step: timedelta | None = None
    day_borders: tuple[Location, ...] = ()
    one_value_per_line: bool = False
    energy_basis: tuple[Location, ...] = ()
    ratio_included: bool = True
    signed: tuple[Location, ...] = ()
    decimals: int = 3
    preliminary: tuple[Location, ...] = ()


_QUARTER_HOUR: Final = timedelta(minutes=15)

USE_CASES: Final[dict[str, UseCase]] = {
    row.pruefidentifikator: row
    for row in (
        UseCase(
            "13002", "Zählerstand (Gas)", "gas", "VL", "7", ("messlokation",), "register", _GAS_READINGS,
            device=True, day_borders=("messlokation",), one_value_per_line=True, ratio_included=False,
        ),
        UseCase(
            "13017", "Zählerstand (Strom)", "electricity", "VL", "7", ("konfigurations_id", "messlokation"),
            "register", _METER_READINGS, device=True, day_borders=("konfigurations_id", "messlokation"),
            one_value_per_line=True, ratio_included=False, preliminary=("konfigurations_id",),
        ),
        UseCase(
            "13018", "Lastgang Messlokation, Netzkoppelpunkt, Netzlokation", "electricity", "TL", "7",
            ("messlokation",), "interval", _LOAD_PROFILES + _REACTIVE_LOAD_PROFILES, period=True, step=_QUARTER_HOUR,
            preliminary=("messlokation",),
        ),
        UseCase(
            "13019", "Energiemenge (Strom)", "electricity", "EM", "7",
            ("marktlokation", "konfigurations_id", "messlokation"), "interval", _ADVANCES,
            order_reference=("konfigurations_id", "messlokation"), day_borders=("marktlokation",),
            one_value_per_line=True, energy_basis=("marktlokation",), signed=("konfigurations_id", "messlokation"),
        ),
        # reactive energy at a Marktlokation ended on 2024-01-01, before the first release that is written
        UseCase(
            "13025", "Lastgang Marktlokation, Tranche", "electricity", "TL", "Z48", ("marktlokation",), "interval",
            _LOAD_PROFILES, period=True, step=_QUARTER_HOUR, preliminary=("marktlokation",),
        ),
    )
}  # fmt: skip


def use_case(pruefidentifikator: str) -> UseCase:
    """Return the row. Raises EncodeError `mscons.pruefidentifikator` for one that is not written."""
    try:
        return USE_CASES[pruefidentifikator]
    except KeyError:
        raise EncodeError(
            "mscons.pruefidentifikator",
            f"Prüfidentifikator {pruefidentifikator} is not written; these are: {', '.join(USE_CASES)}",
            field="pruefidentifikator",
        ) from None


def market_unit(case: UseCase, obis: str) -> str:
    """Return the unit in which this use case has the values of this register (messages do not say it).

    Raises EncodeError `mscons.medium` for a medium that MSCONS has no codes for, `mscons.obis` for a register that
    the use case does not take.
    """
    code = Obis.parse(obis)
    if code.a not in _MAX_CHANNEL:
        raise EncodeError(
            "mscons.medium",
            f"MSCONS has no code for the medium of {obis}: it carries electricity and gas only. "
            "Write water, heat and heat cost allocators as csv or jsonl",
            field="obis",
        )
    for register in case.registers:
        if code.a == register.a and code.c in register.c and code.d == register.d and code.e in register.e:
            if code.b <= _MAX_CHANNEL[code.a]:
                return register.unit
            break
    raise EncodeError(
        "mscons.obis", f"{case.pruefidentifikator} ({case.title}) does not take the register {obis}", field="obis"
    )
