"""Points: master data. Which register of which meter is which location and register of the market.

A points file (TOML or CSV, docs/points.md) has one entry per meter and register. Nothing in it has a default
that means something in the market: an export asks for what it needs (`Point.require`), and what is missing is
an error that names the file, the entry and the field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from emtkit.keys.ring import MeterMatch, parse_meter
from emtkit.model.errors import ConfigError
from emtkit.model.market_ids import check_market_id, check_partner
from emtkit.model.obis import Obis
from emtkit.model.units import UNITS, convert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading
    from emtkit.model.series import Series

Medium = Literal["electricity", "gas", "heat", "cooling", "water", "hot water", "heat cost allocator"]

# OBIS group A (IEC 62056-61, table 2)
MEDIA: Final[dict[int, Medium]] = {
    1: "electricity",
    4: "heat cost allocator",
    5: "cooling",
    6: "heat",
    7: "gas",
    8: "water",
    9: "hot water",
}

_MAX_FOUND: Final = 65536
_MARKET_OBIS: Final = re.compile(r"\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}\Z", re.ASCII)
_PRUEFIDENTIFIKATOR: Final = re.compile(r"\d{5}\Z", re.ASCII)
_REFERENCE: Final = re.compile(r"[\x20-\x7e\xa0-\xff]{1,70}\Z")  # UNOC, an..70
_MAX_DECIMALS: Final = 9


@dataclass(slots=True, kw_only=True)
class Point:
    """One register of one meter, and what it is in the market.

    Which meter, in one of these ways (a `*` in the serial number stands for any characters):
    meter               as in a key file: `1EMH0012345678`, `EMH 12345678`, `EMH 1234*`, `12345678`
    manufacturer, id    FLAG letters and serial number

    Which register:
    register            OBIS code of the telegram (`1-0:1.8.0`), or the name or quantity of a register without one

    What it is in the market:
    obis                OBIS code of the market without group F: `1-1:1.29.0`
    medium              follows from `obis`; may be given to be checked against it
    messlokation, marktlokation, konfigurations_id    the location's ids, as the Prüfidentifikator wants them
    pruefidentifikator  use case of the message: `13025`
    sender, receiver    MP-IDs of the partners
    ratio               transformer ratio (Wandlerfaktor): market value = ratio * meter value
    decimals            decimals that were announced for this register (Nachkommastellen)
    geraetenummer       device number, where it is not the meter's own identifier
    order_reference     number of the order (ORDERS) that this answers
    rollover            width of the register: it counts from 0 again at `1000000 kWh`
    tenant              for whom, where one file serves several
    note                anything; not used
    where               file and entry, for messages
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "extra": "forbid",
        "str_strip_whitespace": True,
        "coerce_numbers_to_str": True,
    }

    meter: str | None = None
    manufacturer: str | None = None
    id: str | None = None
    register: str
    obis: str | None = None
    medium: Medium | None = None
    messlokation: str | None = None
    marktlokation: str | None = None
    konfigurations_id: str | None = None
    pruefidentifikator: str | None = None
    sender: str | None = None
    receiver: str | None = None
    ratio: Decimal | None = None
    decimals: int | None = None
    geraetenummer: str | None = None
    order_reference: str | None = None
    rollover: str | None = None
    tenant: str | None = None
    note: str | None = None
    where: str = "points"

    def require(self, *fields: str) -> None:
        """Raise ConfigError `points.missing` if any of these fields is not given."""
        missing = [name for name in fields if getattr(self, name) is None]
        if missing:
            raise ConfigError(
                "points.missing", f"{self.where}: {' and '.join(missing)} must be given", field=".".join(missing)
            )

    @property
    def is_wildcard(self) -> bool:
        """Return whether this entry may stand for several meters."""
        return self.meter_match.is_pattern

    @property
    def meter_match(self) -> MeterMatch:
        """Return which meters this entry is for. Raises ConfigError `points.meter`."""
        return _match(self.meter, self.manufacturer, self.id)

    def selects_series(self, series: Series) -> bool:
        """Return whether this entry is for that load profile: by its OBIS code, or that of the telegram."""
        obis = _as_obis(self.register)
        return obis is not None and obis in (series.obis, series.register)

    def selects(self, reading: Reading) -> bool:
        """Return whether this entry is for that register: the OBIS code decides, else the name or quantity."""
        obis = _as_obis(self.register)
        if obis is not None:
            return reading.obis == obis
        plain = reading.function == "instantaneous" and not (
            reading.storage or reading.tariff or reading.subunit or reading.modifiers
        )
        return plain and self.register in (reading.name, reading.quantity)

    def rollover_in(self, unit: str) -> Decimal | None:
        """Return the register's width in this unit, None where it is not given."""
        if self.rollover is None:
            return None
        width, own = _width(self.rollover)
        return convert(width, own, unit)


@lru_cache(maxsize=4096)
def _as_obis(register: str) -> str | None:
    """Return the full form of an OBIS code, None where the text is a name."""
    return str(Obis.parse(register)) if register[:1].isdigit() or "." in register else None


