"""`emtkit mscons cancel`: take back messages that were sent (13006, Messwert Storno)."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from emtkit.cli.exits import Exit
from emtkit.cli.messages import complain, say
from emtkit.cli.wording import count
from emtkit.model.errors import ConfigError


@click.command("cancel")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Folder to write to."
)
@click.option(
    "--document",
    "documents",
    multiple=True,
    metavar="NUMBER",
    help="Take back only the message with this document number (BGM); may be given more than once.",
)
@click.option(
    "--message-date", metavar="TIME", callback=lambda _ctx, _param, text: _time(text), help="Date of the messages; now."
)
@click.option(
    "--reference",
    metavar="TEXT",
    help="1 to 10 of A-Z and 0-9 that the references begin with; made of the time if not given. Use it once.",
)
def command(
    files: tuple[Path, ...], out: Path, documents: tuple[str, ...], message_date: datetime | None, reference: str | None
) -> int:
    """Write cancellations (13006) of messages that were sent.

    FILE is an MSCONS file that was sent, or a folder of them. For meter readings and energies (VL, EM); load profiles
    are not cancelled but sent again. Ends with 5 if a message cannot be cancelled.
    """
    from emtkit.export.mscons.outgoing.cancel import cancel_files
    from emtkit.export.mscons.outgoing.interchange import seed_of

    now = datetime.now(UTC)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError("export.output", f"cannot make the folder {out}: {error.strerror}") from None
    report = cancel_files(
        files, out, created=message_date or now, reference=reference or seed_of(now), documents=documents
    )
    for found in report.refused:
        say(f"error: {found.field}: {found.message} [{found.code}]")
    if report.refused:
        complain(f"{count(len(report.refused), 'message')} not cancelled", "cli.refused")
    elif sys.stderr.isatty():
        written = count(len(report.written), "file")
        say(f"{written} written to {out}" if report.written else "nothing to cancel")
    return Exit.EXPORT if report.refused else Exit.OK


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} is no time with a zone, such as 2026-11-03T08:00:00Z")
    return moment
