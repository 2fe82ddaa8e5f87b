"""The CI field: what follows in the frame (EN 13757-7:2018, table 2)."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Header = Literal["none", "short", "long"]
Content = Literal[
    "records",  # EN 13757-3 data records
    "compact",  # data of a frame whose format is known from another telegram
    "format",  # the format alone
    "dlms",
    "sml",
    "error",  # application error code
    "alarm",
    "clock",
    "select",
    "reset",
    "command",  # to the meter
    "nothing",  # transport layer without application
    "network",
    "link",  # another extended link layer
    "authentication",  # AFL
    "baud",
    "manufacturer",
    "image",
    "security",
    "specific",
]


class Ci(NamedTuple):
    """One code: its name, the transport header behind it and the kind of content."""

    code: int
    name: str
    header: Header
    content: Content


CI_TABLE: Final[dict[int, Ci]] = {
    ci.code: ci
    for ci in (
        *(Ci(code, "DLMS (segmentation)", "none", "dlms") for code in range(0x20)),
        Ci(0x50, "application reset or select", "none", "reset"),
        Ci(0x51, "command: data to the meter", "none", "command"),
        Ci(0x52, "selection of a slave", "none", "select"),
        Ci(0x53, "application reset or select", "long", "reset"),
        Ci(0x54, "request of the selected application", "none", "command"),
        Ci(0x55, "request of the selected application", "long", "command"),
        Ci(0x5A, "command: M-Bus records to the meter", "short", "records"),
        Ci(0x5B, "command: M-Bus records to the meter", "long", "records"),
        Ci(0x5C, "synchronise action", "none", "command"),
        Ci(0x5F, "specific use (OMS security handling)", "long", "specific"),
        Ci(0x60, "command: DLMS/COSEM", "long", "dlms"),
        Ci(0x61, "command: DLMS/COSEM", "short", "dlms"),
        Ci(0x64, "command: OBIS-type (SML)", "long", "sml"),
        Ci(0x65, "command: OBIS-type (SML)", "short", "sml"),
        Ci(0x66, "response of the selected application", "none", "specific"),
        Ci(0x67, "response of the selected application", "short", "specific"),
        Ci(0x68, "response of the selected application", "long", "specific"),
        Ci(0x69, "M-Bus format frame", "none", "format"),
        Ci(0x6A, "M-Bus format frame", "short", "format"),
        Ci(0x6B, "M-Bus format frame", "long", "format"),
        Ci(0x6C, "time synchronisation: set", "long", "clock"),
        Ci(0x6D, "time synchronisation: adjust", "long", "clock"),
        Ci(0x6E, "application error", "short", "error"),
        Ci(0x6F, "application error", "long", "error"),
        Ci(0x70, "application error", "none", "error"),
        Ci(0x71, "alarm", "none", "alarm"),
        Ci(0x72, "M-Bus full frame", "long", "records"),
        Ci(0x73, "M-Bus compact frame", "long", "compact"),
        Ci(0x74, "alarm", "short", "alarm"),
        Ci(0x75, "alarm", "long", "alarm"),
        Ci(0x76, "M-Bus full frame, most significant byte first", "long", "specific"),
        Ci(0x77, "M-Bus fixed frame, most significant byte first", "long", "specific"),
        Ci(0x78, "M-Bus full frame", "none", "records"),
        Ci(0x79, "M-Bus compact frame", "none", "compact"),
        Ci(0x7A, "M-Bus full frame", "short", "records"),
        Ci(0x7B, "M-Bus compact frame", "short", "compact"),
        Ci(0x7C, "response: DLMS/COSEM", "long", "dlms"),
        Ci(0x7D, "response: DLMS/COSEM", "short", "dlms"),
        Ci(0x7E, "response: OBIS-type (SML)", "long", "sml"),
        Ci(0x7F, "response: OBIS-type (SML)", "short", "sml"),
        Ci(0x80, "transport layer to the device, no application", "long", "nothing"),
        Ci(0x81, "network layer", "none", "network"),
        Ci(0x82, "network management to the device", "long", "network"),
        Ci(0x83, "network management to the device", "none", "network"),
        Ci(0x84, "transport layer to the device, compact frame expected", "long", "nothing"),
        Ci(0x85, "transport layer to the device, format frame expected", "long", "nothing"),
        Ci(0x86, "extended link layer V", "none", "link"),
        Ci(0x87, "network management from the device", "long", "network"),
        Ci(0x88, "network management from the device", "short", "network"),
        Ci(0x89, "network management from the device", "none", "network"),
        Ci(0x8A, "transport layer from the device, no application", "short", "nothing"),
        Ci(0x8B, "transport layer from the device, no application", "long", "nothing"),
        Ci(0x8C, "extended link layer I", "none", "link"),
        Ci(0x8D, "extended link layer II", "none", "link"),
        Ci(0x8E, "extended link layer III", "none", "link"),
        Ci(0x8F, "extended link layer IV", "none", "link"),
        Ci(0x90, "authentication and fragmentation layer", "none", "authentication"),
        Ci(0x9E, "specific use", "short", "specific"),
        Ci(0x9F, "specific use", "long", "specific"),
        *(Ci(code, "manufacturer specific", "none", "manufacturer") for code in range(0xA0, 0xB8)),
        *(Ci(0xB8 + n, f"set baud rate {300 << n}", "none", "baud") for n in range(6)),
        Ci(0xBE, "set baud rate 19200", "none", "baud"),
        Ci(0xBF, "set baud rate 38400", "none", "baud"),
        Ci(0xC0, "image transfer: command", "long", "image"),
        Ci(0xC1, "image transfer: response", "short", "image"),
        Ci(0xC2, "image transfer: response", "long", "image"),
        Ci(0xC3, "security information transfer: command", "long", "security"),
        Ci(0xC4, "security information transfer: response", "short", "security"),
        Ci(0xC5, "security information transfer: response", "long", "security"),
    )
}


def ci_info(code: int) -> Ci:
    """Return the row of a code; reserved codes have no header and manufacturer content."""
    return CI_TABLE.get(code) or Ci(code, f"CI {code:02X} (reserved)", "none", "manufacturer")
