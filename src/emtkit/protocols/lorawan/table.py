"""Reading a payload by its table: fields at byte offsets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from emtkit.model.reading import Reading, Value
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import from_epoch, received
from emtkit.protocols.mbus.datatypes import read_bcd, read_date, read_datetime, read_float

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.payload_file import Frame, Part, PayloadField
    from emtkit.wire.view import View

_TIMES: Final = frozenset({"date", "datetime", "dmyhms", "dostime", "epoch", "ymdhms"})
_WHOLE_OR_LESS: Final = range(-64, 1)  # exponents of scales that leave a sum with 0 as it is

_ONE: Final = Decimal(1).as_tuple()


def size_of(coding: str) -> int:
    """Return how many bytes a field of this coding has."""
    plain = coding.removesuffix("be").removesuffix("ws")
    if plain in {"epoch", "float", "datetime", "dostime"}:
        return 4
    if plain == "ufloat16":
        return 2
    if plain == "date":
        return 2
    if plain in {"dmyhms", "ymdhms"}:
        return 6
    if plain.startswith("hex"):
        return int(plain[3:])
    if plain.startswith("text"):
        return int(plain[4:])
    if plain.startswith("bcd"):
        return (int(plain[3:]) + 1) // 2
    return int(plain[1:]) // 8


class Column(NamedTuple):
    """A field, worked out: where it stands, how its bytes become a value, what its readings are."""

    start: int
    end: int
    read: Callable[[bytes, Context], Value]
    is_time: bool
    quantity: str
    unit: str | None
    obis: str | None
    name: str
    function: str
    storage: int
    tariff: int
    subunit: int
    modifiers: tuple[str, ...]
    flags: PayloadField | None


class Columns(NamedTuple):
    """The fields of a frame, worked out.

    end    how many bytes they need
    split  gives the bytes of each; None where fields share bytes or stand in another order
    plain  no field is a time, is a stored one or has flags
    """

    fields: tuple[Column, ...]
    end: int
    split: Callable[[bytes], tuple[Any, ...]] | None
    plain: bool


@lru_cache(maxsize=1024)
def columns(frame: Frame | Part) -> Columns:
    """Return the fields of a frame, worked out."""
    found = tuple(
        Column(
            part.offset, part.offset + size_of(part.coding), _reader(part), part.coding.removesuffix("be") in _TIMES,
            part.quantity, part.unit, part.obis, part.name, part.function, part.storage, part.tariff, part.subunit,
            part.modifiers, part if part.flags else None,
        )
        for part in frame.fields
    )  # fmt: skip
    end = max((column.end for column in found), default=0)
    plain = not any(column.is_time or column.flags or column.storage for column in found)
    return Columns(found, end, _splitter(found), plain)


def _splitter(found: tuple[Column, ...]) -> Callable[[bytes], tuple[Any, ...]] | None:
    form, at = "", 0
    for column in found:
        if column.start < at:
            return None
        form += f"{column.start - at}x{column.end - column.start}s"
        at = column.end
    return Struct(form).unpack_from


def read_frame(frame: Frame | Part, view: View, ctx: Context, out: Decoded) -> bool:
    """Read a payload by a frame's table; False if a field stands behind its end."""
    fields, size, split, plain = columns(frame)
    data = view.data
    if size > len(data):
        return False
    when, source = received(ctx)
    raws = split(data) if split else [data[each[0] : each[1]] for each in fields]
    readings = [
        Reading(
            quantity, read(raw, ctx), unit, obis, name, function,  # type: ignore[arg-type] # checked
            storage, tariff, subunit, modifiers, when, source, None, raw, start, end,
        )
        for (start, end, read, _, quantity, unit, obis, name, function, storage, tariff, subunit, modifiers, _), raw
        in zip(fields, raws, strict=True)
    ]  # fmt: skip
    for reading in readings:
        if reading.value is None:
            reading.status = "invalid"
    if not view.is_input:  # offsets of the view are not those of the input
        for reading in readings:
            reading.start, reading.end = view.span(reading.start, reading.end)
    if not plain:
        _flags_and_times(fields, readings, out)
    if ctx.trace is not None:
        for column, reading in zip(fields, readings, strict=True):
            ctx.trace.add(
                view, column.start, column.end, "lorawan.payload", column.name, column.quantity, reading.value,
                column.unit,
            )  # fmt: skip
    out.readings += readings
    out.form = frame
    return True


def _flags_and_times(fields: tuple[Column, ...], readings: list[Reading], out: Decoded) -> None:
    """Add the names of the bits that are set to the status; give readings the time of their storage number.

    A stored value that has none was not valid when the uplink was received: its time is not known.
    """
    times: dict[int, Value] = {}
    for column, reading in zip(fields, readings, strict=True):
        if column.flags is not None:
            out.status += _flags(column.flags, reading.raw)
        if column.is_time and reading.value is not None:
            times[reading.storage] = reading.value
    for reading in readings:
        moment = times.get(reading.storage)
        if isinstance(moment, date):
            reading.time, reading.time_source = moment, "device"
        elif reading.storage:
            reading.time, reading.time_source = None, None


