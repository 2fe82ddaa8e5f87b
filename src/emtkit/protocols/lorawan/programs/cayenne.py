"""Cayenne LPP: channel, type, big-endian value. Types of Cayenne LPP 2.0 and its usual extensions (IPSO numbers)."""

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
    Lpp(142, "switch", "digital_input", None, 1, False, "1"),
)
_BY_CODE: Final = {row.code: row for row in TYPES}
_POLYLINE: Final = 240


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - any port
    """Read all values. A payload with a type that is not in the table, or that is cut off, is no Cayenne LPP."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    while cur.left:
        start = cur.pos
        channel = cur.u8("channel")
        code = cur.u8("type")
        row = _BY_CODE.get(code)
        if code == _POLYLINE:
            _polyline(cur, out, channel, start, ctx)
        elif row is None:
            return False
        else:
            cur.note(row.name)
            _values(cur, out, row, channel, ctx)
    return True


def _values(cur: Cursor, out: Decoded, row: Lpp, channel: int, ctx: Context) -> None:
    when, source = received(ctx)
    for part in row.parts or ("",):
        start = cur.pos
        raw = int.from_bytes(cur.take(row.size, row.name), "big", signed=row.signed)
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
