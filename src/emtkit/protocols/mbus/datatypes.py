"""Data types A to M of EN 13757-3:2018, annex A: bytes to exact values and back.

Each reader returns None for what the type itself calls invalid (FFFF, 80..00, a BCD error state); the
caller turns that into a diagnostic.
"""

from __future__ import annotations

import struct
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from emtkit.model.errors import EncodeError
from emtkit.model.units import EXACT

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_SIGN: Final = "f"  # most significant BCD digit F: minus


def read_bcd(data: bytes) -> Decimal | None:
    """Type A: BCD, little-endian; a leading digit F is the minus sign, any other non-digit is an error state."""
    digits = data[::-1].hex()
    if digits.isdecimal():
        return Decimal(digits)
    if digits[0] == _SIGN and digits[1:].isdecimal():
        return -Decimal(digits[1:])
    return None


def read_signed(data: bytes) -> int | None:
    """Type B: two's complement, little-endian; 80..00 is invalid."""
    value = int.from_bytes(data, "little", signed=True)
    return None if data and value == -(1 << 8 * len(data) - 1) else value


def read_unsigned(data: bytes) -> int | None:
    """Type C: unsigned, little-endian; all ones are invalid."""
    value = int.from_bytes(data, "little")
    return None if data and value == (1 << 8 * len(data)) - 1 else value


def read_float(data: bytes) -> Decimal | None:
    """Type H: IEEE 754 single, as the shortest decimal that is this very float; NaN and infinity are invalid."""
    (value,) = struct.unpack("<f", data)
    for digits in (6, 7, 8, 9):
        text = f"{value:.{digits}g}"
        try:
            if struct.pack("<f", float(text)) == data:
                number = Decimal(text)
                return number if number.is_finite() else None
        except OverflowError:  # rounded up past the largest single
            continue
    return None


def _year(low3: int, high4: int, hundreds: int = 0) -> int:
    year = high4 << 3 | low3
    if hundreds:
        return 1900 + 100 * hundreds + year
    return 2000 + year if year <= 80 else 1900 + year


def read_date(data: bytes) -> date | None:
    """Type G: 16 bit date. None for FFFF and for "every" day, month or year."""
    day, month = data[0] & 31, data[1] & 15
    if (data[0] >> 5 | data[1] >> 1 & 0x78) == 127:
        return None
    try:
        return date(_year(data[0] >> 5, data[1] >> 4), month, day)
    except ValueError:
        return None


def read_datetime(data: bytes, zone: ZoneInfo) -> datetime | None:
    """Type F: 32 bit date and time of the meter's own clock, without seconds. None when marked invalid or "every"."""
    if data[0] & 0x80:
        return None
    day = data[2] & 31
    if (data[2] >> 5 | data[3] >> 1 & 0x78) == 127:
        return None
    year = _year(data[2] >> 5, data[3] >> 4, data[1] >> 5 & 3)
    try:
        tz = _offsets(zone, year)[data[1] >> 7]
        return datetime(year, data[3] & 15, day, data[1] & 31, data[0] & 63, tzinfo=tz)
    except ValueError:
        return None


def read_datetime_seconds(data: bytes, zone: ZoneInfo) -> datetime | None:
    """Type I: 48 bit date and time with seconds. None when marked invalid or "every"."""
    if data[1] & 0x80:
        return None
    try:
        wall = datetime(  # noqa: DTZ001 - made aware below
            _year(data[3] >> 5, data[4] >> 4), data[4] & 15, data[3] & 31, data[2] & 31, data[1] & 63, data[0] & 63
        )
    except ValueError:
        return None
    return local(wall, zone, summer=bool(data[0] & 0x40))


def read_time(data: bytes) -> time | None:
    """Type J: 24 bit time of day."""
    try:
        return time(data[2] & 31, data[1] & 63, data[0] & 63)
    except ValueError:
        return None


