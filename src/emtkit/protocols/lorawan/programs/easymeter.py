"""EasyMeter ESYS LR10: the meter's id, then its import and its export registers.

id (10 bytes) | import | export      each:  FF FF FF         no register
                                            value(4) FF FF   total
                                            FF value(4) value(4)   tariffs 1 and 2
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.lorawan.programs.add import Adder
from emtkit.protocols.lorawan.programs.server_id import read_server_id
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_DIRECTIONS: Final = (("import", "1-0:1.8"), ("export", "1-0:2.8"))
_NONE: Final = b"\xff\xff\xff"
_TARIFFS: Final = 9


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of port 2."""
    if port not in {None, 2}:
        return False
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    read_server_id(cur, out)
    for name, obis in _DIRECTIONS:
        rest = view.data[cur.pos :]
        if rest[:3] == _NONE:
            cur.take(3, f"{name} absent")
        elif rest[4:6] == b"\xff\xff":  # before the tariffs: a total may begin with FF too
            _register(cur, ctx, out, f"{name}_total", f"{obis}.0*255", 0)
            cur.take(2, "filler")
        elif rest[:1] == b"\xff" and len(rest) >= _TARIFFS:
            cur.u8("tariffs")
            for tariff in (1, 2):
                _register(cur, ctx, out, f"{name}_tariff_{tariff}", f"{obis}.{tariff}*255", tariff)
        elif not out.readings:
            return False
        else:
            break
    if cur.left:
        _keep(cur, ctx, out)
    return True


def _keep(cur: Cursor, ctx: Context, out: Decoded) -> None:
    start = cur.pos
    Adder(cur, ctx, out).keep()
    ctx.warn(
        "lorawan.payload.rest", "no register begins so, or it is cut off", layer="lorawan.payload", field="rest",
        view=cur.view, start=start, end=cur.pos,
    )  # fmt: skip


def _register(cur: Cursor, ctx: Context, out: Decoded, name: str, obis: str, tariff: int) -> None:
    start = cur.pos
    value = Decimal(cur.u32(name))
    cur.note(obis, value, "Wh")
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(Reading(
        "energy", value, "Wh", obis, name, tariff=tariff, time=when, time_source=source, raw=cur.data[start : cur.pos],
        start=low, end=high,
    ))  # fmt: skip
