"""CONTRL and APERAK files that partners sent: which interchange or message they answer, and what they say of it.

Reads CONTRL 2.0 and APERAK 2.1 and 2.2, and the forms of other users of EDIFACT as far as their segments are the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, NamedTuple

from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.mscons.answers.asked import created_of
from emtkit.export.mscons.answers.codes import PROCESSING_ERRORS, SYNTAX_ERRORS
from emtkit.export.mscons.incoming.values import read_time
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from emtkit.export.edifact.segments import Segment

Kind = Literal["CONTRL", "APERAK"]
# received: the syntax is right (CONTRL 7); accepted: it is processed (APERAK 312)
Verdict = Literal["received", "accepted", "rejected", "unknown"]

_MOST_ERRORS: Final = 10_000
_CONTRL_VERDICTS: Final[dict[str, Verdict]] = {"4": "rejected", "7": "received", "8": "received"}
_APERAK_VERDICTS: Final[dict[str, Verdict]] = {"312": "accepted", "313": "rejected"}
# of FTX 4451
_CONTENT: Final = "ABO"
_DESCRIPTION: Final = "AAO"
_PLACE: Final = "Z02"


class AnswerError(NamedTuple):
    """One error that a partner names.

    code         DE 0085 (CONTRL) or 9321 (APERAK), and what it means in the market's words
    message      UNH 0062 of your message, in CONTRL
    segment      its position in that message (UNH is 1), or the tag of a service segment; in APERAK its name in the MIG
    element      data element and component: `3:2`; the tag is 1
    content      what was wrong, as you sent it
    description  the partner's own words
    """

    code: str
    meaning: str
    message: str = ""
    segment: str = ""
    element: str = ""
    content: str = ""
    description: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {name: value or None for name, value in self._asdict().items()}


@dataclass(slots=True, kw_only=True)
class Answer:
    """What a partner says of an interchange (CONTRL) or of one message in it (APERAK).

    interchange   UNB 0020 of your file
    document      BGM 1004 of your message, in APERAK
    vorgang       RFF+TN of APERAK
    reference     UNB 0020 of the partner's file; `name` is BGM 1004 of his message
    unread        segments that are not known, as they were sent
    """

    kind: Kind
    release: str
    sender: str
    receiver: str
    reference: str
    created: datetime | None
    verdict: Verdict = "unknown"
    interchange: str = ""
    document: str = ""
    vorgang: str = ""
    name: str = ""
    errors: list[AnswerError] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "kind": self.kind,
            "release": self.release or None,
            "verdict": self.verdict,
            "interchange": self.interchange or None,
            "document": self.document or None,
            "vorgang": self.vorgang or None,
            "sender": self.sender,
            "receiver": self.receiver,
            "reference": self.reference or None,
            "created": None if self.created is None else self.created.isoformat(),
            "errors": [error.to_dict() for error in self.errors],
            "unread": self.unread,
        }


def read_answers(source: bytes | BinaryIO | Iterable[bytes]) -> Iterator[Answer]:
    """Give what a file of CONTRL or APERAK says, one answer a message.

    Raises DecodeError `mscons_answer.type` for another message, `mscons_answer.envelope` for a file without UNB and
    UNH, and what `read_segments` raises.
    """
    unb: Segment | None = None
    current: _Reader | None = None
    for segment in read_segments(source):
        if segment.tag == "UNB":
            unb, current = segment, None
        elif segment.tag == "UNH" and unb is not None:
            current = _begin(unb, segment)
        elif segment.tag == "UNT" and current is not None:
            yield current.finish()
            current = None
        elif current is not None:
            current.feed(segment)
        elif segment.tag != "UNZ" or unb is None:
            raise DecodeError(
                "mscons_answer.envelope",
                f"segment {segment.number} ({segment.tag}) stands outside of a message",
                start=segment.start,
                end=segment.start + len(segment.raw),
            )
    if current is not None:
        yield current.finish()


def _begin(unb: Segment, unh: Segment) -> _Reader:
    kind = unh.get(2)
    if kind not in _READERS:
        raise DecodeError(
            "mscons_answer.type",
            f"message {unh.get(1)!r} is {kind or 'of no type'}, not CONTRL or APERAK",
            start=unh.start,
            end=unh.start + len(unh.raw),
        )
    return _READERS[kind](
        Answer(
            kind="CONTRL" if kind == "CONTRL" else "APERAK",
            release=unh.get(2, 5),
            sender=unb.get(2),
            receiver=unb.get(3),
            reference=unb.get(5),
            created=created_of(unb),
        )
    )


class _Reader(ABC):
    """Reads one message."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._error: AnswerError | None = None

    def feed(self, segment: Segment) -> None:
        if not self._read(segment) and len(self._answer.unread) < _MOST_ERRORS:
            self._answer.unread.append(segment.raw[:200].decode("latin-1"))

    def finish(self) -> Answer:
        self._close()
        return self._answer

    @abstractmethod
    def _read(self, segment: Segment) -> bool:
        """Read a segment; return whether it is known."""

    def _close(self) -> None:
        """Keep the error that was being read."""
        if self._error is not None and len(self._answer.errors) < _MOST_ERRORS:
            self._answer.errors.append(self._error)
        self._error = None


