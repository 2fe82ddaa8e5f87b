"""PRIOS, the radio telegram of Diehl and Sappel water meters (IZAR), CI A0 to A7.

There is no public specification. The layout and cipher below are as public receivers agree on them: a 32 bit
feedback register, seeded from the frame's first bytes, whose key stream is fixed by the maker for all meters.
Offsets are those of the link frame, L field = 0.

    10 CI | 11 period, alarm | 12 leakage, battery | 13 alarms | 14 VIF of the volumes
    15.. scrambled: 4B, total(4), last month(4), date of last month(2)
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.decoded import Check, Decoded
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.protocols.mbus.datatypes import read_date, scaled
from emtkit.protocols.mbus.vif import read_vib

if TYPE_CHECKING:
    from emtkit.protocols.context import Context
    from emtkit.protocols.mbus.application import Message

LAYER: Final = "wmbus.prios"
_MAKERS: Final = frozenset({"DME", "HYD", "SAP", "EWT"})
_KEYS: Final = (0x39BC8A10 ^ 0xE66D83F8, 0x51728910 ^ 0xE66D83F8)
_CLEAR: Final = 15
_MARK: Final = 0x4B
_SIZE: Final = 11  # mark, total, last month, date
_CIS: Final = range(0xA0, 0xA8)

# (offset, bit, name)
_ALARMS: Final = (
    (11, 0x80, "general_alarm"),
    (12, 0x80, "leakage"),
    (12, 0x40, "leakage_before"),
    (12, 0x20, "meter_blocked"),
    (13, 0x80, "backflow"),
    (13, 0x40, "underflow"),
    (13, 0x20, "overflow"),
    (13, 0x10, "submarine"),
    (13, 0x08, "sensor_fraud"),
    (13, 0x04, "sensor_fraud_before"),
    (13, 0x02, "mechanical_fraud"),
    (13, 0x01, "mechanical_fraud_before"),
)


def descramble(frame: bytes, seed: int) -> bytes:
    """Return the bytes from offset 15 on in plain text."""
    key = seed
    for at in (2, 6, 10):
        key ^= int.from_bytes(frame[at : at + 4], "big")
    plain = bytearray(frame[_CLEAR:])
    for at, byte in enumerate(plain):
        for _ in range(8):
            bit = (key >> 1 ^ key >> 2 ^ key >> 11 ^ key >> 31) & 1
            key = (key << 1 | bit) & 0xFFFFFFFF
        plain[at] = byte ^ key & 0xFF
    return bytes(plain)


def scramble(frame: bytes, seed: int) -> bytes:
    """Return the frame with the bytes from offset 15 on scrambled (the cipher is its own inverse)."""
    return frame[:_CLEAR] + descramble(frame, seed)


def read_prios(message: Message, ctx: Context, out: Decoded) -> bool:
    """Decode a PRIOS telegram; False when it is none (then nothing was changed)."""
    view = message.view
    frame = view.data
    if message.ci.code not in _CIS or out.meter is None or out.meter.manufacturer not in _MAKERS:
        return False
    if len(frame) < _CLEAR + _SIZE:
        return False
    plain = next((text for text in (descramble(frame, seed) for seed in _KEYS) if text[0] == _MARK), None)
    if plain is None:
        return False
    out.meter = _meter(frame, out.meter)
    out.status = tuple(name for at, bit, name in _ALARMS if frame[at] & bit)
    out.checks += (Check("PRIOS mark 4B", True, "descrambled", *view.span(_CLEAR, _CLEAR + 1)),)
    vib = read_vib(bytes((frame[14] & 0x7F,)))
    open_view = view.replace(frame[:_CLEAR] + plain, "decrypted")
    date = read_date(plain[9:11])
    water = out.meter.device_type in {0x06, 0x07, 0x15, 0x16}
    medium = "9" if out.meter.device_type in {0x06, 0x15} else "8"
    for at, storage, name in ((1, 0, "total"), (5, 1, "last_month")):
        raw = Decimal(int.from_bytes(plain[at : at + 4], "little"))
        value = scaled(raw, vib.scale, vib.exponent, vib.offset)
        start, end = view.span(_CLEAR + at, _CLEAR + at + 4)
        obis = f"{medium}-0:1.{0 if storage == 0 else 2}.0*255" if water else None
        reading = Reading(
            vib.quantity, value, vib.unit, obis, storage=storage, raw=plain[at : at + 4], start=start, end=end
        )
        if storage and date is not None:
            reading.time, reading.time_source = date, "device"
        elif not storage and ctx.received_at is not None:
            reading.time, reading.time_source = ctx.received_at, "capture"
        out.readings.append(reading)
        if ctx.trace is not None:
            text = f"{name.replace('_', ' ')} = {value:f} {vib.unit}"
            ctx.trace.add(open_view, _CLEAR + at, _CLEAR + at + 4, LAYER, name, text, value, vib.unit)
    start, end = view.span(_CLEAR + 9, _CLEAR + 11)
    out.readings.append(Reading("date", date, storage=1, raw=plain[9:11], start=start, end=end))
    battery = Decimal(frame[12] & 0x1F) / 2
    start, end = view.span(12, 13)
    out.readings.append(
        Reading("battery_remaining_time", battery, "year", raw=frame[12:13], start=start, end=end)
    )  # fmt: skip
    if ctx.trace is not None:
        _explain(message, ctx, out, battery)
    if len(plain) > _SIZE:
        start, end = view.span(_CLEAR + _SIZE, len(view))
        rest = plain[_SIZE:]
        out.readings.append(Reading("manufacturer_specific", rest, raw=rest, start=start, end=end))
        if ctx.trace is not None:
            ctx.trace.add(open_view, _CLEAR + _SIZE, len(view), LAYER, "rest", "not described publicly")
    return True


def _meter(frame: bytes, meter: MeterId) -> MeterId:
    """DME and HYD send version and device type before the serial number."""
    if meter.manufacturer == "SAP":
        return meter
    return MeterId.of(meter.manufacturer, frame[6:10][::-1].hex(), frame[4], frame[5])


def _explain(message: Message, ctx: Context, out: Decoded, battery: Decimal) -> None:
    trace = ctx.trace
    if trace is None:
        return
    view = message.view
    alarms = ", ".join(out.status).replace("_", " ") or "no alarm"
    trace.add(view, 11, 12, LAYER, "period", f"sent every {1 << (view.data[11] & 15) + 2} s")
    trace.add(view, 12, 13, LAYER, "battery", f"battery {battery} years")
    trace.add(view, 13, 14, LAYER, "alarms", alarms)
    trace.add(view, 14, 15, LAYER, "vif", "unit of the volumes")
    trace.add(view, 15, 16, LAYER, "mark", "4B: descrambled")
    trace.add(view, 24, 26, LAYER, "date", "date of the last month's value")
