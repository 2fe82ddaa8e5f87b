"""How network servers write values: paths into an object, numbers as texts, payloads in hex and base64."""

from __future__ import annotations

import binascii
import re
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEPARATORS: Final = str.maketrans("", "", "-: ")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_RATE: Final = re.compile(r"SF(\d{1,2}) ?BW(\d{1,4})")
_MOST_DIGITS: Final = 24
_LONGEST_ADDRESS: Final = 64  # 16 hex digits with anything between them
_LARGEST: Final = 10**_MOST_DIGITS
_FACTORS: Final = 13  # spreading factors are below
_WIDEST: Final = 10_000_000  # Hz
_MHZ: Final = 10_000  # a frequency below this is in MHz


def at(entry: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what stands at a dotted path, None where nothing does; a list gives its first object."""
    value = entry
    for name in _steps(path):
        if type(value) is list:
            value = value[0] if value else None
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def first(entry: Mapping[str, Any], paths: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the first value that is there."""
    for path in paths:
        value = at(entry, path) if "." in path else entry.get(path)
        if value is not None:
            return value
    return None


def number(value: object) -> Decimal | None:
    """Return a number, or the number in a text; None for anything else."""
    if type(value) is int:
        return Decimal(value) if -_LARGEST < value < _LARGEST else None
    made = value
    if type(made) is not Decimal:
        if not isinstance(value, Decimal | str) or (isinstance(value, str) and not 0 < len(value) <= _MOST_DIGITS):
            return None
        try:
            made = Decimal(value)
        except InvalidOperation:
            return None
    return made if made.is_finite() and made.adjusted() < _MOST_DIGITS else None


def integer(value: object, limit: int) -> int | None:
    """Return a whole number from 0 to below `limit`."""
    if type(value) is str and len(value) <= _MOST_DIGITS and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is int:
        return value if 0 <= value < limit else None
    found = number(value)
    if found is None or found != found.to_integral_value() or not 0 <= found < limit:
        return None
    return int(found)


def text(value: object) -> str | None:
    """Return a text that says something; whole numbers as text."""
    if type(value) is str:
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def eui(value: object, digits: int = 16) -> str | None:
    """Return an EUI (or, with 8 digits, a device address) in capitals: from hex, or from base64 of its bytes.

    Another text stays as it is; a number is an address as gateways write it (signed, 32 bits).
    """
    if isinstance(value, int) and not isinstance(value, bool) and digits == 8:
        return f"{value & 0xFFFFFFFF:08X}"
    plain = text(value)
    if plain is None:
        return None
    return address(plain, digits) if len(plain) <= _LONGEST_ADDRESS else plain.upper()


@lru_cache(maxsize=1 << 16)  # a fleet's addresses come again and again
def address(plain: str, digits: int) -> str:
    """Return an address of so many hex digits in capitals; another text in capitals."""
    hexadecimal = plain if len(plain) == digits else plain.translate(_SEPARATORS)
    if len(hexadecimal) == digits and hex_bytes(hexadecimal) is not None:
        return hexadecimal.upper()
    data = base64_bytes(plain)
    if plain.endswith("=") and data is not None and len(data) == digits // 2:
        return data.hex().upper()
    return plain.upper()


def frequency(value: object) -> int | None:
    """Return a frequency in Hz; small numbers are MHz."""
    if type(value) is int and _MHZ <= value < _LARGEST:
        return value
    if type(value) is int or (type(value) is str and len(value) <= _MOST_DIGITS):
        return _hertz(value)
    return _hertz(value) if type(value) is Decimal and value.is_finite() else None


@lru_cache(maxsize=4096)  # a band has few channels
def _hertz(value: str | int | Decimal) -> int | None:
    found = number(value)
    if found is None or found <= 0:
        return None
    return int(found * 1_000_000 if found < _MHZ else found)


def data_rate(value: object, spreading: object, bandwidth: object) -> str | None:
    """Return `SF12BW125` from its parts or from a text like it; else the text itself."""
    factor = spreading if type(spreading) is int else integer(spreading, _FACTORS)
    if factor and 0 < factor < _FACTORS:
        return _rate(factor, bandwidth if type(bandwidth) is int else integer(bandwidth, _WIDEST))
    plain = text(value)
    match = None if plain is None else _RATE.match(plain)
    return plain if match is None else f"SF{match[1]}BW{match[2]}"


@lru_cache(maxsize=256)
def _rate(factor: int, width: int | None) -> str:
    if not width or not 0 < width < _WIDEST:
        return f"SF{factor}"
    return f"SF{factor}BW{width // 1000 if width >= 1000 else width}"


def hex_bytes(value: object) -> bytes | None:
    """Return the bytes of hex digits (blanks between them are fine), None if these are none."""
    if not isinstance(value, str):
        return None
    try:
        return binascii.a2b_hex(value)
    except ValueError:  # separators between the digits, or no hex
        pass
    try:
        return binascii.a2b_hex(value.translate(_SEPARATORS))
    except ValueError:
        return None


def coded_bytes(value: object) -> bytes | None:
    """Return the bytes of a payload where a server writes base64, unless it is told to write hex there.

    Text that can be both is base64. Without its padding base64 is looked for last: few such texts are hex digits only.
    """
    if not isinstance(value, str):
        return None
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        found = hex_bytes(value)
        return base64_bytes(value) if found is None else found


def base64_bytes(value: object) -> bytes | None:
    """Return the bytes of base64, padded or not, of either alphabet or both; None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError:  # not padded, the other alphabet, or no base64
        pass
    plain = value.translate(_URL_SAFE).rstrip("=")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4), strict_mode=True)
    except ValueError:
        return None
