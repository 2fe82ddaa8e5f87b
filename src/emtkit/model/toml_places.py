"""Where in a TOML text its tables, keys and values stand, so that a message can name line and column.

`tomllib` gives places for errors of syntax only. This scanner takes a text that `tomllib` has read without an error,
and walks over keys and values; it checks nothing and interprets no value.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import Final, NamedTuple

# keys and list positions from the top: ("point", 0, "registers", 1, "obis")
TomlPath = tuple[str | int, ...]

_BLANK: Final = re.compile(r"[ \t]*+")
_SPACE: Final = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]++|\"(?:[^\"\\\n]++|\\.)*+\"|'[^'\n]*+'")
_SCALAR: Final = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}'
    r"|'''(?:[^']++|'(?!''))*+'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'"
    r"|[^\s,\]}#]++(?: \d[^\s,\]}#]*+)?+",  # a date may have a blank before its time
    re.DOTALL,
)


class Node(NamedTuple):
    """Offsets of one key, table or list item.

    key         where its name begins; of a list item, where the item begins; of a `[table]`, its bracket
    start, end  its value; of a `[table]` from its bracket to the end of its last entry
    """

    key: int
    start: int
    end: int


class Lines:
    """Offsets of a text as line and column, both from 1."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        """Find the lines."""
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def toml_places(text: str) -> dict[TomlPath, Node]:
    """Return where everything stands in a text that `tomllib` reads without an error."""
    return _Scanner(text).scan()


class _Scanner:
    """One walk over the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[TomlPath, Node] = {}
        self.items: dict[TomlPath, int] = {}  # lists of tables: position of the last one

    def scan(self) -> dict[TomlPath, Node]:
        table: TomlPath = ()
        while True:
            self._skip(_SPACE)
            if self.at >= len(self.text):
                return self.found
            if self.text[self.at] == "[":
                table = self._header()
                continue
            path, key = self._key_value(table)
            if table:
                own = self.found[table]
                self.found[table] = own._replace(end=self.found[path].end)
            for length in range(len(table) + 1, len(path)):  # the tables that a dotted key makes
                self.found.setdefault(path[:length], Node(key, key, self.found[path].end))

    def _header(self) -> TomlPath:
        start = self.at
        several = self.text.startswith("[[", start)
        self.at += 2 if several else 1
        names = self._dotted()
        self._skip(_BLANK)
        self.at += 2 if several else 1
        path: TomlPath = ()
        for position, name in enumerate(names, 1):
            path = (*path, name)
            if several and position == len(names):
                self.items[path] = self.items.get(path, -1) + 1
            node = Node(start, start, self.at)
            self.found.setdefault(path, node)
            if path in self.items:
                path = (*path, self.items[path])
                self.found.setdefault(path, node)
        if not several and self.found[path].start != start:  # made by the header of a table in it
            self.found[path] = Node(start, start, self.at)
        return path

    def _key_value(self, table: TomlPath) -> tuple[TomlPath, int]:
        """Read `key = value`; return its path and where the key begins."""
        key = self.at
        path = (*table, *self._dotted())
        self._skip(_BLANK)
        self.at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path, key)
        return path, key

    def _value(self, path: TomlPath, key: int) -> None:
        start = self.at
        opening = self.text[start]
        if opening == "[":
            self.at += 1
            number = 0
            while not self._closed("]"):
                self._value((*path, number), self.at)
                number += 1
        elif opening == "{":
            self.at += 1
            while not self._closed("}"):
                inner, inner_key = self._key_value(path)
                for length in range(len(path) + 1, len(inner)):
                    self.found.setdefault(inner[:length], Node(inner_key, inner_key, self.at))
        else:
            self._skip(_SCALAR)
        self.found[path] = Node(key, start, self.at)

    def _closed(self, closing: str) -> bool:
        """Go to the next item of a list or inline table; say whether there is none."""
        self._skip(_SPACE)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_SPACE)
        if self.text[self.at] != closing:
            return False
        self.at += 1
        return True

    def _dotted(self) -> list[str]:
        names = []
        while True:
            self._skip(_BLANK)
            start = self.at
            self._skip(_KEY)
            names.append(_plain(self.text[start : self.at]))
            self._skip(_BLANK)
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()


def _plain(key: str) -> str:
    """Return a key without its quotation marks."""
    if key[:1] not in ('"', "'"):
        return key
    return str(tomllib.loads(f"key = {key}")["key"])
