"""`emtkit mscons show`, and MSCONS files as inputs of the other commands."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from emtkit.cli import main
from emtkit.cli.mscons_show import sparkline
from emtkit.export.mscons.message import Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.interchange import Interchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SENDER = Partner("9900000000011", "500", "293")
RECEIVER = Partner("9900000000029", "500", "293")
START = datetime(2026, 10, 31, 23, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Write a day of quarter hours in which energy is used from 06:00 to 18:00."""
    values = [
        Quantity(Decimal(1 if 24 <= index < 72 else 0), "220", START + index * QUARTER, START + (index + 1) * QUARTER)
        for index in range(96)
    ]
    made = datetime(2026, 11, 3, 8, tzinfo=UTC)
    message = Message(
        reference="1", release="2.5", document_code="Z48", document="EMT1-1", date=made, pruefidentifikator="13025",
        sender=SENDER, receiver=RECEIVER, location="51238696781", begin=START, end=START + 96 * QUARTER,
        lines=[Line("1-1:1.29.0", values)],
    )  # fmt: skip
    interchange = Interchange(
        reference="EMT1", sender=SENDER, receiver=RECEIVER, created=made, application_reference="TL"
    )
    path = tmp_path / interchange.file_name
    path.write_bytes(interchange.text([MessageWriter().text(message)]).encode("latin-1"))
    return path


def test_the_table_has_a_line_for_a_series(day: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = run("mscons", "show", str(day))
    assert code == 0
    (line,) = [line for line in out.splitlines() if "1-1:1.29.0" in line]
    assert "13025" in line
    assert "51238696781" in line
    assert "  2026-11-01  " in line
    assert "96 × 220" in line  # noqa: RUF001 - the sign
    assert "48 kWh" in line
    assert line.endswith("▁" * 6 + "█" * 12 + "▁" * 6)
    assert "MSCONS 2.5 · TL EMT1 · 9900000000011 to 9900000000029" in out


def test_jsonl_has_the_fields_that_scripts_rely_on(day: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["mscons", "show", str(day), "--format", "jsonl"]) == 0
    (line,) = capfdbinary.readouterr().out.splitlines()
    assert json.loads(line) == {
        "file": str(day),
        "message": "1",
        "pid": "13025",
        "release": "2.5",
        "sender": "9900000000011",
        "receiver": "9900000000029",
        "locations": ["51238696781"],
        "configuration_ids": [],
        "obis": ["1-1:1.29.0"],
        "values": 96,
        "sum": 48,
        "quality": {"220": 96},
        "first": "2026-10-31T23:00:00+00:00",
        "last": "2026-11-01T23:00:00+00:00",
    }


def test_a_file_that_cannot_be_read_does_not_stop_the_rest(
    day: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("no message")
    assert main(["mscons", "show", str(wrong), str(day), "--format", "jsonl"]) == 3
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 1
    assert "wrong.txt" in err


def test_a_missing_file_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["mscons", "show", str(tmp_path / "none.txt")]) == 2
    assert "capture.unreadable" in capfd.readouterr().err


def test_findings_stand_below_the_table(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day.write_bytes(day.read_bytes().replace(b"UNZ+1", b"UNZ+7"))
    assert main(["mscons", "show", str(day)]) == 0
    assert "[mscons.read.count]" in capsys.readouterr().out


@pytest.mark.parametrize("packed", [False, True])
def test_convert_takes_mscons(day: Path, tmp_path: Path, packed: bool) -> None:
    if packed:
        day.write_bytes(gzip.compress(day.read_bytes()))
        day = day.rename(day.with_suffix(".txt.gz"))
    out = tmp_path / "out.csv"
    assert main(["convert", str(day), "--to", "csv", "--out", str(out)]) == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert len(rows) == 96
    assert sum(Decimal(row["value"]) for row in rows) == Decimal(48_000)
    assert (rows[0]["meter_id"], rows[0]["unit"], rows[0]["obis"]) == ("51238696781", "Wh", "1-1:1.29.0*255")


def test_mscons_to_mscons_gives_the_same_values(day: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.toml"
    points.write_text(
        '[[point]]\nmeter = "51238696781"\nregister = "1-1:1.29.0"\nobis = "1-1:1.29.0"\n'
        'marktlokation = "51238696781"\npruefidentifikator = "13025"\nsender = "9900000000011"\n'
        'receiver = "9900000000029"\nratio = 1\n'
    )
    out = tmp_path / "out"
    settings = ["--set", "message_date=2026-11-03T08:00:00Z", "--set", "reference=EMT2"]
    assert main(["convert", str(day), "--to", "mscons", "--out", str(out), "--points", str(points), *settings]) == 0
    (written,) = out.iterdir()
    before, after = (path.read_bytes().split(b"LIN+1'")[1].split(b"UNT")[0] for path in (day, written))
    assert before == after


def test_a_sparkline_shows_gaps_and_negative_values() -> None:
    assert sparkline([Decimal(0), None, Decimal(7)]) == "▁·█"
    assert sparkline([Decimal(-7), Decimal(0)]) == "▁█"
    assert sparkline([Decimal(0), Decimal(0)]) == "▁▁"
    assert sparkline([None]) == ""


def test_standard_input_may_be_mscons(day: Path) -> None:
    with day.open("rb") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "emtkit", "convert", "-", "--to", "jsonl"],
            stdin=stream,
            capture_output=True,
            check=True,
        )
    (line,) = done.stdout.splitlines()
    assert (json.loads(line)["protocol"], len(json.loads(line)["readings"])) == ("mscons", 96)
