"""Reading: THE generic data format. One value of one register, exact, with unit, time and origin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

Function = Literal["instantaneous", "maximum", "minimum", "error"]
TimeSource = Literal["device", "gateway", "capture"]
Value = Decimal | str | datetime | date | time | bytes | None


@dataclass(slots=True)
class Reading:
    """One value.

    quantity    name from `model.units.QUANTITIES`
    value       Decimal in the base unit `unit`; str for texts and codes; date, datetime (aware) or time for
                time points; bytes for containers that nobody described; None when the meter says "invalid"
    unit        base unit of the quantity, or None
    obis        `A-B:C.D.E*F`, or None where the standard maps the register to none
    name        what the register is called in `meters/`, or None
    function    which value of the period it is
    storage, tariff, subunit    as in EN 13757-3; 0 where the protocol has no such thing
    modifiers   what further qualifies the register, in telegram order (`phase_l1`, `backward`, `per_hour` ...)
    time        when the value held: aware datetime, or a date where the meter gives no more
    time_source who said so: the meter's clock, the gateway or the receiver of the capture
    status      what the protocol says of this very value (`overflow`, a status word in hex ...), or None
    raw         the bytes of the record, as decoded (after decryption)
    start, end  where these bytes stand in the user's input; -1 where they are not part of it
    """

    quantity: str
    value: Value
    unit: str | None = None
    obis: str | None = None
    name: str | None = None
    function: Function = "instantaneous"
    storage: int = 0
    tariff: int = 0
    subunit: int = 0
    modifiers: tuple[str, ...] = ()
    time: datetime | date | None = None
    time_source: TimeSource | None = None
    status: str | None = None
    raw: bytes = b""
    start: int = -1
    end: int = -1

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form (DESIGN section 3). Numbers stay Decimal; write them with `model.jsontext`."""
        return {
            "quantity": self.quantity,
            "value": plain_value(self.value),
            "unit": self.unit,
            "obis": self.obis,
            "name": self.name,
            "function": self.function,
            "storage": self.storage,
            "tariff": self.tariff,
            "subunit": self.subunit,
            "modifiers": list(self.modifiers),
            "time": None if self.time is None else self.time.isoformat(),
            "time_source": self.time_source,
            "status": self.status,
            "raw": self.raw.hex(),
        }


def plain_value(value: Value) -> Decimal | str | None:
    """Return a value as JSON has it: numbers as Decimal, times in ISO 8601, bytes in hex."""
    if value is None or isinstance(value, Decimal | str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat()
