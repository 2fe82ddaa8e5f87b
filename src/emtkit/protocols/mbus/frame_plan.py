"""Frame plans: what `plan.py` does for the records, for the whole frame around them.

A meter sends the same frame again and again: of plain records only access number, status, the data of the
records and a checksum change; of encrypted ones the whole payload. Where every other byte is equal, link,
transport header and (in plain) division are those of the frame before. The caller has verified the link
(checksum, or that there are no CRCs) by then; everything else takes the long way. The tests of this package
hold both ways equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.decoded import NO_ORIGIN, NO_SECURITY, Check, Decoded, Security
from emtkit.protocols.mbus.application import Straight, finish, plain_records, read_record_bytes
from emtkit.protocols.mbus.decrypt import open_payload
from emtkit.protocols.mbus.formats import FormatStore
from emtkit.protocols.mbus.plan import Plan
from emtkit.protocols.mbus.records import interpret
from emtkit.protocols.mbus.tpl import SHORT, Tpl, status_flags
from emtkit.wire.view import View

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from emtkit.protocols.context import Context

MAX_PLANS: Final = 4096
_PER_PLACE: Final = 8
_HEAD: Final = 12  # enough to tell meters apart: link header and CI, or wired CI and serial number
_PLAIN: Final = Security(0)


class FramePlan:
    """One frame layout of one meter."""

    __slots__ = (
        "_address",
        "_division",
        "_end",
        "_expected",
        "_headers",
        "_likely",
        "_link",
        "_mask",
        "_meter",
        "_start",
        "_tpl",
    )

    def __init__(self, data: bytes, out: Decoded, straight: Straight, end: int) -> None:
        """Keep a frame that was decoded the long way; its message ends at `end`."""
        self._tpl, self._start, self._division = straight.tpl, straight.start, straight.division
        self._address = straight.address
        self._end, self._meter, self._link = end, out.meter, out.layers[0]
        self._likely: Plan | None = None
        self._headers = b"" if self._division is None else self._division.headers
        self._mask = int.from_bytes(self._fixed_bytes(len(data)), "big")
        self._expected = int.from_bytes(data, "big") & self._mask

    def _fixed_bytes(self, size: int) -> bytes:
        """Return FF for every byte that must be equal, 00 for the others."""
        mask, start = bytearray(b"\xff" * size), self._start
        if self._tpl.access_no is not None:
            mask[start - SHORT.size : start - 2] = b"\0\0"  # access number and status
        if self._division is None:
            mask[start : self._end] = bytes(self._end - start)
        else:
            for record in self._division.records:
                mask[start + record.data_start : start + record.end] = bytes(record.end - record.data_start)
            rest = self._division.rest
            if rest is not None:
                mask[start + rest.data_start : self._end] = bytes(self._end - start - rest.data_start)
        if self._end < size:
            mask[self._end] = 0  # checksum
        return bytes(mask)

    def fits(self, data: bytes) -> bool:
        """Return whether a frame of the same length differs only where it may."""
        return int.from_bytes(data, "big") & self._mask == self._expected

    def run(self, protocol: str, view: View, ctx: Context, checks: tuple[Check, ...]) -> Decoded:
        """Decode a frame that fits; `checks` are what the caller verified."""
        data, tpl, start = view.data, self._tpl, self._start
        flags: tuple[str, ...] = ()
        security = NO_SECURITY
        if tpl.access_no is not None:
            flags, security = status_flags(data[start - 3]), _PLAIN
            tpl = Tpl(
                tpl.ci, tpl.meter, tpl.address, data[start - SHORT.size], data[start - 3], tpl.configuration, tpl.mode,
                tpl.encrypted,
            )  # fmt: skip
        message = view if self._end == len(data) else View(data[: self._end])
        layers = (self._link, tpl)
        if self._division is None:
            out = Decoded(
                protocol, "complete", self._meter, security, status=flags, layers=layers, checks=checks, raw=data
            )
            return self._open(message, tpl, out, ctx)
        ctx.memory.of(FormatStore).learn_once(self._headers)
        readings = interpret(self._division, message, start, ctx)
        out = Decoded(
            protocol, "complete", self._meter, security, readings, [], flags, layers, checks, NO_ORIGIN, data, self
        )
        return finish(out, ctx)

    def _open(self, message: View, tpl: Tpl, out: Decoded, ctx: Context) -> Decoded:
        """Decrypt the payload and read its records."""
        payload = open_payload(message, self._start, 0, tpl, None, self._address, ctx, plain_records)
        out.security, out.checks = payload.security, out.checks + payload.checks
        if payload.readable:
            read_record_bytes(payload.view, self._start, ctx, out, self._likely)
            self._likely = out.form if isinstance(out.form, Plan) else None
        else:
            out.state = "opaque"
        return finish(out, ctx)


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
        if straight is None or out.state != "complete":
            return
        division = straight.division
        if division is not None and (not division.sound or division.more_follow):
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
