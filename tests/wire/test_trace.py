"""Spans cover every byte of the input exactly once, whatever was recorded."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from emtkit.wire.trace import Trace
from emtkit.wire.view import View, nowhere

DATA = bytes(range(40))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted), max_size=10), st.integers(0, 40))
def test_cover_is_gapless_and_ordered(ranges: list[list[int]], size: int) -> None:
    trace = Trace()
    view = View(DATA)
    for index, (start, end) in enumerate(ranges):
        trace.add(view, start, end, "test", f"f{index}")
    spans = trace.cover(DATA[:size])  # a walk may also have been over more than is asked for
    assert [span.start for span in spans] == [0, *(span.end for span in spans[:-1])][: len(spans)]
    assert b"".join(span.raw for span in spans) == DATA[:size]
    for span in spans:
        owners = [i for i, (start, end) in enumerate(ranges) if start <= span.start < end]
        assert span.field == (f"f{owners[-1]}" if owners else "rest")


def test_what_was_recorded_last_wins() -> None:
    trace = Trace()
    view = View(DATA[:8])
    trace.add(view, 0, 8, "wmbus.security", "cipher text")
    plain = view.slice(2, 6).replace(b"\x2f\x2f\x01\x02", "decrypted")
    trace.add(plain, 0, 2, "wmbus.security", "check bytes", "2F 2F")
    spans = trace.cover(DATA[:8])
    assert [(s.start, s.end, s.field, s.view) for s in spans] == [
        (0, 2, "cipher text", "input"),
        (2, 4, "check bytes", "decrypted"),
        (4, 8, "cipher text", "input"),
    ]
    assert spans[1].raw == b"\x2f\x2f"
    assert spans[2].raw == DATA[4:8]


def test_a_field_split_by_a_crc_is_two_spans() -> None:
    trace = Trace()
    frame = View(DATA[:8]).pick(((0, 3), (5, 8)), "frame")
    trace.add(frame, 2, 5, "mbus.record", "data", "volume", Decimal(3), "m3")
    trace.note("volume, total", Decimal(4), "m3")
    assert [(s.start, s.end, s.meaning, s.value) for s in trace.spans] == [
        (2, 3, "volume, total", Decimal(4)),
        (5, 7, "(continued) volume, total", Decimal(4)),
    ]


def test_bytes_outside_the_input_leave_no_span() -> None:
    trace = Trace()
    trace.add(nowhere(b"\x01\x02", "format"), 0, 2, "mbus.record", "vif")
    trace.note("nothing to say it about")
    assert trace.spans == []
    assert [span.meaning for span in trace.cover(b"\x00")] == ["not decoded"]


def test_a_span_as_json() -> None:
    trace = Trace()
    trace.add(View(b"\x13"), 0, 1, "mbus.record", "vif", "volume", Decimal("0.001"), "m3")
    assert trace.spans[0].to_dict() == {
        "start": 0, "end": 1, "layer": "mbus.record", "field": "vif", "raw": "13",
        "meaning": "volume", "value": Decimal("0.001"), "unit": "m3", "view": "input",
    }  # fmt: skip
