"""The text of a points file as entries: which fields each has, and where each of them stands.

TOML has one `[[point]]` per meter; `[defaults]` fills fields that an entry leaves open, and `registers` holds
what differs between the registers of one meter. CSV has one row per register, its header names the fields.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from emtkit.model.errors import ConfigError
from emtkit.model.toml_places import Lines, TomlPath, toml_places
from emtkit.model.user_files import FileCodes, Row, column_name, csv_rows, parse_toml
from emtkit.points.point import Point
from emtkit.points.problems import Place, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.model.toml_places import Node

CODES: Final = FileCodes("points file", "points.unreadable", "points.encoding", "points.syntax")
FIELDS: Final = tuple(name for name in Point.__dataclass_fields__ if name != "where")


class Source(Protocol):
    """What can say where the fields of its entries stand."""

    def place(self, address: Any, field: str = "") -> Place:  # noqa: ANN401 - each source has its own addresses
        """Return where the field stands, or the entry where it has none."""
        ...


class Entry(NamedTuple):
    """One register of one meter as it is written.

    fields    all its fields, those of `[defaults]` among them
    defaults  what `[defaults]` gives
    own       names of those that do not come from there
    """

    fields: dict[str, Any]
    source: Source
    address: Any
    defaults: dict[str, Any]
    own: frozenset[str]

    def place(self, field: str = "") -> Place:
        """Return where the field stands, or the entry where it has none."""
        return self.source.place(self.address, field)


class TomlSource:
    """A points file in TOML. The address of an entry is the tables that it is made of, the innermost first."""

    def __init__(self, text: str, name: str, problems: Problems, codes: FileCodes = CODES) -> None:
        """Parse the text; what is no TOML is noted, and the file is empty then."""
        self.text = text
        self.name = name
        try:
            self.document = parse_toml(text, name, codes)
        except ConfigError as error:
            problems.take(error, name)
            self.document = {}
            self.text = ""

    @cached_property
    def nodes(self) -> dict[TomlPath, Node]:
        """Return where everything stands."""
        return toml_places(self.text)

    @cached_property
    def lines(self) -> Lines:
        """Return the text's lines."""
        return Lines(self.text)

    def place(self, address: tuple[TomlPath, ...], field: str = "") -> Place:
        """Return where the field stands in the first of these tables that has it, else the first table."""
        node = next((self.nodes[own] for level in address if (own := (*level, field)) in self.nodes), None)
        node = node or next((self.nodes[level] for level in address if level in self.nodes), None)
        return Place(self.name, *(self.lines.place(node.key) if node is not None else ()))

    def tables(self, name: str, problems: Problems) -> Iterator[tuple[TomlPath, dict[str, Any]]]:
        """Give the tables `[[name]]` with their paths; what is none is noted."""
        found = self.document.get(name, [])
        if not isinstance(found, list):
            problems.error("points.field", f"write [[{name}]] with two brackets", self.place(((name,),)), name)
            return
        for number, table in enumerate(found):
            path: TomlPath = (name, number)
            if isinstance(table, dict):
                yield path, table
            else:
                problems.error("points.field", "an entry is a table", self.place((path,)), name)

    def entries(self, problems: Problems, inherited: dict[str, Any]) -> Iterator[Entry]:
        """Give one entry per register: defaults, then the point's own fields, then the register's.

        inherited  defaults of the file that includes this one
        """
        defaults = self.document.get("defaults", {})
        if not isinstance(defaults, dict):
            problems.error("points.field", "[defaults] is a table", self.place((("defaults",),)), "defaults")
            defaults = {}
        below = {**inherited, **defaults}
        for path, table in self.tables("point", problems):
            own = {name: value for name, value in table.items() if name != "registers"}
            registers = table.get("registers", [{}])
            if not isinstance(registers, list) or not all(isinstance(register, dict) for register in registers):
                place = self.place((path,), "registers")
                problems.error("points.field", "registers is a list of tables", place, "registers")
                continue
            for number, register in enumerate(registers):
                levels = ((*path, "registers", number), path, ("defaults",))
                named = frozenset({*own, *register})
                yield Entry({**below, **own, **register}, self, levels, below, named)


class CsvSource:
    """A points file in CSV. The address of an entry is its row."""

    def __init__(self, text: str, name: str, problems: Problems) -> None:
        """Read the header and the rows; what cannot be one is noted."""
        self.text = text
        self.name = name
        self.columns: list[str] = []
        self.header: Row | None = None
        self.rows: list[Row] = []
        try:
            for row in csv_rows(text, name, CODES):
                if self.header is None:
                    self.header = row
                    self._name_columns(row, problems)
                elif len(row.cells) > len(self.columns):
                    message = f"{len(row.cells)} cells, the header has {len(self.columns)}"
                    problems.error("points.syntax", message, Place(name, row.line, len(self.columns) + 1))
                else:
                    self.rows.append(row)
        except ConfigError as error:
            problems.take(error, name)

    def _name_columns(self, row: Row, problems: Problems) -> None:
        for number, cell in enumerate(row.cells, 1):
            name = column_name(cell)
            if name not in FIELDS:
                problems.error("points.field", f"no such field: {cell!r}", Place(self.name, row.line, number), name)
            elif name in self.columns:
                problems.error("points.field", f"two columns {name!r}", Place(self.name, row.line, number), name)
            self.columns.append(name)

    def place(self, address: Row, field: str = "") -> Place:
        """Return row and column of a field."""
        return Place(self.name, address.line, self.columns.index(field) + 1 if field in self.columns else 0)

    def entries(self, _problems: Problems, inherited: dict[str, Any]) -> Iterator[Entry]:
        """Give one entry per row. Empty cells are fields not given."""
        for row in self.rows:
            cells = zip(self.columns, row.cells, strict=False)
            own = {name: cell for name, cell in cells if cell and name in FIELDS}
            yield Entry({**inherited, **own}, self, row, inherited, frozenset(own))


def source_of(text: str, name: str, problems: Problems) -> TomlSource | CsvSource:
    """Read a text: CSV if the file's name ends in `.csv`, else TOML."""
    return (CsvSource if name.lower().endswith(".csv") else TomlSource)(text, name, problems)
