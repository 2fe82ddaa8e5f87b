"""The form of a meter family: what its TOML file may say.

title = "…"            what people call these meters
source = "…"           where the facts come from
[[match]]              whose meters: manufacturer, version, device_type (lists); none given: any
[[medium]]             what a private device type of the maker measures
[[register]]           a name (and, if needed, quantity, unit, scale, OBIS code) for a reading
[[layout]]             a payload that the maker packs outside EN 13757-3, field by field
[[example]]            a telegram with the readings it must give: the family's tests
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, get_args

from emtkit.model.errors import ConfigError
from emtkit.model.obis import Obis
from emtkit.model.reading import Function
from emtkit.model.units import QUANTITIES, UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtkit.model.meter_id import MeterId


@dataclass(slots=True, frozen=True)
class Match:
    """Whose meters: each list empty for "any". The more is given, the more specific the family."""

    manufacturer: tuple[str, ...] = ()
    version: tuple[int, ...] = ()
    device_type: tuple[int, ...] = ()

    def fits(self, meter: MeterId) -> bool:
        """Return whether a meter is one of these."""
        return (
            (not self.manufacturer or meter.manufacturer in self.manufacturer)
            and (not self.version or meter.version in self.version)
            and (not self.device_type or meter.device_type in self.device_type)
        )

    @property
    def weight(self) -> int:
        """Return how specific this is."""
        return 4 * bool(self.manufacturer) + 2 * bool(self.version) + bool(self.device_type)


@dataclass(slots=True, frozen=True)
class Medium:
    """What a device type that the standard reserves measures."""

    device_type: int
    name: str


@dataclass(slots=True, frozen=True)
class Register:
    """A reading and what it is called.

    quantity .. modifiers  which reading: all that are given must be equal; storage, tariff, subunit default to 0
    name                   its name
    becomes, unit, scale   for what the standard leaves open: the quantity it is, with the unit and exact factor
    obis                   its OBIS code, where the standard gives none or another
    """

    name: str
    quantity: str
    function: str = "instantaneous"
    storage: int = 0
    tariff: int = 0
    subunit: int = 0
    modifiers: tuple[str, ...] = ()
    becomes: str | None = None
    unit: str | None = None
    scale: Decimal = Decimal(1)
    obis: str | None = None
    only_name: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Work out whether there is nothing but the name to say."""
        object.__setattr__(self, "only_name", self.obis is None and self.becomes is None)

    @property
    def key(self) -> tuple[int, str, int, int, tuple[str, ...]]:
        """Return what a reading of this quantity is looked up by."""
        return (self.storage, self.function, self.tariff, self.subunit, self.modifiers)


@dataclass(slots=True, frozen=True)
class LayoutField:
    """One field of a layout.

    offset    byte offset in the payload
    coding    u8 u16 u24 u32 i8 i16 i24 i32 (little-endian), bcd2 .. bcd12, date (type G), datetime (type F),
              date_d5m4y7 (16 bit: day, month, year since 2000)
    mask      and-mask on an integer, before the scale; `shift` right after it
    vif_at    offset of the VIF byte that says quantity, unit and scale, for payloads that carry one
    date_of   the field is the time of the fields with this storage, not a reading of its own
    sum_of    names of earlier fields whose sum this is; then there is no offset
    """

    name: str
    quantity: str = "unknown"
    offset: int = 0
    coding: str = "u16"
    mask: int = 0
    shift: int = 0
    scale: Decimal = Decimal(1)
    unit: str | None = None
    vif_at: int | None = None
    storage: int = 0
    obis: str | None = None
    sum_of: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Layout:
    """A payload that stands outside EN 13757-3.

    where     `ci` (a manufacturer CI field), `tail` (behind DIF 0F or 1F) or `register` (a reading that holds bytes)
    ci        the CI fields, for `ci`
    modifiers the reading's modifiers, for `register`
    starts    hex digits the payload begins with
    size      the least size of the payload
    fields    what stands in it
    """

    where: str
    ci: tuple[int, ...] = ()
    modifiers: tuple[str, ...] = ()
    starts: bytes = b""
    size: int = 0
    fields: tuple[LayoutField, ...] = ()


@dataclass(slots=True, frozen=True)
class Expected:
    """A reading that an example must give."""

    value: str
    name: str | None = None
    quantity: str | None = None
    unit: str | None = None
    time: str | None = None


@dataclass(slots=True, frozen=True)
class Example:
    """A telegram (hex) with the key it needs and the readings it must give."""

    telegram: str
    key: str | None = None
    note: str = ""
    expect: tuple[Expected, ...] = ()


@dataclass(slots=True)
class Family:
    """A meter family. `file` is where it was read from, `media` is for look-up."""

    name: str
    title: str
    source: str
    file: str
    match: tuple[Match, ...]
    medium: tuple[Medium, ...] = ()
    register: tuple[Register, ...] = ()
    layout: tuple[Layout, ...] = ()
    example: tuple[Example, ...] = ()
    media: dict[int, str] = field(init=False, default_factory=dict)

    def weight(self, meter: MeterId) -> int:
        """Return how specifically this family names the meter, -1 when it does not."""
        return max((match.weight for match in self.match if match.fits(meter)), default=-1)


