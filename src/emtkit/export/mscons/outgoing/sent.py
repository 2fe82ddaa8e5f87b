"""Messages that were sent: what their files say, for messages that cancel or correct them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.capture.source import open_source
from emtkit.export.mscons.incoming.as_capture import chunks, is_edifact_file
from emtkit.export.mscons.incoming.read import read_interchange
from emtkit.model.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from emtkit.export.mscons.incoming.received import ReceivedMessage, ReceivedQuantity
    from emtkit.export.mscons.message import Quantity

_EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)

# register, DTM+306, DTM+163, DTM+164, DTM+7: which value it is
ValueKey = tuple[str, str | None, object, object, object]


class SentMessage(NamedTuple):
    """The head of a message that was sent. Texts are as sent, empty where there is none.

    application_reference, test    of its interchange: UNB 0026, 0035
    subject                        LOC+172, RFF+AGK: what it is about
    cancels                        RFF+ACW
    """

    file: str
    pruefidentifikator: str
    document_code: str
    document: str
    function: str
    date: datetime
    sender: str
    receiver: str
    subject: tuple[str, ...]
    cancels: str | None
    application_reference: str
    test: bool

    def __str__(self) -> str:
        """Return what a person calls it: `13017 EMT1-3`."""
        return f"{self.pruefidentifikator or '?'} {self.document or '(no document number)'}"


class SentValue(NamedTuple):
    """A value that was sent: number (None where the text is none) and QTY 6063."""

    value: Decimal | None
    code: str


def value_key(obis: str, quantity: Quantity | ReceivedQuantity) -> ValueKey:
    """Return which value of a Meldepunkt this is; equal for what was sent and for what replaces it."""
    return obis, quantity.leistungsperiode, quantity.begin, quantity.end, quantity.nutzungszeitpunkt


def sent_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files, and those of each folder that are EDIFACT, sorted.

    Raises ConfigError `mscons.sent.none` where there is none, `capture.unreadable`.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.iterdir() if each.is_file() and is_edifact_file(each))
        else:
            found.append(path)
    if not found:
        raise ConfigError("mscons.sent.none", "there is no MSCONS file to cancel or correct", field="corrects")
    return found


def read_sent(files: Iterable[Path | str]) -> Iterator[tuple[SentMessage, ReceivedMessage]]:
    """Give the messages of files, one at a time: the head, and the message to read its values from.

    Raises DecodeError `mscons.read.*`, `edifact.*`; ConfigError `capture.unreadable`.
    """
    for file in files:
        name = Path(file).name
        with open_source(file) as packed:
            try:
                for message in read_interchange(chunks(packed.unpacked())):
                    yield _head(name, message), message
            except DecodeError as error:
                text = f"{name}: {error.message}"
                raise DecodeError(error.code, text, start=error.start, end=error.end) from None


def _head(file: str, message: ReceivedMessage) -> SentMessage:
    envelope = message.envelope
    return SentMessage(
        file,
        message.pruefidentifikator or "",
        message.document_code,
        message.document,
        message.function,
        _moment(message.date) or envelope.created or _EARLIEST,
        message.sender.id or envelope.sender.id,
        message.receiver.id or envelope.receiver.id,
        (message.location, *message.konfigurations_ids),
        message.cancels,
        envelope.application_reference,
        envelope.test,
    )


def _moment(moment: datetime | date | None) -> datetime | None:
    return moment if isinstance(moment, datetime) else None
