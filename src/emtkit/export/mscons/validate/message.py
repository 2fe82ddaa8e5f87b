"""One message, segment by segment: what was collected is checked when the next line or value begins.

Held are the message's head, one line and one value. Values of a load profile look alike, so what the AHB says of one
is remembered: the same codes, forms of times and digits need no second look.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from emtkit.export.mscons.releases import release_at
from emtkit.export.mscons.validate.conditions import (
    Entry,
    head_facts,
    line_facts,
    quantity_facts,
)
from emtkit.export.mscons.validate.moments import Moment, Moments, read_number
from emtkit.export.mscons.validate.period import Line, period_faults
from emtkit.export.mscons.validate.structure import Walk, exists
from emtkit.export.mscons.validate.tables import RELEASES, tables
from emtkit.export.mscons.validate.use_case import PartCheck
from emtkit.model.errors import EmtkitError

if TYPE_CHECKING:
    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.conditions import Facts, Part
    from emtkit.export.mscons.validate.findings import InterchangeReport
    from emtkit.export.mscons.validate.tables import Cell, Place

_QUANTITY: Final = ("SG10",)
_LINE: Final = ("SG9",)
_MOST_SHAPES: Final = 256  # remembered of one kind of lines
_MOST_LINES: Final = 256  # kinds of lines that are remembered
_DAY: Final = 1440

Shapes = dict[object, set[object]]


@cache
def _numbers(groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(number for number, place in tables().places.items() if place.group in groups)


class MessageCheck:
    """Checks one message. Call `feed` with each segment after UNH, then `finish`."""

    def __init__(
        self, report: InterchangeReport, unb: Segment | None, created: int | None, unh: Segment, shapes: Shapes
    ) -> None:
        """Begin at UNH; `created` is the interchange's time in minutes, `shapes` what was found sound before."""
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
        self._mark = unh.service.decimal
        self._moments = Moments()
        self._head: Part = {"00003": [unh]}
        self._line: Part | None = None
        self._quantity: Part | None = None
        self._checks: PartCheck | None = None
        self._head_done = False
        self._lines = 0
        self._quantities = 0
        self._facts: Facts = {}
        self._line_facts: Facts = {}
        self._period: tuple[Moment | None, Moment | None] = (None, None)
        self._series = Line("", None, None)
        self._all_shapes = shapes
        self._shapes: set[object] = set()

    def _check_release(self) -> bool:
        unh = self._unh
        if [unh.get(2, part) for part in range(1, 5)] != ["MSCONS", "D", "04B", "UN"] or self._release not in RELEASES:
            name = ":".join(unh.elements[2]) if len(unh.elements) > 2 else ""
            message = f"{name or 'nothing'} is no release that is checked ({', '.join(RELEASES)}); only the envelope is"
            self._add("mscons_check.release", "UNH S009", unh, message, (2, None))
            return False
        return True

    def feed(self, segment: Segment) -> None:
        """Take a segment."""
        self.segments += 1
        if not self._known:
            return
        tag, elements = segment.tag, segment.elements
        qualifier = elements[1][0] if len(elements) > 1 else ""
        place, beyond = self._walk.step(tag, qualifier)
        if place is None:
            self._misplaced(segment, qualifier)
            return
        if beyond:
            group = tables().groups.get(place.group)
            name = f"{group.name if group else ''} {tag}+{qualifier}".strip()
            message = f"{name} comes more often than the MIG allows"
            self._add("mscons_check.segment.repeated", f"MIG {name}", segment, message, (0, None))
        self._keep(place, segment)

    def _misplaced(self, segment: Segment, qualifier: str) -> None:
        name = f"{segment.tag}+{qualifier}".rstrip("+")
        if exists(self._release, segment.tag, qualifier):
            before = tables().places[self._walk.current.number]
            message = f"{name} cannot follow {before.tag} here"
            self._add("mscons_check.segment.place", f"MIG {name}", segment, message, (0, None))
        else:
            message = f"{name} does not exist in MIG {self._release}"
            self._add("mscons_check.segment.unknown", f"MIG {name}", segment, message, (0, None))

    def _keep(self, place: Place, segment: Segment) -> None:
        number = place.number
        if number == "00026":
            self._flush_quantity()
            if not self._quantities:
                self._begin_quantities()
            self._quantity = {number: [segment]}
        elif self._quantity is not None and place.group == "SG10":
            if number in self._quantity:
                self._quantity[number].append(segment)
            else:
                self._quantity[number] = [segment]
        elif number == "00024":
            self._flush_line()
            self._flush_head()
            self._line = {number: [segment]}
            self._number_line(segment)
        elif self._line is not None and place.group == "SG9":
            self._line.setdefault(number, []).append(segment)
        elif number == "00013" and number in self._head:
            self._flush_line()
            self._flush_head()
            rule = f"{self.pruefidentifikator} SG5 [2001]"
            self._add("mscons_check.repeated", rule, segment, "a message has one SG5", (0, None))
        elif not self._head_done:
            self._head.setdefault(number, []).append(segment)
            if number == "00005":
                self._date(segment)
            elif number == "00009":
                self.pruefidentifikator = segment.get(1, 2)

    def finish(self, unt: Segment | None) -> None:
        """Check what is open at the message's end."""
        if not self._known:
            return
        self._flush_line()
        self._flush_head()
        if not self._lines and self._checks is not None:
            self._checks.anchor = unt or self._unh
            self._checks.check(_numbers(_LINE), {}, self._facts)

    def _date(self, segment: Segment) -> None:
        moment = self._moments.read(segment.get(1, 2), segment.get(1, 3))
        if moment is None:
            return
        self._moments = Moments()
        self._moments.limit = moment.minutes
        if self._created is not None and moment.minutes > self._created:
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
        if "00009" not in head:
            message = "RFF+Z13 with the Prüfidentifikator is missing"
            self._add("mscons_check.segment.missing", "MIG SG1 RFF+Z13 R", self._unh, message)
        self._check_partners()
        use_case = tables().use_cases.get(self.pruefidentifikator)
        if use_case is None:
            if "00009" in head:
                message = f"{self.pruefidentifikator!r} is no Prüfidentifikator of MSCONS"
                rule = "MIG SG1 RFF+Z13 DE1154"
                self._add("mscons_check.pruefidentifikator", rule, head["00009"][0], message, (1, 2))
            return
        self._facts = head_facts(head)
        checks = PartCheck(self._report, use_case, self._release, self.reference, self._entry)
        checks.anchor = self._unh
        self._checks = checks
        others = ("SG9", "SG10")
        places = tables().places
        numbers = (n for n, place in places.items() if place.group not in others and place.tag != "UNT")
        checks.check(numbers, head, self._facts)
        self._check_unb(checks)
        self._check_period()

    def _check_unb(self, checks: PartCheck) -> None:
        slot = tables().use_cases[self.pruefidentifikator].slots["00002"]
        place = tables().places["00003"]._replace(number="00002", tag="UNB")
        if self._unb is not None:
            for cell in slot.cells:
                checks.check_cell(self._unb, cell, place, {}, self._facts)

    def _check_partners(self) -> None:
        if self._unb is None:
            return
        for number, element, de in (("00010", 2, "0004"), ("00011", 3, "0010")):
            for segment in self._head.get(number, ()):
                if segment.get(2) != self._unb.get(element):
                    message = f"NAD+{segment.get(1)} is {segment.get(2)!r}, UNB says {self._unb.get(element)!r}"
                    rule = f"UNB DE{de} = NAD+{segment.get(1)} DE3039"
                    self._add("mscons_check.reference", rule, segment, message, (2, 1))

    def _check_period(self) -> None:
        ends = []
        for number in ("00016", "00017"):
            segments = self._head.get(number)
            ends.append(self._moments.read(segments[0].get(1, 2), segments[0].get(1, 3)) if segments else None)
        begin, end = ends
        self._period = (begin, end)
        if begin is not None and end is not None:
            for code, message in period_faults(self.pruefidentifikator, begin, end):
                rule = f"{self.pruefidentifikator} SG6 DTM+163/164"
                self._add(code, rule, self._head["00016"][0], message, (1, 2))

    def _number_line(self, segment: Segment) -> None:
        self._lines += 1
        self._quantities = 0
        first = 0 if self.pruefidentifikator == "13011" else 1  # [909]: temperature numbers
        if self.pruefidentifikator != "13011" and segment.get(1) != str(self._lines + first - 1):
            message = f"LIN has the number {segment.get(1)!r}, it should be {self._lines}"
            self._add("mscons_check.line_number", "[908]", segment, message, (1, 1))

    def _begin_quantities(self) -> None:
        """Check LIN and PIA, before the first value of the line."""
        line = self._line
        if line is None:
            return
        self._series = Line(self.pruefidentifikator, *self._period)
        register = line["00025"][0].get(2) if "00025" in line else ""
        self._line_facts = self._facts | line_facts(register)
        self._shapes = self._shapes_of(register)
        if self._checks is None:
            return
        self._checks.anchor = line["00024"][0]
        self._checks.check(_numbers(_LINE), line, self._line_facts)
        allowed = tables().registers.get(self.pruefidentifikator)
        if register and allowed is not None and allowed.match(register) is None:
            message = f"{register!r} is not in the list of OBIS codes and media for {self.pruefidentifikator}"
            self._add("mscons_check.register", "[501]", line["00025"][0], message, (2, 1))

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
                self._checks.anchor = line["00024"][0]
                self._checks.check(_numbers(_QUANTITY), {}, self._line_facts)
        for code, message in self._series.finish():
            rule = f"{self.pruefidentifikator} SG10 DTM+163/164"
            self._add(code, rule, line["00024"][0], message)
        self._line = None

    def _flush_quantity(self) -> None:
        part = self._quantity
        if part is None:
            return
        self._quantity = None
        self._quantities += 1
        self._report.values += 1
        shape, begin, end = self._look(part)
        if begin is not None and end is not None:
            fault = self._series.interval(begin, end)
            if fault is not None:
                code, message = fault
                rule = f"{self.pruefidentifikator} SG10 DTM+163/164"
                self._add(code, rule, part["00027"][0], message, (1, 2))
        if self._checks is None or shape in self._shapes:
            return
        before = len(self._report.errors) + len(self._report.warnings) + self._report.more
        self._checks.anchor = part["00026"][0]
        self._checks.check(_numbers(_QUANTITY), part, self._line_facts | quantity_facts(part))
        clean = before == len(self._report.errors) + len(self._report.warnings) + self._report.more
        if clean and len(self._shapes) < _MOST_SHAPES:
            self._shapes.add(shape)

    def _look(self, part: Part) -> tuple[tuple[object, ...], int | None, int | None]:
        """Return all that the AHB asks of a value, without the value and the times; begin and end in minutes."""
        shape: list[object] = []
        minutes: dict[str, int] = {}
        read, mark = self._moments.read, self._mark
        for number, segments in part.items():
            for segment in segments:
                components = segment.elements[1] if len(segment.elements) == 2 else ()
                if segment.tag == "DTM" and len(components) == 3:
                    moment = read(components[1], components[2])
                    if moment is not None:
                        minutes[number] = moment.minutes
                        shape += number, components[2], moment.kind
                        continue
                elif segment.tag == "QTY" and len(components) == 2:
                    shape += components[0], read_number(components[1], mark)
                    continue
                shape += number, segment.raw
        if "00030" in part:
            shape.append(self._apart(part))
        return tuple(shape), minutes.get("00027"), minutes.get("00028")

    def _moment(self, part: Part, number: str) -> Moment | None:
        segments = part.get(number)
        if not segments:
            return None
        return self._moments.read(segments[0].get(1, 2), segments[0].get(1, 3))

    def _entry(self, segment: Segment, cell: Cell, part: Part) -> Entry:
        """Return a value with what its conditions need."""
        text = segment.get(cell.element, cell.component)
        if cell.number != "2380":
            return Entry(text, self._mark)
        form = segment.get(1, 3)
        apart = self._apart(part) if "00030" in part else None
        return Entry(text, self._mark, self._moments.read(text, form), form, apart)

    def _apart(self, part: Part) -> bool | None:
        """[130], [133]: the time of use and the dates of reading and change are less than a day (25 h) apart."""
        use = self._moment(part, "00030")
        if use is None:
            return None
        for number in ("00029", "00031"):
            other = self._moment(part, number)
            if other is None:
                continue
            dated = part[number][0].get(1, 3) == "102"
            # a date counts as its whole day, and the time of use is the begin or the end of it in German time
            limit = 2 * _DAY if dated else _DAY + 60
            if not -limit < use.minutes - other.minutes < limit:
                return False
        return True

    def _add(
        self, code: str, rule: str, segment: Segment, message: str, place: tuple[int, int | None] | None = None
    ) -> None:
        self._report.add(code, rule, segment, message, self.reference, place)


def _release_on(minutes: int) -> str | None:
    from datetime import UTC, datetime, timedelta

    try:
        return release_at(datetime(1, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes - _DAY)).name
    except EmtkitError:
        return None
