"""eBZ electricity meters, port 15.

    version 1   meter id (10) | two registers: OBIS code C, D, E (3), unit, scaler, value (8)
    version 2   03 | count | id length value | ...      id 9: the meter's id; 12 .. 24: unit, scaler, value

Big-endian. Source: eBZ, LoRaWAN communication; version 1 as in lib/ebz.ex of ZennerIoT/element-parsers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.cosem_units import COSEM_UNITS
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
_SERVER_ID: Final = 9
_VERSION_1: Final = b"\x09\x01"  # how a meter's id begins
_VERSION_1_SIZE: Final = 36


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of port 15."""
    if port not in {None, 15}:
        return False
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    if len(view) == _VERSION_1_SIZE and view.data.startswith(_VERSION_1):
        read_server_id(cur, out)
        while cur.left:
            start = cur.pos
            c, d, e, unit, *data = cur.take(13, "register")
            _register(cur, out, f"{c}.{d}.{e}", unit, bytes(data), start, ctx)
        return True
    if view.data[0] & 0x3F != 3:
        return False
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
    if ident in _REGISTERS and size > 2:
        _register(cur, out, _REGISTERS[ident], data[0], data[1:], start, ctx)
    else:
        _unknown(cur, out, data, start, ctx)


def _register(cur: Cursor, out: Decoded, obis: str, unit: int, data: bytes, start: int, ctx: Context) -> None:
    """Add a value: a scaler and a whole number. One in a unit that is not known stays as bytes."""
    known = COSEM_UNITS.get(unit)
    if known is None or known.quantity is None:
        _unknown(cur, out, cur.data[start : cur.pos], start, ctx)
        return
    scaler = data[0] - 256 if data[0] > 127 else data[0]
    value = EXACT.scaleb(Decimal(int.from_bytes(data[1:], "big")), scaler + known.exponent)
    cur.note(f"1-0:{obis}", value, known.unit)
    when, source = received(ctx)
    low, high = cur.place(start)
    tariff = int(obis.rpartition(".")[2]) if known.quantity == "energy" else 0
    out.readings.append(Reading(
        known.quantity, value, known.unit, f"1-0:{obis}*255", tariff=tariff, time=when, time_source=source,
        raw=cur.data[start : cur.pos], start=low, end=high,
    ))  # fmt: skip


def _unknown(cur: Cursor, out: Decoded, data: bytes, start: int, ctx: Context) -> None:
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(
        Reading("manufacturer_specific", data, time=when, time_source=source, raw=data, start=low, end=high)
    )
