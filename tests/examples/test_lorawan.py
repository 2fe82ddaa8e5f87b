"""The example of LoRaWAN meters: irregular uplinks become the market's quarter hours in the command of the docs."""

from __future__ import annotations

import os
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
from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan.own import OwnPayloads
from emtkit.protocols.lorawan.uplink import Uplink

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "examples" / "lorawan"
EXPECTED = FOLDER / "expected"
TEN = FOLDER / "ten_servers"
COMMAND = r"^\$ (emtkit convert {}/uplinks.jsonl (?:.*\\\n)*.*)$"
START = datetime(2026, 10, 24, 22, tzinfo=UTC)
END = datetime(2026, 10, 25, 23, tzinfo=UTC)


def convert(page: str, out: Path, folder: Path = FOLDER) -> Path:
    """Run the command that a page shows, with another folder to write to; return what it wrote."""
    command = COMMAND.format(re.escape(folder.relative_to(PROJECT).as_posix()))
    (shown,) = re.findall(command, (PROJECT / page).read_text("utf-8"), re.MULTILINE)
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
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        made = FOLDER / path.relative_to(tmp_path)
        assert path.read_bytes() == made.read_bytes(), f"{made}: run examples/make_lorawan.py"


@pytest.mark.parametrize("page", ["docs/lorawan.md", "examples/README.md"])
def test_the_message_is_the_expected_one(page: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made = convert(page, tmp_path / "out")
    if request.config.getoption("--update-golden"):
        (EXPECTED / made.name).write_bytes(made.read_bytes())
    assert {made.name: made.read_bytes()} == {path.name: path.read_bytes() for path in EXPECTED.iterdir()}


def test_ten_servers_in_one_file(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Four electricity meters, each by another server or gateway, become the messages of their locations."""
    made = convert("docs/lorawan.md", tmp_path / "out", TEN)
    if request.config.getoption("--update-golden"):
        (TEN / "expected" / made.name).write_bytes(made.read_bytes())
    assert made.read_bytes() == (TEN / "expected" / made.name).read_bytes()
    segments = [segment for segment in read_segments(made.read_bytes()) if segment.tag == "QTY"]
    assert len(segments) == 4 * 100


def test_ten_servers_are_all_understood() -> None:
    memory = Memory()
    memory.of(OwnPayloads).load(TEN / "devices")
    frames = list(read_capture(TEN / "uplinks.jsonl", keys=TEN / "keys.toml", memory=memory))
    assert {frame.state for frame in frames} == {"complete"}
    assert len({frame.layer(Uplink).server for frame in frames}) == 10
    assert len({frame.meter.id for frame in frames if frame.meter is not None}) == 10
    assert all(frame.origin.received_at is not None and frame.origin.rssi is not None for frame in frames)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_ten_servers_read_well(width: int) -> None:
    """No line is longer than the terminal, none of the tables' rows is folded; each uplink says who sent it by whom."""
    command = ["decode", "uplinks.jsonl", "--keys", "keys.toml", "--payloads", "devices", "--format", "table"]
    environment = {**os.environ, "COLUMNS": str(width)}
    done = subprocess.run(
        [sys.executable, "-m", "emtkit", *command], cwd=TEN, capture_output=True, check=True, env=environment
    )
    lines = done.stdout.decode().splitlines()
    assert max(map(len, lines)) <= width
    assert sum(line.startswith("  by ") for line in lines) == sum(
        line.startswith("  uplinks.jsonl, ") for line in lines
    )
    rows = [line for line in lines if "-0:1.0.0*255" in line or "-0:1.8.0*255" in line]
    assert len(rows) > 200
    assert all(re.search(r"\d (?:kWh|m³|MJ) |\d  (?:kWh|m³|MJ) ", row) for row in rows)


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
