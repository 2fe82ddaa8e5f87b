"""BO4E-style JSON (`bo4e`): Lastgang, Energiemenge and Zaehlwerk with Messwert, as plain objects.

Source: BO4E 202607.1.0 (names of business objects, components and enumerations). Numbers are strings, as the BO4E
libraries write them, so that no reader takes them through floating point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from emtkit.export.from_capture import Register, SeriesOptions, registers
from emtkit.export.grid import DAY, zone_of
from emtkit.export.mscons.status import METHODS
from emtkit.export.registry import Report, Written
from emtkit.model.errors import DecodeError, EncodeError
from emtkit.model.jsontext import dumps, loads
from emtkit.model.obis import Obis
from emtkit.model.series import Quality, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "bo4e"
SUFFIX: Final = ".json"
TITLE: Final = "BO4E-style JSON: Lastgang, Energiemenge, Zaehlwerk with Messwert"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False

# Messwertstatus, beside the codes of MSCONS QTY (DE 6063); a series has the first four
STATUS: Final[dict[str, str]] = {
    "220": "ABGELESEN",
    "67": "ERSATZWERT",
    "Z18": "VORLAEUFIGERWERT",
    "Z30": "FEHLT",
    "201": "VORSCHLAGSWERT",
    "20": "NICHT_VERWENDBAR",
    "187": "PROGNOSEWERT",
    "79": "ENERGIEMENGESUMMIERT",
    "Z31": "ANGABE_FUER_LIEFERSCHEIN",
}
_OF_QUALITY: Final = {
    Quality.TRUE: STATUS["220"],
    Quality.SUBSTITUTE: STATUS["67"],
    Quality.PRELIMINARY: STATUS["Z18"],
    Quality.MISSING: STATUS["Z30"],
}
_QUALITIES: Final = {status: quality for quality, status in _OF_QUALITY.items()}

# Messwertstatuszusatz of the ways in which a substitute is made (STS+Z32); a reason has no second place
_ADDITIONS: Final[dict[str, str]] = {
    "Z88": "Z88_VERGLEICHSMESSUNG(GEEICHT)",
    "Z89": "Z89_VERGLEICHSMESSUNG(NICHTGEEICHT)",
    "Z92": "Z92_INTERPOLATION",
    "Z93": "Z93_HALTEWERT",
    "Z95": "Z95_HISTORISCHEMESSWERTE",
    "ZJ2": "ZJ2_STATISTISCHEMETHODE",
}
_METHOD_NAMES: Final = {_ADDITIONS[code]: name for name, code in METHODS.items() if code in _ADDITIONS}

UNITS: Final[dict[str, str]] = {
    "W": "W",
    "Wh": "WH",
    "kW": "KW",
    "kWh": "KWH",
    "MW": "MW",
    "MWh": "MWH",
    "kvar": "KVAR",
    "kvarh": "KVARH",
    "var": "VAR",
    "varh": "VARH",
    "m3": "KUBIKMETER",
    "Hz": "HZ",
    "%": "PROZENT",
}
_UNIT_NAMES: Final = {name: unit for unit, name in UNITS.items()}

# IEC 62056-61, group A. Heat is FERNWAERME or NAHWAERME, which no meter says.
_SPARTEN: Final = {1: "STROM", 7: "GAS", 8: "WASSER", 9: "WASSER"}
_NUMBER: Final = re.compile(r"-?\d{1,200}(?:\.\d{1,200})?\Z", re.ASCII)
_MAX_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(SeriesOptions):
    """The form follows from values and step: load profiles, energies of a day or month, or registers."""

    units: str = "kWh,kvarh"


def write(
    decoded: Iterable[Decoded], out: BinaryIO, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write an array of objects: a Lastgang per register, an Energiemenge per value, or a Zaehlwerk per register.

    A register whose unit BO4E does not have is refused.
    """
    options = options or Options()
    report, written = Report(), 0
    out.write(b"[")
    for register in registers(decoded, points, options, report):
        try:
            objects = list(_objects(register, options))
        except EncodeError as error:
            report.refuse(str(register), error)
            continue
        for found in objects:
            out.write(f"{',' if written else ''}\n{dumps(found)}".encode())
            written += 1
    out.write(b"\n]\n")
    report.written.append(Written(None, "objects", written))
    return report


