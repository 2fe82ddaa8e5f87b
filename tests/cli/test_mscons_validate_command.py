"""`emtkit mscons validate`: exit codes, tables and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

VALID = (
    "UNA:+.? 'UNB+UNOC:3+9900000000011:500+9900000000029:500+261103:0800+EMT1++VL'UNH+1+MSCONS:D:04B:UN:2.5'"
    "BGM+7+EMT1-1+9'DTM+137:202611030800?+00:303'RFF+Z13:13017'NAD+MS+9900000000011::293'NAD+MR+9900000000029::293'"
    "UNS+D'NAD+DP'LOC+172+DE00014559929E00856996N5139699L01'RFF+MG:1EMT0012345678'LIN+1'PIA+5+1-1?:1.8.0:SRW'"
    "QTY+67:777.5'DTM+7:202611012300?+00:303'STS+Z32++ZJ2'STS+Z40++Z75'UNT+17+1'UNZ+1+EMT1'"
)
INVALID = VALID.replace("STS+Z40++Z75'", "").replace("UNT+17", "UNT+16")


def test_a_valid_file(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "good.txt"
    path.write_text(VALID)
    result = run("mscons", "validate", str(path))
    assert result.code == 0
    assert "EMT1: valid · 1 message, 1 value" in result.out
    assert "not decidable from the message" in result.out


def test_an_invalid_file(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(INVALID)
    result = run("mscons", "validate", str(path))
    assert result.code == 5
    assert "invalid" in result.out
    assert "APERAK Z29" in result.out
    assert "13017 SG10 STS+Z40 Muss [92]" in result.out


def test_json_lines(run: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(VALID)
    bad.write_text(INVALID + VALID)
    result = run("mscons", "validate", str(good), str(bad), "--format", "jsonl")
    assert result.code == 5
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(row["file"], row["interchange"], row["valid"]) for row in rows] == [
        (str(good), 1, True),
        (str(bad), 1, False),
        (str(bad), 2, True),
    ]
    assert rows[0]["errors"] == []
    (error,) = rows[1]["errors"]
    assert error["code"] == "mscons_check.missing"
    assert error["answer"] == "APERAK Z29"
    assert error["rule"] == "13017 SG10 STS+Z40 Muss [92]"
    assert error["segment"] == 14
    assert "STS+Z40" in error["message"]


def test_json_and_standard_input(run: Any) -> None:
    result = run("mscons", "validate", "-", "--format", "json", stdin=VALID.encode())
    assert result.code == 0
    (row,) = json.loads(result.out)
    assert row["valid"] is True


def test_what_is_no_mscons_file(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "readme.txt"
    path.write_text("hello")
    assert run("mscons", "validate", str(path)).code == 5
    result = run("mscons", "validate", str(tmp_path / "none.txt"))
    assert result.code == 2
    assert "none.txt" in result.err
    assert run("mscons", "validate").code == 2
