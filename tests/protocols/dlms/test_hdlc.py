from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EmtkitError, EncodeError
from emtkit.protocols.dlms import hdlc
from emtkit.protocols.dlms.hdlc import HdlcAddress, HdlcStream, build_frame, build_segments, read_frame
from emtkit.protocols.dlms.negotiation import Negotiation, build_negotiation, read_negotiation
from emtkit.protocols.dlms.stream import Dropped, FrameSeen
from emtkit.wire.cursor import Cursor
from emtkit.wire.trace import Trace
from emtkit.wire.view import View

CLIENT = HdlcAddress(16)
SERVER = HdlcAddress(1)
WIDE = HdlcAddress(1, 17, 4)

ADDRESSES = st.one_of(
    st.builds(HdlcAddress, st.integers(0, 0x7F), st.none(), st.just(1)),
    st.builds(HdlcAddress, st.integers(0, 0x7F), st.integers(0, 0x7F), st.just(2)),
    st.builds(HdlcAddress, st.integers(0, 0x3FFF), st.integers(0, 0x3FFF), st.just(4)),
)


@given(ADDRESSES, ADDRESSES, st.integers(0, 255), st.binary(max_size=300), st.booleans())
def test_what_was_built_is_read(
    destination: HdlcAddress, source: HdlcAddress, control: int, info: bytes, segmented: bool
) -> None:
    raw = build_frame(destination, source, control, info, segmented=segmented)
    frame = read_frame(View(raw))
    assert frame.ok
    assert (frame.destination, frame.source, frame.control, frame.segmented) == (
        destination,
        source,
        control,
        segmented,
    )
    assert raw[slice(*frame.info)] == info
    assert frame.hcs_ok is (True if info else None)


# SNRM of a public client and its answer, IEC 62056-46 annex.
def test_a_connect_request() -> None:
    raw = build_frame(SERVER, CLIENT, hdlc.KINDS["SNRM"] | hdlc.POLL_FINAL)
    assert raw.hex() == "7ea0070321930f017e"
    frame = read_frame(View(raw))
    assert (frame.kind, frame.poll_final, str(frame.source)) == ("SNRM", True, "16")


@pytest.mark.parametrize(
    ("control", "text"),
    [
        (0x10, "I P/F N(S)=0 N(R)=0"),
        (0x32, "I P/F N(S)=1 N(R)=1"),
        (0x51, "RR P/F N(R)=2"),
        (0x13, "UI P/F"),
        (0x73, "UA P/F"),
        (0x1F, "DM P/F"),
        (0xFF, "unknown P/F"),
    ],
)
def test_control_fields(control: int, text: str) -> None:
    assert hdlc.control_text(control) == text


def test_controls_are_built() -> None:
    assert hdlc.control_text(hdlc.information_control(3, 5)) == "I P/F N(S)=3 N(R)=5"
    assert hdlc.control_text(hdlc.receive_ready(9)) == "RR P/F N(R)=1"


def test_addresses_have_names() -> None:
    assert str(HdlcAddress(0x67, 0x7F, 2)) == "103/all stations"
    assert str(HdlcAddress(1, 0x3FFF, 4)) == "1/all stations"
    assert HdlcAddress(0x67, 0x7F, 2).encode().hex() == "ceff"


