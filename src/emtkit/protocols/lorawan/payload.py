"""From a payload in clear to readings: which device it is, and how its payload is read."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from emtkit.model.errors import Truncated
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.protocols.lorawan.formatters import Formatters
from emtkit.protocols.lorawan.own import OwnPayloads
from emtkit.protocols.lorawan.table import read_frame
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.payload_file import PayloadFile
    from emtkit.wire.view import View

    # reads a payload into `out`; False: it is not one of this program's
    Program = Callable[[View, int | None, Context, Decoded], bool]

LAYER: Final = "lorawan.payload"


def read_payload(view: View, port: int | None, ctx: Context, out: Decoded) -> None:
    """Turn a payload into readings. What nobody knows stays as bytes, and the result is opaque."""
    start, end = view.span(0, len(view))
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
    """Return the payload files to try.

    The one that the user's list of devices names; the one the hint `device` names; those that match; those that tell
    alone.
    """
    hints = ctx.hints
    device, dev_eui = (value if isinstance(value, str) else None for value in map(hints.get, ("device", "dev_eui")))
    uplink = hints.get("uplink")
    texts: tuple[str | None, ...] = (device,)
    join_eui = dev_addr = None
    if isinstance(uplink, Uplink):
        texts, join_eui, dev_addr = (device, uplink.profile, uplink.device), uplink.join_eui, uplink.dev_addr
    own = ctx.memory.of(OwnPayloads)
    key = (texts, dev_eui, join_eui, None if meter is None else meter.id, dev_addr)
    found = own.found.get(key)
    if found is None:
        named = own.named(*(text.upper() for text in (dev_eui, key[3], dev_addr) if text))
        found = own.remember(key, [named] if named else _matching(own, texts, (dev_eui or "").upper(), join_eui or ""))
    return found


def _matching(own: OwnPayloads, texts: tuple[str | None, ...], dev_eui: str, join_eui: str) -> list[PayloadFile]:
    known = own.known()
    if texts[0] in known:
        return [known[texts[0]]]
    words = " ".join(text for text in texts if text).lower()
    weighed = [(file.weight(words, dev_eui, join_eui), file) for file in known.values()]
    matching = [file for weight, file in sorted(weighed, key=lambda pair: -pair[0]) if weight]
    return matching or [file for file in known.values() if file.alone]


def _read(file: PayloadFile, view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    """Try one file; what a failed try left behind is taken away again."""
    findings, spans = len(ctx.diagnostics), 0 if ctx.trace is None else len(ctx.trace.spans)
    before = out.meter, out.status
    if file.device_type is not None:
        out.meter = MeterId.of(None, "" if out.meter is None else out.meter.id, None, file.device_type)
    try:
        if _frames(file, view, port, ctx, out):
            return True
    except Truncated:
        pass
    out.readings.clear()
    out.meter, out.status = before
    del ctx.diagnostics[findings:]
    if ctx.trace is not None:
        del ctx.trace.spans[spans:]
    return False


def _frames(file: PayloadFile, view: View, port: int | None, ctx: Context, out: Decoded) -> bool:
    if file.program is not None:
        return program(file.program)(view, port, ctx, out)
    return any(frame.fits(view.data, port) and read_frame(frame, view, ctx, out) for frame in file.frame)


@cache
def program(name: str) -> Program:
    """Return a program by name: `module` or `module:function` in `programs/`."""
    module, _, function = name.partition(":")
    found: Program = getattr(import_module(f"emtkit.protocols.lorawan.programs.{module}"), function or "read")
    return found