@lru_cache(maxsize=65536)
def _match(meter: str | None, manufacturer: str | None, ident: str | None) -> MeterMatch:
    if (meter is None) == (manufacturer is None and ident is None):
        raise ConfigError("points.meter", "say which meter: either meter, or manufacturer and id")
    text = meter if meter is not None else f"{manufacturer or ''} {ident or '*'}"
    try:
        return parse_meter(text)
    except ConfigError as error:
        raise ConfigError("points.meter", error.message.removeprefix("meter: ")) from None


def _width(text: str) -> tuple[Decimal, str]:
    number, _, unit = text.partition(" ")
    unit = unit.strip()
    try:
        width = Decimal(number)
    except InvalidOperation:
        width = Decimal(0)
    if not (width.is_finite() and width > 0 and unit in UNITS):
        raise ConfigError("points.rollover", f"a width is a number and a unit (1000000 kWh), not {text!r}")
    return width, unit


class Points:
    """All entries of a points file, and which of them are for a meter."""

    __slots__ = ("_found", "all", "source")

    def __init__(self, points: Iterable[Point], source: str = "points") -> None:
        """Keep the entries in their order. Raises ConfigError `points.*` for an entry that cannot be right."""
        self.all = tuple(points)
        self.source = source
        self._found: dict[MeterId, tuple[Point, ...]] = {}
        for point in self.all:
            check_point(point)
        _check_duplicates(self.all)

    @classmethod
    def load(cls, path: Path) -> Points:
        """Read a points file: CSV if its name ends in `.csv`, else TOML. Raises ConfigError `points.*`."""
        from emtkit.points.files import load_points

        return cls(load_points(path), path.name)

    def match(self, meter: MeterId) -> tuple[Point, ...]:
        """Return the entries for this meter; those with a wildcard only where none names it in full."""
        found = self._found.get(meter)
        if found is None:
            if len(self._found) >= _MAX_FOUND:
                self._found.clear()
            fitting = tuple(point for point in self.all if point.meter_match.fits(meter))
            exact = tuple(point for point in fitting if not point.is_wildcard)
            found = self._found[meter] = exact or fitting
        return found


def check_point(point: Point) -> None:
    """Raise ConfigError `points.*`, `market_id.*` or `obis.syntax` unless every field that is given is well-formed."""
    try:
        _match(point.meter, point.manufacturer, point.id)
    except ConfigError as error:
        raise ConfigError(error.code, f"{point.where}, meter: {error.message}", field="meter") from None
    for name, check in _CHECKS.items():
        value = getattr(point, name)
        if value is not None:
            try:
                check(value)
            except ConfigError as error:
                raise ConfigError(error.code, f"{point.where}, {name}: {error.message}", field=name) from None
    if point.obis is not None and point.medium is not None:
        medium = MEDIA.get(Obis.parse(point.obis).a)
        if medium != point.medium:
            raise ConfigError(
                "points.medium",
                f"{point.where}, medium: {point.medium} is not the medium of {point.obis} ({medium or 'no medium'})",
                field="medium",
            )


def _check_register(text: str) -> None:
    if not text:
        raise ConfigError("points.register", "an OBIS code, a quantity or the name of a register")
    _as_obis(text)


def _check_market_obis(text: str) -> None:
    if _MARKET_OBIS.match(text) is None:
        raise ConfigError("points.obis", f"the market writes A-B:C.D.E (1-1:1.29.0), not {text!r}")
    Obis.parse(text)


def _check_pruefidentifikator(text: str) -> None:
    if _PRUEFIDENTIFIKATOR.match(text) is None:
        raise ConfigError("points.pruefidentifikator", f"a Prüfidentifikator has five digits, not {text!r}")


def _check_reference(text: str) -> None:
    if _REFERENCE.match(text) is None:
        raise ConfigError("points.text", f"1 to 70 characters of ISO 8859-1, not {text!r}")


def _check_ratio(value: Decimal) -> None:
    if not (value.is_finite() and value > 0):
        raise ConfigError("points.ratio", f"a transformer ratio is a number above 0, not {value}")


def _check_decimals(value: int) -> None:
    if not 0 <= value <= _MAX_DECIMALS:
        raise ConfigError("points.decimals", f"0 to {_MAX_DECIMALS} decimals, not {value}")


_CHECKS: Final[dict[str, Callable[[Any], object]]] = {
    "register": _check_register,
    "obis": _check_market_obis,
    "messlokation": lambda text: check_market_id(text, "melo"),
    "marktlokation": lambda text: check_market_id(text, "malo"),
    "konfigurations_id": _check_reference,
    "pruefidentifikator": _check_pruefidentifikator,
    "sender": check_partner,
    "receiver": check_partner,
    "ratio": _check_ratio,
    "decimals": _check_decimals,
    "geraetenummer": _check_reference,
    "order_reference": _check_reference,
    "rollover": _width,
}


def _check_duplicates(points: Iterable[Point]) -> None:
    """Refuse two entries that would say the same value twice."""
    seen: dict[tuple[object, ...], Point] = {}
    for point in points:
        key = (
            point.meter_match,
            _as_obis(point.register) or point.register,
            point.obis,
            point.messlokation,
            point.marktlokation,
            point.konfigurations_id,
            point.pruefidentifikator,
            point.receiver,
            point.tenant,
        )
        first = seen.setdefault(key, point)
        if first is not point:
            raise ConfigError("points.duplicate", f"{point.where}: says the same as {first.where}")
