"""The messages of one SML file to `Decoded`: meter, readings, what the meter says of itself, signatures."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.decoded import Check, Decoded
from emtkit.model.diagnostics import Severity
from emtkit.model.obis import Obis
from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.message import read_messages
from emtkit.protocols.sml.readings import (
    Source,
    list_readings,
    profile_list_readings,
    profile_pack_readings,
    text_of,
    tree_readings,
)
from emtkit.protocols.sml.server_id import SERVER_OBJECTS, meter_of
from emtkit.protocols.sml.status import attention_of, status_flags
from emtkit.protocols.sml.times import Clock
from emtkit.protocols.sml.tlv import SmlCursor, Unsigned
from emtkit.protocols.sml.transport import LAYER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.model.reading import Reading
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_STATUS_WORD: Final = Obis(1, 0, 96, 5, 0).to_bytes()
_MBUS_FILL: Final = b"\x2f"
_SHOWN: Final = 5  # meters that a finding names


class Place(NamedTuple):
    """Where a message stands, and whose it is."""

    view: View
    ctx: Context
    field: str
    server_id: bytes | None

    def source(self, clock: Clock) -> Source:
        """Return what its readings share."""
        return Source(self.view, self.ctx, self.server_id, clock, self.field)


def decode_messages(view: View, ctx: Context) -> Decoded:
    """Decode SML messages that stand without a transport frame (CI 7E/7F of wireless M-Bus, files).

    Raises DecodeError where not a single message can be read.
    """
    end = len(view.data.rstrip(_MBUS_FILL))
    if ctx.trace is not None:
        ctx.trace.add(view, end, len(view), LAYER, "padding", "fill octets of the radio link")
    return decode_content(SmlCursor(view, ctx, 0, end), (), [], len(ctx.diagnostics))


def decode_content(cur: SmlCursor, layers: tuple[Any, ...], checks: list[Check], before: int) -> Decoded:
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
            if entry is not None and entry.obj_name in SERVER_OBJECTS and isinstance(entry.value, bytes)
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
