"""Plain words for people: values with presentation units, security verdicts, states, meters.

Numbers stay exact: kWh is the same decimal as Wh with the point moved. Nothing is rounded, and no zero that
shows the register's resolution is lost.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.units import EXACT, convert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.model.decoded import Decoded, Security, State
    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Value
    from emtkit.wire.trace import Span

# base unit -> what people read: unit, decimal places the point moves, from which value on
_SHOWN_AS: Final[dict[str, tuple[str, int, int]]] = {
    "Wh": ("kWh", 3, 0),
    "varh": ("kvarh", 3, 0),
    "VAh": ("kVAh", 3, 0),
    "J": ("MJ", 6, 0),
    "J/h": ("MJ/h", 6, 0),
    "W": ("kW", 3, 10_000),
    "var": ("kvar", 3, 10_000),
    "VA": ("kVA", 3, 10_000),
}
_PRINTED: Final = {"degC": "°C", "degF": "°F", "m3": "m³", "m3/h": "m³/h"}
_DURATIONS: Final = ("d", "h", "min")
_SHORTEST_COUNT: Final = 2  # 36 h, not 1.5 d; and 90 min, not 1 h and a half

PROTOCOLS: Final = {
    "mbus": "M-Bus",
    "wmbus": "wM-Bus",
    "iec62056_21": "IEC 62056-21",
    "sml": "SML",
    "dlms": "DLMS/COSEM",
    "lorawan": "LoRaWAN",
    "smgw": "SMGW",
    "mscons": "MSCONS",
}

STATES: Final[dict[State, str]] = {
    "complete": "complete",
    "partial": "partial: some of it is not understood",
    "opaque": "opaque: the frame is sound, its content stays closed",
    "failed": "not decodable",
}

_AS_GIVEN: Final = ("input", "frame")
_CONTINUED: Final = "(continued)"  # what `wire.trace` says of the second part of a field
_STATUS: Final = {"low_power": "low battery"}


def number(value: Decimal) -> str:
    """Return all digits of a number, thousands set off by a blank: `12 345.678`."""
    sign, digits, fraction = _split(value)
    groups = []
    while digits:
        groups.append(digits[-3:])
        digits = digits[:-3]
    return sign + " ".join(reversed(groups)) + fraction


def _split(value: Decimal) -> tuple[str, str, str]:
    text = format(value, "f")
    sign = "-" if text.startswith("-") else ""
    digits, point, fraction = text.removeprefix("-").partition(".")
    return sign, digits, point + fraction


def quantity(value: Decimal, unit: str | None) -> tuple[str, str]:
    """Return a number and its unit as people write them: kWh for Wh, days for 86 400 s."""
    if unit is None:
        return number(value), ""
    if unit == "s":
        return _duration(value)
    wanted, places, limit = _SHOWN_AS.get(unit, (_PRINTED.get(unit, unit), 0, 0))
    if value.copy_abs() >= limit:
        return number(value.scaleb(-places, EXACT)), wanted
    return number(value), unit


def _duration(seconds: Decimal) -> tuple[str, str]:
    """Return the largest unit that divides it without rest."""
    for unit, size in zip(_DURATIONS, (86400, 3600, 60), strict=True):
        if seconds.copy_abs() >= _SHORTEST_COUNT * size and EXACT.remainder(seconds, Decimal(size)) == 0:
            return number(convert(seconds, "s", unit)), unit
    return number(seconds), "s"


def printable(text: str) -> str:
    r"""Return a text with control characters written as `\x1b`: what a meter sends must not steer a terminal.

    Line ends stay, because cells have several lines.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )


def value(content: Value, unit: str | None) -> tuple[str, str]:
    """Return any value and its unit as people read them; an invalid value is `invalid`."""
    match content:
        case None:
            return "invalid", ""
        case Decimal():
            return quantity(content, unit)
        case datetime():
            return moment(content), ""
        case bytes():
            return content.hex(), unit or ""
        case str():
            return printable(content.replace("\n", "\\n")), unit or ""
        case _:
            return str(content), unit or ""


def moment(when: datetime | date) -> str:
    """Return `2026-11-23 10:00 +01:00`; seconds where they are not zero, a date alone where there is no more."""
    if not isinstance(when, datetime):
        return when.isoformat()
    return f"{clock(when)} {offset(when)}".rstrip()


def clock(when: datetime) -> str:
    """Return date and time of day without the offset."""
    precision = "microseconds" if when.microsecond else "seconds" if when.second else "minutes"
    return when.replace(tzinfo=None).isoformat(" ", precision)


