"""One message, segment by segment: what was collected is checked when the next line or value begins.

Held are the message's head, one line and one value. Values of a load profile look alike, so what the AHB says of one
is remembered: the same codes, forms of times and digits need no second look.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.grid import BERLIN
from emtkit.export.mscons.releases import release_at
from emtkit.export.mscons.validate.across import Across
from emtkit.export.mscons.validate.against_unb import check_unb, partner_troubles
from emtkit.export.mscons.validate.conditions import head_facts, line_facts, quantity_facts
from emtkit.export.mscons.validate.entries import Entries
from emtkit.export.mscons.validate.expression import Truth
from emtkit.export.mscons.validate.moments import Moment, moment_of
from emtkit.export.mscons.validate.period import Line, period_faults
from emtkit.export.mscons.validate.structure import Walk, before, exists
from emtkit.export.mscons.validate.tables import RELEASES, places_of, tables, use_case_on
from emtkit.export.mscons.validate.use_case import PartCheck
from emtkit.model.errors import EmtkitError

if TYPE_CHECKING:
    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.across import Trouble
    from emtkit.export.mscons.validate.conditions import Facts, Part
    from emtkit.export.mscons.validate.findings import InterchangeReport
    from emtkit.export.mscons.validate.tables import Place, UseCase

_QUANTITY: Final = ("SG10",)
_LINE: Final = ("SG9",)
_TYPE: Final = ["MSCONS", "D", "04B", "UN"]
_SG5: Final = "00013"
_QTY: Final = "00026"
_ONCE: Final = "2001"
_MOST_SHAPES: Final = 256  # remembered of one kind of lines
_MOST_LINES: Final = 256  # kinds of lines that are remembered

Shapes = dict[object, set[object]]


@cache
def _head_numbers(release: str) -> tuple[str, ...]:
    return tuple(
        number
        for number, place in places_of(release).items()
        if place.group not in _QUANTITY + _LINE and place.tag != "UNT"
    )


@cache
def _detail_numbers(release: str) -> tuple[str, ...]:
    return tuple(number for number in _head_numbers(release) if number >= _SG5)


class Terms(NamedTuple):
    """What the caller says of all messages: facts (roles), when the file came in minutes, whether heads are kept."""

    facts: Facts
    received: int | None
    heads: bool


@cache
def _numbers(groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(number for number, place in tables().places.items() if place.group in groups)


class MessageCheck:
    """Checks one message. Call `feed` with each segment after UNH, then `finish`."""

    def __init__(
        self,
        report: InterchangeReport,
        unb: Segment | None,
        created: int | None,
        unh: Segment,
        shapes: Shapes,
        terms: Terms,
    ) -> None:
        """Begin at UNH; `created` is the interchange's time in minutes, `shapes` what was found sound before."""
        self._terms = terms
        self.type = tuple(unh.elements[2]) if len(unh.elements) > 2 else ()
        self.document = ""
        self._report = report
        self._unb = unb
        self._created = created
        self.reference = unh.get(1)
        self.segments = 1
        self.pruefidentifikator = ""
        self._unh = unh
        self._release = unh.get(2, 5)
        self._known = self._check_release()
        self._walk = Walk(self._release if self._known else RELEASES[0])
        self._entries = Entries(unh.service.decimal)
        self._head: Part = {"00003": [unh]}
        self._line: Part | None = None
        self._quantity: Part | None = None
        self._checks: PartCheck | None = None
        self._head_done = False
        self._lines = 0  # of the SG5
        self._lines_before = 0
        self._use_case: UseCase | None = None
        self._quantities = 0
        self._facts: Facts = {}
        self._line_facts: Facts = {}
        self._period: tuple[Moment | None, Moment | None] = (None, None)
        self._series = Line("", None, None)
        self._across = Across("")
        self._all_shapes = shapes
        self._shapes: set[object] = set()

    def _check_release(self) -> bool:
        unh = self._unh
        message_type = [unh.get(2, part) for part in range(1, 5)] == _TYPE
        if not message_type or self._release not in RELEASES:
            name = ":".join(unh.elements[2]) if len(unh.elements) > 2 else ""
            message = f"{name or 'nothing'} is no release that is checked ({', '.join(RELEASES)}); only the envelope is"
            self._add("mscons_check.release", "UNH S009", unh, message, (2, 5 if message_type else None))
            return False
        return True

    def feed(self, segment: Segment) -> None:
        """Take a segment."""
        self.segments += 1
        if not self._known:
            return
        tag, elements = segment.tag, segment.elements
        qualifier = elements[1][0] if len(elements) > 1 else ""
        place = self._walk.step(tag, qualifier)
        if place is None:
            self._misplaced(segment, qualifier)
            return
        if self._walk.beyond:
            self._too_often(segment, place, qualifier)
        number = place.number
        part = self._quantity
        if place.group != "SG10" or part is None or number == _QTY:
            self._keep(place, segment)
        elif number in part:
            part[number].append(segment)
        else:
            part[number] = [segment]

    def _too_often(self, segment: Segment, place: Place, qualifier: str) -> None:
        group = tables().groups.get(place.group)
        name = f"{group.name if group else ''} {segment.tag}+{qualifier}".strip()
        message = f"{name} comes more often than the MIG allows"
        kind = "mscons_check.group.repeated" if self._walk.opens else "mscons_check.segment.repeated"
        self._add(kind, f"MIG {name}", segment, message, (0, None), place.number)

    def _misplaced(self, segment: Segment, qualifier: str) -> None:
        name = f"{segment.tag}+{qualifier}".rstrip("+")
        if exists(self._release, segment.tag, qualifier):
            message = f"{name} cannot follow {self._walk.current.tag} here"
            self._add("mscons_check.segment.place", f"MIG {name}", segment, message, (0, None))
        else:
            message = f"{name} does not exist in MIG {self._release}"
            self._add("mscons_check.segment.unknown", f"MIG {name}", segment, message, (0, None))

    def _keep(self, place: Place, segment: Segment) -> None:
        number = place.number
        if number == _QTY:
            self._flush_quantity()
            if not self._quantities:
                self._begin_quantities()
            self._quantity = {number: [segment]}
        elif number == "00024":
            self._flush_line()
            self._flush_head()
            self._line = {number: [segment]}
            self._number_line(segment)
        elif self._line is not None and place.group == "SG9":
            self._line.setdefault(number, []).append(segment)
        elif number == "00013" and number in self._head:
            self._begin_again(segment)
        elif not self._head_done:
            self._head.setdefault(number, []).append(segment)
            if number == "00005":
                self._date(segment)
            elif number == "00004":
                self.document = segment.get(2)
            elif number == "00009":
                self.pruefidentifikator = segment.get(1, 2)

    def _begin_again(self, nad: Segment) -> None:
        """Begin the next SG5, with what stands before it in the message; most use cases have only one."""
        self._flush_detail(nad)
        slot = None if self._use_case is None else self._use_case.slots.get(_SG5)
        if slot is not None and slot.group is not None and _ONCE in slot.group.conditions:
            rule = f"{self.pruefidentifikator} SG5 [{_ONCE}]"
            self._add("mscons_check.repeated", rule, nad, "a message has one SG5", (0, None), _SG5)
        self._head = {number: kept for number, kept in self._head.items() if number < _SG5}
        self._head[_SG5] = [nad]
        self._head_done = False
        self._lines_before, self._lines = self._lines_before + self._lines, 0

    def finish(self, unt: Segment | None) -> None:
        """Check what is open at the message's end."""
        if not self._known:
            return
        self._flush_detail(unt or self._unh)
        for trouble in self._across.finish(self._head):
            self._tell(trouble)

    def _flush_detail(self, after: Segment) -> None:
        self._flush_line()
        self._flush_head()
        if self._checks is not None and not self._lines:
            self._checks.anchor = before("00024", self._head) or after
            self._checks.check(_numbers(_LINE), {}, self._facts)

    def _date(self, segment: Segment) -> None:
        moment = self._entries.moment(self._head, "00005")
        if moment is None or self._entries.limit is not None:
            return
        self._entries.limit = moment.minutes
        received = self._terms.received
        if received is not None and moment.minutes > received:
            message = "DTM+137 is later than the time at which the file came"
            self._add("mscons_check.time", "[494]", segment, message, (1, 2), "00005")
        elif self._created is not None and moment.minutes > self._created:
            message = "DTM+137 is later than the time of the interchange (UNB 0017 and 0019, taken as UTC)"
            self._add("mscons_check.created", "[494]", segment, message, (1, 2))
        name = _release_on(moment.minutes)
        if name is not None and name != self._release:
            message = f"release {self._release}, but {name} is in force on the message's date"
            self._add("mscons_check.release.date", "UNH 0057", self._unh, message, (2, 5))

    def _flush_head(self) -> None:
        if self._head_done:
            return
        self._head_done = True
        head = self._head
        if self._checks is not None:  # another SG5
            self._facts |= head_facts(head)
            self._checks.anchor = head[_SG5][0]
            self._checks.check(_detail_numbers(self._release), head, self._facts)
            self._check_period()
            return
        if "00009" not in head:
            message = "RFF+Z13 with the Prüfidentifikator is missing"
            anchor = before("00009", head)
            self._add("mscons_check.segment.missing", "MIG SG1 RFF+Z13 R", anchor, message, None, "00009")
        for trouble in () if self._unb is None else partner_troubles(self._unb, head):
            self._tell(trouble)
        use_case = self._use_case = self._find_use_case()
        if use_case is None:
            if "00009" in head:
                message = f"{self.pruefidentifikator!r} is no Prüfidentifikator of MSCONS"
                rule = "MIG SG1 RFF+Z13 DE1154"
                self._add("mscons_check.pruefidentifikator", rule, head["00009"][0], message, (1, 2))
            return
        self._facts = head_facts(head) | self._terms.facts
        if self._terms.received is not None:
            self._facts["494"] = Truth.YES  # decided with the date
        self._across = Across(self.pruefidentifikator)
        checks = PartCheck(self._report, use_case, self._release, self.reference, self._entries.entry)
        checks.anchor = self._unh
        self._checks = checks
        checks.check(_head_numbers(self._release), head, self._facts)
        if self._unb is not None:
            check_unb(self._unb, checks, use_case, self._facts)
        self._check_period()

    def _find_use_case(self) -> UseCase | None:
        limit = self._entries.limit
        day = date.max if limit is None else moment_of(limit).astimezone(BERLIN).date()
        return use_case_on(self.pruefidentifikator, day)

    def _check_period(self) -> None:
        begin, end = (self._entries.moment(self._head, number) for number in ("00016", "00017"))
        self._period = (begin, end)
        if begin is not None and end is not None:
            for code, message in period_faults(self.pruefidentifikator, begin, end):
                rule = f"{self.pruefidentifikator} SG6 DTM+163/164"
                self._add(code, rule, self._head["00016"][0], message, (1, 2), "00016", self._head["00017"][0])

    def _number_line(self, segment: Segment) -> None:
        self._lines += 1
        self._quantities = 0
        if self.pruefidentifikator == "13011":
            return  # [909]: temperature numbers
        # with several SG5 they are counted in each, or through
        if segment.get(1) not in {str(self._lines), str(self._lines_before + self._lines)}:
            message = f"LIN has the number {segment.get(1)!r}, it should be {self._lines}"
            self._add("mscons_check.line_number", "[908]", segment, message, (1, 1), "00024")

    def _begin_quantities(self) -> None:
        """Check LIN and PIA, before the first value of the line."""
        line = self._line
        if line is None:
            return
        register = line["00025"][0].get(2) if "00025" in line else ""
        self._series = Line(self.pruefidentifikator, *self._period, register)
        self._line_facts = self._facts | line_facts(register)
        self._shapes = self._shapes_of(register)
        if self._checks is None:
            return
        self._tell(self._across.line(line["00024"][0], register))
        self._checks.anchor = line["00024"][0]
        self._checks.check(_numbers(_LINE), line, self._line_facts)
        allowed = tables().registers.get(self.pruefidentifikator)
        if register and allowed is not None and allowed.match(register) is None:
            message = f"{register!r} is not in the list of OBIS codes and media for {self.pruefidentifikator}"
            self._add("mscons_check.register", "[501]", line["00025"][0], message, (2, 1), "00025")

    def _shapes_of(self, register: str) -> set[object]:
        """Return the sound shapes of values under these facts: other messages of the interchange have had them."""
        key = (self._release, self.pruefidentifikator, register, tuple(self._facts.items()))
        found = self._all_shapes.get(key)
        if found is None:
            if len(self._all_shapes) >= _MOST_LINES:
                self._all_shapes.clear()
            found = self._all_shapes[key] = set()
        return found

    def _flush_line(self) -> None:
        self._flush_quantity()
        line = self._line
        if line is None:
            return
        if not self._quantities:
            self._begin_quantities()
            if self._checks is not None:
                self._checks.anchor = before("00026", line)
                self._checks.check(_numbers(_QUANTITY), {}, self._line_facts)
        for code, message in self._series.finish():
            rule = f"{self.pruefidentifikator} SG10 DTM+163/164"
            self._add(code, rule, line["00024"][0], message, None, "00026")
        self._line = None

    def _flush_quantity(self) -> None:
        part = self._quantity
        if part is None:
            return
        self._quantity = None
        self._quantities += 1
        self._report.values += 1
        shape, begin, end = self._entries.shape(part)
        if begin is not None and end is not None:
            fault = self._series.interval(begin, end)
            if fault is not None:
                code, message = fault
                rule = f"{self.pruefidentifikator} SG10 DTM+163/164"
                self._add(code, rule, part["00027"][0], message, (1, 2), "00027", part["00028"][0])
        if self._across.watches:
            self._tell(self._across.value(part, begin, end))
        if self._checks is None or shape in self._shapes:
            return
        count = self._findings()
        self._checks.anchor = part["00026"][0]
        self._checks.check(_numbers(_QUANTITY), part, self._line_facts | quantity_facts(part))
        if count == self._findings() and len(self._shapes) < _MOST_SHAPES:
            self._shapes.add(shape)

    def _findings(self) -> int:
        return len(self._report.errors) + len(self._report.warnings) + self._report.more

    def _tell(self, trouble: Trouble | None) -> None:
        if trouble is not None:
            code, rule, segment, message, about, place = trouble
            self._report.add(code, rule, segment, message, self.reference, place, about)

    def _add(
        self,
        code: str,
        rule: str,
        segment: Segment | None,
        message: str,
        place: tuple[int, int | None] | None = None,
        about: str = "",
        other: Segment | None = None,
    ) -> None:
        self._report.add(code, rule, segment, message, self.reference, place, about, other)


def _release_on(minutes: int) -> str | None:
    try:
        return release_at(moment_of(minutes)).name
    except EmtkitError:
        return None
