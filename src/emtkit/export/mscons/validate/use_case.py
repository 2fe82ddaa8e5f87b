"""One part of a message against the AHB of its Prüfidentifikator: what must be there, codes and formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.export.mscons.validate.across import DECIDED_LATER
from emtkit.export.mscons.validate.conditions import TIMES, Entry, asks_entry, by_number, is_format, of_entry
from emtkit.export.mscons.validate.expression import Truth, decide
from emtkit.export.mscons.validate.structure import before, tree
from emtkit.export.mscons.validate.tables import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.conditions import Part
    from emtkit.export.mscons.validate.expression import Node
    from emtkit.export.mscons.validate.findings import InterchangeReport
    from emtkit.export.mscons.validate.tables import Cell, Place, Slot, Status, UseCase

_ROOT_MUST = "Muss"
_DEMANDS = frozenset({"Muss", "X"})  # a sender may leave out what has another operand
_SPLIT = 4  # element of UNH
_IDENTIFIERS = ("950", "951", "960", "922")
_ONCE = "P0..1"
# lines and values are checked by themselves, without what holds them
_OWN_PARTS = ("SG9", "SG6.00015")


def label(place: Place, qualifier: str = "") -> str:
    """Return what a person calls a segment of the MIG: `SG10 STS+Z40`."""
    group = tables().groups[place.group].name + " " if place.group else ""
    if not qualifier and len(place.qualifiers) == 1:
        qualifier = place.qualifiers[0]
    return f"{group}{place.tag}" + (f"+{qualifier}" if qualifier else "")


class PartCheck:
    """Checks parts of one message.

    Args:
        report: takes the findings
        use_case: the AHB
        release: of the MIG
        reference: of the message
        entry: makes an Entry of a cell's value
    """

    __slots__ = ("_entry", "_reference", "_report", "_tree", "_use_case", "anchor")

    def __init__(
        self,
        report: InterchangeReport,
        use_case: UseCase,
        release: str,
        reference: str,
        entry: Callable[[Segment, Cell, Part], Entry],
    ) -> None:
        """Keep what does not change."""
        self._report = report
        self._use_case = use_case
        self._tree = tree(release)
        self._reference = reference
        self._entry = entry
        self.anchor: Segment | None = None  # the segment at which something is missing

    def check(self, numbers: Iterable[str], part: Part, facts: Mapping[str, Truth]) -> None:
        """Check the segments with these numbers of the MIG."""
        known = tables().places
        for number in numbers:
            place = known[number]
            slot = self._use_case.slots.get(number)
            segments = part.get(number, [])
            if slot is None:
                for segment in segments[:1]:
                    self._note(segment, f"{label(place)} is not used with", self._use_case.pruefidentifikator, place)
                continue
            self._check_slot(place, slot, segments, part, facts)

    def _check_slot(
        self, place: Place, slot: Slot, segments: list[Segment], part: Part, facts: Mapping[str, Truth]
    ) -> None:
        is_trigger = bool(place.group) and self._tree.triggers[place.group] is place
        holder = tables().groups[place.group].parent if is_trigger else place.group
        part_of_head = not is_trigger or holder not in _OWN_PARTS
        if holder and part_of_head and self._tree.triggers[holder].number not in part:
            return
        status = slot.group if is_trigger and slot.group is not None else slot.status
        must = self._must(status, facts)
        if not segments:
            if must in (Truth.YES, Truth.HINT):
                self._missing(place, status, part)
            return
        answers = {
            self._decide(status, requirement.condition, facts, tell=requirement.operand in _DEMANDS)
            for requirement in status.requirements
        }
        if answers == {Truth.NO}:
            text = f"{label(place)} is there although its condition does not hold:"
            self._note(segments[0], text, status.text, place)
        if len(segments) > 1:
            self._check_packages(place, slot, segments)
        for segment in segments:
            for cell in slot.cells:
                self.check_cell(segment, cell, place, part, facts)

    def _check_packages(self, place: Place, slot: Slot, segments: list[Segment]) -> None:
        """A package `[nP0..1]` has each of its codes once."""
        for cell in slot.cells:
            seen: set[str] = set()
            for segment in segments:
                value = segment.get(cell.element, cell.component)
                status = cell.codes.get(value)
                if status is None or not any(_ONCE in name for name in status.conditions):
                    continue
                if value in seen:
                    where = f"{label(place, segment.get(1) if place.qualifiers else '')} DE{cell.number}"
                    rule = f"{self._use_case.pruefidentifikator} {where} {value} {status.text}"
                    at = (cell.element, cell.component)
                    text = f"{where}: code {value} comes more than once"
                    self._add("mscons_check.package", rule, segment, text, at, place)
                seen.add(value)

    def _must(self, status: Status, facts: Mapping[str, Truth]) -> Truth:
        answer = Truth.NO
        for requirement in status.requirements:
            if requirement.operand == "Muss":
                found = self._decide(status, requirement.condition, facts)
                if found in (Truth.YES, Truth.HINT):
                    return found
                answer = found if found is Truth.OPEN else answer
        return answer

    def _decide(
        self,
        status: Status,
        condition: Node | None,
        facts: Mapping[str, Truth],
        entry: Entry | None = None,
        *,
        tell: bool = True,
    ) -> Truth:
        """Decide; what stays open is told in the report, unless nothing follows from it (`tell`)."""

        def holds(name: str) -> Truth:
            if name in facts:
                return facts[name]
            if entry is not None:
                said = of_entry(name, entry)
                if said is not None:
                    return said
            elif asks_entry(name):
                return Truth.HINT
            return by_number(name)

        answer = decide(condition, holds)
        if answer is Truth.OPEN and tell:
            texts = tables().conditions
            for name in status.conditions:
                if name in DECIDED_LATER or name in self._report.undecided:
                    continue
                if holds(name) is Truth.OPEN:
                    self._report.undecided[name] = texts.get(name, "")
        return answer

    def check_cell(self, segment: Segment, cell: Cell, place: Place, part: Part, facts: Mapping[str, Truth]) -> None:
        """Check one data element."""
        value = segment.get(cell.element, cell.component)
        if not value and place.tag == "UNH" and not segment.get(_SPLIT):
            return  # the message is whole: it has no place in a split list (S010)
        where = f"{label(place, segment.get(1) if place.qualifiers else '')} DE{cell.number}"
        at = (cell.element, cell.component)
        if cell.codes:
            self._check_code(segment, cell, value, where, place, facts)
            return
        status = cell.status
        operand, condition = status.requirements[0]
        demanded = operand in _DEMANDS
        wanted = self._decide(status, condition, facts, tell=demanded)
        if not value:
            # an `X` is there in any case: what stays open is only which alternative is meant
            if wanted in (Truth.YES, Truth.HINT) if operand == "Muss" else demanded and wanted is not Truth.NO:
                self._add("mscons_check.missing", f"{where} {status.text}", segment, f"{where} has no value", at, place)
            return
        entry = self._entry(segment, cell, part)
        if cell.number == "2380" and entry.moment is None:
            if entry.form in tables().codes["2379"]:  # another code is reported as one, none as missing
                message = f"{value!r} is no time of the form {entry.form}"
                self._add("mscons_check.date", f"MIG {where} {entry.form}", segment, message, at, place)
            return
        if condition is None:
            return
        if self._decide(status, condition, facts, entry) is not Truth.NO:
            self._check_identifier(segment, status, entry, where, at, place)
            return
        if wanted is Truth.NO:
            self._note(segment, f"{where} has a value although its condition does not hold:", status.text, place)
            return
        failed = [n for n in dict.fromkeys(status.conditions) if is_format(n) and of_entry(n, entry) is Truth.NO]
        code = "mscons_check.time" if failed and TIMES.issuperset(failed) else "mscons_check.format"
        texts = tables().conditions
        reasons = "; ".join(f"[{name}] {texts.get(name, _BORDERS.get(name, ''))}" for name in failed)
        rule = " ".join(f"[{name}]" for name in failed) or f"{where} {status.text}"
        self._add(code, rule, segment, f"{where}: {value!r} does not keep {reasons or status.text}", at, place)

    def _check_identifier(
        self, segment: Segment, status: Status, entry: Entry, where: str, at: tuple[int, int], place: Place
    ) -> None:
        """An identifier keeps one of the forms that its alternatives name, whichever of them is meant."""
        named = [name for name in _IDENTIFIERS if name in status.conditions]
        if named and all(of_entry(name, entry) is Truth.NO for name in named):
            texts = tables().conditions
            forms = " or ".join(f"[{name}] {texts[name]}" for name in named)
            rule = " ".join(f"[{name}]" for name in named)
            message = f"{where}: {entry.text!r} does not keep {forms}"
            self._add("mscons_check.format", rule, segment, message, at, place)

    def _check_code(
        self, segment: Segment, cell: Cell, value: str, where: str, place: Place, facts: Mapping[str, Truth]
    ) -> None:
        if cell.number == "0057":
            return  # the release is known when a use case is
        pid = self._use_case.pruefidentifikator
        at = (cell.element, cell.component)
        if not value:
            if any(self._demands(status, facts) for status in cell.codes.values()):
                self._add("mscons_check.missing", f"{pid} {where}", segment, f"{where} has no code", at, place)
            return
        status = cell.codes.get(value)
        if status is None and value not in tables().codes[cell.number]:
            message = f"{where}: the MIG has no code {value!r}"
            self._add("mscons_check.code", f"MIG {where}", segment, message, at, place)
            return
        if status is None:
            some = ", ".join(list(cell.codes)[:8]) + (" ..." if len(cell.codes) > 8 else "")
            message = f"{where}: {value!r} is no code of {pid} (possible: {some})"
            self._add("mscons_check.value", f"{pid} {where}", segment, message, at, place)
            return
        operand, condition = status.requirements[0]
        if condition is None or self._decide(status, condition, facts, tell=operand in _DEMANDS) is not Truth.NO:
            return
        package = any("P" in name for name in status.conditions)
        code = "mscons_check.package" if package else "mscons_check.value"
        rule = f"{pid} {where} {value} {status.text}"
        text = f"{where}: code {value} is not allowed here, its condition does not hold"
        self._add(code, rule, segment, text, at, place)

    def _demands(self, status: Status, facts: Mapping[str, Truth]) -> bool:
        """Whether one of the codes must be there: `X` always means one of them, `Muss` if its condition holds."""
        operand, condition = status.requirements[0]
        if operand == "Muss":
            return self._decide(status, condition, facts) is Truth.YES
        return operand == "X"

    def _missing(self, place: Place, status: Status, part: Part) -> None:
        name = label(place)
        rule = f"{self._use_case.pruefidentifikator} {name} {status.text}"
        if not place.group and status.text == _ROOT_MUST:
            # CONTRL names the segment after which it should come
            anchor = before(place.number, part) or self.anchor
            self._add("mscons_check.segment.missing", f"MIG {name} M", anchor, f"{name} is missing", None, place)
        else:
            self._add("mscons_check.missing", rule, self.anchor, f"{name} is missing: {status.text}", None, place)

    def _note(self, segment: Segment, message: str, rule: str, place: Place) -> None:
        text = f"{message} {rule}"
        self._add("mscons_check.not_used", f"{self._use_case.pruefidentifikator} {rule}", segment, text, None, place)

    def _add(
        self,
        code: str,
        rule: str,
        segment: Segment | None,
        message: str,
        at: tuple[int, int | None] | None,
        place: Place,
    ) -> None:
        self._report.add(code, rule, segment, message, self._reference, at, place.number)


_BORDERS = {
    "UB1": "begin of a day in Germany (22:00 or 23:00 UTC)",
    "UB2": "begin of a gas day (04:00 or 05:00 UTC)",
    "UB3": "begin of a day or of a gas day",
}
