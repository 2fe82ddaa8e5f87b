"""The map file: which column of a leading system's table, or which path of its XML, is which field of a point."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from emtkit.model.user_files import FileCodes, read_text
from emtkit.points.entries import FIELDS, TomlSource
from emtkit.points.parties import STRICT
from emtkit.points.problems import Problems, adapter_of, validated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emtkit.points.problems import Place

Encoding = Literal["utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16"]

_CODES: Final = FileCodes("map file", "points.map", "points.map", "points.map")
_TABLES: Final = frozenset({"source", "select", "fields", "key", "scope"})
_KEY: Final = ("meter", "manufacturer", "id", "register", "pruefidentifikator")
_METER: Final = frozenset({"meter", "manufacturer", "id"})
_COLUMN: Final = re.compile(r"\{([^{}]+)\}")
_LISTS: Final = frozenset({"equals", "differs"})
_DATE_PARTS: Final = {"YYYY": "%Y", "MM": "%m", "DD": "%d"}


@dataclass(slots=True, kw_only=True)
class Validity:
    """The columns with the first and the last day on which a row holds."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    first: str | None = None
    last: str | None = None


@dataclass(slots=True, kw_only=True)
class SourceForm:
    """What the file is like.

    format     `csv` or `xml`
    encoding   of CSV; XML says it itself
    delimiter  between the columns; without it `;`, tab or `,`, whichever the first line has
    decimal    decimal mark of its numbers; thousands: what may stand between their digits
    date       form of its dates: `DD.MM.YYYY`, `YYYYMMDD`
    rows       XML: path of the element that is one entry, from the root: `Export/Device/Register`
    valid      columns with the first and last day on which a row holds; other rows are left out
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    format: Literal["csv", "xml"]
    encoding: Encoding = "utf-8"
    delimiter: str | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    date: str = "YYYY-MM-DD"
    rows: str | None = None
    valid: Validity | None = None
    where: str = "map"

    @property
    def date_form(self) -> str:
        """Return the form of dates as `strptime` writes it."""
        form = self.date.replace("%", "%%")
        for part, code in _DATE_PARTS.items():
            form = form.replace(part, code)
        return form


@dataclass(slots=True, kw_only=True)
class Select:
    """Which rows count: those whose column has one of these values, or none of them, or is like a pattern (`1-*`)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    column: str
    equals: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    like: str | None = None
    where: str = "map"


@dataclass(slots=True, kw_only=True)
class FieldRule:
    """How one field of a point comes about.

    text           constant text with `{COLUMN}` in it; a column that is empty makes the field empty
    values         what is written instead of what the source has; a value that is not in it is a problem
    otherwise      what is written for a value that is not in `values`
    default        what is written where the source has nothing
    strip_leading  a character that is taken away at the beginning: "0"
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    text: str
    values: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    default: str | None = None
    strip_leading: str = ""
    where: str = "map"

    @property
    def columns(self) -> list[str]:
        """Return the columns that it takes."""
        return _COLUMN.findall(self.text)

    def filled(self, row: dict[str, str]) -> str:
        """Return the text with the row's values in it, empty where one of them is."""
        if any(not row[column] for column in self.columns):
            return ""
        return _COLUMN.sub(lambda match: row[match[1]], self.text).strip()


@dataclass(slots=True)
class Mapping:
    """A map file.

    key    fields that say which entry of the points file a row is
    scope  entries of the points file that have other values here are not of this source
    """

    name: str
    source: SourceForm
    select: list[Select]
    fields: dict[str, FieldRule]
    key: list[str]
    scope: dict[str, str]
    places: dict[str, Place]

    def columns(self) -> Iterator[tuple[str, Place]]:
        """Give every column that is needed, with where the map names it."""
        for name, rule in self.fields.items():
            for column in rule.columns:
                yield column, self.places[name]
        for select in self.select:
            yield select.column, self.places[select.where]
        valid = self.source.valid
        for day in () if valid is None else (valid.first, valid.last):
            if day is not None:
                yield day, self.places["valid"]


def load_map(path: Path, problems: Problems) -> Mapping | None:
    """Read a map file; None, and its problems noted, where it is wrong. Raises ConfigError `points.map`."""
    return read_map(read_text(path, _CODES), str(path), problems)


