"""The frame around the commands: help, errors of one or two lines, closed pipes, interrupts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest

import emtkit.cli
from emtkit.cli import COMMANDS, main


def test_help_lists_every_command(run: Any) -> None:
    result = run("--help")
    assert result.code == 0
    for name, text in COMMANDS.items():
        assert f"{name} " in result.out
        assert text in result.out


def test_without_a_command_the_help_is_shown(run: Any) -> None:
    result = run()
    assert result.code == 2
    assert "Commands:" in result.err
    assert result.out == ""


def test_the_table_of_commands_says_what_the_commands_say() -> None:
    for name in COMMANDS:
        command = emtkit.cli.emtkit.get_command(click.Context(emtkit.cli.emtkit), name)
        assert command is not None
        assert command.name == name


def test_version(run: Any) -> None:
    assert run("--version").out == f"emtkit {emtkit.__version__}\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("dcode",), "do you mean 'decode'?"),
        (("decode", "--format", "xml", "00"), "'xml' is not one of"),
        (("decode", "nofile.txt"), "no file, and no telegram in hex"),
        (("decode", "2E449"), "odd number of digits"),
        (("decode", "--zone", "Berlin", "00"), "no time zone"),
        (("keys",), "Missing command"),
        (("convert", "00"), "--to"),
        (("convert", "00", "--to", "csv", "--set", "x"), "NAME=VALUE"),
    ],
)
def test_a_wrong_call_ends_with_2_and_two_lines(run: Any, args: tuple[str, ...], words: str) -> None:
    result = run(*args)
    assert result.code == 2
    assert result.out == ""
    first, second = result.err.splitlines()
    assert first.startswith("error: ")
    assert first.endswith("[cli.usage]")
    assert words in first
    assert second.endswith("--help` shows how it is used")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("decode", "--protocol", "frob", "00"), "decode.unknown_protocol"),
        (("decode", "--input-format", "frob", "00"), "capture.format"),
        (("decode", "--keys", "no.toml", "00"), "keys.unreadable"),
        (("decode", "--key", "12", "00"), "keys.length"),
        (("convert", "--to", "frob", "00"), "export.unknown_format"),
        (("convert", "--to", "csv", "--set", "a=b", "00"), "export.option"),
        (("convert", "--to", "mscons", "--out", "x", "00"), "export.points_needed"),
        (("explain", "--line", "7", "00"), "cli.explain.no_line"),
        (("codes", "frob"), "cli.codes.unknown"),
        (("schema", "frob"), "cli.schema.unknown"),
        (("meters", "show", "frob"), "cli.meters.unknown"),
        (("explain", "--format", "html", "--out", "no/such/folder/x.html", "00"), "cli.output"),
    ],
)
def test_a_wrong_option_ends_with_2_and_its_code(run: Any, args: tuple[str, ...], code: str) -> None:
    result = run(*args)
    assert result.code == 2
    first, second = result.err.splitlines()[-2:]
    assert first.startswith("error: ")
    assert first.endswith(f"[{code}]")
    assert second == f"`emtkit codes {code}` explains it"


def test_a_key_is_never_repeated(run: Any, key: str) -> None:
    result = run("decode", "--key", f"{key}zz", "00")
    assert result.code == 2
    assert key[:8] not in result.out + result.err


def test_a_fault_of_our_own_ends_with_1_and_no_traceback(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(*_: object) -> None:
        raise RuntimeError("boiler")

    monkeypatch.setattr("emtkit.cli.codes.catalogue", burst)
    result = run("codes")
    assert result.code == 1
    assert "RuntimeError: boiler" in result.err
    assert "[cli.unexpected]" in result.err
    assert "Traceback" not in result.err
    assert "Traceback" in run("--debug", "codes").err


def test_main_takes_arguments_or_those_of_the_process(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["emtkit", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("emtkit ")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_closed_pipe_ends_quietly(shell: Any, tmp_path: Path, telegram: str, form: str) -> None:
    path = tmp_path / "long.txt"
    path.write_text(f"{telegram}\n" * 2000)
    result = shell(f"$EMTKIT decode {path} --format {form} | head -1; echo ${{PIPESTATUS[0]}}")
    assert result.out.splitlines()[-1] == "0"
    assert result.err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_a_full_disk_is_told_once(shell: Any, telegram: str, form: str) -> None:
    result = shell(f"$EMTKIT decode {telegram} --format {form} > /dev/full")
    assert result.code == 1
    assert "[cli.system]" in result.err
    assert len(result.err.splitlines()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_an_interrupt_ends_with_130() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "emtkit", "decode", "-", "--format", "jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"00\n")
        process.stdin.flush()
        process.stdout.readline()  # it is at work now, waiting for more
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
