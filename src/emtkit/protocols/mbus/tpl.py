"""Transport layer: access number, status, configuration word with its extension (EN 13757-7:2018, clause 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.meter_id import MeterId, meter_from_address
from emtkit.wire.layout import Field, Layout

if TYPE_CHECKING:
    from emtkit.protocols.mbus.ci import Ci
    from emtkit.wire.cursor import Cursor

LAYER: Final = "mbus.tpl"

_COMMON: Final = (
    Field("access_no", "u8", "access number"),
    Field("status", "u8", "status of the meter"),
    Field("configuration", "u16", "configuration word"),
)
SHORT: Final = Layout("mbus.tpl.short", *_COMMON)
LONG: Final = Layout(
    "mbus.tpl.long",
    Field("identification", 4, "serial number of the meter (BCD, least significant byte first)"),
    Field("manufacturer", 2, "manufacturer of the meter"),
    Field("version", "u8", "version of the meter"),
    Field("device_type", "u8", "device type of the meter"),
    *_COMMON,
)

MODE_NAMES: Final[dict[int, str]] = {
    0: "no encryption",
    1: "manufacturer specific encryption",
    2: "DES-CBC, initialisation vector zero",
    3: "DES-CBC, initialisation vector from the date",
    4: "AES-128-CBC, initialisation vector zero (withdrawn)",
    5: "AES-128-CBC, initialisation vector from the address (OMS profile A)",
    7: "AES-128-CBC with derived keys and CMAC (OMS profile B)",
    8: "AES-128-CTR with CMAC",
    9: "AES-128-GCM",
    10: "AES-128-CCM",
    13: "TLS (OMS profile C)",
}

_APPLICATION: Final = {1: "busy", 2: "application_error", 3: "alarm"}
_FLAGS: Final = {0x04: "low_power", 0x08: "permanent_error", 0x10: "temporary_error"}
_MANUFACTURER_FLAGS: Final = {0x20: "manufacturer_5", 0x40: "manufacturer_6", 0x80: "manufacturer_7"}

_BLOCK: Final = 16


class Tpl(NamedTuple):
    """A transport header.

    ci             the CI field before it
    meter          the address of a long header, else None
    address        its eight bytes in link order M ID VER TYPE, else None
    configuration  the configuration word, None without header
    mode           security mode 0..31
    encrypted      how many bytes behind the header are encrypted, says the configuration word
    counter        message counter of mode 7, if it stands here
    key_id         which key of the meter, mode 7
    kdf            0 the key itself, 1 KDF-A, mode 7
    """

    ci: int
    meter: MeterId | None = None
    address: bytes | None = None
    access_no: int | None = None
    status: int = 0
    configuration: int | None = None
    mode: int = 0
    encrypted: int = 0
    counter: int | None = None
    key_id: int | None = None
    kdf: int | None = None


def status_flags(status: int) -> tuple[str, ...]:
    """Return the names of the status byte's flags (EN 13757-7:2018, table 6)."""
    return _STATUS_FLAGS[status]


def _flags_of(status: int) -> tuple[str, ...]:
    flags = [_APPLICATION[status & 3]] if status & 3 else []
    flags += [name for bit, name in (_FLAGS | _MANUFACTURER_FLAGS).items() if status & bit]
    return tuple(flags)


_STATUS_FLAGS: Final = tuple(_flags_of(status) for status in range(256))


def read_tpl(cur: Cursor, ci: Ci) -> Tpl:
    """Read the transport header that the CI field announces, with the extension of modes 7 and 13."""
    cur.layer = LAYER
    start = cur.pos
    meter = address = None
    if ci.header == "none":
        return Tpl(ci.code)
    if ci.header == "short":
        access_no, status, configuration = cur.read(SHORT)
    else:
        *_, access_no, status, configuration = cur.read(LONG)
        raw = cur.data[start : start + 8]
        address = raw[4:6] + raw[0:4] + raw[6:8]
        meter = meter_from_address(address)
        if cur.tracing:
            _explain_address(cur, start, meter)
    mode = configuration >> 8 & 0x1F
    if cur.tracing:
        _explain_common(cur, cur.pos - SHORT.size, status, configuration)
    tpl = Tpl(ci.code, meter, address, access_no, status, configuration, mode)
    if not mode:
        return tpl
    return _with_mode(cur, tpl)


def _with_mode(cur: Cursor, tpl: Tpl) -> Tpl:
    low = (tpl.configuration or 0) & 0xFF
    match tpl.mode:
        case 7:
            return _mode7(cur, tpl)
        case 13:
            cur.u8("configuration_extension")
            cur.note("protocol type of the TLS record")
            return tpl._replace(encrypted=low)
        case 2 | 3:
            return tpl._replace(encrypted=low)
        case _:
            return tpl._replace(encrypted=(low >> 4) * _BLOCK)


def _mode7(cur: Cursor, tpl: Tpl) -> Tpl:
    """CFE, then the message counter if bit Z is set, then the key version if bit V is set."""
    configuration = tpl.configuration or 0
    cfe = cur.u8("configuration_extension")
    kdf = cfe >> 4 & 3
    cur.note(f"key {cfe & 15}, {'KDF-A' if kdf == 1 else 'persistent key' if kdf == 0 else 'reserved derivation'}")
    counter = cur.u32("message_counter") if configuration & 0x2000 else None
    if cfe & 0x40:
        cur.u8("key_version")
    encrypted = (configuration >> 4 & 0x0F) * _BLOCK
    return tpl._replace(encrypted=encrypted, counter=counter, key_id=cfe & 15, kdf=kdf)


def _explain_address(cur: Cursor, start: int, meter: MeterId) -> None:
    notes = (
        (0, 4, "identification", meter.id),
        (4, 6, "manufacturer", meter.manufacturer or ""),
        (6, 7, "version", str(meter.version)),
        (7, 8, "device_type", meter.medium or ""),
    )
    for low, high, field, text in notes:
        if cur.trace is not None:
            cur.trace.add(cur.view, start + low, start + high, LAYER, field, f"{field.replace('_', ' ')} {text}", text)


def _explain_common(cur: Cursor, start: int, status: int, configuration: int) -> None:
    if cur.trace is None:
        return
    flags = ", ".join(status_flags(status)).replace("_", " ") or "no error"
    cur.trace.add(cur.view, start + 1, start + 2, LAYER, "status", f"status: {flags}")
    mode = configuration >> 8 & 0x1F
    text = f"security mode {mode}: {MODE_NAMES.get(mode, 'reserved')}"
    if mode in {5, 7}:
        text += f", {configuration >> 4 & 15} encrypted blocks"
    cur.trace.add(cur.view, start + 2, start + 4, LAYER, "configuration", text)
