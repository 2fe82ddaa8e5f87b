"""A command line to call, telegrams of the OMS specification, and a result that has something of everything."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import pytest

from emtkit.cli import main
from emtkit.model.decoded import Decoded, Origin, Security
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

# OMS specification, volume 2, annex N.2.1: a gas meter, mode 5, with its key
OMS_GAS = (
    "2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A"
)
OMS_KEY = "0102030405060708090A0B0C0D0E0F11"


class Result(NamedTuple):
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Call a command line in this process."""

    def __call__(self, *args: str, stdin: bytes = b"") -> Result:
        """Return what it printed."""
        ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that calls the command line; output is not a terminal and as wide as it needs to be."""
    for name in ("COLUMNS", "EMTKIT_KEYS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def call(*args: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(args)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def telegram() -> str:
    """Give the telegram of the specification, in hex."""
    return OMS_GAS


@pytest.fixture
def partial_telegram() -> str:
    """Give a wired M-Bus frame whose second record is cut off."""
    body = bytes.fromhex("080172 78563412 9315 33 03 2A 00 0000 0C1327048502 0C137856")
    return (bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 0xFF, 0x16))).hex()


@pytest.fixture
def key() -> str:
    """Give its key."""
    return OMS_KEY


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Give a key file with this key."""
    path = tmp_path / "keys.toml"
    path.write_text(f'[[key]]\nmeter = "ELS 12345678"\nkey = "{OMS_KEY}"\nlabel = "cellar"\n')
    return path


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Give a capture: a good telegram, a comment, one that is cut off, a line that is no hex, the good one again."""
    path = tmp_path / "night.txt"
    path.write_text(f"{OMS_GAS}\n# a comment\n{OMS_GAS[:60]}\nzz\n{OMS_GAS}\n")
    return path


@pytest.fixture
def everything() -> Decoded:
    """Give a result with every kind of value, qualifier, time and finding."""
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    return Decoded(
        "wmbus",
        "partial",
        MeterId.of("ACW", "33225544", 104, 6),
        Security(5, "decrypted", "keys.toml:1 kitchen", verified=True),
        [
            Reading("volume", Decimal("1234123.529"), "m3", "9-0:1.0.0*255", "total", time=noon, time_source="capture"),
            Reading("volume", Decimal("99.000"), "m3", "9-0:1.0.0*1", storage=1, time=date(2025, 12, 31)),
            Reading("volume_flow", None, "m3/h", function="maximum", time=noon),
            Reading(
                "energy", Decimal(12345678000), "Wh", tariff=2, subunit=3, modifiers=("backward", "phase_l1"), time=noon
            ),
            Reading("external_temperature", Decimal("-12.50"), "degC", time=noon),
            Reading("datetime", noon),
            Reading("on_time", Decimal(31536000), "s"),
            Reading("container", bytes(range(60))),
            Reading("error_flags", "0x0004", status="overflow"),
        ],
        [
            Diagnostic(Severity.ERROR, "mbus.record.truncated", "mbus", "records[3].data", 41, 43, "need 6, have 2"),
            Diagnostic(Severity.INFO, "mbus.vif.reserved", "mbus", "", None, None, "a reserved code stays raw"),
        ],
        ("low_power", "permanent_error"),
        origin=Origin("night.jsonl", 17, "kitchen", noon, -71),
        raw=bytes(64),
    )


@pytest.fixture
def shell() -> Shell:
    """Give a function that runs a shell line with `$EMTKIT` as the command, for pipes and signals."""

    def call(line: str) -> Result:
        done = subprocess.run(
            ["bash", "-c", line],
            capture_output=True,
            text=True,
            check=False,
            env={"EMTKIT": f"{sys.executable} -m emtkit", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return call


class Shell(Protocol):
    """Run a shell line."""

    def __call__(self, line: str) -> Result:
        """Return what it printed."""
        ...
