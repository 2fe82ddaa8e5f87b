"""Reading a payload by its table: fields at byte offsets."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from emtkit.model.reading import Reading, Value
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import from_epoch, received
from emtkit.protocols.mbus.datatypes import read_bcd, read_date, read_datetime, read_float

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.payload_file import Frame, PayloadField
    from emtkit.wire.view import View

_TIMES = frozenset({"date", "datetime", "epoch"})


def size_of(coding: str) -> int:
    """Return how many bytes a field of this coding has."""
    plain = coding.removesuffix("be")
    if plain in {"epoch", "float", "datetime"}:
        return 4
    if plain == "date":
        return 2
    if plain.startswith("hex"):
        return int(plain[3:])
    if plain.startswith("bcd"):
        return (int(plain[3:]) + 1) // 2
    return int(plain[1:]) // 8


def read_frame(frame: Frame, view: View, ctx: Context, out: Decoded) -> bool:
    """Read a payload by a frame's table; False if a field stands behind its end."""
    made: list[tuple[PayloadField, Reading]] = []
    when, source = received(ctx)
    for part in frame.fields:
        end = part.offset + size_of(part.coding)
        if end > len(view):
            return False
        raw = view.data[part.offset : end]
        value = _value(part, raw, ctx)
        out.status += _flags(part, raw)
        start, stop = view.span(part.offset, end)
        made.append((part, Reading(
            part.quantity, value, part.unit, part.obis, part.name, part.function,  # type: ignore[arg-type] # checked
            part.storage, part.tariff, part.subunit, part.modifiers, when, source,
            None if value is not None else "invalid", raw, start, stop,
        )))  # fmt: skip
        if ctx.trace is not None:
            ctx.trace.add(view, part.offset, end, "lorawan.payload", part.name, part.quantity, value, part.unit)
    times = {r.storage: r.value for p, r in made if p.coding.removesuffix("be") in _TIMES and r.value is not None}
    for _, reading in made:
        moment = times.get(reading.storage)
        if isinstance(moment, date):
            reading.time, reading.time_source = moment, "device"
    out.readings += [reading for _, reading in made]
    return True


def _integer(coding: str, raw: bytes) -> int:
    return int.from_bytes(raw, "big" if coding.endswith("be") else "little", signed=coding.startswith("i"))


def _value(part: PayloadField, raw: bytes, ctx: Context) -> Value:
    little = raw[::-1] if part.coding.endswith("be") else raw
    match part.coding.removesuffix("be"):
        case "date":
            return read_date(raw)
        case "datetime":
            return read_datetime(raw, ctx.zone)
        case "epoch":
            seconds = int.from_bytes(little, "little")
            return None if seconds in part.invalid else _moment(seconds)
        case "float":
            number = read_float(little)
            return None if number is None else _scaled(part, number)
        case coding if coding.startswith("hex"):
            return raw.hex().upper()
        case coding if coding.startswith("bcd"):
            digits = read_bcd(little)
            return None if digits is None or digits in part.invalid else _scaled(part, digits)
        case _:
            whole = _integer(part.coding, raw)
            if part.mask:
                whole = (whole & part.mask) >> part.shift
            if whole in part.invalid:
                return None
            if part.texts:
                return part.texts.get(str(whole), str(whole))
            return _scaled(part, Decimal(whole))


def _moment(seconds: int) -> datetime:
    return from_epoch(seconds)


def _scaled(part: PayloadField, number: Decimal) -> Decimal:
    return EXACT.add(EXACT.multiply(number, part.scale), part.add)


def _flags(part: PayloadField, raw: bytes) -> tuple[str, ...]:
    if not part.flags:
        return ()
    bits = _integer(part.coding, raw)
    return tuple(name for mask, name in part.flags.items() if bits & int(mask, 0) == int(mask, 0))
