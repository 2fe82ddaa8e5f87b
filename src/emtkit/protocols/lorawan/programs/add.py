"""Adding readings in a program: the value, the bytes it was read from, when it was received."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from emtkit.model.reading import Reading, Value
from emtkit.model.units import EXACT
from emtkit.protocols.lorawan.clock import received

if TYPE_CHECKING:
    from datetime import datetime

    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import TimeSource
    from emtkit.protocols.context import Context
    from emtkit.wire.cursor import Cursor


def ratio(number: int, by: int, places: int) -> Decimal:
    """Return a fraction that may have no end as a decimal number, rounded to some decimals."""
    return EXACT.scaleb(Decimal((2 * number * 10**places + by) // (2 * by)), -places)


class What(NamedTuple):
    """What a value is."""

    quantity: str
    name: str | None = None
    unit: str | None = None
    obis: str | None = None
    storage: int = 0
    tariff: int = 0
    subunit: int = 0


class Adder:
    """Adds what a cursor has read to a result.

    time   the time of the values that follow; that of the reception until the payload tells another
    """

    __slots__ = ("cur", "out", "source", "time")

    def __init__(self, cur: Cursor, ctx: Context, out: Decoded) -> None:
        """Begin with the time of reception."""
        self.cur = cur
        self.out = out
        self.time, self.source = received(ctx)

    def set_time(self, when: datetime | None, source: TimeSource = "device") -> None:
        """Give the values that follow a time of their own."""
        self.time, self.source = when, source

    def add(self, start: int, value: Value, what: What) -> None:
        """Add a value that was read from `start` up to the cursor."""
        cur = self.cur
        cur.note(what.name or what.quantity, value, what.unit)
        low, high = cur.place(start)
        self.out.readings.append(Reading(
            what.quantity, value, what.unit, what.obis, what.name, storage=what.storage, tariff=what.tariff,
            subunit=what.subunit, time=self.time, time_source=self.source,
            status="invalid" if value is None else None, raw=cur.data[start : cur.pos], start=low, end=high,
        ))  # fmt: skip

    def keep(self, name: str = "rest") -> None:
        """Add what is left as bytes, if there is anything."""
        if self.cur.left:
            start = self.cur.pos
            self.add(start, self.cur.rest(name), What("manufacturer_specific", name))
