"""IMST iO881A / iOKE868 (optical head for electricity meters) and iO880A (wireless M-Bus bridge).

    port 3    status of the device        port 4    wireless M-Bus telegrams, each behind its time (4, little-endian)
    port 5    objects: type, length, content (big-endian)
    +64       the same in segments, one byte of segmentation first

    00 info, status       01 time (4)       10 the meter's id
    40 groups, OBIS code, unit, scaler, number     41 without the unit     42 groups, OBIS code, text

The bits of `groups` say which of A to F of the OBIS code follow. Source: IMST, iOKE868 and Wireless M-Bus Range
Extender LoRaWAN payload; the decoders ioke868.js and range-extender.js of TheThingsNetwork/lorawan-devices.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.cosem_units import COSEM_UNITS, CosemUnit
from emtkit.model.meter_id import MeterId
from emtkit.model.units import EXACT, UNITS
from emtkit.protocols.lorawan.clock import from_epoch
from emtkit.protocols.lorawan.payload_file import Frame, PayloadField
from emtkit.protocols.lorawan.programs.add import Adder, What
from emtkit.protocols.lorawan.programs.server_id import read_server_id
from emtkit.protocols.lorawan.programs.wmbus_bridge import read_telegram
from emtkit.protocols.lorawan.table import read_frame
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Value
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_SEGMENTED: Final = 0x40
_INPUT_STATES: Final = {1: "no_input", 2: "input_error", 3: "input_incomplete", 4: "wrong_meter"}
_STATUS: Final = Frame(
    fields=(
        PayloadField("clock", 0, "datetime", "epoch"),
        PayloadField("firmware_minor", 4, "firmware_version"),
        PayloadField("firmware_major", 5, "firmware_version"),
        PayloadField("last_synchronised", 6, "text", "epoch", storage=1),
        PayloadField("resets", 10, "reset_counter", "u32"),
        PayloadField(
            "state", 14, "status", "u16",
            flags={"0x1": "not_activated", "0x2": "no_network_time", "0x4": "clock_not_set", "0x10": "not_configured"},
        ),
        PayloadField("received", 16, "event_counter", "u32"),
        PayloadField("faulty_or_saved", 20, "event_counter", "u32"),
        PayloadField("sent", 24, "event_counter", "u32"),
    )
)  # fmt: skip
_SHORTEST: Final = 10  # of a telegram, without its length
_NO_UNIT: Final = CosemUnit(255, "", "dimensionless")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload."""
    if port is None:
        return False
    if port & _SEGMENTED:
        Cursor(view, "lorawan.payload", trace=ctx.trace).u8("segment")
        view = view.slice(1)
    match port & ~_SEGMENTED:
        case 3:
            return read_frame(_STATUS, view, ctx, out)
        case 4:
            return _telegrams(view, ctx, out)
        case 5:
            return _objects(view, ctx, out)
        case _:
            return False


def _telegrams(view: View, ctx: Context, out: Decoded) -> bool:
    """Read the first telegram; one that follows may be of another meter, and stays as bytes."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    adder = Adder(cur, ctx, out)
    more = 0
    while cur.left > 4 + _SHORTEST:
        when = from_epoch(cur.u32("time"))
        cur.note("received by the bridge", when)
        start = cur.pos
        length = cur.peek() or 0
        if length < _SHORTEST or length >= cur.left:
            cur.pos -= 4
            break
        cur.take(length + 1, "telegram")
        if start == 4:
            read_telegram(view.slice(start, cur.pos), replace(ctx, received_at=when), out)
        else:
            more += 1
            adder.set_time(when, "gateway")
            adder.add(start, cur.data[start : cur.pos], What("container", f"telegram_{more + 1}"))
    if not more and cur.pos == 0:
        return False
    if more:
        ctx.warn(
            "lorawan.parts.several", f"{more} more telegrams in the uplink are kept as bytes", layer="lorawan.parts",
            view=view, start=0, end=len(view),
        )  # fmt: skip
    adder.keep()
    return True


def _objects(view: View, ctx: Context, out: Decoded) -> bool:
    """Read objects up to the end; one that is cut off (in another segment) stays as bytes."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    adder = Adder(cur, ctx, out)
    while cur.left >= 2 and cur.data[cur.pos + 1] <= cur.left - 2:
        kind = cur.u8("type")
        size = cur.u8("length")
        _object(cur, adder, kind, cur.pos + size)
    if cur.pos == 0:
        return False
    if cur.left:
        start = cur.pos
        adder.keep()
        ctx.warn(
            "lorawan.payload.truncated", "the last object is cut off; its rest is in another segment",
            layer="lorawan.payload", field="object", view=view, start=start, end=len(view),
        )  # fmt: skip
    return True


