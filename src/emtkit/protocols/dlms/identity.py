"""Who the meter is: from the system title, and from what it says of itself in its values.

A system title is three letters of the manufacturer and five octets the manufacturer chose.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.model.meter_id import MeterId
from emtkit.protocols.dlms import axdr
from emtkit.protocols.dlms.readings import printable
from emtkit.protocols.dlms.security import TITLE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.model.obis import Obis
    from emtkit.protocols.dlms.axdr import Data

_LETTERS: Final = 3
_DIN: Final = re.compile(r"[0-9][A-Z]{3}[0-9]{10}\Z")
_DEVICE_NAME: Final = re.compile(r"[A-Z]{3}[0-9A-Za-z]{5,13}\Z")

# Groups C, D, E of objects that hold a number of the meter, the best first.
_SERIALS: Final = ((96, 1, 0), (42, 0, 0), (0, 0, 5), (96, 1, 1), (0, 0, 0), (0, 0, 1), (96, 1, 3))
_STRINGS: Final = frozenset((axdr.OCTET_STRING, axdr.VISIBLE_STRING, axdr.UTF8_STRING))
_DEVICE: Final = (42, 0, 0)  # logical device name: begins with the manufacturer's letters

# Group A of the values -> medium and device type (EN 13757-7).
_MEDIA: Final[dict[int, tuple[str, int]]] = {
    1: ("electricity", 0x02),
    4: ("heat cost allocator", 0x08),
    5: ("cooling (outlet)", 0x0A),
    6: ("heat", 0x04),
    7: ("gas", 0x03),
    8: ("water", 0x07),
    9: ("warm water", 0x06),
}


def meter_of_title(title: bytes) -> MeterId | None:
    """Return the meter of a system title, the whole title in hex as its id (keys are given so); None for none."""
    if len(title) != TITLE_SIZE:
        return None
    letters = title[:_LETTERS].decode("latin-1")
    maker = letters if letters.isascii() and letters.isalpha() and letters.isupper() else None
    return MeterId(maker, title.hex().upper())


def meter_of_values(values: Iterable[tuple[Obis, Data]], known: MeterId | None = None) -> MeterId | None:
    """Return who the values say they are from; what they leave open is taken from `known`."""
    texts: dict[tuple[int, int, int], str] = {}
    medium: tuple[str, int] | None = None
    for obis, data in values:
        if medium is None and obis.a in _MEDIA:
            medium = _MEDIA[obis.a]
        if obis[2:5] in _SERIALS and obis.a <= 1 and obis.f == 255 and data.tag in _STRINGS:
            text = (printable(data.value) or "").strip()
            if text:
                texts.setdefault(obis[2:5], text)
    ident = next((texts[key] for key in _SERIALS if key in texts), None)
    maker = known.manufacturer if known else None
    device = texts.get(_DEVICE, "")
    din = next((text for text in (ident or "", device) if _DIN.match(text)), None)
    if maker is None and din is not None:
        maker = din[1:4]
    if maker is None and _DEVICE_NAME.match(device):
        maker = device[:_LETTERS]
    if ident is None and (known is None or medium is None):
        return known
    name, device_type = medium or (None, None)
    return MeterId(maker, ident or (known.id if known else ""), None, device_type, name, din)
