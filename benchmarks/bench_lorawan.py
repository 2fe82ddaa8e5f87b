"""Uplinks a second: a server's message, from its JSON or from the parsed object, to readings.

Usage: python benchmarks/bench_lorawan.py [--rounds N] [--server NAME]

The uplinks are made here: of each network server, with three native payloads: an index (one reading), an electricity
meter's (12 readings, a table of fields) and a water meter's with the log of 15 hours (18 readings). They come from 50
devices, each round begins without knowing them. The fastest round counts, because a shared machine only ever adds time.
User CPU of one core. "From objects" is what a service does that has parsed the message already: `read_envelope` and
`decode`; "from JSON lines" is `read_capture` of a file: lines, JSON with exact numbers, envelope, payload.
"""

from __future__ import annotations

import argparse
import json
import resource
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import emtkit
from emtkit.capture import read_capture
from emtkit.capture.lorawan_envelopes import read_envelope
from emtkit.capture.lorawan_envelopes.write import is_encrypted, is_gateway, servers, write_envelope
from emtkit.capture.times import LocalClock
from emtkit.keys import KeyRing
from emtkit.model.decoded import Origin
from emtkit.model.jsontext import dumps
from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan.payload_file import payload_files
from emtkit.protocols.lorawan.uplink import Gateway, Uplink

START = datetime(2026, 10, 24, 22, tzinfo=UTC)
COUNT = 4000
# payload file -> its example
PAYLOADS = {"zenner_sp1": 0, "holley": 1, "axioma_qalcosonic_w1": 0}


def bodies(server: str, profile: str) -> list[dict[str, Any]]:
    """Return uplinks of one server with one payload, from 50 devices."""
    example = payload_files()[profile].example[PAYLOADS[profile]]
    heard = (Gateway("7276FF00390401A5", Decimal(-80), Decimal("7.5")),)
    return [
        write_envelope(Uplink(
            server, dev_eui=f"70B3D5E75E{n % 50:06X}", dev_addr=f"{n % 50:08X}", f_port=example.fport, f_cnt=n // 50,
            payload=bytes.fromhex(example.payload), time=START + timedelta(seconds=n), device=profile, profile=profile,
            application="meters", confirmed=False, frequency=868_100_000, data_rate="SF9BW125", gateways=heard,
        ))
        for n in range(COUNT)
    ]  # fmt: skip


def cpu() -> float:
    """Return the user CPU time of this process in seconds."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def whole(data: bytes) -> float:
    """Return seconds for a capture of JSON lines."""
    start = cpu()
    for _ in read_capture(data):
        pass
    return cpu() - start


def parsed(objects: list[dict[str, Any]]) -> float:
    """Return seconds from parsed objects, as a service has them, to readings."""
    clock, at, ring, memory = LocalClock(), Origin(source="bench"), KeyRing.of(None), Memory()
    start = cpu()
    for entry in objects:
        for item in read_envelope(entry, at, clock) or ():
            emtkit.decode(
                item.data, keys=ring, protocol="lorawan", memory=memory, received_at=item.origin.received_at,
                hints=item.hints, origin=item.origin,
            )  # fmt: skip
    return cpu() - start


def main() -> None:
    """Print uplinks a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--server", default=None)
    given = parser.parse_args()
    print(f"{'server':22} {'payload':22} {'from objects':>14} {'from JSON lines':>16}   uplinks a second")
    for server in servers():
        if is_gateway(server) or is_encrypted(server) or given.server not in (None, server):
            continue
        for profile in PAYLOADS:
            lines = [dumps(body) for body in bodies(server, profile)]
            data = "\n".join(lines).encode()
            if next(read_capture(data)).state != "complete":
                continue  # this server does not say which device it is, and the payload does not tell
            objects = [json.loads(line, parse_float=Decimal) for line in lines]
            best = (
                min(parsed(objects) for _ in range(given.rounds)),
                min(whole(data) for _ in range(given.rounds)),
            )
            print(f"{server:22} {profile:22} {COUNT / best[0]:14,.0f} {COUNT / best[1]:16,.0f}")


if __name__ == "__main__":
    main()
