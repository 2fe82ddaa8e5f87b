"""nke Watteco: reports in the manner of the ZigBee cluster library, port 125. Big-endian.

    control | command | cluster (2) | attribute (2) | [status] | type | value

Source: nke Watteco, application layer description (clusters 0000 to 8052).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.reading import Reading
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.mbus.datatypes import read_float
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View


class Part(NamedTuple):
    """A number in an attribute's value."""

    name: str
    quantity: str
    unit: str | None
    size: int
    signed: bool = False
    factor: str = "1"
    add: str = "0"
    obis: str | None = None


_HERTZ: Final = ("frequency", "Hz", 2, True, "0.001", "22.232")  # sent as the distance from 22.232 Hz in mHz
_VOLT: Final = ("voltage", "V", 2, False, "0.1")
_ATTRIBUTES: Final[dict[tuple[int, int], tuple[Part, ...]]] = {
    (0x0006, 0x0000): (Part("output", "digital_output", None, 1),),
    (0x000F, 0x0055): (Part("input", "digital_input", None, 1),),
    (0x000F, 0x0402): (Part("counter", "pulses", None, 4),),
    (0x0052, 0x0000): (
        Part("active_energy", "energy", "Wh", 3, obis="1-0:1.8.0*255"),
        Part("reactive_energy", "reactive_energy", "varh", 3, signed=True),
        Part("samples", "dimensionless", None, 2),
        Part("active_power", "power", "W", 2, signed=True),
        Part("reactive_power", "reactive_power", "var", 2, signed=True),
    ),
    (0x000C, 0x0055): (Part("analogue", "dimensionless", None, 4),),
    (0x0402, 0x0000): (Part("temperature", "temperature", "degC", 2, signed=True, factor="0.01"),),
    (0x0402, 0x0001): (Part("temperature_minimum", "temperature", "degC", 2, signed=True, factor="0.01"),),
    (0x0402, 0x0002): (Part("temperature_maximum", "temperature", "degC", 2, signed=True, factor="0.01"),),
    (0x0405, 0x0000): (Part("humidity", "relative_humidity", "%", 2, factor="0.01"),),
    (0x0400, 0x0000): (Part("light", "illuminance", "lx", 2),),
    (0x0403, 0x0000): (Part("air_pressure", "pressure", "bar", 2, signed=True, factor="0.001"),),  # hPa
    (0x800C, 0x0000): (Part("concentration", "carbon_dioxide", "ppm", 2),),
    (0x800A, 0x0000): (
        Part("import", "energy", "Wh", 4, obis="1-0:1.8.0*255"),
        Part("export", "energy", "Wh", 4, obis="1-0:2.8.0*255"),
        Part("reactive_import", "reactive_energy", "varh", 4, obis="1-0:3.8.0*255"),
        Part("reactive_export", "reactive_energy", "varh", 4, obis="1-0:4.8.0*255"),
        Part("import_power", "power", "W", 4, obis="1-0:1.7.0*255"),
        Part("export_power", "power", "W", 4, obis="1-0:2.7.0*255"),
        Part("reactive_import_power", "reactive_power", "var", 4, obis="1-0:3.7.0*255"),
        Part("reactive_export_power", "reactive_power", "var", 4, obis="1-0:4.7.0*255"),
    ),
    (0x800B, 0x0000): (
        Part("voltage", "voltage", "V", 2, factor="0.1"), Part("current", "current", "A", 2, factor="0.1"),
        Part("phase_angle", "phase_angle", "deg", 2, signed=True),
    ),
    (0x8052, 0x0000): (
        Part("frequency", *_HERTZ), Part("frequency_minimum", *_HERTZ), Part("frequency_maximum", *_HERTZ),
        Part("voltage", *_VOLT), Part("voltage_minimum", *_VOLT), Part("voltage_maximum", *_VOLT),
        Part("voltage_peak", *_VOLT), Part("voltage_peak_minimum", *_VOLT), Part("voltage_peak_maximum", *_VOLT),
        Part("overvoltages", "event_counter", None, 2), Part("sags", "event_counter", None, 2),
        Part("brownouts", "event_counter", None, 2),
    ),
}  # fmt: skip
_POWER_SUPPLY: Final = (0x0050, 0x0006)
_SUPPLIES: Final = ("supply", "rechargeable_battery", "battery", "solar_cell", "supply_of_tic")
_READ_ANSWER, _REPORT = 0x01, 0x0A
_STRING: Final = 0x41
_FLOAT: Final = 0x39
_TYPE_SIZES: Final = {
    0x10: 1, 0x18: 1, 0x20: 1, 0x21: 2, 0x22: 3, 0x23: 4, 0x28: 1, 0x29: 2, 0x2A: 3, 0x2B: 4, _FLOAT: 4,
}  # fmt: skip


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - any port
    """Read a report or the answer to a read command; other commands are kept as they are."""
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    control = cur.u8("control")
    if control & 0x09 != 1:
        return False
    endpoint = control >> 5 | (control & 0x06) << 2
    cur.note(f"endpoint {endpoint}")
    command = cur.u8("command")
    cluster = cur.u16be("cluster")
    if command not in {_READ_ANSWER, _REPORT}:
        _keep(cur, ctx, out, endpoint)
        return True
    attribute = cur.u16be("attribute")
    if command == _READ_ANSWER and cur.u8("status"):
        return False
    kind = cur.u8("type")
    size = cur.u8("length") if kind == _STRING else _TYPE_SIZES.get(kind)
    if (cluster, attribute) == _POWER_SUPPLY and kind == _STRING:
        _supply(cur, ctx, out, endpoint)
    else:
        parts = _ATTRIBUTES.get((cluster, attribute))
        if parts is None or size != sum(part.size for part in parts):
            _unknown(cur, ctx, out, f"cluster {cluster:04X}, attribute {attribute:04X}", endpoint)
            return True
        for part in parts:
            _value(cur, ctx, out, part, endpoint, floats=kind == _FLOAT)
    if cur.left:  # the cause of a report, and batteries, where the device was told to send them
        _keep(cur, ctx, out, endpoint)
    return True


