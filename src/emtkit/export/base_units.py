"""Values in another unit without a change of their digits: between units a power of ten apart the point moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.errors import EncodeError
from emtkit.model.units import EXACT, UNITS, convert

if TYPE_CHECKING:
    from decimal import Decimal

# unit -> base unit, and the power of ten between the two
_POWERS: Final = {
    symbol: (base.symbol, unit.factor.adjusted())
    for symbol, unit in UNITS.items()
    for base in UNITS.values()
    if base.dimension == unit.dimension and base.factor == 1 and unit.factor.scaleb(-unit.factor.adjusted()) == 1
}
_BASES: Final = {unit.dimension: unit.symbol for unit in UNITS.values() if unit.factor == 1}


def base_of(unit: str | None) -> tuple[str | None, int]:
    """Return the base unit, and how many places the point moves to the right; the unit itself where it is none."""
    return _POWERS.get(unit or "", (unit, 0))


def in_base(value: Decimal | None, unit: str | None) -> tuple[Decimal | None, str | None]:
    """Return a value and its unit in the base unit; no digit is added or lost where it is a power of ten away.

    A unit that is not known, and a value that is no finite number of the base unit, stay as they are.
    """
    base, places = base_of(unit)
    if base is not unit or unit not in UNITS:
        return (value.scaleb(places, EXACT) if value is not None and places else value), base
    base = _BASES.get(UNITS[unit].dimension, unit)
    if value is None or base == unit:
        return value, base
    try:
        return convert(value, unit, base), base
    except EncodeError:
        return value, unit


def in_unit(value: Decimal, unit: str, wanted: str) -> Decimal:
    """Return a value in another unit; no digit is added or lost where it is a power of ten away (3.50 kWh are 3.50).

    Raises EncodeError `unit.incompatible` or `unit.inexact`.
    """
    have, want = _POWERS.get(unit), _POWERS.get(wanted)
    if have is None or want is None or have[0] != want[0]:
        return convert(value, unit, wanted)
    return value.scaleb(have[1] - want[1], EXACT)
