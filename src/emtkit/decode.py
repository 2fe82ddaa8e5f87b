"""Detection and dispatch: one frame of any protocol becomes one `Decoded`."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from emtkit.keys import KeyRing
from emtkit.meters import name_readings
from emtkit.model.decoded import NO_ORIGIN, Decoded, Origin
from emtkit.model.errors import ConfigError, EmtkitError, NoProtocolMatched, UnsupportedError
from emtkit.model.key import KeySource, NoKeys
from emtkit.protocols.context import BERLIN, Context, Memory
from emtkit.protocols.registry import decoder, decoders, fragment_decoders
from emtkit.wire.view import View

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from emtkit.wire.trace import Trace

KeysLike = KeySource | Mapping[str, Any] | str | bytes
"""A KeyRing; 32 hex digits or 16 bytes for a key to try on every meter; a mapping of meter to key."""

MAX_SIZE: Final = 16 * 1024 * 1024
_SURE: Final = 60  # from here on a protocol's own error is the answer
_CERTAIN: Final = 95  # no other protocol needs to be asked
_NO_KEYS: Final = NoKeys()
_process_memory: Final = Memory()
_NOTHING: Final[Mapping[str, Any]] = {}


def decode(
    data: bytes | str,
    *,
    keys: KeysLike | None = None,
    protocol: str | None = None,
    strict: bool = False,
    memory: Memory | None = None,
    received_at: datetime | None = None,
    zone: ZoneInfo | None = None,
    hints: Mapping[str, Any] | None = None,
    origin: Origin | None = None,
) -> Decoded:
    """Decode one frame.

    Args:
        data: the frame's bytes, or their hex digits (blanks, `0x`, `|`, `_` between them are fine), or the text of
            an IEC 62056-21 telegram
        keys: a KeyRing; or 32 hex digits for a key to try on every meter; or a mapping of meter to key
        protocol: name of the protocol; detected when not given
        strict: raise at the first diagnostic of severity warning or more
        memory: what earlier frames taught (compact formats, fragments); one per process unless given
        received_at: reception time (aware): the time of values whose telegram carries none
        zone: zone of the meters' local clocks, Europe/Berlin unless given
        hints: what the envelope said, for protocols that need it
        origin: where the frame came from; goes into the result

    Returns:
        The result; anything short of impossible is in its `state` and `diagnostics`.

    Raises:
        NoProtocolMatched: no protocol takes the bytes
        EmtkitError: the protocol does, but the frame is impossible (cut off, bad checksum ...)
    """
    raw = _to_bytes(data)
    return decode_frame(raw, _context(keys, memory, received_at, zone, hints, None, strict=strict), protocol, origin)


def _context(
    keys: KeysLike | None,
    memory: Memory | None,
    received_at: datetime | None,
    zone: ZoneInfo | None,
    hints: Mapping[str, Any] | None,
    trace: Trace | None,
    *,
    strict: bool,
) -> Context:
    if received_at is not None and received_at.tzinfo is None:
        raise ConfigError("decode.naive_time", "received_at must be an aware datetime (with a zone)")
    ring = _NO_KEYS if keys is None else keys if isinstance(keys, KeyRing) else KeyRing.of(keys)
    return Context(
        ring,
        _process_memory if memory is None else memory,
        trace,
        received_at,
        BERLIN if zone is None else zone,
        strict,
        _NOTHING if hints is None else hints,
    )


def decode_frame(raw: bytes, ctx: Context, protocol: str | None = None, origin: Origin | None = None) -> Decoded:
    """Decode one frame in a context that is made already, as captures do for each of theirs. Raises as `decode`."""
    view = View(raw)
    found = decoder(protocol) if protocol is not None else None
    decoded = found.decode(view, ctx) if found is not None else _detect(view, ctx)
    if origin is not None:
        decoded.origin = origin
    elif ctx.received_at is not None:
        decoded.origin = NO_ORIGIN._replace(received_at=ctx.received_at)
    name_readings(decoded)
    if ctx.strict and decoded.state == "opaque":
        raise UnsupportedError(
            "decode.opaque", "the frame is sound, but its content stays closed", end=len(raw), start=0
        )
    return decoded


def _to_bytes(data: bytes | str) -> bytes:
    if isinstance(data, str):
        try:
            raw = bytes.fromhex(data)
        except ValueError:
            raw = _clean_hex(data)
    else:
        raw = bytes(data)
    if len(raw) > MAX_SIZE:
        raise ConfigError("decode.too_large", f"a frame has at most {MAX_SIZE} bytes, this input {len(raw)}")
    return raw


def _clean_hex(text: str) -> bytes:
    digits = text.replace("0x", "").replace("0X", "").translate(_SEPARATORS)
    try:
        return bytes.fromhex(digits)
    except ValueError:
        # a readout, load profile, command, P1 telegram, or a part of one, as it was pasted
        raw = text.encode("ascii") if text.isascii() else b""
        if raw and decoder("iec62056_21").sniff(raw):
            return raw
        raise ConfigError("decode.not_hex", "the text is neither hex digits nor a text telegram") from None


_SEPARATORS: Final = str.maketrans("", "", " \t\r\n|_:-.,;")


def _detect(view: View, ctx: Context) -> Decoded:
    """Ask every protocol how sure it is and let the surest try; the error of a sure one is the error."""
    refusals: list[tuple[str, EmtkitError]] = []
    for candidates in (decoders, fragment_decoders):
        ranked = []
        for candidate in candidates():
            sure = candidate.sniff(view.data)
            if sure >= _CERTAIN:
                return candidate.decode(view, ctx)
            if sure:
                ranked.append((sure, candidate))
        for sure, candidate in sorted(ranked, key=itemgetter(0), reverse=True):
            findings = len(ctx.diagnostics)
            spans = 0 if ctx.trace is None else len(ctx.trace.spans)
            try:
                return candidate.decode(view, ctx)
            except EmtkitError as error:
                if sure >= _SURE:
                    raise
                refusals.append((candidate.name, error))
                del ctx.diagnostics[findings:]
                if ctx.trace is not None:
                    del ctx.trace.spans[spans:]
    if len(refusals) == 1:  # the only protocol that the bytes resemble: its own error is more exact
        raise refusals[0][1]
    raise NoProtocolMatched({name: str(error) for name, error in refusals}, size=len(view))
