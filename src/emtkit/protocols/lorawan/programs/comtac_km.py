"""Comtac LPN KM (short-circuit monitor, digital inputs, counters): a header, then what the port says. Big-endian.

    header   id (10) | version | status | battery (0 external, 1 to 254, 255 unknown)
    port 3   contents | [time (4)] [type, inputs (2)] [counters: number, value (3)]     as the bits of `contents` say
    port 20  time (4) | changes: input, cause and state, seconds after the time (2)
    port 21  groups: count, time (4), counters: number, cause, value (3)
    port 22  time (4)        ports 100, 101: settings, versions

Source: Comtac, LPN KM payload; the decoder lpn-km.js of TheThingsNetwork/lorawan-devices.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.protocols.lorawan.clock import from_epoch
from emtkit.protocols.lorawan.programs.add import Adder, What
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from datetime import datetime

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_LPN_KM: Final = 0x10
_STATUS: Final = (
    "configuration_error", "buffer_overflow", "time_synchronised", "battery_powered", "credits_used_up", "restarted",
    "low_supply", "not_confirmed",
)  # fmt: skip
_UNKNOWN: Final = 255


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    adder = Adder(cur, ctx, out)
    if cur.u8("device") != _LPN_KM:
        return False
    cur.u8("version")
    bits = cur.u8("status")
    out.status += tuple(name for n, name in enumerate(_STATUS) if bits >> n & 1 and name != "time_synchronised")
    _battery(cur, adder)
    match port:
        case 3:
            _fixed(cur, adder)
        case 20:
            _changes(cur, adder)
        case 21:
            while cur.left:
                count = cur.u8("count")
                adder.set_time(_clock(cur))
                for _ in range(count):
                    number = cur.u8("number") & 15
                    cur.u8("cause")
                    _counter(cur, adder, number)
        case 22:
            start = cur.pos
            adder.add(start, _clock(cur), What("datetime", "clock"))
        case 100 | 101:
            adder.keep("settings" if port == 100 else "versions")
        case _:
            return False
    return not cur.left


def _battery(cur: Cursor, adder: Adder) -> None:
    start = cur.pos
    raw = cur.u8("battery")
    if raw == 0:
        cur.note("external supply")
    elif raw != _UNKNOWN:
        level = Decimal((raw - 1) * 100 * 2 + 253) // 506  # whole percent, rounded
        adder.add(start, level, What("battery_level", "battery", "%"))


def _clock(cur: Cursor) -> datetime:
    when = from_epoch(cur.u32be("time"))
    cur.note("time", when)
    return when


def _fixed(cur: Cursor, adder: Adder) -> None:
    contents = cur.u8("contents")
    if contents & 1:
        adder.set_time(_clock(cur))
    if contents & 2:
        cur.u8("type")
        start = cur.pos
        bits = int.from_bytes(cur.take(2, "inputs"), "little")
        for number in range(16):
            adder.add(start, Decimal(bits >> number & 1), What("digital_input", f"input_{number + 1}", subunit=number))
    if contents & 4:
        while cur.left:
            _counter(cur, adder, cur.u8("number") & 15)


def _changes(cur: Cursor, adder: Adder) -> None:
    base = _clock(cur)
    while cur.left:
        number = cur.u8("input") & 15
        start = cur.pos
        state = cur.u8("state")
        adder.set_time(base + timedelta(seconds=cur.u16be("after")))
        adder.add(start, Decimal(state & 3), What("digital_input", f"input_{number}", subunit=max(number - 1, 0)))


def _counter(cur: Cursor, adder: Adder, number: int) -> None:
    start = cur.pos
    value = Decimal(int.from_bytes(cur.take(3, "counter"), "big"))
    adder.add(start, value, What("pulses", f"counter_{number}", subunit=max(number - 1, 0)))
