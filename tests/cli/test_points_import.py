"""`emtkit points import`: shown before it is written, written as a whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "points"


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """Give the example's points file."""
    path = tmp_path / "points.toml"
    path.write_bytes((EXAMPLE / "points.toml").read_bytes())
    return path


def words(points: Path, *more: str, source: str = "master.csv") -> tuple[str, ...]:
    """Return the command line of the example."""
    name = f"map_{source.rpartition('.')[2]}.toml"
    return (
        *("points", "import", "--map", str(EXAMPLE / name), str(EXAMPLE / source)),
        *("--into", str(points), "--on", "2026-11-01", *more),
    )


def test_changes_are_shown_and_nothing_is_written(run: Any, points: Path) -> None:
    before = points.read_bytes()
    result = run(*words(points))
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[:3] == [
        f"~ 1EMT0000010001 1-0:1.8.0  {points}:47:5 ← {EXAMPLE}/master.csv:2",
        "    ratio: 1 → 20",
        "    geraetenummer: (none) → 10001",
    ]
    assert f"? 7EMT0000020001 7-0:3.0.0  {points}:62:1" in lines
    assert "    marktlokation = 50000000021" in lines
    assert lines[-1] == (
        "1 added, 2 changed, 1 not in the source (--remove takes them out), 0 unchanged, 1 of other sources, "
        "2 rows left out by the map"
    )
    assert points.read_bytes() == before


@pytest.mark.parametrize("source", ["master.csv", "master.xml"])
def test_changes_for_scripts(run: Any, points: Path, source: str) -> None:
    rows = [json.loads(line) for line in run(*words(points, "--format", "jsonl", source=source)).out.splitlines()]
    assert [row["change"] for row in rows] == ["changed", "changed", "missing", "added", None]
    assert rows[1]["fields"]["ratio"] == {"old": 1, "new": 20}
    assert rows[1]["place"] == f"{points}:48:5"
    assert rows[3]["source"].startswith(f"{EXAMPLE}/{source}:")
    assert rows[4]["added"] == 1
    assert rows[4]["unchanged"] == 0


def test_what_is_written_and_removed(run: Any, points: Path) -> None:
    result = run(*words(points, "--write", "--remove"))
    assert result.code == 0
    assert result.err.splitlines()[-1] == f"written: {points}"
    text = points.read_text("utf-8")
    assert "7EMT0000020001" not in text
    assert "# current transformers 200/5 A" in text
    assert run("points", "check", str(points), "--strict").code == 0
    again = run(*words(points, "--write", "--remove"))
    assert again.out == "0 added, 0 changed, 3 unchanged, 1 of other sources, 2 rows left out by the map\n"
    assert again.err == ""


def test_anything_wrong_and_nothing_is_written(run: Any, points: Path) -> None:
    points.write_text(points.read_text("utf-8").replace('"Netz Süd"', '"Netz"'), "utf-8")
    before = points.read_bytes()
    result = run(*words(points, "--write"))
    assert result.code == 2
    assert f"error: {EXAMPLE}/master.csv:4: partner: there is no partner 'Netz Süd'" in result.err
    assert "nothing is written as long as something is wrong [cli.points.not_imported]" in result.err
    assert points.read_bytes() == before


def test_a_new_points_file(run: Any, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[source]\nformat = "csv"\n[fields]\nmeter = "{M}"\nregister = "{R}"\n')
    (tmp_path / "data.csv").write_text("M;R\nEMT 1;1.8.0\n")
    given = ("points", "import", "--map", str(tmp_path / "map.toml"), str(tmp_path / "data.csv"))
    assert run(*given).out.splitlines()[-1] == "1 added, 0 changed, 0 unchanged"
    assert "--write needs --into POINTS" in run(*given, "--write").err
    for name, text in (("p.csv", "meter;register\nEMT 1;1.8.0\n"), ("p.toml", '[[point]]\nmeter = "EMT 1"\n')):
        assert run(*given, "--into", str(tmp_path / name), "--write").code == 0
        assert (tmp_path / name).read_text().startswith(text)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--map", "none.toml", "x.csv"), "none.toml: No such file"),
        (("--map", str(EXAMPLE / "map_csv.toml"), "none.csv"), "none.csv: No such file or directory [points.source]"),
        (("--map", str(EXAMPLE / "map_csv.toml"), "x", "--on", "1.1.2026"), "'1.1.2026' is no day"),
        (("--map", str(EXAMPLE / "map_csv.toml"), str(EXAMPLE / "master.xml")), "the column 'GERÄT' is not in"),
    ],
)
def test_wrong_calls(run: Any, words: tuple[str, ...], message: str) -> None:
    result = run("points", "import", *words)
    assert result.code == 2
    assert message in result.err
