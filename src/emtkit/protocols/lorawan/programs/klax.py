"""Comtac / Alpha-Omega KLAX: an optical head for electricity meters.

    port 3    header (2) | message (2) | parts: type, content      readings
    port 100  header | interval in minutes        port 101  header | firmware
    port 103  header | message | register codes   port 104  header | active | four register codes

Big-endian. Which OBIS codes the four registers have is set in the device and told on ports 103 and 104. Histories have
four values, the newest first, one measuring interval apart (15 minutes unless port 100 told another).
Source: Alpha-Omega Technology, KLAX payload description.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.lorawan.programs.server_id import read_server_id
from emtkit.protocols.mbus.datatypes import read_float
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
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
_SIZES: Final = {1: 18, 2: 19, 3: 10, 8: 4}


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
        case _:
            cur.take(2, "message")
            while cur.left:
                if not _part(cur, ctx, out, version, device):
                    return False
    return not cur.left


def _codes(cur: Cursor) -> list[str]:
    codes = []
    while cur.left >= 3:
        c, d, e = cur.take(3, "register_code")
        codes.append(f"1-0:{c}.{d}.{e}*255")
        cur.note(codes[-1])
    return codes


def _part(cur: Cursor, ctx: Context, out: Decoded, version: int, device: str) -> bool:
    kind = cur.u8("part")
    if (_SIZES if version else _SIZES_0).get(kind) is None:
        return False
    if kind == 3:
        read_server_id(cur, out)
    elif kind == 8:
        out.readings.append(_number(cur, ctx))
    elif kind == 2:
        _now(cur, ctx, out, version, device)
    elif version:
        _filter(cur, ctx, out, device)
    else:
        _history(cur, ctx, out, device)
    return True


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
    value: Decimal | str | None,
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
