"""Adeunis Pulse, firmware 4: one counter and its history.

    5A (channel A) or 5B (channel B) | status | counter now (4) | pulses in the step before (2) ... | clock (4)?

Big-endian. Each older counter is the one after it less the pulses between them; how long a step is, is set in the
device and not sent. Status bit 2: the device's clock stands last, in seconds since 2013.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.protocols.lorawan.clock import from_epoch
from emtkit.protocols.lorawan.programs.add import Adder, What
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_CHANNELS: Final = {0x5A: ("counter_a", 0), 0x5B: ("counter_b", 1)}
_FLAGS: Final = {1: "configuration_done", 2: "low_power"}
_CLOCK: Final = 4
_SINCE_2013: Final = 1356998400
_TURN: Final = 1 << 32


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - the form of all programs
    """Read a counter with its history."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    adder = Adder(cur, ctx, out)
    channel = _CHANNELS.get(cur.u8("code"))
    if channel is None:
        return False
    name, subunit = channel
    status = cur.u8("status")
    size = cur.left - (_CLOCK if status & _CLOCK else 0)
    if size < 4 or size % 2:  # the counter, then steps of 2 bytes
        return False
    out.status += tuple(text for bit, text in _FLAGS.items() if status & bit)
    if status & _CLOCK:
        adder.set_time(from_epoch(int.from_bytes(cur.data[-_CLOCK:], "big") + _SINCE_2013))
    start = cur.pos
    count = cur.u32be("counter")
    adder.add(start, Decimal(count), What("pulses", name, subunit=subunit))
    clock = adder.time
    adder.set_time(None)
    for step in range(1, (size - 2) // 2):
        start = cur.pos
        count = (count - cur.u16be("pulses before")) % _TURN
        adder.add(start, Decimal(count), What("pulses", name, storage=step, subunit=subunit))
    if cur.left:
        start = cur.pos
        cur.take(_CLOCK, "clock")
        adder.add(start, clock, What("datetime", "clock"))
    return True
