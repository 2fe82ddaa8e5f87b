"""Netvox devices: eleven bytes, big-endian. Port 6 brings reports, port 7 answers to settings.

    port 6   version | device type | report type | content (8)     report 0: versions, from 1: values
    port 7   command | device type | content (9)

In most reports the first byte of the content is the battery in 0.1 V (bit 7: low).
Source: Netvox LoRaWAN application command.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.reading import Reading, Value
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import received
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_SIZE: Final = 11


class Part(NamedTuple):
    """A number of a report: what it is and how many bytes it has; `..._tenths` is added to the number it belongs to."""

    name: str
    quantity: str
    unit: str | None
    size: int
    factor: str = "1"


Reports = dict[int, tuple[Part, ...]]

_BATTERY: Final = Part("battery", "voltage", "V", 1, "0.1")
_SWITCH: Final = Part("status", "digital_input", None, 1)
_RELAYS: Final = tuple(Part(f"relay_{n}", "digital_output", None, 1) for n in (1, 2, 3))
_INPUTS: Final = tuple(Part(f"input_{n}", "digital_input", None, 1) for n in (1, 2, 3))

_MILLI: Final = ("current", "A", 2, "0.001")
_ADC: Final = ("dimensionless", None, 2)
_TEMPERATURE: Final = ("temperature", "degC", 2, "0.01")
_ENERGY: Final = Part("import_total", "energy", "Wh", 4)
_ALARMS: Final = tuple(Part(name, "alarm", None, 1) for name in ("overcurrent", "surge", "power_off"))
_POWER: Final = (Part("voltage", "voltage", "V", 2), Part("current", *_MILLI), Part("power", "power", "W", 2))
_SWITCHED: Final = (_BATTERY, _SWITCH)
_SWITCHED_2: Final = (_BATTERY, Part("status_1", "digital_input", None, 1), Part("status_2", "digital_input", None, 1))
_PLUG: Final[Reports] = {1: (Part("output", "digital_output", None, 1), _ENERGY, *_ALARMS), 2: _POWER}
_CLIMATE: Final[Reports] = {
    1: (_BATTERY, Part("temperature", *_TEMPERATURE), Part("humidity", "relative_humidity", "%", 2, "0.01"))
}
_ONE_CURRENT: Final = (_BATTERY, Part("current", *_MILLI), Part("multiplier", "dimensionless", None, 1))
_CURRENTS: Final = tuple(Part(f"current_{n}", *_MILLI) for n in (1, 2, 3))
_THREE_CURRENTS: Final[Reports] = {
    1: (_BATTERY, *_CURRENTS, Part("multiplier_1", "dimensionless", None, 1)),
    2: (_BATTERY, *(Part(f"multiplier_{n}", "dimensionless", None, 1) for n in (2, 3))),
}
_TENTHS: Final = ("current", "A", 1, "0.0001")

# device type -> its name, and the numbers of each report type, in order; the real current is current times multiplier
DEVICES: Final[dict[int, tuple[str, Reports]]] = {
    0x01: ("R711", _CLIMATE),
    0x0B: ("R718A", _CLIMATE),
    0x0E: ("R809A", _PLUG),
    0x13: ("R718AB", _CLIMATE),
    0x1F: ("R718H", {1: (_BATTERY, Part("counter", "pulses", None, 2))}),
    0x20: ("R718IA", {1: (_BATTERY, Part("adc", *_ADC))}),
    0x21: ("R718J", {1: _SWITCHED}),
    0x22: ("R718KA", {1: (
        _BATTERY, Part("current", "current", "A", 1, "0.001"), Part("current_tenths", *_TENTHS))}),
    0x25: ("R718LB", {1: _SWITCHED}),
    0x2A: ("R718IB", {1: (_BATTERY, Part("adc", *_ADC))}),
    0x2B: ("R718MBB", {1: (_BATTERY, Part("counter", "pulses", None, 2))}),
    0x3F: ("R718H2", {1: (
        _BATTERY, Part("counter_1", "pulses", None, 2), Part("counter_2", "pulses", None, 2))}),
    0x41: ("R718IA2", {1: (_BATTERY, Part("adc_1", *_ADC), Part("adc_2", *_ADC))}),
    0x42: ("R718IB2", {1: (_BATTERY, Part("adc_1", *_ADC), Part("adc_2", *_ADC))}),
    0x43: ("R718J2", {1: _SWITCHED_2}),
    0x44: ("R718KA2", {1: (
        _BATTERY, Part("current_1", "current", "A", 1, "0.001"), Part("current_2", "current", "A", 1, "0.001"),
        Part("current_1_tenths", *_TENTHS), Part("current_2_tenths", *_TENTHS))}),
    0x45: ("R718LB2", {1: _SWITCHED_2}),
    0x49: ("R718N1", {1: _ONE_CURRENT}),
    0x4A: ("R718N3", _THREE_CURRENTS),
    0x4C: ("R311CA", {1: _SWITCHED_2}),
    0x50: ("R311FB", {1: (_BATTERY, Part("counter", "pulses", None, 2))}),
    0x5B: ("R718Q", {1: _SWITCHED}),
    0x6E: ("R720A", _CLIMATE),
    0x73: ("R816B01", _PLUG),
    0x74: ("R730IA", {1: (_BATTERY, Part("adc", *_ADC))}),
    0x75: ("R730IB", {1: (_BATTERY, Part("adc", *_ADC))}),
    0x97: ("R718QA", {1: _SWITCHED}),
    0x98: ("R718NL1", {1: (*_ONE_CURRENT, Part("light", "illuminance", "lx", 4))}),
    0x99: ("R718NL3", {1: _THREE_CURRENTS[1], 2: (*_THREE_CURRENTS[2], Part("light", "illuminance", "lx", 4))}),
    0xAD: ("R831C", {1: (*_RELAYS, *_INPUTS)}),
    0xB0: ("R831D", {1: (*_RELAYS, *_INPUTS)}),
    0xB2: ("R831A", {1: (Part("motor", "digital_output", None, 1),)}),
    0xCA: ("R718N360", {
        1: (_BATTERY, Part("raw_a", "dimensionless", None, 4)),
        2: (Part("raw_b", "dimensionless", None, 4), Part("raw_c", "dimensionless", None, 4)),
    }),
}  # fmt: skip
_READ_SETTINGS: Final = 0x82
_ANSWERS: Final = range(0x81, 0xA0)


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a report or an answer."""
    if len(view) != _SIZE or port not in {6, 7} or view.data[1] not in DEVICES:
        return False
    if view.data[0] != 1 if port == 6 else view.data[0] not in _ANSWERS:
        return False
    name, reports = DEVICES[view.data[1]]
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    first = cur.u8("version" if port == 6 else "command")
    cur.u8("device_type")
    cur.note(name)
    if port == 7:
        _answer(cur, ctx, out, first)
        return True
    kind = cur.u8("report_type")
    if kind == 0:
        _versions(cur, ctx, out)
        return True
    parts = reports.get(kind)
    if parts is None:
        return False
    _numbers(cur, ctx, out, parts)
    cur.rest("reserved")
    return True