_NESTED: Final[dict[type[Any], dict[str, type[Any]]]] = {
    Layout: {"fields": LayoutField},
    Example: {"expect": Expected},
}
_TABLES: Final[dict[str, type[Any]]] = {
    "match": Match, "medium": Medium, "register": Register, "layout": Layout, "example": Example,
}  # fmt: skip
CODINGS: Final = frozenset(
    {"u8", "u16", "u24", "u32", "i8", "i16", "i24", "i32", "bcd2", "bcd4", "bcd6", "bcd8", "bcd12", "date", "datetime",
     "date_d5m4y7"}
)  # fmt: skip


def read_family(name: str, table: Mapping[str, Any], file: str) -> Family:
    """Make a Family of a parsed TOML file.

    Raises ConfigError `meters.form` naming the file, the table and what is wrong with it.
    """
    unknown = set(table) - {"title", "source", *_TABLES}
    if unknown:
        raise _wrong(file, "", f"unknown key {min(unknown)!r}")
    parts: dict[str, tuple[Any, ...]] = {}
    for key, kind in _TABLES.items():
        rows = table.get(key, [])
        if not isinstance(rows, list):
            raise _wrong(file, key, f"is written [[{key}]]")
        parts[key] = tuple(_build(kind, row, file, f"[[{key}]] number {number}") for number, row in enumerate(rows, 1))
    for text in ("title", "source"):
        if not isinstance(table.get(text), str) or not table[text]:
            raise _wrong(file, text, "is missing: a text")
    if not parts["match"]:
        raise _wrong(file, "[[match]]", "is missing: whose meters are these?")
    family = Family(name, table["title"], table["source"], file, *(parts[key] for key in _TABLES))
    family.media = {medium.device_type: medium.name for medium in family.medium}
    _check_meaning(family)
    return family


def _build(kind: type[Any], row: object, file: str, where: str) -> Any:  # noqa: ANN401 - one of the forms above
    if not isinstance(row, dict):
        raise _wrong(file, where, "is no table")
    known = {f.name: f for f in fields(kind) if f.init}
    values: dict[str, Any] = {}
    for key, value in row.items():
        if key not in known:
            raise _wrong(file, where, f"unknown key {key!r}; known are {', '.join(known)}")
        nested = _NESTED.get(kind, {}).get(key)
        if nested is not None:
            items = value if isinstance(value, list) else [value]
            values[key] = tuple(_build(nested, item, file, f"{where}, {key} {n}") for n, item in enumerate(items, 1))
        else:
            values[key] = _convert(str(known[key].type), value, file, f"{where}, {key}")
    try:
        return kind(**values)
    except TypeError as error:
        raise _wrong(file, where, str(error).rpartition("()")[2].strip()) from None


def _convert(form: str, value: object, file: str, where: str) -> object:
    """Turn a TOML value into the field's type; numbers with a point are written as strings, to stay exact."""
    if form.startswith("tuple"):
        inner = form[len("tuple[") :].partition(",")[0]
        items = value if isinstance(value, list) else [value]
        return tuple(_convert(inner, item, file, where) for item in items)
    if form.startswith("Decimal"):
        try:
            return Decimal("" if isinstance(value, bool | float) else str(value))
        except InvalidOperation:
            raise _wrong(file, where, 'is a number in quotes, for example "0.1"') from None
    if form.startswith("bytes"):
        try:
            return bytes.fromhex(str(value))
        except ValueError:
            raise _wrong(file, where, "is hex digits") from None
    wanted = int if form.startswith("int") else str
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise _wrong(file, where, f"is {'a whole number' if wanted is int else 'a text'}")
    return value


def _check_meaning(family: Family) -> None:
    """Check what types alone cannot: quantities, units, codings, OBIS codes."""
    for register in family.register:
        where = f"register {register.name!r}"
        for quantity in (register.quantity, register.becomes):
            if quantity is not None and quantity not in QUANTITIES:
                raise _wrong(family.file, where, f"no quantity {quantity!r}")
        if register.function not in get_args(Function):
            raise _wrong(family.file, where, f"no function {register.function!r}")
        _check_unit_and_obis(family, where, register.unit, register.obis)
    for layout in family.layout:
        if layout.where not in {"ci", "tail", "register"}:
            raise _wrong(family.file, "layout", f"where is ci, tail or register, not {layout.where!r}")
        for part in layout.fields:
            where = f"field {part.name!r}"
            if part.quantity not in QUANTITIES:
                raise _wrong(family.file, where, f"no quantity {part.quantity!r}")
            if part.coding not in CODINGS:
                raise _wrong(family.file, where, f"no coding {part.coding!r}; known are {', '.join(sorted(CODINGS))}")
            _check_unit_and_obis(family, where, part.unit, part.obis)


def _check_unit_and_obis(family: Family, where: str, unit: str | None, obis: str | None) -> None:
    if unit is not None and unit not in UNITS:
        raise _wrong(family.file, where, f"no unit {unit!r}")
    if obis is not None:
        try:
            Obis.parse(obis)
        except ConfigError as error:
            raise _wrong(family.file, where, error.message) from None


def _wrong(file: str, where: str, what: str) -> ConfigError:
    return ConfigError("meters.form", f"{file}: {where} {what}".replace(":  ", ": "))