class _Contrl(_Reader):
    _message = ""
    _segment = ""

    def _read(self, segment: Segment) -> bool:
        answer = self._answer
        match segment.tag:
            case "UCI":
                answer.interchange = segment.get(1)
                answer.verdict = _CONTRL_VERDICTS.get(segment.get(4), "unknown")
                self._add(segment, 5)
            case "UCM":
                self._message = segment.get(1)
                self._add(segment, 4)
            case "UCS":
                self._segment = segment.get(1)
                if segment.get(2):
                    self._keep(segment.get(2), self._segment, "")
            case "UCD":
                self._keep(segment.get(1), self._segment, _joined(segment, 2))
            case _:
                return False
        return True

    def _add(self, segment: Segment, element: int) -> None:
        if segment.get(element):
            self._keep(segment.get(element), segment.get(element + 1), _joined(segment, element + 2))

    def _keep(self, code: str, segment: str, element: str) -> None:
        self._error = AnswerError(code, SYNTAX_ERRORS.get(code, ""), self._message, segment, element)
        self._close()


def _joined(segment: Segment, element: int) -> str:
    return ":".join(filter(None, segment.elements[element])) if element < len(segment.elements) else ""


class _Aperak(_Reader):
    def _read(self, segment: Segment) -> bool:
        answer, qualifier = self._answer, segment.get(1)
        match segment.tag, qualifier:
            case "BGM", _:
                answer.verdict = _APERAK_VERDICTS.get(qualifier, "unknown")
                answer.name = segment.get(2)
            case "DTM", "137":
                moment = read_time(segment.get(1, 2), segment.get(1, 3))
                if isinstance(moment, datetime):
                    answer.created = moment
            case "RFF", "ACE":
                answer.interchange = segment.get(1, 2)
            case "RFF", "AGO" | "ACW":
                answer.document = answer.document or segment.get(1, 2)
            case "RFF", "TN":
                answer.vorgang = segment.get(1, 2)
            case "ERC", _:
                self._close()
                self._error = AnswerError(qualifier, PROCESSING_ERRORS.get(qualifier, ""))
            case "FTX", _ if self._error is not None:
                self._text(segment, self._error)
            case ("DTM", "171") | ("NAD", "MS" | "MR"):
                pass  # of the interchange that is answered, and its partners
            case _:
                return False
        return True

    def _text(self, segment: Segment, error: AnswerError) -> None:
        texts = segment.elements[4] if len(segment.elements) > 4 else []
        first, rest = (texts[0].strip(), texts[1:]) if texts else ("", [])
        match segment.get(1):
            case "Z02":
                content = error.content or " ".join(rest)
                self._error = error._replace(segment=first, content=content)
            case "ABO":
                self._error = error._replace(content=" ".join(texts))
            case _:
                self._error = error._replace(description=" ".join(filter(None, [error.description, *texts])))


_READERS: Final[dict[str, Callable[[Answer], _Reader]]] = {"APERAK": _Aperak, "CONTRL": _Contrl}
