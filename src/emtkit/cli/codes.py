"""`emtkit codes`: what an error or diagnostic code means, why it matters and what to do."""

from __future__ import annotations

import difflib
import shutil
from typing import TYPE_CHECKING, Final

import click

from emtkit.cli.output import print_json
from emtkit.model.catalog import catalogue
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from emtkit.model.catalog import CodeEntry

_WIDEST: Final = 100


@click.command("codes")
@click.argument("code", required=False, metavar="[CODE]")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="Text or JSON.")
def command(code: str | None, form: str) -> None:
    """Say what an error or diagnostic CODE means and what to do.

    Without CODE all codes are listed; the first part of a code (`mbus`, `wmbus.link`) lists those below it.
    """
    known = catalogue()
    found = list(known.values()) if code is None else _matching(code.strip("[]` "), known)
    if form == "json":
        print_json([entry._asdict() for entry in found])
    elif code is not None and len(found) == 1:
        click.echo(_page(found[0]))
    else:
        width = max((len(entry.code) for entry in found), default=0)
        for entry in found:
            click.echo(f"{entry.code:<{width}}  {entry.title}")


def _matching(code: str, known: dict[str, CodeEntry]) -> list[CodeEntry]:
    if code in known:
        return [known[code]]
    below = [entry for name, entry in known.items() if name.startswith(f"{code}.")]
    if below:
        return below
    near = difflib.get_close_matches(code, known, n=3) or [name for name in known if code in name][:3]
    hint = f"; do you mean {', '.join(near)}?" if near else "; `emtkit codes` lists them all"
    raise ConfigError("cli.codes.unknown", f"there is no code {code!r}{hint}")


def _page(entry: CodeEntry) -> str:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    parts = [click.style(entry.code, bold=True), entry.title]
    for heading, text in (("Why it matters", entry.why), ("What to do", entry.fix)):
        body = click.wrap_text(text.strip(), width, "  ", "  ", preserve_paragraphs=True)
        parts += ["", click.style(heading, bold=True), body]
    return "\n".join(parts)
