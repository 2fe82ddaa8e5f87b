"""Reading a maker's payload by a layout: fields at byte offsets."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.reading import Reading, Value
from emtkit.model.units import EXACT
from emtkit.protocols.context import BERLIN
from emtkit.protocols.mbus.datatypes import read_bcd, read_date, read_datetime, scaled
from emtkit.protocols.mbus.vif import read_vib

if TYPE_CHECKING:
    from emtkit.meters.family import Layout, LayoutField

_SIZES: Final = {
    "u8": 1, "u16": 2, "u24": 3, "u32": 4, "i8": 1, "i16": 2, "i24": 3, "i32": 4, "bcd2": 1, "bcd4": 2, "bcd6": 3,
    "bcd8": 4, "bcd12": 6, "date": 2, "datetime": 4, "date_d5m4y7": 2,
}  # fmt: skip


def read_payload(layout: Layout, payload: bytes, whole: Reading) -> list[Reading] | None:
    """Return the readings of a payload, or None when the layout does not fit it.

    `whole` is the reading that held the payload as bytes: origin and time come from it. The times of a storage are
    the date fields with that storage.
    """
    if len(payload) < layout.size or not payload.startswith(layout.starts):
        return None
    made: dict[str, Reading] = {}
    for part in layout.fields:
        reading = _sum(part, made) if part.sum_of else _field(part, payload)
        if reading is None:
            return None
        reading.raw = payload if part.sum_of else payload[part.offset : part.offset + _SIZES[part.coding]]
        reading.start, reading.end = whole.start, whole.end
        reading.time, reading.time_source = (whole.time, whole.time_source) if part.storage == 0 else (None, None)
        made[part.name] = reading
    dates = {r.storage: r.value for r in made.values() if r.quantity in {"date", "datetime"} and r.value is not None}
    for reading in made.values():
        moment = dates.get(reading.storage)
        if isinstance(moment, date) and reading.quantity not in {"date", "datetime"}:
            reading.time, reading.time_source = moment, "device"
    return list(made.values())


def _field(part: LayoutField, payload: bytes) -> Reading | None:
    data = payload[part.offset : part.offset + _SIZES[part.coding]]
    if len(data) < _SIZES[part.coding]:
        return None
    quantity, unit = part.quantity, part.unit
    value = _value(part, data)
    if part.vif_at is not None:
        if part.vif_at >= len(payload):
            return None
        vib = read_vib(bytes((payload[part.vif_at] & 0x7F,)))
        quantity, unit = vib.quantity, vib.unit
        value = scaled(value, vib.scale, vib.exponent, vib.offset) if isinstance(value, Decimal) else value
    return Reading(
        quantity,
        value,
        unit,
        part.obis,
        part.name,
        storage=part.storage,
        status=None if value is not None else "invalid",
    )


def _value(part: LayoutField, data: bytes) -> Value:
    match part.coding:
        case "date":
            return read_date(data)
        case "datetime":
            return read_datetime(data, BERLIN)
        case "date_d5m4y7":
            return _packed_date(int.from_bytes(data, "little"))
        case coding if coding.startswith("bcd"):
            raw = read_bcd(data)
            return None if raw is None else EXACT.multiply(raw, part.scale)
        case coding:
            number = int.from_bytes(data, "little", signed=coding.startswith("i"))
            if part.mask:
                number = (number & part.mask) >> part.shift
            return EXACT.multiply(Decimal(number), part.scale)


def _packed_date(bits: int) -> date | datetime | None:
    try:
        return date(2000 + (bits >> 9 & 127), bits >> 5 & 15, bits & 31)
    except ValueError:
        return None


def _sum(part: LayoutField, made: dict[str, Reading]) -> Reading | None:
    total = Decimal(0)
    unit = part.unit
    for name in part.sum_of:
        addend = made.get(name)
        if addend is None or not isinstance(addend.value, Decimal):
            return None
        total, unit = EXACT.add(total, addend.value), unit or addend.unit
    return Reading(part.quantity, total, unit, part.obis, part.name, storage=part.storage)
