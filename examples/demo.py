"""Turn the day of `examples/fleet/` into readings, load profiles and market messages, and say what came of it.

Usage: python examples/demo.py [FOLDER]     (`make demo` writes to out/)

Each step is a command of `emtkit`, printed before it runs: copy one and try it on a capture of your own.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from emtkit.export.edifact.tokenizer import read_segments
from emtkit.model.jsontext import loads
from emtkit.model.units import convert

PROJECT: Final = Path(__file__).resolve().parents[1]
FLEET: Final = Path("examples/fleet")

MSCONS: Final = {
    "message_date": "2026-10-27T08:00:00Z",
    "reference": "DEMO",
    "energy_period": "day",
    "energy_basis": "Z38+Z39",
}
SHOWN: Final = {"Wh": "kWh"}

# Exit codes. The fleet has a damaged telegram (3) and a wrong key (4, less than 3) on purpose, and MSCONS refuses its
# water meter (5).
EXPECTED: Final = {"decode": 3, "csv": 3, "profile-xml": 3, "mscons": 5}

said: dict[str, None] = {}


def emtkit(*arguments: str | Path, to: Path | None = None) -> None:
    """Print and run one command, then what it says on stderr, without what an earlier one has said already."""
    words = ["emtkit", *map(str, arguments)]
    print("$", shlex.join(words), *([f"> {to}"] if to is not None else []))
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, cwd=PROJECT, check=False)  # noqa: S603
    if to is not None:
        (PROJECT / to).write_bytes(done.stdout)
    for line in done.stderr.decode().splitlines():
        if line not in said:
            said[line] = None
            print(f"  {line}")
    expected = EXPECTED[words[words.index("--to") + 1] if "--to" in words else words[1]]
    if done.returncode != expected:
        sys.exit(f"emtkit ended with {done.returncode}, expected {expected}")
    print()


def show_meters(readings: Path) -> None:
    """Print one line for each meter: what was heard of it, and its last register."""
    frames: Counter[str] = Counter()
    secured: dict[str, str] = {}
    latest: dict[str, dict[str, Any]] = {}
    for line in readings.read_text("utf-8").splitlines():
        row = loads(line)
        meter = row["meter"]
        name = "(a damaged telegram)" if meter is None else f"{meter['identifier']}  {meter['medium']}"
        frames[name] += 1
        secured[name] = "-" if meter is None else row["security"]["verdict"]
        registers = [r for r in row["readings"] if r["storage"] == 0 and isinstance(r["value"], Decimal | int)]
        if registers:
            latest[name] = registers[0]
    print(f"{'meter':40}{'telegrams':>9}  {'security':12}  last register")
    for name in sorted(frames, key=lambda name: (name.startswith("("), name)):
        last = "-"
        if name in latest:
            reading = latest[name]
            unit = SHOWN.get(reading["unit"], reading["unit"])
            last = f"{convert(Decimal(reading['value']), reading['unit'], unit):f} {unit}  {reading['obis']}"
        print(f"{name:40}{frames[name]:9}  {secured[name]:12}  {last}")
    print()


def show_messages(folder: Path) -> None:
    """Print one line for each MSCONS message: use case, location, register, number of values, their sum."""
    print(f"{'use case':10}{'location':35}{'register':12}{'values':>6}  sum or register")
    for path in sorted(folder.iterdir()):
        case = location = ""
        numbers: list[Decimal] = []
        values: dict[str, list[Decimal]] = {}
        for segment in read_segments(path.read_bytes()):
            match segment.tag, segment.get(1), segment.get(2):
                case "UNH", _, _:
                    values = {}
                case "RFF", "Z13", _:
                    case = segment.get(1, 2)
                case "LOC", _, place:
                    location = place
                case "PIA", _, register:
                    values[register] = numbers = []
                case "QTY", _, _:
                    numbers.append(Decimal(segment.get(1, 2)))
                case "UNT", _, _:
                    for register, found in values.items():
                        print(f"{case:10}{location:35}{register:12}{len(found):6}  {sum(found)}")
    print()


def main(out: Path) -> None:
    """Run the steps and show what came of each."""
    shutil.rmtree(PROJECT / out, ignore_errors=True)
    (PROJECT / out).mkdir(parents=True)
    capture, keys = FLEET / "capture.jsonl", ("--keys", FLEET / "keys.toml")
    points = ("--points", FLEET / "points.toml")
    profiles = ("--points", FLEET / "profiles.csv")
    settings = [word for name, value in MSCONS.items() for word in ("--set", f"{name}={value}")]

    print("2026-10-25, the day on which summer time ends: what a receiver heard of a small fleet.\n")
    emtkit("decode", capture, *keys, "--format", "jsonl", to=out / "readings.jsonl")
    show_meters(PROJECT / out / "readings.jsonl")
    emtkit("convert", capture, *keys, "--to", "csv", "--out", out / "readings.csv")
    emtkit("convert", capture, *keys, *profiles, "--to", "profile-xml", "--out", out / "profiles")
    emtkit("convert", capture, *keys, *points, "--to", "mscons", "--out", out / "mscons", *settings)
    show_messages(PROJECT / out / "mscons")
    files = sorted(path for path in (PROJECT / out).rglob("*") if path.is_file())
    print(f"written to {out}/:")
    for path in files:
        print(f"  {path.relative_to(PROJECT / out).as_posix()}  ({path.stat().st_size:,} bytes)")
    print(f"\nnext:  emtkit explain {capture} --line 8 {shlex.join(map(str, keys))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
