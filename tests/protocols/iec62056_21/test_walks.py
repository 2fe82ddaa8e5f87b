"""One walk: what was read before, and whether anyone looks on, changes no result."""

from __future__ import annotations

from typing import Final

import pytest

import emtkit
from emtkit.protocols.context import Memory
from emtkit.protocols.iec62056_21 import known_texts, registers, status
from emtkit.protocols.iec62056_21.encoder import data_set, write_p1, write_readout
from emtkit.protocols.iec62056_21.messages import Identification
from emtkit.protocols.iec62056_21.profiles import _header

WHO: Final = Identification("EMT", "5", 9600, "E", "\\2", "KIT-1", 200)
SERIAL: Final = b"E0004000000000026".hex().upper()
TEXTS: Final = [
    *(data_set("0-0:96.1.1", SERIAL), data_set("0-0:96.14.0", "0002"), data_set("0-0:96.13.1", "")),
    *(data_set("0-1:96.1.0", SERIAL), data_set("0-1:24.1.0", "03"), data_set("0-2:24.1.0", "007")),
    *(data_set("0-0:17.0.0", "016*A"), data_set("0-0:96.3.10", "1"), data_set("F.F", "00000001")),
]
HEAD: Final = data_set("0-1:24.3.0", "260212160000", "00", "60", "1", "0-1:24.2.1", "m3")
TELEGRAMS: Final = {
    "texts": write_p1(WHO, TEXTS, crc=None),
    "texts inside a profile": write_p1(WHO, [HEAD, TEXTS[1], data_set("", "00001.001"), *TEXTS], crc=None),
    "profile": write_p1(WHO, [HEAD, data_set("", "00001.001"), *TEXTS], crc=None),
    "profile without a time": write_p1(
        WHO, [data_set("0-1:24.3.0", "269912160000", "08", "60", "1", "0-1:24.2.1", "m3", "00001.001")], crc=None
    ),
    "wrong values": write_p1(WHO, [data_set("0-0:1.0.0", "2607"), data_set("1-0:1.8.0", "x*kWh"), *TEXTS], crc=None),
    "errors": write_readout([data_set("P.01", "ERROR"), data_set("0.0.0", "26"), data_set("1.8.0", "1*kWh")]),
    "heat": write_readout([data_set("6.8", "0023.4*MWh"), data_set("0.0", "26"), data_set("9.4", "101*C&098*C")]),
    "long": write_p1(WHO, [data_set("0-0:96.13.0", "4A" * 900), data_set("0-0:96.1.1", "x" * 400)], crc=None),
}


def forget() -> None:
    """Empty what the protocol keeps of ids, texts and heads."""
    registers.REGISTERS.clear()
    known_texts.TEXTS.clear()
    _header.cache_clear()
    status.status_flags.cache_clear()


@pytest.mark.parametrize("name", TELEGRAMS)
def test_first_and_later_and_explained_results_are_the_same(name: str) -> None:
    telegram = TELEGRAMS[name]
    forget()
    first = emtkit.decode(telegram, memory=Memory())
    assert first.readings or first.layers
    assert emtkit.decode(telegram, memory=Memory()) == first
    explained = emtkit.explain(telegram, memory=Memory())
    assert explained.decoded == first
    forget()
    again = emtkit.explain(telegram, memory=Memory())
    assert again.decoded == first
    assert again.spans == explained.spans


def test_other_telegrams_between_change_nothing() -> None:
    alone = {}
    for name, telegram in TELEGRAMS.items():
        forget()
        alone[name] = emtkit.decode(telegram, memory=Memory())
    for name, telegram in TELEGRAMS.items():
        assert emtkit.decode(telegram, memory=Memory()) == alone[name]


def test_what_is_kept_is_bounded() -> None:
    forget()
    emtkit.decode(TELEGRAMS["long"], memory=Memory())
    assert all(len(key[1]) < 128 for key in known_texts.TEXTS)
    for number in range(known_texts._MAX_TEXTS + 10):
        emtkit.decode(write_p1(WHO, [data_set("0-0:96.1.1", f"{number:08d}")], crc=None), memory=Memory())
    assert len(known_texts.TEXTS) <= known_texts._MAX_TEXTS
