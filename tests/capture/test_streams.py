"""Binary streams: IMST and Amber receivers, and streams that a protocol splits itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.capture import CaptureFailure, CaptureFrame, CaptureItem, read_frames, stream
from emtkit.capture.amber import write_amber_message
from emtkit.capture.imst import dbm, write_imst_message
from emtkit.capture.source import Source
from emtkit.model.decoded import NO_ORIGIN
from emtkit.model.errors import EmtkitError
from emtkit.protocols import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context, Decoder
    from emtkit.wire.view import View

# OMS Specification Vol. 2, Annex N, N.2.1, without link CRCs
FRAME = bytes.fromhex("2E4493157856341233037A2A0020255923C95AAA26D1B2E7493B013EC4A6F6D3529B520EDFF0EA6DEFC99D6D69EBF3")
OTHER = bytes((0x0F,)) + FRAME[1:16]
WRITERS: Final[dict[str, Any]] = {"imst": write_imst_message, "amber": write_amber_message}


class Pieces:
    """A pipe that gives a stream in pieces of one size."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = data, size

    def read(self, limit: int) -> bytes:
        piece, self.data = self.data[: min(self.size, limit)], self.data[min(self.size, limit) :]
        return piece


def frames(data: bytes, **options: Any) -> list[CaptureFrame]:
    found = list(read_frames(data, **options))
    assert all(isinstance(item, CaptureFrame) for item in found), found
    return [item for item in found if isinstance(item, CaptureFrame)]


def skipped(item: CaptureItem) -> list[str]:
    assert isinstance(item, CaptureFrame)
    return [note.message for note in item.notes]


# --- receivers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITERS)
def test_a_stick_s_stream_is_recognised_and_gives_frames_with_levels(name: str) -> None:
    write = WRITERS[name]
    first, second = frames(write(FRAME, rssi=-70) + write(OTHER, rssi=-91))
    assert (first.data, second.data) == (FRAME, OTHER)
    assert (first.origin.rssi, second.origin.rssi) == (-70, -91)
    assert first.protocol == "wmbus"
    assert (first.hints["offset"], second.hints["offset"]) == (0, len(write(FRAME, rssi=-70)))
    assert first.notes == second.notes == ()


@pytest.mark.parametrize("name", WRITERS)
def test_rubbish_is_counted_where_it_stands(name: str) -> None:
    message = WRITERS[name](FRAME, rssi=-70)
    first, second = frames(b"\x00\xa5\xff" + message + b"\x01\x02\x03\x04" + message + message[:9])
    assert skipped(first) == ["3 bytes belong to no frame (before this frame)"]
    assert skipped(second) == [
        "4 bytes belong to no frame (before this frame)",
        "9 bytes belong to no frame (at the end of the recording)",
    ]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("size", [1, 2, 7, 64, 1000])
def test_however_the_bytes_come_the_frames_are_the_same(name: str, size: int) -> None:
    write = WRITERS[name]
    data = b"\x07" + b"".join(write(bytes((n,)) + bytes(n), rssi=-70) + b"\xff\xa5" for n in range(12, 200, 17))
    whole = list(read_frames(data, format=name))
    assert len(whole) == 12
    pipe: Any = Pieces(data, size)
    assert list(read_frames(pipe, format=name)) == whole


@pytest.mark.parametrize(("name", "code"), [("imst", "capture.imst.crc"), ("amber", "capture.amber.checksum")])
def test_a_damaged_message_between_others_is_a_failure(name: str, code: str) -> None:
    message = WRITERS[name](FRAME, rssi=-70)
    damaged = bytearray(message)
    damaged[20] ^= 0x10
    found = list(read_frames(message + b"\x00" + damaged + message + damaged, format=name))
    assert [len(item.notes) for item in found] == [0, 1, 0, 0]
    assert [item.error.code if isinstance(item, CaptureFailure) else "good" for item in found] == [
        "good",
        code,
        "good",
        code,
    ]


def test_other_messages_of_a_stick_are_no_frames_and_no_rubbish() -> None:
    ping, config = write_imst_message(b"", message=(1, 2)), write_imst_message(b"\x00\x03", message=(1, 6), crc=False)
    (frame,) = frames(ping + config + write_imst_message(FRAME))
    assert frame.notes == ()
    assert frame.origin.rssi is None
    answer = write_amber_message(b"\x01", command=0x84)
    assert frames(answer + write_amber_message(FRAME, rssi=-50) + answer)[0].notes == ()


