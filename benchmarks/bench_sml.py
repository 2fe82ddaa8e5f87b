"""emtkit against smllib on the same SML frames, all checksums checked, user CPU, in one run.

Usage: python benchmarks/bench_sml.py [--rounds N]

smllib runs in a venv of its own ($EMTKIT_PEERS, default .venv-peers/bin/python). It finds the frame, checks its
checksum and parses all messages; emtkit does that, checks the checksum of each message too and makes readings.
Each round times both, one after the other; the fastest round of each counts, because a shared machine only ever
adds time. The frames are the first of each capture of the corpora ($EMTKIT_CORPORA, default ../shared/corpora)
that smllib can parse.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("EMTKIT_CORPORA") or ROOT.parent / "shared" / "corpora") / "sml" / "frames.jsonl"
PEERS = os.environ.get("EMTKIT_PEERS") or str(ROOT / ".venv-peers" / "bin" / "python")

WORKER = """
import json, resource, sys
program, frames = sys.argv[1], {name: bytes.fromhex(text) for name, text in json.loads(sys.stdin.read()).items()}
if program == "emtkit":
    import emtkit
    run = emtkit.decode
else:
    from smllib import SmlStreamReader
    def run(data):
        reader = SmlStreamReader()
        reader.add(data)
        reader.get_frame().parse_frame()
def cpu():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime
best = {}
for name, data in frames.items():
    try:
        run(data)
    except Exception:
        continue
    best[name] = 1e9
    for _ in range(5):
        start = cpu()
        for _ in range(100):
            run(data)
        best[name] = min(best[name], (cpu() - start) / 100)
print(json.dumps(best))
"""


def frames() -> dict[str, str]:
    """Return the first good frame of each capture."""
    found: dict[str, str] = {}
    for line in CORPUS.read_text("utf-8").splitlines():
        case = json.loads(line)
        if "error" not in case["expected"]:
            found.setdefault(case["capture"], case["hex"])
    return found


def run(python: str, program: str, texts: dict[str, str]) -> dict[str, float]:
    """Time one program once."""
    done = subprocess.run(
        [python, "-c", WORKER, program], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    return {} if done.returncode else dict(json.loads(done.stdout))


def main() -> None:
    """Print microseconds per frame and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    if not CORPUS.is_file():
        sys.exit(f"no corpus {CORPUS}: set EMTKIT_CORPORA")
    texts = frames()
    best: dict[tuple[str, str], float] = {}
    for _ in range(rounds):
        for program, python in (("emtkit", sys.executable), ("smllib", PEERS)):
            for name, seconds in run(python, program, texts).items():
                best[program, name] = min(best.get((program, name), 1e9), seconds)
    print(f"{'frame':42}{'bytes':>6}{'emtkit':>10}{'smllib':>10}{'ratio':>7}   (us, user CPU)")
    ratios = []
    for name, text in texts.items():
        own, peer = best["emtkit", name], best.get(("smllib", name))
        line = f"{name:42}{len(text) // 2:6}{own * 1e6:10.1f}"
        print(line + (f"{'-':>10}" if peer is None else f"{peer * 1e6:10.1f}{peer / own:7.2f}"))
        ratios += [] if peer is None else [peer / own]
    if ratios:
        print(f"smllib takes {min(ratios):.2f} to {max(ratios):.2f} times as long on {len(ratios)} frames")
    else:
        print(f"smllib is not at {PEERS}: set EMTKIT_PEERS")


if __name__ == "__main__":
    main()