def _objects(register: Register, options: Options) -> Iterator[dict[str, Any]]:
    zone = zone_of(options.zone)
    unit = UNITS.get(register.series.unit)
    if unit is None:
        raise EncodeError("bo4e.unit", f"{register}: BO4E has no Mengeneinheit for {register.series.unit!r}")
    obis = register.obis.partition("*")[0]
    if options.values == "register":
        yield _zaehlwerk(register, obis, unit)
    elif options.length() in (None, DAY):
        for value in register.series.values:
            yield _energiemenge(register, value, obis, unit, zone)
    else:
        yield _lastgang(register, obis, unit, zone)


def _lastgang(register: Register, obis: str, unit: str, zone: ZoneInfo) -> dict[str, Any]:
    point, step = register.point, register.series.step or DAY
    minutes = step // timedelta(minutes=1)
    return {
        "_typ": "LASTGANG",
        "sparte": _SPARTEN.get(Obis.parse(register.obis).a) if register.obis[:1].isdigit() else None,
        "messgroesse": unit,
        "marktlokation": None
        if point is None or point.marktlokation is None
        else {"_typ": "MARKTLOKATION", "marktlokationsId": point.marktlokation},
        "messlokation": None
        if point is None or point.messlokation is None
        else {"_typ": "MESSLOKATION", "messlokationsId": point.messlokation},
        "obisKennzahl": obis,
        "zeitIntervallLaenge": {"_typ": "MENGE", "wert": str(minutes), "einheit": "MINUTE"},
        "werte": [
            {
                "_typ": "ZEITREIHENWERT",
                "zeitraum": _zeitraum(value, zone),
                "wert": None if value.value is None else format(value.value, "f"),
                "status": _OF_QUALITY[value.quality],
                "statuszusatz": _addition(value),
            }
            for value in register.series.values
        ],
        "zusatzAttribute": _attributes(register),
    }


def _energiemenge(register: Register, value: SeriesValue, obis: str, unit: str, zone: ZoneInfo) -> dict[str, Any]:
    status = {"messwertstatus": _OF_QUALITY[value.quality], "messwertstatuszusatz": _addition(value)}
    return {
        "_typ": "ENERGIEMENGE",
        "obisKennzahl": obis,
        "zeitraum": _zeitraum(value, zone),
        "menge": _menge(value, unit),
        # Energiemenge itself has no place for the location and the status
        "zusatzAttribute": _attributes(register, **status),
    }


def _zaehlwerk(register: Register, obis: str, unit: str) -> dict[str, Any]:
    ratio = None if register.point is None else register.point.ratio
    return {
        "_typ": "ZAEHLWERK",
        "obisKennzahl": obis,
        "einheit": unit,
        "wandlerfaktor": None if ratio is None else format(ratio, "f"),
        "messwerte": [
            {
                "_typ": "MESSWERT",
                "zeitpunkt": value.end.astimezone(UTC).isoformat(),
                "wert": _menge(value, unit),
                "messwertstatus": _OF_QUALITY[value.quality],
                "messwertstatuszusatz": _addition(value),
            }
            for value in register.series.values
        ],
        "zusatzAttribute": _attributes(register),
    }


def _menge(value: SeriesValue, unit: str) -> dict[str, Any] | None:
    return None if value.value is None else {"_typ": "MENGE", "wert": format(value.value, "f"), "einheit": unit}


def _zeitraum(value: SeriesValue, zone: ZoneInfo) -> dict[str, Any]:
    begin, end = value.start.astimezone(zone), value.end.astimezone(zone)
    return {
        "_typ": "ZEITRAUM",
        "startdatum": begin.date().isoformat(),
        "startuhrzeit": begin.timetz().replace(tzinfo=None).isoformat() + begin.isoformat()[19:],
        "enddatum": end.date().isoformat(),
        "enduhrzeit": end.timetz().replace(tzinfo=None).isoformat() + end.isoformat()[19:],
    }


