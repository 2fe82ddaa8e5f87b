"""emtkit simulate lorawan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def test_messages_on_standard_output(run: Any) -> None:
    result = run("simulate", "lorawan", "--devices", "2", "--hours", "3", "--server", "ttn-v3,loriot")
    assert result.code == 0
    bodies = [json.loads(line) for line in result.out.splitlines()]
    assert len(bodies) >= 4
    assert any("end_device_ids" in body for body in bodies)
    assert any(body.get("cmd") == "rx" for body in bodies)
    assert run("simulate", "lorawan", "--devices", "2", "--hours", "3", "--server", "ttn-v3,loriot").out == result.out


def test_frames_of_gateways_open_with_the_keys(run: Any, tmp_path: Path) -> None:
    out, keys = tmp_path / "frames.jsonl", tmp_path / "keys.toml"
    made = run(
        "simulate", "lorawan", "--devices", "3", "--kinds", "water", "--hours", "2", "--server", "semtech-udp",
        "--out", str(out), "--keys-out", str(keys),
    )  # fmt: skip
    assert (made.code, made.out) == (0, "")
    read = run("decode", str(out), "--keys", str(keys), "--format", "jsonl")
    assert read.code == 0
    frames = [json.loads(line) for line in read.out.splitlines()]
    assert frames
    assert {frame["security"]["verdict"] for frame in frames} == {"decrypted"}
    assert {frame["readings"][1]["obis"] for frame in frames} == {"8-0:1.0.0*255"}


def test_wrong_options_are_usage_errors(run: Any, tmp_path: Path) -> None:
    for words in (["--server", "nobody"], ["--start", "soon"], ["--lost", "100"], ["--out", str(tmp_path)]):
        assert run("simulate", "lorawan", *words).code == 2
    assert "electricity, water, heat" in run("simulate", "lorawan", "--kinds", "steam").err
