"""Other people's MSCONS files, answered: the code that the corpus expects is told, conforming files are accepted."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from emtkit.export.mscons.answers import answer, read_answers
from emtkit.export.mscons.outgoing.interchange import References
from emtkit.export.mscons.validate import check_interchanges

if TYPE_CHECKING:
    from collections.abc import Callable

CREATED: Final = datetime(2026, 12, 1, 8, tzinfo=UTC)
# what the corpus expects is less exact than APERAK AHB 1.1, or another error of the same file is told first
OTHERWISE: Final = {
    "bad-inverted": "APERAK Z34",  # the AHB has a code of its own for it
    "bad-obis-unescaped": "CONTRL 16",  # one component too many is an error of syntax
    "bad-cta-in-2.5": "CONTRL 15",
    "bad-sts-before-dtm": "CONTRL 15",
    "bad-sts-on-true": "APERAK Z38",
    "bad-gap": "APERAK Z30",
    "bad-overlap": "APERAK Z41",
    "bad-outside-period": "APERAK Z41",
}
UNTOLD: Final = "bad-unb-nad-mismatch"  # neither message has a code for it


def expected(row: dict[str, Any]) -> tuple[str, str]:
    told = OTHERWISE.get(row["id"]) or row["expected"]["report"]
    code = re.search(r"Z?\d+$", told)
    assert code is not None, row["id"]
    return ("CONTRL" if told.startswith("CONTRL") else "APERAK"), code.group()


def test_each_wrong_file_is_answered_with_its_code(
    corpus: Callable[[str], list[dict[str, Any]]], say: Callable[[str], None]
) -> None:
    told = 0
    for row in corpus("market/mscons_messages.jsonl"):
        if not row["id"].startswith("bad-"):
            continue
        (report,) = check_interchanges(row["text"].encode(), heads=True)
        files, untold = answer(report, created=CREATED, references=References("ANS"))
        if row["id"] == UNTOLD:
            assert files == []
            assert [finding.code for finding in untold] == ["mscons_check.reference"]
            continue
        assert untold == [], row["id"]
        (file,) = files
        kind, code = expected(row)
        assert file.kind == kind, row["id"]
        given = list(read_answers(file.text.encode("latin-1")))
        assert code in {error.code for each in given for error in each.errors}, row["id"]
        assert {each.interchange for each in given} == {row["expected"]["ref"]}
        told += 1
    say(f"MSCONS answers: {told} wrong files answered with their code")


def test_conforming_files_are_accepted(
    corpus: Callable[[str], list[dict[str, Any]]], say: Callable[[str], None]
) -> None:
    received = accepted = 0
    for row in corpus("market/mscons_messages.jsonl"):
        if row["id"].partition("-")[0] not in ("syn", "real"):
            continue
        for report in check_interchanges(row["text"].encode(), heads=True):
            files, untold = answer(report, created=CREATED, references=References("ANS"), acknowledge=True)
            assert untold == []
            (file,) = files
            given = list(read_answers(file.text.encode("latin-1")))
            verdict = "received" if file.kind == "CONTRL" else "accepted"
            assert {each.verdict for each in given} == {verdict}, row["id"]
            if verdict == "accepted":
                assert [each.document for each in given] == [each["doc"] for each in row["expected"]["messages"]]
                accepted += len(given)
            else:
                received += 1
    say(f"MSCONS answers: {accepted} messages of conforming files accepted, {received} gas files received")
