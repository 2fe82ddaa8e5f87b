"""Sensing Labs Senlab, standard mode (one log in a transmission): only the last bytes are described.

    port 3   02 | battery (in 1/254) | internal data | pulses (4)      Senlab M, Senlab LED
             00 | battery | internal data | current (2, in 1/200 mA)  Senlab A
    port 4   00 | DevEUI (8, reversed) | type | version (3) | 00 | log period (2) | transmit period (2) | charge (4)

Big-endian; periods in 2 s. Source: Sensing Labs, Senlab M and Senlab A user guides, "Standard mode".
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.programs.add import Adder, What, ratio
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_RESTART: Final = 4
_RESTART_SIZE: Final = 22
_FULL: Final = 254


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a log or a restart."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    adder = Adder(cur, ctx, out)
    kind = cur.u8("id")
    if port == _RESTART:
        return kind == 0 and len(view) == _RESTART_SIZE and _restart(cur, adder)
    if kind not in {0, 2}:
        return False
    start = cur.pos
    level = ratio(100 * cur.u8("battery"), _FULL, 2)
    adder.add(start, level, What("battery_level", "battery", "%"))
    size = 4 if kind else 2
    if cur.left > size:
        cur.take(cur.left - size, "internal")
        cur.note("not described")
    start = cur.pos
    raw = Decimal(int.from_bytes(cur.take(size, "log"), "big"))
    if kind:
        adder.add(start, raw, What("pulses", "counter"))
    else:
        adder.add(start, EXACT.multiply(raw, Decimal("0.000005")), What("current", "current", "A"))
    return True


def _restart(cur: Cursor, adder: Adder) -> bool:
    start = cur.pos
    adder.add(start, cur.take(8, "dev_eui")[::-1].hex().upper(), What("fabrication_number", "dev_eui"))
    cur.u8("type")
    start = cur.pos
    adder.add(start, ".".join(map(str, cur.take(3, "version"))), What("firmware_version", "firmware"))
    cur.u8("extension")
    for name, quantity in (("log_period", "storage_interval"), ("transmission_period", "transmission_period")):
        start = cur.pos
        adder.add(start, Decimal(2 * cur.u16be(name)), What(quantity, name, "s"))
    start = cur.pos
    adder.add(start, Decimal(cur.u32be("charge")), What("dimensionless", "battery_charge_mas"))
    return not cur.left