def read_map(text: str, name: str, problems: Problems) -> Mapping | None:
    """Read the text of a map file; None, and its problems noted, where it is wrong."""
    found = Problems()
    toml = TomlSource(text, name, found, _CODES)
    if found.found:
        problems.found += found.found
        return None
    for strange in toml.document.keys() - _TABLES:
        found.error("points.map", f"no such table or field: {strange!r}", toml.place(((strange,),)), strange)
    source = _source(toml, found)
    places: dict[str, Place] = {"valid": toml.place((("source",),), "valid")}
    selects = list(_selects(toml, found, places))
    rules = dict(_rules(toml, found, places))
    key = _key(toml, rules, found)
    scope = _scope(toml, found)
    if not _METER & rules.keys() or "register" not in rules:
        found.error("points.map", "[fields] must say which meter and which register", toml.place((("fields",),)))
    problems.found += found.found
    if found.found or source is None:
        return None
    return Mapping(name, source, selects, rules, key, scope, places)


def _source(toml: TomlSource, problems: Problems) -> SourceForm | None:
    table = toml.document.get("source")
    place = partial(toml.place, (("source",),))
    if not isinstance(table, dict):
        problems.error("points.map", "[source] must say what the file is like", place(""), "source")
        return None
    source: SourceForm | None = validated(adapter_of(SourceForm), table, problems, place)
    if source is None:
        return None
    if (source.format == "xml") != (source.rows is not None):
        problems.error("points.map", "rows is the path of an entry in XML, and of XML only", place("rows"), "rows")
    if source.delimiter is not None and len(source.delimiter) != 1:
        problems.error("points.map", "one character, such as ; or \\t", place("delimiter"), "delimiter")
    if source.thousands == source.decimal:
        problems.error("points.map", "the decimal mark cannot stand between digits", place("thousands"), "thousands")
    if any(part not in source.date for part in _DATE_PARTS):
        problems.error("points.map", "a form of dates has YYYY, MM and DD", place("date"), "date")
    return source


def _selects(toml: TomlSource, problems: Problems, places: dict[str, Place]) -> Iterator[Select]:
    adapter = adapter_of(Select)
    for path, table in toml.tables("select", problems):
        lists = {name: [value] if name in _LISTS and isinstance(value, str) else value for name, value in table.items()}
        select = validated(adapter, lists, problems, partial(toml.place, (path,)))
        if select is not None:
            places[select.where] = toml.place((path,))
            yield select


def _rules(toml: TomlSource, problems: Problems, places: dict[str, Place]) -> Iterator[tuple[str, FieldRule]]:
    adapter = adapter_of(FieldRule)
    table = toml.document.get("fields", {})
    if not isinstance(table, dict):
        problems.error("points.map", "[fields] is a table", toml.place((("fields",),)), "fields")
        return
    for name, given in table.items():
        place = toml.place((("fields",),), name)
        if name not in FIELDS:
            problems.error("points.map", f"no such field of a point: {name!r}", place, name)
            continue
        rule = dict(given) if isinstance(given, dict) else {"text": given}
        if "column" in rule:
            rule.setdefault("text", f"{{{rule.pop('column')}}}")
        found = validated(adapter, rule, problems, partial(toml.place, (("fields", name),)))
        if found is not None:
            places[name] = place
            yield name, found


def _key(toml: TomlSource, rules: dict[str, FieldRule], problems: Problems) -> list[str]:
    """Return the fields that say which entry a row is."""
    key = toml.document.get("key")
    if key is None:
        return [name for name in _KEY if name in rules]
    if not isinstance(key, list) or not key or not all(name in rules for name in key):
        problems.error("points.map", "key is a list of names of [fields]", toml.place(((),), "key"), "key")
        return []
    return key


def _scope(toml: TomlSource, problems: Problems) -> dict[str, str]:
    scope = toml.document.get("scope", {})
    place = partial(toml.place, (("scope",),))
    if not isinstance(scope, dict):
        problems.error("points.map", "[scope] is a table", place(""), "scope")
        return {}
    for name in scope:
        if name not in FIELDS:
            problems.error("points.map", f"no such field of a point: {name!r}", place(name), name)
    return {name: str(value) for name, value in scope.items()}
