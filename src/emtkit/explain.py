"""Explain: every byte of the input with its meaning. Knows no protocol: the decoders' walk leaves the spans."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emtkit.decode import KeysLike, _context, _to_bytes, decode_frame
from emtkit.model.decoded import Check, Decoded
from emtkit.model.errors import EmtkitError
from emtkit.wire.trace import Span, Trace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from emtkit.model.decoded import Origin
    from emtkit.protocols.context import Memory


@dataclass(slots=True)
class Explanation:
    """What the bytes are.

    data     the input
    spans    in order, covering every byte of the input exactly once
    checks   every CRC, checksum, MAC and check pattern that was looked at, with its verdict
    decoded  the result; `failed` with one diagnostic when the frame is impossible
    """

    data: bytes
    decoded: Decoded
    spans: list[Span] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)


def explain(
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
) -> Explanation:
    """Explain one frame. The arguments are those of `decode`; undecodable bytes do not raise."""
    raw = _to_bytes(data)
    trace = Trace()
    ctx = _context(keys, memory, received_at, zone, hints, trace, strict=strict)
    try:
        decoded = decode_frame(raw, ctx, protocol, origin)
        checks = list(decoded.checks)
    except EmtkitError as error:
        decoded = Decoded.from_error(error, raw)
        decoded.diagnostics[:0] = ctx.diagnostics
        checks = trace.checks
        decoded.checks = tuple(checks)
    return Explanation(raw, decoded, trace.cover(raw), checks)
