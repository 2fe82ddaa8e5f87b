"""One SML file to `Decoded`: transport, messages, meter, readings."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.decoded import Check, Decoded
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError
from emtkit.model.obis import Obis
from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.bodies import BODIES
from emtkit.protocols.sml.message import looks_like_message, read_messages
from emtkit.protocols.sml.readings import (
    Source,
    list_readings,
    profile_list_readings,
    profile_pack_readings,
    text_of,
    tree_readings,
)
from emtkit.protocols.sml.server_id import meter_of
from emtkit.protocols.sml.status import attention_of, status_flags
from emtkit.protocols.sml.times import Clock
from emtkit.protocols.sml.tlv import SmlCursor, Unsigned
from emtkit.protocols.sml.transport import END_SIZE, START_SIZE, STARTS, Damaged, Frame, Noise, SmlStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.model.reading import Reading
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_STATUS_WORD: Final = Obis(1, 0, 96, 5, 0).to_bytes()
# objects that hold the server id where the message itself leaves it out
_SERVER_OBJECTS: Final = frozenset({Obis(1, 0, 96, 1, 0).to_bytes(), Obis(1, 0, 0, 0, 9).to_bytes()})
_MBUS_FILL: Final = b"\x2f"
_SHOWN: Final = 5
_SNIFFED: Final = 1 << 16
LAYER: Final = "sml.transport"


class Transport(NamedTuple):
    """The transport frame.

    version   the four octets of the start sequence as a number: 0x01010101, or 0x01010104 (Holley, PIN window)
    padding   fill octets before the end
    checksum  `x25` or `kermit`
    """

    version: int
    padding: int
    checksum: str


class Place(NamedTuple):
    """Where a message stands, and whose it is."""

    view: View
    ctx: Context
    field: str
    server_id: bytes | None

    def source(self, clock: Clock) -> Source:
        """Return what its readings share."""
        return Source(self.view, self.ctx, self.server_id, clock, self.field)


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
        decoded = _decode_content(SmlCursor(content, ctx), (transport,), checks, before)
        decoded.raw = view.data
        return decoded
    return _decode_content(SmlCursor(view, ctx, start + START_SIZE, stop), (transport,), checks, before)


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


def decode_messages(view: View, ctx: Context) -> Decoded:
    """Decode SML messages that stand without a transport frame (CI 7E/7F of wireless M-Bus, files).

    Raises DecodeError where not a single message can be read.
    """
    end = len(view.data.rstrip(_MBUS_FILL))
    if ctx.trace is not None:
        ctx.trace.add(view, end, len(view), LAYER, "padding", "fill octets of the radio link")
    return _decode_content(SmlCursor(view, ctx, 0, end), (), [], len(ctx.diagnostics))


def _decode_content(cur: SmlCursor, layers: tuple[Any, ...], checks: list[Check], before: int) -> Decoded:
    """Decode messages; findings from number `before` on tell whether the result is complete."""
    view, ctx = cur.view, cur.ctx
    messages = read_messages(cur, checks)
    readings: list[Reading] = []
    status: list[str] = []
    meters: dict[bytes, None] = {}  # in the order of the file
    opened: sml.OpenRes | None = None
    for index, message in enumerate(messages):
        body = message.body
        if message.checksum == "wrong" or body is None:
            continue
        if isinstance(body, sml.OpenRes):
            opened = body
        server_id = getattr(body, "server_id", None) or _named_server(body)
        if server_id is not None:
            meters[server_id] = None
        field = f"messages[{index}]"
        readings += _readings(Place(view, ctx, field, server_id or next(iter(meters), None)), body, opened)
        status += _status(ctx, view, message, field)
        checks += _signatures(view, body, message.at)
    known = [meter_of(server_id) for server_id in islice(meters, _SHOWN)]
    if len(known) > 1:
        names = ", ".join(found.identifier or found.id for found in known)
        ctx.warn("sml.server.several", f"the file holds {len(meters)} servers: {names}", layer="sml")
    return Decoded(
        "sml",
        "partial" if _is_damaged(ctx, before) else "complete",
        known[0] if known else None,
        readings=readings,
        diagnostics=ctx.diagnostics,
        status=tuple(dict.fromkeys(status)),
        layers=(*layers, *messages),
        checks=tuple(checks),
        raw=view.data,
    )


def _is_damaged(ctx: Context, before: int) -> bool:
    """Say whether something of the input is not in the result; noise around a frame was never part of one."""
    return any(
        found.severity is not Severity.INFO and found.code != "sml.transport.noise"
        for found in ctx.diagnostics[before:]
    )


def _named_server(body: sml.Body) -> bytes | None:
    """Return the server id that stands among the values of a list."""
    if not isinstance(body, sml.GetListRes):
        return None
    return next(
        (
            entry.value
            for entry in body.val_list or ()
            if entry is not None and entry.obj_name in _SERVER_OBJECTS and isinstance(entry.value, bytes)
        ),
        None,
    )


def _readings(place: Place, body: sml.Body, opened: sml.OpenRes | None) -> Iterator[Reading]:
    """Return the readings of a message; requests, attention and close messages have none."""
    ctx = place.ctx
    match body:
        case sml.GetListRes():
            actual = body.act_sensor_time
            if actual is None:
                _say_no_time(place, opened)
                actual = opened.ref_time if opened is not None else None
            clock = Clock.of(actual, body.act_gateway_time, ctx.received_at, ctx.zone)
            yield from list_readings(place.source(clock), body)
        case sml.GetProfileListRes():
            clock = Clock.of(body.act_time, None, ctx.received_at, ctx.zone)
            yield from profile_list_readings(place.source(clock), body)
        case sml.GetProfilePackRes():
            clock = Clock.of(body.act_time, None, ctx.received_at, ctx.zone)
            yield from profile_pack_readings(place.source(clock), body)
        case sml.GetProcParameterRes():
            clock = Clock.of(None, None, ctx.received_at, ctx.zone)
            yield from tree_readings(place.source(clock), body.parameter_tree)
        case _:
            return


def _say_no_time(place: Place, opened: sml.OpenRes | None) -> None:
    if opened is not None and opened.ref_time is not None:
        text = "the time of the open message is taken"
    elif place.ctx.received_at is not None:
        text = "the readings carry the time of reception"
    else:
        text = "and no time of reception is known"
    place.ctx.info("sml.time.missing", f"the list has no actSensorTime: {text}", layer="sml", field=place.field)


def _status(ctx: Context, view: View, message: sml.Message, field: str) -> list[str]:
    """Return what the meter says of itself: the bits of its status words, or an attention number."""
    body = message.body
    if isinstance(body, sml.AttentionRes):
        name, text = attention_of(body.attention_no or b"")
        said = text_of(body.attention_msg or b"")
        ctx.info(
            "sml.attention", f"attention {(body.attention_no or b'').hex()}: {text}" + (f" ({said})" if said else ""),
            layer="sml", field=field, view=view, start=message.at[0], end=message.at[1],
        )  # fmt: skip
        return [f"attention_{name}"]
    words: list[int | None] = []
    if isinstance(body, sml.GetListRes):
        entries = [entry for entry in body.val_list or () if entry is not None]
        words = [entry.status for entry in entries]
        words += [entry.value.value for entry in entries if _is_status(entry)]
    elif isinstance(body, sml.GetProfileListRes):
        words = [body.status]
    return [flag for word in dict.fromkeys(words) if word is not None and word >= 0 for flag in status_flags(word)]


def _is_status(entry: sml.ListEntry) -> bool:
    """Say whether an entry is the status word as a value of its own, 1-0:96.5.0*255."""
    return entry.obj_name == _STATUS_WORD and isinstance(entry.value, Unsigned)


def _signatures(view: View, body: sml.Body, at: tuple[int, int]) -> Iterator[Check]:
    """Say which signatures are there. They are kept and not verified: that takes the meter's public key."""
    place = view.span(*at)
    for name in ("list_signature", "period_signature", "profile_signature", "global_signature"):
        signature = getattr(body, name, None)
        if signature:
            yield Check(f"sml {name.replace('_', ' ')}", None, f"{len(signature)} octets, not verified", *place)


DECODER: Final = SmlDecoder()
