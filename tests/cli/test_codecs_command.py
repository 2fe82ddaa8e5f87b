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
    got = json.loads(run("codecs", "run", str(script), "7B", "--fport", "2").out)
    assert got == {"function": "Decoder", "data": {"total": 12.3, "port": 2}, "warnings": []}
    assert "12.3" in run("codecs", "run", str(script), "7B", "--format", "table").out
    assert json.loads(run("codecs", "run", str(script), "7B", "--format", "json").out)["protocol"] == "lorawan"
    assert run("codecs", "run", str(script), "7").code == 2
    assert run("codecs", "run", str(script), "7B", "--received", "soon").code == 2
    script.write_text("function Decoder() { throw new Error('no'); }", "utf-8")
    result = run("codecs", "run", str(script), "7B")
    assert result.code == 3
    assert "[codec.script.failed]" in result.err


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
