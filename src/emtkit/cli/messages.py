"""What goes to standard error: one or two lines, never a traceback, never a payload or a key."""

from __future__ import annotations

import click

from emtkit.cli.wording import printable


def complain(message: str, code: str) -> None:
    """Print `error: message [code]` and where the code is explained."""
    _error(message, code)
    point_to(code)


def point_to(code: str) -> None:
    """Print where a code is explained."""
    click.echo(f"`emtkit codes {code}` explains it", err=True)


def complain_of_usage(error: click.UsageError) -> None:
    """Print a wrong option or argument and where the help is."""
    _error(error.format_message(), "cli.usage")
    path = error.ctx.command_path if error.ctx is not None else "emtkit"
    click.echo(f"`{path} --help` shows how it is used", err=True)


def say(message: str) -> None:
    """Print a message that is no error."""
    click.echo(printable(message), err=True)


def _error(message: str, code: str) -> None:
    one_line = printable(" ".join(message.split()))
    click.echo(f"{click.style('error:', fg='red', bold=True)} {one_line} [{code}]", err=True)
