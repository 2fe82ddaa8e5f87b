"""`emtkit meters`: the known meter families, and a check for your own."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emtkit.cli.exits import Exit
from emtkit.cli.messages import complain
from emtkit.cli.output import console, print_json
from emtkit.cli.wording import count, words
from emtkit.meters import catalogue, check
from emtkit.model.errors import ConfigError
from emtkit.model.meter_id import DEVICE_TYPES

if TYPE_CHECKING:
    from emtkit.meters import Family
    from emtkit.meters.family import Register

_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="Table or JSON.")


@click.group("meters", no_args_is_help=False)
def command() -> None:
    """Show the known meter families, check your own."""


@command.command("list")
@_FORMAT
def list_families(form: str) -> None:
    """List the meter families."""
    families = catalogue()
    if form == "json":
        print_json([_family_dict(family) for family in families])
        return
    from emtkit.cli.tables import plain_table

    rows = [(family.name, family.title, "; ".join(_match_words(family))) for family in families]
    console().print(plain_table(("name", "what", "whose meters"), rows))


@command.command("show")
@click.argument("name", metavar="NAME")
@_FORMAT
def show(name: str, form: str) -> None:
    """Show one meter family: whose meters, their registers, where the facts come from."""
    family = _family(name)
    if form == "json":
        print_json([_family_dict(family)])
        return
    from emtkit.cli.tables import plain_table

    click.echo(click.style(family.title, bold=True))
    click.echo(f"  source: {family.source}")
    click.echo(f"  tested with {count(len(family.example), 'telegram')}")
    for meters in _match_words(family):
        click.echo(f"  meters: {meters}")
    click.echo()
    rows = [_register_row(register) for register in family.register]
    for layout in family.layout:
        rows += [(part.name, part.quantity, part.unit or "", part.obis or "") for part in layout.fields]
    console().print(plain_table(("register", "which reading", "unit", "OBIS"), rows))


@command.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
def check_files(files: tuple[Path, ...]) -> int:
    """Check meter families of your own: their form, and that each [[example]] gives what it says.

    Ends with 2 if something is wrong.
    """
    wrong = 0
    for path in files:
        result = check(path)
        wrong += bool(result.problems)
        if not result.problems:
            click.echo(f"{path}: well formed, {count(len(result.family.example), 'example')} right")
        for problem in result.problems:
            click.echo(f"{path}: {problem}")
    if not wrong:
        return Exit.OK
    complain(f"{count(wrong)} of {count(len(files), 'file')} wrong", "cli.meters.wrong")
    return Exit.USAGE


def _family(name: str) -> Family:
    families = {family.name: family for family in catalogue()}
    if name in families:
        return families[name]
    near = difflib.get_close_matches(name, families, n=3)
    hint = f"do you mean {', '.join(near)}?" if near else "`emtkit meters list` lists them all"
    raise ConfigError("cli.meters.unknown", f"there is no meter family {name!r}; {hint}")


def _match_words(family: Family) -> list[str]:
    """Return whose meters in words: `TCH, version 112 116, warm water`."""
    found = []
    for match in family.match:
        parts = [" ".join(match.manufacturer) or "any manufacturer"]
        if match.version:
            parts.append("version " + " ".join(map(str, match.version)))
        media = DEVICE_TYPES | family.media
        parts += [media.get(kind, f"device type {kind}") for kind in match.device_type]
        found.append(", ".join(parts))
    return found


def _register_row(register: Register) -> tuple[str, str, str, str]:
    found = [words(register.quantity), *map(words, register.modifiers)]
    found += [register.function] if register.function != "instantaneous" else []
    for title in ("storage", "tariff", "subunit"):
        number = getattr(register, title)
        found += [f"{title} {number}"] if number else []
    return words(register.name), ", ".join(found), register.unit or "", register.obis or ""


def _family_dict(family: Family) -> dict[str, Any]:
    """Return the JSON form (`emtkit schema families`)."""
    fields = [part.name for layout in family.layout for part in layout.fields]
    return {
        "name": family.name,
        "title": family.title,
        "source": family.source,
        "match": _match_words(family),
        "registers": list(dict.fromkeys([*(register.name for register in family.register), *fields])),
        "examples": len(family.example),
    }
