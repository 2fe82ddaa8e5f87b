"""`emtkit convert` with tenants and connectors of the points file: what is whose stays apart."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

FLEET = Path(__file__).resolve().parents[2] / "examples" / "fleet"
CAPTURE = (str(FLEET / "capture.jsonl"), "--keys", str(FLEET / "keys.toml"))
POINTS = """\
[[tenant]]
name = "Stadtwerke"
id = "9900000000003"
role = "MSB"

[[tenant]]
name = "Nachbar/Werke"
id = "9900000000029"
role = "MSB"

[[partner]]
name = "Vertrieb"
id = "9911111111118"

[[connector]]
name = "market"
to = "mscons"
out = "out/{tenant}/{connector}"
pruefidentifikator = "13018"
options = { message_date = 2026-10-27T08:00:00Z, reference = "TEST" }

[[connector]]
name = "table"
to = "csv"
out = "out/{tenant}_{date}.csv"

[[connector]]
name = "mixed"
to = "csv"

[[connector]]
name = "water"
to = "jsonl"
meter = "8EMT0000030001"
tenant = "Nachbar/Werke"
options = {}

[defaults]
partner = "Vertrieb"
ratio = 1
pruefidentifikator = 13018

[[point]]
meter = "1EMT0000010001"
register = "1-0:1.8.0"
obis = "1-1:1.29.0"
tenant = "Stadtwerke"
messlokation = "DE0000000000000000000EMT000010001"

[[point]]
meter = "1EMT0000010002"
register = "1-0:1.8.0"
obis = "1-1:1.29.0"
tenant = "Nachbar/Werke"
messlokation = "DE0000000000000000000EMT000010002"

[[point]]
meter = "8EMT0000030001"
register = "8-0:1.0.0"
tenant = "Nachbar/Werke"
pruefidentifikator = 13002
"""


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """Give a points file with two tenants."""
    path = tmp_path / "points.toml"
    path.write_text(POINTS, "utf-8")
    return path


def serials(text: str) -> set[str]:
    """Return the meters of a CSV table of readings."""
    return {row["meter_id"] for row in csv.DictReader(text.splitlines())}


def test_each_tenant_sends_its_own_market_messages(run: Any, points: Path, tmp_path: Path) -> None:
    out = tmp_path / "all"
    result = run(
        *("convert", *CAPTURE, "--points", str(points), "--to", "mscons", "--out", str(out)),
        *("--set", "message_date=2026-10-27T08:00:00Z", "--set", "reference=T"),
    )
    assert result.code == 5  # water is in no market message
    senders = {re.match(r"MSCONS_TL_(\d{13})_9911111111118_", path.name) for path in out.iterdir()}
    assert {found and found[1] for found in senders} == {"9900000000003", "9900000000029"}


def test_one_file_does_not_mix_tenants(run: Any, points: Path) -> None:
    result = run("convert", *CAPTURE, "--points", str(points), "--to", "profile-csv")
    assert (result.code, result.out) == (2, "")
    assert "points of 2 tenants, profile-csv would mix them" in result.err
    assert "[cli.convert.tenants]" in result.err


def test_a_tenant_gets_what_is_his(run: Any, points: Path) -> None:
    result = run("convert", *CAPTURE, "--points", str(points), "--to", "csv", "--tenant", "Nachbar/Werke")
    assert serials(result.out) == {"00010002", "00030001"}
    assert re.search(r"telegrams of meters that are not chosen, left out: \d+ \[points.not_chosen\]", result.err)
    both = run(
        *("convert", *CAPTURE, "--points", str(points), "--to", "csv"),
        *("--tenant", "Nachbar/Werke", "--tenant", "Stadtwerke"),
    )
    assert serials(both.out) == {"00010001", "00010002", "00030001"}
    wrong = run("convert", *CAPTURE, "--points", str(points), "--to", "csv", "--tenant", "Nachbar")
    assert wrong.code == 2
    assert "no tenant 'Nachbar'; it has: Stadtwerke, Nachbar/Werke [points.tenant]" in wrong.err


def test_connectors_run_with_what_the_file_says(run: Any, points: Path, tmp_path: Path) -> None:
    words = ("convert", *CAPTURE, "--points", str(points), "--connector", "market", "--connector", "table")
    result = run(*words)
    assert result.code == 3  # nobody knows whose the damaged telegram is
    made = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert [re.sub(r"\d{4}-\d\d-\d\d", "DATE", path) for path in made] == [
        "out/Nachbar_Werke/market/MSCONS_TL_9900000000029_9911111111118_20261027_TESTA000000001.txt",
        "out/Nachbar_Werke_DATE.csv",
        "out/Stadtwerke/market/MSCONS_TL_9900000000003_9911111111118_20261027_TEST0000000001.txt",
        "out/Stadtwerke_DATE.csv",
    ]
    assert serials((tmp_path / made[3]).read_text("utf-8")) == {"00010001"}
    assert "market, Stadtwerke:\n" in result.err
    assert "oms.key.wrong" not in result.err  # of a meter of nobody


def test_each_export_reads_as_if_it_were_alone(run: Any, points: Path, tmp_path: Path) -> None:
    connectors = "".join(
        f'[[connector]]\nname = "{name}"\nto = "jsonl"\nout = "{name}"\ntenant = "Stadtwerke"\n' for name in "ab"
    )
    # compact frames need the full frame that came before them
    points.write_text(connectors + POINTS.replace("1EMT0000010001", "8EMT0000030001"), "utf-8")
    run("convert", *CAPTURE, "--points", str(points), "--connector", "a", "--connector", "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").stat().st_size > 1000


def test_options_of_the_command_line_win(run: Any, points: Path, tmp_path: Path) -> None:
    out = tmp_path / "water.jsonl"
    words = ("convert", *CAPTURE, "--points", str(points), "--connector", "water", "--out", str(out))
    run(*words)
    meters = {json.loads(line)["meter"]["identifier"] for line in out.read_text("utf-8").splitlines()}
    assert meters == {"8EMT0000030001"}
    assert "[export.option]" in run(*words, "--set", "nothing=1").err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--to", "csv", "--tenant", "x"), "give --points FILE"),
        (("--connector", "x"), "give --points FILE"),
        (("--points", "POINTS"), "no format: give --to FORMAT"),
        (("--points", "POINTS", "--connector", "table", "--to", "csv"), "a connector has its format"),
        (("--points", "POINTS", "--connector", "tables"), "no connector 'tables'; it has: market, table, mixed, water"),
        (("--points", "POINTS", "--connector", "mixed"), "connector mixed has points of 2 tenants"),
        (("--points", "POINTS", "--connector", "water", "--connector", "market", "--out", "x"), "--out is for one"),
    ],
)
def test_what_does_not_go_together(run: Any, points: Path, words: tuple[str, ...], message: str) -> None:
    result = run("convert", *CAPTURE, *(str(points) if word == "POINTS" else word for word in words))
    assert result.code == 2
    assert message in result.err


def test_standard_input_is_read_once(run: Any, points: Path) -> None:
    words = ("convert", "-", "--points", str(points), "--connector", "market", "--connector", "table")
    result = run(*words, stdin=b"00")
    assert result.code == 2
    assert "standard input can be read once only" in result.err


def test_an_entry_without_tenant_is_not_lost(run: Any, points: Path) -> None:
    points.write_text(POINTS.replace('tenant = "Stadtwerke"\nmess', "mess"), "utf-8")
    result = run("convert", *CAPTURE, "--points", str(points), "--connector", "table")
    assert result.code == 2
    assert "out has {tenant}, but points.toml:43 names no tenant" in result.err
