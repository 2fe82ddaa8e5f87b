"""Register ids: from the text before the bracket to an OBIS code and to what its value means.

`A-B:C.D.E*F` may be reduced (`C.D`, `C.D.E`), have letters for C and D (`F.F`, `C.1.0`, `P.01`), or `&` for `*`
(a manual reset). Ids that are no OBIS code stay as they are. Source: IEC 62056-61, annex A; VDEW-Lastenheft 2.1.2.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.obis import Obis
from emtkit.model.obis_names import ObisName, obis_name
from emtkit.model.units import QUANTITIES
from emtkit.protocols.iec62056_21.heat import HEAT_REGISTERS
from emtkit.protocols.iec62056_21.units import TEXT_UNITS

if TYPE_CHECKING:
    from emtkit.model.reading import Function

_ID: Final = re.compile(
    r"(?:(?:(\d{1,3})-)?(\d{1,3}):)?(\d{1,3}|[CFLP])\.(\d{1,3}|[CFLP])(?:\.(\d{1,3}))?(?:([*&])(\d{1,3}))?\Z"
)
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?\Z")
_LETTERS: Final = {"C": 96, "F": 97, "L": 98, "P": 99}
_MAX_GROUP: Final = 255
_LAST_PERIOD: Final = 99
_HEAT_GROUPS: Final = ("6.", "9.")
_CACHE_SIZE: Final = 8192
_LONG: Final = 256  # no register id is as long as this: such texts are not kept

MANUAL_RESET: Final = "manual_reset"

# ids whose value does more than become a reading
ROLES: Final[dict[tuple[int, int, int], str]] = {
    (0, 9, 1): "clock_time",
    (0, 9, 2): "clock_date",
    (0, 9, 4): "clock",
    (97, 97, 0): "errors",
    (0, 1, 2): "reset",
    (1, 0, 0): "maybe_clock",
}
# where the meter's number may stand, the surest first; the register after it wins only if those before are missing
SERIALS: Final[tuple[tuple[int, int, int], ...]] = (
    (96, 1, 0),
    (96, 1, 1),
    (96, 1, 255),
    (0, 0, 0),
    (0, 0, 1),
)
_CHANNEL_CODES: Final = (24, 96)


class Register(NamedTuple):
    """What one id with one unit means.

    id         as sent
    obis       full form, or None
    quantity   name from `model.units.QUANTITIES`
    unit       base unit, None for texts and where the unit is not known
    exponent   power of ten to the base unit as a number's tail (`E3`); None: multiply by `factor`
    number     whether a value without a unit is a number (False: a text, a code or a time)
    measured   whether the quantity has a unit
    plain      whether a number with this unit becomes a reading and nothing else
    listed     whether its groups may be a profile, a logbook entry or a buffer
    octets     whether a text may be an octet string in hex
    special    whether the value says something about the whole telegram
    role       `clock`, `maybe_clock`, `clock_time`, `clock_date`, `reset`, `serial`, `errors`, `container`, `profile`
               or empty
    channel    M-Bus channel of a P1 telegram, 0 if none
    sent       the unit as sent; `unknown` is the same if no table has it
    """

    id: str
    obis: str | None
    code: Obis | None
    quantity: str
    unit: str | None
    exponent: str | None
    factor: Decimal
    number: bool
    measured: bool
    plain: bool
    listed: bool
    octets: bool
    special: bool
    function: Function
    modifiers: tuple[str, ...]
    tariff: int
    storage: int
    text: str
    name: str | None
    role: str
    channel: int
    sent: str
    unknown: str | None


def read_id(text: str) -> Obis | None:
    """Return the OBIS code of a register id, None if it is none. A left out is 1 (electricity), B 0, E 0, F 255."""
    found = _ID.match(text)
    if found is None:
        return _letter_alone(text)
    a, b, c, d, e, _, f = found.groups()
    groups = (
        int(a or 1),
        int(b or 0),
        _LETTERS.get(c) or int(c),
        _LETTERS.get(d) or int(d),
        int(e or 0),
        int(f) if f is not None else _MAX_GROUP,
    )
    return Obis(*groups) if max(groups) <= _MAX_GROUP else None


def _letter_alone(text: str) -> Obis | None:
    # "F(00000000)" and "F*01(...)" are how old meters write F.F
    return Obis(1, 0, 97, 97, 0) if text == "F" else None


REGISTERS: Final[dict[tuple[str, str, bool], Register]] = {}  # what was looked up before


def register(text: str, unit: str = "", *, heat: bool = False) -> Register:
    """Return the meaning of an id and a unit as sent; `heat`: the ids are those of a heat meter (EN 1434-3)."""
    key = (text, unit, heat)
    found = REGISTERS.get(key)
    if found is None:
        found = _look_up(text.strip(), unit.strip(), heat=heat)
        if len(text) + len(unit) < _LONG:
            if len(REGISTERS) >= _CACHE_SIZE:
                REGISTERS.clear()
            REGISTERS[key] = found
    return found


def _look_up(text: str, unit: str, *, heat: bool) -> Register:
    if heat:
        row = HEAT_REGISTERS.get(text.partition("*")[0])
        if row is not None:
            code = None if row.obis is None else Obis.parse(row.obis)
            history = text.partition("*")[2]
            storage = int(history) if history.isdecimal() else 0
            code = code if code is None or not storage else code._replace(f=min(storage, _MAX_GROUP))
            name = ObisName(row.quantity, row.function, row.modifiers, 0, storage, row.text)
            return _with_unit(text, code, name, row.unit if unit == "m" and row.unit else unit, role=row.role)
        if text[:2] in _HEAT_GROUPS:
            return _with_unit(text, None, ObisName("unknown"), unit, role="")
    code = read_id(text)
    if code is None:
        return _with_unit(text, None, ObisName("unknown"), unit, role="")
    name = obis_name(code)
    if code.f <= _LAST_PERIOD:
        name = name._replace(storage=code.f)
    if "&" in text:
        name = name._replace(modifiers=(*name.modifiers, MANUAL_RESET))
    return _with_unit(text, code, name, unit, role=_role(code, name))


def _role(code: Obis, name: ObisName) -> str:
    key = (code.c, code.d, code.e)
    if code.a == 0 and code.c == 1 and code.d == 0:
        return "clock"
    if code.c == 99 or (code.a == 0 and code.c == 24 and code.d == 3):
        return "profile" if (code.c, code.d) != (99, 97) else "container"
    if name.quantity == "container":
        return "container"
    if key in SERIALS and not (code.a == 0 and code.b > 0):
        return "serial"
    return ROLES.get(key, "")


def _with_unit(text: str, code: Obis | None, name: ObisName, unit: str, *, role: str) -> Register:
    spelled = TEXT_UNITS.get(unit)
    quantity = name.quantity
    if spelled is not None and not _fits(quantity, spelled.base):
        # the unit is what the meter says now, the OBIS table what the code usually is
        quantity = spelled.quantity
    channel = code.b if code is not None and code.a == 0 and code.b and code.c in _CHANNEL_CODES else 0
    obis = None if code is None else str(code)
    return Register(
        id=text,
        obis=obis,
        code=code,
        quantity=quantity,
        unit=spelled.base if spelled else None,
        exponent=spelled.exponent if spelled else "",
        factor=spelled.factor if spelled else Decimal(1),
        number=bool(unit) or _is_number(quantity) or _is_channel_value(code),
        measured=QUANTITIES.get(quantity) is not None,
        plain=code is not None and spelled is not None and spelled.exponent is not None and not role and not channel,
        listed=role in ("profile", "container") or not text,
        octets="96.1." in text or "96.13." in text,
        special=bool(role or channel),
        function=name.function,
        modifiers=name.modifiers,
        tariff=name.tariff,
        storage=name.storage,
        text=name.text,
        name=text if obis is None and text else None,
        role=role,
        channel=channel,
        sent=unit,
        unknown=unit if unit and spelled is None else None,
    )


def _fits(quantity: str, base: str) -> bool:
    return QUANTITIES.get(quantity) == base or (quantity == "energy" and base == "J")


_NUMBERS: Final = frozenset(
    {"event_counter", "reset_counter", "pulses", "power_factor", "conversion_factor", "cumulation_counter"}
)


def is_number(text: str) -> bool:
    """Return whether a value is a number as IEC 62056-21 writes it: sign, digits, decimal point."""
    return _NUMBER.match(text) is not None


def _is_channel_value(code: Obis | None) -> bool:
    return code is not None and (code.a, code.c, code.d) == (0, 24, 2)


def _is_number(quantity: str) -> bool:
    return QUANTITIES.get(quantity) is not None or quantity in _NUMBERS
