"""ATIM ACW-DIND (inputs, counters) and ACW-MR1 (meter reader): the first byte says what follows. Big-endian.

Source: ATIM, ACW-DINDxxx user guide 1.8, "Uplinks on IoT networks"; ACW-MR1 user guide 1.6, "Format of frames".
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.programs.add import Adder, What
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

# I: 16 inputs; X: 8 inputs, 8 outputs; T: temperature in 0.1 degC; a digit: that counter; *: counters up to the end
_STATES: Final[dict[int, str]] = {
    0x41: "I", 0x42: "I", 0x4E: "IT", 0x4F: "IT1", 0x50: "12", 0x51: "34", 0x52: "I12", 0x5D: "IT*", 0x5E: "I*",
    0x5F: "56", 0x60: "78",
    0x61: "X", 0x62: "X", 0x6E: "XT", 0x6F: "XT1", 0x72: "X12", 0x7D: "XT*", 0x7E: "X*",
}  # fmt: skip
_KEEP_ALIVE, _TEST, _RESPONSE, _SHOCK, _HISTORY, _INDEX = 0x01, 0x05, 0x07, 0x43, 0x30, 0x31
_STEP: Final = timedelta(minutes=10)


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - any port
    """Read a frame."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    adder = Adder(cur, ctx, out)
    kind = cur.u8("frame")
    if kind in _STATES:
        _state(cur, adder, _STATES[kind])
    elif kind == _KEEP_ALIVE:
        for name in ("supply_idle", "supply_transmitting"):
            start = cur.pos
            millivolts = Decimal(cur.u16be(name))
            adder.add(start, EXACT.multiply(millivolts, Decimal("0.001")), What("voltage", name, "V"))
        cur.rest("end")
    elif kind in {_TEST, _SHOCK}:
        start = cur.pos
        adder.add(start, Decimal(cur.u8("count")), What("event_counter", "tests" if kind == _TEST else "shocks"))
    elif kind == _RESPONSE:
        start = cur.pos
        adder.add(start, f"{cur.u8('command'):02X}", What("status", "answer"))
        adder.keep("answer_content")
    elif kind in {_HISTORY, _INDEX}:
        _history(cur, adder)
    else:
        return False
    return not cur.left


def _state(cur: Cursor, adder: Adder, parts: str) -> None:
    for part in parts:
        match part:
            case "I" | "X":
                _bits(cur, adder, "input", "digital_input", 1)
                _bits(cur, adder, *(("input", "digital_input", 9) if part == "I" else ("output", "digital_output", 1)))
            case "T":
                start = cur.pos
                tenths = Decimal(int.from_bytes(cur.take(2, "temperature"), "big", signed=True))
                adder.add(start, EXACT.multiply(tenths, Decimal("0.1")), What("temperature", "temperature", "degC"))
            case "*":
                number = 1
                while cur.left:
                    _counter(cur, adder, number)
                    number += 1
            case _:
                _counter(cur, adder, int(part))


def _bits(cur: Cursor, adder: Adder, name: str, quantity: str, first: int) -> None:
    start = cur.pos
    bits = cur.u8(f"{name}s")
    for number in range(8):
        what = What(quantity, f"{name}_{first + number}", subunit=first + number - 1)
        adder.add(start, Decimal(bits >> number & 1), what)


def _counter(cur: Cursor, adder: Adder, number: int) -> None:
    start = cur.pos
    adder.add(start, Decimal(cur.u32be("counter")), What("pulses", f"counter_{number}", subunit=number - 1))


def _history(cur: Cursor, adder: Adder) -> None:
    """Read the MR1's counter, or its last six values: ten minutes apart, the oldest first."""
    last = cur.left // 4 - 1
    received, source = adder.time, adder.source
    for number in range(last, -1, -1):
        if received is not None and source is not None:
            adder.set_time(received - number * _STEP, source)
        start = cur.pos
        adder.add(start, Decimal(cur.u32be("counter")), What("pulses", "counter_1", storage=number))
