"""`emtkit mscons`: what is in the market's messages. Each subcommand is a module, imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

# name -> what it does; the module is `mscons_NAME`
SUBCOMMANDS: Final[dict[str, str]] = {
    "cancel": "Write cancellations (13006) of messages that were sent.",
    "show": "Show what is in MSCONS files: one line per series, or JSON.",
    "validate": "Check MSCONS files against MIG and AHB.",
    "answer": "Write the CONTRL and APERAK files that answer MSCONS files.",
    "replies": "Show what partners answered: CONTRL and APERAK files.",
}


class Subcommands(click.Group):
    """A group that knows its subcommands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Import the subcommand's module."""
        if name not in SUBCOMMANDS:
            return None
        found: click.Command = import_module(f"emtkit.cli.mscons_{name}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of subcommands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))


@click.group("mscons", cls=Subcommands, no_args_is_help=False)
def command() -> None:
    """Look into MSCONS files."""
