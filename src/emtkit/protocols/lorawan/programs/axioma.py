"""Axioma Qalcosonic W1 (also sold as Honeywell Elster): volume with the log of the last hours.

Port 100, by size and content:

    W1e  47 bytes   time, status, volume, log time, log volume, 15 hourly differences (u16)
    W1t  47 bytes   time, status, volume, temperature (i16, 1/100 degC), log time, log volume, 14 differences
    W1h  51 bytes   01, time, status, log volume at 01:00, 23 differences of 14 bits, least significant bit first

All little-endian, volumes in litres. Logged values belong to full hours. Port 101 is settings, port 103 an alarm.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from struct import unpack_from
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import from_epoch
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_OBIS: Final = "8-0:1.0.0*255"
_LITRE: Final = Decimal("0.001")
_HOUR: Final = timedelta(hours=1)
_LOG_AGE: Final = 5 * 86400  # a log begins less than this before its frame

# mask, wanted bits, name: three conditions share two bits with their combinations
_STATUS: Final = (
    (0x04, 0x04, "low_power"), (0x08, 0x08, "permanent_error"), (0xF0, 0x10, "temporary_error"),
    (0x30, 0x30, "temporary_error"), (0x20, 0x20, "leak"), (0xE0, 0x60, "backflow"), (0xE0, 0x80, "freeze"),
    (0xE0, 0xA0, "burst"),
)  # fmt: skip
_ALARMS: Final = (
    (0x01, "leak"), (0x02, "burst"), (0x04, "freeze"), (0x08, "tamper"), (0x10, "no_consumption"), (0x20, "backflow"),
)  # fmt: skip


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of port 100, 101 or 103."""
    size = len(view)
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    if port == 103 and size == 5:
        return _alarm(cur, out)
    if port == 101:
        return _settings(cur, out)
    return read_log(view, port, ctx, out)


