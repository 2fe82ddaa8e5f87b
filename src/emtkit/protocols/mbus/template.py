"""Template: all that a record's header (DIB, VIB, LVAR) says, worked out once and shared by every record with it.

A meter sends the same headers all its life, so a `TemplateBook` (one per device type and zone) keeps them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from emtkit.model.meter_id import manufacturer_from_code
from emtkit.model.units import EXACT
from emtkit.protocols.mbus.datatypes import (
    read_bcd,
    read_date,
    read_datetime,
    read_float,
    read_moment,
    scaled,
)
from emtkit.protocols.mbus.dif import DATA_FIELDS, Dib, read_dib
from emtkit.protocols.mbus.lvar import Lvar, read_lvar, read_text
from emtkit.protocols.mbus.obis import obis_of
from emtkit.protocols.mbus.plan import PlanBook
from emtkit.protocols.mbus.vif import Vib, read_vib

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from emtkit.model.reading import Value

    Reader = Callable[[bytes], Value]

MAX_TEMPLATES: Final = 16384

_BCD_FIELDS: Final = frozenset({0x9, 0xA, 0xB, 0xC, 0xE})
_VARIABLE: Final = 0xD
_FLOAT: Final = 0x5
_COMPACT_PROFILES: Final = frozenset({0x13, 0x1E, 0x1F})


class Template:
    """What every record with this header has in common.

    header   the DIB and VIB bytes, with the LVAR byte where there is one
    block    the DIB and VIB bytes without it
    read     data bytes -> value; None when the data says "invalid"
    lvar     size and coding of variable-length data, else None
    is_date  the record is the time of its storage
    profile  the compact-profile VIFE (13, 1E, 1F), or 0
    """

    __slots__ = (
        "block", "dib", "function", "header", "is_date", "lvar", "modifiers", "obis", "profile", "quantity", "read",
        "storage", "subunit", "tariff", "unit", "vib",
    )  # fmt: skip

    def __init__(self, header: bytes, dib: Dib, vib: Vib, device_type: int | None, zone: ZoneInfo) -> None:
        """Work everything out."""
        self.header = header
        self.dib = dib
        self.vib = vib
        self.function = dib.function
        self.storage = dib.storage
        self.tariff = dib.tariff
        self.subunit = dib.subunit
        self.quantity = vib.quantity
        self.unit = vib.unit
        self.modifiers = vib.modifiers
        self.obis = obis_of(device_type, dib, vib)
        self.lvar = read_lvar(header[-1]) if dib.data_field == _VARIABLE else None
        self.block = header[:-1] if dib.data_field == _VARIABLE else header
        self.is_date = vib.quantity in {"date", "datetime"} and not vib.modifiers and vib.kind == "date"
        compact = _COMPACT_PROFILES.intersection(vib.vifes) if dib.data_field == _VARIABLE else frozenset()
        self.profile = max(compact, default=0)
        self.read: Reader = _reader(dib, vib, self.lvar, zone)


class TemplateBook:
    """The templates of one device type and zone."""

    __slots__ = ("_zone", "device_type", "plans", "templates")

    def __init__(self, device_type: int | None, zone: ZoneInfo) -> None:
        """Start empty."""
        self.device_type = device_type
        self._zone = zone
        self.templates: dict[bytes, Template] = {}
        self.plans = PlanBook()

    def of(self, header: bytes, dib_size: int, vib_size: int) -> Template:
        """Return the template of a header: `dib_size` bytes DIB, `vib_size` bytes VIB, perhaps the LVAR byte."""
        template = self.templates.get(header)
        if template is None:
            dib = read_dib(header[:dib_size])
            vib = read_vib(header[dib_size : dib_size + vib_size])
            template = Template(header, dib, vib, self.device_type, self._zone)
            if len(self.templates) >= MAX_TEMPLATES:
                self.templates.clear()
            self.templates[header] = template
        return template


_BOOKS: dict[tuple[int | None, str], TemplateBook] = {}


def book(device_type: int | None, zone: ZoneInfo) -> TemplateBook:
    """Return the shared book of a device type and zone."""
    key = (device_type, zone.key)
    found = _BOOKS.get(key)
    if found is None:
        found = _BOOKS.setdefault(key, TemplateBook(device_type, zone))
    return found


# ---- readers: one closure per header ----


def _reader(dib: Dib, vib: Vib, lvar: Lvar | None, zone: ZoneInfo) -> Reader:
    if vib.error is not None:
        return _no_value
    if dib.data_field == _VARIABLE:
        return _variable_reader(vib, lvar, zone) if lvar is not None else _no_value
    if dib.data_field in {0x0, 0x8}:
        return _no_value
    if dib.data_field in _BCD_FIELDS:
        return _bcd_reader(vib)
    if dib.data_field == _FLOAT:
        return _scaling(read_float, vib)
    return _binary_reader(DATA_FIELDS[dib.data_field][1] or 0, vib, zone)


def _no_value(_data: bytes) -> None:
    return None


def _raw(data: bytes) -> bytes:
    return data


def _bcd_reader(vib: Vib) -> Reader:
    match vib.kind:
        case "raw":
            return _raw
        case "ident":
            return _digits
        case _:
            return _scaling(read_bcd, vib)


def _digits(data: bytes) -> str:
    return data[::-1].hex().upper()


def _binary_reader(size: int, vib: Vib, zone: ZoneInfo) -> Reader:
    match vib.kind:
        case "date":
            return _moment_reader(size, zone)
        case "raw":
            return _raw
        case "ident":
            return lambda data: str(int.from_bytes(data, "little"))
        case "letters":
            return lambda data: manufacturer_from_code(int.from_bytes(data, "little"))
        case "bits" | "text":
            return lambda data: Decimal(int.from_bytes(data, "little"))
        case "unsigned":
            return _integer(size, vib, signed=False)
        case "number":
            return _integer(size, vib, signed=True)


def _integer(size: int, vib: Vib, *, signed: bool) -> Reader:
    """Return a reader of types B (80..00 is invalid) and C (all ones are): the hot path of every telegram."""
    invalid = -(1 << 8 * size - 1) if signed else (1 << 8 * size) - 1
    scale, exponent, offset = vib.scale, vib.exponent, vib.offset
    from_bytes, shift = int.from_bytes, EXACT.scaleb
    if exponent is None or offset:

        def general(data: bytes) -> Decimal | None:
            raw = from_bytes(data, "little", signed=signed)
            return None if raw == invalid else scaled(Decimal(raw), scale, exponent, offset)

        return general

    def power_of_ten(data: bytes) -> Decimal | None:
        raw = from_bytes(data, "little", signed=signed)
        return None if raw == invalid else shift(raw, exponent)

    return power_of_ten


def _bcd(exponent: int) -> Reader:
    """Return a reader of type A with a power of ten as scale."""
    if exponent == 0:
        return read_bcd
    shift = EXACT.scaleb

    def reader(data: bytes) -> Decimal | None:
        digits = data[::-1].hex()
        if digits.isdecimal():
            return shift(Decimal(digits), exponent)
        raw = read_bcd(data)  # a minus sign, or an error state
        return None if raw is None else shift(raw, exponent)

    return reader


def _scaling(read: Callable[[bytes], Decimal | None], vib: Vib) -> Reader:
    scale, exponent, offset = vib.scale, vib.exponent, vib.offset
    if read is read_bcd and exponent is not None and not offset:
        return _bcd(exponent)
    if exponent is not None and not offset:
        shift = EXACT.scaleb

        def power_of_ten(data: bytes) -> Decimal | None:
            raw = read(data)
            return None if raw is None else shift(raw, exponent)

        return power_of_ten

    def reader(data: bytes) -> Decimal | None:
        raw = read(data)
        return None if raw is None else scaled(raw, scale, exponent, offset)

    return reader


def _moment_reader(size: int, zone: ZoneInfo) -> Reader:
    """Return the reader of types G, J, F and I, which are told apart by their size."""
    if size == 2:
        return read_date
    if size == 4:
        return lambda data: read_datetime(data, zone)
    return lambda data: read_moment(data, zone)


def _variable_reader(vib: Vib, lvar: Lvar, zone: ZoneInfo) -> Reader:
    if vib.kind == "raw":
        return _raw
    match lvar.coding:
        case "text":
            return read_text
        case "bcd":
            return _digits if vib.kind == "ident" else _scaling(_bcd_or_empty, vib)
        case "negative bcd":
            return _scaling(_negative_bcd, vib)
        case "binary":
            if vib.kind == "date":
                return _moment_reader(lvar.size, zone)
            if lvar.size > 8 and vib.kind != "number":
                return _raw
            return _integer(lvar.size, vib, signed=vib.kind not in {"unsigned", "bits"}) if lvar.size else _no_value


def _bcd_or_empty(data: bytes) -> Decimal | None:
    return read_bcd(data) if data else None


def _negative_bcd(data: bytes) -> Decimal | None:
    value = _bcd_or_empty(data)
    return None if value is None else -value
