"""Server ids: how a meter names itself in SML, and the printed form of DIN 43863-5.

    0A | medium | flag(3) | block(1) | number(4, BE)      DIN 43863-5:2012
    09 | medium | flag(3) | block(1) | number(4, BE)      DIN 43863-5:2010, same layout
    06 | flag(3) | ...                                    manufacturer's own layout (EMH, ISKRA eHZ)
    01, 02 | M(2, LE) | ident(4, BCD, LE) | version | type    an M-Bus address: by radio, by wire
    ASCII characters                                      the number as text (Hager)

`0A 01 44 5A 47 00 ...` prints as `1DZG00` and eight digits: medium as a digit, flag, block as two hex digits,
number as eight decimal digits. Source: DIN 43863-5; FNN Lastenheft Basiszaehler; EN 13757-7 for the M-Bus form.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from emtkit.model.errors import EncodeError
from emtkit.model.meter_id import MeterId, address_bytes, meter_from_address

DIN_2012: Final = 0x0A
DIN_2010: Final = 0x09
MANUFACTURER: Final = 0x06
# 1-0:96.1.0*255 and 1-0:0.0.9*255 hold the server id as a value
SERVER_OBJECTS: Final = frozenset({bytes.fromhex("0100600100ff"), bytes.fromhex("0100000009ff")})
_MBUS: Final = (0x01, 0x02)
_DIN_SIZE: Final = 10
_MBUS_SIZE: Final = 9

# DIN 43863-5: the first digit is the OBIS medium (IEC 62056-61, value group A).
_MEDIA: Final[dict[int, str]] = {
    0: "abstract",
    1: "electricity",
    4: "heat cost allocator",
    5: "cooling",
    6: "heat",
    7: "gas",
    8: "cold water",
    9: "hot water",
    0xE: "communication",
    0xF: "other",
}
_PRINTED: Final = re.compile(r"([0-9A-F])([A-Z]{3})([0-9A-F]{2})([0-9]{8})\Z")


@lru_cache(maxsize=4096)
def meter_of(server_id: bytes) -> MeterId:
    """Return the meter of a server id. An id of unknown layout is shown in hex digits; nothing raises."""
    kind = server_id[0] if server_id else 0
    if kind in (DIN_2012, DIN_2010) and len(server_id) == _DIN_SIZE and _is_flag(server_id[2:5]):
        flag = server_id[2:5].decode("ascii")
        number = f"{int.from_bytes(server_id[6:], 'big'):08d}"
        identifier = f"{server_id[1]:X}{flag}{server_id[5]:02X}{number}"
        return MeterId(flag, number, None, None, _MEDIA.get(server_id[1]), identifier)
    if kind in _MBUS and len(server_id) == _MBUS_SIZE:
        return meter_from_address(server_id[1:])
    if kind == MANUFACTURER and _is_flag(server_id[1:4]):
        return MeterId(server_id[1:4].decode("ascii"), server_id.hex().upper())
    if server_id.isalnum():
        return MeterId(None, server_id.decode("ascii"))
    return MeterId(None, server_id.hex().upper())


def _is_flag(data: bytes) -> bool:
    return len(data) == 3 and data.isalpha() and data.isupper()


def din_server_id(identifier: str, *, layout: int = DIN_2012) -> bytes:
    """Return the ten octets of a printed identifier such as `1ABC0012345678`.

    Raises EncodeError `sml.encode.server_id`.
    """
    match = _PRINTED.match(identifier.replace(" ", "").upper())
    if match is None:
        raise EncodeError(
            "sml.encode.server_id", f"not an identifier of DIN 43863-5: {identifier!r} (1ABC0012345678)", layer="sml"
        )
    medium, flag, block, number = match.groups()
    return bytes((layout, int(medium, 16))) + flag.encode() + bytes.fromhex(block) + int(number).to_bytes(4, "big")


def mbus_server_id(meter: MeterId, *, wired: bool = False) -> bytes:
    """Return the nine octets of a meter with an M-Bus address."""
    return bytes((_MBUS[wired],)) + address_bytes(meter)
