"""What was found: the rule, where, and the code that an answer (CONTRL, APERAK) has for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from emtkit.export.edifact.segments import Segment

Level = Literal["syntax", "mig", "ahb", "value"]
Place = tuple[int, int | None]
# A file of nothing but errors must not fill the memory; the rest is counted.
MAX_FINDINGS: Final = 1000
MAX_ANSWERED: Final = 100_000  # an answer names every error
_MOST_TEXT: Final = 512  # of a segment, which is what an answer can repeat


class Kind(NamedTuple):
    """A kind of finding: its level, whether it makes the file invalid, and the code of an answer."""

    level: Level
    error: bool
    answer: str


# Source: CONTRL AHB 1.0 (DE 0085 of UCI, UCM, UCS, UCD); APERAK AHB 1.1, 4.3 (DE 9321 of ERC). Z21 is for UTILMD only:
# an MP-ID that differs between UNB and NAD (Allgemeine Festlegungen 2.13) has no code, it is told by another way.
KINDS: Final[dict[str, Kind]] = {
    "mscons_check.file": Kind("syntax", True, "CONTRL 18"),
    "mscons_check.envelope": Kind("syntax", True, "CONTRL 13"),
    "mscons_check.envelope.empty": Kind("syntax", True, "CONTRL 32"),
    "mscons_check.envelope.value": Kind("syntax", True, "CONTRL 12"),
    "mscons_check.envelope.count": Kind("syntax", True, "CONTRL 29"),
    "mscons_check.envelope.reference": Kind("syntax", True, "CONTRL 28"),
    "mscons_check.envelope.duplicate": Kind("syntax", True, "CONTRL 26"),
    "mscons_check.character": Kind("syntax", True, "CONTRL 21"),
    "mscons_check.element.long": Kind("syntax", True, "CONTRL 39"),
    "mscons_check.element.short": Kind("syntax", True, "CONTRL 40"),
    "mscons_check.element.type": Kind("syntax", True, "CONTRL 37"),
    "mscons_check.element.decimal": Kind("syntax", True, "CONTRL 19"),
    "mscons_check.element.digit": Kind("syntax", True, "CONTRL 38"),
    "mscons_check.element.many": Kind("syntax", True, "CONTRL 16"),
    "mscons_check.release": Kind("syntax", True, "CONTRL 12"),
    "mscons_check.release.date": Kind("value", False, ""),
    "mscons_check.created": Kind("value", False, ""),
    "mscons_check.pruefidentifikator": Kind("mig", True, "CONTRL 12"),
    "mscons_check.code": Kind("mig", True, "CONTRL 12"),
    "mscons_check.date": Kind("mig", True, "CONTRL 12"),
    "mscons_check.segment.unknown": Kind("mig", True, "CONTRL 15"),
    "mscons_check.segment.place": Kind("mig", True, "CONTRL 15"),
    "mscons_check.segment.repeated": Kind("mig", True, "CONTRL 35"),
    "mscons_check.group.repeated": Kind("mig", True, "CONTRL 36"),
    "mscons_check.segment.missing": Kind("mig", True, "CONTRL 13"),
    "mscons_check.missing": Kind("ahb", True, "APERAK Z29"),
    "mscons_check.format": Kind("ahb", True, "APERAK Z35"),
    "mscons_check.package": Kind("ahb", True, "APERAK Z38"),
    "mscons_check.value": Kind("ahb", True, "APERAK Z39"),
    "mscons_check.repeated": Kind("ahb", True, "APERAK Z40"),
    "mscons_check.time": Kind("ahb", True, "APERAK Z41"),
    "mscons_check.reference": Kind("ahb", True, ""),
    "mscons_check.not_used": Kind("ahb", False, ""),
    "mscons_check.register": Kind("ahb", True, "APERAK Z39"),
    "mscons_check.line_number": Kind("value", True, "APERAK Z35"),
    "mscons_check.interval.inverted": Kind("value", True, "APERAK Z34"),
    "mscons_check.interval.gap": Kind("value", True, "APERAK Z30"),
    "mscons_check.interval.overlap": Kind("value", True, "APERAK Z41"),
    "mscons_check.interval.outside": Kind("value", True, "APERAK Z41"),
    "mscons_check.interval.length": Kind("value", True, "APERAK Z41"),
    "mscons_check.period": Kind("value", True, "APERAK Z41"),
    "mscons_check.period.count": Kind("value", True, "APERAK Z30"),
}


class Finding(NamedTuple):
    """One thing that is wrong, or that a receiver may leave aside.

    code      stable dotted code, `emtkit codes CODE` explains it
    rule      the rule of the market: `[931]`, `13025 SG10 STS+Z40 Muss [92]`, `UNZ 0036`
    segment   number of the segment in the interchange, UNB is 1; 0: the file as a whole
    tag       its tag
    start     place in the file, end exclusive
    message   what is wrong, in a sentence
    reference UNH 0062 of the message, empty in the envelope
    position  number of the segment in its message, UNH is 1; 0 outside of a message
    place     element and component in the segment (0 is the tag), None: the segment as a whole
    about     number in the MIG of the segment that is wrong or missing: `00036`; empty where that is not known
    value     what stands at that place, the release characters taken away
    text      the segment as it stands in the file, without terminator; empty if it is very long
    other     a second segment that belongs to it, as it stands in the file: the end of an interval
    """

    code: str
    rule: str
    segment: int
    tag: str
    start: int
    end: int
    message: str
    reference: str = ""
    position: int = 0
    place: Place | None = None
    about: str = ""
    value: str = ""
    text: str = ""
    other: str = ""

    @property
    def kind(self) -> Kind:
        """Return level, severity and answer code."""
        return KINDS[self.code]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        kind = self.kind
        return {
            "code": self.code,
            "rule": self.rule,
            "segment": self.segment,
            "message": self.message,
            "answer": kind.answer or None,
            "level": kind.level,
            "tag": self.tag or None,
            "start": self.start,
            "end": self.end,
            "reference": self.reference or None,
        }


class MessageHead(NamedTuple):
    """What an answer needs of a message: UNH 0062 and S009, BGM 1004, Prüfidentifikator, and how many errors it has."""

    reference: str
    type: tuple[str, ...]
    document: str
    pruefidentifikator: str
    errors: int


@dataclass(slots=True)
class InterchangeReport:
    """What was found in one interchange.

    number     its number in the file, counted from 1
    reference  UNB 0020
    messages   number of messages
    values     number of QTY
    errors     what makes it invalid; at most MAX_FINDINGS are kept (MAX_ANSWERED with `heads`)
    warnings   what a receiver may leave aside
    more       findings beyond those that are kept
    undecided  conditions that the message does not decide, `32` -> its text: roles, orders, master data
    unb        the segment UNB, None where there is none
    heads      the messages, in order; None unless they were asked for
    """

    number: int
    reference: str = ""
    messages: int = 0
    values: int = 0
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    more: int = 0
    undecided: dict[str, str] = field(default_factory=dict)
    first_segment: int = 1
    unb: Segment | None = None
    heads: list[MessageHead] | None = None
    error_count: int = 0
    unh: int = 0  # number of the message's first segment in the file, 0 outside of a message

    @property
    def valid(self) -> bool:
        """Return whether there is no error."""
        return not self.errors

    def add(
        self,
        code: str,
        rule: str,
        segment: Segment | None,
        message: str,
        reference: str = "",
        place: Place | None = None,
        about: str = "",
        other: Segment | None = None,
    ) -> None:
        """Keep a finding; `place` is element and component in the segment (0 is the tag)."""
        error = KINDS[code].error
        found = self.errors if error else self.warnings
        self.error_count += error
        if len(found) >= (MAX_FINDINGS if self.heads is None else MAX_ANSWERED):
            self.more += 1
            return
        if segment is None:
            found.append(Finding(code, rule, 0, "", 0, 0, message, reference))
            return
        start, end = segment.start, segment.start + len(segment.raw)
        value = ""
        if place is not None:
            start, end = segment.span(*place)
            if place[0] and place[1] is not None:
                value = segment.get(place[0], place[1])
        number = segment.number - self.first_segment + 1
        position = max(0, segment.number - self.unh + 1) if self.unh else 0
        texts = "" if other is None else _text(other)
        found.append(
            Finding(
                code,
                rule,
                number,
                segment.tag,
                start,
                end,
                message,
                reference,
                position,
                place,
                about,
                value,
                _text(segment),
                texts,
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "interchange": self.number,
            "reference": self.reference or None,
            "messages": self.messages,
            "values": self.values,
            "valid": self.valid,
            "errors": [finding.to_dict() for finding in self.errors],
            "warnings": [finding.to_dict() for finding in self.warnings],
            "more": self.more,
            "undecided": self.undecided,
        }


def _text(segment: Segment) -> str:
    return segment.raw.decode("latin-1") if len(segment.raw) <= _MOST_TEXT else ""
