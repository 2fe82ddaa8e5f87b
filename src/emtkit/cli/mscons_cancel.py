"""`emtkit mscons cancel`: take back messages that were sent (13006, Messwert Storno)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emtkit.cli.exits import Exit
from emtkit.cli.messages import complain, say
from emtkit.cli.mscons_writing import writing_options
from emtkit.cli.wording import count
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime


@click.command("cancel")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--document",
    "documents",
    multiple=True,
    metavar="NUMBER",
    help="Take back only the message with this document number (BGM); may be given more than once.",
)
@writing_options
def command(
    files: tuple[Path, ...], out: Path, documents: tuple[str, ...], message_date: datetime, reference: str
) -> int:
    """Write cancellations (13006) of messages that were sent.

    FILE is an MSCONS file that was sent, or a folder of them. For meter readings and energies (VL, EM); load profiles
    are not cancelled but sent again. Ends with 5 if a message cannot be cancelled.
    """
    from emtkit.export.mscons.outgoing.cancel import cancel_files

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError("export.output", f"cannot make the folder {out}: {error.strerror}") from None
    report = cancel_files(files, out, created=message_date, reference=reference, documents=documents)
    for found in report.refused:
        say(f"error: {found.field}: {found.message} [{found.code}]")
    if report.refused:
        complain(f"{count(len(report.refused), 'message')} not cancelled", "cli.refused")
    elif sys.stderr.isatty():
        written = count(len(report.written), "file")
        say(f"{written} written to {out}" if report.written else "nothing to cancel")
    return Exit.EXPORT if report.refused else Exit.OK
