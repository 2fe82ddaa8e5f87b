"""Start-up: user CPU of whole commands, and what they import.

Usage: python benchmarks/bench_startup.py [--rounds N] [--imports]

Every command runs in a process of its own, one after the other in each round; the fastest round of each counts, because
a shared machine only ever adds time. Budgets: `emtkit --help` 80 ms, `emtkit decode HEX` 250 ms. `--imports` lists the
modules that cost most.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

# OMS specification, volume 2, annex N.2.1
TELEGRAM = (
    "2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A"
)
KEY = "0102030405060708090A0B0C0D0E0F11"

# name -> (arguments, budget in ms or None)
COMMANDS: dict[str, tuple[list[str], int | None]] = {
    "python -c pass": ([], None),
    "emtkit --help": (["--help"], 80),
    "emtkit decode HEX": (["decode", TELEGRAM], 250),
    "emtkit decode HEX --key KEY": (["decode", TELEGRAM, "--key", KEY], 250),
    "emtkit decode HEX --format jsonl": (["decode", TELEGRAM, "--format", "jsonl"], 250),
    "emtkit decode HEX --keys FILE": (["decode", TELEGRAM, "--keys", "keys.toml"], None),
    "emtkit explain HEX": (["explain", TELEGRAM], None),
    "emtkit codes": (["codes"], None),
}


def command_line(arguments: list[str], *flags: str) -> list[str]:
    """Return the command line of a command; without arguments, of an empty program."""
    return [sys.executable, *flags, *(["-m", "emtkit", *arguments] if arguments else ["-c", "pass"])]


def user_cpu(command: list[str], folder: str) -> float:
    """Return the user CPU of a process in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before) * 1000


def heaviest_imports(command: list[str], folder: str) -> list[str]:
    """Return the modules that take longest themselves."""
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    found = re.findall(r"^import time: +(\d+) \| +\d+ \| *(\S+)", done.stderr, re.MULTILINE)
    found.sort(key=lambda row: -int(row[0]))
    return [f"{int(time) / 1000:8.1f} ms  {module}" for time, module in found[:12]]


def main() -> int:
    """Measure and print; returns 1 if a budget is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--imports", action="store_true")
    options = parser.parse_args()
    best: dict[str, float] = dict.fromkeys(COMMANDS, float("inf"))
    exceeded = False
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "keys.toml").write_text(f'[[key]]\nmeter = "ELS 12345678"\nkey = "{KEY}"\n', encoding="utf-8")
        for _ in range(options.rounds):
            for name, (arguments, _) in COMMANDS.items():
                best[name] = min(best[name], user_cpu(command_line(arguments), folder))
        for name, (arguments, budget) in COMMANDS.items():
            over = budget is not None and best[name] > budget
            exceeded |= over
            limit = "" if budget is None else f"  (budget {budget} ms{', exceeded' if over else ''})"
            print(f"{best[name]:6.0f} ms  {name}{limit}")
            if options.imports and arguments:
                print("\n".join(heaviest_imports(command_line(arguments, "-X", "importtime"), folder)))
    return exceeded


if __name__ == "__main__":
    sys.exit(main())
