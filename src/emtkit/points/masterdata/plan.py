"""The whole import: read map, source and points file, find the differences, make the new files, check them.

Nothing is written here but by `write`, and only what was read back and found to say what the source says.
"""

from __future__ import annotations

import codecs
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emtkit.model.diagnostics import Severity
from emtkit.model.errors import ConfigError
from emtkit.points.entries import CsvSource, source_of
from emtkit.points.files import PointsFile, check_points
from emtkit.points.masterdata import rewrite_csv, rewrite_toml
from emtkit.points.masterdata.changes import Change, Difference, difference
from emtkit.points.masterdata.drafts import drafts_of
from emtkit.points.masterdata.mapping import load_map
from emtkit.points.masterdata.rows import source_rows
from emtkit.points.problems import Place, Problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from emtkit.points.entries import Entry
    from emtkit.points.problems import Problem

    _Fields = frozenset[tuple[str, str]]


@dataclass(slots=True)
class Import:
    """What an import would do.

    problems  what is wrong; with an error in it nothing can be written
    found     the differences, None where it could not be compared
    left_out  rows that the map does not select
    texts     path -> new text of the files that change
    result    the points file as it would be, None where there is none to import into
    origins   place in `result` -> place in the master data
    """

    problems: Problems = field(default_factory=Problems)
    found: Difference | None = None
    left_out: int = 0
    texts: dict[Path, str] = field(default_factory=dict)
    result: PointsFile | None = None
    origins: dict[Place, Place] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.problems.of(Severity.ERROR)

    def take(self, problems: Iterable[Problem]) -> None:
        """Note problems of the result, each once, at the row of the master data that they come from."""
        known = set(self.problems.found)
        moved = (problem._replace(place=self.origins.get(problem.place, problem.place)) for problem in problems)
        self.problems.found += [problem for problem in dict.fromkeys(moved) if problem not in known]

    def write(self) -> None:
        """Replace the files that change, each at once. Raises ConfigError `points.import` where it cannot be."""
        self.problems.raise_first()
        for path, text in self.texts.items():
            target = path.resolve()  # a link stays one
            half = target.with_name(f".{target.name}.{os.getpid()}.part")
            try:
                before = target.read_bytes() if target.exists() else b""
                mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
                half.write_bytes(mark + text.encode())
                if target.exists():
                    half.chmod(target.stat().st_mode & 0o7777)
                half.replace(target)
            except OSError as error:
                with suppress(OSError):
                    half.unlink()
                raise ConfigError("points.import", f"{path}: {error.strerror or 'cannot be written'}") from None


def plan_import(map_path: Path, source: Path, into: Path | None, day: date, *, remove: bool = False) -> Import:
    """Compare a master data file with a points file.

    into    the points file; it need not be there yet. None: everything is new
    day     the day on which rows must hold, where the map says which columns have it
    remove  entries that the source does not have are to be removed
    """
    plan = Import()
    try:
        mapping = load_map(map_path, plan.problems)
    except ConfigError as error:
        plan.problems.take(error, str(map_path))
        return plan
    if mapping is None:
        return plan
    try:
        tally = drafts_of(source_rows(source, mapping), mapping, day, plan.problems)
    except ConfigError as error:
        plan.problems.take(error, str(source))
        return plan
    plan.left_out = tally.left_out
    file = None
    if into is not None and into.exists():
        file = check_points(into)
        if not file.usable:
            plan.problems.found += file.problems.of(Severity.ERROR)
            return plan
    plan.found = difference(tally.drafts, mapping, file, plan.problems)
    if into is not None and plan.usable:
        wanted = [change for change in plan.found.changes if remove or change.kind != "removed"]
        _rewrite(plan, into, file, wanted)
    return plan


def _rewrite(plan: Import, into: Path, file: PointsFile | None, changes: list[Change]) -> None:
    """Make the new texts, read them back, and note where they do not say what they should."""
    sources = [source_of("", str(into), Problems())] if file is None else file.sources
    of_source: dict[int, list[Change]] = {}
    for change in changes:
        source = sources[-1] if change.entry is None else change.entry.source
        of_source.setdefault(id(source), []).append(change)
    for source in sources:
        if own := of_source.get(id(source)):
            plan.texts[Path(source.name)] = (
                rewrite_csv.rewritten(source, own)
                if isinstance(source, CsvSource)
                else rewrite_toml.rewritten(source, own)
            )
    result = plan.result = check_points(into, plan.texts)
    new = {_fields(fields): change for change, fields in _expected(changes)}
    for entry, _ in result.points:
        made_by = new.get(_fields(entry.fields)) or new.get(_fields(_own(entry)))
        if made_by is not None and made_by.place is not None:
            plan.origins.update((entry.place(name), made_by.place) for name in ("", *entry.own))
    broken = [problem for problem in result.problems.of(Severity.ERROR) if problem.code == "points.syntax"]
    if broken:
        message = f"its text cannot be changed entry by entry ({broken[0].message}): write points with [[point]]"
        plan.problems.error("points.import", message, Place(broken[0].place.file))
        return
    plan.take(result.problems.found)
    if plan.usable:
        _compare(plan, result, file, changes)


def _expected(changes: list[Change]) -> Iterator[tuple[Change, dict[str, Any]]]:
    """Give what each changed or added entry should hold; an added one may have more from `[defaults]`."""
    for change in changes:
        new = {name: value for name, (_, value) in change.fields.items() if value is not None}
        if change.kind == "added":
            yield change, new
        elif change.kind == "changed" and change.entry is not None:
            entry = change.entry
            kept = {name: entry.fields[name] for name in entry.own if name not in change.fields}
            yield change, {**entry.defaults, **kept, **new}


def _own(entry: Entry) -> dict[str, Any]:
    return {name: entry.fields[name] for name in entry.own}


def _compare(plan: Import, result: PointsFile, before: PointsFile | None, changes: list[Change]) -> None:
    """Note each change after which the file would not say what the source says, and any other that was touched."""
    touched = {id(change.entry) for change in changes if change.entry is not None}
    expected = [
        (_fields(entry.fields), entry.place())
        for entry, _ in (before.points if before is not None else ())
        if id(entry) not in touched
    ]
    expected += [
        (_fields(fields), change.entry.place()) for change, fields in _expected(changes) if change.entry is not None
    ]
    have = Counter(_fields(entry.fields) for entry, _ in result.points)
    for fields, place in expected:
        if have[fields]:
            have[fields] -= 1
        else:
            message = "this entry cannot be changed in the text of the file: write its fields in the entry itself"
            plan.problems.error("points.import", message, place)
    added = sum(change.kind == "added" for change in changes)
    if plan.usable and have.total() != added:
        message = f"{have.total()} new entries would be in the file, not {added}"
        plan.problems.error("points.import", message, Place(result.name))


def _fields(fields: dict[str, Any]) -> _Fields:
    return frozenset((name, str(value)) for name, value in fields.items())
