"""`emtkit mscons answer` and `emtkit mscons replies`: files, exit codes, tables and JSON."""

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
WRONG_VALUE = VALID.replace("777.5", "777.5555")
WRONG_SYNTAX = VALID.replace("777.5", "777,5")
APERAK = "APERAK__9900000000029_9900000000011_20261104_ANS00000000001.txt"
CONTRL = "CONTRL__9900000000029_9900000000011_20261104_ANS00000000002.txt"
FIXED = ("--message-date", "2026-11-04T09:30Z", "--reference", "ANS")


def test_answers_are_written(run: Any, tmp_path: Path) -> None:
    value, syntax, out = tmp_path / "value.txt", tmp_path / "syntax.txt", tmp_path / "out"
    value.write_text(WRONG_VALUE)
    syntax.write_text(WRONG_SYNTAX)
    result = run("mscons", "answer", str(value), str(syntax), "--out", str(out), *FIXED)
    assert result.code == 0
    assert result.out.splitlines() == [f"{APERAK}: rejects 1 message", f"{CONTRL}: rejects the interchange"]
    assert sorted(path.name for path in out.iterdir()) == [APERAK, CONTRL]
    assert "UCD+19+2:2'" in (out / CONTRL).read_text("latin-1")
    again = run("mscons", "answer", str(value), "--out", str(out), *FIXED)
    assert again.code == 2
    assert "mscons_answer.exists" in again.err


def test_nothing_to_answer_and_acceptance(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "good.txt"
    path.write_text(VALID)
    result = run("mscons", "answer", str(path), "--out", str(tmp_path / "out"))
    assert result.code == 0
    assert "nothing to answer" in result.out
    assert not (tmp_path / "out").exists()
    result = run("mscons", "answer", str(path), "--out", str(tmp_path / "out"), "--acknowledge", *FIXED)
    assert result.out == f"{APERAK}: accepts 1 message\n"


def test_json_names_what_no_answer_tells(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(VALID.replace("NAD+MS+9900000000011", "NAD+MS+9900000000003") + WRONG_VALUE)
    result = run("mscons", "answer", str(path), "--out", str(tmp_path / "out"), "--format", "jsonl", *FIXED)
    assert result.code == 5
    first, second = (json.loads(line) for line in result.out.splitlines())
    assert first["answers"] == []
    assert [finding["code"] for finding in first["untold"]] == ["mscons_check.reference"]
    assert second["answers"] == [
        {"kind": "APERAK", "name": APERAK, "reference": "ANS00000000001", "accepted": 0, "rejected": 1}
    ]
    assert "no answer tells this" in result.err


def test_what_cannot_be_answered(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("hello")
    result = run("mscons", "answer", str(path), "--out", str(tmp_path / "out"))
    assert result.code == 5
    assert "mscons_answer.unb" in result.err
    assert run("mscons", "answer", str(path), "--out", str(tmp_path), "--message-date", "2026-11-04").code == 2


def replied(run: Any, tmp_path: Path, text: str) -> tuple[Path, Path]:
    sent, out = tmp_path / "sent", tmp_path / "out"
    sent.mkdir()
    (sent / "MSCONS_VL_1.txt").write_text(text)
    (sent / "MSCONS_VL_2.txt").write_text(VALID.replace("EMT1", "EMT2"))
    run("mscons", "answer", str(sent / "MSCONS_VL_1.txt"), "--out", str(out), *FIXED)
    return sent, next(out.iterdir())


def test_replies_name_message_and_segment(run: Any, tmp_path: Path) -> None:
    sent, reply = replied(run, tmp_path, WRONG_SYNTAX)
    result = run("mscons", "replies", str(reply), "--sent", str(sent))
    assert result.code == 5
    assert "CONTRL 2.0b · EMT1 · rejected" in result.out
    assert "message 1, segment 13" in result.out
    assert "QTY+67:777,5" in result.out
    assert f"no answer yet: {sent / 'MSCONS_VL_2.txt'}, interchange EMT2" in result.err


def test_replies_as_json(run: Any, tmp_path: Path) -> None:
    sent, reply = replied(run, tmp_path, WRONG_VALUE)
    result = run("mscons", "replies", str(reply), "--sent", str(sent / "MSCONS_VL_1.txt"), "--format", "jsonl")
    assert result.code == 5
    (row,) = (json.loads(line) for line in result.out.splitlines())
    assert (row["kind"], row["verdict"], row["interchange"], row["document"]) == (
        "APERAK",
        "rejected",
        "EMT1",
        "EMT1-1",
    )
    assert row["created"] == "2026-11-04T09:30:00+00:00"
    assert row["answers"]["pid"] == "13017"
    assert row["answers"]["location"] == "DE00014559929E00856996N5139699L01"
    (error,) = row["errors"]
    assert (error["code"], error["segment"], error["content"]) == ("Z35", "Mengenangaben", "777.5555")
    assert result.err == ""


def test_replies_that_are_none(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "mscons.txt"
    path.write_text(VALID)
    result = run("mscons", "replies", str(path))
    assert result.code == 3
    assert "mscons_answer.type" in result.err


def test_roles_for_the_check(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "good.txt"
    path.write_text(VALID)
    result = run("mscons", "validate", str(path), "--sender-role", "MSB", "--receiver-role", "NB")
    assert result.code == 0
    assert "not decidable from the message: [494]" in result.out
    assert run("mscons", "validate", str(path), "--sender-role", "LF", "--receiver-role", "MSB").code == 5
    assert run("mscons", "validate", str(path), "--sender-role", "EVU").code == 2
