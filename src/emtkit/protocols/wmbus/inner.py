"""What EN 13757-3 leaves to others: SML and DLMS messages behind CI 60 to 65 and 7C to 7F."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.protocols.mbus.application import Message
    from emtkit.wire.view import View

_FILLER = 0x2F


def read_sml(message: Message, ctx: Context, out: Decoded) -> bool:
    """Decode SML messages without their transport frame."""
    from emtkit.protocols.sml import decode_messages

    return _take(message, ctx, out, decode_messages)


def read_dlms(message: Message, ctx: Context, out: Decoded) -> bool:
    """Decode a DLMS APDU; the pieces of a longer one belong together by meter."""
    from emtkit.protocols.dlms import decode_apdu

    sender = (message.tpl.address or message.address or b"").hex()
    return _take(message, ctx, out, lambda view, context: decode_apdu(view, context, ("wmbus", sender, "")))


def _take(message: Message, ctx: Context, out: Decoded, decode: Callable[[View, Context], Decoded]) -> bool:
    """Decode the payload and move what came of it into `out`; False (and a finding) when it is not decodable."""
    start = message.start
    while message.view.data[start : start + 1] == bytes((_FILLER,)):  # the check bytes of decrypted payloads
        if message.trace is not None:
            message.trace.add(message.view, start, start + 1, "wmbus.inner", "filler", "check byte or filler")
        start += 1
    view = message.view.slice(start)
    try:
        inner = decode(view, ctx)
    except DecodeError as error:
        ctx.error(error.code, error.message, layer=error.layer, field=error.field, view=view, start=0, end=len(view))
        return False
    out.readings = inner.readings
    for reading in out.readings:
        if reading.time is None and ctx.received_at is not None and reading.storage == 0:
            reading.time, reading.time_source = ctx.received_at, "capture"
    out.layers += inner.layers
    out.checks += inner.checks
    out.status = (*out.status, *(flag for flag in inner.status if flag not in out.status))
    if inner.security.verdict != "none":
        out.security = inner.security
    if inner.state != "complete":
        out.state = inner.state
    return True
