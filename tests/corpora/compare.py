"""Comparing readings with the flat JSON of wmbusmeters: unit suffix in the name, rounded floats, local dates."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emtkit.model.errors import EncodeError
from emtkit.model.units import UNITS, convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.model.reading import Reading

# suffix of the field name -> emtkit unit
SUFFIXES = {
    "kwh": "kWh", "wh": "Wh", "mwh": "MWh", "gj": "GJ", "mj": "MJ", "kj": "kJ", "kvarh": "kvarh", "kvah": "kVAh",
    "m3": "m3", "l": "l", "m3h": "m3/h", "lh": "l/h", "kw": "kW", "w": "W", "kvar": "kvar", "kva": "kVA",
    "c": "degC", "f": "degF", "k": "K", "bar": "bar", "pa": "Pa", "v": "V", "a": "A", "hz": "Hz", "hca": "HCA",
    "s": "s", "min": "min", "h": "h", "d": "d", "month": "month", "y": "year", "rh": "%", "pct": "%", "percent": "%",
    "deg": "deg", "dbm": "dBm", "kg": "kg", "kgh": "kg/h", "t": "t",
}  # fmt: skip
NO_VALUE = {"_", "media", "meter", "name", "id", "timestamp", "rssi_dbm", "device", "meter_datetime_now"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?Z?\Z")


def wanted(expected: dict[str, Any]) -> Iterator[tuple[str, Decimal | str]]:
    """Yield the numeric and date fields of an expected flat JSON."""
    for name, value in expected.items():
        if name in NO_VALUE or isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            yield name, Decimal(repr(value))
        elif isinstance(value, str) and _DATE.match(value):
            yield name, value.replace("T", " ").rstrip("Z")


def found(name: str, value: Decimal | str, readings: Iterable[Reading]) -> bool:
    """Return whether some reading is this field."""
    if isinstance(value, str):
        return any(_same_moment(value, moment) for r in readings for moment in (r.value, r.time))
    unit = SUFFIXES.get(name.rsplit("_", 1)[-1])
    return any(_same_number(value, reading, unit) for reading in readings)


def _same_moment(text: str, moment: object) -> bool:
    if isinstance(moment, datetime):
        wall = moment.strftime("%Y-%m-%d %H:%M:%S")
        return wall.startswith(text) or (text.endswith(":00") and wall.startswith(text[:-3]))
    return isinstance(moment, date) and text[:10] == moment.isoformat()


def _same_number(value: Decimal, reading: Reading, unit: str | None) -> bool:
    number = reading.value
    if isinstance(number, str):
        try:
            number = Decimal(number)
        except ArithmeticError:
            return False
    if not isinstance(number, Decimal):
        return False
    if unit is not None and reading.unit is not None:
        made = _in_unit(number, reading.unit, unit)
        if made is None:
            return False
        number = made
    return abs(number - value) <= max(abs(value), Decimal(1)) * Decimal("0.000001")


def _in_unit(number: Decimal, have: str, want: str) -> Decimal | None:
    """Convert as a float program does: not only where the result is exact."""
    if {have, want} == {"K", "degC"}:  # a difference
        return number
    if have == "s" and want == "year":  # wmbusmeters' year
        return number / 86400 / Decimal("365.2425")
    try:
        return convert(number, have, want)
    except EncodeError as error:
        if error.code != "unit.inexact":
            return None
    base = UNITS[have].factor / UNITS[want].factor
    return number * base / (3600 if UNITS[have].dimension != UNITS[want].dimension else 1)
