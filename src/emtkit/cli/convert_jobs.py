"""What one `emtkit convert` has to write: what the options say, or the connectors of the points file."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from emtkit.export.registry import export
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError
from emtkit.points.connectors import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from emtkit.cli.tally import Tally
    from emtkit.export.registry import Report
    from emtkit.model.decoded import Decoded
    from emtkit.points import Connector, Points

_UNSAFE: Final = re.compile(r"[^\w.-]+")
_LETTERS: Final = 26


class Job(NamedTuple):
    """One export.

    name    what messages call it, empty where there is only one
    chosen  telegrams of meters that are not among the points are left out
    named   it is said of which tenants it is
    """

    name: str
    form: str
    out: Path | None
    settings: dict[str, str]
    points: Points | None
    chosen: bool = False
    named: bool = False


class Wanted(NamedTuple):
    """The options of the command line that say what to write."""

    form: str | None
    out: Path | None
    points: Path | None
    settings: dict[str, str]
    tenants: Sequence[str]
    connectors: Sequence[str]


def jobs_of(wanted: Wanted) -> list[Job]:
    """Return the exports, at least one.

    Raises UsageError for options that do not go together, ConfigError `points.*`, `cli.convert.tenants`.
    """
    points = None
    if wanted.points is not None:
        from emtkit.points import Points

        points = Points.load(wanted.points)
    elif wanted.tenants or wanted.connectors:
        raise click.UsageError("--tenant and --connector are of a points file: give --points FILE")
    if points is not None and wanted.tenants:
        points = points.of_tenants(wanted.tenants)
    named = bool(wanted.tenants)
    if points is None or not wanted.connectors:
        if wanted.form is None:
            raise click.UsageError("no format: give --to FORMAT, or --connector NAME of the points file")
        jobs = [Job("", wanted.form, wanted.out, wanted.settings, points, named, named)]
    else:
        if wanted.form is not None:
            raise click.UsageError("a connector has its format: leave --to out")
        folder = wanted.points.parent if wanted.points is not None else Path()
        jobs = [
            job for name in wanted.connectors for job in _of_connector(points.connector(name), points, folder, wanted)
        ]
    for job in jobs:
        _keep_tenants_apart(job)
    if len(jobs) == 1:
        return [jobs[0]._replace(name="")]
    if wanted.out is not None:
        raise click.UsageError("--out is for one output; these connectors have several")
    return jobs


def _of_connector(connector: Connector, points: Points, folder: Path, wanted: Wanted) -> Iterator[Job]:
    """Give the exports of a connector: one, or one per tenant where its `out` names the tenant.

    Raises ConfigError `points.connector`, `export.output`.
    """
    chosen = points.only(connector.takes)
    settings = {**connector.settings(), **wanted.settings}
    parts = [chosen]
    if connector.out is not None and "{tenant}" in connector.out and wanted.out is None:
        nobody = next((point for point in chosen.all if point.tenant is None), None)
        if nobody is not None:
            message = f"{connector.where}: out has {{tenant}}, but {nobody.where} names no tenant"
            raise ConfigError("points.connector", message, field="out")
        parts = [chosen.of_tenants([tenant]) for tenant in chosen.tenant_names] or [chosen]
    for part in parts:
        tenant = part.tenant_names[0] if len(parts) > 1 or len(part.tenant_names) == 1 else ""
        name = f"{connector.name}, {tenant}" if len(parts) > 1 else connector.name
        out = wanted.out or _path(connector, tenant, folder)
        named = bool(connector.tenant or wanted.tenants)
        yield Job(name, connector.to, out, settings, part, chosen=True, named=named)


def _path(connector: Connector, tenant: str, folder: Path) -> Path | None:
    """Return where a connector writes, its folder made. Raises ConfigError `export.output`."""
    if connector.out is None:
        return None
    now = datetime.now().astimezone()
    filled = {
        "date": f"{now:%Y-%m-%d}",
        "time": f"{now:%H%M%S}",
        "tenant": _UNSAFE.sub("_", tenant),
        "connector": _UNSAFE.sub("_", connector.name),
    }
    path = folder / PLACEHOLDER.sub(lambda match: filled[match[1]], connector.out)
    if export(connector.to).OUTPUT == "file":
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError("export.output", f"cannot make the folder {path.parent}: {error.strerror}") from None
    return path


def _keep_tenants_apart(job: Job) -> None:
    """Refuse to mix tenants in one output; messages of the market have one sender each."""
    if job.points is None or not job.points.tenants or job.named or job.form == "mscons":
        return
    names = job.points.tenant_names
    if len(names) > 1:
        who = f"connector {job.name}" if job.name else job.points.source
        raise ConfigError(
            "cli.convert.tenants",
            f"{who} has points of {len(names)} tenants, {job.form} would mix them: --tenant NAME says whose "
            f"({', '.join(names)})",
        )


def with_own_references(jobs: Sequence[Job], clock: Callable[[], dict[str, str]]) -> Iterator[Job]:
    """Give the exports, those of the market with date and references; no two exports have the same references."""
    number = 0
    by_the_clock: dict[str, str] = {}
    for job in jobs:
        if job.form != "mscons":
            yield job
            continue
        by_the_clock = by_the_clock or clock()
        settings = {**by_the_clock, **job.settings}
        if number:
            settings["reference"] += _letters(number)
        number += 1
        yield job._replace(settings=settings)


def _letters(number: int) -> str:
    """Return a number in letters: a reference goes on with digits, so no two meet."""
    text = ""
    while number:
        number, digit = divmod(number - 1, _LETTERS)
        text = chr(ord("A") + digit) + text
    return text


class Selection:
    """Passes on the telegrams of the meters that an export is for, and counts them.

    Those of other meters are left out and do not count; one whose meter is not known counts, because it may be
    for this export.
    """

    def __init__(self, job: Job, tally: Tally) -> None:
        """Begin."""
        self._points = job.points if job.chosen else None
        self._tally = tally
        self._left_out = 0

    def of(self, telegrams: Iterable[Decoded]) -> Iterator[Decoded]:
        """Give those that belong to the export."""
        points = self._points
        if points is None:
            yield from self._tally.watch(telegrams)
            return
        for decoded in telegrams:
            if decoded.meter is None:
                self._tally.count(decoded)
            elif points.match(decoded.meter):
                self._tally.count(decoded)
                yield decoded
            else:
                self._left_out += 1

    def tell(self, report: Report) -> None:
        """Add to the report how many telegrams were left out."""
        if self._left_out:
            message = f"telegrams of meters that are not chosen, left out: {self._left_out}"
            report.diagnostics.append(Diagnostic(Severity.INFO, "points.not_chosen", "points", "", None, None, message))
