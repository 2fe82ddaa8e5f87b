"""Mutate known telegrams without end: every input must give a result or an EmtkitError, and spans that cover it.

Usage: python tests/fuzz/fuzz_decode.py [--seconds N] [--seed N]

The seeds are the project's golden telegrams and, where they are at hand, the corpora ($EMTKIT_CORPORA, default
../shared/corpora). Not a pytest file: run it by hand; a finding becomes a test.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
import traceback
from pathlib import Path

import emtkit

ROOT = Path(__file__).resolve().parents[2]
CORPORA = Path(os.environ.get("EMTKIT_CORPORA") or ROOT.parent / "shared" / "corpora")
SLOWEST = 2.0  # seconds for one input of at most a few kilobytes


def seeds() -> list[bytes]:
    """Return telegrams to start from."""
    found = [bytes.fromhex(path.read_text("ascii")) for path in (ROOT / "tests" / "fixtures").rglob("*.hex")]
    for path in CORPORA.rglob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            try:
                found.append(bytes.fromhex(str(row.get("hex") or "")))
            except ValueError:
                continue
            if isinstance(row.get("text"), str):
                found.append(row["text"].encode("latin-1", "replace"))
    return [seed for seed in found if 0 < len(seed) < 4096]


def mutate(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Flip, cut, insert, repeat, splice."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(6):
            case 0 if made:
                made[at % len(made)] ^= 1 << chance.randrange(8)
            case 1 if made:
                made[at % len(made)] = chance.randrange(256)
            case 2:
                del made[at:]
            case 3:
                made[at:at] = chance.randbytes(chance.randint(1, 4))
            case 4:
                made[at:at] = made[at : at + chance.randint(1, 32)]
            case _:
                other = chance.choice(others)
                made[at:] = other[chance.randrange(len(other)) :]
    return bytes(made[:8192])


def main() -> None:
    """Run until the time is over; print every finding."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - repeatable, not secret
    known = seeds()
    keys = emtkit.KeyRing.from_hex(["000102030405060708090a0b0c0d0e0f"])
    tried, findings = 0, set()
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        data = mutate(chance.choice(known), chance, known)
        tried += 1
        start = time.monotonic()
        try:
            emtkit.decode(data, keys=keys, memory=emtkit.Memory())
        except emtkit.EmtkitError:
            pass
        except Exception:  # noqa: BLE001 - the very thing that is looked for
            findings.add((traceback.format_exc(limit=-3), data.hex()))
        try:
            spans = emtkit.explain(data, keys=keys, memory=emtkit.Memory()).spans
            if [span.start for span in spans] + [len(data)] != [0] + [span.end for span in spans]:
                findings.add(("spans do not cover the input", data.hex()))
        except Exception:  # noqa: BLE001 - the very thing that is looked for
            findings.add((traceback.format_exc(limit=-3), data.hex()))
        if time.monotonic() - start > SLOWEST:
            findings.add((f"{time.monotonic() - start:.1f} s for {len(data)} bytes", data.hex()))
    for what, data_hex in sorted(findings)[:20]:
        print(what, data_hex[:400], sep="\n", end="\n\n")
    print(f"{tried} inputs from {len(known)} seeds, {len(findings)} findings")


if __name__ == "__main__":
    main()
