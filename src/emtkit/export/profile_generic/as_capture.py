"""Profile Generic as XML or JSON as a capture: one frame for each capture object.

A profile has what was captured: values with time and status. Whether a value is a substitute it has no way to say, so
nothing is marked: a value is as good as its status.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from emtkit.capture.source import open_source
from emtkit.export.profile_generic.profile import readings_of
from emtkit.export.profile_generic.to_xml import PROFILE_NAMESPACE
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.capture.source import Capture, Source
    from emtkit.export.profile_generic.profile import Profile
    from emtkit.model.diagnostics import Diagnostic

PROTOCOL: Final = "profile-generic"
LARGEST: Final = 256 * 1024 * 1024
_JSON: Final = b'{"schema":1,"class_id":7,'


def is_xml(start: bytes) -> bool:
    """Return whether a file that begins like this is a Profile Generic in XML."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and PROFILE_NAMESPACE.encode() in start


def is_json(start: bytes) -> bool:
    """Return whether a file that begins like this is a Profile Generic in emtkit's JSON."""
    return start.startswith(_JSON)


def read_decoded(capture: Capture, *, name: str | None = None) -> Iterator[Decoded]:
    """Give the columns of a profile; the file is read whole.

    A file that is none is a failure. Raises ConfigError `capture.unreadable`.
    """
    with open_source(capture) as packed:
        at = Origin(source=name or packed.name)
        try:
            profile, diagnostics = _profile(_whole(packed.unpacked()))
        except DecodeError as error:
            yield Decoded.from_error(error, origin=at)
            return
    for number, (meter, found) in enumerate(groupby(readings_of(profile), lambda each: each[0])):
        yield Decoded(
            PROTOCOL,
            "complete",
            meter,
            readings=[reading for _, reading in found],
            diagnostics=[] if number else diagnostics,
            origin=at,
        )


def _whole(source: Source) -> bytes:
    data = bytearray()
    while piece := source.read():
        data += piece
        if len(data) > LARGEST:
            raise DecodeError("profile.xml.limit", f"a profile of more than {LARGEST >> 20} MiB")
    return bytes(data)


def _profile(data: bytes) -> tuple[Profile, list[Diagnostic]]:
    if is_json(data):
        from emtkit.export.profile_generic.to_json import decode

        return decode(data), []
    from emtkit.export.profile_generic import to_xml

    found = to_xml.decode(data)
    return found.profile, found.diagnostics
