"""The transport frame: escapes, checksums, and finding frames in a stream that has lost octets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emtkit.model.errors import ChecksumError, DecodeError, EncodeError, Truncated
from emtkit.protocols.sml import DECODER, Damaged, Frame, Noise, SmlStream, build_frame
from emtkit.protocols.sml.transport import ESCAPE, MAX_FRAME, STARTS

if TYPE_CHECKING:
    from emtkit.protocols.sml.message import Checksum
    from emtkit.protocols.sml.transport import Event

PAYLOAD = bytes.fromhex("7605010203046200620072630201710163")
START = STARTS[0]


def read(data: bytes, *, step: int = 0, max_frame: int = MAX_FRAME) -> list[Event]:
    """Feed the octets whole, or in pieces of `step`."""
    stream = SmlStream(max_frame)
    pieces = [data[at : at + step] for at in range(0, len(data), step)] if step else [data]
    events = [event for piece in pieces for event in stream.feed(piece)] + stream.eof()
    assert stream.frames == sum(isinstance(event, Frame) for event in events)
    assert stream.damaged == sum(isinstance(event, Damaged) for event in events)
    assert stream.dropped == sum(event.end - event.start for event in events if not isinstance(event, Frame))
    return events


def content(frame: Frame) -> bytes:
    """Return the messages of a frame, without escape and fill octets."""
    out, at, end = bytearray(), 8, len(frame.data) - 8
    for low, high in frame.dropped:
        out += frame.data[at:low]
        at = high
    out += frame.data[at:end]
    return bytes(out[: len(out) - frame.data[-3]])


# octets in which escape sequences are frequent
NASTY = st.lists(
    st.sampled_from([b"\x1b", b"\x1b\x1b\x1b", ESCAPE, b"\x01\x01\x01\x01", b"\x1a", b"\x00", b"\x76\x05", START]),
    max_size=30,
).map(b"".join)


@given(st.one_of(NASTY, st.binary(max_size=200)), st.sampled_from(["x25", "kermit"]))
@example(b"\x1b" * 5, "x25")
@example(b"\x1b" * 12 + b"\x1a\x00", "x25")
@example(b"\x00" + ESCAPE + b"\x01\x01\x01\x01", "kermit")
def test_any_content_comes_back(payload: bytes, checksum: Checksum) -> None:
    data = build_frame(payload, checksum=checksum)
    assert len(data) % 4 == 0
    (event,) = read(data)
    assert isinstance(event, Frame)
    assert content(event) == payload
    assert event.checksum == checksum


@given(
    st.lists(st.one_of(NASTY, st.binary(max_size=40), NASTY.map(build_frame)), max_size=6).map(b"".join),
    st.integers(1, 9),
)
def test_pieces_of_any_size_give_the_same(data: bytes, step: int) -> None:
    whole = read(data)
    assert read(data, step=1) == whole
    assert read(data, step=step) == whole
    # every octet is in exactly one event
    assert [(event.start, event.end) for event in whole] == sorted((event.start, event.end) for event in whole)
    assert sum(event.end - event.start for event in whole) == len(data)


@given(st.lists(NASTY.map(build_frame), min_size=2, max_size=3), st.integers(1, 9))
def test_a_size_limit_cuts_at_the_same_place(frames: list[bytes], step: int) -> None:
    data = b"".join(frames)
    assert read(data, max_frame=50) == read(data, step=step, max_frame=50)


@given(st.binary(max_size=30))
def test_what_stands_behind_a_frame_does_not_change_it(rest: bytes) -> None:
    data = build_frame(PAYLOAD)
    first = read(data + rest)[0]
    assert isinstance(first, Frame)
    assert first.data == data


def test_the_end_of_a_frame_is_announced_as_soon_as_it_is_there() -> None:
    stream = SmlStream()
    data = build_frame(PAYLOAD)
    assert stream.feed(data[:-1]) == []
    assert [type(event) for event in stream.feed(data[-1:])] == [Frame]


@pytest.mark.parametrize("lost", range(1, 8))
def test_a_frame_that_lost_octets_does_not_cost_the_next(lost: int) -> None:
    good = build_frame(PAYLOAD)
    for at in range(8, len(good)):
        damaged = good[:at] + good[at + lost :]
        events = read(good + damaged + good + good)
        frames = [event for event in events if isinstance(event, Frame)]
        assert frames[0].start == 0
        # what follows may complete a frame cut in its last octets only by chance, so the third is always found
        assert frames[-1].end == len(good + damaged + good + good)
        assert frames[-2].end == len(good + damaged + good)


def test_a_frame_that_is_cut_in_its_end_escape_does_not_hide_the_next() -> None:
    good = build_frame(PAYLOAD)
    cut = good[: good.rindex(ESCAPE) + 4]  # 1B1B1B1B | 1B1B1B1B 01010101 looks like escaped content
    events = read(cut + good)
    assert [type(event) for event in events] == [Damaged, Frame]
    assert isinstance(events[0], Damaged)
    assert events[0].code == "sml.transport.restart"
    assert (events[0].end, events[1].start) == (len(cut), len(cut))


def test_noise_is_counted() -> None:
    good = build_frame(PAYLOAD)
    events = read(b"\x55\x1b\x1b" + good + b"\xaa" * 5)
    assert [type(event) for event in events] == [Noise, Frame, Noise]
    stream = SmlStream()
    stream.feed(b"\x55\x1b\x1b" + good + b"\xaa" * 5)
    stream.eof()
    assert (stream.frames, stream.damaged, stream.dropped) == (1, 0, 8)


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (build_frame(PAYLOAD)[:-1], Truncated, "sml.transport.truncated"),
        (START, Truncated, "sml.transport.truncated"),
        (build_frame(PAYLOAD)[:-1] + b"\x00", ChecksumError, "sml.transport.crc"),
        (build_frame(PAYLOAD)[:20] + START, DecodeError, "sml.transport.restart"),
        (START + (ESCAPE * 2 + b"\x00") * 300 + build_frame(b"")[8:], DecodeError, "sml.transport.escapes"),
    ],
)
def test_damage_has_a_name(data: bytes, kind: type[DecodeError], code: str) -> None:
    first = read(data)[0]
    assert isinstance(first, Damaged)
    assert first.code == code
    assert isinstance(first.error(), kind)


def test_a_frame_without_end_is_given_up() -> None:
    stream = SmlStream(max_frame=100)
    (event,) = stream.feed(START + bytes(120))
    assert isinstance(event, Damaged)
    assert event.code == "sml.transport.too_long"
    assert stream.feed(build_frame(PAYLOAD)) != []
    with pytest.raises(EncodeError) as error:
        build_frame(bytes(MAX_FRAME))
    assert error.value.code == "sml.encode.length"


def test_the_start_sequence_of_an_open_pin_window() -> None:
    (event,) = read(build_frame(PAYLOAD, start=STARTS[1]))
    assert isinstance(event, Frame)


def test_split_gives_the_frames_and_the_damaged_ones() -> None:
    good = build_frame(PAYLOAD)
    data = b"\x00" * 3 + good + good[:30] + good + b"\x01"
    size = len(good)
    assert list(DECODER.split(data)) == [(3, 3 + size), (3 + size, 33 + size), (33 + size, 33 + 2 * size)]


@pytest.mark.parametrize(
    "unit",
    [b"\x1b", b"\x1b" * 5 + b"\x01\x01\x01\x01", START, ESCAPE + b"\x1a\x00\x00\x00", ESCAPE * 2 + b"\x1a", b"\x76"],
)
def test_hostile_streams_take_linear_time(unit: bytes) -> None:
    def seconds(size: int) -> float:
        data = START + unit * (size // len(unit))
        began = time.process_time()
        read(data)
        return time.process_time() - began

    assert seconds(400_000) < 40 * max(seconds(40_000), 0.002)


@given(st.binary(max_size=200))
def test_sniffing_never_raises(data: bytes) -> None:
    assert 0 <= DECODER.sniff(data) <= 100


def test_sniffing() -> None:
    good = build_frame(PAYLOAD)
    assert DECODER.sniff(good) == 100
    assert DECODER.sniff(good[:-3]) == 90
    assert DECODER.sniff(b"\x00" + good) == 90
    assert DECODER.sniff(b"\x00" + good[:-3]) == 60
    assert DECODER.sniff(bytes.fromhex("7605010203046200620072630201710163ffff00")) == 80
    assert (
        DECODER.sniff(
            bytes.fromhex(
                "2e44931578563412330333637a2a0020255923c95aaa26d1b2e7493bc2ad013ec4a6f6d3529b520edff0ea6defc955b29d6d69ebf3ec8a"
            )
        )
        == 0
    )
    assert DECODER.sniff(b"/EMH5\\@01") == 0
