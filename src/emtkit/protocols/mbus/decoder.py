"""The wired M-Bus decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.decoded import Decoded
from emtkit.protocols.mbus.application import finish, read_application
from emtkit.protocols.mbus.frame import (
    ACK,
    LONG_START,
    SHORT_START,
    STOP,
    checksum_check,
    frame_at,
    read_link,
    split_frames,
)
from emtkit.protocols.mbus.frame_plan import FramePlans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_PLANS: Final = FramePlans()
_FIRST_CI: Final = 0x50  # below stand the segments of DLMS


class MbusDecoder:
    """Wired M-Bus frames."""

    name: Final = "mbus"

    def sniff(self, data: bytes) -> int:
        """Return 95 for a sound frame (90 where it may be DLMS), less for one that only begins like one."""
        first = data[0] if data else -1
        if first == LONG_START and len(data) >= 4 and data[3] == LONG_START:
            if frame_at(data, 0) > 0:
                return 95 if data[6] >= _FIRST_CI else 90
            return 60 if data[1] == data[2] else 30
        if first == SHORT_START and len(data) == 5 and data[4] == STOP:
            return 80
        return 80 if first == ACK and len(data) == 1 else 0

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode one frame: the CI field decides what is in it."""
        plan = _PLANS.find(view.data, ctx.zone) if ctx.trace is None else None
        if plan is not None and frame_at(view.data, 0) == len(view):
            return plan.run(self.name, view, ctx, (checksum_check(view.data),))
        out = Decoded(self.name, "complete", raw=view.data)
        cur = read_link(view, ctx, out)
        if cur is None:
            return finish(out, ctx)
        straight = read_application(cur, ctx, out, None, wired=True)
        decoded = finish(out, ctx)
        if not ctx.diagnostics:
            _PLANS.keep(view, ctx, decoded, straight, len(view) - 2)
        return decoded

    def split(self, data: bytes) -> Iterable[tuple[int, int]]:
        """Return the sound frames of a byte stream."""
        return split_frames(data)


DECODER: Final = MbusDecoder()
