"""Mutate messages of LoRaWAN servers and gateways without end: each must give results or failures, in little time.

Usage: python tests/fuzz/fuzz_lorawan_envelopes.py [--seconds N] [--seed N]

The seeds are the messages of a simulated fleet in every form. JSON is changed in its structure (values replaced, moved,
nested, left out), binary messages in their bytes. Not a pytest file: run it by hand; a finding becomes a test.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import time
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

from emtkit.capture import read_capture
from emtkit.capture.lorawan_envelopes.fleet import fleet_uplinks, make_fleet
from emtkit.capture.lorawan_envelopes.write import servers
from emtkit.keys import KeyRing
from emtkit.model.jsontext import dumps
from emtkit.protocols.lorawan.uplink import Uplink

SLOWEST = 1.0  # seconds for one message of at most a few kilobytes
START = datetime(2026, 10, 25, tzinfo=UTC)
ODD: list[Any] = [
    None, True, False, 0, -1, 255, 256, 2**32, 2**64, 10**40, "", " ", "0", "-1", "NaN", "1e999999", "1E-400", "00",
    "zz", "AAAA", "=", "\ud800", "\x00", "é" * 40, "2026-10-25T02:15:00", "0000-00-00", [], {}, [[]], [None], {"": {}},
]  # fmt: skip


def mutate_json(value: Any, chance: random.Random, others: list[Any]) -> Any:
    """Change one place of a JSON value: replace, leave out, move, wrap."""
    body = json.loads(json.dumps(value))
    at, steps = body, []
    while isinstance(at, dict | list) and at and chance.random() < 0.8:
        name = chance.choice(list(at) if isinstance(at, dict) else range(len(at)))
        steps.append((at, name))
        at = at[name]
    if not steps:
        return chance.choice(ODD)
    holder, name = steps[-1]
    match chance.randrange(6):
        case 0:
            del holder[name]
        case 1:
            holder[name] = chance.choice(ODD)
        case 2:
            holder[name] = [holder[name]] * chance.randint(0, 3)
        case 3:
            holder[name] = {chance.choice(["a", "data", "payload", "rssi"]): holder[name]}
        case 4:
            holder[name] = chance.choice(others)
        case _:
            text = str(holder[name])
            cut = chance.randrange(len(text) + 1)
            holder[name] = (
                text[:cut] + chance.choice(["", "=", "-", " ", "ff", "9"]) + text[cut + chance.randint(0, 3) :]
            )
    return body


def mutate_bytes(data: bytes, chance: random.Random) -> bytes:
    """Flip, cut, insert."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(4):
            case 0 if made:
                made[at % len(made)] ^= 1 << chance.randrange(8)
            case 1 if made:
                made[at % len(made)] = chance.randrange(256)
            case 2:
                del made[at : at + chance.randint(1, 8)]
            case _:
                made[at:at] = chance.randbytes(chance.randint(1, 4))
    return bytes(made)


def messages(chance: random.Random, bodies: list[Any], raw: list[bytes]) -> tuple[bytes, str | None]:
    """Return a changed capture, and the format that is named for it."""
    if chance.random() < 0.6:
        body = chance.choice(bodies)
        for _ in range(chance.randint(1, 4)):
            body = mutate_json(body, chance, bodies)
        if chance.random() < 0.2:
            body = {"topic": chance.choice(["a/b", "application/1/device/x/event/up"]), "payload": body}
        return json.dumps(body).encode("utf-8", "surrogatepass"), None
    data = mutate_bytes(chance.choice(raw), chance)
    match chance.randrange(4):
        case 0:
            return data, "lorawan"
        case 1:
            return data, None
        case 2:
            return f"gateway/0016c001f153a14c/{chance.choice(['event/up', 'command/down'])} {data.hex()}".encode(), None
        case _:
            return data.hex().encode(), None


def main() -> None:
    """Run until the time is over; print each finding."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - repeatable
    fleet = make_fleet(len(servers()))
    bodies = [
        json.loads(dumps(body)) for body in fleet_uplinks(fleet, START, START + timedelta(hours=1), envelopes=servers())
    ]
    raw = [bytes.fromhex(body["hex"]) for body in bodies if "hex" in body]
    raw += [base64.b64decode(body["payload"]) for body in bodies if "topic" in body]
    keys = KeyRing.of([device.keys.apps for device in fleet[:4]])
    end, count, found = time.monotonic() + given.seconds, 0, 0
    while time.monotonic() < end:
        data, form = messages(chance, bodies, raw)
        begin = time.process_time()
        try:
            for decoded in read_capture(data, format=form, keys=keys):
                uplink = decoded.layer(Uplink)
                dumps(decoded.to_dict())
                if uplink is not None and not isinstance(uplink.payload, bytes):
                    raise TypeError("a payload that is no bytes")  # noqa: TRY301 - a finding like any other
        except Exception:  # noqa: BLE001 - that is what is looked for
            found += 1
            print(f"--- {data!r} ({form})")
            traceback.print_exc()
        if time.process_time() - begin > SLOWEST:
            found += 1
            print(f"--- slow: {data!r}")
        count += 1
    print(f"{count} messages, {found} findings")


if __name__ == "__main__":
    main()