def test_the_clock_of_an_imst_stick_is_a_hint_and_no_time() -> None:
    (frame,) = frames(write_imst_message(FRAME, rssi=-52, clock=1234567890))
    assert frame.hints["dongle_clock"] == 1234567890
    assert frame.origin.received_at is None


@pytest.mark.parametrize("raw", range(256))
def test_levels_of_imst(raw: int) -> None:
    level = dbm(raw)
    assert abs(15 * level - (8 * raw - 1900)) <= 8
    (frame,) = frames(write_imst_message(FRAME, rssi=level))
    assert frame.origin.rssi == level


def test_imst_without_crc() -> None:
    message = write_imst_message(FRAME, rssi=-70, crc=False)
    assert [frame.data for frame in frames(message * 2)] == [FRAME, FRAME]


def test_amber_without_levels() -> None:
    messages = write_amber_message(FRAME) * 2
    assert [frame.data for frame in frames(messages, format="amber-plain")] == [FRAME, FRAME]
    off = write_amber_message(bytes((0x45, 1, 0)), command=0x8A)
    whole = write_amber_message(bytes((0, 0x80)) + bytes(0x80), command=0x8A)
    on = write_amber_message(bytes((0x40, 6, 0, 0, 0, 0, 0, 1)), command=0x8A)
    for answer in (off, whole):
        assert [frame.data for frame in frames(answer + messages)] == [FRAME, FRAME]
    (frame,) = frames(off + on + write_amber_message(FRAME, rssi=-64))
    assert (frame.data, frame.origin.rssi) == (FRAME, -64)


def test_amber_with_the_level_behind_the_counted_bytes() -> None:
    body = bytes((0xFF, 0x83, len(FRAME) - 1)) + FRAME[1:] + b"\x14"
    checksum = 0
    for byte in body:
        checksum ^= byte
    for tail in (b"", write_amber_message(FRAME, rssi=-64)):
        frame = frames(body + bytes((checksum,)) + tail)[0]
        assert (frame.data, frame.origin.rssi) == (FRAME, -64)


@given(st.binary(max_size=400), st.sampled_from(sorted(WRITERS)))
def test_any_bytes_end_and_good_messages_are_found_among_them(noise: bytes, name: str) -> None:
    list(read_frames(noise, format=name))
    # 600 zero bytes end whatever the noise may have begun
    found = list(read_frames(noise + bytes(600) + WRITERS[name](FRAME, rssi=-70), format=name))
    assert isinstance(found[-1], CaptureFrame)
    assert found[-1].data == FRAME


@given(st.lists(st.binary(min_size=11, max_size=255)), st.sampled_from(sorted(WRITERS)))
def test_round_trip(bodies: list[bytes], name: str) -> None:
    sent = [bytes((len(body),)) + body for body in bodies if len(body) < 255]
    data = b"".join(WRITERS[name](frame, rssi=-60) for frame in sent)
    assert [frame.data for frame in frames(data, format=name)] == sent


# --- protocols that split -----------------------------------------------------------------------


class Boxes:
    """A protocol of boxes: 01, length, content, 02. `sniff` is sure of the first byte alone."""

    name = "boxes"

    def sniff(self, data: bytes) -> int:
        return 60 if data[:1] == b"\x01" else 0

    def decode(self, view: View, ctx: Context) -> Decoded:
        raise AssertionError("frames are not decoded here", view, ctx)

    def split(self, data: bytes) -> Iterator[tuple[int, int]]:
        at = 0
        while (start := data.find(b"\x01", at)) >= 0 and start + 1 < len(data):
            end = start + 3 + data[start + 1]
            if end <= len(data) and data[end - 1] == 2:
                yield start, end
                at = end
            else:
                at = start + 1


def box(content: bytes) -> bytes:
    return bytes((1, len(content))) + content + b"\x02"


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> Decoder:
    decoder = Boxes()
    monkeypatch.setattr(registry, "decoders", lambda: (decoder,))
    monkeypatch.setattr(registry, "decoder", lambda name: decoder)  # noqa: ARG005 - there is one
    return decoder


