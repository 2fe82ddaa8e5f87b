"""Compact load profiles: one record that holds a row of values (EN 13757-3:2018, annex F).

    spacing control   bits 3-0 data field of the elements, 5-4 unit of the spacing (s, min, h, d),
                      7-6 mode: 0 absolute (signed), 1 positive increments, 2 negative increments, 3 differences
    spacing value     0 array; 1..250 units; 253 d: half a month; 254 d: a month, h: a quarter, min: half a year
    elements          the first belongs to the storage after the base record's

The base value and base time are earlier records of the telegram with the same register and storage.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading
from emtkit.protocols.mbus.datatypes import read_bcd, read_float, read_signed, read_unsigned, scaled
from emtkit.protocols.mbus.dif import DATA_FIELDS
from emtkit.protocols.mbus.spacing import read_spacing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtkit.protocols.mbus.template import Template

_INVERSE: Final = 0x13
_BCD: Final = frozenset({0x9, 0xA, 0xB, 0xC, 0xE})


def expand_profile(template: Template, data: bytes, before: Sequence[Reading]) -> list[Reading] | None:
    """Return one reading per element, or None when the profile cannot be read.

    `before` are the readings so far; base time and base value are taken from them. An invalid element gives a
    reading without value, and for increments everything behind it has no value either.
    """
    if len(data) < 2:
        return None
    control, mode = data[0], data[0] >> 6
    field = control & 0x0F
    size = DATA_FIELDS[field][1]
    if not size or field in {0xD, 0xF}:
        return None
    spacing = read_spacing(control, data[1])
    base = _base(template, before)
    if mode != 0 and (base is None or not isinstance(base.value, Decimal)):
        return None
    moment = base_time(template, before)
    step = -1 if _INVERSE in template.vib.vifes else 1
    current: Decimal | None = base.value if base is not None and isinstance(base.value, Decimal) else None
    made = []
    for k in range((len(data) - 2) // size):
        raw = _element(field, data[2 + k * size : 2 + (k + 1) * size], mode)
        change = None if raw is None else scaled(raw, template.vib.scale, template.vib.exponent, Decimal(0))
        if mode == 0:
            current = change
        elif current is None or change is None:
            current = None
        else:
            current = current - change if mode == 2 else current + change
        time = None if moment is None else spacing.shift(moment, step * (k + 1))
        made.append(
            Reading(
                template.quantity,
                current,
                template.unit,
                None,
                None,
                template.function,
                template.storage + k + 1,
                template.tariff,
                template.subunit,
                _plain(template.modifiers),
                time,
                None if time is None else "device",
                "invalid" if raw is None else None,
            )  # fmt: skip
        )
    return made


def _plain(modifiers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(modifier for modifier in modifiers if "compact_profile" not in modifier)


def _base(template: Template, before: Sequence[Reading]) -> Reading | None:
    wanted = _plain(template.modifiers)
    return next(
        (
            r
            for r in reversed(before)
            if (r.quantity, r.unit, r.storage, r.tariff, r.subunit, r.function, r.modifiers)
            == (template.quantity, template.unit, template.storage, template.tariff, template.subunit,
                template.function, wanted)
        ),
        None,
    )  # fmt: skip


def base_time(template: Template, before: Sequence[Reading]) -> datetime | date | None:
    """Return the time of the profile's storage as the records so far give it."""
    for reading in before:
        if reading.storage == template.storage and reading.quantity in {"date", "datetime"} and not reading.modifiers:
            return reading.value if isinstance(reading.value, date) else None
    return None


def _element(field: int, data: bytes, mode: int) -> Decimal | None:
    if field in _BCD:
        return read_bcd(data)
    if field == 0x5:
        return read_float(data)
    raw = read_unsigned(data) if mode in {1, 2} else read_signed(data)
    return None if raw is None else Decimal(raw)
