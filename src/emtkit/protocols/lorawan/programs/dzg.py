"""DZG LoRaMod and bridge: meter readings with a header of one byte (version 1) or two (version 2), little-endian.

    [frame header 00 | 01]  meter reading | status
    version 1   01 medium(3) qualifier(3) | meter id (4) | registers (4 each)
    version 2   qualifier | 10 timestamp(1) compressed(1) medium(4) | meter id | [time (4)] registers, repeated

Registers are hundredths. Source: DZG, LoRaWAN Frame Format 1.0 and 2.0.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import from_epoch, received
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from datetime import datetime

    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import TimeSource
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View


class Register(NamedTuple):
    """What a register of a medium and qualifier is."""

    quantity: str
    unit: str | None
    factor: str
    obis: str | None
    tariff: int = 0


_PLUS: Final = Register("energy", "Wh", "10", "1-0:1.8.0*255")
_PLUS_1: Final = Register("energy", "Wh", "10", "1-0:1.8.1*255", 1)
_PLUS_2: Final = Register("energy", "Wh", "10", "1-0:1.8.2*255", 2)
_MINUS: Final = Register("energy", "Wh", "10", "1-0:2.8.0*255")
# (medium, qualifier) -> registers in order
_REGISTERS: Final[dict[tuple[int, int], tuple[Register, ...]]] = {
    (0, 1): (Register("heat_cost_units", "HCA", "1", None),),
    (1, 1): (Register("temperature", "degC", "0.01", None),),
    (2, 1): (_PLUS,),
    (2, 2): (_PLUS_1, _PLUS_2),
    (2, 4): (_PLUS, _MINUS),
    (2, 5): (_MINUS,),
    (2, 6): (_PLUS_1, _PLUS_2, _MINUS),
    (3, 1): (Register("volume", "m3", "0.01", "7-0:3.0.0*255"),),
    (4, 1): (Register("energy", "Wh", "10", "6-0:1.0.0*255"),),
    (6, 1): (Register("volume", "m3", "0.01", "9-0:1.0.0*255"),),
    (7, 1): (Register("volume", "m3", "0.01", "8-0:1.0.0*255"),),
}
_DEVICE_TYPES: Final = {0: 8, 2: 2, 3: 3, 4: 4, 6: 6, 7: 7}
_STATUS_SIZE: Final = 24
_RESETS: Final = {0: "general", 1: "backup", 2: "watchdog", 3: "soft", 4: "user", 7: "slow clock"}


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - any port
    """Read meter readings or a status, with or without the frame header."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    first = view.data[0]
    if first == 1 and len(view) == _STATUS_SIZE:
        cur.u8("frame_header")
        cur.note("status")
        return _status(cur, ctx, out)
    if first == 0:
        cur.u8("frame_header")
        cur.note("meter readings")
    if not cur.left:
        return False
    header = cur.u8("header")
    if header >> 6 == 1:
        cur.note(f"version 1, medium {header >> 3 & 7}, qualifier {header & 7}")
        return _readings(cur, ctx, out, header >> 3 & 7, header & 7, with_time=False)
    flags = cur.u8("header")
    cur.note(f"version {flags >> 6}, medium {flags & 15}, qualifier {header}")
    if flags >> 6 != 2 or flags & 0x10:
        return False
    return _readings(cur, ctx, out, flags & 15, header, with_time=bool(flags & 0x20))


def _readings(cur: Cursor, ctx: Context, out: Decoded, medium: int, qualifier: int, *, with_time: bool) -> bool:
    registers = _REGISTERS.get((medium, qualifier))
    if registers is None:
        return False
    number = cur.u32("meter_id")
    cur.note(f"meter {number:08d}")
    out.meter = MeterId.of(None, f"{number:08d}", None, _DEVICE_TYPES.get(medium))
    size = 4 * (len(registers) + with_time)
    if not cur.left or cur.left % size:
        return False
    entry = 0
    when, source = received(ctx)
    while cur.left:
        if with_time:
            when, source = from_epoch(cur.u32("time")), "device"
            cur.note(when.isoformat(), when)
        for register in registers:
            out.readings.append(_register(cur, register, entry, when, source))
        entry += 1
    return True


def _register(cur: Cursor, register: Register, entry: int, when: datetime | None, source: TimeSource | None) -> Reading:
    start = cur.pos
    value = EXACT.multiply(Decimal(cur.u32("register")), Decimal(register.factor))
    cur.note(register.obis or register.quantity, value, register.unit)
    low, high = cur.place(start)
    return Reading(
        register.quantity, value, register.unit, register.obis, storage=entry, tariff=register.tariff, time=when,
        time_source=source, raw=cur.data[start : cur.pos], start=low, end=high,
    )  # fmt: skip


def _status(cur: Cursor, ctx: Context, out: Decoded) -> bool:
    start = cur.pos
    state = cur.u8("state")
    cur.note(f"reset: {_RESETS.get(state >> 5, 'unknown')}")
    low, high = cur.place(start)
    when, source = received(ctx)
    out.readings.append(Reading(
        "status", f"{state:02X}", name="state", time=when, time_source=source, raw=cur.data[start : cur.pos], start=low,
        end=high,
    ))  # fmt: skip
    for name, quantity, size, factor in (
        ("firmware", "firmware_version", 4, None), ("uptime", "operating_time", 4, "0.001"),
        ("time", "datetime", 4, None), ("last_downlink", "duration", 4, "0.001"), ("rssi", "dimensionless", 2, "1"),
        ("snr", "dimensionless", 1, "1"),
        ("downlink_type", "dimensionless", 1, "1"), ("acknowledged", "dimensionless", 1, "1"),
        ("connected_devices", "dimensionless", 1, "1"),
    ):  # fmt: skip
        start = cur.pos
        raw = cur.take(size, name)
        number = int.from_bytes(raw, "little")
        if quantity == "datetime":
            value: Decimal | datetime | str = from_epoch(number)
        else:
            value = raw.hex().upper() if factor is None else EXACT.multiply(Decimal(number), Decimal(factor))
        unit = "s" if factor == "0.001" else None
        cur.note(name, value, unit)
        low, high = cur.place(start)
        out.readings.append(
            Reading(quantity, value, unit, name=name, time=when, time_source=source, raw=raw, start=low, end=high)
        )
    return not cur.left
