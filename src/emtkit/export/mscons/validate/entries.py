"""What conditions ask of the values of a message: times and numbers, read once, and how they lie to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.export.mscons.validate.conditions import Entry
from emtkit.export.mscons.validate.moments import Moment, Moments, digits_of, read_both

if TYPE_CHECKING:
    from emtkit.export.edifact.segments import Segment
    from emtkit.export.mscons.validate.conditions import Part
    from emtkit.export.mscons.validate.tables import Cell

_DAY: Final = 1440


class Entries:
    """Reads the values of one message; `limit` is its date (DTM+137) in minutes, once that is known."""

    __slots__ = ("_mark", "_moments")

    def __init__(self, mark: str) -> None:
        """Begin; `mark` is the decimal mark of the file."""
        self._mark = mark
        self._moments = Moments()

    @property
    def limit(self) -> int | None:
        """Return the message's date in minutes."""
        return self._moments.limit

    @limit.setter
    def limit(self, minutes: int) -> None:
        self._moments.limit = minutes

    def moment(self, part: Part, number: str) -> Moment | None:
        """Return the time of the first segment with this number in the MIG."""
        segments = part.get(number)
        if not segments:
            return None
        return self._moments.read(segments[0].get(1, 2), segments[0].get(1, 3))

    def entry(self, segment: Segment, cell: Cell, part: Part) -> Entry:
        """Return a value with what its conditions need."""
        text = segment.get(cell.element, cell.component)
        if cell.number == "3148":
            return Entry(text, self._mark, means=segment.get(1, 2))
        if cell.number != "2380":
            return Entry(text, self._mark)
        form = segment.get(1, 3)
        apart = self._apart(part) if "00030" in part else None
        return Entry(text, self._mark, self._moments.read(text, form), form, apart)

    def shape(self, part: Part) -> tuple[tuple[object, ...], int | None, int | None]:
        """Return all that the AHB asks of a value, without the value and the times; begin and end in minutes."""
        shape: list[object] = []
        begin = end = None
        limit, mark = self._moments.limit, self._mark
        for number, segments in part.items():
            for segment in segments:
                elements = segment.elements
                components = elements[1] if len(elements) == 2 else ()
                if segment.tag == "DTM" and len(components) == 3:
                    form = components[2]
                    both = read_both(components[1], form)
                    if both is not None:
                        late, moment = both
                        if limit is not None and moment[0] > limit:
                            moment = late
                        if number == "00027":
                            begin = moment[0]
                        elif number == "00028":
                            end = moment[0]
                        shape += number, form, moment[5]
                        continue
                elif segment.tag == "QTY" and len(components) == 2:
                    shape += components[0], digits_of(components[1], mark)
                    continue
                shape += number, segment.raw
        if "00030" in part:
            shape.append(self._apart(part))
        return tuple(shape), begin, end

    def _apart(self, part: Part) -> bool | None:
        """[130], [133]: the time of use and the dates of reading and change are less than a day (25 h) apart."""
        use = self.moment(part, "00030")
        if use is None:
            return None
        for number in ("00029", "00031"):
            other = self.moment(part, number)
            if other is None:
                continue
            dated = part[number][0].get(1, 3) == "102"
            # a date counts as its whole day, and the time of use is the begin or the end of it in German time
            limit = 2 * _DAY if dated else _DAY + 60
            if not -limit < use.minutes - other.minutes < limit:
                return False
        return True
