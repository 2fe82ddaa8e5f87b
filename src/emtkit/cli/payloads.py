"""`emtkit payloads`: the known payloads of LoRaWAN devices, and a check for your own payload files."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emtkit.cli.exits import Exit
from emtkit.cli.messages import complain
from emtkit.cli.output import console, print_json
from emtkit.cli.wording import count, words
from emtkit.model.errors import ConfigError
from emtkit.model.meter_id import DEVICE_TYPES
from emtkit.protocols.lorawan.payload_check import check_payload
from emtkit.protocols.lorawan.payload_file import payload_files

if TYPE_CHECKING:
    from emtkit.protocols.lorawan.payload_file import PayloadField, PayloadFile

_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="Table or JSON.")


@click.group("payloads", no_args_is_help=False)
def command() -> None:
    """Show the known payloads of LoRaWAN devices, check your own payload files."""


@command.command("list")
@_FORMAT
def list_payloads(form: str) -> None:
    """List the payloads."""
    found = payload_files().values()
    if form == "json":
        print_json([_payload_dict(file) for file in found])
        return
    from emtkit.cli.tables import plain_table

    rows = [(file.name, file.title, _medium(file)) for file in found]
    console().print(plain_table(("name", "what", "medium"), rows))


@command.command("show")
@click.argument("name", metavar="NAME")
@_FORMAT
def show(name: str, form: str) -> None:
    """Show one payload: which devices, what they send, where the layout is described."""
    file = _named(name)
    if form == "json":
        print_json([_payload_dict(file)])
        return
    from emtkit.cli.tables import plain_table

    click.echo(click.style(file.title, bold=True))
    click.echo(f"  source: {file.source}")
    click.echo(f"  devices: {'; '.join(_match_words(file)) or 'those that you name'}")
    if file.alone:
        click.echo("  tells itself: found also when the device is unknown")
    click.echo(f"  tested with {count(len(file.example), 'payload')}")
    if file.program is not None:
        click.echo(f"  read by the program {file.program}")
    rows = [(words(part.name), words(part.quantity), part.unit or "", part.obis or "") for part in _fields(file)]
    if rows:
        click.echo()
        console().print(plain_table(("reading", "quantity", "unit", "OBIS"), list(dict.fromkeys(rows))))


@command.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
def check_files(files: tuple[Path, ...]) -> int:
    """Check payload files of your own: their form, and that each [[example]] gives what it says.

    Ends with 2 if something is wrong.
    """
    wrong = 0
    for path in files:
        try:
            result = check_payload(path)
        except ConfigError as error:
            wrong += 1
            click.echo(f"{error.message} [{error.code}]")
            continue
        wrong += bool(result.problems)
        if not result.problems:
            click.echo(f"{path}: well formed, {count(len(result.file.example), 'example')} right")
        for problem in result.problems:
            click.echo(problem)
    if not wrong:
        return Exit.OK
    complain(f"{count(wrong)} of {count(len(files), 'file')} wrong", "cli.payloads.wrong")
    return Exit.USAGE


def _named(name: str) -> PayloadFile:
    known = payload_files()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"do you mean {', '.join(near)}?" if near else "`emtkit payloads list` lists them all"
    raise ConfigError("lorawan.file.unknown", f"there is no payload file {name!r}; {hint}")


def _fields(file: PayloadFile) -> list[PayloadField]:
    found: list[PayloadField] = []
    for frame in file.frame:
        found += frame.fields
        for part in frame.part:
            found += part.fields
    return found


def _medium(file: PayloadFile) -> str:
    return "" if file.device_type is None else DEVICE_TYPES.get(file.device_type, f"device type {file.device_type}")


def _match_words(file: PayloadFile) -> list[str]:
    """Return which devices in words: `called zenner, edc or pdc`."""
    found = []
    for match in file.match:
        parts = [f"called {', '.join(match.device)}"] if match.device else []
        parts += [f"DevEUI {', '.join(match.dev_eui)}..."] if match.dev_eui else []
        parts += [f"JoinEUI {', '.join(match.join_eui)}"] if match.join_eui else []
        found.append(", ".join(parts))
    return found


def _payload_dict(file: PayloadFile) -> dict[str, Any]:
    """Return the JSON form (`emtkit schema payloads`)."""
    return {
        "name": file.name,
        "title": file.title,
        "source": file.source,
        "medium": _medium(file) or None,
        "match": _match_words(file),
        "alone": file.alone,
        "program": file.program,
        "readings": list(dict.fromkeys(part.name for part in _fields(file))),
        "examples": len(file.example),
    }
