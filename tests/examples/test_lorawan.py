"""The example of LoRaWAN meters: irregular uplinks become the market's quarter hours in the command of the docs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from emtkit.capture import read_capture
from emtkit.export.collect import Plan, collect_registers
from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.grid import HOUR, Grid
from emtkit.model.series import Quality

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "examples" / "lorawan"
EXPECTED = FOLDER / "expected"
COMMAND = re.compile(r"^\$ (emtkit convert examples/lorawan/(?:.*\\\n)*.*)$", re.MULTILINE)
START = datetime(2026, 10, 24, 22, tzinfo=UTC)
END = datetime(2026, 10, 25, 23, tzinfo=UTC)


def convert(page: str, out: Path) -> Path:
    """Run the command that a page shows, with another folder to write to; return what it wrote."""
    (shown,) = COMMAND.findall((PROJECT / page).read_text("utf-8"))
    words = shlex.split(shown.replace("\\\n", " "))[1:]
    words[words.index("--out") + 1] = str(out)
    options = ["--set", "message_date=2026-10-27T08:00:00Z", "--set", "reference=LORA"]
    done = subprocess.run(
        [sys.executable, "-m", "emtkit", *words, *options], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    (made,) = out.iterdir()
    return made


def test_the_example_is_what_the_script_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "examples/make_lorawan.py", str(tmp_path)], cwd=PROJECT, check=True)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), f"{path.name}: run examples/make_lorawan.py"


@pytest.mark.parametrize("page", ["docs/lorawan.md", "examples/README.md"])
def test_the_message_is_the_expected_one(page: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made = convert(page, tmp_path / "out")
    if request.config.getoption("--update-golden"):
        (EXPECTED / made.name).write_bytes(made.read_bytes())
    assert {made.name: made.read_bytes()} == {path.name: path.read_bytes() for path in EXPECTED.iterdir()}


def test_the_quarter_hours_of_the_message() -> None:
    """100 of them, all interpolated and marked so; together what the register advanced, within an uplink's distance."""
    (path,) = EXPECTED.iterdir()
    segments = list(read_segments(path.read_bytes()))
    quantities = [segment for segment in segments if segment.tag == "QTY"]
    assert [segment.get(1) for segment in quantities] == ["67"] * 100
    total = sum(Decimal(segment.get(1, 2)) for segment in quantities)
    registers = [
        (reading.time, reading.value)
        for frame in read_capture(FOLDER / "uplinks.jsonl")
        for reading in frame.readings
        if reading.obis == "1-0:1.8.0*255"
    ]
    assert len(registers) > 80
    inside = [value for time, value in registers if isinstance(time, datetime) and START <= time <= END]
    assert isinstance(inside[0], Decimal)
    assert isinstance(inside[-1], Decimal)
    assert isinstance(registers[0][1], Decimal)
    assert isinstance(registers[-1][1], Decimal)
    assert inside[-1] - inside[0] <= total * 1000 <= registers[-1][1] - registers[0][1]


def test_the_hours_of_a_log_need_no_interpolation() -> None:
    """The water meter's log has every full hour, though uplinks are lost."""
    plan = Plan(Grid(HOUR), timedelta(seconds=30))
    (water,) = (
        item
        for item in collect_registers(read_capture(FOLDER / "uplinks.jsonl"), plan).found
        if item.builder.obis == "8-0:1.0.0*255"
    )
    series = water.builder.intervals(start=START, end=END)
    assert len(series.values) == 25
    assert {value.quality for value in series.values} == {Quality.TRUE}
    assert series.diagnostics == []
