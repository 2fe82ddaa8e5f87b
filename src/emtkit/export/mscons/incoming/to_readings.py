"""Received messages as readings and series: times, units and quality as the rest of emtkit has them.

Values come in base units (kWh as Wh), exact. An interval's reading has its end as time. What a code of the market
says of a value stays on it: `status` of a reading is the code of QTY and those of its STS (`67 Z32:Z92 Z40:Z75`).
Source: EDI@Energy MSCONS AHB 3.2, rows 00026 to 00038.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.base_units import base_of
from emtkit.export.grid import BERLIN, DAY, FIRST_YEAR, LAST_YEAR, Grid
from emtkit.export.mscons.incoming.words import status_of, worth_of_codes
from emtkit.export.mscons.registers import is_maximum, kind_of, parse
from emtkit.export.mscons.use_cases import DAY_START
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.model.units import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from emtkit.export.mscons.incoming.received import ReceivedMessage, ReceivedQuantity

PROTOCOL: Final = "mscons"

# DIN 43863-5: medium, FLAG letters, block, serial number
_IDENTIFIER: Final = re.compile(r"(\d)([A-Z]{3})(\d\d)(\d{8})\Z", re.ASCII)
_SPARTEN: Final = {1: "electricity", 7: "gas"}
_MONTH: Final = re.compile(r"(\d{4})(\d\d)\Z", re.ASCII)
_A_DAY: Final = re.compile(r"(\d{4})(\d\d)(\d\d)\Z", re.ASCII)


class Stamped(NamedTuple):
    """A value with the time it is of: start == end for a reading of a register."""

    quantity: ReceivedQuantity
    start: datetime
    end: datetime


class Content(NamedTuple):
    """The layer of a decoded message: its head, and its values by register."""

    message: ReceivedMessage
    registers: dict[str, list[Stamped]]

    def series(self, decoded: Decoded) -> list[Series]:
        """Return the series of this message (`protocols.context.HasSeries`)."""
        return [] if decoded.meter is None else list(series_of(self, decoded.meter))


def decode_message(
    message: ReceivedMessage,
    origin: Origin,
    leave_out: Callable[[ReceivedQuantity, Stamped | None], bool] | None = None,
) -> Decoded:
    """Read the values of a message and return them as readings; its layer `Content` gives the series.

    leave_out  says which values are neither

    The meter is the device of RFF+MG. Where there is none, `meter.id` is the Meldepunkt: LOC+172 or the
    Konfigurations-ID.
    """
    content = Content(message, {})
    readings = []
    untimed = 0
    for index, quantity in enumerate(message.quantities()):
        stamped = stamp(message, quantity, index)
        if leave_out is not None and leave_out(quantity, stamped):
            continue
        readings.append(reading_of(quantity, stamped))
        if stamped is None:
            untimed += 1
        else:
            content.registers.setdefault(quantity.line.obis, []).append(stamped)
    diagnostics = list(message.diagnostics)
    if message.unread:
        diagnostics.append(_finding(Severity.WARNING, "mscons.read.more", f"{message.unread} findings more", message))
    if message.is_cancellation:
        text = f"takes back the message {message.cancels or '?'}: its values no longer hold"
        diagnostics.append(_finding(Severity.WARNING, "mscons.read.cancellation", text, message))
    if untimed:
        text = f"{untimed} of {len(readings)} values have no time that a reading or series could have"
        diagnostics.append(_finding(Severity.INFO, "mscons.read.no_time", text, message))
    partial = any(found.severity is Severity.ERROR for found in diagnostics)
    return Decoded(
        PROTOCOL,
        "partial" if partial else "complete",
        meter=meter_of(message, content),
        readings=readings,
        diagnostics=diagnostics,
        layers=(content,),
        origin=origin._replace(id=message.document or None),
    )


def _finding(severity: Severity, code: str, text: str, message: ReceivedMessage) -> Diagnostic:
    return Diagnostic(severity, code, "mscons", message.reference, message.start, None, text)


def meter_of(message: ReceivedMessage, content: Content) -> MeterId | None:
    """Return who the values are of, None where the message names nobody (a cancellation)."""
    code = next(filter(None, map(parse, content.registers)), None)
    medium = _SPARTEN.get(code.a) if code is not None else None
    if message.device:
        match = _IDENTIFIER.match(message.device)
        if match is not None:
            return MeterId(match[2], match[4], medium=medium, identifier=message.device)
        return MeterId(None, message.device, medium=medium)
    name = message.location or next(iter(message.konfigurations_ids), "")
    name = name or next((location.id for location in message.locations if location.id), "")
    return MeterId(None, name, medium=medium) if name else None


def stamp(message: ReceivedMessage, quantity: ReceivedQuantity, index: int) -> Stamped | None:
    """Return the value with its time, None where the message gives none."""
    begin, end = quantity.begin, quantity.end
    if isinstance(begin, datetime) and isinstance(end, datetime):
        return Stamped(quantity, begin.astimezone(UTC), end.astimezone(UTC))
    for known in (quantity.nutzungszeitpunkt, quantity.ablesedatum, end):
        if isinstance(known, datetime):
            moment = known.astimezone(UTC)
            return Stamped(quantity, moment, moment)
    if quantity.leistungsperiode is not None:
        period = _period(quantity.leistungsperiode, quantity.line.obis)
        return None if period is None else Stamped(quantity, *period)
    if message.raster and isinstance(message.begin, datetime):
        step = timedelta(minutes=message.raster)
        start = message.begin.astimezone(UTC)
        try:
            return Stamped(quantity, start + index * step, start + (index + 1) * step)
        except OverflowError:
            return None
    return None


def _period(text: str, register: str) -> tuple[datetime, datetime] | None:
    """Return begin and end of a Leistungsperiode: a month, or a day (gas: gas day)."""
    code = parse(register)
    hour = DAY_START["gas" if code is not None and code.a == 7 else "electricity"]
    match = _MONTH.match(text) or _A_DAY.match(text)
    if match is None:
        return None
    try:
        first = date(int(match[1]), int(match[2]), int(match[3]) if match.re is _A_DAY else 1)
    except ValueError:
        return None
    if not FIRST_YEAR < first.year < LAST_YEAR:
        return None
    grid = Grid(DAY if match.re is _A_DAY else None, BERLIN, hour)
    return grid.around(datetime.combine(first, time(hour), BERLIN))


class _Register(NamedTuple):
    """What all values of a register have in common in their readings. `places`: the point moves for the base unit."""

    quantity: str
    unit: str | None
    places: int
    obis: str | None
    name: str | None
    function: Literal["instantaneous", "maximum"]


@lru_cache(maxsize=4096)
def _register(register: str, unit_code: str) -> _Register:
    kind, code = kind_of(register, unit_code), parse(register)
    unit, places = base_of(kind.unit)
    return _Register(
        kind.quantity,
        unit,
        places,
        None if code is None else str(code),
        register if code is None and register else None,
        "maximum" if is_maximum(register) else "instantaneous",
    )


def reading_of(quantity: ReceivedQuantity, stamped: Stamped | None) -> Reading:
    """Return one value as a reading in its base unit."""
    register = _register(quantity.line.obis, quantity.unit)
    value = quantity.value
    if value is not None and register.places:
        value = value.scaleb(register.places, EXACT)
    return Reading(
        register.quantity,
        value,
        register.unit,
        register.obis,
        register.name,
        register.function,
        time=(quantity.nutzungszeitpunkt or quantity.ablesedatum) if stamped is None else stamped.end,
        status=status_of(quantity),
        start=quantity.start,
    )


def series_of(content: Content, meter: MeterId) -> Iterator[Series]:
    """Give one series for each register and kind of value (readings, intervals), in time order."""
    for register, values in content.registers.items():
        code = parse(register)
        if code is None:
            continue
        for kind in ("register", "interval"):
            wanted = [value for value in values if (value.start == value.end) == (kind == "register")]
            if not wanted:
                continue
            wanted.sort(key=lambda value: (value.end, value.start))
            unit, places = base_of(kind_of(register, wanted[0].quantity.unit).unit)
            yield Series(
                meter,
                str(code),
                unit or "",
                "register" if kind == "register" else "interval",
                _step(wanted),
                [_series_value(value, places) for value in wanted],
            )


def _step(values: Iterable[Stamped]) -> timedelta | None:
    """Return the length that all intervals have."""
    lengths = {value.end - value.start for value in values}
    length = lengths.pop()
    return length if length and not lengths else None


def _series_value(stamped: Stamped, places: int) -> SeriesValue:
    quantity = stamped.quantity
    value = quantity.value
    if value is not None and places:
        value = value.scaleb(places, EXACT)
    worth = worth_of_codes(quantity.code, quantity.method, quantity.reason, is_number=value is not None)
    read = quantity.ablesedatum
    return SeriesValue(
        stamped.start,
        stamped.end,
        None if worth.quality is Quality.MISSING else value,
        *worth,
        (read,) if isinstance(read, datetime) else (),
    )
