"""A payload read natively, and by a JavaScript formatter of the same device: microseconds, one core, both ways.

Usage: python benchmarks/bench_formatters.py [--rounds N]      (needs the extra emtkit[js])

The payloads are the examples of three payload files, made by emtkit; the formatters in `benchmarks/formatters/` are
written for this comparison. Before anything is timed, both must give the same numbers. User CPU, that of the worker
process included; the fastest round counts, because a shared machine only ever adds time.

native    bytes to readings with units, OBIS codes and times: `emtkit.decode`
warm      the formatter's function alone, in an engine that stays: JSON in, JSON out, numbers exact; no readings
engine    as emtkit runs it: in the sandbox, an engine for each payload
readings  the same, to readings (without a mapping)
process   with a sandbox process for each payload
"""

from __future__ import annotations

import argparse
import json
import resource
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import quickjs

import emtkit
from emtkit.codecs import Codec
from emtkit.codecs.check import decode_with
from emtkit.codecs.codec import sandbox
from emtkit.codecs.forms import CodecEntry
from emtkit.codecs.sandbox import Sandbox
from emtkit.codecs.to_readings import leaves_of
from emtkit.keys import KeyRing
from emtkit.model import jsontext
from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan.payload_file import payload_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded

FORMATTERS = Path(__file__).with_name("formatters")
# payload file -> its example
PAYLOADS = {"zenner_sp1": 0, "holley": 1, "axioma_qalcosonic_w1": 0}
CALLS = 300
WARM_CALLS = 3000
PROCESSES = 5


def cpu() -> float:
    """Return the user CPU time of this process and of those that it has ended, in seconds."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def timed(call: Callable[[], Any], count: int) -> float:
    """Return microseconds a call."""
    start = cpu()
    for _ in range(count):
        call()
    return (cpu() - start) / count * 1e6


def in_sandbox(call: Callable[[], Any], count: int) -> float:
    """Return microseconds a call, the worker's included and without its start: it counts once it has ended."""

    def session(times: int) -> float:
        start = cpu()
        call()
        for _ in range(times):
            call()
        sandbox().close()
        return cpu() - start

    sandbox().close()
    empty = min(session(0) for _ in range(2))
    return max(0.0, session(count) - empty) / count * 1e6


def warm_call(source: str, given: str) -> Callable[[], Any]:
    """Return a call of the formatter in an engine that stays, in this process."""
    context = quickjs.Context()
    call = context.eval(files("emtkit.codecs").joinpath("host.js").read_text("utf-8"))
    context.eval(source)
    return lambda: jsontext.loads(call(given).partition("\n")[2])


def measure(name: str, rounds: int) -> tuple[float, ...]:
    """Return microseconds a payload: native, warm, engine, readings, process."""
    example = payload_files()[name].example[PAYLOADS[name]]
    payload, port = bytes.fromhex(example.payload), example.fport
    ring, memory, hints = KeyRing.of(None), Memory(), {"fport": port, "device": name}
    path = FORMATTERS / f"{name}.js"
    codec = Codec(path, CodecEntry(file=str(path)))
    given = json.dumps({"bytes": list(payload), "fPort": port, "recvTime": None, "variables": {}})

    def native() -> Decoded:
        return emtkit.decode(payload, keys=ring, protocol="lorawan", memory=memory, hints=hints)

    def process() -> None:
        with Sandbox() as box:
            box.run(codec.source, payload, port, None, {})

    warm = warm_call(codec.source, given)
    values = {reading.value for reading in native().readings}
    wanted = [value for _, value in leaves_of(warm()["data"]) if not isinstance(value, str)]
    if missing := [value for value in wanted if value and value not in values]:
        raise SystemExit(f"{name}: the formatter says {missing}, emtkit does not")
    ways: tuple[Callable[[], float], ...] = (
        lambda: timed(native, WARM_CALLS),
        lambda: timed(warm, WARM_CALLS),
        lambda: in_sandbox(lambda: codec.run(payload, port).read(), CALLS),
        lambda: in_sandbox(lambda: decode_with(codec, payload, port), CALLS),
        lambda: timed(process, PROCESSES),
    )
    turns = [[way() for way in ways] for _ in range(rounds)]  # they take turns: a busy moment hits all of them
    return tuple(min(times) for times in zip(*turns, strict=True))


def main() -> None:
    """Print microseconds a payload, and how many times as fast native is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"{'payload':22} {'native':>8} {'warm':>14} {'engine':>14} {'readings':>14} {'process':>18}   µs a payload")
    for name in PAYLOADS:
        native, *others = measure(name, given.rounds)
        cells = [f"{value:,.0f} ({value / native:,.1f}x)" for value in others]
        print(f"{name:22} {native:8.1f} {cells[0]:>14} {cells[1]:>14} {cells[2]:>14} {cells[3]:>18}")


if __name__ == "__main__":
    main()
