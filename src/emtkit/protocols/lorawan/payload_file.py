"""The form of a payload file (`payloads/NAME.toml`): what one kind of device sends.

title = "…"            what people call the device
source = "…"           where the layout is described
device_type = 7        the medium, as M-Bus counts it; optional
program = "axioma"     a reader in `programs/`, for what a table cannot say; else the frames below
alone = true           the frames tell themselves: they are also looked for when the device is unknown
[[match]]              which devices: words of their profile or name, prefixes of their DevEUI, JoinEUIs
[[frame]]              a payload, field by field: its ports, first bytes, size
[[example]]            a payload with the readings it must give: the file's tests
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args

from emtkit.model.errors import ConfigError
from emtkit.model.obis import Obis
from emtkit.model.reading import Function
from emtkit.model.units import QUANTITIES, UNITS

CODING: Final = re.compile(
    r"(?:[ui](?:8|16|24|32|40|48|64)|bcd(?:[1-9]|1[0-2])|epoch|float)(?:be)?|hex\d{1,2}|date|datetime"
)


@dataclass(slots=True, frozen=True)
class Match:
    """Which devices. All that is given must fit; of a list, one."""

    device: tuple[str, ...] = ()
    dev_eui: tuple[str, ...] = ()
    join_eui: tuple[str, ...] = ()

    def weight(self, words: str, dev_eui: str, join_eui: str) -> int:
        """Return how specifically this names a device, 0 when it does not."""
        parts = (
            (self.device, any(re.search(rf"(?<![a-z0-9]){re.escape(word)}", words) for word in self.device), 2),
            (self.dev_eui, dev_eui.startswith(tuple(self.dev_eui)), 4),
            (self.join_eui, join_eui in self.join_eui, 1),
        )
        if any(wanted and not fits for wanted, fits, _ in parts):
            return 0
        return sum(weight for wanted, _, weight in parts if wanted)


@dataclass(slots=True, frozen=True)
class PayloadField:
    """One field.

    offset    byte offset in the payload
    coding    u8 .. u64, i8 .. i64, bcd2 .. bcd12 (digits), epoch (seconds since 1970), float, all little-endian or
              with `be` big-endian; date, datetime (M-Bus types G and F); hexN (N bytes as hex digits)
    mask, shift  and-mask on an integer, then a shift to the right
    scale     exact factor to the unit; `add` comes after it
    invalid   values that mean "none", before the scale
    texts     names of values: the reading is the text
    flags     bits that are set add their name to the meter's status
    storage   a date, datetime or epoch field with the same storage is its time
    """

    name: str
    offset: int
    quantity: str = "unknown"
    coding: str = "u8"
    mask: int = 0
    shift: int = 0
    scale: Decimal = Decimal(1)
    add: Decimal = Decimal(0)
    unit: str | None = None
    invalid: tuple[int, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    obis: str | None = None
    function: str = "instantaneous"
    storage: int = 0
    tariff: int = 0
    subunit: int = 0
    modifiers: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True, eq=False)
class Frame:
    """A payload: the ports it comes on (none: any), its first bytes, its size or least size, its fields."""

    ports: tuple[int, ...] = ()
    starts: bytes = b""
    size: int | None = None
    least: int = 0
    fields: tuple[PayloadField, ...] = ()

    def fits(self, payload: bytes, port: int | None) -> bool:
        """Return whether a payload is one of these."""
        return (
            (not self.ports or port is None or port in self.ports)
            and payload.startswith(self.starts)
            and (len(payload) == self.size if self.size is not None else len(payload) >= self.least)
        )


@dataclass(slots=True, frozen=True)
class Expected:
    """A reading that an example must give."""

    value: str
    name: str | None = None
    quantity: str | None = None
    unit: str | None = None
    obis: str | None = None
    time: str | None = None


@dataclass(slots=True, frozen=True)
class Example:
    """A payload in hex on a port, received at a time, and the readings it must give."""

    payload: str
    fport: int
    received_at: str | None = None
    expect: tuple[Expected, ...] = ()


@dataclass(slots=True, frozen=True)
class PayloadFile:
    """What one kind of device sends."""

    name: str
    title: str
    source: str
    device_type: int | None = None
    program: str | None = None
    alone: bool = False
    match: tuple[Match, ...] = ()
    frame: tuple[Frame, ...] = ()
    example: tuple[Example, ...] = ()

    def weight(self, words: str, dev_eui: str, join_eui: str) -> int:
        """Return how specifically this file names a device, 0 when it does not."""
        return max((match.weight(words, dev_eui, join_eui) for match in self.match), default=0)


_NESTED: Final[dict[str, type[Any]]] = {"match": Match, "frame": Frame, "example": Example}
_INNER: Final[dict[type[Any], tuple[str, type[Any]]]] = {
    Frame: ("fields", PayloadField),
    Example: ("expect", Expected),
}


@cache
def payload_files() -> dict[str, PayloadFile]:
    """Return all built-in payload files by name."""
    folder = files("emtkit.protocols.lorawan") / "payloads"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return {
        name.removesuffix(".toml"): parse_payload(name.removesuffix(".toml"), (folder / name).read_text("utf-8"), name)
        for name in names
    }


def parse_payload(name: str, text: str, file: str) -> PayloadFile:
    """Parse a payload file's text. Raises ConfigError `lorawan.file.syntax`, `lorawan.file.form`."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError("lorawan.file.syntax", f"{file}: {error}") from None
    nested = {
        key: tuple(_build(kind, row, f"{file}: [[{key}]] {n}") for n, row in enumerate(_rows(table, key, file), 1))
        for key, kind in _NESTED.items()
    }
    plain = {key: value for key, value in table.items() if key not in _NESTED}
    made: PayloadFile = _build(PayloadFile, {"name": name, **plain}, file)
    if not made.title or not made.source or bool(made.program) == bool(nested["frame"]):
        raise _wrong(file, "needs a title, a source, and either a program or [[frame]]")
    return PayloadFile(
        made.name, made.title, made.source, made.device_type, made.program, made.alone, nested["match"],
        nested["frame"], nested["example"],
    )  # fmt: skip


