"""The checksums of the field, on crcmod's C code where it is a CRC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import crcmod

if TYPE_CHECKING:
    from collections.abc import Callable

    Crc = Callable[[bytes], int]


def _crc(poly: int, init: int, xor_out: int, *, reflected: bool) -> Crc:
    # crcmod wants the initial value as it stands after the final xor
    made: Crc = crcmod.mkCrcFun(poly, initCrc=init ^ xor_out, rev=reflected, xorOut=xor_out)
    return made


crc16_en13757: Final = _crc(0x13D65, 0x0000, 0xFFFF, reflected=False)
"""CRC-16/EN-13757 of wireless M-Bus: blocks, ELL payload, format signatures. "123456789" gives 0xC2B7."""

crc16_x25: Final = _crc(0x11021, 0xFFFF, 0xFFFF, reflected=True)
"""CRC-16/X-25 of HDLC and SML (IEC 62056-46). "123456789" gives 0x906E."""

crc16_kermit: Final = _crc(0x11021, 0x0000, 0x0000, reflected=True)
"""CRC-16/KERMIT, which some SML meters send instead of X-25. "123456789" gives 0x2189."""

crc16_arc: Final = _crc(0x18005, 0x0000, 0x0000, reflected=True)
"""CRC-16/ARC of DSMR P1 telegrams. "123456789" gives 0xBB3D."""


def sum8(data: bytes) -> int:
    """Sum modulo 256 (wired M-Bus)."""
    return sum(data) & 0xFF


def xor8(data: bytes) -> int:
    """Exclusive or of all bytes (block check character of IEC 62056-21, messages of Amber sticks)."""
    # fold halves onto each other as one large number: the characters of a readout cost microseconds so
    size = len(data)
    folded = int.from_bytes(data, "big")
    while size > 1:
        size = (size + 1) // 2
        folded = (folded >> 8 * size) ^ (folded & ((1 << 8 * size) - 1))
    return folded
