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
import sys

from measure import CORPORA, PEERS, Program, take_turns

CORPUS = CORPORA / "sml" / "frames.jsonl"

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
print("result", json.dumps(best))
"""


def frames() -> dict[str, str]:
    """Return the first good frame of each capture."""
    found: dict[str, str] = {}
    for line in CORPUS.read_text("utf-8").splitlines():
        case = json.loads(line)
        if "error" not in case["expected"]:
            found.setdefault(case["capture"], case["hex"])
    return found


def main() -> None:
    """Print microseconds per frame and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    if not CORPUS.is_file():
        sys.exit(f"no corpus {CORPUS}: set EMTKIT_CORPORA")
    texts = frames()
    best = take_turns(WORKER, [Program("emtkit", texts), Program("smllib", texts, PEERS)], rounds)
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
