"""Start-up: what a command imports. Times are measured by benchmarks/bench_startup.py, not here."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

OWN = {"emtkit"}


def third_party(*args: str) -> set[str]:
    """Return the packages outside the standard library that a command has imported."""
    code = (
        "import sys, io, json; before = set(sys.modules)\n"
        "from emtkit.cli import main\n"
        f"sys.stdout = io.TextIOWrapper(io.BytesIO()); main({list(args)!r}); sys.stdout = sys.__stdout__\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in set(sys.modules) - before})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = set(json.loads(done.stdout)) - set(sys.stdlib_module_names) - OWN
    return {name for name in found if not name.startswith("_")}  # parts of packages in C, and of the interpreter


@pytest.mark.parametrize("args", [("--help",), ("frob",)])
def test_help_imports_click_only(args: tuple[str, ...]) -> None:
    assert third_party(*args) == {"click"}


def test_help_imports_no_command_and_no_protocol() -> None:
    code = (
        "import sys; from emtkit.cli import main; main(['--help'])\n"
        "print([n for n in sys.modules if n.startswith('emtkit.') and n != 'emtkit.cli'], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_plain_telegram_needs_little(telegram: str) -> None:
    assert third_party("decode", telegram, "--format", "jsonl") <= {"click", "crcmod"}


def test_a_telegram_with_a_good_checksum_needs_no_other_protocol(telegram: str) -> None:
    code = (
        "import sys, io; from emtkit.cli import main; sys.stdout = io.TextIOWrapper(io.BytesIO())\n"
        f"main(['decode', {telegram!r}, '--format', 'jsonl'])\n"
        "rooms = {n.split('.')[2] for n in sys.modules if n.startswith('emtkit.protocols.')}\n"
        "print(*sorted(rooms), file=sys.__stdout__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["context", "mbus", "registry", "wmbus"]


def test_an_encrypted_telegram_needs_cryptography(telegram: str, key: str) -> None:
    found = third_party("decode", telegram, "--key", key, "--format", "jsonl")
    assert "cryptography" in found
    assert not found & {"rich", "pydantic", "construct", "serial"}


def test_a_table_needs_rich(telegram: str) -> None:
    found = third_party("decode", telegram)
    assert "rich" in found
    assert not found & {"pydantic", "construct", "serial", "cryptography"}


@pytest.mark.parametrize("args", [("codes",), ("completion", "bash")])
def test_small_commands_need_click_only(args: tuple[str, ...]) -> None:
    assert third_party(*args) == {"click"}
