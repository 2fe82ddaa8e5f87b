"""Reading a payload file's tables into their classes: every key known, every value of its type, problems placed."""

from __future__ import annotations

import re
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Where(NamedTuple):
    """A place in a file: the tables on the way to it (name, and which one of its kind), and a key."""

    file: str
    text: str
    path: tuple[tuple[str, int], ...] = ()
    key: str | None = None

    def inner(self, name: str, number: int) -> Where:
        """Return the place of a table inside this one."""
        return self._replace(path=(*self.path, (name, number)))

    def line(self) -> int | None:
        """Return the number of the line, as near as the text tells: of the key, else of the table's head."""
        lines = self.text.splitlines()
        found, at = None, 0
        for depth, (_, number) in enumerate(self.path, 1):
            name = ".".join(part for part, _ in self.path[:depth])
            heads = [n for n, line in enumerate(lines) if n >= at and re.match(rf"\s*\[\[{re.escape(name)}\]\]", line)]
            if len(heads) < number:  # written inline: the line of its key is the nearest there is
                return _key_line(lines, at, self.path[depth - 1][0], found)
            found = at = heads[number - 1]
        start = 0 if found is None else found + 1
        line = found if self.key is None else _key_line(lines, start, self.key, found)
        return None if line is None else line + 1 if self.key is None or line == found else line

    def __str__(self) -> str:
        """Return the place for a message: `FILE:LINE: [[frame]] 2, fields 3, scale`."""
        line = self.line()
        first, *others = [f"{name} {number}" for name, number in self.path] or [""]
        parts = [f"[[{self.path[0][0]}]] {self.path[0][1]}" if first else "", *others, self.key or ""]
        inside = ", ".join(filter(None, parts))
        return ": ".join(filter(None, (self.file if line is None else f"{self.file}:{line}", inside)))


def _key_line(lines: list[str], start: int, key: str, otherwise: int | None) -> int | None:
    """Return the line (counted from 1) that sets a key, before the next table begins."""
    for number in range(start, len(lines)):
        if number > start and re.match(r"\s*\[", lines[number]):
            break
        if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", lines[number]):
            return number + 1
    return otherwise


def rows_of(table: Mapping[str, Any], key: str, where: Where) -> list[Any]:
    """Return the tables below a key. Raises ConfigError `lorawan.file.form`."""
    rows = table.get(key, [])
    if not isinstance(rows, list):
        raise wrong(where, f"{key} is written [[{key}]]")
    return rows


class Forms(NamedTuple):
    """Which tables stand in a table of which kind, and what is checked of a kind beyond the types of its values."""

    inner: Mapping[type[Any], Mapping[str, type[Any]]]
    checks: Mapping[type[Any], Callable[[Any, Where], None]]


def build(kind: type[Any], row: object, where: Where, forms: Forms) -> Any:  # noqa: ANN401 - an object of that kind
    """Return an object of a kind from a table. Raises ConfigError `lorawan.file.form`."""
    if not isinstance(row, dict):
        raise wrong(where, "is no table")
    known = {each.name: str(each.type) for each in fields(kind)}
    tables = forms.inner.get(kind, {})
    made: dict[str, Any] = {}
    for key, value in row.items():
        if key not in known:
            raise wrong(where._replace(key=key), f"unknown key {key!r}; known are {', '.join(known)}")
        if key in tables:
            rows = rows_of(row, key, where)
            made[key] = tuple(build(tables[key], each, where.inner(key, n), forms) for n, each in enumerate(rows, 1))
        else:
            made[key] = _convert(known[key], value, where._replace(key=key))
    try:
        built = kind(**made)
    except TypeError as error:
        raise wrong(where, str(error).rpartition("()")[2].strip()) from None
    check = forms.checks.get(kind)
    if check is not None:
        check(built, where)
    return built


def _convert(form: str, value: object, where: Where) -> object:
    """Turn a TOML value into the field's type; numbers with a point are written as strings, to stay exact."""
    if form.startswith("tuple"):
        inner = form[len("tuple[") :].partition(",")[0]
        return tuple(_convert(inner, item, where) for item in (value if isinstance(value, list) else [value]))
    if form.startswith("dict"):
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise wrong(where, "is a table of texts")
        if form.startswith("dict[int"):
            return {_offset(key, where): _convert("bytes", text, where) for key, text in value.items()}
        return value
    if form in {"Decimal", "bytes"}:
        try:
            exact = "" if isinstance(value, bool | float) else str(value)
            return Decimal(exact) if form == "Decimal" else bytes.fromhex(exact)
        except (InvalidOperation, ValueError):
            raise wrong(where, "is a number in quotes" if form == "Decimal" else "is hex digits") from None
    wanted = {"int": int, "str": str, "bool": bool}[form.partition(" ")[0]]
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise wrong(where, {int: "is a whole number", str: "is a text", bool: "is true or false"}[wanted])
    return value


def _offset(text: str, where: Where) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise wrong(where, f"{text!r} is no offset")
    return int(text)


def wrong(where: Where, what: str) -> ConfigError:
    """Return the error for something wrong at a place."""
    return ConfigError("lorawan.file.form", f"{where}: {what}")
