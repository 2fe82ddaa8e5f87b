"""NAS (Nordic Automation Systems) pulse, analogue and M-Bus readers: UM3023, UM3033, and the CM30xx modules.

    port 24  status: settings | battery, temperature, RSSI | interfaces     port 25  usage: settings | interfaces
    port 49  asks for settings   port 53  what an M-Bus meter offers        port 99  start, stop, error

The settings byte says which interfaces follow: two digital inputs (settings, counter u32), two analogue inputs
(floats), M-Bus (result, status, records). Source: NAS, payload descriptions 0.5.0 and 0.7.0.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading, Value
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.lorawan.programs.add import ratio
from emtkit.protocols.mbus.application import plain_records, read_record_bytes, sound_records
from emtkit.protocols.mbus.datatypes import read_float
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

# medium -> quantity, unit, factor, OBIS
_MEDIA: Final[dict[int, tuple[str, str | None, str, str | None]]] = {
    1: ("pulses", None, "1", None),
    2: ("volume", "m3", "0.001", "8-0:1.0.0*255"),
    3: ("energy", "Wh", "1", "1-0:1.8.0*255"),
    4: ("volume", "m3", "0.001", "7-0:3.0.0*255"),
    5: ("energy", "Wh", "1", "6-0:1.0.0*255"),
}
_MBUS_RESULTS: Final = {
    1: "mbus_nothing_requested", 2: "mbus_unpowered", 3: "mbus_no_response", 4: "mbus_empty_response",
    5: "mbus_invalid_data",
}  # fmt: skip
_MODULE_STATES: Final = ((0x80, "alert"), (0x40, "by_user"), (0x04, "temperature"))
_PULSER_ALERTS: Final = ((0x08, "tamper"),)
_NO_COUNT: Final = 0xFFFFFFFF
_NO_BATTERY: Final = 0xFF
_FULL: Final = 254
_EVENTS: Final = {0: "started", 1: "stopped", 0x10: "error", 0x13: "settings_refused"}


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of a UM3023, UM3033 or CM3060."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    match port:
        case 24 | 25:
            return _report(cur, ctx, out, with_status=port == 24)
        case 99:
            return _event(cur, ctx, out)
        case 49 | 53:
            kind = "settings" if port == 49 else "offered_records"
            _add(cur, ctx, out, "manufacturer_specific", kind, cur.pos, cur.rest(kind))
            return True
        case _:
            return False


def read_water_module(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of a CM3020 or CM3030, a module in water meters.

    port 14 counter    port 24 counter, battery (16 mV), temperature, reserved, mode, state    port 99 start, stop
    """
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    match port:
        case 14 | 24:
            _module(cur, ctx, out, with_status=port == 24)
            return True
        case 99:
            return _event(cur, ctx, out, _module)
        case _:
            return False


def _module(cur: Cursor, ctx: Context, out: Decoded, *, with_status: bool) -> bool:
    _add(cur, ctx, out, "volume", "total", cur.pos, _litres(cur), "m3", "8-0:1.0.0*255")
    if with_status:
        start = cur.pos
        volts = EXACT.multiply(Decimal(cur.u8("battery")), Decimal("0.016"))
        cur.note("battery", volts, "V")
        _add(cur, ctx, out, "voltage", "battery", start, volts, "V")
        start = cur.pos
        degrees = Decimal(int.from_bytes(cur.take(1, "temperature"), "little", signed=True))
        _add(cur, ctx, out, "temperature", "device_temperature", start, degrees, "degC")
        cur.u8("reserved")
        cur.u8("mode")
        state = cur.u8("state")
        out.status += tuple(name for bit, name in _MODULE_STATES if state & bit)
    if cur.left:
        _add(cur, ctx, out, "manufacturer_specific", "rest", cur.pos, cur.rest("rest"))
    return True


