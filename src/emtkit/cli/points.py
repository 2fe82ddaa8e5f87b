"""`emtkit points`: check points files, and take in what a leading system knows of the meters."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from emtkit.cli.exits import Exit, worst
from emtkit.cli.messages import complain, say
from emtkit.cli.output import binary_stdout, console, encoded
from emtkit.cli.wording import count
from emtkit.model.diagnostics import Severity
from emtkit.model.jsontext import dumps
from emtkit.points.files import check_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtkit.points.files import PointsFile
    from emtkit.points.problems import Problem

_MOST_LINES: Final = 50
_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl"]),
    default="table",
    show_default=True,
    help="table: for people; jsonl: for scripts.",
)


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date:
    """Read a day; today if none is given (the signature is click's)."""
    if value is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day, such as 2026-12-01", ctx, param) from None


@click.group("points", no_args_is_help=False)
def command() -> None:
    """Check points files, import master data into them."""


@command.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="End with 7 if anything is suspicious.")
@_FORMAT
def check(files: tuple[Path, ...], strict: bool, form: str) -> int:  # noqa: FBT001 - click's form
    """Check points files: each problem with line and column, and what may be a mistake.

    Ends with 2 if a file is wrong.
    """
    codes: list[Exit] = []
    for path in files:
        file = checked(check_points(path))
        errors, warnings = file.problems.of(Severity.ERROR), file.problems.of(Severity.WARNING)
        codes.append(Exit.USAGE if errors else Exit.PARTIAL if warnings and strict else Exit.OK)
        if form == "jsonl":
            binary_stdout().write(encoded(dumps(_to_dict(file, errors, warnings)) + "\n"))
        else:
            _print(file, errors + warnings)
    wrong = codes.count(Exit.USAGE)
    if wrong:
        complain(f"{count(wrong)} of {count(len(files), 'points file')} wrong", "cli.points.wrong")
    return worst(codes)


@command.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--map", "map_file", required=True, metavar="MAP", type=click.Path(path_type=Path), help="The map file.")
@click.option("--into", metavar="POINTS", type=click.Path(path_type=Path), help="The points file; it may be a new one.")
@click.option("--write", is_flag=True, help="Change the points file; without it the changes are only shown.")
@click.option("--remove", is_flag=True, help="Also remove entries that FILE does not have.")
@click.option("--on", "day", metavar="DATE", callback=_day, help="Day on which rows must hold (2026-12-01); today.")
@_FORMAT
def import_(
    source: Path,
    map_file: Path,
    into: Path | None,
    write: bool,  # noqa: FBT001 - click's form
    remove: bool,  # noqa: FBT001 - click's form
    day: date,
    form: str,
) -> int:
    """Import master data of a leading system: CSV or XML, by a map file.

    Shows what would be added, changed and removed. Ends with 2, and writes nothing, if anything is wrong.
    """
    from emtkit.cli.points_diff import change_rows, print_changes
    from emtkit.points.masterdata.plan import plan_import

    if write and into is None:
        raise click.UsageError("--write needs --into POINTS: the points file to change")
    plan = plan_import(map_file, source, into, day, remove=remove)
    if plan.result is not None:
        plan.take(checked(plan.result).problems.found)
    if form == "jsonl":
        for row in change_rows(plan, remove=remove):
            binary_stdout().write(encoded(dumps(row) + "\n"))
    else:
        print_changes(plan, remove=remove)
    problems = plan.problems.of(Severity.ERROR) + plan.problems.of(Severity.WARNING)
    for problem in problems[:_MOST_LINES]:
        field = f"{problem.field}: " if problem.field else ""
        say(f"{problem.severity.value}: {problem.place}: {field}{problem.message} [{problem.code}]")
    if len(problems) > _MOST_LINES:
        say(f"and {count(len(problems) - _MOST_LINES)} more")
    if not plan.usable:
        complain(f"{into or source}: nothing is written as long as something is wrong", "cli.points.not_imported")
        return Exit.USAGE
    if write:
        plan.write()
        for path in plan.texts:
            say(f"written: {path}")
    return Exit.OK


def checked(file: PointsFile) -> PointsFile:
    """Return the file with what exports and experience say of it among its problems."""
    from emtkit.cli.points_rules import check_connectors, check_roles, use_case_rule
    from emtkit.points.suspicions import add_suspicions

    check_connectors(file)
    check_roles(file)
    add_suspicions(file, (use_case_rule,))
    return file


def problem_row(problem: Problem) -> dict[str, Any]:
    """Return a problem for scripts."""
    place = problem.place
    return {
        "code": problem.code,
        "file": place.file,
        "line": place.line or None,
        "column": place.column or None,
        "field": problem.field or None,
        "message": problem.message,
    }


def print_problems(problems: Sequence[Problem]) -> None:
    """Print problems as a table."""
    from rich.table import Table

    from emtkit.cli.columns import GAP
    from emtkit.cli.tables import LINES, SEVERITY_STYLES, indent, styled

    table = Table(box=LINES, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for heading in ("where", "", "field", "what", "code"):
        table.add_column(heading, overflow="fold")
    for problem in problems:
        severity = styled(problem.severity.value, SEVERITY_STYLES[problem.severity.value])
        cells = (str(problem.place), severity, problem.field, problem.message, problem.code)
        table.add_row(*(styled(cell) if isinstance(cell, str) else cell for cell in cells))
    console().print(indent(table))


def _to_dict(file: PointsFile, errors: Sequence[Problem], warnings: Sequence[Problem]) -> dict[str, Any]:
    return {
        "file": file.name,
        "valid": not errors,
        "points": len(file.points),
        "meters": len({point.meter_match for _, point in file.points}),
        "tenants": [party.name for party in file.tenants],
        "partners": [party.name for party in file.partners],
        "connectors": [connector.name for connector in file.connectors],
        "errors": [problem_row(problem) for problem in errors],
        "warnings": [problem_row(problem) for problem in warnings],
    }


def _print(file: PointsFile, problems: Sequence[Problem]) -> None:
    from emtkit.cli.tables import styled

    meters = len({point.meter_match for _, point in file.points})
    held = [count(len(file.points), "register"), f"of {count(meters, 'meter')}"]
    parts = [" ".join(held)]
    parts += [
        count(len(found), noun)
        for found, noun in ((file.tenants, "tenant"), (file.partners, "partner"), (file.connectors, "connector"))
        if found
    ]
    verdict = ("well formed", "green") if file.usable else ("wrong", "bold red")
    heading = styled(f"{file.name}: ", "bold")
    heading.append(*verdict)
    heading.append_text(styled(f" · {', '.join(parts)}", "not bold"))
    console().print(heading, soft_wrap=True)
    if problems:
        print_problems(problems)