def read_log(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a payload of port 100: its times tell it, whoever sent it."""
    size = len(view)
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    if port not in {None, 100}:
        return False
    if size == 51 and view.data[0] == 1:
        return _enhanced(cur, out)
    if size != 47:
        return False
    now = int.from_bytes(view.data[:4], "little")
    if _recent(now, view.data[9:13]):
        return _log(cur, out, deltas=15, with_temperature=False)
    return _recent(now, view.data[11:15]) and _log(cur, out, deltas=14, with_temperature=True)


def _recent(now: int, field: bytes) -> bool:
    return 0 <= now - int.from_bytes(field, "little") < _LOG_AGE


def _time(cur: Cursor, name: str) -> datetime:
    moment = from_epoch(cur.u32(name))
    if cur.trace is not None:
        cur.note(moment.isoformat(), moment)
    return moment


@lru_cache(maxsize=256)
def _words(bits: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for mask, wanted, name in _STATUS if bits & mask == wanted))


def _status(cur: Cursor, out: Decoded, time: datetime) -> None:
    start = cur.pos
    bits = cur.u8("status")
    out.status = _words(bits)
    cur.note(", ".join(out.status) or "no error")
    low, high = cur.place(start)
    raw = cur.data[start : cur.pos]
    out.readings.append(
        Reading(
            "error_flags", f"{bits:02X}", name="status", time=time, time_source="device", raw=raw, start=low, end=high
        )
    )


def _volume(litres: int, time: datetime, cur: Cursor, start: int, storage: int) -> Reading:
    low, high = cur.view.span(start, cur.pos)
    return Reading(
        "volume", EXACT.multiply(Decimal(litres), _LITRE), "m3", _OBIS, "logged" if storage else "total",
        storage=storage, time=time, time_source="device", raw=cur.data[start : cur.pos], start=low, end=high,
    )  # fmt: skip


def _log_of(totals: Iterable[int], first: datetime, cur: Cursor, places: Iterable[tuple[int, int]]) -> list[Reading]:
    """Return the volumes of a log (litres), an hour apart, and where the difference of each stands."""
    data, multiply, time = cur.data, EXACT.multiply, first - _HOUR
    readings = [
        Reading(
            "volume", multiply(Decimal(litres), _LITRE), "m3", _OBIS, "logged", "instantaneous", 1, 0, 0, (),
            (time := time + _HOUR), "device", None, data[start:end], start, end,
        )
        for litres, (start, end) in zip(totals, places, strict=True)
    ]  # fmt: skip
    if not cur.view.is_input:
        for reading in readings:
            reading.start, reading.end = cur.view.span(reading.start, reading.end)
    return readings


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _log(cur: Cursor, out: Decoded, *, deltas: int, with_temperature: bool) -> bool:
    now = _time(cur, "time")
    _status(cur, out, now)
    start = cur.pos
    litres = cur.u32("volume")
    reading = _volume(litres, now, cur, start, 0)
    cur.note("volume", reading.value, "m3")
    out.readings.append(reading)
    if with_temperature:
        start = cur.pos
        raw = int.from_bytes(cur.take(2, "temperature"), "little", signed=True)
        value = EXACT.multiply(Decimal(raw), Decimal("0.01"))
        cur.note("temperature", value, "degC")
        low, high = cur.place(start)
        out.readings.append(Reading(
            "temperature", value, "degC", name="water_temperature", time=now, time_source="device",
            raw=cur.data[start : cur.pos], start=low, end=high,
        ))  # fmt: skip
    hour = _hour(_time(cur, "log_time"))
    start = cur.pos
    total = cur.u32("log_volume")
    first = _volume(total, hour, cur, start, 1)
    cur.note("volume when the log begins", first.value, "m3")
    start = cur.pos
    totals = list(accumulate(unpack_from(f"<{deltas}H", cur.data, start), initial=total))
    readings = _log_of(totals[1:], hour + _HOUR, cur, ((at, at + 2) for at in range(start, start + 2 * deltas, 2)))
    if cur.trace is None:
        cur.take(2 * deltas, "log_differences")
    else:
        for number, reading in enumerate(readings, 1):
            cur.u16("log_difference")
            cur.note(f"volume {number} h later", reading.value, "m3")
    out.readings.append(first)
    out.readings += readings
    out.form = (_OBIS, deltas)
    return True


def _enhanced(cur: Cursor, out: Decoded) -> bool:
    """Read a day: the volume at 01:00 and 23 differences of 14 bits."""
    cur.u8("frame_type")
    now = _time(cur, "time")
    _status(cur, out, now)
    start = cur.pos
    total = cur.u32("log_volume")
    # the day before the frame's; its first value is that of 01:00
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=1)
    first = _volume(total, midnight + _HOUR, cur, start, 1)
    cur.note("volume at 01:00", first.value, "m3")
    out.readings.append(first)
    start = cur.pos
    bits = int.from_bytes(cur.rest("log_differences"), "little")
    cur.note("23 hourly differences of 14 bits")
    totals = list(accumulate((bits >> shift & 0x3FFF for shift in range(0, 23 * 14, 14)), initial=total))
    out.readings += _log_of(totals[1:], midnight + 2 * _HOUR, cur, [(start, cur.pos)] * 23)
    out.form = (_OBIS, "a day")
    return True


def _alarm(cur: Cursor, out: Decoded) -> bool:
    now = _time(cur, "time")
    start = cur.pos
    bits = cur.u8("alarm")
    out.status = tuple(name for mask, name in _ALARMS if bits & mask)
    cur.note(", ".join(out.status) or "no alarm")
    low, high = cur.place(start)
    out.readings.append(Reading(
        "alarm", f"{bits:02X}", name="alarm", time=now, time_source="device", raw=cur.data[start : cur.pos], start=low,
        end=high,
    ))  # fmt: skip
    return True


def _settings(cur: Cursor, out: Decoded) -> bool:
    start = cur.pos
    data = cur.rest("settings")
    cur.note("settings of the meter")
    low, high = cur.place(start)
    out.readings.append(Reading("parameter_set_id", data, name="settings", raw=data, start=low, end=high))
    return True
