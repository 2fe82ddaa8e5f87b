"""One CONTRL message: the interchange was received, or it is rejected, and where its syntax is wrong.

Positions count from 1: the segment in its message (UNH is 1), the data element in its segment (the tag is 1), the
component in its composite.
Source: CONTRL AHB 1.0 (UCI, UCM, UCS, UCD and their codes); CONTRL MIG 2.0b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from emtkit.export.edifact.segments import write_segment
from emtkit.export.mscons.answers.codes import LEVELS, RECEIVED, REJECTED, SIMPLE, at_level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from emtkit.export.edifact.segments import Element
    from emtkit.export.mscons.answers.asked import Asked
    from emtkit.export.mscons.validate.findings import Finding, MessageHead

TYPE: Final = ("CONTRL", "D", "3", "UN", "2.0b")
_ANSWER: Final = "CONTRL "
_INTERCHANGE: Final = ("UNA", "UNB", "UNZ")
_MESSAGE: Final = ("UNH", "UNT")
_MOST_SEGMENTS: Final = 999  # SG2 in a message
_MOST_ELEMENTS: Final = 99  # UCD in a segment


def is_syntax(finding: Finding) -> bool:
    """Return whether a finding is answered by CONTRL, and so rejects the whole interchange."""
    return finding.kind.answer.startswith(_ANSWER)


def contrl_text(asked: Asked, heads: Sequence[MessageHead], findings: Sequence[Finding], reference: str = "1") -> str:
    """Return the message from UNH to UNT; without findings it says that the interchange was received."""
    body = [write_segment("UNH", reference, TYPE), *_body(asked, heads, [each for each in findings if is_syntax(each)])]
    return "".join([*body, write_segment("UNT", str(len(body) + 1), reference)])


def _body(asked: Asked, heads: Sequence[MessageHead], findings: Sequence[Finding]) -> Iterator[str]:
    partners = [tuple(asked.unb.elements[element][:2]) for element in (2, 3)]
    if not findings:
        yield write_segment("UCI", asked.reference, *partners, RECEIVED)
        return
    of_interchange = [finding for finding in findings if _level(finding) == "UCI"]
    if of_interchange:  # one error is named, and nothing of the messages
        yield write_segment("UCI", asked.reference, *partners, REJECTED, *_service(of_interchange, "UCI"))
        return
    yield write_segment("UCI", asked.reference, *partners, REJECTED)
    by_message: dict[str, list[Finding]] = {}
    for finding in findings:
        by_message.setdefault(finding.reference, []).append(finding)
    for head in heads:
        found = by_message.pop(head.reference, None)
        if found is not None:
            yield from _message(head, found)


def _level(finding: Finding) -> Literal["UCI", "UCM", "UCS"]:
    named = finding.rule.split()[0]
    if named in _INTERCHANGE or finding.tag in ("UNB", "UNZ") or not finding.position:
        return "UCI"
    if named in _MESSAGE or finding.tag in _MESSAGE:
        return "UCM"
    return "UCS"


def _service(findings: Iterable[Finding], level: Literal["UCI", "UCM"]) -> list[Element]:
    """Return DE 0085, 0013 and S011 of the error that is named: the first for which the level has a code."""
    known = LEVELS[level]
    ordered = sorted(findings, key=lambda finding: (_code(finding) not in known, finding.segment))
    finding = ordered[0]
    services = _INTERCHANGE if level == "UCI" else _MESSAGE
    named = next((name for name in (finding.rule.split()[0], finding.tag) if name in services), "")
    place = _position(finding) if finding.tag == named else ()
    return [at_level(_code(finding), level), named, place]


def _message(head: MessageHead, findings: list[Finding]) -> Iterator[str]:
    of_service = [finding for finding in findings if _level(finding) == "UCM"]
    if of_service:
        yield write_segment("UCM", head.reference, head.type, REJECTED, *_service(of_service, "UCM"))
        return
    yield write_segment("UCM", head.reference, head.type, REJECTED)
    written = 0
    places = sorted({finding.position for finding in findings})
    by_place: dict[int, list[Finding]] = {place: [] for place in places}
    for finding in findings:
        by_place[finding.position].append(finding)
    for place, found in by_place.items():
        for segments in _segment(place, found):
            if written >= _MOST_SEGMENTS:
                return
            written += 1
            yield segments


def _segment(place: int, findings: list[Finding]) -> Iterator[str]:
    """Give UCS for each error of the segment as a whole, then UCS with UCD for those of its data elements."""
    elements: dict[str, None] = {}
    seen: set[str] = set()
    for finding in findings:
        code, position = _code(finding), _position(finding)
        if code in LEVELS["UCS"] and (not position or code not in LEVELS["UCD"] or _is_whole(finding)):
            if code not in seen:
                seen.add(code)
                yield write_segment("UCS", str(place), code)
        elif len(elements) < _MOST_ELEMENTS:
            elements[write_segment("UCD", at_level(code, "UCD"), position or ("1",))] = None
    if elements:
        yield write_segment("UCS", str(place)) + "".join(elements)


def _is_whole(finding: Finding) -> bool:
    """Whether it is about the segment: an element beyond the last one belongs to no place in it."""
    return finding.place is not None and finding.place[1] is None


def _code(finding: Finding) -> str:
    return finding.kind.answer.removeprefix(_ANSWER)


def _position(finding: Finding) -> tuple[str, ...]:
    """Return S011: data element (the tag is 1) and, in a composite, the component."""
    if finding.place is None or not finding.place[0]:
        return ()
    element, component = finding.place
    if component is None or element in SIMPLE.get(finding.tag, ()):
        return (str(element + 1),)
    return str(element + 1), str(component)
