"""Captures to decoded telegrams: `emtkit.read_capture`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from emtkit.capture.frame import CaptureFailure
from emtkit.capture.read import read_frames
from emtkit.capture.times import zone_of
from emtkit.decode import MAX_SIZE, decode_frame
from emtkit.keys import KeyRing
from emtkit.model.decoded import Decoded
from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.protocols.context import Context, Memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Capture
    from emtkit.model.key import KeySource

_AHEAD: Final = 128  # items of a file that are read before they are decoded,
_MOST_AHEAD: Final = 1024 * 1024  # if they are no larger together


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
    if _is_settled(capture):
        items = _ahead(items)
    return _decode_all(items, KeyRing.of(keys), protocol, where, Memory() if memory is None else memory, strict=strict)


def _is_settled(capture: Capture) -> bool:
    """Say whether all of a capture is there already: reading ahead delays nothing."""
    if isinstance(capture, bytes | bytearray):
        return True
    try:
        return isinstance(capture, str | Path) and Path(capture).is_file()
    except (OSError, ValueError):  # no possible name: opening it says so
        return False


def _ahead(items: Iterator[CaptureItem]) -> Iterator[CaptureItem]:
    """Give the items as they come, but read some at a time.

    Going to and fro between reading and decoding for each of them costs a tenth of the time of short telegrams.
    """
    held: list[CaptureItem] = []
    size = 0
    for item in items:
        held.append(item)
        size += len(item.raw if isinstance(item, CaptureFailure) else item.data)
        if len(held) >= _AHEAD or size > _MOST_AHEAD:
            yield from held
            held.clear()
            size = 0
    yield from held


def _decode_all(
    items: Iterator[CaptureItem], ring: KeySource, protocol: str | None, zone: ZoneInfo, memory: Memory, *, strict: bool
) -> Iterator[Decoded]:
    for item in items:
        if isinstance(item, CaptureFailure):
            failed = Decoded.from_error(item.error, item.raw, item.origin)
            failed.diagnostics += item.notes
            yield failed
            continue
        data, origin, hints, given, own, notes = item
        try:
            if len(data) > MAX_SIZE:
                raise ConfigError("decode.too_large", f"a frame has at most {MAX_SIZE} bytes, this one {len(data)}")
            keys = ring if given is None else given.before(ring)
            ctx = Context(keys, memory, None, origin.received_at, zone, strict, hints)
            decoded = decode_frame(data, ctx, protocol or own, origin)
        except EmtkitError as error:
            decoded = Decoded.from_error(error, data, origin)
        if notes:
            decoded.diagnostics[:0] = notes
        yield decoded
