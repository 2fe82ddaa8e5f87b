"""`emtkit mscons cancel`: files, exit codes and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SENT = (
    "UNA:+.? 'UNB+UNOC:3+9900000000011:500+9900000000029:500+261103:0800+EMT1++VL'UNH+1+MSCONS:D:04B:UN:2.5'"
    "BGM+7+EMT1-1+9'DTM+137:202611030800?+00:303'RFF+Z13:13017'NAD+MS+9900000000011::293'NAD+MR+9900000000029::293'"
    "UNS+D'NAD+DP'LOC+172+DE00014559929E00856996N5139699L01'RFF+MG:1EMT0012345678'LIN+1'PIA+5+1-1?:1.8.0:SRW'"
    "QTY+67:777.5'DTM+7:202611012300?+00:303'STS+Z32++ZJ2'STS+Z40++Z75'UNT+17+1'UNZ+1+EMT1'"
)
PROFILE = SENT.replace("++VL'", "++TL'").replace("13017", "13018")


def sent(folder: Path, text: str = SENT) -> str:
    path = folder / "sent.txt"
    path.write_text(text)
    return str(path)


def test_a_message_is_taken_back(run: Any, tmp_path: Path) -> None:
    result = run("mscons", "cancel", sent(tmp_path), "--out", str(tmp_path / "out"),
                 "--message-date", "2026-11-04T08:00:00Z", "--reference", "STO1")  # fmt: skip
    assert (result.code, result.out, result.err) == (0, "", "")
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "MSCONS_VL_9900000000011_9900000000029_20261104_STO10000000001.txt"
    assert "BGM+7+STO10000000001-1+1'DTM+137:202611040800?+00:303'RFF+ACW:EMT1-1'RFF+Z13:13006'" in path.read_text()
    assert run("mscons", "validate", str(path)).code == 0


def test_the_clock_gives_date_and_reference(run: Any, tmp_path: Path) -> None:
    assert run("mscons", "cancel", sent(tmp_path), "--out", str(tmp_path / "out")).code == 0
    (path,) = (tmp_path / "out").iterdir()
    assert path.name.startswith("MSCONS_VL_9900000000011_9900000000029_2")


def test_what_cannot_be_cancelled(run: Any, tmp_path: Path) -> None:
    result = run("mscons", "cancel", sent(tmp_path, PROFILE), "--out", str(tmp_path / "out"))
    assert result.code == 5
    assert "sent.txt: 13018 EMT1-1 (TL) is not cancelled" in result.err
    assert "[mscons.cancel.kind]" in result.err
    assert "1 message not cancelled" in result.err


def test_wrong_use(run: Any, tmp_path: Path) -> None:
    file, out = sent(tmp_path), str(tmp_path / "out")
    assert run("mscons", "cancel", file).code == 2
    assert run("mscons", "cancel", "--out", out).code == 2
    for time in ("yesterday", "2026-11-04", "2026-11-04T08:00:00"):
        result = run("mscons", "cancel", file, "--out", out, "--message-date", time)
        assert result.code == 2
        assert "no time with a zone" in result.err
    assert "[mscons.reference]" in run("mscons", "cancel", file, "--out", out, "--reference", "a b").err
    result = run("mscons", "cancel", file, "--out", out, "--document", "EMT1-2")
    assert result.code == 2
    assert "[mscons.cancel.unknown]" in result.err
    assert run("mscons", "cancel", str(tmp_path / "nothing.txt"), "--out", out).code == 2
    result = run("mscons", "cancel", sent(tmp_path, SENT[:-30]), "--out", out)
    assert result.code == 3
    assert "sent.txt: the file ends" in result.err
    result = run("mscons", "cancel", sent(tmp_path), "--out", file)
    assert result.code == 2
