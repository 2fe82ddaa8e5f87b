"""Fixed data structure, CI 73 of old wired meters (EN 1434-3:1997, 5.5.2).

    ID(4, BCD) ACC STS MU1 MU2 COUNTER1(4) COUNTER2(4)

The two top bits of MU1 and MU2 are the medium, the lower six the units of the counters.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.protocols.mbus.datatypes import read_bcd
from emtkit.protocols.mbus.tpl import status_flags
from emtkit.wire.layout import Field, Layout

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.cursor import Cursor

LAYER: Final = "mbus.fixed"

FIXED: Final = Layout(
    "mbus.fixed",
    Field("identification", 4, "serial number of the meter (BCD, least significant byte first)"),
    Field("access_no", "u8", "access number"),
    Field("status", "u8", "status; bit 7 counters binary, bit 6 stored at fixed date"),
    Field("medium_unit_1", "u8", "two bits of the medium, unit of counter 1"),
    Field("medium_unit_2", "u8", "two bits of the medium, unit of counter 2"),
    Field("counter_1", 4, "counter 1"),
    Field("counter_2", 4, "counter 2"),
)
FIXED_SIZE: Final = FIXED.size

_BINARY: Final = 0x80
_STORED: Final = 0x40
_HISTORIC: Final = 0x3E

# fixed medium -> device type of EN 13757-7
_MEDIA: Final = {
    0x0: 0x00, 0x1: 0x01, 0x2: 0x02, 0x3: 0x03, 0x4: 0x04, 0x5: 0x05, 0x6: 0x06, 0x7: 0x07, 0x8: 0x08,
    0xA: 0x03, 0xB: 0x04, 0xC: 0x06, 0xD: 0x07, 0xE: 0x08,  # A-E: the same media, "mode 2"
}  # fmt: skip


class _Unit(NamedTuple):
    first: int
    last: int
    quantity: str
    unit: str | None
    exponent: int


# EN 1434-3:1997, table of physical units; each code is ten times the one before
_UNITS: Final = (
    _Unit(0x02, 0x0A, "energy", "Wh", 0),
    _Unit(0x0B, 0x13, "energy", "J", 3),
    _Unit(0x14, 0x1C, "power", "W", 0),
    _Unit(0x1D, 0x25, "power", "J/h", 3),
    _Unit(0x26, 0x2E, "volume", "m3", -6),
    _Unit(0x2F, 0x37, "volume_flow", "m3/h", -6),
    _Unit(0x38, 0x38, "temperature", "degC", -3),
    _Unit(0x39, 0x39, "heat_cost_units", "HCA", 0),
)
_CODES: Final = {
    code: (row, row.exponent + code - row.first) for row in _UNITS for code in range(row.first, row.last + 1)
}


class Fixed(NamedTuple):
    """The header of the fixed structure."""

    access_no: int
    status: int
    medium: int


def read_fixed(cur: Cursor, ctx: Context, out: Decoded) -> None:
    """Read the fixed structure into two readings with the modifiers `counter_1` and `counter_2`."""
    cur.layer = LAYER
    start = cur.pos
    ident, access_no, status, first, second, counter_1, counter_2 = cur.read(FIXED)
    medium = first >> 6 | second >> 6 << 2
    device_type = _MEDIA.get(medium, 0x0F)
    out.meter = MeterId.of(None, ident[::-1].hex(), None, device_type)
    out.status = tuple(flag for flag in status_flags(status & 0x3F) if not flag.startswith("manufacturer"))
    out.layers += (Fixed(access_no, status, medium),)
    unit_1, unit_2 = first & 0x3F, second & 0x3F
    historic = unit_2 == _HISTORIC
    for at, data, code, name in (
        (start + 8, counter_1, unit_1, "counter_1"),
        (start + 12, counter_2, unit_1 if historic else unit_2, "counter_2"),
    ):
        quantity, unit, exponent = _unit(code)
        raw = Decimal(int.from_bytes(data, "little")) if status & _BINARY else read_bcd(data)
        value = None if raw is None else raw.scaleb(exponent)
        low, high = cur.view.span(at, at + 4)
        stored = bool(status & _STORED) or (historic and name == "counter_2")
        if raw is None:
            ctx.warn(
                "mbus.record.bcd", f"{data[::-1].hex().upper()} is no BCD number: an error state of the meter",
                layer=LAYER, field=name, view=cur.view, start=at, end=at + 4,
            )  # fmt: skip
        if cur.trace is not None:
            text = f"{quantity.replace('_', ' ')} = {'invalid' if value is None else format(value, 'f')} {unit or ''}"
            cur.trace.add(cur.view, at, at + 4, LAYER, name, text.strip(), value, unit)
        reading = Reading(
            quantity, value, unit, storage=int(stored), modifiers=(name,),
            status="invalid" if raw is None else None, raw=data, start=low, end=high,
        )  # fmt: skip
        if not stored and ctx.received_at is not None:
            reading.time, reading.time_source = ctx.received_at, "capture"
        out.readings.append(reading)


def _unit(code: int) -> tuple[str, str | None, int]:
    found = _CODES.get(code)
    if found is None:
        return "dimensionless", None, 0
    row, exponent = found
    return row.quantity, row.unit, exponent
