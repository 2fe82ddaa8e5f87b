"""One SML frame to `Decoded`; detection, and finding the frames of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.decoded import Check, Decoded
from emtkit.model.errors import DecodeError
from emtkit.protocols.sml.bodies import BODIES
from emtkit.protocols.sml.content import decode_content, decode_messages
from emtkit.protocols.sml.message import looks_like_message
from emtkit.protocols.sml.tlv import SmlCursor
from emtkit.protocols.sml.transport import (
    END_SIZE,
    LAYER,
    START_SIZE,
    STARTS,
    Damaged,
    Frame,
    Noise,
    SmlStream,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_SNIFFED: Final = 1 << 16


class Transport(NamedTuple):
    """The transport frame.

    version   the four octets of the start sequence as a number: 0x01010101, or 0x01010104 (Holley, PIN window)
    padding   fill octets before the end
    checksum  `x25` or `kermit`
    """

    version: int
    padding: int
    checksum: str


class SmlDecoder:
    """SML: the optical head of German electricity meters, and files of SML messages."""

    name = "sml"

    def sniff(self, data: bytes) -> int:
        """Return 100 for a frame with a right checksum, less for a start sequence or a bare message."""
        found = [at for at in map(data.find, STARTS) if at >= 0]
        if found:
            first = min(found)
            complete = any(isinstance(event, Frame) for event in SmlStream().feed(data[first : first + _SNIFFED]))
            return 100 if complete and first == 0 else 90 if complete or first == 0 else 60
        return 80 if looks_like_message(data) and _known_tag(data) else 0

    def split(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Return the frames of a stream, damaged ones too: their error says what happened to them."""
        stream = SmlStream()
        for event in (*stream.feed(data), *stream.eof()):
            if not isinstance(event, Noise):
                yield event.start, event.end

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode the first intact frame, or messages without a transport frame.

        What stands before and after it is reported. Raises DecodeError where there is no intact frame.
        """
        if not any(start in view.data for start in STARTS):
            if looks_like_message(view.data):
                return decode_messages(view, ctx)
            raise DecodeError(
                "sml.transport.start", "there is no SML start sequence 1B1B1B1B 01010101", layer=LAYER,
                start=view.span(0, len(view))[0], end=view.span(0, len(view))[1],
            )  # fmt: skip
        stream = SmlStream()
        events = stream.feed(view.data) + stream.eof()
        frame = next((event for event in events if isinstance(event, Frame)), None)
        if frame is None:
            damaged = next(event for event in events if isinstance(event, Damaged))
            raise damaged.error(*view.span(damaged.start, damaged.end))
        before = len(ctx.diagnostics)
        for event in events:
            if event is not frame:
                _report(view, ctx, event)
        return _decode_frame(view, ctx, frame, before)


def _known_tag(data: bytes) -> bool:
    """Say whether the first message of `looks_like_message` data has a tag of the standard."""
    size = data[1] if data[1] < 0x80 else (data[1] & 0x0F) << 4 | data[2] & 0x0F
    at = 6 + size
    octets = data[at] - 0x61 if at < len(data) and 0x62 <= data[at] <= 0x65 else 0
    return octets > 0 and int.from_bytes(data[at + 1 : at + 1 + octets], "big") in BODIES


def _report(view: View, ctx: Context, event: Frame | Damaged | Noise) -> None:
    place: dict[str, Any] = {"layer": LAYER, "view": view, "start": event.start, "end": event.end}
    size = event.end - event.start
    if isinstance(event, Frame):
        ctx.warn("sml.transport.more", f"another frame of {size} octets; one decode call reads one frame", **place)
    elif isinstance(event, Damaged):
        ctx.warn(event.code, f"{size} octets left out: {event.message}", **place)
    else:
        ctx.warn("sml.transport.noise", f"{size} octets outside the frame are left out", **place)
    if ctx.trace is not None:
        what = type(event).__name__.lower()
        ctx.trace.add(view, event.start, event.end, LAYER, what, f"not part of the frame ({what})")


def _decode_frame(view: View, ctx: Context, frame: Frame, before: int) -> Decoded:
    start, end = frame.start, frame.end
    padding = frame.data[-3]
    stop = end - END_SIZE
    fill = frame.data[len(frame.data) - END_SIZE - padding : -END_SIZE] if padding else b""
    if padding > 3 or any(fill) or len(frame.data) < START_SIZE + END_SIZE + padding:
        text = f"{padding} fill octets are announced, 0 to 3 octets 00 are possible"
        ctx.warn("sml.transport.padding", text, layer=LAYER, field="padding", view=view, start=end - 3, end=end - 2)
    if frame.unknown:
        text = "escape codes of block transfer or timeout in the frame are read over"
        ctx.warn("sml.transport.escape", text, layer=LAYER, view=view, start=start, end=end)
    if ctx.trace is not None:
        _trace_frame(view, ctx, frame)
    transport = Transport(int.from_bytes(frame.data[4:START_SIZE], "big"), padding, frame.checksum)
    detail = "X-25" if frame.checksum == "x25" else "Kermit"
    place = view.span(start, end)
    checks = [Check("sml transport crc", ok=True, detail=detail, start=place[0], end=place[1])]
    if frame.dropped:
        ranges = _kept(start + START_SIZE, stop, [(start + low, start + high) for low, high in frame.dropped])
        content = view.pick(ranges, "unescaped")
        decoded = decode_content(SmlCursor(content, ctx), (transport,), checks, before)
        decoded.raw = view.data
        return decoded
    return decode_content(SmlCursor(view, ctx, start + START_SIZE, stop), (transport,), checks, before)


def _kept(start: int, stop: int, dropped: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of start..stop without the dropped ranges."""
    kept = []
    for low, high in dropped:
        kept.append((start, low))
        start = high
    return [*kept, (start, stop)]


def _trace_frame(view: View, ctx: Context, frame: Frame) -> None:
    trace = ctx.trace
    if trace is None:
        return
    start, stop = frame.start, frame.end - END_SIZE
    kind = "X-25" if frame.checksum == "x25" else "Kermit"
    rows = (
        (start, start + 4, "escape", "escape sequence"),
        (start + 4, start + START_SIZE, "version", "start of an SML file, transport version 1"),
        *((start + low, start + high, "escape", "escape sequence before content") for low, high in frame.dropped),
        (stop, stop + 4, "escape", "escape sequence"),
        (stop + 4, stop + 5, "end", "end of the SML file"),
        (stop + 5, stop + 6, "padding", f"{frame.data[-3]} fill octets before the end"),
        (stop + 6, stop + END_SIZE, "crc16", f"checksum of the frame, right ({kind})"),
    )
    for low, high, field, meaning in rows:
        trace.add(view, low, high, LAYER, field, meaning)


DECODER: Final = SmlDecoder()
