"""The checksums of the field, on crcmod's C code where it is a CRC."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def _crc(poly: int, init: int, xor_out: int, *, reflected: bool) -> Callable[[bytes], int]:
    import crcmod

    # crcmod wants the initial value as it stands after the final xor
    made: Callable[[bytes], int] = crcmod.mkCrcFun(poly, initCrc=init ^ xor_out, rev=reflected, xorOut=xor_out)
    return made


def crc16_en13757(data: bytes) -> int:
    """CRC-16/EN-13757 of wireless M-Bus: blocks, ELL payload, format signatures. "123456789" gives 0xC2B7."""
    return _crc(0x13D65, 0x0000, 0xFFFF, reflected=False)(data)


def crc16_x25(data: bytes) -> int:
    """CRC-16/X-25 of HDLC and SML (IEC 62056-46). "123456789" gives 0x906E."""
    return _crc(0x11021, 0xFFFF, 0xFFFF, reflected=True)(data)


def crc16_kermit(data: bytes) -> int:
    """CRC-16/KERMIT, which some SML meters send instead of X-25. "123456789" gives 0x2189."""
    return _crc(0x11021, 0x0000, 0x0000, reflected=True)(data)


def crc16_arc(data: bytes) -> int:
    """CRC-16/ARC of DSMR P1 telegrams. "123456789" gives 0xBB3D."""
    return _crc(0x18005, 0x0000, 0x0000, reflected=True)(data)


def sum8(data: bytes) -> int:
    """Sum modulo 256 (wired M-Bus)."""
    return sum(data) & 0xFF


def xor8(data: bytes) -> int:
    """Exclusive or of all bytes (block check character of IEC 62056-21)."""
    result = 0
    for byte in data:
        result ^= byte
    return result
