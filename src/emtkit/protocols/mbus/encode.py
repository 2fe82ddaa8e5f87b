"""Building M-Bus: records from values, transport headers, encrypted messages, whole wired frames.

For simulators, examples and round-trip tests. Everything here is the inverse of a reader in this package.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from emtkit.model.errors import EncodeError
from emtkit.model.meter_id import MeterId, address_bytes, ident_bytes, manufacturer_to_code
from emtkit.model.units import EXACT
from emtkit.protocols.mbus.afl import AUTHENTICATION, build_afl
from emtkit.protocols.mbus.datatypes import (
    write_bcd,
    write_date,
    write_datetime,
    write_datetime_seconds,
    write_float,
    write_int,
    write_time,
)
from emtkit.protocols.mbus.dif import Dib, build_dib
from emtkit.protocols.mbus.frame import build_long
from emtkit.protocols.mbus.lvar import write_text
from emtkit.protocols.mbus.security import BLOCK, cbc_encrypt, cmac, derive_kdf_a
from emtkit.protocols.mbus.tpl import LONG, SHORT
from emtkit.protocols.mbus.vif import read_vib, vib_end

if TYPE_CHECKING:
    from emtkit.model.key import Key
    from emtkit.model.reading import Function, Value

Coding = Literal[
    "none", "int8", "int16", "int24", "int32", "int48", "int64", "float",
    "bcd2", "bcd4", "bcd6", "bcd8", "bcd12", "text", "binary",
]  # fmt: skip

# coding -> (data field of the DIF, size in bytes)
_CODINGS: Final[dict[str, tuple[int, int]]] = {
    "none": (0x0, 0), "int8": (0x1, 1), "int16": (0x2, 2), "int24": (0x3, 3), "int32": (0x4, 4), "float": (0x5, 4),
    "int48": (0x6, 6), "int64": (0x7, 8), "bcd2": (0x9, 1), "bcd4": (0xA, 2), "bcd6": (0xB, 3), "bcd8": (0xC, 4),
    "text": (0xD, 0), "binary": (0xD, 0), "bcd12": (0xE, 6),
}  # fmt: skip
_MAX_TEXT: Final = 0xBF
_LARGE_BINARY: Final = {16: 0xF0, 20: 0xF1, 24: 0xF2, 28: 0xF3, 32: 0xF4, 48: 0xF5, 64: 0xF6}
_KDF_A: Final = 0x10
_AES_CMAC_8: Final = 5
_MCL: Final = 0x20 | _AES_CMAC_8  # message counter in the MAC, CMAC of 8 bytes


def build_record(
    vib: bytes | str,
    value: Value,
    coding: Coding,
    *,
    storage: int = 0,
    tariff: int = 0,
    subunit: int = 0,
    function: Function = "instantaneous",
) -> bytes:
    """Return one record.

    Args:
        vib: the VIF and VIFE bytes, or their hex digits (`13`: volume in litres)
        value: a Decimal in the base unit of the quantity; a date, datetime or time for date VIFs; a str for texts
            and identification numbers; bytes are taken as they are
        coding: how the data is coded
        storage: storage number
        tariff: tariff
        subunit: subunit
        function: instantaneous, maximum, minimum or error

    Raises:
        EncodeError: the value is no multiple of the VIF's scale, does not fit the coding, or the VIB is incomplete
    """
    vib = bytes.fromhex(vib) if isinstance(vib, str) else vib
    if vib_end(vib, 0, len(vib)) != len(vib):
        raise EncodeError("mbus.encode.vib", f"{vib.hex().upper()} is no complete VIB")
    field, size = _CODINGS[coding]
    dib = build_dib(Dib(field, function, storage, tariff, subunit))
    return dib + vib + _data(vib, value, coding, size)


def _data(vib: bytes, value: Value, coding: Coding, size: int) -> bytes:
    if coding in {"text", "binary"}:
        return _variable(value)
    if isinstance(value, bytes):
        if len(value) != size:
            raise EncodeError("mbus.encode.range", f"{coding} holds {size} bytes, not {len(value)}")
        return value
    if isinstance(value, datetime | date | time):
        return _moment(value, size)
    if value is None:
        if size:
            raise EncodeError("mbus.encode.value", f"{coding} needs a value")
        return b""
    return _number(vib, value, coding, size)


def _variable(value: Value) -> bytes:
    if isinstance(value, str):
        data = write_text(value)
        if len(data) > _MAX_TEXT:
            raise EncodeError("mbus.encode.range", f"a text holds at most {_MAX_TEXT} characters, not {len(data)}")
        return bytes((len(data),)) + data
    if isinstance(value, bytes):
        lvar = 0xE0 + len(value) if len(value) < BLOCK else _LARGE_BINARY.get(len(value))
        if lvar is None:
            raise EncodeError("mbus.encode.range", f"variable length has no code for {len(value)} binary bytes")
        return bytes((lvar,)) + value
    raise EncodeError("mbus.encode.value", f"variable length takes a text or bytes, not {type(value).__name__}")


def _moment(value: datetime | date | time, size: int) -> bytes:
    if isinstance(value, datetime):
        saving = value.dst() if value.tzinfo is not None else None
        summer = bool(saving)
        if size == 4:
            return write_datetime(value, summer=summer)
        if size == 6:
            return write_datetime_seconds(value, summer=summer)
    elif isinstance(value, date) and size == 2:
        return write_date(value)
    elif isinstance(value, time) and size == 3:
        return write_time(value)
    raise EncodeError("mbus.encode.value", f"{size} bytes hold no {type(value).__name__}")


def _number(vib: bytes, value: Decimal | str, coding: Coding, size: int) -> bytes:
    meaning = read_vib(vib)
    if isinstance(value, str):
        if not value.isdecimal() or not value.isascii():
            raise EncodeError("mbus.encode.value", f"{coding} holds digits, not {value!r}")
        raw = Decimal(value)
    else:
        raw = EXACT.divide(EXACT.subtract(value, meaning.offset), meaning.scale)
    if coding == "float":
        return write_float(raw)
    if raw != raw.to_integral_value():
        unit = meaning.unit or ""
        raise EncodeError(
            "mbus.encode.value", f"{value} {unit} is no multiple of {meaning.scale} {unit}".replace("  ", " ")
        )
    number = int(raw)
    if coding.startswith("bcd"):
        return write_bcd(number, size)
    return write_int(number, size, signed=meaning.kind in {"number", "date"})


# ---- transport layer and security ----


def build_short_header(access_no: int, status: int, configuration: int) -> bytes:
    """Return ACC, STS and configuration word."""
    return SHORT.build(access_no=access_no, status=status, configuration=configuration)


def build_long_header(meter: MeterId, access_no: int, status: int, configuration: int) -> bytes:
    """Return the meter's address, ACC, STS and configuration word."""
    ident = ident_bytes(meter)
    return LONG.build(
        identification=ident[:4],
        manufacturer=manufacturer_to_code(meter.manufacturer or "").to_bytes(2, "little"),
        version=ident[4],
        device_type=ident[5],
        access_no=access_no,
        status=status,
        configuration=configuration,
    )