def _reader(part: PayloadField) -> Callable[[bytes, Context], Value]:
    """Return what turns a field's bytes into its value."""
    plain, big = part.coding.removesuffix("be"), part.coding.endswith("be")
    step = -1 if big else 1
    if part.coding.endswith("ws"):
        inner = _reader(replace(part, coding=part.coding.removesuffix("ws") + "be"))
        return lambda raw, ctx: inner(b"".join(raw[n : n + 2] for n in range(len(raw) - 2, -1, -2)), ctx)
    match plain:
        case "date":
            return lambda raw, _: read_date(raw[::step])
        case "datetime":
            return lambda raw, ctx: read_datetime(raw[::step], ctx.zone)
        case "epoch":
            return _epoch_reader(part, big=big)
        case "float":
            return lambda raw, _: _scaled(part, read_float(raw[::step]))
        case "ufloat16":
            return lambda raw, _: _scaled(part, _read_ufloat16(raw[::-step]))
        case "dmyhms" | "dostime" | "ymdhms":
            return lambda raw, ctx: _wall_time(_CLOCKS[plain](raw[::step]), ctx)
        case coding if coding.startswith(("hex", "text")):
            return _hex if coding.startswith("hex") else _text
        case coding if coding.startswith("bcd"):
            return _bcd_reader(part, step)
        case _:
            return _integer_reader(part, big=big)


def _epoch_reader(part: PayloadField, *, big: bool) -> Callable[[bytes, Context], Value]:
    order: Literal["big", "little"] = "big" if big else "little"
    since = int(part.add)

    def read(raw: bytes, ctx: Context) -> Value:  # noqa: ARG001 - the form of all readers
        seconds = int.from_bytes(raw, order)
        return None if seconds in part.invalid else from_epoch(seconds + since)

    return read


def _hex(raw: bytes, ctx: Context) -> str:  # noqa: ARG001 - the form of all readers
    return raw.hex().upper()


def _text(raw: bytes, ctx: Context) -> str | None:  # noqa: ARG001 - the form of all readers
    return raw.replace(b"\0", b"").decode("ascii", "replace").strip() or None


def _wall_time(parts: tuple[int, ...], ctx: Context) -> datetime | None:
    """Return the time of a clock on the wall, from its year to its second; None if it is none."""
    year, month, day, hour, minute, second = parts
    try:
        wall = datetime(2000 + year, month, day, hour, minute, second, tzinfo=ctx.zone)
    except ValueError:
        return None
    return wall.replace(tzinfo=timezone(wall.utcoffset() or timedelta()))


def _dos_time(raw: bytes) -> tuple[int, ...]:
    bits = int.from_bytes(raw, "little")
    return bits >> 25, bits >> 21 & 15, bits >> 16 & 31, bits >> 11 & 31, bits >> 5 & 63, 2 * (bits & 31)


_CLOCKS: Final[dict[str, Callable[[bytes], tuple[int, ...]]]] = {
    "dmyhms": lambda raw: (raw[2], raw[1], raw[0], *raw[3:]),
    "dostime": _dos_time,
    "ymdhms": tuple,
}


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
    elif part.places is None and not add and scale.as_tuple().exponent in _WHOLE_OR_LESS:  # adding 0 changes nothing
        multiply = EXACT.multiply
        if scale.as_tuple() != _ONE and not (mask or invalid or signed):  # most registers: in one step
            return lambda raw, _: multiply(Decimal(int.from_bytes(raw, order)), scale)
        name = Decimal if scale.as_tuple() == _ONE else lambda whole: multiply(Decimal(whole), scale)
    else:
        name = lambda whole: _scaled(part, Decimal(whole))  # noqa: E731

    whole_of = int.from_bytes
    if not mask and not invalid:
        if signed:
            return lambda raw, _: name(whole_of(raw, order, signed=True))
        return lambda raw, _: name(whole_of(raw, order))

    def read(raw: bytes, ctx: Context) -> Value:  # noqa: ARG001 - the form of all readers
        whole = int.from_bytes(raw, order, signed=signed)
        if mask:
            whole = (whole & mask) >> shift
        return None if whole in invalid else name(whole)

    return read


def _scaled(part: PayloadField, number: Decimal | None) -> Decimal | None:
    if number is None:
        return None
    value = EXACT.add(EXACT.multiply(number, part.scale), part.add)
    return value if part.places is None else value.quantize(Decimal(1).scaleb(-part.places), context=EXACT)


def _read_ufloat16(raw: bytes) -> Decimal:
    """Read MCCI's unsigned float, big-endian: an exponent of 4 bits, a mantissa of 12 (0 up to 1)."""
    whole = int.from_bytes(raw, "big")
    return EXACT.multiply(Decimal(whole & 0xFFF), EXACT.power(Decimal("0.5"), 27 - (whole >> 12)))


def _flags(part: PayloadField, raw: bytes) -> tuple[str, ...]:
    bits = int.from_bytes(raw, "big" if part.coding.endswith("be") else "little", signed=part.coding.startswith("i"))
    return tuple(name for mask, name in part.flags.items() if bits & int(mask, 0) == int(mask, 0))
