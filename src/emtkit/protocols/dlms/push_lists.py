"""Pushes that do not say what their values are: known by position, and units known by the list's id.

Kaifa and Kamstrup: the Norwegian HAN lists (NVE/NEK, "OBIS List Information" of both makers).
Wiener Netze: "Smart Meter Kundenschnittstelle" of the grid operator; the units are what meters of all three
makers there were found to send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.obis import Obis
from emtkit.protocols.dlms import axdr
from emtkit.protocols.dlms.classes.metering import ScalerUnit
from emtkit.protocols.dlms.cosem_time import looks_like_date_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtkit.protocols.dlms.axdr import Data

_W: Final = 27
_VA: Final = 28
_VAR: Final = 29
_WH: Final = 30
_VAH: Final = 31
_VARH: Final = 32
_A: Final = 33
_V: Final = 35
_NUMBER: Final = 255


class ListRow(NamedTuple):
    """The object at one position, and its scaler and unit (None: no number)."""

    obis: Obis
    scaler_unit: ScalerUnit | None


class PushList(NamedTuple):
    """A list: names by position, or (no rows) units of values that carry their names.

    units   (group C, group D) -> scaler and unit
    """

    name: str
    rows: tuple[ListRow | None, ...] = ()
    units: Mapping[tuple[int, int], ScalerUnit] = {}


def _row(obis: str, scaler: int = 0, unit: int | None = None) -> ListRow:
    return ListRow(Obis.parse(obis), None if unit is None else ScalerUnit(scaler, unit))


_KAIFA_POWER: Final = (_row("1-0:1.7.0", 0, _W),)
_KAIFA_HEAD: Final = (
    _row("1-1:0.2.129"),
    _row("0-0:96.1.0"),
    _row("0-0:96.1.7"),
    *_KAIFA_POWER,
    _row("1-0:2.7.0", 0, _W),
    _row("1-0:3.7.0", 0, _VAR),
    _row("1-0:4.7.0", 0, _VAR),
)
_KAIFA_ONE: Final = (*_KAIFA_HEAD, _row("1-0:31.7.0", -3, _A), _row("1-0:32.7.0", -1, _V))
_KAIFA_THREE: Final = (
    *_KAIFA_HEAD,
    *(_row(f"1-0:{c}.7.0", -3, _A) for c in (31, 51, 71)),
    *(_row(f"1-0:{c}.7.0", -1, _V) for c in (32, 52, 72)),
)
_KAIFA_HOURLY: Final = (
    _row("0-0:1.0.0"),
    _row("1-0:1.8.0", 0, _WH),
    _row("1-0:2.8.0", 0, _WH),
    _row("1-0:3.8.0", 0, _VARH),
    _row("1-0:4.8.0", 0, _VARH),
)
_KAIFA: Final[dict[int, PushList]] = {
    len(rows): PushList("kaifa", rows)
    for rows in (
        _KAIFA_POWER,
        _KAIFA_ONE,
        _KAIFA_THREE,
        (*_KAIFA_ONE, *_KAIFA_HOURLY),
        (*_KAIFA_THREE, *_KAIFA_HOURLY),
    )
}

_WIEN: Final = (
    _row("0-0:1.0.0"),
    _row("1-0:1.8.0", 0, _WH),
    _row("1-0:2.8.0", 0, _WH),
    _row("1-0:3.8.0", 0, _VARH),
    _row("1-0:4.8.0", 0, _VARH),
    _row("1-0:1.7.0", 0, _W),
    _row("1-0:2.7.0", 0, _W),
    _row("1-0:3.7.0", 0, _VAR),
    _row("1-0:4.7.0", 0, _VAR),
)
_WIENER_NETZE: Final[dict[int, PushList]] = {
    9: PushList("wiener-netze", _WIEN),  # Landis+Gyr, Iskraemeco
    10: PushList("wiener-netze", (_row("0-0:96.1.1"), *_WIEN)),  # Siemens
}

# Kamstrup: energies in 10 Wh, currents in 10 mA, voltages in V, power factors in hundredths.
_PHASES: Final = (0, 20, 40, 60)
_KAMSTRUP: Final = PushList(
    "kamstrup",
    units={
        **{(c + phase, 7): ScalerUnit(0, _W) for phase in _PHASES for c in (1, 2)},
        **{(c + phase, 7): ScalerUnit(0, _VAR) for phase in _PHASES for c in (3, 4)},
        **{(9 + phase, 7): ScalerUnit(0, _VA) for phase in _PHASES},
        **{(c + phase, 8): ScalerUnit(1, _WH) for phase in _PHASES for c in (1, 2)},
        **{(c + phase, 8): ScalerUnit(1, _VARH) for phase in _PHASES for c in (3, 4)},
        **{(9 + phase, 8): ScalerUnit(1, _VAH) for phase in _PHASES},
        **{(11 + phase, 7): ScalerUnit(-2, _A) for phase in _PHASES},
        **{(12 + phase, 7): ScalerUnit(0, _V) for phase in _PHASES},
        **{(13 + phase, 7): ScalerUnit(-2, _NUMBER) for phase in _PHASES},
    },
)


def match(elements: Sequence[Data], *, tagged_time: bool) -> PushList | None:
    """Return the list these values are, or None. `tagged_time`: the notification's time has Kaifa's extra tag."""
    if not elements:
        return None
    first = _text(elements[0])
    if first.startswith("Kamstrup_"):
        return _KAMSTRUP
    if first.startswith("KFM_") or (tagged_time and len(elements) == 1):
        return _KAIFA.get(len(elements))
    registers = elements[-8:]
    clock = elements[-9] if len(elements) in _WIENER_NETZE else None
    if (
        clock is not None
        and clock.tag == axdr.OCTET_STRING
        and looks_like_date_time(clock.value)
        and all(register.tag == axdr.DOUBLE_LONG_UNSIGNED for register in registers)
    ):
        return _WIENER_NETZE[len(elements)]
    return None


def _text(data: Data) -> str:
    if data.tag == axdr.VISIBLE_STRING:
        return str(data.value)
    return data.value.decode("latin-1") if data.tag == axdr.OCTET_STRING else ""