def build_message(
    meter: MeterId,
    records: bytes,
    *,
    long_header: bool = False,
    security: int = 0,
    key: Key | None = None,
    counter: int = 0,
    access_no: int = 0,
    status: int = 0,
) -> bytes:
    """Return a message from its CI field on: 72 (long header) or 7A (short header), for mode 7 with the AFL before it.

    Args:
        meter: whose message it is: its address goes into header, initialisation vector and derived keys
        records: the data records
        long_header: CI 72 with the meter's address
        security: 0 plain, 5 (OMS profile A) or 7 (OMS profile B: AFL, CMAC, derived keys)
        key: the meter's key, for 5 and 7
        counter: message counter, for 7
        access_no: access number
        status: status byte

    Raises:
        EncodeError: no key, or more than 15 blocks
    """
    ci = b"\x72" if long_header else b"\x7a"

    def header(configuration: int) -> bytes:
        if long_header:
            return build_long_header(meter, access_no, status, configuration)
        return build_short_header(access_no, status, configuration)

    if security == 0:
        return ci + header(0) + records
    if key is None:
        raise EncodeError("mbus.encode.key", f"security mode {security} needs a key")
    plain = b"\x2f\x2f" + records
    plain += b"\x2f" * (-len(plain) % BLOCK)
    blocks = len(plain) // BLOCK
    if blocks > 15:
        raise EncodeError("mbus.encode.range", f"{len(records)} bytes of records are more than 15 blocks")
    address = address_bytes(meter)
    if security == 5:
        cipher = cbc_encrypt(key.value, address + bytes((access_no,)) * 8, plain)
        return ci + header(0x0500 | blocks << 4) + cipher
    if security == 7:
        cipher = cbc_encrypt(derive_kdf_a(key, 0x00, counter, address[2:6]), bytes(BLOCK), plain)
        body = ci + header(0x0700 | blocks << 4) + bytes((_KDF_A,)) + cipher
        covered = bytes((_MCL,)) + counter.to_bytes(4, "little")
        mac = cmac(derive_kdf_a(key, 0x01, counter, address[2:6]), covered + body)
        return build_afl(mcl=_MCL, counter=counter, mac=mac[: AUTHENTICATION[_AES_CMAC_8][1]]) + body
    raise EncodeError("mbus.encode.mode", f"security mode {security} cannot be built; 0, 5 and 7 can")


def build_response(
    meter: MeterId, records: bytes, *, address: int = 0, access_no: int = 0, status: int = 0, key: Key | None = None
) -> bytes:
    """Return a wired RSP-UD frame (C field 08, CI 72) with the meter's records; with a key in mode 5."""
    message = build_message(
        meter, records, long_header=True, security=5 if key else 0, key=key, access_no=access_no, status=status
    )
    return build_long(0x08, address, message[0], message[1:])
