"""The registers of the market, by family: which OBIS codes there are, in which unit, with which times, how exact.

A message does not say the unit of a value; it follows from the code.
Source: EDI@Energy Codeliste der OBIS-Kennzahlen und Medien 2.5c, chapters 3.1, 3.2, 4.1 and 4.2; decimals: MSCONS AHB
3.2, row 00026 of the use cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.grid import HOUR, QUARTER_HOUR

if TYPE_CHECKING:
    from datetime import timedelta

Location = Literal["messlokation", "marktlokation", "netzlokation", "konfigurations_id"]
Kind = Literal["register", "interval", "maximum"]

_ELECTRICITY_CHANNELS: Final = frozenset(range(66))  # Codeliste 2.5c, 3
_GAS_CHANNELS: Final = frozenset(range(65))  # the same, 4
_EXCESS_CHANNEL: Final = frozenset({66})  # Blindmehrarbeit


class Register(NamedTuple):
    """A family of OBIS codes A-b:C.D.E, with the values that b, C and E may have.

    unit          of the values; empty for a number without one (Z-Zahl)
    kind          `register`: a reading, DTM+7; `interval`: DTM+163/164; `maximum`: of a month or day, DTM+306
    step          length that each interval must have; intervals of such a register follow each other without a gap
    decimals      decimals at most
    whole         locations at which values are rounded to whole numbers (DVGW G 685-4, 5.3: gas energy)
    locations     at which it is used; empty: at all of the use case
    ratio         whether the transformer ratio goes into it, where the use case has values with it
    signed        locations at which a value below 0 is allowed
    begin_end     a maximum says DTM+163/164 too
    list          PIA 7143
    """

    a: int
    b: frozenset[int]
    c: frozenset[int]
    d: int
    e: frozenset[int]
    unit: str
    kind: Kind
    step: timedelta | None = None
    decimals: int = 3
    whole: tuple[Location, ...] = ()
    locations: tuple[Location, ...] = ()
    ratio: bool = True
    signed: tuple[Location, ...] = ()
    begin_end: bool = False
    list: str = "SRW"


def _electricity(
    c: frozenset[int], d: int, e: frozenset[int], unit: str, kind: Kind, step: timedelta | None = None
) -> Register:
    return Register(1, _ELECTRICITY_CHANNELS, c, d, e, unit, kind, step)


def _gas(c: set[int], d: int, e: int, unit: str, kind: Kind) -> Register:
    return Register(7, _GAS_CHANNELS, frozenset(c), d, frozenset({e}), unit, kind)


_TOTAL: Final = frozenset({0})
_TARIFFS: Final = frozenset(range(63))  # 0 total, 1..62 tariffs
_ERROR_REGISTER: Final = frozenset({63})
_IMPORT: Final = frozenset({1})
_EXPORT: Final = frozenset({2})
_ACTIVE: Final = _IMPORT | _EXPORT
_REACTIVE: Final = frozenset(range(3, 9))
_REACTIVE_SUMS: Final = frozenset({3, 4})
_EXCESS: Final = frozenset({13, 14})

# --- electricity ---

METER_READINGS: Final = (
    _electricity(_ACTIVE, 8, _TARIFFS | _ERROR_REGISTER, "kWh", "register"),
    _electricity(_REACTIVE, 8, _TOTAL, "kvarh", "register"),
    _electricity(_ACTIVE, 6, _TOTAL, "kW", "register"),
    _electricity(_REACTIVE, 6, _TOTAL, "kvar", "register"),
)
TOTAL_READINGS: Final = (_electricity(_ACTIVE, 8, _TOTAL, "kWh", "register"),)
ADVANCES: Final = (
    _electricity(_IMPORT, 9, _TARIFFS, "kWh", "interval"),
    _electricity(_EXPORT, 9, _TOTAL, "kWh", "interval"),
    _electricity(_REACTIVE, 9, _TOTAL, "kvarh", "interval"),
)
TOTAL_ADVANCES: Final = (_electricity(_ACTIVE, 9, _TOTAL, "kWh", "interval"),)
IMPORT_ADVANCES: Final = (_electricity(_IMPORT, 9, _TARIFFS, "kWh", "interval"),)
# 1-1:1.9.0 and 1-1:1.6.0, channel 1 only
YEAR_ADVANCE: Final = (_electricity(_IMPORT, 9, _TOTAL, "kWh", "interval")._replace(b=frozenset({1})),)
YEAR_MAXIMUM: Final = (_electricity(_IMPORT, 6, _TOTAL, "kW", "maximum")._replace(b=frozenset({1})),)
WORK_AND_MAXIMA: Final = (
    _electricity(_IMPORT, 9, _TARIFFS, "kWh", "interval"),
    _electricity(_REACTIVE_SUMS, 9, _TOTAL, "kvarh", "interval"),
    _electricity(_IMPORT, 6, _TOTAL, "kW", "maximum"),
    _electricity(_REACTIVE_SUMS, 6, _TOTAL, "kvar", "maximum"),
    Register(1, _EXCESS_CHANNEL, _EXCESS, 9, _TOTAL, "kvarh", "interval", list="Z02"),
    Register(1, _EXCESS_CHANNEL, _EXCESS, 6, _TOTAL, "kvar", "maximum", list="Z02"),
)
LOAD_PROFILES: Final = (_electricity(_ACTIVE, 29, _TOTAL, "kWh", "interval", QUARTER_HOUR),)
REACTIVE_LOAD_PROFILES: Final = (_electricity(_REACTIVE, 29, _TOTAL, "kvarh", "interval", QUARTER_HOUR),)

# --- gas ---

GAS_READINGS: Final = (
    _gas({3, 6}, 0, 0, "m3", "register"),  # Betriebsvolumen, Ausspeisung and Einspeisung
    _gas({3, 6}, 1, 0, "m3", "register"),  # the same, temperature compensated
    _gas({3, 6}, 2, 0, "m3", "register"),  # Normvolumen, measured
    _gas({13, 16}, 2, 0, "m3", "register"),  # Normvolumen, converted
)
_MESSLOKATION: Final[tuple[Location, ...]] = ("messlokation",)
GAS_DIFFERENCES: Final = tuple(
    _gas(c, d, 0, "m3", "interval")._replace(locations=_MESSLOKATION, signed=_MESSLOKATION)
    for c, d in (({3, 6}, 21), ({3, 6}, 22), ({3, 6}, 23), ({13, 16}, 21))
)
# channel 10 preliminary, 20 final
GAS_LOAD_PROFILES: Final = tuple(
    Register(7, frozenset({10, 20}), frozenset({99}), d, frozenset({17}), "kWh", "interval", HOUR) for d in (33, 36)
)
# E: 16 of the measuring period, 20 of the day, 22 of the month
Z_NUMBER: Final = Register(7, _TOTAL, frozenset({52}), 0, frozenset({22}), "", "interval", decimals=4, ratio=False)
BRENNWERT: Final = Register(7, _TOTAL, frozenset({54}), 0, frozenset({16, 20, 22}), "kWh/m3", "interval", ratio=False)
GAS_CONVERSION: Final = (Z_NUMBER, BRENNWERT)
GAS_CONVERSION_OF_MESSLOKATION: Final = tuple(row._replace(locations=_MESSLOKATION) for row in GAS_CONVERSION)
GAS_ENERGY: Final = (
    Register(
        7, _TOTAL, frozenset({33}), 86, _TOTAL, "kWh", "interval", whole=("marktlokation",), signed=_MESSLOKATION
    ),
)  # fmt: skip
# Bewegungsdaten: energy of the year, and that of its largest month
GAS_YEAR: Final = (
    Register(7, _TOTAL, frozenset({33}), 86, _TOTAL, "kWh", "interval"),
    Register(7, _TOTAL, frozenset({33}), 47, _TOTAL, "kWh", "maximum", begin_end=True),
)
