"""Building what is not a plain record: compact profiles and the fixed data structure of old wired meters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from emtkit.model.errors import EncodeError
from emtkit.model.units import EXACT
from emtkit.protocols.mbus.datatypes import write_bcd, write_int
from emtkit.protocols.mbus.dif import Dib, build_dib
from emtkit.protocols.mbus.fixed import FIXED
from emtkit.protocols.mbus.vif import read_vib

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

Mode = Literal["absolute", "increments", "decrements", "differences"]

_MODES: Final = {"absolute": 0, "increments": 1, "decrements": 2, "differences": 3}
_UNITS: Final = {"s": 0, "min": 1, "h": 2, "d": 3}
_CODINGS: Final = {
    "int8": (0x1, 1), "int16": (0x2, 2), "int24": (0x3, 3), "int32": (0x4, 4), "int48": (0x6, 6), "int64": (0x7, 8),
    "bcd2": (0x9, 1), "bcd4": (0xA, 2), "bcd6": (0xB, 3), "bcd8": (0xC, 4), "bcd12": (0xE, 6),
}  # fmt: skip
_MAX_LVAR: Final = 0xBF
_MONTH: Final = (3, 254)


def build_profile(
    vib: bytes | str,
    values: Sequence[Decimal],
    coding: str,
    *,
    storage: int,
    spacing: tuple[int, str] | Literal["month"] = "month",
    mode: Mode = "absolute",
    base: Decimal | None = None,
    inverse: bool = False,
) -> bytes:
    """Return a compact profile record (EN 13757-3:2018, annex F): VIFE 1F, or 13 for an inverse one.

    Args:
        vib: VIF and VIFE of the register, without the profile's own VIFE
        values: the values of storage+1, storage+2 ..., in the base unit
        coding: coding of the elements, `int8` to `int64` or `bcd2` to `bcd12`
        storage: storage of the base record and base time, which are records of their own
        spacing: (number, `s` `min` `h` or `d`), or `month`
        mode: what the elements are; anything but `absolute` needs `base`
        base: the value of the base record
        inverse: the values go back in time

    Raises:
        EncodeError: a value is no multiple of the scale or does not fit; the profile is longer than 191 bytes
    """
    vib = bytes.fromhex(vib) if isinstance(vib, str) else vib
    field, size = _CODINGS[coding]
    unit, number = _MONTH if spacing == "month" else (_UNITS[spacing[1]], spacing[0])
    if not 1 <= number <= 254:
        raise EncodeError("mbus.encode.range", f"a spacing is 1 to 250 units, not {number}")
    meaning = read_vib(vib)
    raws = []
    for value in _elements(values, mode, base, inverse=inverse):
        raw = EXACT.divide(value, meaning.scale)
        if raw != raw.to_integral_value():
            raise EncodeError("mbus.encode.value", f"{value} is no multiple of {meaning.scale}")
        raws.append(int(raw))
    signed = mode in {"absolute", "differences"}
    data = b"".join(write_bcd(r, size) if field > 8 else write_int(r, size, signed=signed) for r in raws)
    if len(data) + 2 > _MAX_LVAR:
        raise EncodeError("mbus.encode.range", f"a profile holds at most {_MAX_LVAR - 2} bytes, not {len(data)}")
    chain = vib[:-1] + bytes((vib[-1] | 0x80, 0x13 if inverse else 0x1F))
    control = field | unit << 4 | _MODES[mode] << 6
    return build_dib(Dib(0xD, "instantaneous", storage, 0, 0)) + chain + bytes((len(data) + 2, control, number)) + data


def _elements(values: Sequence[Decimal], mode: Mode, base: Decimal | None, *, inverse: bool) -> list[Decimal]:
    if mode == "absolute":
        return list(values)
    if base is None:
        raise EncodeError("mbus.encode.value", f"a profile of {mode} needs the base value")
    down = (mode == "decrements") != inverse
    before = [base, *values[:-1]]
    return [EXACT.subtract(a, b) if down else EXACT.subtract(b, a) for a, b in zip(before, values, strict=True)]


def build_fixed(
    ident: str, counters: tuple[int, int], units: tuple[int, int], medium: int, *, access_no: int = 0, status: int = 0
) -> bytes:
    """Return the fixed data structure behind CI 73 (EN 1434-3:1997).

    Args:
        ident: serial number, eight digits
        counters: the raw counters; BCD, or binary with bit 7 of the status
        units: the unit codes 00 to 3F of both
        medium: the four-bit medium
        access_no: access number
        status: status byte
    """
    binary = bool(status & 0x80)
    first, second = (write_int(c, 4, signed=False) if binary else write_bcd(c, 4) for c in counters)
    return FIXED.build(
        identification=bytes.fromhex(ident)[::-1],
        access_no=access_no,
        status=status,
        medium_unit_1=units[0] | (medium & 3) << 6,
        medium_unit_2=units[1] | (medium >> 2) << 6,
        counter_1=first,
        counter_2=second,
    )
