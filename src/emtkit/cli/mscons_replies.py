"""`emtkit mscons replies`: what partners answered (CONTRL, APERAK), and to which of your files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emtkit.capture.source import open_source
from emtkit.cli import wording
from emtkit.cli.exits import Exit, of_error, worst
from emtkit.cli.messages import complain, say
from emtkit.cli.output import binary_stdout, console, encoded
from emtkit.export.mscons.answers import read_answers, read_sent
from emtkit.export.mscons.answers.sent import segments_at
from emtkit.export.mscons.incoming.as_capture import chunks
from emtkit.model.errors import EmtkitError
from emtkit.model.jsontext import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.mscons.answers import Answer, AnswerError, SentFile
    from emtkit.export.mscons.answers.sent import SentHead

_STYLES = {"rejected": "bold red", "accepted": "green", "received": "green", "unknown": "yellow"}


@click.command("replies")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True))
@click.option(
    "--sent",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="Your own MSCONS file, or a folder of them; may be given more than once.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl"]),
    default="table",
    show_default=True,
    help="table: for people; jsonl: one line per answer.",
)
def command(files: tuple[str, ...], sent: tuple[Path, ...], form: str) -> int:
    """Show what partners answered: CONTRL and APERAK files.

    With --sent the message that is answered is named, the segment that CONTRL names is shown, and files without any
    answer are listed. Ends with 5 if anything was rejected.
    """
    codes: list[Exit] = []
    known = _Sent(sent, codes)
    for file in files:
        try:
            with open_source(file) as packed:
                for answer in read_answers(chunks(packed.unpacked())):
                    codes.append(Exit.EXPORT if answer.verdict == "rejected" else Exit.OK)
                    known.answered(answer)
                    if form == "jsonl":
                        binary_stdout().write(encoded(dumps(_to_dict(file, answer, known)) + "\n"))
                    else:
                        _print(file, answer, known)
        except EmtkitError as error:
            complain(error.message if file in error.message else f"{file}: {error.message}", error.code)
            codes.append(of_error(error))
    for path, reference in known.without_answer():
        say(f"no answer yet: {path}, interchange {reference}")
    return worst(codes)


class _Sent:
    """The files that were sent, by their reference."""

    def __init__(self, paths: tuple[Path, ...], codes: list[Exit]) -> None:
        self._files: dict[str, tuple[Path, SentFile]] = {}
        self._answered: set[str] = set()
        for path in _files_of(paths):
            try:
                with open_source(path) as packed:
                    for sent in read_sent(chunks(packed.unpacked())):
                        self._files[sent.reference] = path, sent
            except EmtkitError as error:
                complain(f"{path}: {error.message}", error.code)
                codes.append(of_error(error))

    def answered(self, answer: Answer) -> None:
        self._answered.add(answer.interchange)

    def without_answer(self) -> Iterator[tuple[Path, str]]:
        for reference, (path, _) in self._files.items():
            if reference not in self._answered:
                yield path, reference

    def path_of(self, answer: Answer) -> Path | None:
        return self._files[answer.interchange][0] if answer.interchange in self._files else None

    def message_of(self, answer: Answer, error: AnswerError | None = None) -> SentHead | None:
        if answer.interchange not in self._files:
            return None
        sent = self._files[answer.interchange][1]
        if error is not None and error.message:
            return sent.messages.get(error.message)
        return sent.message_of(answer.document) if answer.document else None

    def contents(self, answer: Answer) -> list[str]:
        """Return what stood at the place of each error; empty where that is not known."""
        path = self.path_of(answer)
        places = [_place(error) for error in answer.errors]
        if path is None or not any(places):
            return [error.content for error in answer.errors]
        with open_source(path) as packed:
            found = segments_at(chunks(packed.unpacked()), answer.interchange, filter(None, places))
        return [
            error.content or (found.get(place, "") if place else "")
            for error, place in zip(answer.errors, places, strict=True)
        ]


def _files_of(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.iterdir() if each.is_file() and each.name.startswith("MSCONS"))
        else:
            yield path


def _place(error: AnswerError) -> tuple[str, int] | None:
    return (error.message, int(error.segment)) if error.message and error.segment.isdecimal() else None


def _to_dict(file: str, answer: Answer, known: _Sent) -> dict[str, Any]:
    found = {"file": file, **answer.to_dict()}
    path, message = known.path_of(answer), known.message_of(answer)
    for error, content in zip(found["errors"], known.contents(answer), strict=True):
        error["content"] = content or None
    found["answers"] = {
        "file": None if path is None else str(path),
        "pid": message.pruefidentifikator if message else None,
        "location": message.location if message else None,
    }
    return found


def _print(file: str, answer: Answer, known: _Sent) -> None:
    from emtkit.cli.tables import indent, plain_table, styled

    screen = console()
    heading = styled(f"{answer.kind} {answer.release} · {answer.interchange or '?'}", "bold")
    if answer.document:
        heading.append_text(styled(f" · document {answer.document}", "not bold"))
    heading.append(" · ")
    heading.append(answer.verdict, _STYLES[answer.verdict])
    screen.print(heading, soft_wrap=True)
    path, message = known.path_of(answer), known.message_of(answer)
    about = [str(path)] if path else []
    if message:
        about += filter(None, [f"message {message.reference}", message.pruefidentifikator, message.location])
    when = "" if answer.created is None else f", {wording.moment(answer.created)}"
    screen.print(styled(f"  {answer.sender} to {answer.receiver}{when} · {file}", "dim"), soft_wrap=True)
    if about:
        screen.print(styled("  answers " + " · ".join(about)), soft_wrap=True)
    if answer.errors:
        contents = known.contents(answer)
        rows = [_row(error, content) for error, content in zip(answer.errors, contents, strict=True)]
        screen.print(indent(plain_table(("where", "code", "what is wrong", "as it was sent"), rows)))
    for text in answer.unread:
        screen.print(styled(f"  not read: {text}", "yellow"), soft_wrap=True)


def _row(error: AnswerError, content: str) -> tuple[str, str, str, str]:
    segment = f"segment {error.segment}" if error.segment.isdecimal() else error.segment
    element = f"element {error.element}" if error.element else ""
    where = ", ".join(filter(None, [f"message {error.message}" if error.message else "", segment, element]))
    return where or "-", error.code, error.description or error.meaning, content
