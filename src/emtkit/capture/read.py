"""Read a capture: the one entry to all formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.capture.frame import CaptureFailure
from emtkit.capture.registry import Setting, detect, format_named
from emtkit.capture.source import open_source
from emtkit.capture.times import LocalClock, zone_of
from emtkit.model.decoded import Origin
from emtkit.model.errors import DecodeError
from emtkit.protocols import registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.registry import Format
    from emtkit.capture.source import Capture


def read_frames(
    capture: Capture,
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    protocol: str | None = None,
    zone: ZoneInfo | str | None = None,
    name: str | None = None,
) -> Iterator[CaptureItem]:
    """Give the frames of a capture, and a failure for each line or message that is none, in input order.

    Args:
        capture: a path (`-` is standard input), bytes, or an open file.
        format: a name of `FORMATS`; found from the first bytes if None.
        protocol: the protocol of a byte stream; found if None.
        zone: zone of times that have none (default Europe/Berlin).
        name: what origins call the capture; its path if None.

    Whatever the input, memory does not grow with its length (JSON documents have a limit). An input that breaks off, or
    is text that cannot be read, ends with a failure.

    Raises:
        ConfigError: `capture.format`, `capture.zone`, `decode.unknown_protocol`; when it is opened, for the first
            frame, `capture.unreadable`.
    """
    wanted = None if format is None else format_named(format)
    if protocol is not None:
        registry.decoder(protocol)
    return _frames(capture, wanted, protocol, LocalClock(zone_of(zone)), name)


def _frames(
    capture: Capture, wanted: Format | None, protocol: str | None, clock: LocalClock, name: str | None
) -> Iterator[CaptureItem]:
    with open_source(capture) as packed:
        at = Origin(source=name or packed.name)
        setting = Setting(at, clock, protocol)
        try:
            source = packed.unpacked()
            chosen = wanted or detect(source.look(), setting)
            yield from chosen.read(source, setting)
        except DecodeError as error:
            yield CaptureFailure(error, at)
