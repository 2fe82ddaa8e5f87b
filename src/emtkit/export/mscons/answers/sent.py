"""Your own files that partners answer: which messages they hold, and what stands at a place that CONTRL names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from emtkit.export.edifact.tokenizer import read_segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.export.edifact.segments import Segment


@dataclass(slots=True)
class SentHead:
    """The head of one message: UNH 0062, BGM 1004, Prüfidentifikator, and its location or Konfigurations-ID."""

    reference: str
    document: str = ""
    pruefidentifikator: str = ""
    location: str = ""


@dataclass(slots=True)
class SentFile:
    """One interchange that was sent: UNB 0020, sender and receiver, its messages by their reference."""

    reference: str
    sender: str
    receiver: str
    messages: dict[str, SentHead] = field(default_factory=dict)
    _documents: dict[str, SentHead] = field(default_factory=dict)

    def message_of(self, document: str) -> SentHead | None:
        """Return the message with this document number (BGM 1004)."""
        if not self._documents:
            self._documents = {message.document: message for message in self.messages.values()}
        return self._documents.get(document)


def read_sent(source: bytes | BinaryIO | Iterable[bytes]) -> Iterator[SentFile]:
    """Give each interchange of a file with the heads of its messages. Raises what `read_segments` raises."""
    file: SentFile | None = None
    message: SentHead | None = None
    for segment in read_segments(source):
        match segment.tag:
            case "UNB":
                if file is not None:
                    yield file
                file = SentFile(segment.get(5), segment.get(2), segment.get(3))
                message = None
            case "UNH" if file is not None:
                message = file.messages.setdefault(segment.get(1), SentHead(segment.get(1)))
            case "UNT":
                message = None
            case _ if message is not None:
                _read_head(message, segment)
    if file is not None:
        yield file


def _read_head(message: SentHead, segment: Segment) -> None:
    match segment.tag, segment.get(1):
        case "BGM", _:
            message.document = segment.get(2)
        case "RFF", "Z13":
            message.pruefidentifikator = segment.get(1, 2)
        case "LOC", "172":
            message.location = segment.get(2)
        case "RFF", "AGK":
            message.location = message.location or segment.get(1, 2)


def segments_at(
    source: bytes | BinaryIO | Iterable[bytes], reference: str, places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """Return the segments at places (UNH 0062, position in the message) of the interchange with this reference."""
    wanted = set(places)
    found: dict[tuple[str, int], str] = {}
    inside, message, begin = False, "", 0
    for segment in read_segments(source):
        if segment.tag == "UNB":
            inside = segment.get(5) == reference
        elif segment.tag == "UNH":
            message, begin = segment.get(1), segment.number
        if inside:
            place = message, segment.number - begin + 1
            if place in wanted:
                found[place] = segment.raw[:200].decode("latin-1")
                if len(found) == len(wanted):
                    break
    return found
