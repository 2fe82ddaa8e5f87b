"""`emtkit convert`: the batch job, from captures to what others accept."""

from __future__ import annotations

import sys
from dataclasses import replace
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from emtkit.cli.convert_jobs import Selection, Wanted, jobs_of, with_own_references
from emtkit.cli.exits import Exit, worst
from emtkit.cli.inputs import decoded_telegrams, inputs_of
from emtkit.cli.messages import complain, say
from emtkit.cli.options import reading_options
from emtkit.cli.output import binary_stdout
from emtkit.cli.progress import with_progress
from emtkit.cli.tally import Tally
from emtkit.cli.wording import count
from emtkit.export.registry import export, names, write
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

    from emtkit.cli.convert_jobs import Job
    from emtkit.cli.options import Reading
    from emtkit.export.registry import Report

_MOST_LINES: Final = 20


def _known_format(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    if value is not None:
        export(value)
    return value


def _complete_format(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    from click.shell_completion import CompletionItem

    return [CompletionItem(name, help=export(name).TITLE) for name in names() if name.startswith(incomplete)]


def _settings(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    settings = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", ctx, param)
        settings[name.strip()] = value
    return settings


def _list_formats(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:  # noqa: ARG001, FBT001
    """Print the formats with their options (the signature is click's)."""
    if not wanted or ctx.resilient_parsing:
        return
    for name in names():
        form = export(name)
        click.echo(f"{click.style(name, bold=True)}: {form.TITLE}{'; needs --points' if form.NEEDS_POINTS else ''}")
        for kind in form.Options.__mro__[:-1]:  # what several formats have in common is a class of its own
            for line in cleandoc(kind.__doc__ or "").splitlines()[1:]:
                click.echo(f"    {line}".rstrip())
    ctx.exit()


@click.command("convert")
@click.argument("inputs", nargs=-1, metavar="[INPUT]...", type=click.Path(allow_dash=True))
@click.option(
    "--to",
    "form",
    metavar="FORMAT",
    callback=_known_format,
    shell_complete=_complete_format,
    help="Format to write; --formats lists them with their options (docs/export.md).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="File or folder to write; standard output if not given or -.",
)
@click.option("--points", "points_file", type=click.Path(path_type=Path), metavar="FILE", help="Which meter is what.")
@click.option("--tenant", "tenants", multiple=True, metavar="NAME", help="Only points of this tenant.")
@click.option(
    "--connector",
    "connectors",
    multiple=True,
    metavar="NAME",
    help="Run a connector of the points file: it says format, options and output.",
)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", callback=_settings, help="An option of the format."
)
@click.option(
    "--formats",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_formats,
    help="List the formats and their options.",
)
@reading_options
def command(
    inputs: tuple[str, ...],
    form: str | None,
    out: Path | None,
    points_file: Path | None,
    tenants: tuple[str, ...],
    connectors: tuple[str, ...],
    settings: dict[str, str],
    reading: Reading,
) -> int:
    """Convert captures into readings, load profiles or market messages.

    A telegram that fails does not stop the rest. At the end it is said how many failed, and the exit code is not 0.
    """
    sources = inputs_of(inputs)
    jobs = jobs_of(Wanted(form, out, points_file, settings, tenants, connectors))
    for job in jobs:
        _keep_inputs(sources, job.out)
    if len(jobs) > 1 and Path("-") in sources:
        raise click.UsageError("standard input can be read once only: give one --connector, or files")
    given = reading.memory
    # each job reads all frames anew: what they taught one of the jobs is not for the next
    return worst(
        [
            _run(job, sources, replace(reading, memory=given.branch()))
            for job in with_own_references(jobs, _by_the_clock)
        ]
    )


def _run(job: Job, sources: Sequence[Path | bytes], reading: Reading) -> Exit:
    """Write one export, and say what came of it."""
    tally = Tally(strict=reading.strict)
    selection = Selection(job, tally)
    if job.points is not None:
        reading.name_payloads(job.points)
    telegrams = with_progress(selection.of(decoded_telegrams(sources, reading, holding=True)), tally)
    target = binary_stdout() if job.out is None or str(job.out) == "-" else job.out
    report = write(job.form, telegrams, target, points=job.points, options=job.settings)
    selection.tell(report)
    if job.name and (report.diagnostics or report.refused or tally.failed):
        say(f"{job.name}:")
    return _finish(report, tally)


def _by_the_clock() -> dict[str, str]:
    """Return the date of market messages and the beginning of their references: the library never reads the clock."""
    from datetime import UTC, datetime

    from emtkit.export.mscons.outgoing.interchange import seed_of

    now = datetime.now(UTC)
    return {"message_date": now.isoformat(), "reference": seed_of(now)}


def _keep_inputs(sources: Sequence[Path | bytes], out: Path | None) -> None:
    """Refuse to write over what is to be read. Raises ConfigError `cli.convert.overwrites`."""
    if out is None or not out.exists():
        return
    for source in sources:
        if isinstance(source, Path) and source.exists() and source.samefile(out):
            raise ConfigError("cli.convert.overwrites", f"{out} is an input; the output needs another name")


def _finish(report: Report, tally: Tally) -> Exit:
    """Say what was written and what was not, and return the exit code."""
    for found in (*report.diagnostics, *report.refused)[:_MOST_LINES]:
        place = f"{found.field}: " if found.field else ""
        say(f"{found.severity.value}: {place}{found.message} [{found.code}]")
    untold = len(report.diagnostics) + len(report.refused) - _MOST_LINES
    if untold > 0:
        say(f"and {count(untold)} more")
    tally.report()
    if report.refused:
        complain(f"{count(len(report.refused), 'item')} not written", "cli.refused")
    elif not tally.failed:
        _praise(report)
    return worst([tally.exit(), *([Exit.EXPORT] if report.refused else [])])


def _praise(report: Report) -> None:
    """Say on a terminal what was written; a batch that went well is silent."""
    if not sys.stderr.isatty():
        return
    files = {item.path for item in report.written if item.path is not None}
    where = f" to {next(iter(files))}" if len(files) == 1 else f" to {count(len(files), 'file')}" if files else ""
    say(f"{count(report.frames, 'telegram')} converted{where}")
