"""Compact load profiles: one record that holds a row of values (EN 13757-3:2018, annex F).

    spacing control   bits 3-0 data field of the elements, 5-4 unit of the spacing (s, min, h, d),
                      7-6 mode: 0 absolute (signed), 1 positive increments, 2 negative increments, 3 differences
    spacing value     0 array; 1..250 units; 253 d: half a month; 254 d: a month, h: a quarter, min: half a year
    elements          the first belongs to the storage after the base record's

The base value and base time are earlier records of the telegram with the same register and storage.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading
from emtkit.model.units import EXACT
from emtkit.protocols.mbus.datatypes import read_bcd, read_float, read_signed, read_unsigned
from emtkit.protocols.mbus.dif import DATA_FIELDS
from emtkit.protocols.mbus.spacing import read_spacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from emtkit.protocols.mbus.template import Template
    from emtkit.protocols.mbus.vif import Vib

_INVERSE: Final = 0x13
_FLOAT: Final = 0x5
_ABSOLUTE, _INCREMENTS, _DECREMENTS = 0, 1, 2  # modes; 3: signed differences
_BCD: Final = frozenset({0x9, 0xA, 0xB, 0xC, 0xE})


def expand_profile(
    template: Template, data: bytes, before: Sequence[Reading], raw: bytes, span: tuple[int, int]
) -> list[Reading] | None:
    """Return one reading per element, or None when the profile cannot be read.

    `before` are the readings so far; base time and base value are taken from them. An invalid element gives a
    reading without value, and for increments everything behind it has no value either. `raw` and `span` are the
    whole record's and go into every reading.
    """
    if len(data) < 2:
        return None
    control, mode = data[0], data[0] >> 6
    field = control & 0x0F
    size = DATA_FIELDS[field][1]
    if not size:  # no data, variable length, special
        return None
    backward = template.profile == _INVERSE
    values = _elements(field, mode, data[2:], size, template.vib)
    if mode != _ABSOLUTE:
        base = _base_value(template, before)
        if base is None:
            return None
        values = _add_up(base, values, down=(mode == _DECREMENTS) != backward)
    times = read_spacing(control, data[1]).times(_base_time(template, before), len(values), backward=backward)
    quantity, unit, function, tariff, subunit = (
        template.quantity, template.unit, template.function, template.tariff, template.subunit,
    )  # fmt: skip
    modifiers, (start, end) = _plain(template.modifiers), span
    return [
        Reading(
            quantity, value, unit, None, None, function, storage, tariff, subunit, modifiers, time,
            None if time is None else "device", None if value is not None else "invalid", raw, start, end,
        )
        for storage, (value, time) in enumerate(zip(values, times, strict=True), template.storage + 1)
    ]  # fmt: skip


def _elements(field: int, mode: int, data: bytes, size: int, vib: Vib) -> list[Decimal | None]:
    """Return the scaled elements; None for invalid ones."""
    if vib.exponent is None:
        raws = _raw_elements(field, mode, data, size)
        return [None if raw is None else EXACT.multiply(Decimal(raw), vib.scale) for raw in raws]
    shift, exponent = EXACT.scaleb, vib.exponent
    digits = data[: len(data) // size * size][::-1].hex() if field in _BCD else ""
    if digits.isdecimal():  # all elements at once: the last one stands first
        width = 2 * size
        return [shift(Decimal(digits[at : at + width]), exponent) for at in range(len(digits) - width, -1, -width)]
    return [None if raw is None else shift(raw, exponent) for raw in _raw_elements(field, mode, data, size)]


def _raw_elements(field: int, mode: int, data: bytes, size: int) -> Iterator[Decimal | int | None]:
    read: Callable[[bytes], Decimal | int | None] = read_signed
    if field in _BCD:
        read = read_bcd
    elif field == _FLOAT:
        read = read_float
    elif mode in {_INCREMENTS, _DECREMENTS}:
        read = read_unsigned
    return (read(data[at : at + size]) for at in range(0, len(data) - size + 1, size))


def _add_up(base: Decimal, changes: list[Decimal | None], *, down: bool) -> list[Decimal | None]:
    """Return the values that increments (or decrements) lead to; behind an invalid one there are none."""
    combine = EXACT.subtract if down else EXACT.add
    values: list[Decimal | None] = []
    current: Decimal | None = base
    for change in changes:
        current = None if current is None or change is None else combine(current, change)
        values.append(current)
    return values


@cache
def _plain(modifiers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(modifier for modifier in modifiers if "compact_profile" not in modifier)


def _base_value(template: Template, before: Sequence[Reading]) -> Decimal | None:
    """Return the value of the same register and storage that was sent before the profile."""
    wanted = (
        template.storage, template.quantity, template.unit, template.tariff, template.subunit, template.function,
        _plain(template.modifiers),
    )  # fmt: skip
    for r in reversed(before):
        if r.storage == template.storage and wanted == (
            r.storage, r.quantity, r.unit, r.tariff, r.subunit, r.function, r.modifiers
        ):  # fmt: skip
            return r.value if isinstance(r.value, Decimal) else None
    return None


def _base_time(template: Template, before: Sequence[Reading]) -> datetime | date | None:
    """Return the time of the profile's storage as the records so far give it."""
    for reading in before:
        if reading.storage == template.storage and reading.quantity in {"date", "datetime"} and not reading.modifiers:
            return reading.value if isinstance(reading.value, date) else None
    return None
