"""An MSCONS file as a capture: one decoded item a message, so that every export takes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.capture.source import open_source
from emtkit.export.mscons.incoming.read import read_interchange
from emtkit.export.mscons.incoming.to_readings import PROTOCOL, decode_message
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emtkit.capture.source import Capture, Source
    from emtkit.export.mscons.incoming.received import ReceivedMessage

# UNA and its six characters, or UNB and whatever separates here
_BEGINNING: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:UNA[^A-Za-z0-9]{6}\s*)?UNB[^A-Za-z0-9]UNO[A-K]", re.DOTALL)


def is_edifact(start: bytes) -> bool:
    """Return whether a file that begins like this is an EDIFACT interchange."""
    return _BEGINNING.match(start) is not None


def is_edifact_file(capture: Capture) -> bool:
    """Return whether a file, packed or not, is an EDIFACT interchange. Raises ConfigError `capture.unreadable`."""
    try:
        with open_source(capture) as packed:
            return is_edifact(packed.unpacked().look())
    except DecodeError:
        return False


def read_decoded(
    capture: Capture,
    *,
    name: str | None = None,
    take: Callable[[ReceivedMessage, Origin], Decoded] = decode_message,
) -> Iterator[Decoded]:
    """Give one Decoded a message, with readings and (as its layer) series; holds one message at a time.

    Every message is given, also one that another takes back or overwrites: see `holding` for what holds.
    take  decodes a message
    What belongs to the interchange, and the place where a file cannot be read on, is a failure at the end.
    Raises ConfigError `capture.unreadable`.
    """
    with open_source(capture) as packed:
        at = Origin(source=name or packed.name)
        try:
            reader = read_interchange(chunks(packed.unpacked()))
            for message in reader:
                yield take(message, at._replace(received_at=message.envelope.created))
        except DecodeError as error:
            yield Decoded.from_error(error, origin=at)
            return
        if reader.diagnostics:
            yield Decoded(PROTOCOL, "failed", diagnostics=list(reader.diagnostics), origin=at)


def chunks(source: Source) -> Iterator[bytes]:
    """Give the bytes of a source piece by piece."""
    while piece := source.read():
        yield piece
