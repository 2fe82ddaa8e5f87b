"""The rows of an XML file of any size: the elements at one path, and what is in and around them.

A document type declaration is refused, so there is nothing to expand and nothing to fetch. Only one record is held
at a time: the outermost element that the columns of a row look into. Namespaces do not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, NoReturn
from xml.parsers import expat

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 200_000  # of one record
MAX_TEXT: Final = 16 * 1024 * 1024  # characters of one record
_CHUNK: Final = 65536
_STEP: Final = re.compile(r"(\w[\w.-]*)(?:\[@(\w[\w.-]*)=([^\]]*)\])?")
_ATTRIBUTE: Final = re.compile(r"@\w[\w.-]*")


@dataclass(slots=True)
class Element:
    """One element of a record; `text` are the characters directly in it."""

    name: str
    attributes: dict[str, str]
    place: tuple[int, int]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    text: str = ""


class Step(NamedTuple):
    """One step of a path: the name of a child, and an attribute that it must have."""

    name: str
    attribute: str | None
    value: str | None


class ColumnPath(NamedTuple):
    """Where a column stands, seen from the row: `../Serial`, `Register/@code`, `Item[@name=OBIS]`, `.`."""

    up: int
    steps: tuple[Step, ...]
    attribute: str | None


def parse_path(text: str) -> ColumnPath:
    """Read the path of a column. Raises ConfigError `points.map`."""
    parts = text.split("/")
    up = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    parts = parts[up:]
    attribute = None
    if parts and _ATTRIBUTE.fullmatch(parts[-1]):
        attribute = parts.pop()[1:]
    if parts == ["."]:
        parts = []
    steps = []
    for part in parts:
        found = _STEP.fullmatch(part)
        if found is None:
            raise ConfigError(
                "points.map", f"{text!r} is no path of a column, such as ../Serial, Register/@code, Item[@name=OBIS]"
            )
        steps.append(Step(found[1], found[2], found[3]))
    return ColumnPath(up, tuple(steps), attribute)


def xml_rows(stream: BinaryIO, name: str, rows: str, columns: list[str]) -> Iterator[tuple[dict[str, str], int, int]]:
    """Give the cells of each row, with line and column of its element.

    rows  path of the element that is a row, from the root
    Raises ConfigError `points.map` for a path that is none, `points.source` for what is no such XML.
    """
    paths = {column: parse_path(column) for column in columns}
    path = tuple(part for part in rows.split("/") if part)
    up = max((each.up for each in paths.values()), default=0)
    if up >= len(path):
        raise ConfigError("points.map", f"a column looks {up} elements above {rows}, that is outside of the document")
    reader = _Reader(name, path, len(path) - up)
    for record in reader.records(stream):
        for element in _at(record, path[len(path) - up :]):
            yield {column: _cell(element, each, name, column) for column, each in paths.items()}, *element.place


def _at(record: Element, steps: tuple[str, ...]) -> Iterator[Element]:
    if not steps:
        yield record
        return
    for child in record.children:
        if child.name == steps[0]:
            yield from _at(child, steps[1:])


def _cell(row: Element, path: ColumnPath, name: str, column: str) -> str:
    """Return what stands at a path, "" if nothing does. Raises ConfigError `points.source` for more than one."""
    begin: Element | None = row
    for _ in range(path.up):
        begin = begin.parent if begin is not None else None
    found = [] if begin is None else [begin]
    for step in path.steps:
        found = [
            child
            for element in found
            for child in element.children
            if child.name == step.name
            and (step.attribute is None or child.attributes.get(step.attribute) == step.value)
        ]
    if path.attribute is not None:
        texts = [element.attributes[path.attribute] for element in found if path.attribute in element.attributes]
    else:
        texts = [element.text for element in found]
    if len(texts) > 1:
        line, number = row.place
        raise ConfigError("points.source", f"{name}:{line}:{number}: {len(texts)} times {column}, one was expected")
    return texts[0].strip() if texts else ""


class _Reader:
    """Expat's handlers: build the records, forget everything else."""

    def __init__(self, name: str, path: tuple[str, ...], depth: int) -> None:
        """Begin. `path` leads to the rows; its first `depth` parts to the records."""
        self._name = name
        self._wanted = path[:depth]
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._forbidden
        parser.EntityDeclHandler = self._forbidden
        parser.ExternalEntityRefHandler = self._forbidden
        self._above: list[str] = []  # names of the open elements outside of records
        self._open: list[Element] = []
        self._pieces: list[list[str]] = []
        self._elements = self._text = 0
        self._done: list[Element] = []

    def records(self, stream: BinaryIO) -> Iterator[Element]:
        """Give the records. Raises ConfigError `points.source`."""
        try:
            while chunk := stream.read(_CHUNK):
                self._parser.Parse(chunk, False)
                yield from self._take()
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            place = f"{self._name}:{error.lineno}:{error.offset + 1}"
            raise ConfigError("points.source", f"{place}: not XML: {expat.ErrorString(error.code)}") from None
        except (LookupError, ValueError) as error:  # an encoding that Python does not know
            raise ConfigError("points.source", f"{self._name}: not XML: {error}") from None
        yield from self._take()

    def _take(self) -> list[Element]:
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if len(self._above) + len(self._open) >= MAX_DEPTH:
            self._refuse(f"more than {MAX_DEPTH} levels")
        if not self._open:
            self._above.append(local)
            if tuple(self._above) != self._wanted:
                return
            self._above.pop()
            self._elements = self._text = 0
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            self._refuse(f"more than {MAX_ELEMENTS} elements in one {self._wanted[-1]}")
        place = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        element = Element(local, plain, place, self._open[-1] if self._open else None)
        if self._open:
            self._open[-1].children.append(element)
        self._open.append(element)
        self._pieces.append([])

    def _end(self, _name: str) -> None:
        if not self._open:
            self._above.pop()
            return
        element = self._open.pop()
        element.text = "".join(self._pieces.pop())
        if not self._open:
            self._done.append(element)

    def _characters(self, text: str) -> None:
        if self._pieces:
            self._text += len(text)
            if self._text > MAX_TEXT:
                self._refuse(f"more than {MAX_TEXT} characters in one {self._wanted[-1]}")
            self._pieces[-1].append(text)

    def _forbidden(self, *_given: object) -> int:
        self._refuse("a document type or an entity; neither is read")

    def _refuse(self, what: str) -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        raise ConfigError("points.source", f"{self._name}:{line}:{column}: {what}")
