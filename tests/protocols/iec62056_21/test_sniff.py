from __future__ import annotations

import pytest

from emtkit.protocols.iec62056_21 import DECODER, sniff
from emtkit.protocols.iec62056_21.datasets import DataSet
from emtkit.protocols.iec62056_21.encoder import write_block, write_readout
from emtkit.protocols.iec62056_21.messages import Identification

WHO = Identification("EMT", "5", 9600, "C", "", "KIT-1", 200)
SETS = [DataSet("1.8.0", ("1*kWh",))]


@pytest.mark.parametrize(
    ("data", "least"),
    [
        (write_block("1.8.0(1*kWh)"), 100),
        (write_readout(SETS, identification=WHO), 90),
        (b"\x01B0\x03q", 100),
        (b"\x01P0\x02(26)\x03", 70),
        (b"/?!\r\n", 80),
        (b"\x06050\r\n", 80),
        (b"1.8.0(1*kWh)\r\n", 70),
        (b"noise\r\n1.8.0(1*kWh)\r\n", 40),
        (b"(ER04)", 30),
        (b"(0.184)(0.001)\r\n", 30),
    ],
)
def test_what_is_recognised(data: bytes, least: int) -> None:
    assert sniff(data) == DECODER.sniff(data) == least


def test_with_parity_bits() -> None:
    data = write_readout(SETS, identification=WHO)
    assert sniff(bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in data)) == 90


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"hello world",
        b"print(text)",
        b"\x02\x10\x15\x00\x03\x06",
        b"/AbC\x12# Atr\xa2\r\n",
        b"\xdb\x08\x00\x01",
        b"<xml/>",
        b'{"a": 1}',
        bytes(range(256)),
    ],
)
def test_what_is_not(data: bytes) -> None:
    assert sniff(data) == 0
