"""Received messages as readings and series: times, units and quality as the rest of emtkit has them.

Values come in base units (kWh as Wh), exact. An interval's reading has its end as time. What a code of the market
says of a value stays on it: `status` of a reading is the code of QTY and those of its STS (`67 Z32:Z92 Z40:Z75`).
Source: EDI@Energy MSCONS AHB 3.2, rows 00026 to 00038.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.grid import BERLIN, DAY, FIRST_YEAR, LAST_YEAR, Grid
from emtkit.export.mscons.registers import is_maximum, kind_of, parse
from emtkit.export.mscons.status import METHODS, REASONS
from emtkit.export.mscons.use_cases import DAY_START
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.model.units import EXACT, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from emtkit.export.mscons.received import ReceivedMessage, ReceivedQuantity

PROTOCOL: Final = "mscons"
TRUE_CODE: Final = "220"

# QTY 6063 -> what the value is worth. A code that is not here is worth no more than a preliminary value.
QUALITIES: Final[dict[str, Quality]] = {
    "20": Quality.MISSING,  # nicht verwendbarer Wert
    "67": Quality.SUBSTITUTE,
    "79": Quality.TRUE,  # summierter Wert
    "187": Quality.PRELIMINARY,  # Prognosewert
    "201": Quality.PRELIMINARY,  # Vorschlagswert
    "220": Quality.TRUE,
    "Z18": Quality.PRELIMINARY,
    "Z30": Quality.MISSING,
    "Z31": Quality.TRUE,  # Lieferschein
    "Z47": Quality.TRUE,  # Grundlage der POG-Ermittlung
}
_METHOD_NAMES: Final = {code: name for name, code in METHODS.items()}
_REASON_NAMES: Final = {code: name for name, code in REASONS.items()}

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


def decode_message(message: ReceivedMessage, origin: Origin) -> Decoded:
    """Read the values of a message and return them as readings; its layer `Content` gives the series.

    The meter is the device of RFF+MG. Where there is none, `meter.id` is the Meldepunkt: LOC+172 or the
    Konfigurations-ID.
    """
    content = Content(message, {})
    readings = []
    untimed = 0
    for index, quantity in enumerate(message.quantities()):
        stamped = stamp(message, quantity, index)
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


def reading_of(quantity: ReceivedQuantity, stamped: Stamped | None) -> Reading:
    """Return one value as a reading in its base unit."""
    kind = kind_of(quantity.line.obis, quantity.unit)
    code = parse(quantity.line.obis)
    value, unit = _in_base(quantity.value, kind.unit)
    moment: datetime | date | None = None if stamped is None else stamped.end
    if moment is None:
        moment = quantity.nutzungszeitpunkt or quantity.ablesedatum
    return Reading(
        kind.quantity,
        value,
        unit,
        obis=None if code is None else str(code),
        name=quantity.line.obis if code is None and quantity.line.obis else None,
        function="maximum" if is_maximum(quantity.line.obis) else "instantaneous",
        time=moment,
        status=status_of(quantity),
        start=quantity.start,
    )


# unit -> base unit, and the power of ten between the two
_BASE: Final = {
    symbol: (base.symbol, unit.factor.adjusted())
    for symbol, unit in UNITS.items()
    for base in UNITS.values()
    if base.dimension == unit.dimension and base.factor == 1 and unit.factor.scaleb(-unit.factor.adjusted()) == 1
}


def _in_base(value: Decimal | None, unit: str | None) -> tuple[Decimal | None, str | None]:
    """Return a value and its unit in the base unit; the point moves, and no digit is added or lost."""
    base, places = _BASE.get(unit or "", (unit, 0))
    return (value.scaleb(places, EXACT) if value is not None and places else value), base


def status_of(quantity: ReceivedQuantity) -> str | None:
    """Return the codes of QTY and STS, None for a true value of which nothing more is said."""
    parts = [quantity.code]
    for category, code in (
        ("Z32", quantity.method),
        ("Z34", quantity.correction),
        ("Z40", quantity.reason),
        ("Z31", quantity.gas_quality),
    ):
        if code is not None:
            parts.append(f"{category}:{code}")
    parts += [f"Z33:{code}" for code in quantity.plausibility]
    parts += [f"10:{code}" for code in quantity.energy_basis]
    return None if parts == [TRUE_CODE] else " ".join(parts)


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
            what = kind_of(register, wanted[0].quantity.unit)
            unit = _in_base(None, what.unit)[1] or ""
            yield Series(
                meter,
                str(code),
                unit,
                "register" if kind == "register" else "interval",
                _step(wanted),
                [_series_value(value, what.unit) for value in wanted],
            )


def _step(values: Iterable[Stamped]) -> timedelta | None:
    """Return the length that all intervals have."""
    lengths = {value.end - value.start for value in values}
    length = lengths.pop()
    return length if length and not lengths else None


def _series_value(stamped: Stamped, unit: str | None) -> SeriesValue:
    quantity = stamped.quantity
    quality = QUALITIES.get(quantity.code, Quality.PRELIMINARY)
    value = _in_base(quantity.value, unit)[0]
    if value is None:
        quality = Quality.MISSING
    reason: str | None = None
    if quality is not Quality.TRUE:
        reason = _REASON_NAMES.get(quantity.reason or "", quantity.reason) or (
            None if quality is Quality.SUBSTITUTE else quantity.code
        )
    read = quantity.ablesedatum
    return SeriesValue(
        stamped.start,
        stamped.end,
        None if quality is Quality.MISSING else value,
        quality,
        _METHOD_NAMES.get(quantity.method or "", quantity.method),
        reason,
        (read,) if isinstance(read, datetime) else (),
    )
