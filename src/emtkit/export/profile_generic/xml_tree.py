"""XML that strangers sent, read safely: no document type, no entities, and named limits.

A document type declaration is refused, so there is nothing to expand and nothing to fetch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn
from xml.parsers import expat

from emtkit.model.errors import DecodeError, Truncated

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SIZE: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 32
MAX_ELEMENTS: Final = 2_000_000


@dataclass(slots=True)
class Element:
    """One element.

    namespace, name  the name, resolved: prefixes do not matter
    attributes       by name; those with a namespace as `namespace name`
    text             the characters directly in it, joined and stripped
    line             where it begins in the document
    """

    namespace: str
    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def find(self, name: str) -> Element | None:
        """Return the first child of this name, in whatever namespace."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> Iterator[Element]:
        """Give the children of this name."""
        return (child for child in self.children if child.name == name)


def parse_xml(data: bytes) -> Element:
    """Return the root element.

    Raises DecodeError `profile.xml.syntax`, `profile.xml.dtd`, `profile.xml.limit`.
    """
    if len(data) > MAX_SIZE:
        raise DecodeError("profile.xml.limit", f"{len(data)} bytes of XML, at most {MAX_SIZE}")
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    builder = _Builder(parser)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.forbidden
    parser.EntityDeclHandler = builder.forbidden
    parser.ExternalEntityRefHandler = builder.forbidden
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        at_end = error.code in _ENDS_EARLY
        kind = Truncated if at_end else DecodeError
        raise kind("profile.xml.syntax", f"not XML: {error}", start=parser.ErrorByteIndex) from None
    except (LookupError, UnicodeError, ValueError) as error:  # an encoding that Python does not know
        raise DecodeError("profile.xml.syntax", f"not XML: {error}") from None
    if builder.root is None:  # expat reports this itself; here for the type
        raise DecodeError("profile.xml.syntax", "not XML: there is no element")
    return builder.root


_ENDS_EARLY: Final = frozenset(
    expat.errors.codes[name] for name in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
)


class _Builder:
    """Expat's handlers: build the tree within the limits."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        self.root: Element | None = None
        self.open: list[Element] = []
        self.pieces: list[list[str]] = []
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self.count += 1
        if len(self.open) >= MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise DecodeError("profile.xml.limit", f"more than {MAX_DEPTH} levels or {MAX_ELEMENTS} elements of XML")
        element = Element(namespace, local, attributes, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)
        self.pieces.append([])

    def end(self, _name: str) -> None:
        self.open.pop().text = "".join(self.pieces.pop()).strip()

    def characters(self, text: str) -> None:
        self.pieces[-1].append(text)

    def forbidden(self, *_parts: object) -> NoReturn:
        raise DecodeError("profile.xml.dtd", "a document type or entity declaration is not accepted")