def _numbers(cur: Cursor, ctx: Context, out: Decoded, parts: tuple[Part, ...]) -> None:
    for part in parts:
        start = cur.pos
        signed = part.quantity == "temperature"
        raw = int.from_bytes(cur.take(part.size, part.name), "big", signed=signed)
        if part is _BATTERY and raw & 0x80:
            out.status += ("low_battery",)
            raw &= 0x7F
        value: Value = EXACT.multiply(Decimal(raw), Decimal(part.factor))
        if part.quantity == "alarm":
            value = "alarm" if raw else "no alarm"
        cur.note(part.name, value, part.unit)
        tenths_of = part.name.removesuffix("_tenths")
        whole = next((r for r in out.readings if r.name == tenths_of and tenths_of != part.name), None)
        if whole is not None and isinstance(whole.value, Decimal) and isinstance(value, Decimal):
            whole.value = EXACT.add(whole.value, value)
            continue
        _add(cur, ctx, out, part.quantity, part.name, start, value, part.unit)


def _versions(cur: Cursor, ctx: Context, out: Decoded) -> None:
    start = cur.pos
    software = cur.u8("software_version")
    _add(cur, ctx, out, "software_version", "software", start, f"{software // 10}.{software % 10}")
    start = cur.pos
    _add(cur, ctx, out, "hardware_version", "hardware", start, str(cur.u8("hardware_version")))
    start = cur.pos
    _add(cur, ctx, out, "model_version", "date_code", start, cur.take(4, "date_code").hex())
    cur.rest("reserved")


def _answer(cur: Cursor, ctx: Context, out: Decoded, command: int) -> None:
    """Read the answer to a command: the report times, or the content as it is."""
    if command == _READ_SETTINGS:
        for name in ("report_time_least", "report_time_most"):
            start = cur.pos
            seconds = Decimal(cur.u16be(name))
            cur.note(name, seconds, "s")
            _add(cur, ctx, out, "transmission_period", name, start, seconds, "s")
    start = cur.pos
    _add(cur, ctx, out, "manufacturer_specific", f"answer_{command:02X}", start, cur.rest("content"))


def _add(
    cur: Cursor, ctx: Context, out: Decoded, quantity: str, name: str, start: int, value: Value, unit: str | None = None
) -> None:
    when, source = received(ctx)
    low, high = cur.place(start)
    out.readings.append(Reading(
        quantity, value, unit, name=name, time=when, time_source=source, raw=cur.data[start : cur.pos], start=low,
        end=high,
    ))  # fmt: skip