def local(wall: datetime, zone: ZoneInfo, *, summer: bool) -> datetime:
    """Make a meter's wall clock aware: standard time of the zone, plus one hour offset when it says it is summer time.

    The flag decides, not the calendar: many meters keep standard time all year.
    """
    return wall.replace(tzinfo=_offsets(zone, wall.year)[summer])


@lru_cache(maxsize=4096)
def _offsets(zone: ZoneInfo, year: int) -> tuple[timezone, timezone]:
    """Return standard and summer time of a zone, as fixed offsets."""
    start = datetime(year, 1, 1, tzinfo=zone)
    standard = (start.utcoffset() or timedelta()) - (start.dst() or timedelta())
    return timezone(standard), timezone(standard + timedelta(hours=1))


def read_moment(data: bytes, zone: ZoneInfo) -> datetime | date | time | None:
    """Read types G, J, F or I, which are told apart by their size (2, 3, 4, 6 bytes)."""
    match len(data):
        case 2:
            return read_date(data)
        case 3:
            return read_time(data)
        case 4:
            return read_datetime(data, zone)
        case 6:
            return read_datetime_seconds(data, zone)
        case _:
            return None


def scaled(raw: Decimal, scale: Decimal, exponent: int | None, offset: Decimal) -> Decimal:
    """Return raw * scale + offset, exactly; digits after the point are kept (1230 in 0.01 is 12.30)."""
    value = EXACT.multiply(raw, scale) if exponent is None else EXACT.scaleb(raw, exponent)
    return EXACT.add(value, offset) if offset else value


# ---- the other way: values to bytes ----


def write_bcd(value: int, size: int) -> bytes:
    """Return type A: `size` bytes, minus sign as digit F."""
    digits = str(abs(value))
    if value < 0:
        digits = "f" + digits.rjust(2 * size - 1, "0")
    digits = digits.rjust(2 * size, "0")
    if len(digits) != 2 * size:
        raise EncodeError("mbus.encode.range", f"{value} does not fit {2 * size} BCD digits")
    return bytes.fromhex(digits)[::-1]


def write_int(value: int, size: int, *, signed: bool = True) -> bytes:
    """Return type B (signed) or C."""
    try:
        return value.to_bytes(size, "little", signed=signed)
    except OverflowError:
        raise EncodeError("mbus.encode.range", f"{value} does not fit {size} bytes") from None


def write_date(value: date) -> bytes:
    """Return type G. Years 2000 to 2080 and 1981 to 1999."""
    if not 1981 <= value.year <= 2080:
        raise EncodeError("mbus.encode.range", f"type G has no year {value.year}")
    year = value.year % 100
    return bytes(((year & 7) << 5 | value.day, (year >> 3) << 4 | value.month))


def write_datetime(value: datetime, *, summer: bool = False) -> bytes:
    """Return type F of a wall clock. Years 1900 to 2227; the zone of `value` is not sent, the summer flag is."""
    hundreds, year = divmod(value.year - 1900, 100)
    if not 0 <= hundreds <= 3:
        raise EncodeError("mbus.encode.range", f"type F has no year {value.year}")
    return bytes(
        (
            value.minute,
            value.hour | hundreds << 5 | (0x80 if summer else 0),
            (year & 7) << 5 | value.day,
            (year >> 3) << 4 | value.month,
        )
    )


def write_datetime_seconds(value: datetime, *, summer: bool = False) -> bytes:
    """Return type I of a wall clock, with weekday and ISO week."""
    year = value.year % 100
    return bytes(
        (
            value.second | (0x40 if summer else 0),
            value.minute,
            value.hour | value.isoweekday() << 5,
            (year & 7) << 5 | value.day,
            (year >> 3) << 4 | value.month,
            value.isocalendar().week,
        )
    )


def write_time(value: time) -> bytes:
    """Return type J."""
    return bytes((value.second, value.minute, value.hour))


def write_float(value: Decimal) -> bytes:
    """Return type H: the nearest single."""
    try:
        return struct.pack("<f", float(value))
    except OverflowError:
        raise EncodeError("mbus.encode.range", f"{value} does not fit a 32 bit float") from None
