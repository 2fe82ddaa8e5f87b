"""From a payload in clear to readings: which device it is, and how its payload is read."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from emtkit.model.errors import Truncated
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.protocols.lorawan.formatters import Formatters
from emtkit.protocols.lorawan.matching import Matching
from emtkit.protocols.lorawan.parts import read_parts
from emtkit.protocols.lorawan.programs import program
from emtkit.protocols.lorawan.table import read_frame
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.payload_file import PayloadFile
    from emtkit.wire.view import View

LAYER: Final = "lorawan.payload"


def read_payload(view: View, port: int | None, ctx: Context, out: Decoded) -> None:
    """Turn a payload into readings. What nobody knows stays as bytes, and the result is opaque."""
    where = "unknown port" if port is None else f"port {port}"
    if ctx.trace is not None:
        ctx.trace.add(view, 0, len(view), LAYER, "FRMPayload", f"payload, {where}")
    formatters = ctx.memory.of(Formatters)
    if formatters and (formatter := formatters.find(ctx, port)) is not None:
        formatter.read(view, port, ctx, out)
        return
    for file in candidates(ctx, out.meter):
        if _read(file, view, port, ctx, out):
            return
    start, end = view.span(0, len(view))
    out.readings.append(Reading("unknown", view.data, raw=view.data, start=start, end=end))
    out.state = "opaque"
    uplink = ctx.hints.get("uplink")
    server = uplink.server if isinstance(uplink, Uplink) and uplink.decoded else None
    more = f"; what the decoder of {server} made of it is in Uplink.decoded" if server else ""
    ctx.info(
        "lorawan.payload.unknown", f"no layout for a payload of {len(view)} bytes ({where}){more}", layer=LAYER,
        view=view, start=0, end=len(view),
    )  # fmt: skip


def candidates(ctx: Context, meter: MeterId | None = None) -> list[PayloadFile]:
    """Return the payload files to try."""
    hints = ctx.hints
    device, dev_eui, uplink = hints.get("device"), hints.get("dev_eui"), hints.get("uplink")
    device = device if type(device) is str else None
    dev_eui = dev_eui if type(dev_eui) is str else None
    ident = None if meter is None else meter.id
    if isinstance(uplink, Uplink):
        who = (device, uplink.profile, uplink.device, dev_eui, uplink.join_eui, ident, uplink.dev_addr)
    else:
        who = (device, None, None, dev_eui, None, ident, None)
    return ctx.memory.of(Matching).find(who, ctx.memory)


def _read(file: PayloadFile, view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Try one file; what a failed try left behind is taken away again."""
    findings, spans = len(ctx.diagnostics), 0 if ctx.trace is None else len(ctx.trace.spans)
    before = out.meter, out.status
    if file.device_type is not None:
        out.meter = _meter("" if out.meter is None else out.meter.id, file.device_type)
    try:
        if _frames(file, view, port, ctx, out):
            return True
    except Truncated:
        pass
    out.readings.clear()
    out.meter, out.status = before
    out.form = None
    del ctx.diagnostics[findings:]
    if ctx.trace is not None:
        del ctx.trace.spans[spans:]
    return False


@lru_cache(maxsize=1 << 16)
def _meter(ident: str, device_type: int) -> MeterId:
    return MeterId.of(None, ident, None, device_type)


def _frames(file: PayloadFile, view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    if file.program is not None:
        return program(file.program)(view, port, ctx, out)
    for frame in file.frame:
        if frame.fits(view.data, port) and (read_parts if frame.part else read_frame)(frame, view, ctx, out):
            return True
    return False
