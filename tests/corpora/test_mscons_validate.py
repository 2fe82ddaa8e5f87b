"""Other people's MSCONS files, checked: what is wrong is found, what is right is left alone."""

from __future__ import annotations

import importlib.util
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from emtkit.export.mscons.validate import check_interchanges

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT: Final = Path(__file__).resolve().parents[2] / "tools" / "make_mscons_tables.py"


# what is wrong with a message -> a code and a part of the rule that must be among the errors
FAMILIES: Final = {
    "bad-unz-count": ("mscons_check.envelope.count", "UNZ DE0036"),
    "bad-unz-ref": ("mscons_check.envelope.reference", "UNZ DE0020"),
    "bad-no-uns": ("mscons_check.segment.missing", "UNS"),
    "bad-cta-in-2.5": ("mscons_check.segment.unknown", "CTA"),
    "bad-unb-nad-mismatch": ("mscons_check.reference", "DE0004"),
    "bad-appref": ("mscons_check.value", "DE0026"),
    "bad-ref-lowercase": ("mscons_check.format", "[918]"),
    "bad-dtm-zone": ("mscons_check.format", "[931]"),
    "bad-dtm-format": ("mscons_check.value", "DTM+137 DE2379"),
    "bad-melo-for-13025": ("mscons_check.format", "[950]"),
    "bad-decimals": ("mscons_check.format", "[906]"),
    "bad-missing-sts-z40": ("mscons_check.missing", "STS+Z40"),
    "bad-sts-on-true": ("mscons_check.package", "STS+Z32"),
    "bad-sts-before-dtm": ("mscons_check.segment.place", "DTM+164"),
    "bad-gap": ("mscons_check.interval.gap", "DTM+163"),
    "bad-overlap": ("mscons_check.interval.overlap", "DTM+163"),
    "bad-outside-period": ("mscons_check.interval.outside", "DTM+163"),
    "bad-inverted": ("mscons_check.interval.inverted", "DTM+163"),
    "bad-future": ("mscons_check.time", "[495]"),
    "bad-bgm-code": ("mscons_check.value", "DE1001"),
    "bad-obis-not-in-list": ("mscons_check.register", "[501]"),
    "bad-obis-unescaped": ("mscons_check.element.many", "PIA"),
    "bad-charset": ("mscons_check.character", "UNOC"),
}


def test_invalid_messages_are_flagged_and_others_are_not(
    corpus: Callable[[str], list[dict[str, Any]]], say: Callable[[str], None]
) -> None:
    rows = corpus("market/mscons_messages.jsonl")
    flagged = conforming = 0
    for row in rows:
        family = row["id"].partition("-")[0]
        reports = list(check_interchanges(row["text"].encode()))
        errors = [finding for report in reports for finding in report.errors]
        if family == "bad":
            code, rule = FAMILIES[row["id"]]
            assert [finding for finding in errors if finding.code == code and rule in finding.rule], row["id"]
            flagged += 1
        elif family in ("syn", "real"):
            assert errors == [], row["id"]
            assert sum(report.values for report in reports) == sum(
                each["values"] for each in row["expected"]["messages"]
            ), row["id"]
            conforming += 1
        elif family in ("mako", "fixgen"):
            assert errors, row["id"]
    assert flagged == len(FAMILIES)
    say(f"MSCONS check: {flagged} invalid messages flagged, {conforming} conforming and real ones without an error")


def test_days_of_the_clock_change(corpus: Callable[[str], list[dict[str, Any]]]) -> None:
    rows = [row for row in corpus("market/mscons_messages.jsonl") if "dst" in row["id"]]
    if not rows:
        pytest.skip("the corpus has no days of the clock change")
    for row in rows:
        (report,) = check_interchanges(row["text"].encode())
        assert report.values in (92, 100, 25)
        # one value less is a gap
        head, _, tail = row["text"].rpartition("QTY+")
        cut = head + tail[tail.index("UNT") :]
        assert any(f.code == "mscons_check.period.count" for r in check_interchanges(cut.encode()) for f in r.errors)


def test_the_tables_are_those_that_the_script_makes(
    corpus_file: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = corpus_file("market/mscons_ahb_3_2_table.json").parent
    spec = importlib.util.spec_from_file_location("make_mscons_tables", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "OUTPUT", tmp_path / "tables.json")
    script.main(folder)
    kept = files("emtkit.export.mscons.validate").joinpath("tables.json").read_text("utf-8")
    assert (tmp_path / "tables.json").read_text("utf-8") == kept
