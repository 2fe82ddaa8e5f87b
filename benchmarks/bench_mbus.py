"""emtkit against pymbusparser and pyMeterBus on the same M-Bus telegrams, user CPU, in one run.

Usage: python benchmarks/bench_mbus.py [--rounds N]

The peers run in a venv of their own ($EMTKIT_PEERS, default .venv-peers/bin/python). Each round times every
program once, one after the other; the fastest round of each counts, because a shared machine only ever adds
time. The telegrams are those of the corpora ($EMTKIT_CORPORA, default ../shared/corpora).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPORA = Path(os.environ.get("EMTKIT_CORPORA") or ROOT.parent / "shared" / "corpora") / "wmbus"
PEERS = os.environ.get("EMTKIT_PEERS") or str(ROOT / ".venv-peers" / "bin" / "python")

# name -> (corpus file, row)
TELEGRAMS = {
    "wired 38 B": ("mbus_wired", "libmbus-test-frames-oms_frame1"),
    "wired 153 B": ("wmbusmeters", "wmm-sim-simulation_mbus.txt-4"),
    "wireless 25 B": ("wmbusmeters", "wmm-elvsense-87"),
    "wireless 163 B": ("wmbusmeters", "wmm-supercom587-336"),
}

WORKER = """
import json, resource, sys, time
program, telegrams = sys.argv[1], json.loads(sys.stdin.read())
if program == "emtkit":
    import emtkit
    run = emtkit.decode
elif program == "pymbusparser":
    from pymbusparser import parse as run
else:
    import meterbus
    run = lambda text: meterbus.load(bytes.fromhex(text)).to_JSON()
best = {}
for name, text in telegrams.items():
    try:
        for _ in range(20):
            run(text)
    except Exception:
        continue
    best[name] = 1e9
    for _ in range(15):
        start = time.process_time()
        for _ in range(100):
            run(text)
        best[name] = min(best[name], (time.process_time() - start) / 100)
print(json.dumps(best))
"""


def telegrams() -> dict[str, str]:
    """Read the telegrams, and the plain and encrypted one of our own making."""
    found = {}
    for name, (file, row) in TELEGRAMS.items():
        for line in (CORPORA / f"{file}.jsonl").read_text("utf-8").splitlines():
            case = json.loads(line)
            if case["id"] == row:
                found[name] = case["hex"]
    return found


def run(python: str, program: str, texts: dict[str, str]) -> dict[str, float]:
    """Time one program once."""
    done = subprocess.run(
        [python, "-c", WORKER, program], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    return {} if done.returncode else dict(json.loads(done.stdout))


def main() -> None:
    """Print microseconds per telegram and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds: int = parser.parse_args().rounds
    if not CORPORA.is_dir():
        sys.exit(f"no corpora at {CORPORA}: set EMTKIT_CORPORA")
    texts = telegrams()
    best: dict[tuple[str, str], float] = {}
    for _ in range(rounds):
        for program, python in (("emtkit", sys.executable), ("pymbusparser", PEERS), ("pymeterbus", PEERS)):
            for name, seconds in run(python, program, texts).items():
                best[program, name] = min(best.get((program, name), 1e9), seconds)
    print(f"{'telegram':16}{'emtkit':>10}{'pymbusparser':>14}{'ratio':>7}{'pyMeterBus':>12}{'ratio':>7}   (us, user CPU)")
    for name in texts:
        own = best["emtkit", name]
        line = f"{name:16}{own * 1e6:10.1f}"
        for program, width in (("pymbusparser", 14), ("pymeterbus", 12)):
            peer = best.get((program, name))
            line += f"{'-':>{width}}{'':7}" if peer is None else f"{peer * 1e6:{width}.1f}{peer / own:7.2f}"
        print(line)


if __name__ == "__main__":
    main()
