"""The streaming reader: feeding, layout, damaged files, memory."""

from __future__ import annotations

import io
import tracemalloc
from itertools import repeat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.export.edifact.tokenizer import MAX_SEGMENT_SIZE, read_segments
from emtkit.model.errors import DecodeError, EmtkitError, Truncated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.edifact.segments import Segment

FILE = (
    b"UNA:+.? 'UNB+UNOC:3+9900000000011:500+9900000000029:500+261103:0800+EMT1++TL'"
    b"UNH+1+MSCONS:D:04B:UN:2.5'RFF+MG:A?+B?:C?'D??E'DTM+7:202610312300?+00:303'UNT+4+1'UNZ+1+EMT1'"
)
TAGS = ["UNB", "UNH", "RFF", "DTM", "UNT", "UNZ"]


def tags(data: bytes) -> list[str]:
    return [segment.tag for segment in read_segments(data)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_whole_in_pieces_and_from_a_stream(size: int) -> None:
    whole = list(read_segments(FILE))
    assert [segment.tag for segment in whole] == TAGS
    assert whole[2].elements == [["RFF"], ["MG", "A+B:C'D?E"]]
    assert whole[3].get(1, 2) == "202610312300+00"
    assert list(read_segments(FILE[low : low + size] for low in range(0, len(FILE), size))) == whole
    assert list(read_segments(io.BytesIO(FILE))) == whole
    for segment in whole:
        assert FILE[segment.start :].startswith(segment.raw)


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\n\n", b" \r\n\t"])
def test_line_breaks_between_segments(ending: bytes) -> None:
    # a released terminator is no end of a segment
    lines = FILE.replace(b"?'", b"??").replace(b"'", b"'" + ending)
    assert tags(ending + lines) == TAGS
    assert tags(b"\xef\xbb\xbf" + lines) == TAGS


def test_without_una_the_usual_characters_hold() -> None:
    assert tags(FILE[9:]) == TAGS


def test_several_interchanges_each_with_its_una() -> None:
    other = b"UNA*|,! ~UNB|UNOC*3~UNZ|0|1~"
    read = list(read_segments(FILE + b"\n" + other + b"\n" + FILE[9:]))
    assert [segment.tag for segment in read] == [*TAGS, "UNB", "UNZ", *TAGS]
    assert [segment.number for segment in read] == list(range(1, 15))
    assert read[6].service.decimal == ","
    assert read[8].service.decimal == "."


def test_no_segments() -> None:
    assert tags(b"") == []
    assert tags(b" \r\n") == []
    assert tags(b"UNA:+.? '") == []


@pytest.mark.parametrize("cut", range(1, len(FILE)))
def test_every_prefix(cut: int) -> None:
    read: list[Segment] = []
    try:
        read.extend(read_segments(FILE[:cut]))
    except Truncated as error:
        assert error.code == "edifact.truncated"
        assert error.end == cut
    else:
        # the end of a segment, or of UNA
        assert FILE[:cut].endswith(b"'")
    complete = list(read_segments(FILE))
    assert read == complete[: len(read)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"hello world'", "edifact.segment.tag"),
        (b"UNB+A'+B'", "edifact.segment.tag"),
        (b"UNB+A'qty+1'", "edifact.segment.tag"),
        (b"UNB+A''", "edifact.segment.tag"),
        (b"UNA+++++++UNB", "edifact.una"),
        (b"RFF+" + b"A" * (MAX_SEGMENT_SIZE + 1), "edifact.segment.size"),
        (b"RFF+" + b"A" * (MAX_SEGMENT_SIZE + 1) + b"'", "edifact.segment.size"),
        (b"UNB+A'DTM", "edifact.truncated"),
        (b"UNB+A?'", "edifact.truncated"),
    ],
)
def test_what_is_no_edifact_says_where(data: bytes, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        tags(data)
    assert caught.value.code == code
    assert caught.value.start is not None


@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda tail: FILE[:120] + tail))
def test_any_bytes_give_segments_or_an_error(data: bytes) -> None:
    try:
        read = list(read_segments(data))
    except EmtkitError:
        return
    for segment in read:
        assert data[segment.start : segment.start + len(segment.raw)] == segment.raw


@settings(max_examples=200)
@given(st.integers(0, len(FILE) * 8 - 1))
def test_bit_flips(bit: int) -> None:
    data = bytearray(FILE)
    data[bit // 8] ^= 1 << bit % 8
    try:
        tags(bytes(data))
    except EmtkitError as error:
        assert error.code.startswith("edifact.")


def test_a_file_of_any_length_takes_little_memory() -> None:
    segment = b"DTM+163:202611012300?+00:303'" * 50

    def chunks() -> Iterator[bytes]:
        yield FILE[:77]
        yield from repeat(segment, 400)  # 0.6 MB

    tracemalloc.start()
    count = sum(1 for _ in read_segments(chunks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_001
    assert peak < 200_000


def test_release_characters_in_long_rows_take_linear_time() -> None:
    (segment,) = read_segments(b"RFF+" + b"?" * 8000 + b"+" * 4000 + b"'")
    assert segment.get(1) == "?" * 4000
    (segment,) = read_segments(b"RFF+" + b"?+" * 4000 + b"'")
    assert segment.get(1) == "+" * 4000
