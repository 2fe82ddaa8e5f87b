"""What a message holds in a few figures: how many values of which quality, their sum, their period. One pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.export.grid import BERLIN, HOUR
from emtkit.export.mscons.incoming.to_readings import stamp
from emtkit.export.mscons.registers import kind_of
from emtkit.model.units import EXACT

if TYPE_CHECKING:
    from emtkit.export.mscons.incoming.received import ReceivedMessage, ReceivedQuantity

HOURS: Final = 24
_ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Totals:
    """Figures of some values.

    count         values, also those that are no number
    sum           sum of the numbers, in the unit of the message
    quality       QTY 6063 -> how many
    first, last   earliest begin and latest end of an interval (DTM+163, DTM+164) as sent
    """

    count: int = 0
    sum: Decimal = _ZERO
    quality: Counter[str] = field(default_factory=Counter)
    first: datetime | date | None = None
    last: datetime | date | None = None

    def add(self, quantity: ReceivedQuantity) -> None:
        """Count one value."""
        self.count += 1
        self.quality[quantity.code] += 1
        if quantity.value is not None:
            self.sum = EXACT.add(self.sum, quantity.value)
        if quantity.begin is not None:
            self.cover(quantity.begin)
        if quantity.end is not None:
            self.cover(quantity.end)

    def cover(self, moment: datetime | date) -> None:
        """Widen the period to this time."""
        if self.first is None or self.last is None:
            self.first = self.last = moment
        elif self._later(moment, self.last):
            self.last = moment
        elif self._later(self.first, moment):
            self.first = moment

    @staticmethod
    def _later(one: datetime | date, other: datetime | date) -> bool:
        if isinstance(one, datetime) and isinstance(other, datetime):
            return one > other
        return _as_moment(one) > _as_moment(other)


def _as_moment(moment: datetime | date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


@dataclass(slots=True)
class RegisterTotals:
    """Figures of one register of a message.

    unit    the market's unit, empty where nothing says it
    moment  the time of the last reading that is no interval
    value   its value
    hours   sum of the intervals (of an hour at most) that begin in each hour of the German day
    counts  how many these are
    """

    register: str
    unit: str
    totals: Totals = field(default_factory=Totals)
    moment: datetime | None = None
    value: Decimal | None = None
    hours: list[Decimal] = field(default_factory=lambda: [_ZERO] * HOURS)
    counts: list[int] = field(default_factory=lambda: [0] * HOURS)

    def add(self, message: ReceivedMessage, quantity: ReceivedQuantity) -> None:
        """Count one value."""
        index = self.totals.count
        self.totals.add(quantity)
        stamped = stamp(message, quantity, index)
        if stamped is None or quantity.value is None:
            self.value = quantity.value if stamped is None else self.value
        elif stamped.start == stamped.end:
            self.moment, self.value = stamped.end, quantity.value
        elif stamped.end - stamped.start <= HOUR:
            hour = stamped.start.astimezone(BERLIN).hour
            self.hours[hour] = EXACT.add(self.hours[hour], quantity.value)
            self.counts[hour] += 1

    def day(self) -> list[Decimal | None]:
        """Return the mean of the values that begin in each hour of the day, None where there are none."""
        # nine digits are more than a picture of the day can show
        return [
            round(total / count, 9) if count else None for total, count in zip(self.hours, self.counts, strict=True)
        ]


@dataclass(slots=True)
class Summary:
    """What a message holds."""

    message: ReceivedMessage
    totals: Totals
    registers: dict[str, RegisterTotals]


def summarise(message: ReceivedMessage) -> Summary:
    """Read the values of a message and return their figures; keeps none of them."""
    totals = Totals()
    registers: dict[str, RegisterTotals] = {}
    for moment in (message.begin, message.end):
        if moment is not None:
            totals.cover(moment)
    for quantity in message.quantities():
        totals.add(quantity)
        register = quantity.line.obis
        held = registers.get(register)
        if held is None:
            unit = kind_of(register, quantity.unit).unit or quantity.unit
            held = registers[register] = RegisterTotals(register, unit)
        held.add(message, quantity)
    return Summary(message, totals, registers)


def to_dict(summary: Summary, file: str | None) -> dict[str, Any]:
    """Return the JSON form of one message (docs/mscons.md). All keys are always there."""
    message, totals = summary.message, summary.totals
    return {
        "file": file,
        "message": message.reference,
        "pid": message.pruefidentifikator,
        "release": message.release,
        "sender": message.sender.id or message.envelope.sender.id,
        "receiver": message.receiver.id or message.envelope.receiver.id,
        "locations": [location.id for location in message.locations],
        "configuration_ids": message.konfigurations_ids,
        "obis": list(message.registers),
        "values": totals.count,
        "sum": totals.sum if totals.count else None,
        "quality": dict(totals.quality),
        "first": None if totals.first is None else totals.first.isoformat(),
        "last": None if totals.last is None else totals.last.isoformat(),
    }
