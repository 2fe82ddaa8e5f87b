"""`emtkit keys`: check key files and show what they hold. No key is ever printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from emtkit.cli import wording
from emtkit.cli.exits import Exit
from emtkit.cli.inputs import decoded_telegrams, inputs_of
from emtkit.cli.messages import complain
from emtkit.cli.options import Reading, key_ring
from emtkit.cli.output import console, print_json
from emtkit.keys.summary import summarise_keys
from emtkit.protocols.context import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtkit.keys.summary import EntrySummary, KeysSummary, MeterKeys

_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="Table or JSON.")


@click.group("keys", no_args_is_help=False)
def command() -> None:
    """Check key files and show what they hold, without the keys."""


@command.command("show")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@_FORMAT
def show(files: tuple[Path, ...], form: str) -> None:
    """Show for which meters the key files have keys. Keys are not shown."""
    summary = summarise_keys(key_ring(files))
    if form == "json":
        print_json(summary.to_dict())
        return
    _print_rows(("meter", "keys", "label"), [_entry_row(entry) for entry in summary.entries])
    _say_duplicates(summary)


@command.command("check")
@click.argument("key_file", metavar="FILE", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, metavar="[INPUT]...", type=click.Path(allow_dash=True))
@_FORMAT
def check(key_file: Path, inputs: tuple[str, ...], form: str) -> int:
    """Check a key file; with captures, whether its keys open their telegrams.

    Ends with 4 if a meter of the captures has no key or only wrong ones.
    """
    ring = key_ring((key_file,))
    reading = Reading(ring, None, None, strict=False, zone=None, memory=Memory())
    telegrams = decoded_telegrams(inputs_of(inputs), reading) if inputs else None
    summary = summarise_keys(ring, telegrams)
    if form == "json":
        print_json(summary.to_dict())
    else:
        click.echo(f"{key_file}: {wording.count(len(summary.entries), 'entry', 'entries')}, all well formed")
        _say_duplicates(summary)
        if inputs:
            _print_meters(summary)
    closed = sum(row.needs_key for row in summary.meters)
    if not closed:
        return Exit.OK
    meters = f"{wording.count(closed)} of {wording.count(len(summary.meters), 'meter')}"
    complain(f"{meters} without the right key", "cli.keys.closed")
    return Exit.SECURITY


def _entry_row(entry: EntrySummary) -> tuple[str, ...]:
    keys = [f"{bits} bit" for bits in entry.bits]
    if entry.authentication_keys:
        keys.append(wording.count(entry.authentication_keys, "authentication key"))
    keys += entry.lorawan
    return ("any meter" if entry.is_default else entry.meter, ", ".join(keys), entry.label)


def _print_meters(summary: KeysSummary) -> None:
    _print_rows(("meter", "telegrams", "verdict", "opened with"), [_meter_row(row) for row in summary.meters])
    if summary.unknown:
        click.echo(f"{wording.count(summary.unknown, 'telegram')} without a meter's address")
    if summary.unused:
        click.echo(f"not in the captures: {', '.join(summary.unused)}")


def _meter_row(row: MeterKeys) -> tuple[str, ...]:
    verdicts = [f"{number} x {wording.words(verdict)}" for verdict, number in row.verdicts.most_common()]
    return (
        " ".join(filter(None, (row.meter.manufacturer, row.meter.id))),
        wording.count(row.telegrams),
        ", ".join(verdicts),
        ", ".join(row.used),
    )


def _print_rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from emtkit.cli.tables import plain_table

    console().print(plain_table(headings, rows))


def _say_duplicates(summary: KeysSummary) -> None:
    for found in summary.duplicates:
        where = ", ".join(found.labels)
        if found.kind == "shared":
            click.echo(f"the same key for several meters: {where}")
        else:
            click.echo(f"the same key more than once: {where}")
