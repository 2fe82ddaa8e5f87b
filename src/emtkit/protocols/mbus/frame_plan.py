"""Frame plans: what `plan.py` does for the records, for the whole frame around them.

A meter that sends plain records sends the same frame again and again: only access number, status, the data of
the records and a checksum change. Where every other byte is equal, link, transport header and division are
those of the frame before. The caller has verified the link (checksum, or that there are no CRCs) by then;
everything else takes the long way. tests/protocols hold both ways equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import NO_SECURITY, Check, Decoded, Security
from emtkit.protocols.mbus.formats import FormatStore
from emtkit.protocols.mbus.records import Division, interpret
from emtkit.protocols.mbus.tpl import SHORT, Tpl, status_flags
from emtkit.wire.view import View

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from emtkit.model.meter_id import MeterId
    from emtkit.protocols.context import Context

MAX_PLANS: Final = 4096
_PER_PLACE: Final = 8
_HEAD: Final = 12  # enough to tell meters apart: link header and CI, or wired CI and serial number
_PLAIN: Final = Security(0)


class Straight(NamedTuple):
    """A message that was plain records: its transport header, where the records begin, how they divide."""

    tpl: Tpl
    start: int
    division: Division


class FramePlan:
    """One frame layout of one meter."""

    __slots__ = ("_division", "_end", "_expected", "_headers", "_link", "_mask", "_meter", "_start", "_tpl")

    def __init__(self, data: bytes, out: Decoded, straight: Straight, end: int) -> None:
        """Keep a frame that was decoded the long way; its records end at `end`."""
        self._tpl, self._start, self._division = straight
        self._end, self._meter, self._link = end, out.meter, out.layers[0]
        self._headers = self._division.headers
        mask = bytearray(b"\xff" * len(data))
        if self._tpl.access_no is not None:
            mask[self._start - SHORT.size : self._start - 2] = b"\0\0"  # access number and status
        for record in self._division.records:
            low, high = self._start + record.data_start, self._start + record.end
            mask[low:high] = bytes(high - low)
        rest = self._division.rest
        if rest is not None:
            mask[self._start + rest.data_start : end] = bytes(end - self._start - rest.data_start)
        if end < len(data):
            mask[end] = 0  # checksum
        self._mask = int.from_bytes(mask, "big")
        self._expected = int.from_bytes(data, "big") & self._mask

    def fits(self, data: bytes) -> bool:
        """Return whether a frame of the same length differs only where it may."""
        return int.from_bytes(data, "big") & self._mask == self._expected

    def run(self, protocol: str, view: View, ctx: Context, checks: tuple[Check, ...]) -> Decoded:
        """Decode a frame that fits; `checks` are what the caller verified."""
        data, tpl, start = view.data, self._tpl, self._start
        meter: MeterId | None = self._meter
        if tpl.access_no is not None:
            status = data[start - 3]
            tpl = Tpl(tpl.ci, tpl.meter, tpl.address, data[start - SHORT.size], status, tpl.configuration)
            flags, security = status_flags(status), _PLAIN
        else:
            flags, security = (), NO_SECURITY
        ctx.memory.of(FormatStore).learn_once(self._headers)
        records = view if self._end == len(data) else View(data[: self._end])
        readings = interpret(self._division, records, start, ctx)
        return Decoded(
            protocol, "complete", meter, security, readings, ctx.diagnostics, flags, (self._link, tpl), checks, raw=data
        )


class FramePlans:
    """The plans of one protocol, found by zone, length and first bytes."""

    __slots__ = ("_plans", "_size")

    def __init__(self) -> None:
        """Start empty."""
        self._plans: dict[tuple[str, int, bytes], list[FramePlan]] = {}
        self._size = 0

    def find(self, data: bytes, zone: ZoneInfo) -> FramePlan | None:
        """Return a plan that fits, or None."""
        for plan in self._plans.get((zone.key, len(data), data[:_HEAD]), ()):
            if plan.fits(data):
                return plan
        return None

    def keep(self, view: View, ctx: Context, out: Decoded, straight: Straight | None, end: int) -> None:
        """Make a plan of a frame without surprises; the store is bounded and begins anew when it is full."""
        if straight is None or not straight.division.sound or straight.division.more_follow or out.state != "complete":
            return
        if ctx.trace is not None or not view.is_input or len(out.layers) != 2:
            return
        if self._size >= MAX_PLANS:
            self._plans.clear()
            self._size = 0
        place = self._plans.setdefault((ctx.zone.key, len(view), view.data[:_HEAD]), [])
        if len(place) < _PER_PLACE:
            place.append(FramePlan(view.data, out, straight, end))
            self._size += 1
