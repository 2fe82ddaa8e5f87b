"""What was found: the rule, where, and the code that an answer (CONTRL, APERAK) has for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from emtkit.export.edifact.segments import Segment

Level = Literal["syntax", "mig", "ahb", "value"]
# A file of nothing but errors must not fill the memory; the rest is counted.
MAX_FINDINGS: Final = 1000


class Kind(NamedTuple):
    """A kind of finding: its level, whether it makes the file invalid, and the code of an answer."""

    level: Level
    error: bool
    answer: str


# Source: UN/EDIFACT code list 0085 (CONTRL AHB 1.0); EDI@Energy APERAK AHB 1.1, error codes of ERC.
KINDS: Final[dict[str, Kind]] = {
    "mscons_check.file": Kind("syntax", True, "CONTRL 18"),
    "mscons_check.envelope": Kind("syntax", True, "CONTRL 15"),
    "mscons_check.envelope.count": Kind("syntax", True, "CONTRL 29"),
    "mscons_check.envelope.reference": Kind("syntax", True, "CONTRL 28"),
    "mscons_check.character": Kind("syntax", True, "CONTRL 21"),
    "mscons_check.element.long": Kind("syntax", True, "CONTRL 39"),
    "mscons_check.element.short": Kind("syntax", True, "CONTRL 40"),
    "mscons_check.element.type": Kind("syntax", True, "CONTRL 37"),
    "mscons_check.element.many": Kind("syntax", True, "CONTRL 16"),
    "mscons_check.release": Kind("syntax", True, "CONTRL 12"),
    "mscons_check.release.date": Kind("value", False, ""),
    "mscons_check.created": Kind("value", False, ""),
    "mscons_check.pruefidentifikator": Kind("mig", True, "CONTRL 12"),
    "mscons_check.segment.unknown": Kind("mig", True, "CONTRL 15"),
    "mscons_check.segment.place": Kind("mig", True, "CONTRL 15"),
    "mscons_check.segment.repeated": Kind("mig", True, "CONTRL 35"),
    "mscons_check.segment.missing": Kind("mig", True, "CONTRL 13"),
    "mscons_check.missing": Kind("ahb", True, "APERAK Z29"),
    "mscons_check.format": Kind("ahb", True, "APERAK Z35"),
    "mscons_check.package": Kind("ahb", True, "APERAK Z38"),
    "mscons_check.value": Kind("ahb", True, "APERAK Z39"),
    "mscons_check.repeated": Kind("ahb", True, "APERAK Z40"),
    "mscons_check.time": Kind("ahb", True, "APERAK Z41"),
    "mscons_check.reference": Kind("ahb", True, "APERAK Z21"),
    "mscons_check.not_used": Kind("ahb", False, ""),
    "mscons_check.register": Kind("ahb", True, "APERAK Z39"),
    "mscons_check.line_number": Kind("value", True, "APERAK Z35"),
    "mscons_check.interval.inverted": Kind("value", True, "APERAK Z41"),
    "mscons_check.interval.gap": Kind("value", True, "APERAK Z41"),
    "mscons_check.interval.overlap": Kind("value", True, "APERAK Z41"),
    "mscons_check.interval.outside": Kind("value", True, "APERAK Z41"),
    "mscons_check.interval.length": Kind("value", True, "APERAK Z41"),
    "mscons_check.period": Kind("value", True, "APERAK Z41"),
    "mscons_check.period.count": Kind("value", True, "APERAK Z41"),
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
    """

    code: str
    rule: str
    segment: int
    tag: str
    start: int
    end: int
    message: str
    reference: str = ""

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


@dataclass(slots=True)
class InterchangeReport:
    """What was found in one interchange.

    number     its number in the file, counted from 1
    reference  UNB 0020
    messages   number of messages
    values     number of QTY
    errors     what makes it invalid; at most MAX_FINDINGS are kept
    warnings   what a receiver may leave aside
    more       findings beyond those that are kept
    undecided  conditions that the message does not decide, `32` -> its text: roles, orders, master data
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
        place: tuple[int, int | None] | None = None,
    ) -> None:
        """Keep a finding; `place` is element and component in the segment (0 is the tag)."""
        found = self.errors if KINDS[code].error else self.warnings
        if len(found) >= MAX_FINDINGS:
            self.more += 1
            return
        if segment is None:
            found.append(Finding(code, rule, 0, "", 0, 0, message, reference))
            return
        start, end = segment.start, segment.start + len(segment.raw)
        if place is not None:
            start, end = segment.span(*place)
        number = segment.number - self.first_segment + 1
        found.append(Finding(code, rule, number, segment.tag, start, end, message, reference))

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
