"""The points file: TOML or CSV text to `Point` entries, with errors that say where.

TOML has one `[[point]]` per meter; `[defaults]` fills fields that an entry leaves open, and `registers` holds
what differs between the registers of one meter. CSV has one row per register, its header names the fields.
"""

from __future__ import annotations

import csv
import re
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from emtkit.model.errors import ConfigError
from emtkit.points.point import Point, check_point

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TABLE: Final = re.compile(r"^[ \t]*\[\[[ \t]*point[ \t]*\]\]", re.MULTILINE)
_TOP: Final = frozenset({"defaults", "point"})
_MAX_SIZE: Final = 64 * 1024 * 1024
_FIELDS: Final = tuple(name for name in Point.__dataclass_fields__ if name != "where")


class Entry(NamedTuple):
    """One entry before it is checked: its fields, and the place to name in a message."""

    fields: dict[str, Any]
    where: str


def load_points(path: Path) -> list[Point]:
    """Read a points file: CSV if its name ends in `.csv`, else TOML. Raises ConfigError `points.*`."""
    try:
        if path.stat().st_size > _MAX_SIZE:
            raise ConfigError("points.unreadable", f"{path}: larger than {_MAX_SIZE >> 20} MiB, this is no points file")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError("points.unreadable", f"{path}: {error.strerror or 'cannot be read'}") from None
    except UnicodeDecodeError as error:
        raise ConfigError("points.encoding", f"{path.name}: not UTF-8 text (byte {error.start})") from None
    return read_csv(text, path.name) if path.suffix.lower() == ".csv" else read_toml(text, path.name)


def read_toml(text: str, source: str = "points.toml") -> list[Point]:
    """Read TOML text. Raises ConfigError `points.syntax`, `points.field` and those of `check_point`."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise ConfigError("points.syntax", f"{source}: not TOML: {error}") from None
    strange = sorted(document.keys() - _TOP)
    if strange:
        raise ConfigError("points.field", f"{source}: no such table or field: {', '.join(strange)}", field=strange[0])
    return _validate(list(_toml_entries(document, text, source)))


def _toml_entries(document: dict[str, Any], text: str, source: str) -> Iterator[Entry]:
    """Give one entry per register: defaults, then the point's own fields, then the register's."""
    lines = [text.count("\n", 0, match.start()) + 1 for match in _TABLE.finditer(text)]
    defaults, tables = document.get("defaults", {}), document.get("point", [])
    if not isinstance(defaults, dict):
        raise ConfigError("points.field", f"{source}: [defaults] is a table", field="defaults")
    if not isinstance(tables, list):
        raise ConfigError("points.field", f"{source}: write [[point]] with two brackets", field="point")
    for index, table in enumerate(tables):
        line = lines[index] if len(lines) == len(tables) else 0
        where = f"{source}:{line}" if line else f"{source}: point {index + 1}"
        if not isinstance(table, dict):
            raise ConfigError("points.field", f"{where}: an entry is a table", field="point")
        own = dict(table)
        registers = own.pop("registers", [{}])
        if not isinstance(registers, list) or not all(isinstance(register, dict) for register in registers):
            raise ConfigError("points.field", f"{where}: registers is a list of tables", field="registers")
        for number, register in enumerate(registers):
            place = where if len(registers) == 1 else f"{where} (register {number + 1})"
            yield Entry({**defaults, **own, **register}, place)


def read_csv(text: str, source: str = "points.csv") -> list[Point]:
    """Read CSV text: `;`, `,` or tab between the columns, a header with field names, one row per register.

    Empty cells are fields not given; empty lines and lines that begin with `#` are left out.
    """
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = next((mark for mark in (";", "\t") if mark in head), ",")
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    entries, names = [], None
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            where = f"{source}:{reader.line_num}"
            if not any(cells) or cells[0].startswith("#"):
                continue
            if names is None:
                names = _header(cells, where)
            elif len(cells) > len(names):
                raise ConfigError("points.syntax", f"{where}: {len(cells)} cells, the header has {len(names)}")
            else:
                entries.append(Entry({name: cell for name, cell in zip(names, cells, strict=False) if cell}, where))
    except csv.Error as error:
        raise ConfigError("points.syntax", f"{source}:{reader.line_num}: not CSV: {error}") from None
    return _validate(entries)


def _header(cells: list[str], where: str) -> list[str]:
    names = [cell.lower().replace(" ", "_").replace("-", "_") for cell in cells]
    for column, name in enumerate(names, 1):
        if name not in _FIELDS:
            raise ConfigError(
                "points.field", f"{where}: column {column}: no such field: {cells[column - 1]!r}", field=name
            )
        if name in names[: column - 1]:
            raise ConfigError("points.field", f"{where}: two columns {name!r}", field=name)
    return names


def _validate(entries: list[Entry]) -> list[Point]:
    """Turn entries into points. Raises ConfigError `points.field` with the place of the first that cannot be."""
    from pydantic import TypeAdapter, ValidationError

    adapter = TypeAdapter(Point)
    points = []
    for entry in entries:
        if "where" in entry.fields:
            raise ConfigError("points.field", f"{entry.where}: no such field: 'where'", field="where")
        try:
            points.append(adapter.validate_python({**entry.fields, "where": entry.where}))
        except ValidationError as error:
            _refuse(entry, error.errors(include_input=False)[0])
        check_point(points[-1])
    return points


def _refuse(entry: Entry, finding: Any) -> NoReturn:  # noqa: ANN401 - pydantic's error dict
    name = str(finding["loc"][0]) if finding["loc"] else "point"
    if finding["type"] == "missing":
        raise ConfigError("points.missing", f"{entry.where}: {name} must be given", field=name)
    if finding["type"] == "unexpected_keyword_argument":
        raise ConfigError("points.field", f"{entry.where}: no such field: {name!r}", field=name)
    raise ConfigError("points.field", f"{entry.where}, {name}: {finding['msg']}", field=name)
