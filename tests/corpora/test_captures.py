"""Other people's recordings through the capture readers: every frame is there once, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emtkit.capture import CaptureFailure, CaptureFrame, read_frames
from emtkit.capture.amber import write_amber_message
from emtkit.capture.imst import write_imst_message
from emtkit.capture.wmbusmeters import write_telegram_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Loader = Callable[[str], list[dict[str, Any]]]

FILES = [
    "wmbus/spec_examples", "wmbus/issue_cases", "wmbus/wmbusmeters", "wmbus/mbus_wired", "wmbus/wmbus_other",
    "dlms/push", "dlms/transcripts", "sml/frames", "sml/libsml_testing", "iec62056_21/readouts", "iec62056_21/dsmr_p1",
    "iec62056_21/vdew_profiles", "iec62056_21/p1_encrypted",
]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_corpus_file_is_a_capture_of_json_lines(
    name: str, corpus: Loader, corpus_file: Callable[[str], Path], record_property: Callable[[str, object], None]
) -> None:
    rows, items = corpus(f"{name}.jsonl"), list(read_frames(corpus_file(f"{name}.jsonl")))
    assert [item.origin.id for item in items] == [row["id"] for row in rows]
    frames = [item for item in items if isinstance(item, CaptureFrame)]
    record_property("figure", f"captures: {name}: {len(frames)} of {len(rows)} rows are frames")
    for item, row in zip(items, rows, strict=True):
        if isinstance(item, CaptureFailure):
            assert item.error.code.startswith(("keys.", "capture.")), row["id"]
        else:
            assert item.data == (bytes.fromhex(row["hex"]) if row.get("hex") else row["text"].encode("latin-1"))
    assert len(frames) >= len(rows) * 99 // 100


def wireless(corpus: Loader) -> list[bytes]:
    """Return the wireless telegrams without link CRCs whose length byte is right."""
    frames = [bytes.fromhex(row["hex"]) for row in corpus("wmbus/wmbusmeters.jsonl") if row.get("format") == "none"]
    return [frame for frame in frames if frame[0] == len(frame) - 1 and len(frame) > 11]


def test_wireless_telegrams_through_the_formats_of_receivers(
    corpus: Loader, record_property: Callable[[str, object], None]
) -> None:
    frames = wireless(corpus)
    lines = "\n".join(map(write_telegram_line, frames)).encode()
    imst = b"\x00".join(write_imst_message(frame, rssi=-80) for frame in frames)
    amber = b"\x00".join(write_amber_message(frame, rssi=-80) for frame in frames if len(frame) < 256)
    for capture in (lines, imst, amber):
        assert [item.data for item in read_frames(capture) if isinstance(item, CaptureFrame)] == frames
    record_property(
        "figure", f"captures: {len(frames)} wireless telegrams through telegram= lines, IMST and Amber streams"
    )


def test_a_wired_line_with_noise_and_all_its_frames(
    corpus_file: Callable[[str], Path], record_property: Callable[[str, object], None]
) -> None:
    items = read_frames(corpus_file("wmbus/mbus_wired.jsonl"))
    sound = [item.data for item in items if isinstance(item, CaptureFrame) and is_sound(item.data)]
    found = list(read_frames(b"\xfe\xfc\xfd".join(sound), format="stream"))
    assert [item.data for item in found if isinstance(item, CaptureFrame)] == sound
    record_property("figure", f"captures: {len(sound)} wired frames with noise between them")


def is_sound(frame: bytes) -> bool:
    return (
        frame[:1] == frame[3:4] == b"\x68"
        and frame[1] + 6 == len(frame)
        and sum(frame[4:-2]) & 0xFF == frame[-2]
        and frame[-1] == 0x16
    )


def test_text_telegrams_one_after_the_other(corpus: Loader) -> None:
    texts = [row["text"].encode("latin-1") for row in corpus("iec62056_21/dsmr_p1.jsonl")]
    found = [item.data for item in read_frames(b"\r\n".join(texts)) if isinstance(item, CaptureFrame)]
    assert [telegram.strip() for telegram in found] == [text.strip(b"\r\n\0\xff") for text in texts]
