"""The streaming reader: bytes of a file of any length become segments, one at a time, in constant memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Final

from emtkit.export.edifact.segments import Segment
from emtkit.export.edifact.service import DEFAULT, UNA_SIZE, ServiceString, parse_una
from emtkit.model.errors import DecodeError, Truncated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHUNK_SIZE: Final = 1 << 16
# The longest segment of any UN/EDIFACT message has some thousand characters; more is no EDIFACT file.
MAX_SEGMENT_SIZE: Final = 1 << 14

# Load profiles have the same times in every message: what short segments hold is kept, up to this many.
_KEPT: Final = 8192
_SHORT: Final = 64
_SPACE: Final = 0x20

_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = re.compile(rb"[ \t\r\n]*")
_TAG: Final = re.compile(r"[A-Z][A-Z0-9]{2}\Z")


def read_segments(source: bytes | BinaryIO | Iterable[bytes]) -> Iterator[Segment]:
    """Yield the segments of an EDIFACT file.

    The service characters come from UNA where there is one, also in the middle of a file of several interchanges.
    Line breaks and blanks between segments, and a byte order mark at the front, are passed over. Bytes are read as
    ISO 8859-1, which never fails.

    Raises DecodeError `edifact.una`, `edifact.segment.tag`, `edifact.segment.size`, and Truncated
    `edifact.truncated` when the last segment has no terminator. The segments before it have been yielded by then.
    """
    splitter = _Splitter(DEFAULT)
    buffer = b""
    offset = 0  # of buffer[0] in the file
    number = 0
    una_may_follow = True  # at the front and after each UNZ
    for chunk in _chunks(source):
        buffer += chunk
        if not number and not offset:
            if len(buffer) < len(_BOM) and _BOM.startswith(buffer):
                continue
            if buffer.startswith(_BOM):
                buffer, offset = buffer[len(_BOM) :], len(_BOM)
        position = 0
        length = len(buffer)
        while True:
            if position >= length or buffer[position] <= _SPACE:
                position = _after_blanks(buffer, position)
            if una_may_follow:
                head = buffer[position : position + UNA_SIZE]
                if len(head) < UNA_SIZE and b"UNA".startswith(head[:3]):
                    break
                una_may_follow = False
                service = DEFAULT
                if head.startswith(b"UNA"):
                    service = parse_una(head, offset + position)
                    position = _after_blanks(buffer, position + UNA_SIZE)
                splitter = _Splitter(service)
            end = splitter.end(buffer, position)
            found = end >= 0
            if not found:
                end = length
            if end - position > MAX_SEGMENT_SIZE:
                raise DecodeError(
                    "edifact.segment.size",
                    f"no segment terminator within {MAX_SEGMENT_SIZE} bytes from offset {offset + position}",
                    start=offset + position,
                    end=offset + end,
                )
            if not found:
                break
            number += 1
            segment = splitter.split(buffer[position:end], number, offset + position)
            yield segment
            una_may_follow = segment.tag == "UNZ"
            position = end + 1
        buffer, offset = buffer[position:], offset + position
    if buffer:
        raise Truncated(
            "edifact.truncated",
            f"the file ends inside a segment: {len(buffer)} bytes without terminator at offset {offset}",
            start=offset,
            end=offset + len(buffer),
        )


def _chunks(source: bytes | BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
    elif hasattr(source, "read"):
        while chunk := source.read(CHUNK_SIZE):
            yield chunk
    else:
        yield from source


def _after_blanks(buffer: bytes, position: int) -> int:
    if position < len(buffer) and buffer[position] > 0x20:
        return position
    blanks = _BLANKS.match(buffer, position)
    return position if blanks is None else blanks.end()


class _Splitter:
    """Takes segments apart with one set of service characters."""

    __slots__ = (
        "between",
        "component",
        "element",
        "kept",
        "mark",
        "release",
        "released_component",
        "released_element",
        "segment",
        "service",
        "terminator",
        "twice",
    )

    def __init__(self, service: ServiceString) -> None:
        self.service = service
        self.kept: dict[bytes, list[list[str]]] = {}
        self.component = service.component
        self.element = service.element
        has_release = service.release != " "
        self.release = service.release if has_release else "\0\0"  # never found in one character
        self.twice = self.release * 2
        # the texts between element separators that are not released
        self.between = re.compile(f"(?<!{re.escape(self.release)}){re.escape(service.element)}").split
        self.released_component = self.release + self.component
        self.released_element = self.release + self.element
        self.terminator = service.terminator.encode("latin-1")
        self.mark = ord(service.release) if has_release else -1
        end = re.escape(self.terminator)
        mark = re.escape(service.release.encode("latin-1")) if has_release else rb"(?!)"
        plain = rb"[^" + end + (mark if has_release else b"") + rb"]++"
        # a terminator after a release character is data
        self.segment = re.compile(rb"(?:" + plain + rb"|" + mark + rb".)*+" + end, re.DOTALL).match

    def end(self, buffer: bytes, position: int) -> int:
        """Return where the terminator of the segment at `position` stands, -1 if it is not there yet."""
        end = buffer.find(self.terminator, position)
        if end > position and buffer[end - 1] == self.mark:  # perhaps released: look at the segment from its begin
            found = self.segment(buffer, position)
            return -1 if found is None else found.end() - 1
        return end

    def split(self, raw: bytes, number: int, start: int) -> Segment:
        """Return the segment in `raw`. Raises DecodeError `edifact.segment.tag`."""
        elements = self.kept.get(raw)
        if elements is None:
            elements = self._elements(raw, number, start)
            if len(raw) <= _SHORT:
                if len(self.kept) >= _KEPT:
                    self.kept.clear()
                self.kept[raw] = elements
        return Segment(elements[0][0], elements, number, start, raw, self.service)

    def _elements(self, raw: bytes, number: int, start: int) -> list[list[str]]:
        text = raw.decode("latin-1")
        component, release = self.component, self.release
        if release not in text:
            elements = [element.split(component) for element in text.split(self.element)]
        elif self.twice not in text and self.released_component not in text:
            # the usual case: an escaped plus in a time
            elements = [element.replace(release, "").split(component) for element in self.between(text)]
        else:
            elements = [
                self._components(element) if release in element else element.split(component)
                for element in _split(text, self.element, release, self.released_element)
            ]
        tag = elements[0][0]
        if _TAG.match(tag) is None:
            raise DecodeError(
                "edifact.segment.tag",
                f"segment {number} at offset {start} begins with {tag[:8]!r}, which is no segment tag",
                start=start,
                end=start + len(raw),
            )
        return elements

    def _components(self, element: str) -> list[str]:
        if self.released_component not in element:
            return self._plain(element).split(self.component)
        parts = _split(element, self.component, self.release, self.released_component)
        return [self._plain(part) for part in parts]

    def _plain(self, text: str) -> str:
        """Take the release characters away: `1-1?:1.8.0` is `1-1:1.8.0`, `??` is one question mark."""
        release = self.release
        if release * 2 not in text:
            return text.replace(release, "")
        return release.join(part.replace(release, "") for part in text.split(release * 2))


def _split(text: str, separator: str, release: str, released: str) -> list[str]:
    """Split at the separators that are not released; the release characters stay for now."""
    parts = text.split(separator)
    if released not in text:
        return parts
    joined: list[str] = []
    pending: list[str] = []
    for part in parts:
        pending.append(part)
        if part.endswith(release) and (len(part) - len(part.rstrip(release))) % 2:
            continue  # an odd number of release characters: the separator after them is data
        joined.append(separator.join(pending))
        pending = []
    if pending:
        joined.append(separator.join(pending))
    return joined
