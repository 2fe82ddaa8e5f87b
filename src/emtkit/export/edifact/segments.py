"""One segment, read or to be written."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from emtkit.export.edifact.service import DEFAULT, ServiceString

Element: TypeAlias = str | tuple[str, ...]


class Segment(NamedTuple):
    """A segment that was read.

    tag       `QTY`
    elements  the data elements by their position: `elements[0]` is the tag itself, `elements[1]` the first data
              element as the list of its components. Nothing is left out, trailing empty ones neither. Equal segments
              may share it: do not change it
    number    position in the file, counted from 1 (UNA does not count)
    start     offset of the tag's first byte in the file
    raw       the bytes, without terminator
    service   the service characters that held here
    """

    tag: str
    elements: list[list[str]]
    number: int
    start: int
    raw: bytes
    service: ServiceString = DEFAULT

    def get(self, element: int, component: int = 1) -> str:
        """Return one component, both positions counted from 1; empty text where there is none."""
        if 0 < element < len(self.elements):
            composite = self.elements[element]
            if 0 < component <= len(composite):
                return composite[component - 1]
        return ""

    def span(self, element: int, component: int | None = None) -> tuple[int, int]:
        """Return where an element (0 is the tag), or one of its components, stands in the file.

        For something that is missing: the empty range where the segment ends.
        """
        end = self.start + len(self.raw)
        ranges = _ranges(self.raw, 0, len(self.raw), self.service.element, self.service.release)
        if not 0 <= element < len(ranges):
            return end, end
        low, high = ranges[element]
        if component is not None:
            parts = _ranges(self.raw, low, high, self.service.component, self.service.release)
            if not 0 < component <= len(parts):
                return self.start + high, self.start + high
            low, high = parts[component - 1]
        return self.start + low, self.start + high


def _ranges(raw: bytes, low: int, high: int, separator: str, release: str) -> list[tuple[int, int]]:
    mark = ord(separator)
    escape = ord(release) if release != " " else -1
    found = []
    begin = index = low
    while index < high:
        byte = raw[index]
        if byte == escape:
            index += 1
        elif byte == mark:
            found.append((begin, index))
            begin = index + 1
        index += 1
    found.append((begin, high))
    return found


def write_segment(tag: str, *elements: Element, service: ServiceString = DEFAULT) -> str:
    """Return the text of a segment: `write_segment("QTY", ("220", "0.971"))` is `QTY+220:0.971'`.

    An element is one text or a tuple of components; empty ones keep their place (`STS+Z32++Z92`) but are
    dropped at the end of the element and of the segment. Raises EncodeError `edifact.charset`.
    """
    texts = [tag]
    for element in elements:
        components = (element,) if isinstance(element, str) else element
        texts.append(_join(service.component, [service.escape(component) for component in components]))
    return _join(service.element, texts) + service.terminator


def _join(separator: str, parts: list[str]) -> str:
    while parts and not parts[-1]:
        parts.pop()
    return separator.join(parts)
