"""A point: one register of one meter, and what it is in the market.

Nothing in it has a default that means something in the market: an export asks for what it needs (`Point.require`),
and what is missing is an error that names the file, the entry and the field.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from emtkit.keys.ring import MeterMatch, parse_meter
from emtkit.model.errors import ConfigError
from emtkit.model.meter_id import MeterId
from emtkit.model.obis import Obis
from emtkit.model.units import UNITS, convert
from emtkit.points.parties import Role  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
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
    messlokation, marktlokation, netzlokation, konfigurations_id    the location's ids, as the Prüfidentifikator
                        wants them
    pruefidentifikator  use case of the message: `13025`
    tenant, partner     names of those who send and receive (`[[tenant]]`, `[[partner]]` of the file)
    role                in which role the tenant sends, where it has several
    sender, receiver    their MP-IDs; they follow from tenant and partner where they are not given
    ratio               transformer ratio (Wandlerfaktor): market value = ratio * meter value
    decimals            decimals that were announced for this register (Nachkommastellen)
    geraetenummer       device number, where it is not the meter's own identifier
    order_reference     number of the order (ORDERS) that this answers
    rollover            width of the register: it counts from 0 again at `1000000 kWh`
    payload             name of the payload layout that this device sends (LoRaWAN)
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
    netzlokation: str | None = None
    konfigurations_id: str | None = None
    pruefidentifikator: str | None = None
    sender: str | None = None
    receiver: str | None = None
    ratio: Decimal | None = None
    decimals: int | None = None
    geraetenummer: str | None = None
    order_reference: str | None = None
    rollover: str | None = None
    payload: str | None = None
    tenant: str | None = None
    partner: str | None = None
    role: Role | None = None
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
        return meter_match(self.meter, self.manufacturer, self.id)

    @property
    def of_medium(self) -> Medium | None:
        """Return the medium: as given, else group A of the market's OBIS code, else of the register's."""
        if self.medium is not None:
            return self.medium
        code = self.obis or as_obis(self.register)
        return None if code is None else MEDIA.get(Obis.parse(code).a)

    def is_of(self, match: MeterMatch) -> bool:
        """Return whether `match` stands for this entry's meter, or for all that its wildcard stands for."""
        own = self.meter_match
        if own.identifier is not None:
            # DIN 43863-5: medium, three letters, version, eight digits
            return match.fits(MeterId(own.identifier[1:4], own.identifier[-8:], identifier=own.identifier))
        if own.id is None:
            return match.id is None and match.identifier is None and match.manufacturer in (None, own.manufacturer)
        return match.fits(MeterId(own.manufacturer, own.id))

    def selects_series(self, series: Series) -> bool:
        """Return whether this entry is for that load profile: by its OBIS code, or that of the telegram."""
        obis = as_obis(self.register)
        return obis is not None and obis in (series.obis, series.register)

    def selects(self, reading: Reading) -> bool:
        """Return whether this entry is for that register: the OBIS code decides, else the name or quantity."""
        obis = as_obis(self.register)
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
        width, own = register_width(self.rollover)
        return convert(width, own, unit)


@lru_cache(maxsize=4096)
def as_obis(register: str) -> str | None:
    """Return the full form of an OBIS code, None where the text is a name."""
    return str(Obis.parse(register)) if register[:1].isdigit() or "." in register else None


@lru_cache(maxsize=65536)
def meter_match(meter: str | None, manufacturer: str | None, ident: str | None) -> MeterMatch:
    """Return which meters an entry is for. Raises ConfigError `points.meter`."""
    if (meter is None) == (manufacturer is None and ident is None):
        raise ConfigError("points.meter", "say which meter: either meter, or manufacturer and id")
    text = meter if meter is not None else f"{manufacturer or ''} {ident or '*'}"
    try:
        return parse_meter(text)
    except ConfigError as error:
        raise ConfigError("points.meter", error.message.removeprefix("meter: ")) from None


def register_width(text: str) -> tuple[Decimal, str]:
    """Return number and unit of a register's width. Raises ConfigError `points.rollover`."""
    number, _, unit = text.partition(" ")
    unit = unit.strip()
    try:
        width = Decimal(number)
    except InvalidOperation:
        width = Decimal(0)
    if not (width.is_finite() and width > 0 and unit in UNITS):
        raise ConfigError("points.rollover", f"a width is a number and a unit (1000000 kWh), not {text!r}")
    return width, unit
