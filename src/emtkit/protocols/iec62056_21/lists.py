"""Load profiles, logbooks and buffers to readings: the data sets that hold more than one value of one register."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from emtkit.protocols.iec62056_21.datasets import group_places, split_groups
from emtkit.protocols.iec62056_21.messages import ErrorAnswer
from emtkit.protocols.iec62056_21.p1 import Buffer, read_buffer
from emtkit.protocols.iec62056_21.profiles import (
    Header,
    ProfileBlock,
    ProfileRow,
    is_error,
    open_block,
    read_header,
    read_log_entry,
)
from emtkit.protocols.iec62056_21.registers import is_number, register
from emtkit.protocols.iec62056_21.stamps import Stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from emtkit.model.reading import TimeSource
    from emtkit.protocols.iec62056_21.values import Values

_LOGBOOKS = 97  # 99.97 power failure log, 99.98 logbook, 99.99 metrology log


def read_list(values: Values, name: str, groups: Sequence[str], start: int, end: int) -> bool:
    """Read the data set between start and end if it is one of these; False if it is an ordinary register."""
    if is_error(groups):
        _error_answer(values, name, groups[0], start, end)
        return True
    block = values.profile
    if not name.strip() and block is not None:
        if values.ctx.trace is not None:
            values.trace_id(name, register(""), start)
        profile_rows(values, block, groups, start + len(name))
        return True
    values.profile = None
    row = register(name, heat=values.heat)
    if row.role not in ("profile", "container"):
        return False
    at = start + len(name)
    header = read_header(groups, values.ctx.zone)
    if header is not None:
        place = at, at + len(header.stamp) + 2
        if values.ctx.trace is not None:
            values.trace_id(name, row, start)
            values.trace_stamp(Stamp(header.stamp, header.moment, header.season), *place)
        if header.moment is None:
            values.report("warn", "iec62056_21.time.invalid", f"{header.stamp} is no time", *place)
        if header.period is None or (row.code is not None and row.code.d >= _LOGBOOKS):
            _log_entry(values, name, header, groups, (start, end))
        else:
            _profile_head(values, name, header, groups, at)
        return True
    buffer = read_buffer(name.strip(), groups, values.ctx.zone)
    if buffer is None:
        if row.role == "profile":
            values.report("warn", "iec62056_21.profile.header", f"the head of {row.id} is not understood", start, end)
        return False
    values.trace_id(name, row, start)
    _buffer(values, buffer, groups, group_places(groups, at))
    return True


def open_known(values: Values, name: str, groups_text: str) -> bool:
    """Open the block of a load profile whose head came before: a P1 meter sends it until the next interval is over."""
    if values.ctx.trace is not None:
        return False
    head = _head(name, groups_text, values.ctx.zone, heat=values.heat)
    if head is None:
        return False
    block = values.profile = head.continued()
    values.layers.append(block)
    return True


@lru_cache(maxsize=64)
def _head(name: str, groups_text: str, zone: ZoneInfo, *, heat: bool) -> ProfileBlock | None:
    """Return the block of a head with a valid time and nothing behind it, None if the set is something else."""
    row, groups = register(name, heat=heat), split_groups(groups_text)
    header = read_header(groups, zone) if row.role in ("profile", "container") else None
    if header is None or header.moment is None or header.period is None or header.rest < len(groups):
        return None
    if row.code is not None and row.code.d >= _LOGBOOKS:
        return None
    channels = tuple(register(ident, unit, heat=heat) for ident, unit in header.pairs)
    return open_block(name.strip(), header, channels)


def _profile_head(values: Values, name: str, header: Header, groups: Sequence[str], at: int) -> None:
    """Open the block of a head; values in the same line are its first rows."""
    channels = tuple([register(ident, unit, heat=values.heat) for ident, unit in header.pairs])
    block = values.profile = open_block(name.strip(), header, channels)
    values.layers.append(block)
    trace = values.ctx.trace
    if trace is not None:
        places = group_places(groups, at)
        trace.add(values.view, *places[1], values.layer, "status", ", ".join(block.flags) or "no status bit")
        trace.add(values.view, *places[2], values.layer, "period", f"registration period {groups[2]} min")
        trace.add(values.view, *places[3], values.layer, "channels", f"{groups[3]} channels")
        for index, row in enumerate(channels):
            ident, unit = places[4 + 2 * index], places[5 + 2 * index]
            trace.add(values.view, *ident, values.layer, "channel_id", f"{row.obis or ''} {row.text}".strip())
            trace.add(values.view, *unit, values.layer, "channel_unit", row.quantity, None, row.unit)
    if header.rest < len(groups):
        profile_rows(values, block, groups[header.rest :], group_places(groups, at)[header.rest][0])


def profile_rows(values: Values, block: ProfileBlock, groups: Sequence[str], start: int) -> None:
    """Read one line of values: one row, or several where the meter does not break the line."""
    if block is values.resumed and not block.rows:
        values.layers.append(block)
    width = len(block.channels)
    if width == len(groups):
        _profile_row(values, block, groups, start)
        return
    width = width or len(groups)
    if not block.channels or len(groups) % width:
        end = start + sum(len(group) + 2 for group in groups)
        message = f"a row of {len(groups)} values under a head with {len(block.channels)} channels"
        values.report("warn", "iec62056_21.profile.row", message, start, end)
    for first in range(0, len(groups), width):
        start = _profile_row(values, block, groups[first : first + width], start)


def _profile_row(values: Values, block: ProfileBlock, texts: Sequence[str], at: int) -> int:
    """Read one row and return where it ends; a value that is missing is a reading without value."""
    moment, status = block.next_end(), block.status or None
    source: TimeSource | None = None if moment is None else "device"
    numbers: list[Decimal | None] = []
    channels = block.channels
    for index, text in enumerate(texts):
        row = channels[index] if index < len(channels) else register("")
        stop = at + len(text) + 2
        if "*" in text:  # the unit once more, at the value
            text, _, unit = text.partition("*")  # noqa: PLW2901
            row = register(row.id, unit, heat=values.heat)
        number: Decimal | None
        base: str | None
        if row.unit is not None and row.exponent is not None and is_number(text):  # nearly always
            number, base = Decimal(text + row.exponent), row.unit
        else:
            number, base = values.number(row, text, at, stop)
        numbers.append(number)
        values.add(row, number, base, at, stop, time=moment, source=source, status=status)
        if values.ctx.trace is not None:
            when = "" if moment is None else f", interval to {moment.isoformat()}"
            meaning = f"{row.id}{when}" if number is not None else f"{row.id}{when}: missing"
            values.ctx.trace.add(values.view, at, stop, values.layer, "profile_value", meaning, number, base)
        at = stop
    block.rows.append(ProfileRow(moment, tuple(numbers)))
    return at


def _log_entry(values: Values, name: str, header: Header, groups: Sequence[str], place: tuple[int, int]) -> None:
    """Read a logbook entry: one reading for the event, one for each value that came with it."""
    entry = read_log_entry(name.strip(), header, groups)
    values.layers.append(entry)
    start, end = place
    row = register(name)
    text = ", ".join(entry.flags) or "none"
    source: TimeSource | None = None if entry.time is None else "device"
    event = row._replace(quantity="status")
    values.add(event, text, None, start, end, time=entry.time, source=source, status=entry.status)
    places = group_places(groups, start + len(name))
    trace = values.ctx.trace
    if trace is not None:
        trace.add(values.view, *places[1], values.layer, "status", text)
        for group, spot in list(zip(groups, places, strict=True))[2:]:
            trace.add(values.view, *spot, values.layer, "logbook", group)
    for index, (ident, unit, sent) in enumerate(entry.values):
        if header.rest + index >= len(places):
            break  # an id without a value; the layer has it
        of = register(ident, unit, heat=values.heat)
        place = places[header.rest + index]
        value, base = values.any_value(of, sent, *place)
        values.add(of, value, base, *place, time=entry.time, source=source, status=entry.status)


def _buffer(values: Values, buffer: Buffer, groups: Sequence[str], places: Sequence[tuple[int, int]]) -> None:
    """Read the entries of a buffer: the time of the event (the last stamp) and its values."""
    values.layers.append(buffer)
    start, end = places[0][0], places[-1][1]
    if buffer.entries is not None and buffer.entries != len(buffer.rows):
        message = f"{buffer.id} says {buffer.entries} entries and holds {len(buffer.rows)}"
        values.report("info", "iec62056_21.buffer.count", message, start, end)
    if values.ctx.trace is not None:
        for group, place in zip(groups, places, strict=True):
            values.ctx.trace.add(values.view, *place, values.layer, "buffer", group)
    for entry, row in enumerate(buffer.rows, 1):
        moment = row.stamps[-1].moment
        if moment is None:
            values.report("info", "iec62056_21.time.invalid", f"{row.stamps[-1].text} is no time", start, end)
        captured = buffer.captured[max(0, len(buffer.captured) - len(row.values)) :]
        for position, (index, group) in enumerate(row.values):
            named = position < len(captured)
            of, value, base = values.read_value(captured[position] if named else buffer.id, group, *places[index])
            extra = (f"group_{position + 1}",) if position and not named else ()
            values.add(of, value, base, *places[index], time=moment, source="device", storage=entry, extra=extra)


def _error_answer(values: Values, name: str, error: str, start: int, end: int) -> None:
    """Note that the meter refused, or has nothing for the time asked for."""
    name = name.strip()
    values.layers.append(ErrorAnswer(name, error))
    values.status.append(error)
    values.profile = None
    if name and error == "ERROR":
        values.report("info", "iec62056_21.profile.empty", f"{name}: the meter has no entries", start, end)
    else:
        values.report("warn", "iec62056_21.answer.error", f"the meter answers {error}", start, end)
    if values.ctx.trace is not None:
        values.ctx.trace.add(values.view, start, end, values.layer, "error", f"error answer {error}")
