"""The example fleet and what the demo makes of it: what a newcomer sees first."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from emtkit.export.edifact.tokenizer import read_segments

PROJECT = Path(__file__).resolve().parents[2]
FLEET = PROJECT / "examples" / "fleet"
EXPECTED = FLEET / "expected"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the demo; give its folder and what it printed."""
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        [sys.executable, "examples/demo.py", str(out)], cwd=PROJECT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout


def test_the_fleet_is_what_the_script_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "examples/make_fleet.py", str(tmp_path)], cwd=PROJECT, check=True)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FLEET / path.name).read_bytes(), f"{path.name}: run examples/make_fleet.py"


def test_every_telegram_has_its_line_and_its_verdict(demo: tuple[Path, str]) -> None:
    lines = (demo[0] / "readings.jsonl").read_text("utf-8").splitlines()
    capture = (FLEET / "capture.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in capture]
    assert Counter(((row["meter"] or {}).get("id"), row["state"], row["security"]["verdict"]) for row in rows) == {
        ("00010001", "complete", "decrypted"): 101,
        ("00010002", "complete", "decrypted"): 101,
        ("00020001", "complete", "decrypted"): 26,
        ("00030001", "complete", "none"): 25,
        ("00030002", "opaque", "key_wrong"): 5,
        ("00040001", "complete", "decrypted"): 26,
        ("00050001", "complete", "decrypted"): 6,
        (None, "failed", "none"): 1,
    }


def test_the_market_messages_are_the_expected_ones(demo: tuple[Path, str], request: pytest.FixtureRequest) -> None:
    made = {path.name: path.read_bytes() for path in (demo[0] / "mscons").iterdir()}
    if request.config.getoption("--update-golden"):
        for path in EXPECTED.iterdir():
            path.unlink()
        for name, content in made.items():
            (EXPECTED / name).write_bytes(content)
    assert made == {path.name: path.read_bytes() for path in EXPECTED.iterdir()}


def test_the_day_has_a_hundred_quarter_hours_and_their_sum_is_the_advance() -> None:
    values: dict[tuple[str, str], list[Decimal]] = {}
    case = register = ""
    for path in sorted(EXPECTED.iterdir()):
        for segment in read_segments(path.read_bytes()):
            if segment.tag == "RFF" and segment.get(1) == "Z13":
                case = segment.get(1, 2)
            elif segment.tag == "PIA":
                register = segment.get(2)
            elif segment.tag == "QTY":
                assert segment.get(1) == "220", "a true value"
                values.setdefault((case, register), []).append(Decimal(segment.get(1, 2)))
    assert {key: len(found) for key, found in values.items()} == {
        ("13025", "1-1:1.29.0"): 100,
        ("13025", "1-1:2.29.0"): 100,
        ("13018", "1-1:1.29.0"): 100,
        ("13017", "1-1:1.8.0"): 2,
        ("13017", "1-1:2.8.0"): 2,
        ("13019", "1-1:1.9.0"): 1,
        ("13002", "7-1:3.0.0"): 1,
    }
    for direction in ("1", "2"):
        low, high = values["13017", f"1-1:{direction}.8.0"]
        assert sum(values["13025", f"1-1:{direction}.29.0"]) == high - low


def test_the_summary_says_what_is_not_there(demo: tuple[Path, str]) -> None:
    printed = demo[1]
    assert "MSCONS has no codes for water" in printed
    assert "1 x wmbus.link.crc" in printed
    assert "key_wrong" in printed


def test_no_key_is_in_any_output(demo: tuple[Path, str]) -> None:
    keys = [word.strip('",[]') for word in (FLEET / "keys.toml").read_text("utf-8").split()]
    secrets = [word for word in keys if len(word) == 32 and set(word) <= set("0123456789abcdef")]
    assert len(secrets) == 7
    texts = [demo[1], *(path.read_text("latin-1") for path in demo[0].rglob("*") if path.is_file())]
    for text in texts:
        assert not any(secret in text.lower() for secret in secrets)