def _object(cur: Cursor, adder: Adder, kind: int, end: int) -> None:
    size, start = end - cur.pos, cur.pos
    if kind == 0x00 and size >= 2:
        info, state = cur.take(2, "state")
        cur.note(f"info {info:02X}, state {state}")
        adder.out.status += (_INPUT_STATES[state],) if state in _INPUT_STATES else ()
    elif kind == 0x01 and size == 4:
        when = from_epoch(cur.u32be("time"))
        adder.add(start, when, What("datetime", "clock"))
        adder.set_time(when)
    elif kind == 0x10:
        _meter_id(cur, adder, size)
    elif kind in {0x40, 0x41, 0x42}:
        _register(cur, adder, kind, end)
    if cur.pos < end:
        start = cur.pos
        adder.add(start, cur.take(end - start, "content"), What("manufacturer_specific", f"object_{kind:02X}"))


def _meter_id(cur: Cursor, adder: Adder, size: int) -> None:
    """Read the meter's id: a server id of ten bytes, or a text."""
    start = cur.pos
    if size == 10:
        read_server_id(cur, adder.out)
        text = cur.data[start : cur.pos].hex().upper()
    else:
        data = cur.take(size, "meter_id")
        text = data.decode("ascii") if data.isascii() and data.decode("ascii").isprintable() else data.hex().upper()
        adder.out.meter = MeterId(None, text, None, 2, "electricity")
    adder.add(start, text, What("fabrication_number", "meter_id"))


def _register(cur: Cursor, adder: Adder, kind: int, end: int) -> None:
    start = cur.pos
    groups = cur.u8("groups")
    obis = _obis([cur.u8("obis") if groups & bit else None for bit in (0x80, 0x40, 0x20, 0x10, 0x08, 0x04)])
    cur.note(obis or "no OBIS code")
    if kind == 0x42:
        value, quantity, unit = _text(cur.take(max(end - cur.pos, 0), "text"))
    else:
        known = COSEM_UNITS.get(cur.u8("unit"), _NO_UNIT) if kind == 0x40 else _NO_UNIT
        scaler = int.from_bytes(cur.take(1, "scaler"), "big", signed=True)
        whole = int.from_bytes(cur.take(max(end - cur.pos, 0), "number"), "big", signed=True)
        value = EXACT.scaleb(Decimal(whole), scaler + known.exponent)
        quantity, unit = known.quantity or "dimensionless", known.unit
    tariff = int(obis.partition("*")[0].rpartition(".")[2]) if obis and quantity == "energy" else 0
    adder.add(start, value, What(quantity, None, unit, obis, tariff=tariff))


def _obis(groups: list[int | None]) -> str | None:
    """Return the code; electricity, no channel and 255 for what is not sent of A, B and F."""
    a, b, c, d, e, f = groups
    if c is None or d is None or e is None:
        return None
    return f"{1 if a is None else a}-{b or 0}:{c}.{d}.{e}*{255 if f is None else f}"


def _text(data: bytes) -> tuple[Value, str, str | None]:
    """Return what a text of IEC 62056-21 says: `000123.4*kWh` is a number with quantity and unit, other text a text."""
    text = data.decode("latin-1")
    number, _, symbol = text.partition("*")
    if _NUMBER.fullmatch(number) is None:
        return text, "text", None
    if not symbol:
        return Decimal(number), "dimensionless", None
    unit = UNITS.get(symbol)
    same = (row for row in COSEM_UNITS.values() if row.unit and row.quantity and not row.exponent)
    base = next((row for row in same if unit and UNITS[str(row.unit)].dimension == unit.dimension), None)
    if unit is None or base is None:
        return text, "text", None
    return EXACT.multiply(Decimal(number), unit.factor), str(base.quantity), base.unit
