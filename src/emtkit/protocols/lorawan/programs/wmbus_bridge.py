"""Bridges from wireless M-Bus to LoRaWAN (Lobaro): telegrams in parts, put together and read as wireless M-Bus.

    port 1        status of the bridge: version (3), battery in mV (2), temperature in 0.1 degC (2)
    port 9        a telegram in one piece
    port 11 .. 99 tens: number of the part, ones: how many parts the telegram has (11; 12, 22; 13, 23, 33 ...)

Parts come one after the other; the frame counter tells whether one between them was lost.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import EmtkitError
from emtkit.model.reading import Reading
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import received
from emtkit.protocols.mbus.application import plain_records, read_record_bytes
from emtkit.protocols.wmbus.decoder import DECODER
from emtkit.wire.cursor import Cursor
from emtkit.wire.view import join, nowhere

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_WHERE: Final = "lorawan.parts"
_MOST: Final = 4096
_STATUS_SIZE: Final = 7
_CONSUMPTION: Final = frozenset({"energy", "volume", "mass", "heat_cost_units", "reactive_energy"})
_IMPOSSIBLE: Final = Decimal("1E+15")
_SURE: Final = 75  # the length byte and the function fit, or the CRC does


class Waiting(NamedTuple):
    """The parts of a telegram that are there, in order from the first, and the frame counter of the last."""

    total: int
    parts: tuple[bytes, ...]
    fcnt: int | None


class Parts:
    """Telegrams whose last part is still to come, by device (`Context.memory`)."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        """Start with none."""
        self._waiting: dict[str, Waiting] = {}

    def add(self, device: str, part: int, total: int, data: bytes, fcnt: int | None) -> tuple[bytes, ...] | str:
        """Add a part; return all parts before it once it is the last, else a sentence about what is missing."""
        known = self._waiting.pop(device, None)
        before: tuple[bytes, ...] = ()
        if part > 1:
            if known is None or known.total != total or len(known.parts) != part - 1:
                return f"lost: part {part} of {total} came without the parts before it"
            if fcnt is not None and known.fcnt is not None and fcnt != known.fcnt + 1:
                return f"lost: between parts {part - 1} and {part} of {total} the frame counter jumps"
            before = known.parts
        if part == total:
            return before
        if len(self._waiting) >= _MOST:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[device] = Waiting(total, (*before, data), fcnt)
        return f"part {part} of {total} is kept until the others come"


def read(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Read a status, a telegram, or a part of one."""
    if port == 1 and len(view) == _STATUS_SIZE:
        return _status(view, ctx, out)
    if port == 9:
        read_telegram(view, ctx, out)
        return True
    if port is None or not 11 <= port <= 99 or not 1 <= port // 10 <= port % 10:
        return False
    part, total = divmod(port, 10)
    fcnt = ctx.hints.get("fcnt")
    device = "" if out.meter is None else out.meter.id
    told = ctx.memory.of(Parts).add(device, part, total, view.data, fcnt if isinstance(fcnt, int) else None)
    if isinstance(told, str):
        _incomplete(view, ctx, out, told)
        return True
    pieces = [nowhere(piece, "telegram") for piece in told]
    read_telegram(join([*pieces, view], "telegram") if pieces else view, ctx, out)
    return True


def read_any(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - any port
    """Read a payload that is a wireless M-Bus telegram or M-Bus records beyond doubt, whatever device sent it."""
    if DECODER.sniff(view.data) >= _SURE:
        read_telegram(view, ctx, out)
        return True
    if not plain_records(view, 0):
        return False
    read_record_bytes(view, 0, ctx, out)
    return _is_consumption(out.readings)


def _is_consumption(readings: list[Reading]) -> bool:
    """Return whether these are a meter's readings: some consumption, and none that no meter could have.

    Payloads of sensors happen to divide into records, too.
    """
    consumed = [reading.value for reading in readings if reading.quantity in _CONSUMPTION]
    return bool(consumed) and all(isinstance(value, Decimal) and 0 <= value < _IMPOSSIBLE for value in consumed)


def _incomplete(view: View, ctx: Context, out: Decoded, told: str) -> None:
    if ctx.trace is not None:
        ctx.trace.add(view, 0, len(view), _WHERE, "part", told)
    out.state = "opaque"
    place = {"layer": _WHERE, "field": "part", "view": view, "start": 0, "end": len(view)}
    if told.startswith("lost"):
        ctx.warn("lorawan.parts.lost", told, **place)
    else:
        ctx.info("lorawan.parts.waiting", told, **place)


def read_telegram(view: View, ctx: Context, out: Decoded) -> None:
    """Read a telegram with the keys of its own meter. An impossible one is reported, the bytes are kept."""
    try:
        inner = DECODER.decode(view, ctx)
    except EmtkitError as error:
        out.state = "opaque"
        start, end = view.span(0, len(view))
        out.readings.append(Reading("unknown", view.data, raw=view.data, start=start, end=end))
        ctx.error("lorawan.parts.telegram", f"the telegram inside cannot be read: {error}", layer=_WHERE)
        return
    out.state, out.meter, out.security, out.status = inner.state, inner.meter, inner.security, inner.status
    out.readings, out.checks = inner.readings, (*out.checks, *inner.checks)
    out.layers = (*out.layers, *inner.layers)


def _status(view: View, ctx: Context, out: Decoded) -> bool:
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    version = ".".join(map(str, cur.take(3, "version")))
    millivolts = EXACT.multiply(Decimal(cur.u16be("battery")), Decimal("0.001"))
    cur.note("battery", millivolts, "V")
    tenths = int.from_bytes(cur.take(2, "temperature"), "big", signed=True)
    temperature = EXACT.multiply(Decimal(tenths), Decimal("0.1"))
    cur.note("temperature", temperature, "degC")
    when, source = received(ctx)
    for quantity, value, unit, name, start, end in (
        ("firmware_version", version, None, "firmware", 0, 3),
        ("voltage", millivolts, "V", "battery", 3, 5),
        ("temperature", temperature, "degC", "device_temperature", 5, 7),
    ):
        low, high = view.span(start, end)
        out.readings.append(Reading(
            quantity, value, unit, name=name, time=when, time_source=source, raw=view.data[start:end], start=low,
            end=high,
        ))  # fmt: skip
    return True
