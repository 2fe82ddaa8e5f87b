"""`emtkit convert`: the batch job."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from emtkit.cli.progress import with_progress
from emtkit.cli.tally import Tally
from emtkit.export.mscons.outgoing.interchange import seed_of
from emtkit.export.registry import Report, names
from emtkit.model.decoded import Decoded

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_capture_becomes_a_file(run: Any, capture: Path, key_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "night.jsonl"
    result = run("convert", str(capture), "--keys", str(key_file), "--to", "jsonl", "--out", str(out))
    assert result.code == 3
    assert result.out == ""
    assert [json.loads(line)["state"] for line in out.read_text().splitlines()] == [
        *("complete", "failed", "failed", "complete"),
    ]
    assert result.err.splitlines() == [
        (
            "1 x wmbus.link.truncated: "
            f"{capture}, line 3: L = 46 announces a frame of 55 bytes (frame format A, 30 are there)"
        ),
        f"1 x capture.hex.digit: {capture}, line 4: 'z' in column 1 is no hex digit",
        "error: 2 of 4 telegrams: 2 not decoded [cli.failures]",
        "`emtkit codes cli.failures` explains it",
    ]


def test_a_batch_that_went_well_is_silent(run: Any, telegram: str, key: str, tmp_path: Path) -> None:
    result = run("convert", telegram, "--key", key, "--to", "csv", "--out", str(tmp_path / "x.csv"))
    assert result == (0, "", "")


def test_standard_output_and_options_of_the_format(run: Any, telegram: str, key: str) -> None:
    result = run(
        "convert", telegram, "--key", key, "--to", "csv", "--set", "columns=value,unit", "--set", "delimiter=;"
    )
    assert result.out.splitlines()[:2] == ["value;unit", "28504.27;m3"]


def test_missing_keys_end_with_4_and_damage_with_3(run: Any, telegram: str, tmp_path: Path) -> None:
    out = str(tmp_path / "x.jsonl")
    assert run("convert", telegram, telegram, "--to", "jsonl", "--out", out).code == 4
    assert run("convert", telegram, telegram[:60], "--to", "jsonl", "--out", out).code == 3


def test_an_input_is_never_overwritten(run: Any, capture: Path) -> None:
    before = capture.read_bytes()
    result = run("convert", str(capture), "--to", "jsonl", "--out", str(capture))
    assert result.code == 2
    assert "[cli.convert.overwrites]" in result.err
    assert capture.read_bytes() == before


def test_what_cannot_be_exported_ends_with_5(run: Any, telegram: str, key: str, tmp_path: Path) -> None:
    points = tmp_path / "points.toml"
    points.write_text('[[point]]\nmeter = "ELS 12345678"\nregister = "volume"\n')
    out = tmp_path / "out"
    result = run(
        *("convert", telegram, "--key", key, "--to", "mscons", "--points", str(points), "--out", str(out)),
        *("--set", "message_date=2026-12-01T00:00+01:00", "--set", "reference=T"),
    )
    assert result.code == 5
    assert "[cli.refused]" in result.err
    assert "Traceback" not in result.err


def test_market_messages_are_dated_by_the_clock_unless_the_date_is_given(
    run: Any, telegram: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[dict[str, str]] = []

    def write(*given: Any, options: dict[str, str], **_rest: Any) -> Report:
        assert given[::2] == ("mscons", tmp_path)
        taken.append(options)
        return Report()

    monkeypatch.setattr("emtkit.cli.convert.write", write)
    words = ("convert", telegram, "--to", "mscons", "--out", str(tmp_path))
    before = datetime.now(UTC)
    assert run(*words).code == 0
    assert run(*words, "--set", "message_date=2026-11-03T08:00:00Z", "--set", "reference=EMT7").code == 0
    clock, given = taken
    moment = datetime.fromisoformat(clock["message_date"])
    assert before <= moment <= datetime.now(UTC)
    assert clock["reference"] == seed_of(moment)
    assert given == {"message_date": "2026-11-03T08:00:00Z", "reference": "EMT7"}


def test_formats_are_listed_with_their_options(run: Any) -> None:
    result = run("convert", "--formats")
    assert result.code == 0
    for name in names():
        assert f"{name}: " in result.out
    assert "delimiter" in result.out


def test_progress_is_for_terminals_only(capsys: Any, monkeypatch: Any) -> None:
    telegrams = [Decoded("wmbus", "complete"), Decoded("wmbus", "failed")]
    tally = Tally(strict=False)
    assert list(with_progress(tally.watch(telegrams), tally)) == telegrams
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("emtkit.cli.progress._FIRST", 0.0)
    monkeypatch.setattr("emtkit.cli.progress._EVERY", 0.0)
    tally = Tally(strict=False)
    assert list(with_progress(tally.watch(telegrams), tally)) == telegrams
    shown = capsys.readouterr().err
    assert "2 telegrams" in shown
    assert "1 failed" in shown
    assert shown.endswith("\r\x1b[K")
