"""Meters that send something else than they mean, each known by what it says of itself and by nothing less."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from emtkit.model.obis import Obis
from emtkit.protocols.sml.server_id import DIN_2012, meter_of

if TYPE_CHECKING:
    from emtkit.protocols.sml.tlv import Integer

# DZG DVS74xx up to serial 58999999 (libsml #59, #132, #136): the total power is an unsigned number in an
# Integer of one to three octets, so 356.24 W arrive as -299.12 W. DZG gave these ranges to the DVS74 alone;
# other DZG meters, and the power of the phases, are read as they are sent.
_DZG_FLAG: Final = "DZG"
_DZG_SERIALS: Final = (range(42_000_000, 49_000_000), range(55_000_000, 59_000_000))
_DZG_OBJECT: Final = Obis(1, 0, 16, 7, 0, 255)
_DZG_MAX_OCTETS: Final = 3


@lru_cache(maxsize=4096)
def _is_dvs74(server_id: bytes) -> bool:
    meter = meter_of(server_id)
    if server_id[0] != DIN_2012 or meter.manufacturer != _DZG_FLAG or meter.identifier is None:
        return False
    return any(int(meter.id) in serials for serials in _DZG_SERIALS)


def is_dzg_unsigned(server_id: bytes | None, obis: Obis | None, octets: int) -> bool:
    """Say whether a signed number of this meter and object is really unsigned."""
    return bool(server_id) and obis == _DZG_OBJECT and octets <= _DZG_MAX_OCTETS and _is_dvs74(server_id or b"")


def as_unsigned(number: Integer) -> int:
    """Return the octets of a signed number read as an unsigned one."""
    return number.value & (1 << 8 * number.octets) - 1
