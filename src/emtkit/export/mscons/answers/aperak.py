"""APERAK messages: for each message of the interchange whether it is accepted, or every error of the AHB in it.

An error is ERC with its code; FTX+ABO with what is wrong, as it was sent; and with the document number again FTX+AAO
with the rule in the AHB's words and FTX+Z02 with the name of the segment in the MIG and the segment as it was sent.
Source: APERAK AHB 1.1, chapters 2.1.2 (place of an error), 3 (structure) and 4.3 (codes); APERAK MIG 2.2.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from emtkit.export.edifact.segments import write_segment
from emtkit.export.edifact.service import outside_unoc
from emtkit.export.grid import BERLIN
from emtkit.export.mscons.answers.codes import INTERVAL, WITH_PLACE
from emtkit.export.mscons.validate.tables import tables
from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.export.mscons.answers.asked import Asked
    from emtkit.export.mscons.validate.findings import Finding, MessageHead

TYPE: Final = ("APERAK", "D", "07B", "UN", "2.2")
VALID_FROM: Final = date(2026, 10, 1)  # German time; of the releases before, the structure is another one
ACCEPTED: Final = "312"  # Anerkennungsmeldung
REJECTED: Final = "313"  # Anwendungssystemfehlermeldung
_ANSWER: Final = "APERAK "
_MOST_TEXT: Final = 512  # DE 4440
_CONDITION: Final = re.compile(r"\[(\d+)\]")
# signs of the AHB that ISO 8859-1 does not have
_SIGNS: Final = str.maketrans(
    {"∧": "UND", "∨": "ODER", "⊻": "ENTWEDER ODER", "≤": "<=", "≥": ">=", "–": "-", "„": '"', "“": '"', "’": "'"}  # noqa: RUF001
)


def is_processing_error(finding: Finding) -> bool:
    """Return whether APERAK has a code for a finding."""
    return finding.kind.answer.startswith(_ANSWER)


def check_release(created: datetime) -> None:
    """Raise EncodeError `mscons_answer.release` for a time at which APERAK 2.2 was not in force."""
    if created.astimezone(BERLIN).date() < VALID_FROM:
        raise EncodeError(
            "mscons_answer.release",
            f"APERAK {TYPE[-1]} is in force from {VALID_FROM} on, {created:%Y-%m-%d} is before it",
        )


def aperak_text(
    asked: Asked, head: MessageHead, findings: Iterable[Finding], *, created: datetime, reference: str, document: str
) -> str:
    """Return the message from UNH to UNT about one message; without findings it is accepted.

    Args:
        asked: the interchange
        head: the message in it
        findings: its errors of the AHB
        created: when the answer is made
        reference: UNH 0062 of the answer
        document: BGM 1004 of the answer
    """
    errors = dict.fromkeys(tuple(_error(finding, head.document)) for finding in findings)
    body = [
        write_segment("UNH", reference, TYPE),
        write_segment("BGM", REJECTED if errors else ACCEPTED, document),
        _time("137", created),
        write_segment("RFF", ("ACE", asked.reference)),
        *([_time("171", asked.created)] if asked.created is not None else []),
        write_segment("RFF", ("AGO", head.document)),
        write_segment("NAD", "MS", (asked.receiver.id, "", asked.receiver.nad_agency)),
        write_segment("NAD", "MR", (asked.sender.id, "", asked.sender.nad_agency)),
    ]
    body += (segment for error in errors for segment in error)
    return "".join([*body, write_segment("UNT", str(len(body) + 1), reference)])


def _error(finding: Finding, document: str) -> Iterator[str]:
    """Give the segments of one error (SG4)."""
    code = finding.kind.answer.removeprefix(_ANSWER)
    yield write_segment("ERC", code)
    wrong = (finding.text, finding.other) if code == INTERVAL else (finding.value,)
    if all(wrong) and sum(map(len, wrong)) <= _MOST_TEXT:
        yield _text("ABO", *wrong)
    yield write_segment("RFF", ("AGO", document))
    yield _text("AAO", _rule(finding))
    if code in WITH_PLACE:
        name = tables().names.get(finding.about, finding.tag)
        # what is missing has no text; the name alone must be there
        yield _text("Z02", name, finding.text if finding.value or finding.place else "")


def _text(qualifier: str, *texts: str) -> str:
    return write_segment("FTX", qualifier, "", "", texts)


def _rule(finding: Finding) -> str:
    """Return the rule, and the conditions that it names in the AHB's words."""
    conditions = tables().conditions
    named = [f"[{name}] {conditions[name]}" for name in _CONDITION.findall(finding.rule) if name in conditions]
    rule = [finding.rule] if _CONDITION.sub("", finding.rule).strip() or not named else []
    whole = "; ".join([*rule, *named]).translate(_SIGNS)
    return "".join(char if outside_unoc(char) < 0 else " " for char in whole)[:_MOST_TEXT]


def _time(qualifier: str, moment: datetime) -> str:
    return write_segment("DTM", (qualifier, f"{moment.astimezone(UTC):%Y%m%d%H%M}+00", "303"))
