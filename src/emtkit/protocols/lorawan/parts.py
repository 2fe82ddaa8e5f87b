"""Reading a payload of parts: each behind its key, or there where a bit of the frame's bits is set."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from emtkit.model.reading import Reading
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.lorawan.table import read_frame, size_of

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.payload_file import Frame, Part
    from emtkit.wire.view import View

_LAYER: Final = "lorawan.payload"


def read_parts(frame: Frame, view: View, ctx: Context, out: Decoded) -> bool:
    """Read a frame's fields and the parts that follow. False if a part that must be there is cut off, or none is there.

    What no part describes stays as bytes, with a warning: nothing says where the next part would begin.
    """
    first, end = len(out.readings), len(view) - frame.tail
    if end < frame.parts_at or not read_frame(frame, view, ctx, out):
        return False
    pos = _by_bits(frame, view, ctx, out) if frame.bits is not None else _by_keys(frame, view, ctx, out)
    if pos < 0:
        return False
    if pos < end:
        _keep(view, pos, end, ctx, out)
    _set_times(out.readings[first:])
    out.form = None  # the next payload may have other parts
    return True


def _by_bits(frame: Frame, view: View, ctx: Context, out: Decoded) -> int:
    """Read the parts whose bits are set; return where they end, -1 if one is cut off."""
    start, size = frame.bits or 0, size_of(frame.bits_coding)
    order: Literal["big", "little"] = "big" if frame.bits_coding.endswith("be") else "little"
    if start + size > len(view):
        return -1
    bits = int.from_bytes(view.data[start : start + size], order)
    if ctx.trace is not None:
        ctx.trace.add(view, start, start + size, _LAYER, "bits", f"parts that follow: {bits:b}")
    pos = frame.parts_at
    for part in frame.part:
        if bits >> (part.bit or 0) & 1:
            stop = pos + _size(part)
            if stop > len(view) - frame.tail or not read_frame(part, view.slice(pos, stop), ctx, out):
                return -1
            pos = stop
    return pos


def _by_keys(frame: Frame, view: View, ctx: Context, out: Decoded) -> int:
    """Read part after part; return where the last that is known ends, -1 if there is none."""
    keys, lengths = _keys(frame)
    data, pos, end = view.data, frame.parts_at, len(view) - frame.tail
    while pos < end:
        part = next((found for n in lengths if (found := keys.get(data[pos : pos + n])) is not None), None)
        if part is None:
            break
        start = pos + len(part.key)
        stop = start + _size(part)
        if stop > end or not read_frame(part, view.slice(start, stop), ctx, out):
            break
        if ctx.trace is not None:
            ctx.trace.add(view, pos, start, _LAYER, "key", ", ".join(each.name for each in part.fields))
        pos = stop
    return pos if pos > frame.parts_at else -1


@lru_cache(maxsize=256)
def _keys(frame: Frame) -> tuple[dict[bytes, Part], tuple[int, ...]]:
    """Return the parts by key, and the lengths of keys, the longest first."""
    keys = {part.key: part for part in frame.part}
    return keys, tuple(sorted({len(key) for key in keys}, reverse=True))


@lru_cache(maxsize=1024)
def _size(part: Part) -> int:
    return part.size or max(each.offset + size_of(each.coding) for each in part.fields)


def _keep(view: View, start: int, end: int, ctx: Context, out: Decoded) -> None:
    when, source = received(ctx)
    low, high = view.span(start, end)
    data = view.data[start:end]
    out.readings.append(Reading(
        "unknown", data, name="rest", time=when, time_source=source, raw=data, start=low, end=high,
    ))  # fmt: skip
    ctx.warn(
        "lorawan.payload.rest", f"the layout has no part that begins with {data[:2].hex().upper()}, or it is cut off",
        layer=_LAYER, field="rest", view=view, start=start, end=end,
    )  # fmt: skip


def _set_times(readings: list[Reading]) -> None:
    """Give readings the time that another part tells for the same storage number."""
    times = {r.storage: r.value for r in readings if r.quantity in {"date", "datetime"} and isinstance(r.value, date)}
    for reading in readings if times else ():
        moment = times.get(reading.storage)
        if moment is not None:
            reading.time, reading.time_source = moment, "device"