def _supply(cur: Cursor, ctx: Context, out: Decoded, endpoint: int) -> None:
    """Read the voltages of the device's supplies: which there are is told by bits."""
    cur.u8("supply_mode")
    bits = cur.u8("supplies")
    for number, name in enumerate(_SUPPLIES):
        if bits >> number & 1:
            _value(cur, ctx, out, Part(name, "voltage", "V", 2, factor="0.001"), endpoint)


def _unknown(cur: Cursor, ctx: Context, out: Decoded, what: str, endpoint: int) -> None:
    start = cur.pos
    _keep(cur, ctx, out, endpoint)
    ctx.warn(
        "lorawan.payload.rest", f"{what} is not described: its value stays as bytes", layer="lorawan.payload",
        field="value", view=cur.view, start=start, end=cur.pos,
    )  # fmt: skip


def _value(cur: Cursor, ctx: Context, out: Decoded, part: Part, endpoint: int, *, floats: bool = False) -> None:
    start = cur.pos
    raw = cur.take(part.size, part.name)
    number = read_float(raw[::-1]) if floats else Decimal(int.from_bytes(raw, "big", signed=part.signed))
    value = None
    if number is not None:
        value = EXACT.add(EXACT.multiply(number, Decimal(part.factor)), Decimal(part.add))
    cur.note(part.name, value, part.unit)
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(Reading(
        part.quantity, value, part.unit, part.obis, part.name, subunit=endpoint, time=when, time_source=source,
        status="invalid" if value is None else None, raw=raw, start=low, end=high,
    ))  # fmt: skip


def _keep(cur: Cursor, ctx: Context, out: Decoded, endpoint: int) -> None:
    start = cur.pos
    data = cur.rest("rest")
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(Reading(
        "manufacturer_specific", data, name="rest", subunit=endpoint, time=when, time_source=source, raw=data,
        start=low, end=high,
    ))  # fmt: skip
