"""The command line: a thin face on the library.

Each command is a module of this package with a `command`; it is imported when it is called, so that
`emtkit --help` stays fast. A new command is one module and one line in `COMMANDS`.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

# name -> what it does, in the order of `emtkit --help`
COMMANDS: Final[dict[str, str]] = {
    "decode": "Decode telegrams: hex text, files, or - for standard input.",
    "explain": "Explain every byte of a telegram, and what is wrong with it.",
    "convert": "Turn captures into readings, load profiles or market messages.",
    "mscons": "Look into MSCONS files of the market.",
    "simulate": "Make captures of meters that do not exist.",
    "points": "Check points files, import master data into them.",
    "keys": "Check key files and show what they hold, without the keys.",
    "codecs": "Check, run and map JavaScript formatters of LoRaWAN devices.",
    "meters": "Show the known meter families, check your own.",
    "payloads": "Show the known payloads of LoRaWAN devices, check your own.",
    "codes": "Say what an error or diagnostic code means and what to do.",
    "schema": "Print the JSON Schema of an output or of a file you write.",
    "completion": "Print the completion script for your shell.",
}

EXAMPLES: Final = """\b
Examples:
  emtkit decode 2E44931578563412330333637A2A002025... --keys keys.toml
  emtkit decode capture.txt --format jsonl
  emtkit explain capture.txt --line 17 --keys keys.toml
  emtkit convert night.jsonl --to csv --out readings.csv --keys keys.toml
"""


class _PipeClosed(Exception):  # noqa: N818 - not an error: the reader has had enough
    """Whoever reads our output has closed it (`| head`)."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"emtkit.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command was meant if there is none of this name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"; do you mean {near[0]!r}?" if near else ""
            ctx.fail(f"there is no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete command names from the table, without importing them."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        """Run the command; a closed pipe must not reach click, which would end with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosed from error


def _version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:  # noqa: ARG001, FBT001 - click's form
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"emtkit {version('emtkit')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    epilog=EXAMPLES,
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def emtkit(ctx: click.Context, debug: bool) -> None:  # noqa: FBT001 - click's form
    """Turn what meters and gateways send into readings, and readings into what the market accepts."""
    ctx.obj = {"debug": debug}
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


def main(args: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code (`emtkit.cli.exits.Exit`)."""
    given = list(sys.argv[1:] if args is None else args)
    try:
        code = int(emtkit.main(given, "emtkit", standalone_mode=False) or 0)
        sys.stdout.flush()
    except (_PipeClosed, BrokenPipeError):
        _give_up_output()
        return 0
    except (KeyboardInterrupt, click.Abort):
        return 130
    except click.UsageError as error:
        from emtkit.cli.messages import complain_of_usage

        complain_of_usage(error)
        return 2
    except Exception as error:  # noqa: BLE001 - the one place that turns any failure into a message
        return _failed(error, debug="--debug" in given)
    return code


def _failed(error: Exception, *, debug: bool) -> int:
    from emtkit.cli.exits import Exit, of_error
    from emtkit.cli.messages import complain
    from emtkit.model.errors import EmtkitError

    if debug:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, EmtkitError):
        complain(error.message, error.code)
        return of_error(error)
    if isinstance(error, OSError):
        _give_up_output()
        complain(": ".join(filter(None, (error.filename, error.strerror or type(error).__name__))), "cli.system")
    else:
        complain(f"unexpected {type(error).__name__}: {error}; `emtkit --debug ...` shows where", "cli.unexpected")
    return Exit.UNEXPECTED


def _give_up_output() -> None:
    """Let standard output lead nowhere: the interpreter flushes it once more at its end, and that must not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
