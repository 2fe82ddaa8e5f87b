"""Every read is checked, named and, with a trace, leaves a span."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import Truncated
from emtkit.wire.cursor import Cursor
from emtkit.wire.layout import Field, Layout
from emtkit.wire.trace import Trace
from emtkit.wire.view import View, nowhere

READS = st.lists(
    st.sampled_from(["u8", "u16", "u32", "u16be", "u32be", "peek", "rest", "layout"]) | st.integers(-2, 12), max_size=12
)
HEADER = Layout("test.header", Field("first", "u8", "one byte"), Field("second", "u16", "two bytes"))


def read(cursor: Cursor, what: str | int) -> object:
    """Do one of the reads."""
    match what:
        case int():
            return cursor.take(what, "data")
        case "layout":
            return cursor.read(HEADER)
        case "peek":
            return cursor.peek()
        case _:
            return getattr(cursor, what)("field")


def outcome(cursor: Cursor, what: str | int) -> object:
    """Do one of the reads; a short one gives its message."""
    try:
        return read(cursor, what)
    except Truncated as error:
        return error.message


def test_reads_give_the_values() -> None:
    cursor = Cursor(View(bytes.fromhex("01 0203 04050607 0809 0a0b0c0d 0e0f")), "test")
    assert cursor.peek() == 1
    assert cursor.u8("a") == 1
    assert cursor.u16("b") == 0x0302
    assert cursor.u32("c") == 0x07060504
    assert cursor.u16be("d") == 0x0809
    assert cursor.u32be("e") == 0x0A0B0C0D
    assert cursor.left == 2
    assert cursor.rest("f") == b"\x0e\x0f"
    assert cursor.peek() is None
    assert cursor.place(0) == (0, 15)


def test_a_short_read_says_what_is_missing_and_where() -> None:
    frame = View(bytes(12)).pick(((0, 4), (6, 12)), "frame")
    cursor = Cursor(frame, "mbus.record", start=7)
    with pytest.raises(Truncated) as caught:
        cursor.take(4, "data")
    error = caught.value
    assert error.code == "mbus.record.truncated"
    assert error.message == "data needs 4 bytes at offset 9, 3 left"
    assert (error.layer, error.field, error.start, error.end) == ("mbus.record", "data", 9, 12)


def test_a_short_read_of_bytes_outside_the_input_has_no_offset() -> None:
    with pytest.raises(Truncated) as caught:
        Cursor(nowhere(b"\x01", "format"), "mbus.record").u16("vife")
    assert (caught.value.start, caught.value.end) == (None, None)
    assert caught.value.message == "vife needs 2 bytes at offset 0 of format, 1 left"


def test_the_end_is_a_wall() -> None:
    cursor = Cursor(View(b"\x01\x02\x03"), "test", end=2)
    assert cursor.rest("all") == b"\x01\x02"
    with pytest.raises(Truncated):
        cursor.u8("more")
    beyond = Cursor(View(b"\x01"), "test", start=1, end=99)
    with pytest.raises(Truncated):
        beyond.u8("more")
    with pytest.raises(Truncated):
        beyond.take(5, "more")


def test_a_negative_size_does_not_go_backwards() -> None:
    cursor = Cursor(View(b"\x01\x02\x03"), "test", start=2)
    with pytest.raises(Truncated):
        cursor.take(-1, "data")
    assert cursor.pos == 2


@given(st.binary(max_size=40), READS)
def test_traced_and_plain_walks_are_the_same(data: bytes, reads: list[str | int]) -> None:
    trace = Trace()
    plain, traced = Cursor(View(data), "test"), Cursor(View(data), "test", trace=trace)
    for what in reads:
        assert outcome(plain, what) == outcome(traced, what)
        assert plain.pos == traced.pos <= len(data)
    assert sum(span.end - span.start for span in trace.spans) == plain.pos
    assert b"".join(span.raw for span in trace.spans) == data[: plain.pos]


def test_a_layout_leaves_a_span_for_each_field() -> None:
    trace = Trace()
    cursor = Cursor(View(b"\x2e\x93\x15"), "wmbus.link", trace=trace)
    assert cursor.read(HEADER) == (0x2E, 0x1593)
    assert [(s.start, s.end, s.field, s.meaning) for s in trace.spans] == [
        (0, 1, "first", "one byte"),
        (1, 3, "second", "two bytes"),
    ]


def test_notes_go_to_the_last_read() -> None:
    trace = Trace()
    cursor = Cursor(View(b"\x01\x02"), "test", trace=trace)
    cursor.u8("a")
    cursor.u8("b")
    cursor.note("two")
    assert [span.meaning for span in trace.spans] == ["", "two"]
    assert cursor.tracing
    silent = Cursor(View(b"\x01"), "test")
    silent.u8("a")
    silent.note("nobody listens")
    assert not silent.tracing
