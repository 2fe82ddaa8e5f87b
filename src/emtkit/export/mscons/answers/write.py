"""The files that answer an interchange: CONTRL, APERAK, or both.

    syntax wrong          CONTRL 4: everything is rejected, and nothing else is said
    gas, syntax right     CONTRL 7; APERAK 313 for each message that cannot be processed
    electricity           APERAK 313 for each message that cannot be processed; APERAK 312 for the others

Source: CONTRL AHB 1.0 and APERAK AHB 1.1, chapters 1.2, 2.4 and 2.5.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.mscons.answers.aperak import aperak_text, check_release, is_processing_error
from emtkit.export.mscons.answers.asked import Asked, Sparte, asked_of
from emtkit.export.mscons.answers.contrl import contrl_text, is_syntax
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from emtkit.export.mscons.outgoing.interchange import References
    from emtkit.export.mscons.validate.findings import Finding, InterchangeReport

Kind = Literal["CONTRL", "APERAK"]
_SPARTEN: Final[tuple[Sparte, ...]] = ("electricity", "gas")


class AnswerFile(NamedTuple):
    """One file: its kind, its name by the rule of EDI@Energy, what it says, the text (ISO 8859-1).

    accepted, rejected   how many messages it accepts (APERAK 312) and rejects (APERAK 313); CONTRL speaks of all
    """

    kind: Kind
    name: str
    reference: str
    accepted: int
    rejected: int
    text: str


class Answers(NamedTuple):
    """What one interchange is answered with.

    files   the files, CONTRL first
    untold  errors that no file tells: there is no code for them, or no document number to refer to
    """

    files: list[AnswerFile]
    untold: list[Finding]


def answer(
    report: InterchangeReport,
    *,
    created: datetime,
    references: References,
    sparte: Sparte | None = None,
    acknowledge: bool = False,
) -> Answers:
    """Return the files that answer an interchange. The same input gives the same bytes.

    Args:
        report: of `check_interchanges(..., heads=True)`
        created: when the answers are made, an aware time
        references: gives each file its reference (UNB 0020)
        sparte: whose rules hold, where neither MP-IDs nor use cases say it
        acknowledge: also accept messages in electricity (APERAK 312): only when master data and roles were checked
            elsewhere and found right, which no file shows

    Raises EncodeError `mscons_answer.unb`, `mscons_answer.sparte`, `mscons_answer.heads`, `mscons_answer.many`,
    `mscons_answer.release`, and `edifact.charset` when something to be repeated is not in ISO 8859-1.
    """
    if report.heads is None:
        raise EncodeError("mscons_answer.heads", "the report has no list of messages: check with heads=True")
    asked = asked_of(report)
    file = _Writer(asked, created, references)
    if any(is_syntax(finding) for finding in report.errors):
        text = contrl_text(asked, report.heads, report.errors)
        return Answers([file.write("CONTRL", [text])], [])
    if report.error_count > len(report.errors):
        raise EncodeError(
            "mscons_answer.many",
            f"the interchange has {report.error_count} errors, more than an answer can name",
        )
    rules = asked.sparte or sparte
    if rules not in _SPARTEN:
        raise EncodeError(
            "mscons_answer.sparte",
            f"{asked.sender.id} and {asked.receiver.id} have a GLN: say whether it is electricity or gas",
        )
    files = [file.write("CONTRL", [contrl_text(asked, report.heads, [])])] if rules == "gas" else []
    aperak, untold = _aperak(report, asked, file, acknowledge=acknowledge and rules == "electricity")
    return Answers([*files, *aperak], untold)


def _aperak(
    report: InterchangeReport, asked: Asked, file: _Writer, *, acknowledge: bool
) -> tuple[list[AnswerFile], list[Finding]]:
    by_message: dict[str, list[Finding]] = {}
    untold = []
    documents = {head.reference: head.document for head in report.heads or ()}
    for finding in report.errors:
        if is_processing_error(finding) and documents.get(finding.reference):
            by_message.setdefault(finding.reference, []).append(finding)
        else:
            untold.append(finding)
    heads = [
        head
        for head in report.heads or ()
        if head.reference in by_message or (acknowledge and not head.errors and head.document)
    ]
    if not heads:
        return [], untold
    check_release(file.created)
    reference = file.take()
    texts = [
        aperak_text(
            asked,
            head,
            by_message.get(head.reference, ()),
            created=file.created,
            reference=str(number),
            document=f"{reference}-{number}",
        )
        for number, head in enumerate(heads, 1)
    ]
    rejected = sum(head.reference in by_message for head in heads)
    return [file.write("APERAK", texts, reference, len(heads) - rejected, rejected)], untold


class _Writer:
    """Puts messages into files that go back to the sender."""

    def __init__(self, asked: Asked, created: datetime, references: References) -> None:
        self._asked = asked
        self.created = created.astimezone(UTC)
        self.take = references.take

    def write(
        self, kind: Kind, messages: Iterable[str], reference: str = "", accepted: int = 0, rejected: int = 0
    ) -> AnswerFile:
        asked, reference = self._asked, reference or self.take()
        envelope = Interchange(
            reference=reference,
            sender=asked.receiver,
            receiver=asked.sender,
            created=self.created,
            application_reference="",
            test=asked.test,
        )
        name = f"{kind}__{asked.receiver.id}_{asked.sender.id}_{self.created:%Y%m%d}_{reference}.txt"
        return AnswerFile(kind, name, reference, accepted, rejected, envelope.text(messages))
