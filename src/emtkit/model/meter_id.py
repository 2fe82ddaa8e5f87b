"""Who a meter is: manufacturer, serial number, version, device type, and the printed forms of these."""

from __future__ import annotations

from string import hexdigits
from typing import Any, Final, NamedTuple

from emtkit.model.errors import DecodeError, EncodeError

# EN 13757-7:2018, table 13 (device types); private types of Techem are in meters/.
DEVICE_TYPES: Final[dict[int, str]] = {
    0x00: "other",
    0x01: "oil",
    0x02: "electricity",
    0x03: "gas",
    0x04: "heat",
    0x05: "steam",
    0x06: "warm water",
    0x07: "water",
    0x08: "heat cost allocator",
    0x09: "compressed air",
    0x0A: "cooling (outlet)",
    0x0B: "cooling (inlet)",
    0x0C: "heat (inlet)",
    0x0D: "heat/cooling",
    0x0E: "bus/system",
    0x0F: "unknown",
    0x14: "calorific value",
    0x15: "hot water",
    0x16: "cold water",
    0x17: "dual water",
    0x18: "pressure",
    0x19: "A/D converter",
    0x1A: "smoke detector",
    0x1B: "room sensor",
    0x1C: "gas detector",
    0x1D: "sensor 1D",
    0x1E: "sensor 1E",
    0x1F: "sensor 1F",
    0x20: "breaker",
    0x21: "valve",
    0x25: "display",
    0x28: "waste water",
    0x29: "garbage",
    0x2A: "carbon dioxide",
    0x31: "communication controller",
    0x32: "unidirectional repeater",
    0x33: "bidirectional repeater",
    0x36: "radio converter (system side)",
    0x37: "radio converter (meter side)",
    0x38: "wired adapter",
}

# DIN 43863-5: the first digit of the identifier is the OBIS medium.
_DIN_MEDIUM: Final[dict[int, str]] = {
    0x02: "1",
    0x03: "7",
    0x04: "6",
    0x06: "9",
    0x07: "8",
    0x08: "4",
    0x0A: "5",
    0x0B: "5",
    0x0C: "6",
    0x0D: "6",
    0x15: "9",
    0x16: "8",
    0x17: "8",
}

_LETTERS: Final = 0x7FFF
WILDCARD_MANUFACTURER: Final = "@@@"


def manufacturer_from_code(code: int) -> str:
    """Return the three FLAG letters of a manufacturer code; bit 15 (soft address) is ignored.

    Codes whose five-bit groups are no letter give the code as four hex digits, so that nothing is lost.
    Source: EN 13757-7:2018, 7.5.2.
    """
    code &= _LETTERS
    groups = (code >> 10 & 31, code >> 5 & 31, code & 31)
    if all(1 <= group <= 26 for group in groups):
        return "".join(chr(64 + group) for group in groups)
    return f"{code:04X}"


def manufacturer_to_code(letters: str) -> int:
    """Return the FLAG code of three capital letters (or of four hex digits, the printed form of a non-letter code)."""
    if len(letters) == 3 and letters.isascii() and letters.isalpha() and letters.isupper():
        first, second, third = (ord(letter) - 64 for letter in letters)
        return first << 10 | second << 5 | third
    if len(letters) == 4 and not letters.strip(hexdigits):
        return int(letters, 16) & _LETTERS
    raise EncodeError("meter_id.manufacturer", f"a manufacturer is three capital letters, not {letters!r}")


class MeterId(NamedTuple):
    """A meter's address as the telegram gives it.

    `id` is the serial number as printed (eight digits for M-Bus; hex digits A-F occur). `version` and
    `device_type` are None where the protocol has none. `identifier` is the DIN 43863-5 form
    (`8SEN0033225544`) where the parts allow it, else None.
    """

    manufacturer: str | None
    id: str
    version: int | None = None
    device_type: int | None = None
    medium: str | None = None
    identifier: str | None = None

    @classmethod
    def of(cls, manufacturer: str | None, ident: str, version: int | None, device_type: int | None) -> MeterId:
        """Build from the four address parts; medium and identifier follow from them."""
        return cls(
            manufacturer,
            ident,
            version,
            device_type,
            None if device_type is None else DEVICE_TYPES.get(device_type, f"reserved {device_type:02X}"),
            din_identifier(manufacturer, ident, device_type),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form (DESIGN section 3)."""
        return self._asdict()


def din_identifier(manufacturer: str | None, ident: str, device_type: int | None) -> str | None:
    """Return the DIN 43863-5 identifier (medium digit, FLAG, block 00, eight digits), or None if a part is missing."""
    medium = _DIN_MEDIUM.get(device_type) if device_type is not None else None
    if medium is None or manufacturer is None or len(manufacturer) != 3 or len(ident) != 8:
        return None
    return f"{medium}{manufacturer}00{ident.upper()}"


def address_bytes(meter: MeterId) -> bytes:
    """Return the eight bytes M(2) ID(4) VER TYPE of a wireless M-Bus link address (little-endian)."""
    return manufacturer_to_code(meter.manufacturer or "").to_bytes(2, "little") + ident_bytes(meter)


def ident_bytes(meter: MeterId) -> bytes:
    """Return the six bytes ID(4) VER TYPE."""
    try:
        number = bytes.fromhex(meter.id)[::-1]
    except ValueError:
        number = b""
    if len(number) != 4:
        raise EncodeError("meter_id.serial", f"an M-Bus serial number has eight (hex) digits, not {meter.id!r}")
    version, device_type = meter.version or 0, meter.device_type or 0
    if not (0 <= version <= 255 and 0 <= device_type <= 255):
        raise EncodeError("meter_id.range", f"version {version} and device type {device_type} must fit a byte each")
    return number + bytes((version, device_type))


_ADDRESSES: dict[bytes, MeterId] = {}
_MAX_ADDRESSES: Final = 65536


def meter_from_address(address: bytes) -> MeterId:
    """Return the meter of the eight bytes M(2) ID(4) VER TYPE; the answer is shared between calls."""
    meter = _ADDRESSES.get(address)
    if meter is None:
        if len(address) != 8:
            raise DecodeError("meter_id.address", f"a meter address has 8 bytes, not {len(address)}")
        meter = MeterId.of(
            manufacturer_from_code(address[0] | address[1] << 8), address[5:1:-1].hex(), address[6], address[7]
        )
        if len(_ADDRESSES) >= _MAX_ADDRESSES:
            _ADDRESSES.clear()
        _ADDRESSES[bytes(address)] = meter
    return meter
