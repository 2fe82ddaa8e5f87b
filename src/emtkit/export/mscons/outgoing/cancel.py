"""Cancellations (13006, Messwert Storno): a message that takes an earlier one back.

It names the document (RFF+ACW) and has the earlier message's BGM code; no location, no values. Time series (UNB 0026
TL) are not cancelled: the newer message replaces the older one.
Source: EDI@Energy MSCONS AHB 3.2, 13006.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.export.mscons.ahb_codes import DOCUMENT, Place, codes
from emtkit.export.mscons.incoming.received import CANCELLATION
from emtkit.export.mscons.message import Message, Partner
from emtkit.export.mscons.outgoing.files import Files, Route
from emtkit.export.mscons.outgoing.sent import read_sent, sent_files
from emtkit.export.mscons.releases import release_at
from emtkit.export.mscons.use_cases import USE_CASES
from emtkit.export.registry import Report
from emtkit.model.errors import ConfigError, EmtkitError, EncodeError
from emtkit.model.market_ids import check_partner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from emtkit.export.mscons.outgoing.sent import SentMessage

PRUEFIDENTIFIKATOR: Final = "13006"
_CANCELLED: Final = frozenset({"EM", "VL"})
_PLACE: Final = Place(PRUEFIDENTIFIKATOR, "", "konfigurations_id", "")


def cancellation(sent: SentMessage, created: datetime, *, reference: str, document: str) -> Message:
    """Return the message that takes `sent` back.

    reference, document  its own UNH 0062 and BGM 1004
    Raises EncodeError `mscons.cancel.*` for what cannot be cancelled, `mscons.release`; ConfigError `market_id.*`.
    """
    route = route_of(sent)
    if sent.function == CANCELLATION:
        raise EncodeError("mscons.cancel.cancellation", f"{sent} takes back {sent.cancels}: it cannot be taken back")
    if not sent.document:
        raise EncodeError("mscons.cancel.document", f"{sent.file}: the message has no document number to name")
    if sent.document_code not in codes(_PLACE, DOCUMENT):
        raise EncodeError("mscons.cancel.kind", f"{sent}: {PRUEFIDENTIFIKATOR} has no BGM {sent.document_code}")
    return Message(
        reference=reference,
        release=release_at(created).name,
        document_code=sent.document_code,
        document=document,
        function=CANCELLATION,
        date=created.replace(second=0, microsecond=0),
        cancels=sent.document,
        pruefidentifikator=PRUEFIDENTIFIKATOR,
        sender=route.sender,
        receiver=route.receiver,
    )


def route_of(sent: SentMessage) -> Route:
    """Return who sends the cancellation to whom: as the message it takes back.

    Raises EncodeError `mscons.cancel.kind` for a time series; ConfigError `market_id.*`.
    """
    application = sent.application_reference
    if not application and sent.pruefidentifikator in USE_CASES:
        application = USE_CASES[sent.pruefidentifikator].application_reference
    if application not in _CANCELLED:
        raise EncodeError(
            "mscons.cancel.kind",
            f"{sent} ({application or 'no application reference'}) is not cancelled: a time series is replaced by "
            "sending it again",
        )
    return Route(_partner(sent.sender), _partner(sent.receiver), application, sent.test)


def _partner(text: str) -> Partner:
    agency = check_partner(text)
    return Partner(text, agency.unb, agency.nad)


def cancel_files(
    paths: Iterable[Path], out: Path, *, created: datetime, reference: str, documents: Collection[str] = ()
) -> Report:
    """Write the cancellations of the messages in these files (or folders) into the folder `out`.

    created    DTM+137, with a zone
    reference  what the references begin with, as `Options.reference`
    documents  document numbers (BGM 1004); empty: all messages
    What cannot be cancelled is in the report's `refused`; messages that the files themselves take back already are
    left out. Raises ConfigError `mscons.sent.none`, `mscons.cancel.unknown`, `mscons.reference`, `capture.unreadable`;
    DecodeError `mscons.read.*`.
    """
    report = Report()
    heads = [head for head, _ in read_sent(sent_files(paths))]
    report.frames = len(heads)
    unknown = set(documents) - {head.document for head in heads}
    if unknown:
        raise ConfigError(
            "mscons.cancel.unknown",
            f"no message has the document number {', '.join(sorted(unknown))}",
            field="document",
        )
    withdrawn = {(head.sender, head.cancels) for head in heads if head.function == CANCELLATION}
    done: set[tuple[str, str]] = set()
    files = Files(out, created, reference)
    for head in heads:
        document = (head.sender, head.document)
        if document in done or (head.document not in documents if documents else head.function == CANCELLATION):
            continue
        done.add(document)
        try:
            if document in withdrawn:
                _check_asked(head, documents)
            else:
                files.add(route_of(head), cancellation(head, created, reference="0", document="0"))
        except EmtkitError as error:
            report.refuse(head.file, error)
    report.written += files.close()
    return report


def _check_asked(head: SentMessage, documents: Collection[str]) -> None:
    """Raise EncodeError `mscons.cancel.already` where a message that is cancelled already was asked for by name."""
    if documents:
        raise EncodeError("mscons.cancel.already", f"{head} is taken back already by a message in these files")
