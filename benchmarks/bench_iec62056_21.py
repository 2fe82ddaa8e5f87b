"""emtkit against iec62056-21 and dsmr_parser on the same text telegrams, user CPU, in one run.

Usage: python benchmarks/bench_iec62056_21.py [--rounds N]

The peers run in a venv of their own ($EMTKIT_PEERS, default .venv-peers/bin/python); programs take turns (`measure`).
The telegrams are built here by emtkit's own encoder: a readout of 64 lines with block check character, and
P1 telegrams as DSMR 3 and DSMR 5 have them. emtkit gives readings in base units, the peers give texts (iec62056-21)
or values (dsmr_parser).
"""

from __future__ import annotations

import argparse

from measure import PEERS, Program, take_turns

from emtkit.protocols.iec62056_21.encoder import data_set, write_p1, write_readout
from emtkit.protocols.iec62056_21.messages import Identification

WHO = Identification("EMT", "5", 9600, "E", "\\2", "KIT-1", 200)

# telegram -> the peer that reads it
PEER_OF = {"readout 64 lines": "iec62056_21", "P1 DSMR 3": "dsmr_parser", "P1 DSMR 5": "dsmr_parser"}

WORKER = r"""
import json, sys, time
program, telegrams = sys.argv[1], json.loads(sys.stdin.read())
def runner(name, text):
    if program == "emtkit":
        from emtkit.protocols.context import Context
        from emtkit.protocols.iec62056_21 import DECODER
        from emtkit.wire.view import View
        data = text.encode("latin-1")
        return lambda: DECODER.decode(View(data), Context())
    if program == "iec62056_21":
        from iec62056_21.messages import ReadoutDataMessage
        data = text.encode("latin-1")
        return lambda: ReadoutDataMessage.from_bytes(data)
    from dsmr_parser import telegram_specifications
    from dsmr_parser.parsers import TelegramParser
    parser = TelegramParser(telegram_specifications.V3 if name.endswith("3") else telegram_specifications.V5)
    return lambda: parser.parse(text)
best = {}
for name, text in telegrams.items():
    run = runner(name, text)
    for _ in range(20):
        run()
    best[name] = 1e9
    for _ in range(10):
        start = time.process_time()
        for _ in range(50):
            run()
        best[name] = min(best[name], (time.process_time() - start) / 50)
print("result", json.dumps(best))
"""


def telegrams() -> dict[str, str]:
    """Build the telegrams."""
    serial, gas = "E0004000000000026".encode("ascii").hex().upper(), "G0004000000000026".encode("ascii").hex().upper()
    lines = [
        data_set(f"1-0:{c}.8.{e}", f"{c:06d}.{e:03d}*{'kWh' if c < 3 else 'kvarh'}")
        for c in range(1, 17)
        for e in range(4)
    ]
    phases = [
        data_set(f"1-0:{c + 20 * phase}.{d}.0", value)
        for c, d, value in ((12, 32, "00001"), (12, 36, "00000"), (12, 7, "229.9*V"), (11, 7, "001*A"))
        for phase in (1, 2, 3)
    ]
    powers = [data_set(f"1-0:{c + 20 * phase}.7.0", "00.043*kW") for c in (1, 2) for phase in (1, 2, 3)]
    energies = [data_set(f"1-0:{c}.8.{e}", "012345.678*kWh") for c in (1, 2) for e in (1, 2)]
    dsmr_5 = [
        data_set("1-3:0.2.8", "50"),
        data_set("0-0:1.0.0", "260715143000S"),
        data_set("0-0:96.1.1", serial),
        *energies,
        data_set("0-0:96.14.0", "0001"),
        data_set("1-0:1.7.0", "00.222*kW"),
        data_set("1-0:2.7.0", "00.000*kW"),
        data_set("0-0:96.7.21", "00005"),
        data_set("0-0:96.7.9", "00003"),
        data_set("1-0:99.97.0", "1", "0-0:96.7.19", "250326095015W", "0000001234*s"),
        *phases,
        *powers,
        data_set("0-0:96.13.0", ""),
        data_set("0-1:24.1.0", "003"),
        data_set("0-1:96.1.0", gas),
        data_set("0-1:24.2.1", "260715143001S", "00234.567*m3"),
    ]
    dsmr_3 = [
        data_set("0-0:96.1.1", serial),
        *[data_set(f"1-0:{c}.8.{e}", "12345.678*kWh") for c in (1, 2) for e in (1, 2)],
        data_set("0-0:96.14.0", "0002"),
        data_set("1-0:1.7.0", "001.23*kW"),
        data_set("1-0:2.7.0", "000.00*kW"),
        data_set("0-0:17.0.0", "016*A"),
        data_set("0-0:96.3.10", "1"),
        data_set("0-0:96.13.1", ""),
        data_set("0-0:96.13.0", ""),
        data_set("0-1:96.1.0", gas),
        data_set("0-1:24.1.0", "03"),
        data_set("0-1:24.3.0", "260212160000", "00", "60", "1", "0-1:24.2.1", "m3"),
        data_set("", "00001.001"),
        data_set("0-1:24.4.0", "1"),
    ]
    return {
        "readout 64 lines": write_readout(lines).decode("latin-1"),
        "P1 DSMR 3": write_p1(WHO, dsmr_3, crc=None).decode("latin-1"),
        "P1 DSMR 5": write_p1(WHO, dsmr_5).decode("latin-1"),
    }


def main() -> None:
    """Print microseconds per telegram and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds: int = parser.parse_args().rounds
    texts = telegrams()
    peers = [
        Program(peer, {name: text for name, text in texts.items() if PEER_OF[name] == peer}, PEERS)
        for peer in sorted(set(PEER_OF.values()))
    ]
    best = take_turns(WORKER, [Program("emtkit", texts), *peers], rounds)
    print(f"{'telegram':20}{'emtkit':>10}{'peer':>10}{'ratio':>8}   (us, user CPU)")
    for name in texts:
        own, their = best["emtkit", name], best.get((PEER_OF[name], name))
        figures = "" if their is None else f"{their * 1e6:10.1f}{their / own:8.2f}   {PEER_OF[name]}"
        print(f"{name:20}{own * 1e6:10.1f}{figures}")


if __name__ == "__main__":
    main()