@pytest.mark.parametrize(
    "address", [HdlcAddress(128), HdlcAddress(1, 2, 1), HdlcAddress(1, None, 2), HdlcAddress(1, None, 0)]
)
def test_addresses_that_do_not_fit(address: HdlcAddress) -> None:
    with pytest.raises(EncodeError):
        address.encode()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("00", "dlms.hdlc.flag"),
        ("7e9007", "dlms.hdlc.format"),
        ("7ea002", "dlms.hdlc.length"),
        ("7ea00702", "dlms.hdlc.truncated"),
        ("7ea00e0202020202020202020202027e7e7e", "dlms.hdlc.address"),
        ("7ea00a02020302020202020202027e", "dlms.hdlc.address"),
        ("7ea00703210f00000000", "dlms.hdlc.flag"),
    ],
)
def test_what_is_no_frame_says_why(raw: str, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_frame(View(bytes.fromhex(raw)))
    assert caught.value.code == code


@given(st.binary(min_size=1, max_size=60), st.integers(0, 7))
def test_a_flipped_bit_is_noticed(info: bytes, bit: int) -> None:
    raw = bytearray(build_frame(SERVER, CLIENT, 0x10, info))
    raw[len(raw) // 2] ^= 1 << bit
    try:
        frame = read_frame(View(bytes(raw)))
    except EmtkitError:
        return
    assert not frame.ok


@given(st.binary(max_size=400), st.integers(1, 130), st.one_of(st.none(), st.integers(0, 7)))
def test_segments_hold_the_whole(pdu: bytes, max_info: int, send: int | None) -> None:
    raws = build_segments(CLIENT, SERVER, pdu, max_info=max_info, send=send)
    frames = [read_frame(View(raw)) for raw in raws]
    assert b"".join(raw[slice(*frame.info)] for raw, frame in zip(raws, frames, strict=True)) == pdu
    assert [frame.segmented for frame in frames] == [True] * (len(frames) - 1) + [False]
    assert {frame.kind for frame in frames} == {"UI" if send is None else "I"}


def test_a_frame_has_at_most_2047_bytes() -> None:
    with pytest.raises(EncodeError):
        build_frame(SERVER, CLIENT, 0x10, bytes(2040))


def test_every_byte_of_a_frame_has_a_meaning() -> None:
    raw = build_frame(WIDE, CLIENT, 0x10, b"")
    trace = Trace()
    read_frame(View(raw), 0, trace)
    assert "not decoded" not in {span.meaning for span in trace.cover(raw)}


# ---- streams: whole, byte by byte, with bytes around


def feed(data: bytes, size: int) -> list[FrameSeen[hdlc.HdlcFrame] | Dropped]:
    stream = HdlcStream()
    events = [event for at in range(0, len(data), size) for event in stream.feed(data[at : at + size])]
    return events + stream.eof()


@given(
    st.lists(st.one_of(st.binary(min_size=0, max_size=40), st.just(b"\x7e"), st.just(None)), max_size=6),
    st.integers(1, 9),
)
def test_a_stream_gives_the_same_however_it_is_cut(parts: list[bytes | None], size: int) -> None:
    frame = build_frame(CLIENT, SERVER, 0x13, b"\xe6\xe7\x00\x0f~~~")
    data = b"".join(frame if part is None else part for part in parts)
    assert feed(data, size) == feed(data, len(data) or 1) == feed(data, 1)


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_frames_are_found_between_rubbish(before: bytes, after: bytes) -> None:
    frame = build_frame(CLIENT, SERVER, 0x13, b"payload")
    # 7E A. would begin another frame that the rubbish then belongs to
    before, after = before.replace(b"\x7e", b""), after.replace(b"\x7e", b"")
    stream = HdlcStream()
    events = [*stream.feed(before + frame + after), *stream.eof()]
    assert [event.data for event in events if isinstance(event, FrameSeen)] == [frame]
    assert stream.dropped == len(before) + len(after)
    assert stream.frames == 1


def test_a_flag_may_close_one_frame_and_open_the_next() -> None:
    first, second = build_frame(CLIENT, SERVER, 0x13, b"one"), build_frame(CLIENT, SERVER, 0x13, b"two")
    for data in (first + second[1:], first + second, first + b"\x7e\x7e" + second):
        events = feed(data, 1)
        assert [event.data for event in events if isinstance(event, FrameSeen)] == [first, second]
        assert not [event for event in events if isinstance(event, Dropped)]


def test_a_damaged_frame_does_not_swallow_the_next() -> None:
    frame = build_frame(CLIENT, SERVER, 0x13, b"payload" * 5)
    damaged = frame[:20] + frame[24:]
    events = feed(damaged + frame, 7)
    assert [event.data for event in events if isinstance(event, FrameSeen)] == [frame]
    assert [event.reason for event in events if isinstance(event, Dropped)] == ["no_end"]


def test_what_never_ends_is_given_up() -> None:
    frame = build_frame(CLIENT, SERVER, 0x13, b"payload")
    stream = HdlcStream()
    assert stream.feed(frame[:-4]) == []
    assert stream.eof() == [Dropped(0, len(frame) - 4, "incomplete")]
    assert [type(event) for event in stream.feed(frame)] == [FrameSeen]


def test_a_frame_with_a_wrong_check_sequence_is_reported_not_hidden() -> None:
    frame = bytearray(build_frame(CLIENT, SERVER, 0x13, b"payload"))
    frame[-4] ^= 1
    (event,) = feed(bytes(frame), 3)
    assert isinstance(event, FrameSeen)
    assert event.frame.fcs_ok is False


# ---- SNRM and UA


@given(st.integers(1, 2030), st.integers(1, 2030), st.integers(1, 7), st.integers(1, 7))
def test_negotiations(send: int, receive: int, window_send: int, window_receive: int) -> None:
    value = Negotiation(send, receive, window_send, window_receive)
    assert read_negotiation(Cursor(View(build_negotiation(value)), "dlms.hdlc")) == value


def test_negotiation_defaults_and_an_example() -> None:
    assert read_negotiation(Cursor(View(b""), "dlms.hdlc")) == Negotiation(128, 128, 1, 1)
    raw = bytes.fromhex("818012050180060180070400000001080400000001")
    assert build_negotiation(Negotiation(128, 128, 1, 1)) == raw
    with pytest.raises(DecodeError):
        read_negotiation(Cursor(View(b"\x80\x80\x00"), "dlms.hdlc"))
