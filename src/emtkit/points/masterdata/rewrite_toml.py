"""Changes put into the text of a TOML points file: what is not touched stays as it is, comments and order too."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emtkit.model.toml_places import TomlPath
    from emtkit.points.entries import TomlSource
    from emtkit.points.masterdata.changes import Change

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_AFTER_ITEM: Final = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_COMMA: Final = re.compile(r"[ \t]*,[ \t]*")
_REST: Final = re.compile(r"[^\n]*(?:\n|\Z)")
_INDENT: Final = re.compile(r"[ \t]*")


def rewritten(source: TomlSource, changes: list[Change]) -> str:
    """Return the file's text with the changes in it."""
    return _Rewriting(source, changes).text()


def toml_value(value: Any) -> str:  # noqa: ANN401 - a field of a point
    """Return a value as TOML writes it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    text = _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", str(value).translate(_ESCAPES))
    return f'"{text}"'


class _Rewriting:
    """Gathers the pieces that are replaced, then makes the text."""

    def __init__(self, source: TomlSource, changes: list[Change]) -> None:
        self._source = source
        self._nodes = source.nodes
        self._newline = "\r\n" if "\r\n" in source.text else "\n"
        self._replaced: dict[tuple[int, int], str] = {}
        self._inserted: dict[int, list[str]] = defaultdict(list)
        self._inline: dict[TomlPath, dict[str, Any]] = defaultdict(dict)
        self._children: dict[TomlPath, list[TomlPath]] = defaultdict(list)
        self._registers: dict[TomlPath, list[TomlPath]] = defaultdict(list)  # of each point
        for path in self._nodes:
            self._children[path[:-1]].append(path)
            if len(path) == 4 and path[0] == "point" and path[2] == "registers":
                self._registers[path[:2]].append(path)
        self._changed: dict[TomlPath, list[Change]] = defaultdict(list)
        removed: dict[TomlPath, list[TomlPath]] = defaultdict(list)
        for change in changes:
            if change.entry is None:
                continue
            own, point, _ = change.entry.address
            if change.kind == "removed":
                removed[point].append(own)
            else:
                self._changed[point].append(change)
        for point, gone in removed.items():
            self._remove(point, gone)
        for point, changed in self._changed.items():
            self._change(point, changed, len(removed[point]))
        for change in changes:
            if change.entry is None:
                self._append(change)
        for table, fields in self._inline.items():
            node = self._nodes[table]
            self._replaced[node.start, node.end] = self._inline_table(table, fields)

    def text(self) -> str:
        """Return the new text."""
        text = self._source.text
        pieces = [(start, end, new) for (start, end), new in self._replaced.items()]
        pieces += [(at, at, "".join(new)) for at, new in self._inserted.items()]
        made, done = [], 0
        for start, end, new in sorted(pieces):
            made += [text[done : max(start, done)], new]
            done = max(end, done)
        return "".join([*made, text[done:]])

    # changed entries

    def _change(self, point: TomlPath, changes: list[Change], removed: int) -> None:
        """Change fields where they stand: in the register, or in its point where all its registers agree."""
        registers = len(self._registers[point]) or 1
        done: set[str] = set()
        for change in changes:
            if change.entry is None:
                continue
            own = change.entry.address[0]
            for name, (_, new) in change.fields.items():
                same = sum(name in other.fields and other.fields[name][1] == new for other in changes)
                alone = (*own, name) in self._nodes
                if alone:
                    self._set(own, name, new)
                elif same + removed == registers:
                    if name not in done:
                        (self._set if (*point, name) in self._nodes else self._add)(point, name, new)
                    done.add(name)
                else:
                    self._add(own if own in self._nodes else point, name, new)

    def _set(self, table: TomlPath, name: str, new: Any) -> None:  # noqa: ANN401 - a field of a point
        node = self._nodes[(*table, name)]
        if self._is_inline(table):
            self._inline[table][name] = new
        elif new is not None:
            self._replaced[node.start, node.end] = toml_value(new)
        else:
            self._replaced[self._line_start(node.key), self._line_end(node.end)] = ""

    def _add(self, table: TomlPath, name: str, new: Any) -> None:  # noqa: ANN401 - a field of a point
        if new is None:
            return  # it is of other registers too: whoever reads the result sees that it is still there
        if self._is_inline(table):
            self._inline[table][name] = new
            return
        node = self._nodes[table]
        at = self._line_end(node.end)
        before = "" if self._source.text[at - 1 : at] == "\n" else self._newline
        self._inserted[at].append(f"{before}{self._indent(node.key)}{name} = {toml_value(new)}{self._newline}")

    def _inline_table(self, table: TomlPath, fields: dict[str, Any]) -> str:
        """Return an inline table with some fields changed, added, or (None) taken out."""
        text = self._source.text
        items = []
        for path in self._children[table]:
            node, name = self._nodes[path], path[-1]
            if name not in fields:
                items.append(text[node.key : node.end])
            elif fields[name] is not None:
                items.append(text[node.key : node.start] + toml_value(fields[name]))
        have = {path[-1] for path in self._children[table]}
        items += [f"{name} = {toml_value(new)}" for name, new in fields.items() if name not in have and new is not None]
        return f"{{ {', '.join(items)} }}"

    # removed entries

    def _remove(self, point: TomlPath, registers: list[TomlPath]) -> None:
        """Remove registers, and the point with its last one."""
        if len(registers) >= len(self._registers[point]):
            self._remove_table(point)
            return
        for register in registers:
            if self._is_inline(register):
                self._remove_item(register)
            else:
                self._remove_table(register)

    def _remove_table(self, table: TomlPath) -> None:
        """Remove a table with its header, what is in it, and the empty line after it."""
        inner = [table]
        for path in inner:
            inner += self._children.get(path, ())
        after = self._line_end(max(self._nodes[path].end for path in inner))
        blank = _REST.match(self._source.text, after)
        if blank is not None and not blank[0].strip():
            after = blank.end()
        before = self._line_start(self._nodes[table].key)
        if after == len(self._source.text):
            before = len(self._source.text[:before].rstrip()) + len(self._newline) if before else 0
        self._replaced[before, after] = ""

    def _remove_item(self, item: TomlPath) -> None:
        """Remove an item of a list with its comma."""
        text, node = self._source.text, self._nodes[item]
        start, rest = self._line_start(node.key), _AFTER_ITEM.match(text, node.end)
        if rest is not None and not text[start : node.key].strip():
            self._replaced[start, rest.end()] = ""  # it has lines of its own
            return
        comma = _COMMA.match(text, node.end)
        self._replaced[node.key, comma.end() if comma is not None else node.end] = ""

    # added entries

    def _append(self, change: Change) -> None:
        """Put an entry at the end of the file."""
        text = self._source.text
        end = len(text)
        inherited = self._source.document.get("defaults", {})
        lines = [] if text.endswith("\n") or not text or self._inserted[end] else [""]
        lines += ["", "[[point]]"] if text.strip() or self._inserted[end] else ["[[point]]"]
        lines += [
            f"{name} = {toml_value(new)}"
            for name, (_, new) in change.fields.items()
            if str(inherited.get(name)) != str(new)
        ]
        self._inserted[end].append("".join(line + self._newline for line in lines))

    # places

    def _is_inline(self, table: TomlPath) -> bool:
        return self._source.text[self._nodes[table].start] == "{"

    def _line_start(self, offset: int) -> int:
        return self._source.text.rfind("\n", 0, offset) + 1

    def _line_end(self, offset: int) -> int:
        rest = _REST.match(self._source.text, offset)
        return rest.end() if rest is not None else len(self._source.text)

    def _indent(self, offset: int) -> str:
        found = _INDENT.match(self._source.text, self._line_start(offset))
        return found[0] if found is not None else ""
