"""Comtac LPN Modbus easy: which of the bridge's 16 registers were read well, then the registers that are set up.

    port 3   bits of registers 0 to 15, the first uppermost (2) | registers (2 each)     big-endian

Which registers are set up the payload does not tell: their values are numbered in their order. A register that could
not be read is there too, as 0; where fewer bits are set than values follow, which one it is cannot be told.
Source: Comtac, LPN Modbus easy SW specification 0.08.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from emtkit.protocols.lorawan.programs.add import Adder, What
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of port 3."""
    if port not in {None, 3} or len(view) < 4 or len(view) % 2:
        return False
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    adder = Adder(cur, ctx, out)
    good = cur.u16be("registers_read")
    cur.note(f"registers read well: {good:016b}")
    registers = [number for number in range(16) if good >> 15 - number & 1]
    count = cur.left // 2
    if len(registers) != count:
        out.status += ("register_not_read",)
    for number in range(count):
        start = cur.pos
        known = f"register_{registers[number]}" if len(registers) == count else f"value_{number + 1}"
        adder.add(start, Decimal(cur.u16be("register")), What("dimensionless", known, subunit=number))
    return True
