"""GWF water and gas meters (RCM-LRW10, RCM-LRW20): one M-Bus value with the minutes since it was read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.meter_id import MeterId, manufacturer_from_code
from emtkit.model.reading import Reading
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.mbus.datatypes import scaled
from emtkit.protocols.mbus.vif import read_vib
from emtkit.wire.cursor import Cursor
from emtkit.wire.layout import Field, Layout

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_FRAME: Final = Layout(
    "lorawan.payload",
    Field("protocol_type", "u8", "type of the frame"),
    Field("manufacturer", "u16", "manufacturer of the meter"),
    Field("identification", 4, "serial number (BCD, least significant byte first)"),
    Field("medium", "u8", "what it measures"),
    Field("state", "u8", "M-Bus status"),
    Field("actuality", "u16", "minutes since the meter was read"),
    Field("vif", "u8", "unit of the volume, as M-Bus writes it"),
    Field("volume", "u32", "volume"),
    Field("functions", "u8", "flags: continuous flow, broken pipe, low battery, backflow"),
    Field("battery", "u8", "battery: remaining half-years in the upper five bits"),
    Field("crc", 2, "CRC"),
)
_PROBLEMS: Final = {1: "application_busy", 2: "application_error"}
_STATES: Final = (
    (0x04, "low_power"), (0x20, "no_communication"), (0x40, "communication_jammed"), (0x80, "communication_error"),
)  # fmt: skip
_FUNCTIONS: Final = (
    (0x02, "continuous_flow"), (0x08, "broken_pipe"), (0x20, "battery_low"), (0x40, "backflow"), (0x80, "no_usage"),
)  # fmt: skip
_FAILED: Final = 0x10
_OBIS: Final = {3: "7-0:3.0.0*255", 6: "9-0:1.0.0*255", 7: "8-0:1.0.0*255"}


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - any port
    """Read a frame of type 1 or 2. With an error of the meter its volume is no value; a low battery leaves it one."""
    if len(view) != _FRAME.size or view.data[0] not in {1, 2}:
        return False
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    kind, maker, ident, medium, state, minutes, vif, volume, functions, battery, _ = cur.read(_FRAME)
    out.meter = MeterId.of(manufacturer_from_code(maker), ident[::-1].hex(), None, medium)
    problem = _PROBLEMS.get(state & 3) or ("error" if kind == 1 and state & _FAILED else None)
    out.status = (*((problem,) if problem else ()), *(name for bit, name in _STATES if state & bit))
    out.status += tuple(name for bit, name in _FUNCTIONS if functions & bit)
    vib = read_vib(bytes((vif & 0x7F,)))
    value = None if problem else scaled(Decimal(volume), vib.scale, vib.exponent, vib.offset)
    when, source = received(ctx)
    low, high = view.span(12, 16)
    out.readings.append(Reading(
        vib.quantity, value, vib.unit, _OBIS.get(medium), "total", status=problem, raw=view.data[11:16],
        time=None if when is None else when - timedelta(minutes=minutes), time_source=source, start=low, end=high,
    ))  # fmt: skip
    low, high = view.span(16, 17)
    out.readings.append(Reading(
        "error_flags", f"{functions:02X}", name="functions", time=when, time_source=source, raw=view.data[16:17],
        start=low, end=high,
    ))  # fmt: skip
    low, high = view.span(17, 18)
    out.readings.append(Reading(
        "battery_remaining_time", Decimal(6 * (battery >> 3)), "month", name="battery", time=when, time_source=source,
        raw=view.data[17:18], start=low, end=high,
    ))  # fmt: skip
    return True
