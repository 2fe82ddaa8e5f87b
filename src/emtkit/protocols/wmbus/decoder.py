"""The wireless M-Bus decoder: link layer, extended link layers, then what M-Bus has above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.decoded import NO_SECURITY, Decoded
from emtkit.protocols.mbus.application import finish, read_application
from emtkit.protocols.mbus.frame_plan import FramePlans
from emtkit.protocols.wmbus.ell import FIRST, LAST, read_ell
from emtkit.protocols.wmbus.inner import read_dlms, read_sml
from emtkit.protocols.wmbus.link import HEADER_SIZE, has_crc, plausible, read_link
from emtkit.protocols.wmbus.prios import read_prios
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.protocols.context import Context
    from emtkit.protocols.mbus.application import Inner
    from emtkit.wire.view import View

_PLANS: Final = FramePlans()
_INNER: Final[dict[str, Inner]] = {"manufacturer": read_prios, "sml": read_sml, "dlms": read_dlms}


class WmbusDecoder:
    """Wireless M-Bus frames, with or without link CRCs, line code and sync words."""

    name: Final = "wmbus"

    def sniff(self, data: bytes) -> int:
        """Return 95 for a frame with a good CRC, 75 for one whose length fits."""
        return plausible(data)

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode one frame."""
        plan = _PLANS.find(view.data, ctx.zone) if ctx.trace is None else None
        if plan is not None and not has_crc(view.data):
            return plan.run(self.name, view, ctx, ())
        out = Decoded(self.name, "complete", raw=view.data)
        frame = read_link(view, ctx, out)
        address = frame.data[2:HEADER_SIZE]
        cur = Cursor(frame, "wmbus.link", start=HEADER_SIZE, trace=ctx.trace)
        while FIRST <= (cur.peek() or 0) <= LAST:
            opened = read_ell(cur, address, ctx, out)
            if opened is None:
                return finish(out, ctx)
            cur = Cursor(opened, "wmbus.link", start=cur.pos, trace=ctx.trace)
        before = out.security
        straight = read_application(cur, ctx, out, address, inner=_INNER)
        if before is not NO_SECURITY and out.security.verdict == "none":
            out.security = before._replace(mode=out.security.mode)
        decoded = finish(out, ctx)
        if frame is view:  # stored without CRCs
            _PLANS.keep(view, ctx, decoded, straight, len(view))
        return decoded

    def split(self, data: bytes) -> Iterable[tuple[int, int]]:
        """Return the frames of a byte stream: the length byte tells where the next begins; without it there is one."""
        return ((0, len(data)),) if data else ()


DECODER: Final = WmbusDecoder()
