"""eBZ electricity meters, second version of the frame: header, then entries of id, length, value.

03 | count | id length value | ...      id 9: the meter's id; 12 .. 24: unit, scaler, big-endian value
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.lorawan.programs.server_id import read_server_id
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_REGISTERS: Final[dict[int, str]] = {
    12: "1.8.0", 13: "1.8.1", 14: "1.8.2", 15: "2.8.0", 16: "2.8.1", 17: "2.8.2", 18: "16.7.0", 19: "36.7.0",
    20: "56.7.0", 21: "76.7.0", 22: "32.7.0", 23: "52.7.0", 24: "72.7.0",
}  # fmt: skip
_UNITS: Final[dict[int, tuple[str, str]]] = {  # DLMS unit codes
    0x1B: ("power", "W"), 0x1E: ("energy", "Wh"), 0x21: ("current", "A"), 0x23: ("voltage", "V"),
}  # fmt: skip
_SERVER_ID: Final = 9


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of port 15."""
    if port not in {None, 15} or view.data[0] & 0x3F != 3:
        return False
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    cur.u8("header")
    count = cur.u8("entries") & 0x7F
    cur.note(f"{count} entries")
    while cur.left >= 2 and cur.data[cur.pos + 1] <= cur.left - 2:
        _entry(cur, ctx, out)
    if cur.left:
        start = cur.pos
        _unknown(cur, out, cur.rest("rest"), start, ctx)
        ctx.warn(
            "lorawan.payload.truncated", "the last entry is cut off", layer="lorawan.payload", field="entry", view=view,
            start=start, end=len(view),
        )  # fmt: skip
    return True


def _entry(cur: Cursor, ctx: Context, out: Decoded) -> None:
    ident = cur.u8("id")
    size = cur.u8("length")
    start = cur.pos
    if ident == _SERVER_ID and size == 10:
        read_server_id(cur, out)
        return
    data = cur.take(size, "value")
    kind = _UNITS.get(data[0]) if ident in _REGISTERS and size > 2 else None
    if kind is None:
        _unknown(cur, out, data, start, ctx)
        return
    scaler = data[1] - 256 if data[1] > 127 else data[1]
    value = EXACT.scaleb(Decimal(int.from_bytes(data[2:], "big")), scaler)
    quantity, unit = kind
    obis = _REGISTERS[ident]
    cur.note(f"1-0:{obis}", value, unit)
    when, source = received(ctx)
    low, high = cur.place(start)
    tariff = int(obis.rpartition(".")[2]) if quantity == "energy" else 0
    out.readings.append(Reading(
        quantity, value, unit, f"1-0:{obis}*255", tariff=tariff, time=when, time_source=source, raw=data, start=low,
        end=high,
    ))  # fmt: skip


def _unknown(cur: Cursor, out: Decoded, data: bytes, start: int, ctx: Context) -> None:
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(
        Reading("manufacturer_specific", data, time=when, time_source=source, raw=data, start=low, end=high)
    )
