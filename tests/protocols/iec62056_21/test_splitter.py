"""Every stream is fed whole, byte by byte, and in pieces; each way must give the same telegrams."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.model.key import Key
from emtkit.protocols.iec62056_21 import split
from emtkit.protocols.iec62056_21.datasets import DataSet
from emtkit.protocols.iec62056_21.encoder import write_block, write_command, write_p1, write_readout
from emtkit.protocols.iec62056_21.messages import Command, Identification
from emtkit.protocols.iec62056_21.security import Ciphering, seal_telegram
from emtkit.protocols.iec62056_21.splitter import MAX_FRAME, Splitter, StreamFrame

WHO = Identification("EMT", "5", 9600, "C", "", "KIT-1", 200)
SETS = [DataSet("0.0.0", ("26",)), DataSet("1.8.0", ("000001.5*kWh",)), DataSet("43.7.0", ("1.2*m3/h",))]
P1 = write_p1(WHO, SETS)
MODE_D = write_readout(SETS, identification=WHO, framed=False)
MODE_C = write_readout(SETS, identification=WHO)
BLOCK = write_block("1.8.0(1*kWh)")
PARTIAL = write_block("1.8.0(1*kWh)", more=True)
COMMAND = write_command(Command("R", "5", "", "P.01(0260101;)"))
SIGN_OFF = b"\x01B0\x03q"
REQUEST = b"/?!\r\n"
SELECT = b"\x06051\r\n"
SEALED = seal_telegram(P1, Ciphering(b"EMT\0\0\0\0\x1a", 0x30, 1), Key(bytes(16)))
ALL = [P1, MODE_D, MODE_C, BLOCK, PARTIAL, COMMAND, SIGN_OFF, REQUEST, SELECT, SEALED]


def feed(data: bytes, sizes: list[int]) -> tuple[list[StreamFrame], Splitter]:
    """Feed in pieces of these sizes, then the rest, then the end."""
    splitter, frames, at = Splitter(), [], 0
    for size in sizes:
        frames += splitter.feed(data[at : at + size])
        at += size
    frames += splitter.feed(data[at:])
    return frames + splitter.eof(), splitter


def check(data: bytes, expected: list[bytes], *, dropped: int = 0, broken: int = 0) -> None:
    for sizes in ([], [1] * len(data), [len(data) // 2], [7] * (len(data) // 7)):
        frames, splitter = feed(data, sizes)
        assert [frame.data for frame in frames] == expected
        assert all(data[frame.start : frame.end] == frame.data for frame in frames)
        assert (splitter.dropped, splitter.broken) == (dropped, broken)
        assert splitter.pending == 0


@pytest.mark.parametrize("frame", ALL)
def test_each_kind_alone(frame: bytes) -> None:
    check(frame, [frame])


@pytest.mark.parametrize("frame", ALL)
def test_each_kind_twice(frame: bytes) -> None:
    check(frame * 2, [frame] * 2)


@pytest.mark.parametrize("frame", [P1, MODE_D, MODE_C, BLOCK, COMMAND, SEALED])
def test_trailing_bytes(frame: bytes) -> None:
    check(frame + b"  00110022\r\n\xff\xff\r\n", [frame], dropped=16)


@pytest.mark.parametrize("frame", [P1, MODE_C, BLOCK, COMMAND, SEALED])
def test_rubbish_before(frame: bytes) -> None:
    check(b"8.0(1*kWh)\r\n!\r\n\xff\x00" + frame, [frame], dropped=17)


def test_a_dialogue() -> None:
    check(
        REQUEST + b"/EMT5KIT-1\r\n" + SELECT + BLOCK + COMMAND + b"\x06" + BLOCK + SIGN_OFF,
        [REQUEST, b"/EMT5KIT-1\r\n" + SELECT + BLOCK, COMMAND, BLOCK, SIGN_OFF],
        dropped=1,
    )


def test_an_identification_without_data() -> None:
    check(b"/EMT5KIT-1\r\n" + COMMAND, [b"/EMT5KIT-1\r\n", COMMAND])
    check(b"/EMT5KIT-1\r\n/EMT5KIT-1\r\n", [b"/EMT5KIT-1\r\n"] * 2)


def test_text_without_any_start_is_read_as_data_sets() -> None:
    check(b"1.8.0(1*kWh)\r\n", [b"1.8.0(1*kWh)\r\n"])
    check(b"1.8.0(1*kWh)\r\n!\r\n1.8.0(2*kWh)\r\n!522B\r\n", [b"1.8.0(1*kWh)\r\n!\r\n", b"1.8.0(2*kWh)\r\n!522B\r\n"])
    check(REQUEST + b"1.8.0(1*m3/hour)\r\n!\r\n", [REQUEST, b"1.8.0(1*m3/hour)\r\n!\r\n"])
    check(b"no data here", [], dropped=12)


@pytest.mark.parametrize("frame", [P1, MODE_D, MODE_C, BLOCK])
@pytest.mark.parametrize("good", [P1, MODE_C, BLOCK])
def test_a_telegram_that_breaks_off_is_dropped_at_the_next_start(frame: bytes, good: bytes) -> None:
    cut = frame[: frame.index(b"kWh")] + b"\r\n"
    check(cut + good, [good], dropped=len(cut), broken=1)


def test_a_cut_ciphered_telegram_is_dropped_at_the_end() -> None:
    check(SEALED + SEALED[:60], [SEALED], dropped=60, broken=1)


def test_idle_time_gives_out_what_is_pending() -> None:
    splitter = Splitter()
    assert splitter.feed(MODE_C[:-3]) == []
    assert splitter.pending == len(MODE_C) - 3
    assert [frame.data for frame in splitter.flush()] == [MODE_C[:-3]]
    assert splitter.pending == 0
    assert [frame.data for frame in splitter.feed(BLOCK)] == [BLOCK]


def test_a_line_that_never_ends_is_let_go() -> None:
    check(b"/EMT" + b"x" * 500 + BLOCK, [BLOCK], dropped=504)


def test_a_telegram_does_not_wait_for_ever() -> None:
    splitter = Splitter()
    noise = bytes(range(0x20, 0x7F)).replace(b"/", b"").replace(b"!", b"") * 1000
    splitter.feed(b"\x02")
    for _ in range(MAX_FRAME // len(noise) + 2):
        assert splitter.feed(noise) == []
    assert splitter.pending < MAX_FRAME
    assert splitter.broken == 1
    assert [frame.data for frame in splitter.feed(BLOCK)] == [BLOCK]


def test_lone_control_characters() -> None:
    check(b"\x06\x06\x15" + BLOCK + b"\x06", [BLOCK], dropped=4)
    check(b"\xdb\xdb\x08" + BLOCK, [BLOCK], dropped=3)


def test_split_says_where_the_telegrams_are() -> None:
    assert list(split(b"xx" + P1 + BLOCK)) == [(2, 2 + len(P1)), (2 + len(P1), 2 + len(P1) + len(BLOCK))]


@pytest.mark.parametrize(
    "data",
    [
        b"\x02" * 200_000,
        b"/AAA" * 50_000,
        b"/EMT5\r\n" * 30_000,
        b"/EMT5\r\n(" * 30_000,
        b"/EMT5\r\n\r\n!" * 20_000,
        b"\x01\x02" * 100_000,
        b"\xdb\x08" * 100_000,
        b"\x06051" * 50_000,
        b"(" * 200_000,
        b"\x02" + b"a(b)\r\n" * 40_000,
    ],
)
def test_time_is_linear_in_the_stream(data: bytes) -> None:
    start = time.process_time()
    splitter = Splitter()
    for at in range(0, len(data), 1000):
        splitter.feed(data[at : at + 1000])
    splitter.eof()
    assert time.process_time() - start < 5


@settings(max_examples=150)
@given(
    st.lists(
        st.one_of(st.sampled_from(ALL), st.binary(max_size=30), st.sampled_from([b"\r\n", b"1.8.0(1*kWh)\r\n", b"!"])),
        max_size=6,
    ),
    st.lists(st.integers(1, 40), max_size=30),
)
def test_any_stream_in_any_pieces_gives_the_same(parts: list[bytes], sizes: list[int]) -> None:
    data = b"".join(parts)
    whole, first = feed(data, [])
    pieces, second = feed(data, sizes)
    single, third = feed(data, [1] * len(data))
    assert whole == pieces == single
    assert first.dropped == second.dropped == third.dropped
    assert first.broken == second.broken == third.broken
    assert first.dropped + sum(len(frame.data) for frame in whole) == len(data)
