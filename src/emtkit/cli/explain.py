"""`emtkit explain`: every byte of a telegram with its meaning, every check with its verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from emtkit.cli.inputs import explained_telegrams, inputs_of
from emtkit.cli.options import reading_options
from emtkit.cli.output import binary_output, console, encoded, json_array
from emtkit.cli.tally import Tally
from emtkit.model.decoded import SCHEMA
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.cli.options import Reading
    from emtkit.explain import Explanation


@click.command("explain")
@click.argument("inputs", nargs=-1, metavar="[INPUT]...", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "html"]),
    default="table",
    show_default=True,
    help="table for people; json: one array; html: one file that needs no other and prints well.",
)
@click.option("--line", type=int, metavar="N", help="Only the telegram in line N of the file.")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH", help="Write to a file, not to standard output.")
@reading_options
def command(inputs: tuple[str, ...], form: str, line: int | None, out: Path | None, reading: Reading) -> int:
    """Explain a telegram byte by byte, and what is wrong with it.

    INPUT is a telegram in hex, a file, or - for standard input. Without a key, with a wrong one, or damaged: what is
    known is shown, and exactly what is wrong.
    """
    tally = Tally(strict=reading.strict)
    explanations = _counted(explained_telegrams(inputs_of(inputs), reading, line), tally)
    if form == "table" and out is None:
        _print(explanations)
    elif form == "table":
        raise click.UsageError("--out is for json and html; a table goes to standard output")
    else:
        _write(_TEXTS[form](explanations), out)
    if line is not None and not tally.frames:
        raise ConfigError("cli.explain.no_line", f"there is no telegram in line {line}")
    tally.report(said=form != "json")
    return tally.exit()


def _counted(explanations: Iterable[Explanation], tally: Tally) -> Iterator[Explanation]:
    for explanation in explanations:
        tally.count(explanation.decoded)
        yield explanation


def _print(explanations: Iterable[Explanation]) -> None:
    from emtkit.cli.explain_table import print_explanation

    screen = console()
    for number, explanation in enumerate(explanations):
        if number:
            screen.print()
        print_explanation(screen, explanation)


def _html(explanations: Iterable[Explanation]) -> Iterator[str]:
    from emtkit.cli.explain_html import page

    return page(explanations)


def _json(explanations: Iterable[Explanation]) -> Iterator[str]:
    return json_array(explanation_dict(explanation) for explanation in explanations)


def explanation_dict(explanation: Explanation) -> dict[str, Any]:
    """Return the JSON form (`emtkit schema explanation`)."""
    return {
        "schema": SCHEMA,
        "spans": [span.to_dict() for span in explanation.spans],
        "checks": [check._asdict() for check in explanation.checks],
        "decoded": explanation.decoded.to_dict(),
    }


def _write(parts: Iterable[str], out: Path | None) -> None:
    with binary_output(out) as stream:
        for part in parts:
            stream.write(encoded(part))


_TEXTS: Final = {"json": _json, "html": _html}
