"""`emtkit convert` of market messages that correct one another, and of files that emtkit wrote itself."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from emtkit.export.mscons.message import Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.interchange import Interchange

SENDER = Partner("9900000000011", "500", "293")
RECEIVER = Partner("9900000000029", "500", "293")
START = datetime(2026, 10, 31, 23, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
POINTS = """
[[point]]
meter = "51238696781"
register = "1-1:1.29.0"
obis = "1-1:1.29.0"
marktlokation = "51238696781"
pruefidentifikator = "13025"
sender = "9900000000011"
receiver = "9900000000029"
ratio = 1
"""

Run = Callable[..., tuple[int, str, str]]


def file_of(*texts: str) -> bytes:
    interchange = Interchange(
        reference="EMT1", sender=SENDER, receiver=RECEIVER, created=START + 3 * DAY, application_reference="TL"
    )
    return interchange.text(texts).encode("latin-1")


def profile(document: str, made: datetime, value: str, code: str, first: int, last: int) -> bytes:
    method, reason = ("Z92", "Z75") if code == "67" else (None, None)
    values = [
        Quantity(Decimal(value), code, START + at * QUARTER, START + (at + 1) * QUARTER, method=method, reason=reason)
        for at in range(first, last)
    ]
    message = Message(
        reference="1", release="2.5", document_code="Z48", document=document, date=made, pruefidentifikator="13025",
        sender=SENDER, receiver=RECEIVER, location="51238696781", begin=values[0].begin, end=values[-1].end,
        lines=[Line("1-1:1.29.0", values)],
    )  # fmt: skip
    return file_of(MessageWriter().text(message))


def cancellation(document: str, cancels: str, made: datetime) -> bytes:
    return file_of(
        f"UNH+1+MSCONS:D:04B:UN:2.5'BGM+7+{document}+1'DTM+137:{made:%Y%m%d%H%M}?+00:303'RFF+ACW:{cancels}'"
        f"RFF+Z13:13006'NAD+MS+{SENDER.id}::293'NAD+MR+{RECEIVER.id}::293'UNS+D'NAD+DP'LOC+172'UNT+11+1'"
    )


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Write a day, two corrected hours of it, and a cancellation of a second correction."""
    contents = {
        "wrong.txt": profile("C", START + 5 * DAY, "9", "220", 0, 4),
        "first.txt": profile("A", START + 2 * DAY, "1.25", "220", 0, 96),
        "storno.txt": cancellation("S", "C", START + 6 * DAY),
        "corrected.txt": profile("B", START + 4 * DAY, "2.5", "67", 8, 16),
    }
    paths = []
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        paths.append(str(path))
    return paths


def rows_of(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def test_a_table_has_what_holds_and_the_rest_is_told(files: list[str], run: Run) -> None:
    code, out, err = run("convert", *files, "--to", "csv")
    assert code == 0
    rows = [row for row in rows_of(out) if row["value"]]
    assert len(rows) == 96
    assert [(row["id"], row["value"], row["quality"], row["method"], row["reason"]) for row in rows[88:]] == [
        ("B", "2500", "substitute", "interpolation", "communication")
    ] * 8
    assert err.splitlines() == [
        "info: 1: 4 of 4 values of C taken back by S: none of its values holds [mscons.version.cancelled]",
        "info: 1: 8 of 96 values of A replaced by newer values: B [mscons.version.replaced]",
    ]


def test_messages_are_shown_as_they_were_sent(files: list[str], run: Run) -> None:
    code, out, _ = run("decode", *files, "--format", "csv")
    assert code == 0
    assert sum(bool(row["value"]) for row in rows_of(out)) == 4 + 96 + 8


def test_the_message_of_what_holds(files: list[str], run: Run, tmp_path: Path) -> None:
    points = tmp_path / "points.toml"
    points.write_text(POINTS)
    settings = ("--set", "message_date=2026-11-08T08:00:00Z", "--set", "reference=EMT")
    made = []
    for name, sources in (("direct", files), ("table", [str(tmp_path / "held.csv")])):
        if name == "table":
            assert run("convert", *files, "--to", "csv", "--set", "units=kWh", "--out", sources[0])[0] == 0
        out = tmp_path / name
        code, _, err = run("convert", *sources, "--to", "mscons", "--points", str(points), "--out", str(out), *settings)
        assert code == 0, err
        (path,) = out.iterdir()
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert (made[0].count(b"QTY+220:1.25'"), made[0].count(b"QTY+67:2.5'"), made[0].count(b"STS+Z32++Z92")) == (
        88,
        8,
        8,
    )


def test_a_table_from_a_pipe_and_one_whose_stamps_must_be_named(files: list[str], run: Run, tmp_path: Path) -> None:
    table = tmp_path / "end.csv"
    command = ("convert", files[1], "--to", "profile-csv", "--set", "profile=end-de", "--set", "units=kWh")
    assert run(*command, "--set", "columns=device,obis,time,value,unit,quality", "--out", str(table))[0] == 0
    code, _, err = run("convert", str(table), "--to", "csv")
    assert code == 3
    assert "profile_csv.stamps" in err
    form = "profile-csv:profile=end-de"
    code, out, _ = run("convert", str(table), "--input-format", form, "--to", "csv")
    assert code == 0
    (first, *_), count = rows_of(out), len(rows_of(out))
    assert (count, first["meter_id"], first["begin"], first["value"]) == (
        96, "51238696781", "2026-10-31T23:00:00+00:00", "1250",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "emtkit", "convert", "-", "--to", "csv"],
        input=out.encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.decode() == out
    code, _, err = run("convert", str(table), "--input-format", "profile-csv:profil=x", "--to", "csv")
    assert code == 2
    assert "export.option" in err


def test_market_messages_from_a_pipe(files: list[str]) -> None:
    corrected = Path(files[3]).read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "emtkit", "convert", "-", files[1], "--to", "csv", "--set", "columns=id,value"],
        input=corrected, capture_output=True, check=True,
    )  # fmt: skip
    lines = done.stdout.decode().splitlines()[1:]
    assert [lines.count(line) for line in ("B,2500", "A,1250")] == [8, 88]
