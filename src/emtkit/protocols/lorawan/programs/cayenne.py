"""Cayenne LPP: channel, type, big-endian value; again and again.

A type is an IPSO object number less 3200. Types of Cayenne LPP 1.0 and 2.0, and those that its common libraries add.
Source: myDevices, Cayenne Low Power Payload; IPSO Smart Objects.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.reading import Reading
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import from_epoch, received
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View


class Lpp(NamedTuple):
    """A type: its number, name, quantity, unit, factor; the parts it has: (name, bytes, signed, factor)."""

    code: int
    name: str
    quantity: str
    unit: str | None
    size: int
    signed: bool
    factor: str
    parts: tuple[str, ...] = ()


TYPES: Final = (
    #    code name             quantity              unit    size signed factor
    Lpp(0, "digital_input", "digital_input", None, 1, False, "1"),
    Lpp(1, "digital_output", "digital_output", None, 1, False, "1"),
    Lpp(2, "analog_input", "dimensionless", None, 2, True, "0.01"),
    Lpp(3, "analog_output", "dimensionless", None, 2, True, "0.01"),
    Lpp(100, "generic", "dimensionless", None, 4, False, "1"),
    Lpp(101, "illuminance", "illuminance", "lx", 2, False, "1"),
    Lpp(102, "presence", "digital_input", None, 1, False, "1"),
    Lpp(103, "temperature", "temperature", "degC", 2, True, "0.1"),
    Lpp(104, "humidity", "relative_humidity", "%", 1, False, "0.5"),
    Lpp(112, "humidity_tenths", "relative_humidity", "%", 2, False, "0.1"),
    Lpp(113, "accelerometer", "dimensionless", None, 2, True, "0.001", ("x", "y", "z")),
    Lpp(115, "barometer", "pressure", "bar", 2, False, "0.0001"),  # 0.1 hPa
    Lpp(116, "voltage", "voltage", "V", 2, False, "0.01"),
    Lpp(117, "current", "current", "A", 2, False, "0.001"),
    Lpp(118, "frequency", "frequency", "Hz", 4, False, "1"),
    Lpp(120, "percentage", "dimensionless", "%", 1, False, "1"),
    Lpp(121, "altitude", "dimensionless", None, 2, True, "1"),  # m
    Lpp(122, "load", "mass", "kg", 3, True, "0.001"),
    Lpp(125, "concentration", "carbon_dioxide", "ppm", 2, False, "1"),
    Lpp(128, "power", "power", "W", 2, False, "1"),
    Lpp(130, "distance", "dimensionless", None, 4, False, "0.001"),  # m
    Lpp(131, "energy", "energy", "Wh", 4, False, "1"),  # 0.001 kWh
    Lpp(132, "direction", "phase_angle", "deg", 2, False, "1"),
    Lpp(133, "unixtime", "datetime", None, 4, False, "1"),
    Lpp(134, "gyrometer", "dimensionless", None, 2, True, "0.01", ("x", "y", "z")),
    Lpp(135, "colour", "dimensionless", None, 1, False, "1", ("red", "green", "blue")),
    Lpp(136, "gps", "location", None, 3, True, "0.0001", ("latitude", "longitude", "altitude")),
    Lpp(137, "gps_full", "location", None, 4, True, "0.000001", ("latitude", "longitude", "altitude")),
    Lpp(142, "switch", "digital_input", None, 1, False, "1"),
)
_BY_CODE: Final = {row.code: row for row in TYPES}
_POLYLINE: Final = 240


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - any port
    """Read value after value.

    A type that is not in the table ends it, as does a value that is cut off: nobody knows where the next begins. What
    is left stays as bytes. A payload with no value at all is no Cayenne LPP.
    """
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    while cur.left:
        start = cur.pos
        if not _whole(view.data[start:]):
            break
        channel = cur.u8("channel")
        code = cur.u8("type")
        if code == _POLYLINE:
            _polyline(cur, out, channel, start, ctx)
            continue
        row = _BY_CODE[code]
        cur.note(row.name)
        _values(cur, out, row, channel, ctx)
    if cur.pos == 0:
        return False
    if cur.left:
        _keep(cur, ctx, out)
    return True


def _whole(data: bytes) -> bool:
    """Return whether a channel, a known type and its whole value stand here."""
    if len(data) < 3:
        return False
    if data[1] == _POLYLINE:
        return len(data) >= 2 + max(data[2], 1)
    row = _BY_CODE.get(data[1])
    return row is not None and len(data) >= 2 + sum(_size(row, part) for part in row.parts or ("",))


def _size(row: Lpp, part: str) -> int:
    return 3 if part == "altitude" else row.size


def _keep(cur: Cursor, ctx: Context, out: Decoded) -> None:
    start, view = cur.pos, cur.view
    code = f"type {cur.data[start + 1]}" if cur.left > 1 else "a channel without a type"
    data = cur.rest("rest")
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(
        Reading("unknown", data, name="rest", time=when, time_source=source, raw=data, start=low, end=high)
    )
    ctx.warn(
        "lorawan.payload.rest", f"{code} is no type of Cayenne LPP, or its value is cut off", layer="lorawan.payload",
        field="rest", view=view, start=start, end=len(view),
    )  # fmt: skip


def _values(cur: Cursor, out: Decoded, row: Lpp, channel: int, ctx: Context) -> None:
    when, source = received(ctx)
    for part in row.parts or ("",):
        start = cur.pos
        raw = int.from_bytes(cur.take(_size(row, part), row.name), "big", signed=row.signed)
        factor = "0.01" if part == "altitude" else row.factor
        value = from_epoch(raw) if row.quantity == "datetime" else EXACT.multiply(Decimal(raw), Decimal(factor))
        cur.note(f"channel {channel}: {row.name} {part}".rstrip(), value, row.unit)
        low, high = cur.place(start)
        out.readings.append(Reading(
            row.quantity, value, row.unit, name=f"{row.name}_{channel}" + (f"_{part}" if part else ""), subunit=channel,
            time=when, time_source=source, raw=cur.data[start : cur.pos], start=low, end=high,
        ))  # fmt: skip


def _polyline(cur: Cursor, out: Decoded, channel: int, start: int, ctx: Context) -> None:
    """Keep a polyline as its bytes: size, factor, first point, packed steps."""
    size = cur.peek() or 0
    data = cur.take(max(size, 1), "polyline")
    cur.note(f"channel {channel}: polyline")
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(Reading(
        "location", data, name=f"polyline_{channel}", subunit=channel, time=when, time_source=source, raw=data,
        start=low, end=high,
    ))  # fmt: skip
