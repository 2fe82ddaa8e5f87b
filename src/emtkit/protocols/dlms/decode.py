"""One input of DLMS: which transport it has, then APDU by APDU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.model.errors import DecodeError, UnsupportedError
from emtkit.model.reading import Reading
from emtkit.protocols.dlms import axdr
from emtkit.protocols.dlms.framing import DATA_TAGS, is_data, transport_of
from emtkit.protocols.dlms.transport import Pdu, Reader, require_bytes
from emtkit.protocols.dlms.walk import Walk

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.protocols.dlms.session import LinkKey
    from emtkit.wire.view import View


def decode(view: View, ctx: Context) -> Decoded:
    """Decode one input: frames of one transport, or an APDU without any, or bare A-XDR data.

    Several frames are read as one, so that segments and blocks come together. Raises EmtkitError when there
    is no frame, or without a transport no APDU. A sound frame with something unknown inside is `partial`.
    """
    require_bytes(view)
    walk = Walk(ctx)
    reader = Reader(ctx, walk.layers, walk.checks, walk.call)
    transport = transport_of(view.data)
    read = {"hdlc": reader.hdlc, "wrapper": reader.wrapped, "mbus": reader.mbus, "bare": reader.bare}[transport]
    if transport == "bare" and view.data[0] in DATA_TAGS and is_data(view.data):
        return _decode_data(view, walk)
    failure: DecodeError | None = None
    for pdu in read(view):
        try:
            walk.pdu(pdu)
        except DecodeError as error:
            failure = _noted(error, pdu, walk) or failure
        if walk.text is not None:
            _take_text(walk, bare=transport == "bare")
    walk.pending = walk.pending or reader.pending
    if failure is not None and transport == "bare" and not walk.readings:
        raise failure
    return walk.result(view.data)


def decode_apdu(view: View, ctx: Context, link: LinkKey) -> Decoded:
    """Decode one APDU without a transport (see decoder.decode_apdu)."""
    require_bytes(view)
    walk = Walk(ctx)
    walk.pdu(Pdu(view, link))
    return walk.result(view.data)


def _noted(error: DecodeError, pdu: Pdu, walk: Walk) -> DecodeError:
    """Report what became of an APDU that could not be read; frames around it stay in the result."""
    if walk.ctx.strict:
        raise error
    walk.ctx.error(error.code, error.message, layer=error.layer, field=error.field, view=pdu.view, end=len(pdu.view))
    return error


def _take_text(walk: Walk, *, bare: bool) -> None:
    """Keep a P1 telegram that came ciphered as a text.

    Without a transport the bytes are a ciphered P1 telegram, which is a protocol of its own (iec62056_21, with
    the keys that all meters of a country share): raises UnsupportedError, so that detection goes on to it.
    """
    text, walk.text = walk.text, None
    assert text is not None  # noqa: S101 - the caller saw it
    if bare:
        raise UnsupportedError(
            "dlms.apdu.text", "a P1 telegram is inside, no APDU: its protocol is iec62056_21", layer="dlms.apdu"
        )
    low, high = text.span(0, len(text))
    value = text.data.decode("ascii", "replace")
    walk.readings.append(Reading("text", value, raw=text.data, start=low, end=high))


def _decode_data(view: View, walk: Walk) -> Decoded:
    """Decode A-XDR data without an APDU around: the buffer of a profile, say."""
    from emtkit.protocols.dlms.pushing import Pushes
    from emtkit.protocols.dlms.readings import make_reading
    from emtkit.wire.cursor import Cursor

    cur = Cursor(view, axdr.LAYER, trace=walk.ctx.trace)
    data = axdr.read_data(cur)
    if cur.left:
        start = cur.pos
        cur.rest("rest")
        cur.note("not understood")
        place = {"layer": axdr.LAYER, "view": view, "start": start, "end": len(view)}
        walk.ctx.warn("dlms.apdu.trailing", f"{len(view) - start} bytes after the data", **place)
    walk.layers.append(data)
    pushes = Pushes(walk)
    source = pushes.source(view)
    walk.readings.append(make_reading(source, data, moment=pushes.moment(None, source)))
    return walk.result(view.data)
