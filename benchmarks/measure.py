"""What the comparisons share: programs take turns in processes of their own, and the fastest round of each counts.

A shared machine only ever adds time, so the least of several rounds is nearest to what a program needs; and because the
programs take turns, a busy moment hits all of them. Peers run in a venv of their own: $EMTKIT_PEERS names its Python,
default .venv-peers/bin/python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[1]
CORPORA = Path(os.environ.get("EMTKIT_CORPORA") or ROOT.parent / "shared" / "corpora")
PEERS = os.environ.get("EMTKIT_PEERS") or str(ROOT / ".venv-peers" / "bin" / "python")

# (program, case) -> seconds
Best = dict[tuple[str, str], float]


class Program(NamedTuple):
    """A program in the comparison.

    given   what its worker reads from standard input, as JSON
    python  its interpreter
    """

    name: str
    given: Any
    python: str = sys.executable


def take_turns(worker: str, programs: Iterable[Program], rounds: int) -> Best:
    """Run every program once in each round; return the fastest time of each case.

    The worker is Python code. Its first argument is the program's name; it prints, last, `result` and a JSON object of
    case to seconds. A program that fails has no results, and the reason goes to standard error.
    """
    turns = []
    for program in programs:
        if Path(program.python).exists():
            turns.append(program)
        else:
            print(f"{program.name}: there is no {program.python}", file=sys.stderr)
    best: Best = {}
    told: set[str] = set()
    for _ in range(rounds):
        for program in turns:
            done = subprocess.run(
                [program.python, "-c", worker, program.name],
                input=json.dumps(program.given), capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.stderr and program.name not in told:
                told.add(program.name)
                print(f"{program.name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            results = [line for line in done.stdout.splitlines() if line.startswith("result ")]
            for case, seconds in (json.loads(results[-1].removeprefix("result ")) if results else {}).items():
                best[program.name, case] = min(best.get((program.name, case), 1e9), seconds)
    return best
