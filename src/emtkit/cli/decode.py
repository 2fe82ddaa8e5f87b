"""`emtkit decode`: telegrams to readings, as a table, JSON, JSON Lines or CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from emtkit.cli.inputs import decoded_telegrams, inputs_of
from emtkit.cli.options import reading_options
from emtkit.cli.output import binary_stdout, console, encoded, json_array
from emtkit.cli.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emtkit.cli.options import Reading
    from emtkit.model.decoded import Decoded


@click.command("decode")
@click.argument("inputs", nargs=-1, metavar="[INPUT]...", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "jsonl", "csv"]),
    default="table",
    show_default=True,
    help="table for people; json: one array; jsonl: one line per telegram; csv: one row per reading.",
)
@reading_options
def command(inputs: tuple[str, ...], form: str, reading: Reading) -> int:
    """Decode telegrams and print their readings.

    INPUT is a telegram in hex, a file, or - for standard input. A file may hold hex lines, JSON lines, lines of
    wmbusmeters, rtl_wmbus or CUL, text telegrams, or a binary stream.
    """
    tally = Tally(strict=reading.strict)
    telegrams = tally.watch(decoded_telegrams(inputs_of(inputs), reading))
    said = _WRITERS[form](telegrams)
    tally.report(said=said)
    return tally.exit()


def _table(telegrams: Iterable[Decoded]) -> bool:
    """Print tables. Returns True: what went wrong stands in them."""
    from emtkit.cli.tables import print_decoded

    screen = console()
    for number, decoded in enumerate(telegrams):
        if number:
            screen.print()
        print_decoded(screen, decoded)
    return True


def _json(telegrams: Iterable[Decoded]) -> bool:
    out = binary_stdout()
    for part in json_array(decoded.to_dict() for decoded in telegrams):
        out.write(encoded(part))
    return False


def _jsonl(telegrams: Iterable[Decoded]) -> bool:
    from emtkit.export.jsonl import line

    out = binary_stdout()
    for decoded in telegrams:
        out.write(encoded(f"{line(decoded)}\n"))
        out.flush()  # whoever reads the pipe of a running receiver waits for this line
    return False


def _csv(telegrams: Iterable[Decoded]) -> bool:
    from emtkit.export.csv_table import write

    write(telegrams, binary_stdout())
    return False


_WRITERS: Final[dict[str, Callable[[Iterable[Decoded]], bool]]] = {
    "table": _table,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
}
