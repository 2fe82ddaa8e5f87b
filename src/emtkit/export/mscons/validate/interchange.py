"""The envelope: UNB to UNZ, counts and references; one report for each interchange of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.mscons.validate.conditions import UNKNOWN_ROLES, Roles, role_facts
from emtkit.export.mscons.validate.elements import faults, plain_form
from emtkit.export.mscons.validate.findings import InterchangeReport, MessageHead
from emtkit.export.mscons.validate.message import MessageCheck, Terms
from emtkit.export.mscons.validate.moments import Moments, minutes_of
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.message import Shapes

_CENTURY: Final = "20"
_MOST_TAGS: Final = 64
_MOST_SEEN: Final = 20_000


def check_interchanges(
    source: bytes | BinaryIO | Iterable[bytes],
    *,
    roles: Roles = UNKNOWN_ROLES,
    received_at: datetime | None = None,
    heads: bool = False,
) -> Iterator[InterchangeReport]:
    """Check a file and give a report for each interchange in it; a file without any gives one that says so.

    Never raises for what is in the file. Memory does not grow with the file: one value, one line and the head of one
    message are held, and the findings up to a limit.

    Args:
        source: the file, its bytes or pieces of them
        roles: market roles of sender and receiver, as far as they are known: no file says them
        received_at: when the file came, an aware time: no message may have a later date ([494])
        heads: whether the report lists the messages, as answers need it; that grows with their number
    """
    terms = Terms(role_facts(roles), None if received_at is None else minutes_of(received_at), heads)
    check: _Interchange | None = None
    number = 0
    try:
        for segment in read_segments(source):
            if segment.tag == "UNB" or check is None:
                if check is not None:
                    yield check.finish(None)
                number += 1
                check = _Interchange(number, segment, terms)
                if segment.tag == "UNB":
                    continue
            if segment.tag == "UNZ":
                yield check.finish(segment)
                check = None
            else:
                check.feed(segment)
    except DecodeError as error:
        report = InterchangeReport(number + 1, heads=[] if heads else None) if check is None else check.finish(None)
        report.add("mscons_check.file", error.code, None, error.message)
        yield report
        return
    if check is not None:
        yield check.finish(None)
    elif not number:
        report = InterchangeReport(1, heads=[] if heads else None)
        report.add("mscons_check.file", "UNB", None, "the file holds no interchange")
        yield report


class _Interchange:
    """One interchange, from its first segment on."""

    def __init__(self, number: int, first: Segment, terms: Terms) -> None:
        self._report = InterchangeReport(number, first_segment=first.number)
        self._terms = terms
        if terms.heads:
            self._report.heads = []
        self._unb = first if first.tag == "UNB" else None
        self._message: MessageCheck | None = None
        self._references: set[str] = set()
        self._last = first
        self._sound: dict[str, Callable[[bytes], object]] = {}  # one interchange has one set of service characters
        self._seen: set[bytes] = set()  # sound segments: load profiles say every time twice
        self._shapes: Shapes = {}
        self._created: int | None = None
        self._errors_before = 0
        if self._unb is None:
            self._report.add("mscons_check.envelope", "UNB", first, "the interchange does not begin with UNB")
            return
        self._report.reference = self._unb.get(5)
        self._report.unb = self._unb
        self._check_elements(self._unb)
        moment = Moments().read(f"{_CENTURY}{self._unb.get(4, 1)}{self._unb.get(4, 2)}+00", "303")
        if moment is None:
            self._report.add(
                "mscons_check.envelope.value",
                "UNB S004",
                first,
                "UNB has no date and time of the form YYMMDD:HHMM",
                "",
                (4, None),
            )
        else:
            self._created = moment.minutes

    def feed(self, segment: Segment) -> None:
        """Take a segment between UNB and UNZ."""
        self._last = segment
        if segment.raw not in self._seen:
            self._check_elements(segment)
        message = self._message
        tag = segment.tag
        if message is not None and tag != "UNT" and tag != "UNH":  # noqa: PLR1714 - faster, and asked of every segment
            message.feed(segment)
        elif tag == "UNH":
            if message is not None:
                self._without_end(message)
            self._begin(segment)
        elif message is None:
            self._report.add("mscons_check.envelope", "UNH", segment, f"{tag} stands outside of a message")
        else:
            message.segments += 1
            message.finish(segment)
            self._check_unt(segment, message)
            self._close(message)

    def _begin(self, unh: Segment) -> None:
        self._report.unh = unh.number
        self._report.messages += 1
        self._errors_before = self._report.error_count
        self._message = MessageCheck(self._report, self._unb, self._created, unh, self._shapes, self._terms)
        reference = unh.get(1)
        if reference in self._references:
            text = f"the reference {reference!r} is that of another message of the interchange"
            self._report.add("mscons_check.envelope.duplicate", "UNH DE0062", unh, text, reference, (1, 1))
        self._references.add(reference)

    def _without_end(self, message: MessageCheck) -> None:
        message.finish(None)
        text = "the message has no UNT"
        self._report.add("mscons_check.envelope", "UNT", self._last, text, message.reference)
        self._close(message)

    def _close(self, message: MessageCheck) -> None:
        self._message = None
        self._report.unh = 0
        if self._report.heads is not None:
            errors = self._report.error_count - self._errors_before
            self._report.heads.append(
                MessageHead(message.reference, message.type, message.document, message.pruefidentifikator, errors)
            )

    def _check_unt(self, unt: Segment, message: MessageCheck) -> None:
        if unt.get(1) != str(message.segments):
            text = f"UNT counts {unt.get(1)!r} segments, the message has {message.segments}"
            self._report.add("mscons_check.envelope.count", "UNT DE0074", unt, text, message.reference, (1, 1))
        if unt.get(2) != message.reference:
            text = f"UNT has the reference {unt.get(2)!r}, UNH {message.reference!r}"
            self._report.add("mscons_check.envelope.reference", "UNT DE0062", unt, text, message.reference, (2, 1))

    def _check_elements(self, segment: Segment) -> None:
        tag, raw = segment.tag, segment.raw
        sound = self._sound.get(tag)
        if sound is None:
            sound = plain_form(tag, segment.service).match
            if len(self._sound) < _MOST_TAGS:
                self._sound[tag] = sound
        if sound(raw) is not None:
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen.add(raw)
            return
        reference = "" if self._message is None else self._message.reference
        for fault in faults(segment):
            self._report.add(fault.code, fault.rule, segment, fault.message, reference, fault.place)

    def finish(self, unz: Segment | None) -> InterchangeReport:
        """Check the end and return the report."""
        report = self._report
        if self._message is not None:
            self._without_end(self._message)
        if not report.messages:
            report.add("mscons_check.envelope.empty", "UNH", self._last, "the interchange holds no message")
        if unz is None:
            report.add("mscons_check.envelope", "UNZ", self._last, "the interchange has no UNZ")
            return report
        self._check_elements(unz)
        if unz.get(1) != str(report.messages):
            text = f"UNZ counts {unz.get(1)!r} messages, the interchange has {report.messages}"
            report.add("mscons_check.envelope.count", "UNZ DE0036", unz, text, "", (1, 1))
        if unz.get(2) != report.reference:
            text = f"UNZ has the reference {unz.get(2)!r}, UNB {report.reference!r}"
            report.add("mscons_check.envelope.reference", "UNZ DE0020", unz, text, "", (2, 1))
        return report
