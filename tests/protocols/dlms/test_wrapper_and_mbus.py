from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EmtkitError, EncodeError
from emtkit.protocols.dlms.mbus_link import MbusLinkStream, build_mbus_frames, read_mbus_frame
from emtkit.protocols.dlms.stream import Dropped, FrameSeen, FrameStream
from emtkit.protocols.dlms.wrapper import WrapperStream, build_wrapper, read_wrapper
from emtkit.wire.checksums import sum8
from emtkit.wire.trace import Trace
from emtkit.wire.view import View


def feed(stream: FrameStream[Any], data: bytes, size: int) -> list[FrameSeen[Any] | Dropped]:
    events = [event for at in range(0, len(data), size) for event in stream.feed(data[at : at + size])]
    return events + stream.eof()


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(max_size=100))
def test_a_wrapped_apdu_is_read(source: int, destination: int, apdu: bytes) -> None:
    raw = build_wrapper(source, destination, apdu)
    found = read_wrapper(View(raw))
    assert (found.source, found.destination, raw[slice(*found.apdu)]) == (source, destination, apdu)


def test_a_wrapper_in_full() -> None:
    assert build_wrapper(16, 1, bytes.fromhex("6203800100")).hex() == "00010010000100056203800100"
    trace = Trace()
    raw = build_wrapper(16, 1, b"")
    read_wrapper(View(raw), 0, trace)
    assert [span.meaning for span in trace.cover(raw)] == [
        "version 1",
        "source wPort",
        "destination wPort",
        "length of the APDU",
    ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("0002001000010000", "dlms.wrapper.version"),
        ("000100100001", "dlms.wrapper.truncated"),
        ("00010010000100056203", "dlms.wrapper.truncated"),
    ],
)
def test_what_is_no_wrapper(raw: str, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_wrapper(View(bytes.fromhex(raw)))
    assert caught.value.code == code


def test_too_long_for_a_wrapper() -> None:
    with pytest.raises(EncodeError):
        build_wrapper(1, 1, bytes(70000))


@given(st.binary(max_size=20), st.integers(1, 9))
def test_wrapped_apdus_of_a_stream(rubbish: bytes, size: int) -> None:
    one, two = build_wrapper(1, 16, b"\xc4\x01\xc1\x00\x00"), build_wrapper(16, 1, b"\xc0\x02\xc1\x00\x00\x00\x01")
    rubbish = rubbish.replace(b"\x00", b"")
    data = rubbish + one + two + rubbish
    events = feed(WrapperStream(), data, size)
    assert events == feed(WrapperStream(), data, len(data))
    assert [event.data for event in events if isinstance(event, FrameSeen)] == [one, two]


@given(st.binary(max_size=900), st.integers(60, 250))
def test_an_apdu_goes_through_mbus_frames(apdu: bytes, max_data: int) -> None:
    frames = build_mbus_frames(apdu, max_data=max_data)
    found = [read_mbus_frame(View(raw)) for raw in frames]
    assert b"".join(raw[slice(*frame.data)] for raw, frame in zip(frames, found, strict=True)) == apdu
    assert [frame.last for frame in found] == [False] * (len(found) - 1) + [True]
    assert [frame.segment for frame in found] == list(range(len(found)))
    assert all(frame.checksum_ok and not frame.overflow for frame in found)


def overflown(data: bytes) -> bytes:
    """A frame of more than 255 bytes, its length field modulo 256."""
    body = bytes((0x53, 0xFF, 0x10, 0x01, 0x67)) + data
    length = len(body) % 256
    return bytes((0x68, length, length, 0x68)) + body + bytes((sum8(body), 0x16))


@pytest.mark.parametrize("size", [252, 290])
def test_a_length_that_overflowed_is_understood(size: int) -> None:
    raw = overflown(bytes(at % 251 for at in range(size)))
    assert raw[1] == size + 5 - 256
    found = read_mbus_frame(View(raw))
    assert (found.overflow, found.checksum_ok, found.end) == (True, True, len(raw))
    events = feed(MbusLinkStream(), b"\x01" + raw + raw, 50)
    assert [event.data for event in events if isinstance(event, FrameSeen)] == [raw, raw]


@given(st.binary(max_size=30), st.integers(1, 9))
def test_mbus_frames_of_a_stream(rubbish: bytes, size: int) -> None:
    frames = build_mbus_frames(bytes(300))
    rubbish = rubbish.replace(b"\x68", b"")
    data = rubbish + b"".join(frames) + rubbish
    events = feed(MbusLinkStream(), data, size)
    assert events == feed(MbusLinkStream(), data, len(data))
    assert [event.data for event in events if isinstance(event, FrameSeen)] == frames


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("6805056053", "dlms.mbus.frame"),
        ("680505", "dlms.mbus.truncated"),
        ("6805056853ff72016700", "dlms.mbus.truncated"),
        ("6805056853ff7201673116", "dlms.mbus.ci"),
    ],
)
def test_what_is_no_dlms_frame(raw: str, code: str) -> None:
    with pytest.raises(EmtkitError) as caught:
        read_mbus_frame(View(bytes.fromhex(raw)))
    assert caught.value.code == code


def test_more_than_sixteen_segments_do_not_fit() -> None:
    with pytest.raises(EncodeError):
        build_mbus_frames(bytes(17 * 250))