@pytest.mark.usefixtures("boxes")
def test_the_protocol_of_a_stream_is_found_and_its_frames_are_named_after_it() -> None:
    first, second = frames(b"\x00" + box(b"\xe5\xe5") + b"\x00\x00" + box(b"\x11") + b"\x00")
    assert (first.data, second.data) == (box(b"\xe5\xe5"), box(b"\x11"))
    assert first.protocol == "boxes"
    assert [skipped(first), skipped(second)] == [
        ["1 byte belongs to no frame (before this frame)"],
        ["2 bytes belong to no frame (before this frame)", "1 byte belongs to no frame (at the end of the recording)"],
    ]


@pytest.mark.usefixtures("boxes")
def test_a_damaged_frame_between_others_is_given_to_its_decoder() -> None:
    damaged = box(b"\x22\x22")[:-1] + b"\x03"
    found = frames(box(b"\x11") + damaged + box(b"\x11"))
    assert [frame.data for frame in found] == [box(b"\x11"), damaged, box(b"\x11")]
    assert all(frame.notes == () for frame in found)


@pytest.mark.usefixtures("boxes")
def test_a_short_stream_without_a_frame_is_decoded_as_a_whole_and_a_long_one_is_a_failure() -> None:
    (whole,) = frames(b"\x01\x05\x00\x00", protocol="boxes")
    assert whole.data == b"\x01\x05\x00\x00"
    (failure,) = read_frames(bytes(200_000), protocol="boxes")
    assert isinstance(failure, CaptureFailure)
    assert failure.error.code == "capture.stream.nothing"


def test_a_long_stream_is_read_in_windows(boxes: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WINDOW", 4096)
    monkeypatch.setattr(stream, "LONGEST_FRAME", 300)
    sent = [box(bytes((number % 251,)) * (number % 250)) + b"\x00" * (number % 3) for number in range(2000)]
    data = b"".join(sent)
    found = list(stream.split_stream(Source(Pieces(data, 777), None), boxes, NO_ORIGIN))
    offsets = [0]
    for part in sent:
        offsets.append(offsets[-1] + len(part))
    assert [item.data for item in found if isinstance(item, CaptureFrame)] == [part.rstrip(b"\0") for part in sent]
    assert [item.hints["offset"] for item in found if isinstance(item, CaptureFrame)] == offsets[:-1]
    lost = sum(int(note.message.split()[0]) for item in found for note in getattr(item, "notes", ()))
    assert lost == sum(number % 3 for number in range(2000))


def test_wired_mbus_with_noise() -> None:
    body = bytes.fromhex("0801720000000000000000010000000C1348550000")
    long = bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 0xFF, 0x16))
    request, ack = bytes.fromhex("107B017C16"), b"\xe5"
    found = frames(b"\xfe\xfc" + request + long + ack + b"\x00" + long + long[:8])
    assert [frame.data for frame in found] == [request, long, ack, long]
    assert {frame.protocol for frame in found} == {"mbus"}
    assert "8 bytes" in skipped(found[-1])[-1]


def test_a_damaged_wired_frame_between_others_is_not_lost() -> None:
    body = bytes.fromhex("0801720000000000000000010000000C1348550000")
    long = bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 0xFF, 0x16))
    damaged = long[:-2] + b"\x00\x16"
    found = frames(long + damaged + long)
    assert [frame.data for frame in found] == [long, damaged, long]


def test_what_is_no_recording_is_not_taken_for_one() -> None:
    """Some bytes of any file look like the shortest frames of wired M-Bus."""
    data = bytes(number * 37 & 0xFF for number in range(1000))
    assert b"\xe5" in data
    (whole,) = frames(data)
    assert (whole.data, whole.protocol) == (data, None)


def test_a_single_wireless_frame_in_a_file() -> None:
    (frame,) = frames(FRAME)
    assert (frame.data, frame.protocol) == (FRAME, None)  # decoding finds the protocol


@given(st.binary(max_size=600))
def test_any_bytes_give_frames_or_failures(data: bytes) -> None:
    for options in ({}, {"format": "stream"}, {"format": "raw"}, {"protocol": "mbus", "format": "stream"}):
        try:
            found = list(read_frames(data, **options))
        except EmtkitError as error:  # an option is wrong
            pytest.fail(str(error))
        assert all(isinstance(item, CaptureFrame | CaptureFailure) for item in found)
        assert found or not data.strip() or not options or b"#" in data
