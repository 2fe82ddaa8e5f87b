"""The example of an RLM meter: its VDEW load profile becomes an MSCONS 13018 in the one command that the docs show."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from unittest.mock import ANY

import pytest

from emtkit.export.edifact.tokenizer import read_segments

PROJECT = Path(__file__).resolve().parents[2]
RLM = PROJECT / "examples" / "rlm"
EXPECTED = RLM / "expected"
COMMAND = re.compile(r"^\$ (emtkit convert examples/rlm/.*)$", re.MULTILINE)


def convert(page: str, out: Path, *settings: str) -> list[Path]:
    """Run the command that a page shows, with another folder to write to; return what it wrote."""
    (shown,) = COMMAND.findall((PROJECT / page).read_text("utf-8"))
    words = shlex.split(shown)[1:]
    words[words.index("--out") + 1] = str(out)
    options = [word for setting in settings for word in ("--set", setting)]
    done = subprocess.run(
        [sys.executable, "-m", "emtkit", *words, *options], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return sorted(out.iterdir())


def values(path: Path) -> dict[str, list[tuple[str, Decimal]]]:
    """Return code and number of the values of each register."""
    found: dict[str, list[tuple[str, Decimal]]] = {}
    register = ""
    for segment in read_segments(path.read_bytes()):
        if segment.tag == "PIA":
            register = segment.get(2)
        elif segment.tag == "QTY":
            found.setdefault(register, []).append((segment.get(1), Decimal(segment.get(1, 2))))
    return found


def test_the_example_is_what_the_script_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "examples/make_rlm.py", str(tmp_path)], cwd=PROJECT, check=True)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (RLM / path.name).read_bytes(), f"{path.name}: run examples/make_rlm.py"


def test_the_message_is_the_expected_one(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (made,) = convert("docs/iec62056_21.md", tmp_path / "out", "message_date=2026-10-27T08:00:00Z", "reference=RLM")
    if request.config.getoption("--update-golden"):
        (EXPECTED / made.name).write_bytes(made.read_bytes())
    assert {made.name: made.read_bytes()} == {path.name: path.read_bytes() for path in EXPECTED.iterdir()}


@pytest.mark.parametrize("page", ["docs/iec62056_21.md", "examples/README.md"])
def test_the_command_of_the_page_needs_nothing_else(page: str, tmp_path: Path) -> None:
    (made,) = convert(page, tmp_path / "out")
    (expected,) = EXPECTED.iterdir()
    assert values(made) == values(expected)


def test_the_day_of_the_message() -> None:
    (path,) = EXPECTED.iterdir()
    text = path.read_text("latin-1")
    assert "RFF+Z13:13018'" in text
    assert (
        "LOC+172+DE0000000000000000000EMT000060001'DTM+163:202610242200?+00:303'DTM+164:202610252300?+00:303'" in text
    )
    found = values(path)
    assert {register: len(each) for register, each in found.items()} == {"1-1:1.29.0": 100, "1-1:3.29.0": 100}
    assert {code for each in found.values() for code, _ in each} == {"220"}
    # kW of a quarter hour times 40, a quarter of it energy; the meter's rows, the two of the cut interval together
    rows = re.findall(rb"^\((\d+\.\d+)\)\((\d+\.\d+)\)", (RLM / "session.iec").read_bytes(), re.MULTILINE)
    assert len(rows) == 101
    for register, column in (("1-1:1.29.0", 0), ("1-1:3.29.0", 1)):
        power = [Decimal(row[column].decode()) for row in rows]
        assert sum(number for _, number in found[register]) == sum(power) * 10
        assert found[register][0] == ("220", power[0] * 10)


ROUND_TRIP = re.compile(r"^\$ ((?:emtkit|cmp) .*)$", re.MULTILINE)
VALIDATED = "emtkit mscons validate"


def run(command: str, out: Path) -> None:
    """Run a command of the example's page, with another folder than `out/`."""
    words = [word.replace("out/", f"{out}/", 1) if word.startswith("out/") else word for word in shlex.split(command)]
    if words[0] == "emtkit":
        words[:1] = [sys.executable, "-m", "emtkit"]
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), command
    if command.startswith(VALIDATED):
        assert "valid" in done.stdout
        assert "200 values" in done.stdout


def test_from_the_meter_to_the_market_and_back(tmp_path: Path) -> None:
    commands = ROUND_TRIP.findall((RLM / "README.md").read_text("utf-8"))
    assert [command.split()[:2] for command in commands] == [
        ["emtkit", "convert"], ["emtkit", "mscons"], ["emtkit", "convert"], ["emtkit", "convert"], ["cmp", ANY],
    ]  # fmt: skip
    for command in commands:
        run(command, tmp_path)
    (expected,) = EXPECTED.iterdir()
    assert (tmp_path / "rlm_again" / expected.name).read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow", "profile-xml", "profile-json"])
def test_other_formats_lead_back_to_the_same_message(form: str, tmp_path: Path) -> None:
    if form in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    (expected,) = EXPECTED.iterdir()
    between = tmp_path / "between"
    run(f"emtkit convert {expected} --to {form} --out {between}", tmp_path)
    files = sorted(between.iterdir()) if between.is_dir() else [between]
    names = " ".join(map(str, files))
    settings = "--set message_date=2026-10-27T08:00:00Z --set reference=RLM"
    points = "--points examples/rlm/from_csv.toml"
    run(f"emtkit convert {names} --to mscons {points} --out {tmp_path / 'again'} {settings}", tmp_path)
    assert (tmp_path / "again" / expected.name).read_bytes() == expected.read_bytes()
