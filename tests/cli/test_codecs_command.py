"""`emtkit codecs` and `--codec`."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

pytestmark = pytest.mark.skipif(find_spec("quickjs") is None, reason="needs a JavaScript engine: the extra emtkit[js]")

SCRIPT = "function Decoder(bytes, port) { return { total: bytes[0] / 10, port: port }; }"
MAPPING = '[[field]]\npath = "total"\nname = "total"\nquantity = "volume"\nunit = "m3"\n'
EXAMPLE = '[[example]]\nfport = 2\npayload = "7B"\nexpect = [{ name = "total", value = "%s" }]\n'


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "meter.js"
    path.write_text(SCRIPT, "utf-8")
    return path


def test_check(run: Run, script: Path) -> None:
    assert run("codecs", "check", str(script)).out == "meter: Decoder, no mapping\n"
    script.with_suffix(".toml").write_text(MAPPING + EXAMPLE % "12.3", "utf-8")
    assert run("codecs", "check", str(script)).out == "meter: Decoder, 1 example right\n"
    script.with_suffix(".toml").write_text(MAPPING + EXAMPLE % "9", "utf-8")
    result = run("codecs", "check", str(script))
    assert result.code == 2
    assert "total should be" in result.out
    assert "[cli.codecs.wrong]" in result.err


def test_run(run: Run, script: Path) -> None:
    assert run("codecs", "run", str(script), "7B", "--fport", "2").out == '{"data":{"total":12.3,"port":2}}\n'
    assert "12.3" in run("codecs", "run", str(script), "7B", "--format", "table").out
    assert json.loads(run("codecs", "run", str(script), "7B", "--format", "json").out)["protocol"] == "lorawan"
    assert run("codecs", "run", str(script), "7").code == 2
    assert run("codecs", "run", str(script), "7B", "--received", "soon").code == 2
    script.write_text("function Decoder() { throw new Error('no'); }", "utf-8")
    result = run("codecs", "run", str(script), "7B")
    assert result.code == 3
    assert "[codec.script.failed]" in result.err


def test_run_prints_what_the_formatter_says_when_it_refuses(run: Run, script: Path) -> None:
    script.write_text("function decodeUplink() { return { errors: ['unknown port', 'x'], data: {} }; }", "utf-8")
    result = run("codecs", "run", str(script), "7B", "--recv-time", "2026-03-01T00:00:00Z")
    assert result.out == '{"errors":["unknown port","x"],"data":{}}\n'
    assert result.code == 3
    assert "unknown port; x [codec.script.errors]" in result.err


def test_check_with_a_file_of_examples(run: Run, script: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "fport": 2, "hex": "7B", "expected": {"data": {"total": 12.3, "port": 2}}}\n')
    result = run("codecs", "check", str(script), "--examples", str(rows))
    assert (result.code, result.out) == (0, "1 of 1 example right\n")
    rows.write_text(rows.read_text() + '{"id": "b", "fport": 2, "hex": "7B", "expected": {"data": {"port": 2}}}\n')
    result = run("codecs", "check", str(script), "--examples", str(rows))
    assert result.code == 2
    assert result.out == "b: data.total is not expected\n1 of 2 examples right\n"
    assert "1 of 2 examples wrong [cli.codecs.wrong]" in result.err
    assert run("codecs", "check", str(script), str(script), "--examples", str(rows)).code == 2


def test_a_checkout_of_a_collection(run: Run, tmp_path: Path) -> None:
    brand = tmp_path / "vendor" / "acme"
    brand.mkdir(parents=True)
    (brand / "w1.yaml").write_text("profiles:\n  EU863-870:\n    codec: w1-codec\n")
    (brand / "w1-codec.yaml").write_text("uplinkDecoder:\n  fileName: w1.js\n")
    (brand / "w1.js").write_text(SCRIPT)
    assert run("codecs", "run", str(tmp_path), "7B", "--device", "acme/w1").out == '{"data":{"total":12.3,"port":1}}\n'
    assert run("codecs", "run", str(tmp_path), "7B", "--device", "w2").code == 2
    uplinks = tmp_path / "uplinks.jsonl"
    uplinks.write_text(
        '{"end_device_ids":{"device_id":"cellar","dev_eui":"70B3D5E75E000001"},"received_at":"2026-03-01T12:00:00Z",'
        '"uplink_message":{"f_port":2,"f_cnt":7,"frm_payload":"ew==",'
        '"version_ids":{"brand_id":"acme","model_id":"w1"}}}\n', "utf-8",
    )  # fmt: skip
    result = run("decode", str(uplinks), "--codec", str(tmp_path), "--format", "jsonl")
    assert [reading["value"] for reading in json.loads(result.out)["readings"]] == [12.3, 2]


def test_map(run: Run, script: Path) -> None:
    text = run("codecs", "map", str(script), "7B").out
    script.with_suffix(".toml").write_text(text, "utf-8")
    assert run("codecs", "check", str(script)).code == 0


def test_decode_takes_a_codec(run: Run, script: Path, tmp_path: Path) -> None:
    script.with_suffix(".toml").write_text(MAPPING, "utf-8")
    uplinks = tmp_path / "uplinks.jsonl"
    uplinks.write_text('{"data": "7B", "fport": 2}\n', "utf-8")
    result = run("decode", str(uplinks), "--codec", str(script), "--format", "jsonl")
    reading = json.loads(result.out)["readings"][0]
    assert (reading["name"], reading["value"], reading["unit"]) == ("total", 12.3, "m3")
    assert run("decode", str(uplinks), "--codec", str(tmp_path / "none.js")).code == 2
