"""The points file: text to points, tenants, partners and connectors; every problem of it is found in one run.

A TOML file may include others (`include = ["fleet.csv"]`) that hold points only, so that tenants and partners stand
in one file and thousands of meters in a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.diagnostics import Severity
from emtkit.model.errors import ConfigError
from emtkit.model.user_files import read_text
from emtkit.points.assign import assign_partners
from emtkit.points.checks import duplicates, wrong_fields
from emtkit.points.connectors import Connector, listed, wrong_selectors
from emtkit.points.entries import CODES, CsvSource, Entry, TomlSource, source_of
from emtkit.points.lookup import Points
from emtkit.points.parties import Party, wrong_ids
from emtkit.points.point import Point
from emtkit.points.problems import Kind, Problems, adapter_of, validated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import TypeAdapter

    from emtkit.points.problems import Place

_POINTS_ONLY: Final = frozenset({"defaults", "point"})
_TABLES: Final = _POINTS_ONLY | {"include", "tenant", "partner", "connector"}


@dataclass(slots=True)
class PointsFile:
    """What a points file holds, the files that it includes among it, and what is wrong with it.

    points     those that are well-formed, each with the entry that it was made of
    places     where each tenant, partner and connector stands
    """

    name: str
    problems: Problems = field(default_factory=Problems)
    sources: list[TomlSource | CsvSource] = field(default_factory=list)
    points: list[tuple[Entry, Point]] = field(default_factory=list)
    tenants: list[Party] = field(default_factory=list)
    partners: list[Party] = field(default_factory=list)
    connectors: list[Connector] = field(default_factory=list)
    places: dict[int, Callable[[str], Place]] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Return whether nothing in it is wrong."""
        return not self.problems.of(Severity.ERROR)

    def collection(self) -> Points:
        """Return the points. Raises ConfigError for the first problem."""
        self.problems.raise_first()
        return Points(
            (point for _, point in self.points),
            self.name,
            tenants=self.tenants,
            partners=self.partners,
            connectors=self.connectors,
            checked=True,
        )

    def place_of(self, item: Point | Party | Connector, name: str = "") -> Place:
        """Return where a field stands."""
        return self.places[id(item)](name)


def load_points(path: Path) -> Points:
    """Read a points file: CSV if its name ends in `.csv`, else TOML.

    Raises ConfigError `points.*`, `market_id.*` or `obis.syntax` for the first problem, and says how many there are.
    """
    return read_points(read_text(path, CODES), path.name, path.parent).collection()


def check_points(path: Path, texts: Mapping[Path, str] | None = None) -> PointsFile:
    """Read a points file and keep all its problems; places are given with the path. Raises nothing for a wrong file.

    texts  what files are taken to hold, whatever they hold on the disk
    """
    name = str(path)
    try:
        text = _text(path, texts)
    except ConfigError as error:
        found = PointsFile(name)
        found.problems.take(error, name)
        return found
    return read_points(text, name, path.parent, texts)


def _text(path: Path, texts: Mapping[Path, str] | None) -> str:
    found = None if texts is None else texts.get(path)
    return read_text(path, CODES) if found is None else found


def read_points(
    text: str, name: str = "points.toml", folder: Path = Path(), texts: Mapping[Path, str] | None = None
) -> PointsFile:
    """Read the text of a points file. `folder` is where the files are that it includes; `texts` as above."""
    file = PointsFile(name)
    main = source_of(text, name, file.problems)
    file.sources.append(main)
    inherited: dict[str, Any] = {}
    if isinstance(main, TomlSource):
        _refuse_strange(main, _TABLES, file.problems)
        _read_tables(main, file)
        defaults = main.document.get("defaults")
        inherited = defaults if isinstance(defaults, dict) else {}
        _include(main, folder, file, texts)
    entries = list(main.entries(file.problems, {}))
    for source in file.sources[1:]:
        entries += source.entries(file.problems, inherited)
    for entry in entries:
        point = validated(adapter_of(Point), entry.fields, file.problems, entry.place)
        if point is None:
            continue
        wrong = list(wrong_fields(point))
        for field_name, error in wrong:
            file.problems.error(error.code, error.message, entry.place(field_name), field_name)
        if not wrong:
            file.points.append((entry, point))
            file.places[id(point)] = entry.place
    assign_partners(file)
    for point, first in duplicates(point for _, point in file.points):
        file.problems.error("points.duplicate", f"says the same as {first.where}", file.place_of(point))
    return file


def _refuse_strange(source: TomlSource, known: frozenset[str], problems: Problems) -> None:
    for name in source.document.keys() - known:
        why = "belongs into the file that includes this one" if name in _TABLES else "no such table or field"
        problems.error("points.field", f"{why}: {name!r}", source.place(((name,),)), name)


def _include(main: TomlSource, folder: Path, file: PointsFile, texts: Mapping[Path, str] | None) -> None:
    """Read the files that `include` names."""
    names = main.document.get("include", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        file.problems.error("points.field", "include is a list of file names", main.place(((),), "include"), "include")
        return
    for number, name in enumerate(names):
        place = main.place((("include", number),))
        shown = str(Path(file.name).parent / name)
        try:
            text = _text(folder / name, texts)
        except ConfigError as error:
            file.problems.error(error.code, error.message, place, "include")
            continue
        source = source_of(text, shown, file.problems)
        if isinstance(source, TomlSource):
            _refuse_strange(source, _POINTS_ONLY, file.problems)
        file.sources.append(source)


def _read_tables(main: TomlSource, file: PointsFile) -> None:
    """Read tenants, partners and connectors."""
    for found, name in ((file.tenants, "tenant"), (file.partners, "partner")):
        for party, place in _tables(main, name, adapter_of(Party), file):
            file.places[id(party)] = place
            for field_name, error in wrong_ids(party):
                file.problems.error(error.code, error.message, place(field_name), field_name)
            found.append(party)
        _refuse_same_name(found, file)
    for connector, place in _tables(main, "connector", adapter_of(Connector), file):
        file.places[id(connector)] = place
        for field_name, error in wrong_selectors(connector):
            file.problems.error(error.code, error.message, place(field_name), field_name)
        file.connectors.append(connector)
    _refuse_same_name(file.connectors, file)
    for connector in file.connectors:
        _look_up(connector, "partner", file.partners, file)
        if file.tenants:
            _look_up(connector, "tenant", file.tenants, file)


def _tables(
    main: TomlSource, name: str, adapter: TypeAdapter[Kind], file: PointsFile
) -> Iterator[tuple[Kind, Callable[[str], Place]]]:
    """Give the tables of one name that are well-formed, with where their fields stand."""
    for path, table in main.tables(name, file.problems):
        place = partial(main.place, (path,))
        found = validated(adapter, table, file.problems, place)
        if found is not None:
            yield found, place


def _refuse_same_name(items: list[Party] | list[Connector], file: PointsFile) -> None:
    seen: dict[str, str] = {}
    for item in items:
        first = seen.setdefault(item.name, item.where)
        if first != item.where:
            message = f"{item.name!r} has the same name as {first}"
            file.problems.error("points.duplicate", message, file.place_of(item, "name"), "name")


def _look_up(connector: Connector, name: str, parties: list[Party], file: PointsFile) -> None:
    known = {party.name for party in parties}
    for wanted in listed(getattr(connector, name)):
        if wanted not in known:
            code = "points.tenant" if name == "tenant" else "points.partner"
            file.problems.error(code, f"there is no {name} {wanted!r}", file.place_of(connector, name), name)
