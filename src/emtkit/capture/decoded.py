"""Captures to decoded telegrams: `emtkit.read_capture`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.capture.frame import CaptureFailure
from emtkit.capture.read import read_frames
from emtkit.capture.times import zone_of
from emtkit.decode import decode
from emtkit.keys import KeyRing
from emtkit.model.decoded import Decoded
from emtkit.model.errors import EmtkitError
from emtkit.protocols.context import Memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Capture
    from emtkit.model.key import KeySource


def read_capture(
    capture: Capture,
    *,
    keys: object = None,
    format: str | None = None,  # noqa: A002 - the option's name
    protocol: str | None = None,
    strict: bool = False,
    zone: ZoneInfo | str | None = None,
    memory: Memory | None = None,
    name: str | None = None,
) -> Iterator[Decoded]:
    """Decode a capture: one Decoded per input frame, in input order, failures as Decoded of state `failed`.

    Args:
        capture: a path (`-` is standard input), bytes, or an open file.
        keys: what `KeyRing.of` takes: a ring, a key file, hex, a mapping of meters to keys. Keys that stand in the
            capture itself are tried first, for their frame only.
        format: a name of `emtkit.capture.FORMATS`; found from the content if None.
        protocol: the protocol of all frames; found for each if None.
        strict: a frame with a finding of severity warning or more is a failure.
        zone: zone of local times, of the recording and of the meters (default Europe/Berlin).
        memory: what earlier captures taught (compact formats); a fresh one if None.
        name: what origins call the capture; its path if None.

    Raises ConfigError for a wrong option or key file at once, for a wrong path when the first frame is asked for.
    """
    where = zone_of(zone)
    items = read_frames(capture, format=format, protocol=protocol, zone=where, name=name)
    return _decode_all(items, KeyRing.of(keys), protocol, where, Memory() if memory is None else memory, strict=strict)


def _decode_all(
    items: Iterator[CaptureItem], ring: KeySource, protocol: str | None, zone: ZoneInfo, memory: Memory, *, strict: bool
) -> Iterator[Decoded]:
    for item in items:
        if isinstance(item, CaptureFailure):
            failed = Decoded.from_error(item.error, item.raw, item.origin)
            failed.diagnostics += item.notes
            yield failed
            continue
        try:
            decoded = decode(
                item.data,
                keys=ring if item.keys is None else item.keys.before(ring),
                protocol=protocol or item.protocol,
                strict=strict,
                memory=memory,
                received_at=item.origin.received_at,
                zone=zone,
                hints=item.hints,
                origin=item.origin,
            )
        except EmtkitError as error:
            decoded = Decoded.from_error(error, item.data, item.origin)
        if item.notes:
            decoded.diagnostics[:0] = item.notes
        yield decoded
