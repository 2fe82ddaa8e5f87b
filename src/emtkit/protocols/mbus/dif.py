"""Data information: how long a record's data is, how it is coded, and which register it is (EN 13757-3:2018, 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from emtkit.model.reading import Function

MAX_DIFES: Final = 10

# table 4: data field -> (name, size in bytes; None: given by the LVAR byte or by the special function)
DATA_FIELDS: Final[tuple[tuple[str, int | None], ...]] = (
    ("no data", 0),
    ("8 bit integer", 1),
    ("16 bit integer", 2),
    ("24 bit integer", 3),
    ("32 bit integer", 4),
    ("32 bit float", 4),
    ("48 bit integer", 6),
    ("64 bit integer", 8),
    ("selection for readout", 0),
    ("2 digit BCD", 1),
    ("4 digit BCD", 2),
    ("6 digit BCD", 3),
    ("8 digit BCD", 4),
    ("variable length", None),
    ("12 digit BCD", 6),
    ("special function", None),
)

FUNCTIONS: Final[tuple[Function, ...]] = ("instantaneous", "maximum", "minimum", "error")

# table 5: DIFs that are no record
MANUFACTURER_DATA: Final = 0x0F
MORE_RECORDS_FOLLOW: Final = 0x1F
IDLE_FILLER: Final = 0x2F
GLOBAL_READOUT: Final = 0x7F


class Dib(NamedTuple):
    """A data information block: data field 0..15, function, storage 0..2**41-1, tariff, subunit."""

    data_field: int
    function: Function
    storage: int
    tariff: int
    subunit: int


def dib_end(data: bytes, start: int, end: int) -> int:
    """Return the offset behind the DIB that begins at `start`, or -1 when it runs past `end`."""
    at = start
    while at < end:
        if not data[at] & 0x80:
            return at + 1
        at += 1
    return -1


def read_dib(dib: bytes) -> Dib:
    """Interpret a complete DIB: DIF and DIFEs. Source: EN 13757-3:2018, 6.3.2 to 6.3.5."""
    dif = dib[0]
    storage, tariff, subunit = dif >> 6 & 1, 0, 0
    for k, dife in enumerate(dib[1:]):
        storage |= (dife & 0x0F) << (1 + 4 * k)
        tariff |= (dife >> 4 & 3) << (2 * k)
        subunit |= (dife >> 6 & 1) << k
    return Dib(dif & 0x0F, FUNCTIONS[dif >> 4 & 3], storage, tariff, subunit)


def build_dib(dib: Dib) -> bytes:
    """Return the shortest DIF/DIFE chain. Raises EncodeError when a part does not fit ten DIFEs."""
    storage, tariff, subunit = dib.storage, dib.tariff, dib.subunit
    chain = [dib.data_field | FUNCTIONS.index(dib.function) << 4 | (storage & 1) << 6]
    storage >>= 1
    while storage or tariff or subunit:
        if len(chain) > MAX_DIFES:
            raise EncodeError("mbus.encode.dib", f"storage, tariff or subunit too large for {MAX_DIFES} DIFEs: {dib}")
        chain.append(storage & 0x0F | (tariff & 3) << 4 | (subunit & 1) << 6)
        storage, tariff, subunit = storage >> 4, tariff >> 2, subunit >> 1
    return bytes(byte | 0x80 for byte in chain[:-1]) + bytes(chain[-1:])
