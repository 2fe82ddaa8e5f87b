"""Comtac / Alpha-Omega KLAX: an optical head for electricity meters.

    port 3    header (2) | message (2) | parts: type, content      readings
    port 100  header | interval in minutes        port 101  header | firmware
    port 103  header | message | register codes   port 104  header | active | four register codes
    port 105  header | settings of KLAX Modbus and its four registers

The KLAX Modbus has parts of its own on port 3: registers with values of 2, 4 or 8 bytes.
Big-endian. Which OBIS codes the four registers have is set in the device and told on ports 103 and 104. Histories have
four values, the newest first, one measuring interval apart (15 minutes unless port 100 told another).
Source: Alpha-Omega Technology, KLAX payload description; the decoder klax.js of TheThingsNetwork/lorawan-devices.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from math import isfinite
from struct import unpack
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.lorawan.programs.server_id import read_server_id
from emtkit.protocols.mbus.datatypes import read_float
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Value
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_UNITS: Final = (
    None, ("energy", "Wh"), ("power", "W"), ("voltage", "V"), ("current", "A"), ("frequency", "Hz"),
    ("reactive_energy", "varh"), ("reactive_power", "var"), ("apparent_energy", "VAh"), ("apparent_power", "VA"),
)  # fmt: skip
_DEFAULT_CODES: Final = {0: "1-0:1.8.0*255", 1: "1-0:2.8.0*255"}
_MOST: Final = 65536
# part type -> size of its content
_SIZES_0: Final = {1: 34, 2: 19, 3: 10}
_SIZES: Final = {1: 18, 2: 19, 3: 10, 4: 10, 5: 18, 6: 34, 7: 1, 8: 4}
_MODBUS_SIZES: Final = {4: 2, 5: 4, 6: 8}  # part type -> size of a value
_MODBUS_TYPES: Final = {0: "double", 1: "i16", 2: "u16", 3: "i32", 4: "u32", 5: "float"}


class Settings:
    """What KLAX told of themselves: register codes and measuring interval, by meter (`Context.memory`)."""

    __slots__ = ("codes", "minutes")

    def __init__(self) -> None:
        """Start with the defaults."""
        self.codes: dict[str, dict[int, str]] = {}
        self.minutes: dict[str, int] = {}

    def trim(self) -> None:
        """Forget all when it grows too large."""
        if len(self.codes) + len(self.minutes) > _MOST:
            self.codes.clear()
            self.minutes.clear()


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a message of port 3, 100, 101, 103 or 104."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    device = "" if out.meter is None else out.meter.id
    version = cur.u8("version") >> 2
    state = cur.u8("state")
    battery = (state & 7) * 20 if version else (state & 15) * 10
    cur.note(f"battery {battery} %")
    out.readings.append(_reading(ctx, "battery_level", Decimal(battery), "%", "battery", view, 1, 2))
    settings = ctx.memory.of(Settings)
    settings.trim()
    match port:
        case 100:
            minutes = cur.u16be("interval")
            settings.minutes[device] = minutes
            cur.note(f"a value every {minutes} min")
            seconds = Decimal(minutes * 60)
            out.readings.append(_reading(ctx, "storage_interval", seconds, "s", None, view, 2, 4))
        case 101:
            major, minor = cur.u8("firmware_major"), cur.u8("firmware_minor")
            out.readings.append(_reading(ctx, "firmware_version", f"{major}.{minor}", None, None, view, 2, 4))
        case 103 | 104:
            cur.take(2 if port == 103 else 1, "message" if port == 103 else "active_registers")
            settings.codes[device] = dict(enumerate(_codes(cur)))
        case 105:
            out.readings.append(_rest(cur, ctx, "modbus_settings"))
        case _:
            return _parts(cur, ctx, out, version, device)
    return not cur.left


def _parts(cur: Cursor, ctx: Context, out: Decoded, version: int, device: str) -> bool:
    """Read parts up to the end. One that is cut off stays as bytes; an unknown one says that this is no KLAX."""
    cur.take(2, "message")
    while cur.left:
        kind, start = cur.data[cur.pos], cur.pos
        size = (_SIZES if version else _SIZES_0).get(kind)
        if size is None:
            return False
        if cur.left <= size:
            out.readings.append(_rest(cur, ctx, "rest"))
            ctx.warn(
                "lorawan.payload.truncated", f"part {kind} is cut off", layer="lorawan.payload", field="part",
                view=cur.view, start=start, end=cur.pos,
            )  # fmt: skip
        else:
            cur.u8("part")
            _part(cur, ctx, out, kind, version, device)
    return True


def _rest(cur: Cursor, ctx: Context, name: str) -> Reading:
    start = cur.pos
    return _reading(ctx, "manufacturer_specific", cur.rest(name), None, name, cur.view, start, cur.pos)


def _codes(cur: Cursor) -> list[str]:
    codes = []
    while cur.left >= 3:
        c, d, e = cur.take(3, "register_code")
        codes.append(f"1-0:{c}.{d}.{e}*255")
        cur.note(codes[-1])
    return codes


def _part(cur: Cursor, ctx: Context, out: Decoded, kind: int, version: int, device: str) -> None:
    if kind == 3:
        read_server_id(cur, out)
    elif kind == 8:
        out.readings.append(_number(cur, ctx))
    elif kind == 7:
        cur.u8("register_states")
    elif kind == 2:
        _now(cur, ctx, out, version, device)
    elif kind in _MODBUS_SIZES:
        _modbus(cur, ctx, out, _MODBUS_SIZES[kind], device)
    elif version:
        _filter(cur, ctx, out, device)
    else:
        _history(cur, ctx, out, device)


def _modbus(cur: Cursor, ctx: Context, out: Decoded, size: int, device: str) -> None:
    """One Modbus register with four values, the newest first."""
    head, valid = cur.u8("register"), cur.u8("valid")
    form = _MODBUS_TYPES.get(head >> 4, "")
    minutes = ctx.memory.of(Settings).minutes.get(device, 15)
    for number in range(4):
        start = cur.pos
        raw = cur.take(size, "value")
        if form == "float" and size == 4:
            value = read_float(raw[::-1])
        elif form == "double" and size == 8:
            (double,) = unpack(">d", raw)
            value = Decimal(repr(double)) if isfinite(double) else None
        else:
            value = Decimal(int.from_bytes(raw, "big", signed=form.startswith("i")))
        name = f"register_{(head >> 1 & 3) + 1}"
        cur.note(name, value)
        reading = _reading(ctx, "dimensionless", value, None, name, cur.view, start, cur.pos)
        reading.storage = number
        if reading.time is not None:
            reading.time -= timedelta(minutes=number * minutes)
        if valid & 1 << number:
            out.readings.append(reading)


def _history(cur: Cursor, ctx: Context, out: Decoded, device: str) -> None:
    """Two registers with four values each (version 0)."""
    mask = cur.u8("registers")
    units = cur.u8("units")
    for half in (0, 1):
        bits = mask >> 4 * half
        valid = bits & 9 == 9
        _values(cur, ctx, out, device, bits >> 1 & 3, units >> 4 * half & 15, (valid,) * 4, floats=False)


def _filter(cur: Cursor, ctx: Context, out: Decoded, device: str) -> None:
    """One register with four values (later versions)."""
    head = cur.u8("register")
    valid = cur.u8("valid")
    flags = tuple(bool(valid & 1 << n) for n in range(4))
    _values(cur, ctx, out, device, head >> 1 & 3, head >> 4, flags, floats=True)


def _values(
    cur: Cursor,
    ctx: Context,
    out: Decoded,
    device: str,
    register: int,
    unit: int,
    valid: tuple[bool, ...],
    *,
    floats: bool,
) -> None:
    minutes = ctx.memory.of(Settings).minutes.get(device, 15)
    for number in range(4):
        reading = _value(cur, ctx, device, register, unit, floats=floats)
        if reading.time is not None:
            reading.time = reading.time - timedelta(minutes=number * minutes)
        reading.storage = number
        if valid[number] and reading.quantity != "dimensionless":
            out.readings.append(reading)


def _now(cur: Cursor, ctx: Context, out: Decoded, version: int, device: str) -> None:
    """The present values of all four registers."""
    mask = cur.u8("registers")
    units = int.from_bytes(cur.take(2, "units"), "little")
    for register in range(4):
        reading = _value(cur, ctx, device, register, units >> 4 * register & 15, floats=bool(version))
        if mask & 0x11 << register == 0x11 << register:
            out.readings.append(reading)


def _value(cur: Cursor, ctx: Context, device: str, register: int, unit: int, *, floats: bool) -> Reading:
    start = cur.pos
    data = cur.take(4, "value")
    known = _UNITS[unit] if unit < len(_UNITS) else None
    value = read_float(data[::-1]) if floats else Decimal(int.from_bytes(data, "big", signed=True))
    quantity, symbol = known or ("dimensionless", None)
    cur.note(f"register {register + 1}", value, symbol)
    reading = _reading(ctx, quantity, value, symbol, f"register_{register + 1}", cur.view, start, cur.pos)
    told = ctx.memory.of(Settings).codes.get(device)
    reading.obis = told.get(register) if told else (_DEFAULT_CODES.get(register) if quantity == "energy" else None)
    return reading


def _number(cur: Cursor, ctx: Context) -> Reading:
    start = cur.pos
    text = str(cur.u32be("device_id"))
    return _reading(ctx, "fabrication_number", text, None, None, cur.view, start, cur.pos)


def _reading(
    ctx: Context,
    quantity: str,
    value: Value,
    unit: str | None,
    name: str | None,
    view: View,
    start: int,
    end: int,
) -> Reading:
    when, source = received(ctx)
    low, high = view.span(start, end)
    return Reading(
        quantity, value, unit, name=name, time=when, time_source=source, raw=view.data[start:end], start=low, end=high
    )