def read_cm3010(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of a CM3010, a reader of Elster gas meters."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    if port == 99:
        return _event(cur, ctx, out)
    if port not in {16, 24}:
        return False
    _add(cur, ctx, out, "volume", "total", cur.pos, _litres(cur), "m3", "7-0:3.0.0*255")
    if port == 24:
        _battery(cur, ctx, out)
    if cur.left:
        _add(cur, ctx, out, "manufacturer_specific", "rest", cur.pos, cur.rest("rest"))
    return True


def read_gas_pulser(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of a CM3061, a reader of gas meters with pulses.

    port 24  01 | reason | alerts | battery (in 1/254), its offset | temperature, its range | RSSI, SNR | counter
    port 25  01 | flags | counter    port 50  its settings    port 99  start, stop with a status, settings refused
    """
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    match port:
        case 24:
            return _pulser(cur, ctx, out)
        case 25:
            if cur.u8("kind") != 1:
                return False
            cur.u8("flags")
            _gas(cur, ctx, out)
            return not cur.left
        case 50:
            return _pulser_settings(cur, ctx, out)
        case 99:
            return _event(cur, ctx, out, _pulser)
        case _:
            return False


def _pulser(cur: Cursor, ctx: Context, out: Decoded, *, with_status: bool = True) -> bool:  # noqa: ARG001 - as others
    if cur.u8("kind") != 1:
        return False
    reason = cur.u8("reason")
    alerts = cur.u8("alerts")
    out.status += tuple(name for bit, name in _MODULE_STATES[:2] if reason & bit)
    out.status += tuple(name for bit, name in _PULSER_ALERTS if alerts & bit)
    start = cur.pos
    level = cur.u8("battery")
    value = None if level == _NO_BATTERY else ratio(100 * level, _FULL, 2)
    _add(cur, ctx, out, "battery_level", "battery", start, value, "%")
    start = cur.pos
    _add(cur, ctx, out, "dimensionless", "battery_offset", start, Decimal(cur.u8("battery_offset")))
    start = cur.pos
    degrees = Decimal(int.from_bytes(cur.take(1, "temperature"), "little", signed=True))
    _add(cur, ctx, out, "temperature", "device_temperature", start, degrees, "degC")
    cur.u8("temperature_range")
    start = cur.pos
    _add(cur, ctx, out, "signal_strength", "rssi", start, Decimal(-cur.u8("rssi")), "dBm")
    start = cur.pos
    ratio_of_noise = Decimal(int.from_bytes(cur.take(1, "snr"), "little", signed=True))
    _add(cur, ctx, out, "dimensionless", "snr", start, ratio_of_noise, "dB")
    _gas(cur, ctx, out)
    if cur.left:
        _add(cur, ctx, out, "manufacturer_specific", "rest", cur.pos, cur.rest("rest"))
    return True


def _gas(cur: Cursor, ctx: Context, out: Decoded, name: str = "total", obis: str | None = "7-0:3.0.0*255") -> None:
    start = cur.pos
    count = cur.u32("counter")
    value = None if count == _NO_COUNT else EXACT.scaleb(Decimal(count), -3)
    cur.note(name, value, "m3")
    _add(cur, ctx, out, "volume", name, start, value, "m3", obis)


def _pulser_settings(cur: Cursor, ctx: Context, out: Decoded) -> bool:
    """Read how often it reports (00), or how it counts (05); bits say which of the settings follow."""
    kind, bits = cur.u8("kind"), cur.u8("bits")
    start = cur.pos
    if kind == 0:
        for bit, name in ((1, "usage_interval"), (2, "status_interval")):
            if bits & bit:
                start = cur.pos
                _add(cur, ctx, out, "transmission_period", name, start, Decimal(60 * cur.u16(name)), "s")
    elif kind == 5:
        if bits & 1:
            exponent = cur.u8("exponent") & 7
            litres = EXACT.scaleb(Decimal(1), exponent - 4) if 1 <= exponent <= 4 else None
            _add(cur, ctx, out, "volume", "per_pulse", start, litres, "m3")
        if bits & 2:
            _gas(cur, ctx, out, "counter_set_to", None)
        if bits & 4:
            start = cur.pos
            offset = Decimal(int.from_bytes(cur.take(2, "offset"), "little", signed=True))
            _add(cur, ctx, out, "volume", "offset", start, EXACT.scaleb(offset, -3), "m3")
        if bits & 16:
            start = cur.pos
            number = cur.u32("meter")
            _add(cur, ctx, out, "fabrication_number", "meter", start, None if number == _NO_COUNT else str(number))
    else:
        return False
    if cur.left:
        _add(cur, ctx, out, "manufacturer_specific", "rest", cur.pos, cur.rest("rest"))
    return True


def _litres(cur: Cursor) -> Decimal:
    value = EXACT.multiply(Decimal(cur.u32("counter")), Decimal("0.001"))
    cur.note("counter", value, "m3")
    return value


def _battery(cur: Cursor, ctx: Context, out: Decoded) -> None:
    start = cur.pos
    _add(cur, ctx, out, "dimensionless", "battery", start, Decimal(cur.u8("battery")))
    start = cur.pos
    raw = int.from_bytes(cur.take(1, "temperature"), "little", signed=True)
    cur.note("temperature", Decimal(raw), "degC")
    _add(cur, ctx, out, "temperature", "device_temperature", start, Decimal(raw), "degC")
    start = cur.pos
    level = Decimal(-cur.u8("rssi"))
    cur.note("level of the last downlink", level, "dBm")
    _add(cur, ctx, out, "signal_strength", "rssi", start, level, "dBm")


def _report(cur: Cursor, ctx: Context, out: Decoded, *, with_status: bool) -> bool:
    settings = cur.u8("settings")
    cur.note(f"interfaces {settings:02X}")
    if with_status:
        _battery(cur, ctx, out)
        # the CM3060 has one byte more here: what is behind it fills the payload exactly
        if settings & 0x7C == 0 and cur.left == 5 * (settings & 3).bit_count() + 1:
            cur.u8("reserved")
    for number in (1, 2):
        if settings & number:
            _digital(cur, ctx, out, number)
    for number in (1, 2):
        if settings & 2 << number:
            _analogue(cur, ctx, out, number)
    if settings & 0x20 and cur.left:
        result = _MBUS_RESULTS.get(cur.u8("mbus_result") & 15)
        out.status += (result,) if result else ()
        _records(cur, ctx, out)
    if cur.left:
        _add(cur, ctx, out, "manufacturer_specific", "rest", cur.pos, cur.rest("rest"))
    return True


def _digital(cur: Cursor, ctx: Context, out: Decoded, number: int) -> None:
    settings = cur.u8("input_settings")
    cur.note(f"input {number}: medium {settings >> 4}")
    if settings & 4:
        out.status += (f"input_{number}_alert",)
    quantity, unit, factor, obis = _MEDIA.get(settings >> 4, ("pulses", None, "1", None))
    start = cur.pos
    value = EXACT.multiply(Decimal(cur.u32("counter")), Decimal(factor))
    cur.note(f"input {number}", value, unit)
    _add(cur, ctx, out, quantity, f"input_{number}", start, value, unit, obis, subunit=number - 1)


def _analogue(cur: Cursor, ctx: Context, out: Decoded, number: int) -> None:
    settings = cur.u8("analogue_settings")
    unit, quantity = ("mA", "current") if settings & 1 else ("V", "voltage")
    for bit, name in ((0x40, "present"), (0x80, "average")):
        if settings & bit:
            start = cur.pos
            value = read_float(cur.take(4, name))
            if value is not None and unit == "mA":
                value = EXACT.multiply(value, Decimal("0.001"))
            base = "A" if unit == "mA" else "V"
            cur.note(f"analogue input {number}, {name}", value, base)
            _add(cur, ctx, out, quantity, f"analogue_{number}_{name}", start, value, base, subunit=number - 1)


def _records(cur: Cursor, ctx: Context, out: Decoded) -> None:
    """Read M-Bus records up to the end. Some firmware has no status byte in front of them."""
    tries = [(test, skip) for test in (plain_records, sound_records) for skip in (1, 0)]
    skip = next((skip for test, skip in tries if cur.left > skip and test(cur.view, cur.pos + skip)), None)
    if skip is None:
        return
    if skip:
        cur.u8("mbus_status")
    kept = out.readings
    read_record_bytes(cur.view, cur.pos, ctx, out)
    out.readings = kept + out.readings
    cur.pos = cur.end


def _event(cur: Cursor, ctx: Context, out: Decoded, report: Callable[..., bool] = _report) -> bool:
    """Read a start, a stop with its last report, or an error."""
    start = cur.pos
    code = cur.u8("event")
    name = _EVENTS.get(code)
    if name is None:
        return False
    out.status = (name,)
    cur.note(name)
    _add(cur, ctx, out, "status", "event", start, name)
    if code == 0 and cur.left >= 7:
        start = cur.pos
        _add(cur, ctx, out, "fabrication_number", "serial", start, cur.take(4, "serial")[::-1].hex().upper())
        start = cur.pos
        _add(cur, ctx, out, "firmware_version", "firmware", start, ".".join(map(str, cur.take(3, "firmware"))))
    if code == 1 and cur.left > 1:  # the reason, and a last report
        cur.u8("reason")
        return report(cur, ctx, out, with_status=report is not _report)
    if cur.left:
        _add(cur, ctx, out, "manufacturer_specific", "rest", cur.pos, cur.rest("rest"))
    return True


def _add(
    cur: Cursor,
    ctx: Context,
    out: Decoded,
    quantity: str,
    name: str,
    start: int,
    value: Value,
    unit: str | None = None,
    obis: str | None = None,
    *,
    subunit: int = 0,
) -> None:
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(Reading(
        quantity, value, unit, obis, name, subunit=subunit, time=when, time_source=source,
        status="invalid" if value is None else None, raw=cur.data[start : cur.pos], start=low, end=high,
    ))  # fmt: skip
