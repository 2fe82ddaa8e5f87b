"""Dragino SW3L: a flow sensor in a water pipe.

    port 2   kind of the sensor (bits 7 to 2), alarm (bit 1) | pulses (4) | 1: since the last uplink | ? | time (4)
    port 3   kind | 1: since the last uplink | ? | pulses (4) | time (4); again and again, of the past
    port 5   model 11 | firmware (2) | band | sub-band | battery (2, mV)

Big-endian, times in seconds since 1970. 450, 360 or 60 pulses are a litre, by the kind of the sensor. Source: Dragino,
SW3L user manual, and the decoder sw3l.js of TheThingsNetwork/lorawan-devices.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import from_epoch
from emtkit.protocols.lorawan.programs.add import Adder, What, ratio
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_PULSES: Final = {0: 450_000, 1: 360_000, 2: 60_000}  # of a cubic metre
_ENTRY: Final = 11
_MODE: Final = 5
_STATE: Final = 7
_SW3L: Final = 0x11
_ALARM: Final = 2
_SINCE_LAST: Final = 1


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a count, counts of the past, or the state."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    adder = Adder(cur, ctx, out)
    if port == 2 and len(view) == _ENTRY:
        return _entry(cur, adder, out, past=0)
    if port == 3 and len(view) and not len(view) % _ENTRY:
        return all(_entry(cur, adder, out, past=number) for number in range(1, len(view) // _ENTRY + 1))
    if port == 5 and len(view) >= _STATE and cur.u8("model") == _SW3L:
        return _state(cur, adder)
    return False


def _entry(cur: Cursor, adder: Adder, out: Decoded, *, past: int) -> bool:
    first, begin = len(out.readings), cur.pos
    kind = cur.u8("kind")
    pulses = _PULSES.get(kind >> 2)
    if pulses is None:
        return False
    name = "since_last" if cur.data[begin + (1 if past else _MODE)] == _SINCE_LAST else "total"
    if past:
        cur.take(2, "mode")
    start = cur.pos
    count = cur.u32be("pulses")
    adder.add(start, Decimal(count), What("pulses", f"{name}_pulses", storage=past))
    code = "8-0:1.0.0*255" if name == "total" else None
    adder.add(start, ratio(count, pulses, 6), What("volume", name, "m3", code, storage=past))
    if not past:
        cur.take(2, "mode")
        if kind & _ALARM:
            out.status += ("alarm",)
    when = from_epoch(cur.u32be("time"))
    cur.note("time", when)
    for reading in out.readings[first:]:
        reading.time, reading.time_source = when, "device"
    return True


def _state(cur: Cursor, adder: Adder) -> bool:
    start = cur.pos
    version = cur.u16be("firmware")
    text = f"{version >> 8 & 15}.{version >> 4 & 15}.{version & 15}"
    adder.add(start, text, What("firmware_version", "firmware"))
    cur.take(2, "bands")
    start = cur.pos
    adder.add(start, EXACT.scaleb(Decimal(cur.u16be("battery")), -3), What("voltage", "battery", "V"))
    adder.keep()
    return True
