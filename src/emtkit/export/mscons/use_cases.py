"""The use cases (Prüfidentifikatoren) that are written, one row each.

Source: EDI@Energy MSCONS AHB 3.2 (FV2610), tables of the use cases. A new use case is a new row. Which codes of QTY and
STS go with a value that is not true is not said here but read from the AHB's own tables (`ahb_codes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.mscons import market_registers as registers
from emtkit.model.errors import EncodeError
from emtkit.model.obis import Obis

if TYPE_CHECKING:
    from emtkit.export.mscons.market_registers import Location, Register

Sparte = Literal["electricity", "gas"]
ApplicationReference = Literal["VL", "TL", "EM"]

# GMT hour of the day's beginning differs, the local hour does not: AHB [UB1] and [UB2]
DAY_START: Final[dict[Sparte, int]] = {"electricity": 0, "gas": 6}


class UseCase(NamedTuple):
    """One row of the AHB.

    pruefidentifikator     RFF+Z13
    title                  its name in the AHB
    sparte                 electricity or gas; partners of the other Sparte are refused
    application_reference  UNB 0026: VL meter readings, TL load profiles, EM energy
    document_code          BGM 1001
    locations              what may be named, the first that the point has is taken
    registers              what may be in PIA
    device                 RFF+MG with the device number beside a Messlokation
    takes_order            whether RFF+AGI may be there
    order_reference        the locations for which RFF+AGI must be there
    period                 SG6 DTM+163/164: the period of the whole message
    one_moment             a message has the meter readings of one time
    day_borders            locations whose values stand on borders of the day (midnight, gas 06:00)
    one_value_per_line     a LIN has one value (several LIN for several values)
    energy_basis           the locations for which STS+10 must say whether there are meter readings
    ratio_included         values hold the transformer ratio (market) or not (as on the display)
    signed                 the locations for which a value below 0 is allowed
    true_code              QTY 6063 of a true value
    daily_maxima           DTM+306 may name a day, not only a month
    sums                   an energy may be the sum of a load profile; else it is the difference of two readings
    replaced               a wrong message is replaced by the next one; else it is cancelled (13006) first
    """

    pruefidentifikator: str
    title: str
    sparte: Sparte
    application_reference: ApplicationReference
    document_code: str
    locations: tuple[Location, ...]
    registers: tuple[Register, ...]
    device: bool = False
    takes_order: bool = True
    order_reference: tuple[Location, ...] = ()
    period: bool = False
    one_moment: bool = False
    day_borders: tuple[Location, ...] = ()
    one_value_per_line: bool = False
    energy_basis: tuple[Location, ...] = ()
    ratio_included: bool = True
    signed: tuple[Location, ...] = ()
    true_code: str = "220"
    daily_maxima: bool = False
    sums: bool = False
    replaced: bool = False


_ROWS: Final = (
    UseCase(
        "13002", "Zählerstand (Gas)", "gas", "VL", "7", ("messlokation",),
        registers.GAS_READINGS + registers.GAS_CONVERSION,
        device=True, one_moment=True, day_borders=("messlokation",), one_value_per_line=True, ratio_included=False,
    ),
    UseCase(
        "13008", "Lastgang (Gas)", "gas", "TL", "7", ("marktlokation", "messlokation"),
        registers.GAS_LOAD_PROFILES + registers.GAS_CONVERSION, period=True, replaced=True,
    ),
    UseCase(
        "13009", "Energiemenge (Gas)", "gas", "EM", "7", ("marktlokation", "messlokation"),
        registers.GAS_ENERGY + registers.GAS_DIFFERENCES + registers.GAS_CONVERSION_OF_MESSLOKATION,
        order_reference=("messlokation",), day_borders=("marktlokation",), one_value_per_line=True, sums=True,
    ),
    # Bewegungsdaten im Kalenderjahr vor Lieferbeginn
    UseCase(
        "13009", "Energiemenge (Gas)", "gas", "EM", "Z27", ("marktlokation",), registers.GAS_YEAR,
        day_borders=("marktlokation",), one_value_per_line=True, sums=True,
    ),
    UseCase(
        "13015", "Arbeit Leistungsmaximum Kalenderjahr vor Lieferbeginn", "electricity", "EM", "Z27",
        ("marktlokation",), registers.YEAR_ADVANCE + registers.YEAR_MAXIMUM, order_reference=("marktlokation",),
        day_borders=("marktlokation",), one_value_per_line=True, sums=True,
    ),
    UseCase(
        "13016", "Energiemenge und Leistungsmaximum (Strom)", "electricity", "EM", "Z28", ("marktlokation",),
        registers.WORK_AND_MAXIMA, day_borders=("marktlokation",), one_value_per_line=True, sums=True,
    ),
    # Lieferschein zur Netznutzungsabrechnung, Arbeits-/Leistungspreis
    UseCase(
        "13016", "Energiemenge und Leistungsmaximum (Strom)", "electricity", "EM", "Z42", ("marktlokation",),
        registers.WORK_AND_MAXIMA, takes_order=False, day_borders=("marktlokation",), one_value_per_line=True,
        true_code="Z31", daily_maxima=True, sums=True,
    ),
    UseCase(
        "13017", "Zählerstand (Strom)", "electricity", "VL", "7", ("konfigurations_id", "messlokation"),
        registers.METER_READINGS, device=True, one_moment=True, day_borders=("konfigurations_id", "messlokation"),
        one_value_per_line=True, ratio_included=False,
    ),
    UseCase(
        "13018", "Lastgang Messlokation, Netzkoppelpunkt, Netzlokation", "electricity", "TL", "7",
        ("messlokation", "netzlokation"), registers.LOAD_PROFILES + registers.REACTIVE_LOAD_PROFILES, period=True,
        replaced=True,
    ),
    UseCase(
        "13019", "Energiemenge (Strom)", "electricity", "EM", "7",
        ("marktlokation", "konfigurations_id", "messlokation"), registers.ADVANCES,
        order_reference=("konfigurations_id", "messlokation"), day_borders=("marktlokation",),
        one_value_per_line=True, energy_basis=("marktlokation",), signed=("konfigurations_id", "messlokation"),
    ),
    # Lieferschein zur Netznutzungsabrechnung, Grund-/Arbeitspreis
    UseCase(
        "13019", "Energiemenge (Strom)", "electricity", "EM", "Z41", ("marktlokation",), registers.IMPORT_ADVANCES,
        takes_order=False, day_borders=("marktlokation",), one_value_per_line=True, true_code="Z31",
    ),
    # reactive energy at a Marktlokation ended on 2024-01-01, before the first release that is written
    UseCase(
        "13025", "Lastgang Marktlokation, Tranche", "electricity", "TL", "Z48", ("marktlokation",),
        registers.LOAD_PROFILES, period=True, replaced=True,
    ),
    UseCase(
        "13027", "Werte nach Typ 2", "electricity", "TL", "Z83", ("marktlokation", "messlokation", "netzlokation"),
        registers.LOAD_PROFILES + registers.REACTIVE_LOAD_PROFILES + registers.TOTAL_READINGS
        + registers.TOTAL_ADVANCES, order_reference=("marktlokation", "messlokation", "netzlokation"),
        replaced=True,
    ),
    UseCase(
        "13028", "Grundlage POG-Ermittlung", "electricity", "EM", "Z85", ("marktlokation",), registers.YEAR_ADVANCE,
        takes_order=False, day_borders=("marktlokation",), one_value_per_line=True, true_code="Z47",
    ),
)  # fmt: skip

# (Prüfidentifikator, BGM 1001) -> its row
VARIANTS: Final[dict[tuple[str, str], UseCase]] = {(row.pruefidentifikator, row.document_code): row for row in _ROWS}
# Prüfidentifikator -> its usual row: the first one
USE_CASES: Final[dict[str, UseCase]] = {row.pruefidentifikator: row for row in reversed(_ROWS)}


def use_case(pruefidentifikator: str, document_code: str | None = None) -> UseCase:
    """Return the row: that with this BGM 1001 where there is one, else the usual one.

    Raises EncodeError `mscons.pruefidentifikator` for one that is not written.
    """
    row = VARIANTS.get((pruefidentifikator, document_code or "")) or USE_CASES.get(pruefidentifikator)
    if row is None:
        raise EncodeError(
            "mscons.pruefidentifikator",
            f"Prüfidentifikator {pruefidentifikator} is not written; these are: {', '.join(sorted(USE_CASES))}",
            field="pruefidentifikator",
        )
    return row


def market_register(case: UseCase, obis: str) -> Register:
    """Return what this use case wants of this register: unit, times, decimals.

    Raises EncodeError `mscons.medium` for a medium that MSCONS has no codes for, `mscons.obis` for a register that
    the use case does not take.
    """
    code = Obis.parse(obis)
    if code.a not in _MEDIA:
        raise EncodeError(
            "mscons.medium",
            f"MSCONS has no code for the medium of {obis}: it carries electricity and gas only. "
            "Write water, heat and heat cost allocators as csv or jsonl",
            field="obis",
        )
    for row in case.registers:
        if code.d == row.d and code.c in row.c and code.e in row.e and code.a == row.a and code.b in row.b:
            return row
    raise EncodeError(
        "mscons.obis",
        f"{case.pruefidentifikator} ({case.title}, BGM {case.document_code}) does not take the register {obis}",
        field="obis",
    )


_MEDIA: Final = frozenset({1, 7})
