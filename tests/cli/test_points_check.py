"""`emtkit points check`: problems with their places, for people and for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

POINTS = """\
[[connector]]
name = "market"
to = "mscons"
out = "market"
[[point]]
meter = "1EMT0000010001"
register = "1-0:1.8.0"
obis = "1-1:1.29.0"
pruefidentifikator = 13025
marktlokation = "50000000013"
sender = "9900000000003"
receiver = "9911111111118"
ratio = 1
"""


def checked(run: Any, path: Path, text: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Return exit code and result of a points file."""
    path.write_text(text, "utf-8")
    result = run("points", "check", str(path), "--format", "jsonl", *words)
    return result.code, json.loads(result.out)


def test_a_good_file(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "points.toml"
    code, found = checked(run, path, POINTS)
    assert code == 0
    assert found == {
        "file": str(path),
        "valid": True,
        "points": 1,
        "meters": 1,
        "tenants": [],
        "partners": [],
        "connectors": ["market"],
        "errors": [],
        "warnings": [],
    }
    assert run("points", "check", str(path)).out == f"{path}: well formed · 1 register of 1 meter, 1 connector\n"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/points.toml")) + sorted(EXAMPLES.glob("*/*.csv")), ids=str)
def test_the_examples_are_well_formed(run: Any, path: Path) -> None:
    if path.parent.name != "points" or path.name == "points.toml":
        assert run("points", "check", str(path)).code == 0


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column", "field"),
    [
        ('to = "mscons"', 'to = "edi"', "export.unknown_format", 3, 1, "to"),
        ('out = "market"', "", "points.connector", 1, 1, "out"),
        ('out = "market"', 'out = "{day}"', "points.connector", 4, 1, "out"),
        ('out = "market"', 'out = "x"\noptions = { split = "hour" }', "export.option", 5, 1, "options"),
        ('"50000000013"', '"50000000014"', "market_id.check_digit", 10, 1, "marktlokation"),
        ("register =", "registre =", "points.missing", 5, 1, "register"),
        ("ratio = 1", "ratio = ", "points.syntax", 13, 9, None),
    ],
)
def test_errors(run: Any, tmp_path: Path, old: str, new: str, code: str, line: int, column: int, field: str) -> None:
    path = tmp_path / "points.toml"
    exit_code, found = checked(run, path, POINTS.replace(old, new))
    assert exit_code == 2
    assert not found["valid"]
    rows = [(row["code"], row["file"], row["line"], row["column"], row["field"]) for row in found["errors"]]
    assert (code, str(path), line, column, field) in rows


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ('marktlokation = "50000000013"', "", "points.location", "13025 (Lastgang Marktlokation, Tranche) is for a "),
        ("ratio = 1", "", "points.missing", "13025 (Lastgang Marktlokation, Tranche) needs ratio"),
        ('obis = "1-1:1.29.0"', 'obis = "1-1:1.8.0"', "mscons.obis", "13025 "),
        ("13025", "99999", "mscons.pruefidentifikator", "Prüfidentifikator 99999 is not written"),
        ("9911111111118", "9811111111110", "points.sparte", "9811111111110 is an MP-ID of gas"),
    ],
)
def test_warnings(run: Any, tmp_path: Path, old: str, new: str, code: str, message: str) -> None:
    path = tmp_path / "points.toml"
    exit_code, found = checked(run, path, POINTS.replace(old, new))
    assert (exit_code, found["valid"]) == (0, True)
    assert [row["code"] for row in found["warnings"]] == [code]
    assert found["warnings"][0]["message"].startswith(message)
    assert run("points", "check", str(path), "--strict").code == 7


def test_a_file_without_entries(run: Any, tmp_path: Path) -> None:
    code, found = checked(run, tmp_path / "points.toml", "", "--strict")
    assert (code, [row["code"] for row in found["warnings"]]) == (7, ["points.empty"])


def test_a_role_that_does_not_send_this(run: Any, tmp_path: Path) -> None:
    tenant = '[[tenant]]\nname = "A"\nid = "9900000000003"\nrole = "ESA"\n[defaults]\ntenant = "A"\n'
    _, found = checked(run, tmp_path / "points.toml", tenant + POINTS)
    assert [(row["code"], row["line"]) for row in found["warnings"]] == [("points.role", 15)]
    assert found["warnings"][0]["message"].startswith("13025 is sent by MSB, 'A' is ESA")
    _, found = checked(run, tmp_path / "points.toml", tenant.replace("ESA", "MSB") + POINTS)
    assert found["warnings"] == []


def test_a_table_for_people_and_the_worst_exit_code(run: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("meter;register\nEMT 1;1.8.0\n")
    bad.write_text("meter;register;ratio\nEMT 1;1.8.0;0,1\n;1.8.0\n")
    result = run("points", "check", str(good), str(bad), str(tmp_path / "none.toml"))
    assert result.code == 2
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert lines[0] == f"{good}: well formed · 1 register of 1 meter"
    assert lines[1].startswith(f"{bad}: wrong")
    assert lines[4].startswith(f"{bad}:2:3 error ratio")
    assert lines[5].startswith(f"{bad}:3:1 error meter say which meter")
    assert lines[-1].endswith("No such file or directory points.unreadable")
    assert "error: 2 of 3 points files wrong [cli.points.wrong]" in result.err