def _rows(table: dict[str, Any], key: str, where: str) -> list[Any]:
    rows = table.get(key, [])
    if not isinstance(rows, list):
        raise _wrong(where, f"{key} is written [[{key}]]")
    return rows


def _build(kind: type[Any], row: object, where: str) -> Any:  # noqa: ANN401 - one of the forms above
    if not isinstance(row, dict):
        raise _wrong(where, "is no table")
    known = {each.name: str(each.type) for each in fields(kind)}
    inner = _INNER.get(kind)
    made: dict[str, Any] = {}
    for key, value in row.items():
        if key not in known:
            raise _wrong(where, f"unknown key {key!r}; known are {', '.join(known)}")
        if inner is not None and key == inner[0]:
            rows = _rows(row, key, where)
            made[key] = tuple(_build(inner[1], each, f"{where}, {key} {n}") for n, each in enumerate(rows, 1))
        else:
            made[key] = _convert(known[key], value, f"{where}, {key}")
    try:
        built = kind(**made)
    except TypeError as error:
        raise _wrong(where, str(error).rpartition("()")[2].strip()) from None
    if isinstance(built, PayloadField):
        _check_field(built, where)
    return built


def _convert(form: str, value: object, where: str) -> object:
    """Turn a TOML value into the field's type; numbers with a point are written as strings, to stay exact."""
    if form.startswith("tuple"):
        inner = form[len("tuple[") :].partition(",")[0]
        return tuple(_convert(inner, item, where) for item in (value if isinstance(value, list) else [value]))
    if form.startswith("dict"):
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise _wrong(where, "is a table of texts")
        return value
    if form in {"Decimal", "bytes"}:
        try:
            exact = "" if isinstance(value, bool | float) else str(value)
            return Decimal(exact) if form == "Decimal" else bytes.fromhex(exact)
        except (InvalidOperation, ValueError):
            raise _wrong(where, "is a number in quotes" if form == "Decimal" else "is hex digits") from None
    wanted = {"int": int, "str": str, "bool": bool}[form.partition(" ")[0]]
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise _wrong(where, {int: "is a whole number", str: "is a text", bool: "is true or false"}[wanted])
    return value


def _check_field(part: PayloadField, where: str) -> None:
    """Check what types alone cannot: quantity, unit, coding, OBIS code."""
    wrong = None
    if part.quantity not in QUANTITIES:
        wrong = f"no quantity {part.quantity!r}"
    elif not CODING.fullmatch(part.coding):
        wrong = f"no coding {part.coding!r}"
    elif part.unit is not None and part.unit not in UNITS:
        wrong = f"no unit {part.unit!r}"
    elif part.function not in get_args(Function):
        wrong = f"no function {part.function!r}"
    if part.obis is not None and wrong is None:
        try:
            Obis.parse(part.obis)
        except ConfigError as error:
            wrong = error.message
    if wrong is not None:
        raise _wrong(where, wrong)


def _wrong(where: str, what: str) -> ConfigError:
    return ConfigError("lorawan.file.form", f"{where}: {what}")
