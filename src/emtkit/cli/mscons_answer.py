"""`emtkit mscons answer`: the CONTRL and APERAK files that a received MSCONS file is answered with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from emtkit.capture.source import open_source
from emtkit.cli import wording
from emtkit.cli.exits import Exit, of_error, worst
from emtkit.cli.messages import complain, say
from emtkit.cli.mscons_roles import role_options
from emtkit.cli.mscons_writing import writing_options
from emtkit.cli.output import binary_stdout, encoded
from emtkit.export.mscons.answers import answer
from emtkit.export.mscons.incoming.as_capture import chunks
from emtkit.export.mscons.outgoing.interchange import References
from emtkit.export.mscons.validate import check_interchanges
from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.model.jsontext import dumps

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    from emtkit.export.mscons.answers import Answers
    from emtkit.export.mscons.answers.asked import Sparte
    from emtkit.export.mscons.validate import InterchangeReport, Roles


@click.command("answer")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True))
@writing_options
@click.option("--sparte", type=click.Choice(["electricity", "gas"]), help="Where the MP-IDs (GLN) do not say it.")
@click.option(
    "--acknowledge",
    is_flag=True,
    help="Electricity: also accept messages without an error. Only if you checked master data and roles yourself.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl"]),
    default="table",
    show_default=True,
    help="What is printed: a line per file written, or JSON.",
)
@role_options
def command(
    files: tuple[str, ...],
    out: Path,
    message_date: datetime,
    reference: str,
    sparte: Sparte | None,
    acknowledge: bool,  # noqa: FBT001 - click's form
    form: str,
    roles: Roles,
) -> int:
    """Write the CONTRL and APERAK files that answer received MSCONS files.

    Wrong syntax is answered with CONTRL; gas also gets one where it is right. Errors of the AHB are answered with
    APERAK. The names are those of EDI@Energy. Ends with 5 if an answer could not be written, or an error has no code.
    """
    job = _Job(out, form, message_date, References(reference), sparte, acknowledge)
    codes: list[Exit] = []
    for file in files:
        try:
            with open_source(file) as packed:
                reports = check_interchanges(
                    chunks(packed.unpacked()), roles=roles, received_at=message_date, heads=True
                )
                codes.extend(job.answer(file, report) for report in reports)
        except EmtkitError as error:
            complain(error.message if file in error.message else f"{file}: {error.message}", error.code)
            codes.append(of_error(error))
    return worst(codes)


class _Job(NamedTuple):
    """What the command was given."""

    out: Path
    form: str
    created: datetime
    references: References
    sparte: Sparte | None
    acknowledge: bool

    def answer(self, file: str, report: InterchangeReport) -> Exit:
        """Answer one interchange; return the exit code that it calls for."""
        where = f"{file}, interchange {report.reference or report.number}"
        try:
            answers = answer(
                report,
                created=self.created,
                references=self.references,
                sparte=self.sparte,
                acknowledge=self.acknowledge,
            )
            for each in answers.files:
                _write(self.out / each.name, each.text)
        except EmtkitError as error:
            complain(f"{where}: {error.message}", error.code)
            return of_error(error)
        if self.form == "jsonl":
            binary_stdout().write(encoded(dumps(_to_dict(file, report, answers)) + "\n"))
        else:
            _print(where, report, answers)
        for finding in answers.untold:
            say(f"error: {where}: no answer tells this: {finding.message} [{finding.code}]")
        return Exit.EXPORT if answers.untold else Exit.OK


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(text.encode("latin-1"))
    except FileExistsError:
        raise ConfigError("mscons_answer.exists", f"{path} exists already") from None
    except OSError as error:
        raise ConfigError("cli.output", f"{path}: {error.strerror or 'cannot be written'}") from None


def _to_dict(file: str, report: InterchangeReport, answers: Answers) -> dict[str, Any]:
    return {
        "file": file,
        "interchange": report.number,
        "reference": report.reference or None,
        "answers": [
            {
                "kind": each.kind,
                "name": each.name,
                "reference": each.reference,
                "accepted": each.accepted,
                "rejected": each.rejected,
            }
            for each in answers.files
        ],
        "untold": [finding.to_dict() for finding in answers.untold],
    }


def _print(where: str, report: InterchangeReport, answers: Answers) -> None:
    syntax = any(finding.kind.answer.startswith("CONTRL") for finding in report.errors)
    for each in answers.files:
        if each.kind == "CONTRL":
            said = "rejects the interchange" if syntax else "says that it was received"
        else:
            parts = [("rejects", each.rejected), ("accepts", each.accepted)]
            said = ", ".join(f"{verb} {wording.count(number, 'message')}" for verb, number in parts if number)
        click.echo(wording.printable(f"{each.name}: {said}"))
    if not answers.files:
        click.echo(wording.printable(f"{where}: nothing to answer"))
