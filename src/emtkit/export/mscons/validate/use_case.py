"""One part of a message against the AHB of its Prüfidentifikator: what must be there, codes and formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.export.mscons.validate.conditions import TIMES, Entry, asks_entry, by_number, is_format, of_entry
from emtkit.export.mscons.validate.expression import Truth, decide
from emtkit.export.mscons.validate.structure import tree
from emtkit.export.mscons.validate.tables import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.conditions import Part
    from emtkit.export.mscons.validate.expression import Node
    from emtkit.export.mscons.validate.findings import InterchangeReport
    from emtkit.export.mscons.validate.tables import Cell, Place, Slot, Status, UseCase

_ROOT_MUST = "Muss"
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
                    self._note(segment, f"{label(place)} is not used with", self._use_case.pruefidentifikator)
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
                self._missing(place, status)
            return
        answers = {self._decide(status, requirement.condition, facts) for requirement in status.requirements}
        if answers == {Truth.NO}:
            self._note(segments[0], f"{label(place)} is there although its condition does not hold:", status.text)
        for segment in segments:
            for cell in slot.cells:
                self.check_cell(segment, cell, place, part, facts)

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
        self, status: Status, condition: Node | None, facts: Mapping[str, Truth], entry: Entry | None = None
    ) -> Truth:
        def holds(name: str) -> Truth:
            if entry is not None:
                said = of_entry(name, entry)
                if said is not None:
                    return said
            elif asks_entry(name):
                return Truth.HINT
            return facts[name] if name in facts else by_number(name)

        answer = decide(condition, holds)
        if answer is Truth.OPEN:
            texts = tables().conditions
            for name in status.conditions:
                if name not in self._report.undecided and holds(name) is Truth.OPEN:
                    self._report.undecided[name] = texts.get(name, "")
        return answer

    def check_cell(self, segment: Segment, cell: Cell, place: Place, part: Part, facts: Mapping[str, Truth]) -> None:
        """Check one data element."""
        value = segment.get(cell.element, cell.component)
        where = f"{label(place, segment.get(1) if place.qualifiers else '')} DE{cell.number}"
        at = (cell.element, cell.component)
        if cell.codes:
            self._check_code(segment, cell, value, where, at, facts)
            return
        status = cell.status
        condition = status.requirements[0].condition
        wanted = self._decide(status, condition, facts)
        if not value:
            if wanted in (Truth.YES, Truth.HINT):
                self._add("mscons_check.missing", f"{where} {status.text}", segment, f"{where} has no value", at)
            return
        entry = self._entry(segment, cell, part)
        if cell.number == "2380" and entry.moment is None:
            message = f"{value!r} is no time of the form {entry.form or '(DE 2379 is missing)'}"
            self._add("mscons_check.format", f"{where} DE2379", segment, message, at)
            return
        if condition is None or self._decide(status, condition, facts, entry) is not Truth.NO:
            return
        if wanted is Truth.NO:
            self._note(segment, f"{where} has a value although its condition does not hold:", status.text)
            return
        failed = [n for n in dict.fromkeys(status.conditions) if is_format(n) and of_entry(n, entry) is Truth.NO]
        code = "mscons_check.time" if failed and TIMES.issuperset(failed) else "mscons_check.format"
        texts = tables().conditions
        reasons = "; ".join(f"[{name}] {texts.get(name, _BORDERS.get(name, ''))}" for name in failed)
        rule = " ".join(f"[{name}]" for name in failed) or f"{where} {status.text}"
        self._add(code, rule, segment, f"{where}: {value!r} does not keep {reasons or status.text}", at)

    def _check_code(
        self, segment: Segment, cell: Cell, value: str, where: str, at: tuple[int, int], facts: Mapping[str, Truth]
    ) -> None:
        if cell.number == "0057":
            return  # the release is known when a use case is
        pid = self._use_case.pruefidentifikator
        if not value:
            if cell.number != "0035":  # the test flag, `Soll`
                self._add("mscons_check.missing", f"{pid} {where}", segment, f"{where} has no code", at)
            return
        status = cell.codes.get(value)
        if status is None:
            some = ", ".join(list(cell.codes)[:8]) + (" ..." if len(cell.codes) > 8 else "")
            message = f"{where}: {value!r} is no code of {pid} (possible: {some})"
            self._add("mscons_check.value", f"{pid} {where}", segment, message, at)
            return
        condition = status.requirements[0].condition
        if condition is None or self._decide(status, condition, facts) is not Truth.NO:
            return
        package = any("P" in name for name in status.conditions)
        code = "mscons_check.package" if package else "mscons_check.value"
        rule = f"{pid} {where} {value} {status.text}"
        self._add(code, rule, segment, f"{where}: code {value} is not allowed here, its condition does not hold", at)

    def _missing(self, place: Place, status: Status) -> None:
        name = label(place)
        rule = f"{self._use_case.pruefidentifikator} {name} {status.text}"
        if not place.group and status.text == _ROOT_MUST:
            self._add("mscons_check.segment.missing", f"MIG {name} M", self.anchor, f"{name} is missing", None)
        else:
            self._add("mscons_check.missing", rule, self.anchor, f"{name} is missing: {status.text}", None)

    def _note(self, segment: Segment, message: str, rule: str) -> None:
        text = f"{message} {rule}"
        self._add("mscons_check.not_used", f"{self._use_case.pruefidentifikator} {rule}", segment, text, None)

    def _add(
        self, code: str, rule: str, segment: Segment | None, message: str, place: tuple[int, int | None] | None
    ) -> None:
        self._report.add(code, rule, segment, message, self._reference, place)


_BORDERS = {
    "UB1": "begin of a day in Germany (22:00 or 23:00 UTC)",
    "UB2": "begin of a gas day (04:00 or 05:00 UTC)",
    "UB3": "begin of a day or of a gas day",
}
