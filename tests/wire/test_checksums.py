"""Checksums against their published check values and a bit-by-bit reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.wire import checksums

if TYPE_CHECKING:
    from collections.abc import Callable

CHECK = b"123456789"


class Crc(NamedTuple):
    """One CRC as catalogues describe it."""

    function: Callable[[bytes], int]
    poly: int
    init: int
    xor_out: int
    reflected: bool
    check: int

    def bitwise(self, data: bytes) -> int:
        """Compute it one bit at a time."""
        register = self.init
        for byte in data:
            register ^= (int(f"{byte:08b}"[::-1], 2) if self.reflected else byte) << 8
            for _ in range(8):
                register = (register << 1 ^ self.poly if register & 0x8000 else register << 1) & 0xFFFF
        if self.reflected:
            register = int(f"{register:016b}"[::-1], 2)
        return register ^ self.xor_out


CRCS = [
    #   function                 poly    init    xor out reflected check
    Crc(checksums.crc16_en13757, 0x3D65, 0x0000, 0xFFFF, False, 0xC2B7),
    Crc(checksums.crc16_x25, 0x1021, 0xFFFF, 0xFFFF, True, 0x906E),
    Crc(checksums.crc16_kermit, 0x1021, 0x0000, 0x0000, True, 0x2189),
    Crc(checksums.crc16_arc, 0x8005, 0x0000, 0x0000, True, 0xBB3D),
]  # fmt: skip


@pytest.mark.parametrize("crc", CRCS)
def test_check_values(crc: Crc) -> None:
    assert crc.function(CHECK) == crc.bitwise(CHECK) == crc.check


@pytest.mark.parametrize("crc", CRCS)
@given(data=st.binary(max_size=64))
def test_like_bit_by_bit(crc: Crc, data: bytes) -> None:
    assert crc.function(data) == crc.bitwise(data)


def test_sums() -> None:
    assert checksums.sum8(bytes.fromhex("5b01")) == 0x5C
    assert checksums.sum8(b"\xff\x02") == 0x01
    assert checksums.xor8(b"\x01\x02\x04") == 0x07
    assert checksums.sum8(b"") == checksums.xor8(b"") == 0


@given(data=st.binary(max_size=300))
def test_xor_like_byte_by_byte(data: bytes) -> None:
    result = 0
    for byte in data:
        result ^= byte
    assert checksums.xor8(data) == result
