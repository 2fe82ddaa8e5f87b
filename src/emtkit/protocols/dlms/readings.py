"""From COSEM values to readings: exact numbers in base units, texts, times, and what the OBIS code says of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.cosem_units import Measured, measured, shifted
from emtkit.model.obis_names import ObisName, obis_name
from emtkit.model.reading import Reading
from emtkit.model.units import EXACT, QUANTITIES
from emtkit.protocols.dlms import axdr, axdr_write
from emtkit.protocols.dlms.classes import attribute_name, control, metering, schedule
from emtkit.protocols.dlms.cosem_time import CosemClock, CosemDate, CosemTime, looks_like_date_time, read_date_time

if TYPE_CHECKING:
    from datetime import date, time
    from zoneinfo import ZoneInfo

    from emtkit.model.obis import Obis
    from emtkit.model.reading import TimeSource, Value
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.classes.metering import ScalerUnit
    from emtkit.wire.view import View

_VALUE: Final = 2
_NO_NAME: Final = ObisName("any")

# Attributes whose number is a code with a name.
_CODES: Final[dict[tuple[int, int], dict[int, str]]] = {
    (control.DISCONNECT_CONTROL, 3): control.CONTROL_STATES,
    (control.MBUS_CLIENT, 14): control.KEY_STATES,
    (metering.PROFILE_GENERIC, 5): metering.SORT_METHODS,
    (schedule.CLOCK, 9): schedule.CLOCK_BASES,
}

# Attributes that have the scaler and unit of their object. Class 5 has two such values.
SCALED: Final = frozenset(
    (
        (metering.REGISTER, 2),
        (metering.EXTENDED_REGISTER, 2),
        (metering.DEMAND_REGISTER, 2),
        (metering.DEMAND_REGISTER, 3),
        (metering.REGISTER_TABLE, 2),
    )
)


class Moment(NamedTuple):
    """When values held, and who said so."""

    time: datetime | None = None
    source: TimeSource | None = None


NO_MOMENT: Final = Moment()


class Source(NamedTuple):
    """Where values stand and how their times are read.

    view       the view the data were read from
    zone       zone of the meter's clock where it gives no deviation
    inverted   the meter's deviation has the opposite sign
    """

    view: View
    zone: ZoneInfo
    inverted: bool = False

    def at(self, view: View) -> Source:
        """Return the same for another view."""
        return self._replace(view=view)

    def resolve(self, moment: CosemTime) -> datetime | None:
        """Return an aware time, or None."""
        return moment.resolve(self.zone, inverted=self.inverted)


@lru_cache(maxsize=4096)
def _named(obis: Obis) -> tuple[str, ObisName]:
    return str(obis), obis_name(obis)


def make_reading(
    source: Source,
    data: Data,
    *,
    obis: Obis | None = None,
    class_id: int = 0,
    attribute: int = _VALUE,
    scaler_unit: ScalerUnit | None = None,
    moment: Moment = NO_MOMENT,
    status: str | None = None,
) -> Reading:
    """Return the reading of one attribute value.

    Without a scaler a number stays as the meter sent it, and has no unit.
    """
    text, name = (None, _NO_NAME) if obis is None else _named(obis)
    value, quantity = _value(source, data, name.quantity, class_id, attribute)
    unit: str | None = None
    if scaler_unit is not None and isinstance(value, Decimal) and data.tag != axdr.ENUM:
        found = in_unit(data.value, scaler_unit)
        value, unit = found.value, found.unit
        quantity = _quantity(quantity, found)
    low, high = source.view.span(data.start, data.end) if data.start >= 0 else (-1, -1)
    label = None
    if class_id and attribute != _VALUE and (class_id, attribute) not in SCALED:
        label = attribute_name(class_id, attribute)
        if class_id != control.DISCONNECT_CONTROL:  # all of its attributes are about the breaker
            quantity = _attribute_quantity(value, data)
    return Reading(
        quantity,
        value,
        unit,
        text,
        label,
        name.function,
        name.storage,
        name.tariff,
        0,
        name.modifiers,
        moment.time,
        moment.source,
        status,
        source.view.data[data.start : data.end] if data.start >= 0 else b"",
        low,
        high,
    )


def in_unit(value: int | Decimal, scaler_unit: ScalerUnit) -> Measured:
    """Return a number with its scaler in the base unit of its unit code; a reserved code has no unit."""
    scaler, code = scaler_unit
    if isinstance(value, int):
        return measured(value, scaler, code) or Measured(shifted(value, scaler), None, "any")
    found = measured(1, scaler, code) or Measured(shifted(1, scaler), None, "any")
    return found._replace(value=EXACT.multiply(value, found.value))


def _quantity(named: str, found: Measured) -> str:
    """Return the OBIS code's quantity where the unit fits it, else the unit's own."""
    if found.unit is None:
        return "dimensionless" if named in ("any", "unknown") else named
    return named if found.unit == QUANTITIES.get(named) or named == found.quantity else found.quantity


def _attribute_quantity(value: Value, data: Data) -> str:
    if data.tag in axdr.CONTAINERS:
        return "container"
    return "datetime" if isinstance(value, datetime) else "any"


def _value(source: Source, data: Data, quantity: str, class_id: int, attribute: int) -> tuple[Value, str]:
    """Return a value as readings have it, and its quantity."""
    tag, value = data.tag, data.value
    if tag in axdr.NUMBERS:
        names = _CODES.get((class_id, attribute))
        if names is not None and value in names:
            return names[value], quantity
        return number(value), quantity
    if tag in (axdr.OCTET_STRING, axdr.VISIBLE_STRING, axdr.UTF8_STRING):
        return _string(source, value, quantity, class_id)
    if tag == axdr.DATE_TIME:
        moment = read_date_time(value)
        return source.resolve(moment) or str(moment), "datetime"
    if tag == axdr.DATE:
        day: date | str = CosemDate.read(value).date or value.hex()
        return day, "date"
    if tag == axdr.TIME:
        clock: time | str = CosemClock.read(value).time or value.hex()
        return clock, "time"
    if tag in axdr.CONTAINERS:
        return (
            source.view.data[data.start : data.end] if data.start >= 0 else axdr_write.encode_data(data)
        ), "container"
    return (str(value) if tag == axdr.BIT_STRING else None), quantity


def _string(source: Source, value: str | bytes, quantity: str, class_id: int) -> tuple[Value, str]:
    """Return a string as a time, as text where it is printable, else its bytes."""
    if isinstance(value, bytes):
        is_time = class_id == schedule.CLOCK or quantity in ("datetime", "any", "unknown")
        if is_time and looks_like_date_time(value):
            moment = read_date_time(value)
            return source.resolve(moment) or str(moment), "datetime"
    text = printable(value)
    if text is not None:
        return text, "text" if quantity in ("any", "unknown") else quantity
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").hex(), quantity
    return value, quantity


def number(value: Any) -> Decimal | None:  # noqa: ANN401 - int, bool or Decimal
    """Return a number as a Decimal; None for a float that is none."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return Decimal(int(value))


def printable(value: str | bytes) -> str | None:
    """Return a string without its padding of zero bytes, None if it holds anything that cannot be printed."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    text = text.rstrip("\x00")
    if isinstance(value, bytes) and not text.isascii():
        return None
    return text if text.isprintable() and (text or not value) else None


def status_text(data: Data) -> str | None:
    """Return a status attribute: hex of numbers and octets, bits as 0 and 1, None for null-data."""
    if data.tag == axdr.NULL:
        return None
    if isinstance(data.value, int):
        return f"{data.value:0{(data.end - data.start - 1) * 2 if data.start >= 0 else 2}x}"
    return data.value.hex() if isinstance(data.value, bytes) else str(data.value)