def offset(when: datetime) -> str:
    """Return the offset to UTC as `+01:00`."""
    return "" if when.utcoffset() is None else when.isoformat()[-6:]


def words(name: str) -> str:
    """Return a name of the data model as words: `return_temperature` is `return temperature`."""
    return name.replace("_", " ")


def status(name: str) -> str:
    """Return what a meter says of itself in words."""
    return _STATUS.get(name) or words(name)


def sender(decoded: Decoded) -> str:
    """Return manufacturer and serial number of the meter, or the size of a telegram that does not tell it."""
    who = decoded.meter
    if who is None:
        return "no telegram" if not decoded.raw else f"telegram of {count(len(decoded.raw), 'byte')}"
    return f"{who.manufacturer} {who.id}" if who.manufacturer else who.id


def meter_details(who: MeterId) -> list[str]:
    """Return medium, device type, version and identifier, as far as they are known."""
    details = [who.medium] if who.medium else []
    if who.device_type is not None:
        details.append(f"device type {who.device_type}")
    if who.version is not None:
        details.append(f"version {who.version}")
    if who.identifier and who.identifier != who.id:
        details.append(who.identifier)
    return details


def security(found: Security) -> str:
    """Return the security verdict as a sentence."""
    mode = "" if found.mode is None else f" (mode {found.mode})"
    key = f" with {found.key}" if found.key else ""
    match found.verdict:
        case "none":
            return "not encrypted" + _verified(found)
        case "decrypted":
            return f"decrypted{key}{mode}" + _verified(found)
        case "already_decrypted":
            return f"marked as encrypted{mode}, but was decrypted before it came here" + _verified(found)
        case "key_missing":
            return f"encrypted{mode}: there is no key for this meter"
        case "key_wrong":
            return f"encrypted{mode}: no given key fits"
        case "mac_invalid":
            return f"the MAC is wrong{mode}: not sent by this meter, damaged, or another key"
        case "unsupported":
            return f"encrypted in a way that cannot be opened{mode}"


def _verified(found: Security) -> str:
    if found.verified is None:
        return ""
    return ", verified" if found.verified else ", verification failed"


def origin(decoded: Decoded) -> str:
    """Return where a frame came from: `night.jsonl, line 17`."""
    source, line = decoded.origin.source, decoded.origin.line
    if source is None:
        return "" if line is None else f"line {line}"
    return source if line is None else f"{source}, line {line}"


def reception(decoded: Decoded) -> str:
    """Return when and how strong a frame was received."""
    origin = decoded.origin
    when = "" if origin.received_at is None else f"received {moment(origin.received_at)}"
    return ", ".join(filter(None, [when, "" if origin.rssi is None else f"{origin.rssi} dBm"]))


def place(start: int | None, end: int | None, field: str = "") -> str:
    """Return ` (field, bytes 4-7)` as far as it is known; the last byte is part of it."""
    parts = [field] if field else []
    if start is not None and end is not None:
        parts.append(f"byte {start}" if end - start <= 1 else f"bytes {start}-{end - 1}")
    return f" ({', '.join(parts)})" if parts else ""


def layer(span: Span) -> str:
    """Return the heading of a span: its layer, the structure in it, the view if that is not the input.

    `sml · messages[1].GetListRes`, `mbus.record (decrypted)`.
    """
    structure = span.field.rpartition(".")[0]
    view = "" if span.view in _AS_GIVEN else f" ({words(span.view)})"
    return " · ".join(filter(None, (span.layer or "not decoded", structure))) + view


def field(span: Span) -> str:
    """Return the name of a span's field in its structure."""
    return span.field.rpartition(".")[2]


def meaning(span: Span) -> tuple[str, str]:
    """Return what a span means and its value with unit; the value is not told twice."""
    if span.meaning.startswith(_CONTINUED):
        return _CONTINUED, ""
    if span.value is None:
        return printable(span.meaning), ""
    what, shown = printable(span.meaning.partition(" = ")[0]), " ".join(value(span.value, span.unit)).strip()
    return what, "" if what.endswith(shown) else shown


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the spans with runs that mean the same as one: a row of fill bytes is one line for people."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        if last is not None and span.value is None and last[2:4] + last[5:] == span[2:4] + span[5:]:
            found[-1] = last._replace(end=span.end, raw=last.raw + span.raw)
        else:
            found.append(span)
    return found


def count(amount: int, noun: str = "", plural: str = "") -> str:
    """Return `1 234 telegrams`."""
    words = noun if amount == 1 or not noun else plural or f"{noun}s"
    return f"{amount:,}".replace(",", " ") + (f" {words}" if words else "")
