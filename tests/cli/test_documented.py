"""docs/cli.md speaks of every command, every option and every exit code; docs/json.md of every key and quantity."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
import pytest

from emtkit.cli import COMMANDS, emtkit, main
from emtkit.cli.exits import Exit
from emtkit.export.registry import BUILT_IN
from emtkit.model.decoded import State, Verdict
from emtkit.model.schema import OUTPUTS
from emtkit.model.units import QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs"
CLI = (DOCS / "cli.md").read_text("utf-8")
EXPORTS = (DOCS / "export.md").read_text("utf-8") + CLI
JSON = (DOCS / "json.md").read_text("utf-8")
SHARED = ("--keys", "--key", "--input-format", "--protocol", "--strict", "--zone", "--codec", "--payloads")


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Give every command with its words."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        words = f"{path} {name}".strip()
        yield words, command
        if isinstance(command, click.Group):
            yield from commands(command, words)


def section(name: str) -> str:
    """Return the part of docs/cli.md about a command."""
    return CLI.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


ALL = dict(commands(emtkit))


def test_every_command_has_its_section() -> None:
    for name in COMMANDS:
        assert section(name), name
    for words in ALL:
        assert f"emtkit {words}" in CLI


@pytest.mark.parametrize("words", ALL)
def test_every_option_is_documented(words: str) -> None:
    place = section(words.partition(" ")[0])
    for parameter in ALL[words].params:
        for option in parameter.opts:
            if option.startswith("--"):
                where = section("INPUT") if option in SHARED else place
                assert option in where, f"{words} {option}"


@pytest.mark.parametrize("words", ALL)
def test_every_command_and_option_has_help(words: str) -> None:
    assert ALL[words].help
    for parameter in ALL[words].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{words} {parameter.name}"


def test_every_exit_code_is_documented() -> None:
    for code in Exit:
        assert f"\n| {code.value} |" in CLI


def test_every_export_format_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "--formats"]) == 0
    listed = capsys.readouterr().out
    for name in BUILT_IN:
        assert name in listed
        assert f"`{name}`" in EXPORTS


def test_every_key_of_the_json_is_documented() -> None:
    def keys(model: Any) -> set[str]:
        found = set()
        for name, field in model.model_fields.items():
            found.add(field.alias or name)
            for kind in (field.annotation, *get_args(field.annotation)):
                if hasattr(kind, "model_fields"):
                    found |= keys(kind)
        return found

    named = set(re.findall(r"`(\w+)`", JSON)) | set(re.findall(r'"(\w+)":', JSON))
    assert keys(OUTPUTS["telegram"]) <= named
    assert keys(OUTPUTS["explanation"]) <= named


def test_every_state_verdict_and_quantity_is_documented() -> None:
    for name in (*get_args(State), *get_args(Verdict), *QUANTITIES):
        assert f"`{name}`" in JSON, name