def _addition(value: SeriesValue) -> str | None:
    return _ADDITIONS.get(METHODS.get(value.method or "", ""))


def _attributes(register: Register, **more: str | None) -> list[dict[str, str]]:
    named = {"geraetenummer": register.device, "lokationsId": register.location, **more}
    return [{"name": name, "wert": text} for name, text in named.items() if text is not None]


class Found(NamedTuple):
    """One object that was read back: its type, register, unit, attributes by name, and values."""

    kind: str
    obis: str
    unit: str
    attributes: dict[str, str]
    values: list[SeriesValue]


def read_objects(stream: BinaryIO) -> list[Found]:
    """Read an array of Lastgang, Energiemenge and Zaehlwerk objects. Raises DecodeError `bo4e.syntax`, `bo4e.field`."""
    try:
        document = loads(stream.read().decode())
    except ValueError:
        raise DecodeError("bo4e.syntax", "not JSON") from None
    if not isinstance(document, list):
        raise DecodeError("bo4e.syntax", "not an array of objects")
    found = []
    for number, each in enumerate(document):
        try:
            found.append(_read(each))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DecodeError(
                "bo4e.field", f"object {number}: {type(error).__name__} {error}", field=f"[{number}]"
            ) from None
    return found


def _read(each: dict[str, Any]) -> Found:
    kind = each["_typ"]
    attributes = {item["name"]: item["wert"] for item in each.get("zusatzAttribute") or ()}
    if kind == "LASTGANG":
        unit, values = each["messgroesse"], [_read_interval(item) for item in each["werte"]]
    elif kind == "ENERGIEMENGE":
        menge = each["menge"] or {}
        unit = menge.get("einheit") or ""
        item = {
            **each,
            "wert": menge.get("wert"),
            "status": attributes.get("messwertstatus", STATUS["220"]),
            "statuszusatz": attributes.get("messwertstatuszusatz"),
        }
        values = [_read_interval(item)]
    elif kind == "ZAEHLWERK":
        unit, values = each["einheit"], [_read_messwert(item) for item in each["messwerte"]]
    else:
        raise ValueError(f"{kind} is no Lastgang, Energiemenge or Zaehlwerk")
    return Found(kind, str(each["obisKennzahl"]), _UNIT_NAMES[unit] if unit else "", attributes, values)


def _read_interval(item: dict[str, Any]) -> SeriesValue:
    span = item["zeitraum"]
    begin, end = (
        datetime.combine(date.fromisoformat(span[f"{edge}datum"]), time.fromisoformat(span[f"{edge}uhrzeit"]))
        for edge in ("start", "end")
    )
    if begin.tzinfo is None or end.tzinfo is None:
        raise ValueError("a time without its offset")
    return _value(
        begin.astimezone(UTC), end.astimezone(UTC), item.get("wert"), item["status"], item.get("statuszusatz")
    )


def _read_messwert(item: dict[str, Any]) -> SeriesValue:
    at = datetime.fromisoformat(item["zeitpunkt"])
    if at.tzinfo is None:
        raise ValueError("a time without its offset")
    at = at.astimezone(UTC)
    number = (item["wert"] or {}).get("wert")
    return _value(at, at, number, item["messwertstatus"], item.get("messwertstatuszusatz"))


def _value(begin: datetime, end: datetime, wert: object, status: str, addition: str | None) -> SeriesValue:
    quality = _QUALITIES.get(status)
    if quality is None:
        raise ValueError(f"status {status} is none of {', '.join(_QUALITIES)}")
    if wert is not None and _NUMBER.match(str(wert)) is None:
        raise ValueError(f"{wert!r} is no number")
    if (wert is None) != (quality is Quality.MISSING):
        raise ValueError(f"status {status} with the number {wert}")
    number = None if wert is None else Decimal(str(wert))
    return SeriesValue(begin, end, number, quality, _METHOD_NAMES.get(addition or ""))
