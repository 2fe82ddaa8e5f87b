"""emtkit against pymbusparser and pyMeterBus on the same M-Bus telegrams, user CPU, in one run.

Usage: python benchmarks/bench_mbus.py [--rounds N]

The peers run in a venv of their own ($EMTKIT_PEERS, default .venv-peers/bin/python). Each round times every
program once, one after the other; the fastest round of each counts, because a shared machine only ever adds
time. The telegrams are those of the corpora ($EMTKIT_CORPORA, default ../shared/corpora).
"""

from __future__ import annotations

import argparse
import json
import sys
from decimal import Decimal

from measure import CORPORA, PEERS, Program, take_turns

TELEGRAMS_OF_PEERS = CORPORA / "wmbus"

# name -> (corpus file, row)
TELEGRAMS = {
    "wired 38 B": ("mbus_wired", "libmbus-test-frames-oms_frame1"),
    "wired 153 B": ("wmbusmeters", "wmm-sim-simulation_mbus.txt-4"),
    "wireless 163 B": ("wmbusmeters", "wmm-supercom587-336"),
}

KEY = bytes(range(16))

WORKER = """
import json, resource, sys, time
program, telegrams = sys.argv[1], json.loads(sys.stdin.read())
if program == "emtkit":
    import emtkit
    keys = emtkit.KeyRing.from_hex(["000102030405060708090a0b0c0d0e0f"])
    run = lambda text: emtkit.decode(text, keys=keys)
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
print("result", json.dumps(best))
"""


def telegrams() -> dict[str, str]:
    """Read the peers' own telegrams; build the shortest, and the plain and encrypted pair."""
    from emtkit.model.key import Key
    from emtkit.model.meter_id import MeterId
    from emtkit.protocols.mbus.encode import build_record
    from emtkit.protocols.wmbus.encode import build_telegram

    found = {}
    for name, (file, row) in TELEGRAMS.items():
        for line in (TELEGRAMS_OF_PEERS / f"{file}.jsonl").read_text("utf-8").splitlines():
            case = json.loads(line)
            if case["id"] == row:
                found[name] = case["hex"]
    meter = MeterId.of("EMT", "00010001", 104, 7)
    short = build_record("13", Decimal("123.529"), "int32") + build_record("3b", Decimal(0), "int16")
    found["wireless 25 B"] = build_telegram(meter, short, access_no=85, frame_format="-").hex()
    four_blocks = short + b"".join(build_record("13", Decimal(n), "int32", storage=n) for n in range(1, 8))
    for name, security in (("wireless 4 blocks plain", 0), ("wireless 4 blocks mode 5", 5)):
        records = four_blocks if security else b"\x2f\x2f" + four_blocks + b"\x2f" * (62 - len(four_blocks))
        found[name] = build_telegram(meter, records, security=security, key=Key(KEY), frame_format="-").hex()
    return found


def main() -> None:
    """Print microseconds per telegram and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds: int = parser.parse_args().rounds
    if not TELEGRAMS_OF_PEERS.is_dir():
        sys.exit(f"no corpora at {TELEGRAMS_OF_PEERS}: set EMTKIT_CORPORA")
    texts = telegrams()
    programs = [Program("emtkit", texts), Program("pymbusparser", texts, PEERS), Program("pymeterbus", texts, PEERS)]
    best = take_turns(WORKER, programs, rounds)
    print("microseconds of user CPU per telegram")
    print(f"{'telegram':26}{'emtkit':>10}{'pymbusparser':>14}{'ratio':>7}{'pyMeterBus':>12}{'ratio':>7}")
    for name in texts:
        own = best["emtkit", name]
        line = f"{name:26}{own * 1e6:10.1f}"
        for program, width in (("pymbusparser", 14), ("pymeterbus", 12)):
            peer = best.get((program, name))
            line += f"{'-':>{width}}{'':7}" if peer is None else f"{peer * 1e6:{width}.1f}{peer / own:7.2f}"
        print(line)
    plain, encrypted = best["emtkit", "wireless 4 blocks plain"], best["emtkit", "wireless 4 blocks mode 5"]
    print(f"mode 5 with 4 blocks costs {encrypted / plain:.2f} times the same telegram in plain")


if __name__ == "__main__":
    main()
