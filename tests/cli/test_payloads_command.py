"""`emtkit payloads`, and the payloads that a points file names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emtkit.model.schema import adapter
from emtkit.protocols.lorawan.payload_file import payload_files

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "lorawan" / "payloads" / "my_meter.toml"
UPLINK = '{"data": "11D2040000", "fport": 1, "dev_eui": "70B3D5E75E000007"}'
POINT = '[[point]]\nmeter = "{}"\nregister = "total"\npayload = "{}"\n'


def test_list_and_show(run: Any) -> None:
    result = run("payloads", "list")
    for name, file in payload_files().items():
        assert name in result.out
        shown = run("payloads", "show", name)
        assert (shown.code, file.title in shown.out) == (0, True)
    found = json.loads(run("payloads", "list", "--format", "json").out)
    adapter("payloads").validate_python(found)
    assert [item["name"] for item in found] == list(payload_files())
    (one,) = json.loads(run("payloads", "show", "zenner_sp1", "--format", "json").out)
    assert (one["medium"], one["match"]) == ("water", ["called zenner, edc, pdc"])
    assert "total" in one["readings"]


def test_a_name_that_is_none(run: Any) -> None:
    result = run("payloads", "show", "zener")
    assert result.code == 2
    assert "do you mean zenner_sp1?" in result.err
    assert "[lorawan.file.unknown]" in result.err


def test_check(run: Any, tmp_path: Path) -> None:
    good = run("payloads", "check", str(EXAMPLE))
    assert (good.code, good.out, good.err) == (0, f"{EXAMPLE}: well formed, 1 example right\n", "")
    text = EXAMPLE.read_text("utf-8")
    other, wrong = tmp_path / "other.toml", tmp_path / "wrong.toml"
    other.write_text(text.replace('"1.234"', '"1.235"'), "utf-8")
    wrong.write_text(text.replace('"u32"', '"u33"'), "utf-8")
    result = run("payloads", "check", str(EXAMPLE), str(other), str(wrong), str(tmp_path / "none.toml"))
    assert result.code == 2
    assert f"{other}:29: [[example]] 1: total: value should be 1.235 but is 1.234" in result.out
    assert f"{wrong}:24: [[frame]] 1, fields 2, coding: no coding 'u33' [lorawan.file.form]" in result.out
    assert "none.toml" in result.out
    assert "3 of 4 files wrong [cli.payloads.wrong]" in result.err


@pytest.mark.parametrize(("points", "value"), [(None, "11d2040000"), ("zenner_sp1", "1.234")])
def test_a_points_file_names_the_payload_of_a_device(run: Any, tmp_path: Path, points: str | None, value: str) -> None:
    capture, file = tmp_path / "uplinks.jsonl", tmp_path / "points.toml"
    capture.write_text(UPLINK, "utf-8")
    file.write_text(POINT.format("70B3D5E75E000007", points), "utf-8")
    result = run("convert", str(capture), "--to", "csv", *(["--points", str(file)] if points else []))
    assert f",{value}," in result.out


@pytest.mark.parametrize(
    ("meter", "payload", "problem"),
    [
        (
            "70B3D5E75E000007",
            "zener",
            "points.toml:1, payload: there is no payload file 'zener'; do you mean zenner_sp1?",
        ),
        ("EMH 12345678", "zenner_sp1", "points.toml:1, payload: 'EMH 12345678' is no DevEUI or device address"),
    ],
)
def test_a_points_file_that_names_it_wrongly(run: Any, tmp_path: Path, meter: str, payload: str, problem: str) -> None:
    capture, file = tmp_path / "uplinks.jsonl", tmp_path / "points.toml"
    capture.write_text(UPLINK, "utf-8")
    file.write_text(POINT.format(meter, payload), "utf-8")
    result = run("convert", str(capture), "--to", "csv", "--points", str(file))
    assert result.code == 2
    assert problem in result.err


def test_a_points_file_and_a_folder(run: Any, tmp_path: Path) -> None:
    capture, file = tmp_path / "uplinks.jsonl", tmp_path / "points.toml"
    capture.write_text('{"data": "010010E365D2040000", "fport": 2, "dev_eui": "70B3D5E75E000007"}', "utf-8")
    file.write_text(POINT.format("70B3D5E7*", "my_meter"), "utf-8")
    args = ("convert", str(capture), "--to", "csv", "--points", str(file), "--payloads", str(EXAMPLE.parent))
    assert ",1.234,m3," in run(*args).out
