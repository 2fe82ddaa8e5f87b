"""The form of a payload file (`payloads/NAME.toml`): what one kind of device sends.

title = "…"            what people call the device
source = "…"           where the layout is described
device_type = 7        the medium, as M-Bus counts it; optional
program = "axioma"     a reader in `programs/`, for what a table cannot say; else the frames below
alone = true           the frames tell themselves: they are also looked for when the device is unknown
[[match]]              which devices: words of their profile or name, prefixes of their DevEUI, JoinEUIs
[[frame]]              a payload, field by field: its ports, first bytes, size
[[frame.part]]         what may follow in it: with a key of its own, or where a bit says so
[[example]]            a payload with the readings it must give: the file's tests
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final, get_args

from emtkit.model.errors import ConfigError
from emtkit.model.obis import Obis
from emtkit.model.reading import Function
from emtkit.model.units import QUANTITIES, UNITS
from emtkit.protocols.lorawan.payload_form import Forms, Where, build, rows_of, wrong

CODING: Final = re.compile(
    r"(?:[ui](?:8|16|24|32|40|48|64)|bcd(?:[1-9]|1[0-2])|epoch|float|ufloat16|dostime)(?:be)?|(?:[ui](?:32|48|64)|float)ws"
    r"|(?:hex|text)\d{1,2}|date|datetime|ymdhms|dmyhms"
)
_BITS: Final = re.compile(r"0x[0-9A-Fa-f]{1,16}|[1-9][0-9]{0,19}")
_MOST_BYTES: Final = 256
_MOST_BITS: Final = 64
_MOST_PLACES: Final = 18
_MOST_DIGITS: Final = 60


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

    offset    byte offset in the payload; in a part: in the part
    coding    u8 .. u64, i8 .. i64, bcd2 .. bcd12 (digits), epoch (seconds since 1970), float, all little-endian or
              with `be` big-endian, u32 .. float with `ws` as big-endian words of two bytes, the lowest first (word
              swap of Modbus); date, datetime (M-Bus types G and F); ymdhms, dmyhms (6 bytes, the year since 2000,
              local time), dostime (the same in 4 bytes); hexN (N bytes as hex digits), textN (ASCII); ufloat16 (4 bits
              exponent, 12 bits mantissa below 1)
    mask, shift  and-mask on an integer, then a shift to the right
    scale     exact factor to the unit; `add` comes after it (epoch: the seconds from 1970 to its own beginning)
    places    decimals that the value is rounded to, where the scale has no end (3.3 V / 255)
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
    places: int | None = None
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
class Part:
    """What may follow in a frame: behind its `key`, or where `bit` of the frame's bits is set.

    size      how many bytes it has, without the key; 0: up to the end of its last field
    """

    key: bytes = b""
    bit: int | None = None
    size: int = 0
    fields: tuple[PayloadField, ...] = ()


@dataclass(slots=True, frozen=True, eq=False)
class Frame:
    """A payload: what tells it, and its fields.

    ports     it comes on one of these (none: any)
    starts    its first bytes; `at`: bytes that stand at other offsets (`{ "11" = "0D" }`)
    size      its size; `least`: its least size
    fields    what always stands at the same place
    part      what may follow, from `parts_at` up to the last `tail` bytes
    bits      offset of the bits that say which parts follow, in the parts' order; `bits_coding`: u8, u16be ...
    """

    ports: tuple[int, ...] = ()
    starts: bytes = b""
    at: dict[int, bytes] = field(default_factory=dict)
    size: int | None = None
    least: int = 0
    fields: tuple[PayloadField, ...] = ()
    part: tuple[Part, ...] = ()
    parts_at: int = 0
    tail: int = 0
    bits: int | None = None
    bits_coding: str = "u8"

    def fits(self, payload: bytes, port: int | None) -> bool:
        """Return whether a payload is one of these."""
        return (
            (not self.ports or port is None or port in self.ports)
            and payload.startswith(self.starts)
            and (len(payload) == self.size if self.size is not None else len(payload) >= self.least)
            and (not self.at or all(payload.startswith(what, offset) for offset, what in self.at.items()))
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
    where = Where(file, text)
    for key in _FORMS.inner[PayloadFile]:
        rows_of(table, key, where)
    made: PayloadFile = build(PayloadFile, {"name": name, **table}, where, _FORMS)
    if not made.title or not made.source or bool(made.program) == bool(made.frame):
        raise wrong(where, "needs a title, a source, and either a program or [[frame]]")
    return made


def _check_frame(frame: Frame, where: Where) -> None:
    """Check what types alone cannot."""
    if frame.bits is not None and not re.fullmatch(r"u(8|16be|16|24be|24|32be|32)", frame.bits_coding):
        raise wrong(where._replace(key="bits_coding"), f"no coding {frame.bits_coding!r} of bits")
    for name in ("size", "least", "parts_at", "tail", "bits"):
        if not 0 <= (getattr(frame, name) or 0) <= _MOST_BYTES:
            raise wrong(where._replace(key=name), f"is 0 to {_MOST_BYTES}")
    for number, part in enumerate(frame.part, 1):
        place = where.inner("part", number)
        if bool(part.key) == (part.bit is not None) or (part.bit is None) != (frame.bits is None):
            raise wrong(place, "needs a key; or a bit, and the frame the offset of its bits")
        if not 0 <= part.size <= _MOST_BYTES or not (part.size or part.fields):
            raise wrong(place, "needs a size or fields")
        if part.bit is not None and not 0 <= part.bit < _MOST_BITS:
            raise wrong(place, f"a bit is 0 to {_MOST_BITS - 1}")


def _check_field(part: PayloadField, where: Where) -> None:
    """Check what types alone cannot: quantity, unit, coding, OBIS code, numbers that no payload needs."""
    unit = None if part.unit is None else UNITS.get(part.unit)
    checks = (
        ("quantity", part.quantity in QUANTITIES, f"no quantity {part.quantity!r}"),
        ("coding", CODING.fullmatch(part.coding) is not None, f"no coding {part.coding!r}"),
        ("unit", part.unit is None or unit is not None, f"no unit {part.unit!r}"),
        ("unit", unit is None or unit.factor == 1, f"{part.unit} is no base unit: give that, and its factor as scale"),
        ("function", part.function in get_args(Function), f"no function {part.function!r}"),
        ("offset", 0 <= part.offset < _MOST_BYTES, f"is 0 to {_MOST_BYTES - 1}"),
        ("mask", part.mask >= 0, "is 0 or more"),
        ("shift", 0 <= part.shift <= _MOST_BITS, f"is 0 to {_MOST_BITS}"),
        ("places", part.places is None or 0 <= part.places <= _MOST_PLACES, f"is 0 to {_MOST_PLACES}"),
        ("scale", _is_usual(part.scale), "is a finite number of a usual size"),
        ("add", _is_usual(part.add), "is a finite number of a usual size"),
        ("add", not part.coding.startswith("epoch") or 0 <= part.add < 1 << 32, "of an epoch is 0 up to 2^32 seconds"),
        ("flags", all(_BITS.fullmatch(bits) for bits in part.flags), "has bits as keys: 0x01, 0x80"),
        ("storage", min(part.storage, part.tariff, part.subunit) >= 0, "storage, tariff and subunit are 0 or more"),
    )
    for name, is_right, problem in checks:
        if not is_right:
            raise wrong(where._replace(key=name), problem)
    if part.obis is not None:
        try:
            Obis.parse(part.obis)
        except ConfigError as error:
            raise wrong(where._replace(key="obis"), error.message) from None


def _is_usual(number: Decimal) -> bool:
    return (
        number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS and len(number.as_tuple().digits) <= _MOST_DIGITS
    )


_FORMS: Final = Forms(
    {
        PayloadFile: {"match": Match, "frame": Frame, "example": Example},
        Frame: {"fields": PayloadField, "part": Part},
        Part: {"fields": PayloadField},
        Example: {"expect": Expected},
    },
    {Frame: _check_frame, PayloadField: _check_field},
)
