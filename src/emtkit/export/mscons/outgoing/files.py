"""The files of a run: messages to interchanges, one for each pair of partners and kind of values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.edifact.service import DEFAULT, ServiceString
from emtkit.export.mscons.message import MessageWriter
from emtkit.export.mscons.outgoing.interchange import MAX_MESSAGES, Interchange, References
from emtkit.export.registry import Written

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from emtkit.export.mscons.message import Message, Partner

MEBIBYTE: Final = 1 << 20
_MAX_SIZE: Final = 10 * MEBIBYTE


class Route(NamedTuple):
    """What all messages of an interchange share."""

    sender: Partner
    receiver: Partner
    application_reference: str
    test: bool = False


@dataclass(slots=True)
class _File:
    """An interchange that still takes messages."""

    reference: str
    texts: list[str] = field(default_factory=list)
    size: int = 0
    values: int = 0


class Files:
    """The interchanges of a run; a new one begins when it gets too big."""

    def __init__(
        self,
        folder: Path,
        created: datetime,
        reference: str,
        *,
        service: ServiceString = DEFAULT,
        max_size: int = _MAX_SIZE,
    ) -> None:
        """Begin. Raises ConfigError `mscons.reference`."""
        self._folder = folder
        self._created = created
        self._limit = max_size
        self._service = service
        self._writer = MessageWriter(service)
        self._references = References(reference)
        self._open: dict[Route, _File] = {}
        self._written: list[Written] = []

    def add(self, route: Route, *messages: Message) -> None:
        """Add messages that belong together, in this order; they get their references and document numbers.

        Raises EncodeError where one of them cannot be written; the file is as before then.
        """
        file = self._open.get(route)
        if file is None:
            file = self._open[route] = _File(self._references.take())
        elif len(file.texts) + len(messages) > MAX_MESSAGES:
            self._finish(route, self._open.pop(route))
            file = self._open[route] = _File(self._references.take())
        texts = []
        for number, message in enumerate(messages, len(file.texts) + 1):
            message.reference = str(number)
            message.document = f"{file.reference}-{number}"
            texts.append(self._writer.text(message))
        file.texts += texts
        file.size += sum(map(len, texts))
        file.values += sum(message.value_count for message in messages)
        if file.size >= self._limit:
            self._finish(route, self._open.pop(route))

    def close(self) -> list[Written]:
        """Write what is open, and return all outputs."""
        for route, file in self._open.items():
            if file.texts:
                self._finish(route, file)
        self._open.clear()
        return self._written

    def _finish(self, route: Route, file: _File) -> None:
        interchange = Interchange(
            reference=file.reference,
            sender=route.sender,
            receiver=route.receiver,
            created=self._created,
            application_reference=route.application_reference,
            test=route.test,
            service=self._service,
        )
        path = self._folder / interchange.file_name
        half = path.with_name(path.name + ".part")  # a file with the right name is a whole one
        half.write_bytes(interchange.text(file.texts).encode("latin-1"))
        half.replace(path)
        messages = len(file.texts)
        what = f"{messages} message{'' if messages == 1 else 's'} {route.application_reference} to {route.receiver.id}"
        self._written.append(Written(path, what, file.values))
