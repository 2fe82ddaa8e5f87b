"""Reading a payload by its table: fields at byte offsets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.model.reading import Reading, Value
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import from_epoch, received
from emtkit.protocols.mbus.datatypes import read_bcd, read_date, read_datetime, read_float

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.payload_file import Frame, PayloadField
    from emtkit.wire.view import View

_TIMES: Final = frozenset({"date", "datetime", "epoch"})
_WHOLE_OR_LESS: Final = range(-64, 1)  # exponents of scales that leave a sum with 0 as it is

_ONE: Final = Decimal(1).as_tuple()


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


class Column(NamedTuple):
    """A field, worked out: where it stands, how its bytes become a value."""

    part: PayloadField
    end: int
    read: Callable[[bytes, Context], Value]
    is_time: bool


@lru_cache(maxsize=1024)
def columns(frame: Frame) -> tuple[Column, ...]:
    """Return the fields of a frame, worked out."""
    return tuple(
        Column(part, part.offset + size_of(part.coding), _reader(part), part.coding.removesuffix("be") in _TIMES)
        for part in frame.fields
    )


def read_frame(frame: Frame, view: View, ctx: Context, out: Decoded) -> bool:
    """Read a payload by a frame's table; False if a field stands behind its end."""
    data, size = view.data, len(view.data)
    readings = []
    times: dict[int, Value] = {}
    when, source = received(ctx)
    straight = view.is_input  # then offsets of the view are those of the input
    for part, end, read, is_time in columns(frame):
        if end > size:
            return False
        raw = data[part.offset : end]
        value = read(raw, ctx)
        if part.flags:
            out.status += _flags(part, raw)
        if is_time and value is not None:
            times[part.storage] = value
        start, stop = (part.offset, end) if straight else view.span(part.offset, end)
        readings.append(Reading(
            part.quantity, value, part.unit, part.obis, part.name, part.function,  # type: ignore[arg-type] # checked
            part.storage, part.tariff, part.subunit, part.modifiers, when, source,
            None if value is not None else "invalid", raw, start, stop,
        ))  # fmt: skip
        if ctx.trace is not None:
            ctx.trace.add(view, part.offset, end, "lorawan.payload", part.name, part.quantity, value, part.unit)
    if times:
        for reading in readings:
            moment = times.get(reading.storage)
            if isinstance(moment, date):
                reading.time, reading.time_source = moment, "device"
    out.readings += readings
    out.form = frame
    return True


def _reader(part: PayloadField) -> Callable[[bytes, Context], Value]:
    """Return what turns a field's bytes into its value."""
    plain, big = part.coding.removesuffix("be"), part.coding.endswith("be")
    step = -1 if big else 1
    match plain:
        case "date":
            return lambda raw, _: read_date(raw[::step])
        case "datetime":
            return lambda raw, ctx: read_datetime(raw[::step], ctx.zone)
        case "epoch":
            return _epoch_reader(part, big=big)
        case "float":
            return lambda raw, _: _scaled(part, read_float(raw[::step]))
        case coding if coding.startswith("hex"):
            return lambda raw, _: raw.hex().upper()
        case coding if coding.startswith("bcd"):
            return _bcd_reader(part, step)
        case _:
            return _integer_reader(part, big=big)


def _epoch_reader(part: PayloadField, *, big: bool) -> Callable[[bytes, Context], Value]:
    order: Literal["big", "little"] = "big" if big else "little"

    def read(raw: bytes, ctx: Context) -> Value:  # noqa: ARG001 - the form of all readers
        seconds = int.from_bytes(raw, order)
        return None if seconds in part.invalid else from_epoch(seconds)

    return read


def _bcd_reader(part: PayloadField, step: int) -> Callable[[bytes, Context], Value]:
    def read(raw: bytes, ctx: Context) -> Value:  # noqa: ARG001 - the form of all readers
        digits = read_bcd(raw[::step])
        return None if digits in part.invalid else _scaled(part, digits)

    return read


def _integer_reader(part: PayloadField, *, big: bool) -> Callable[[bytes, Context], Value]:
    order: Literal["big", "little"] = "big" if big else "little"
    signed = part.coding.startswith("i")
    mask, shift, invalid, texts, scale, add = part.mask, part.shift, part.invalid, part.texts, part.scale, part.add
    if texts:
        name: Callable[[int], Value] = lambda whole: texts.get(str(whole), str(whole))  # noqa: E731 - one of three
    elif not add and scale.as_tuple().exponent in _WHOLE_OR_LESS:  # adding 0 would change nothing
        multiply = EXACT.multiply
        name = Decimal if scale.as_tuple() == _ONE else lambda whole: multiply(Decimal(whole), scale)
    else:
        name = lambda whole: _scaled(part, Decimal(whole))  # noqa: E731

    def read(raw: bytes, ctx: Context) -> Value:  # noqa: ARG001 - the form of all readers
        whole = int.from_bytes(raw, order, signed=signed)
        if mask:
            whole = (whole & mask) >> shift
        return None if whole in invalid else name(whole)

    return read


def _scaled(part: PayloadField, number: Decimal | None) -> Decimal | None:
    return None if number is None else EXACT.add(EXACT.multiply(number, part.scale), part.add)


def _flags(part: PayloadField, raw: bytes) -> tuple[str, ...]:
    bits = int.from_bytes(raw, "big" if part.coding.endswith("be") else "little", signed=part.coding.startswith("i"))
    return tuple(name for mask, name in part.flags.items() if bits & int(mask, 0) == int(mask, 0))
