"""JSON Lines: one line per frame, exact, and read back."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from emtkit.export import jsonl
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.errors import DecodeError, Truncated
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAMES = [
    Decoded(
        "wmbus",
        "complete",
        MeterId.of("EMT", "00010006", 1, 7),
        readings=[Reading("volume", Decimal("123.5290"), "m3", "8-0:1.0.0*255", raw=b"\x04\x13")],
        origin=Origin("night.jsonl", 1, "42", datetime(2026, 11, 2, tzinfo=UTC)),
    ),
    Decoded.from_error(Truncated("mbus.record.truncated", "need 6 bytes, have 2"), origin=Origin("night\udcff", 2)),
]


def test_one_line_per_frame_failures_included() -> None:
    out = io.BytesIO()
    report = jsonl.write(FRAMES, out)
    first, second = out.getvalue().splitlines()
    assert b'"value":123.5290,' in first
    assert b'"state":"failed"' in second
    assert b'"code":"mbus.record.truncated"' in second
    assert (report.frames, report.failed, report.written) == (2, 1, [(None, "frames", 2)])


def test_it_is_read_back_exactly() -> None:
    out = io.BytesIO()
    jsonl.write(FRAMES, out)
    assert list(jsonl.read_lines(io.BytesIO(out.getvalue()))) == [frame.to_dict() for frame in FRAMES]


@pytest.mark.parametrize("text", [b"[]\n", b"{\n", b"\n", b"\xff\n", b'{"value":NaN}\n', b"[" * 100_000])
def test_a_line_that_is_no_object(text: bytes) -> None:
    with pytest.raises(DecodeError) as error:
        list(jsonl.read_lines(io.BytesIO(b"{}\n" + text)))
    assert (error.value.code, error.value.field) == ("jsonl.syntax", "line 2")


def test_a_line_is_written_as_soon_as_its_frame_is_there() -> None:
    out = io.BytesIO()
    seen: list[int] = []

    def frames() -> Iterator[Decoded]:
        for _ in range(3):
            yield FRAMES[0]
            seen.append(out.getvalue().count(b"\n"))

    jsonl.write(frames(), out)
    assert seen == [1, 2, 3]
