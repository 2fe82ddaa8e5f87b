"""`emtkit mscons validate`: MSCONS files against MIG and AHB, a table for people or JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from emtkit.capture.source import open_source
from emtkit.cli import wording
from emtkit.cli.exits import Exit, of_error, worst
from emtkit.cli.messages import complain
from emtkit.cli.mscons_roles import role_options
from emtkit.cli.output import binary_stdout, console, encoded, json_array
from emtkit.export.mscons.incoming.as_capture import chunks
from emtkit.export.mscons.validate import check_interchanges
from emtkit.model.errors import EmtkitError
from emtkit.model.jsontext import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.mscons.validate import Finding, InterchangeReport, Roles

_SHOWN: Final = 50  # findings of one interchange in the table


@click.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "jsonl"]),
    default="table",
    show_default=True,
    help="table: for people; json: one list; jsonl: one line per interchange.",
)
@role_options
def command(files: tuple[str, ...], form: str, roles: Roles) -> int:
    """Check MSCONS files against MIG and AHB.

    Names the rule, the segment and the code that CONTRL or APERAK has for it. Ends with 5 if any interchange is
    invalid. A file may be packed with gzip; - is standard input.
    """
    codes: list[Exit] = []
    reports = _reports(files, roles, codes)
    if form == "table":
        for file, report in reports:
            _print(file, report)
    else:
        values = (_to_dict(file, report) for file, report in reports)
        texts = json_array(values) if form == "json" else (dumps(value) + "\n" for value in values)
        for text in texts:
            binary_stdout().write(encoded(text))
    return worst(codes)


def _reports(files: tuple[str, ...], roles: Roles, codes: list[Exit]) -> Iterator[tuple[str, InterchangeReport]]:
    """Give a report per interchange; a file that cannot be read does not stop the rest."""
    for file in files:
        try:
            with open_source(file) as packed:
                for report in check_interchanges(chunks(packed.unpacked()), roles=roles):
                    codes.append(Exit.OK if report.valid else Exit.EXPORT)
                    yield file, report
        except EmtkitError as error:
            complain(error.message if file in error.message else f"{file}: {error.message}", error.code)
            codes.append(of_error(error))


def _to_dict(file: str, report: InterchangeReport) -> dict[str, Any]:
    return {"file": file, **report.to_dict()}


def _print(file: str, report: InterchangeReport) -> None:
    from rich.table import Table

    from emtkit.cli.tables import LINES, indent, styled

    screen = console()
    heading = styled(f"{file}, interchange {report.reference or report.number}", "bold")
    heading.append(": valid" if report.valid else ": invalid", "green" if report.valid else "bold red")
    held = f"{wording.count(report.messages, 'message')}, {wording.count(report.values, 'value')}"
    heading.append_text(styled(f" · {held}", "not bold"))
    screen.print(heading, soft_wrap=True)
    findings = report.errors + report.warnings
    if findings:
        table = Table(box=LINES, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
        for column in ("segment", "answer", "what is wrong"):
            whole = column != "what is wrong"
            table.add_column(column, justify="right" if column == "segment" else "left", no_wrap=whole, overflow="fold")
        for finding in findings[:_SHOWN]:
            where, answer, message, rule = _row(finding)
            what = styled(message)
            what.append_text(styled(f"\n{rule}", "dim"))
            table.add_row(styled(where), styled(answer), what)
        screen.print(indent(table))
    beyond = max(0, len(findings) - _SHOWN) + report.more
    if beyond:
        screen.print(indent(styled(f"and {wording.count(beyond)} more", "dim")))
    if report.undecided:
        names = " ".join(f"[{name}]" for name in report.undecided)
        screen.print(styled(f"  not decidable from the message: {names}", "dim"), soft_wrap=True)


def _row(finding: Finding) -> tuple[str, ...]:
    where = f"{finding.segment} {finding.tag}" if finding.segment else "-"
    answer = finding.kind.answer or ("-" if finding.kind.error else "note")
    return where, answer, finding.message, f"{finding.rule} · {finding.code}"
