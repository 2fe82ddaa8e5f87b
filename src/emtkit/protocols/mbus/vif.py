"""Value information: what a record's number means (EN 13757-3:2018, clause 6.4).

A VIB is the VIF with its VIFEs. `read_vib` turns the bytes into one `Vib`: quantity, base unit, the exact
scale to that unit, how the data is to be read, and the modifiers in telegram order. The codes themselves
stand in `vif_table` and `vife_table`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from emtkit.protocols.mbus.vif_table import MARKS, ONE, TABLES, TIMES, Kind
from emtkit.protocols.mbus.vife_table import (
    COUNTS_OF,
    DATES_OF,
    DURATIONS_OF,
    EXTENSION_FC,
    PER_UNIT,
    QUALIFIERS,
    RECORD_ERRORS,
)


class Vib(NamedTuple):
    """A whole value information block, interpreted.

    scale       the value is raw * scale + offset, in `unit`
    exponent    log10 of scale where that is a whole number, else None (a fast path for scaling)
    modifiers   in telegram order
    error       the record error the meter reports instead of a value, or None
    reserved    description of the first code that the standard reserves, or None
    vifes       the VIFE codes without extension bit, for callers that look for one
    """

    quantity: str
    unit: str | None
    kind: Kind
    scale: Decimal
    exponent: int | None
    offset: Decimal
    modifiers: tuple[str, ...]
    error: str | None
    reserved: str | None
    vifes: tuple[int, ...]


def vib_end(data: bytes, start: int, end: int) -> int:
    """Return the offset behind the VIB that begins at `start`, or -1 when it runs past `end`.

    A plain-text VIF (7C/FC) is followed by its length and text, then by the VIFEs (as the meters send it;
    Kamstrup's `FC 03 48 52 25 74` is the known example).
    """
    if start >= end:
        return -1
    code = data[start]
    at = start + 1
    if code & 0x7F == 0x7C:
        if at >= end:
            return -1
        at += 1 + data[at]
    while code & 0x80:
        if at >= end:
            return -1
        code = data[at]
        at += 1
    return at if at <= end else -1


class _Builder:
    """What the VIFEs have made of the VIF so far."""

    def __init__(self) -> None:
        self.quantity = "unknown"
        self.unit: str | None = None
        self.kind: Kind = "number"
        self.scale = ONE
        self.offset = Decimal(0)
        self.modifiers: list[str] = []
        self.error: str | None = None
        self.reserved: str | None = None
        self.vifes: list[int] = []

    def base(self, table: str, code: int) -> None:
        """Take quantity and unit from the table of VIFs."""
        found = TABLES[table].get(code)
        if found is None:
            self.reserved = f"VIF {f'{table} ' if table else ''}{code:02X} is reserved"
            self.modifiers.append(f"vif_{table.lower()}{code:02x}")
            return
        row, step = found
        self.quantity, self.unit, self.kind = row.quantity, row.unit, row.kind
        self.scale = row.factor.scaleb(row.exponent + step)
        mark = MARKS.get((table, code))
        if mark is not None:
            self.modifiers.append(mark)

    def vife(self, code: int) -> None:
        """Apply one combinable VIFE (extension bit stripped)."""
        self.vifes.append(code)
        if code in QUALIFIERS:
            self.modifiers.append(QUALIFIERS[code])
        elif code in PER_UNIT:
            name, suffix = PER_UNIT[code]
            self.modifiers.append(name)
            self.unit = f"{self.unit or '1'}{suffix}"
        elif code in DATES_OF:
            self._about(DATES_OF[code], "datetime", None, "date", ONE)
        elif 0x50 <= code <= 0x67:
            self._about(DURATIONS_OF[code & 0xFC], "duration", "s", "number", TIMES[code & 3])
        elif code in COUNTS_OF:
            self._about(COUNTS_OF[code], "exceed_counter", None, "unsigned", ONE)
        elif 0x70 <= code <= 0x77:
            self.scale = self.scale.scaleb(code - 0x76)
        elif 0x78 <= code <= 0x7B:
            self.offset += self.scale * ONE.scaleb(code - 0x7B)
            self.modifiers.append(f"offset_1e{code - 0x7B}")
        elif code == 0x7D:
            self.scale = self.scale.scaleb(3)
        elif code in RECORD_ERRORS:
            self.error = RECORD_ERRORS[code]
        elif code != 0x00:  # 00: no error
            self.reserved = self.reserved or f"VIFE {code:02X} is reserved"
            self.modifiers.append(f"vife_{code:02x}")

    def _about(self, what: str, quantity: str, unit: str | None, kind: Kind, scale: Decimal) -> None:
        """The data is no longer the quantity itself but a time, duration or count about it."""
        self.modifiers += [f"of_{self.quantity}", what]
        self.quantity, self.unit, self.kind, self.scale = quantity, unit, kind, scale

    def vife_fc(self, code: int) -> None:
        """Apply VIFE FC xx."""
        name = EXTENSION_FC.get(code)
        if name is None:
            self.reserved = self.reserved or f"VIFE FC {code:02X} is reserved"
            name = f"vife_fc{code:02x}"
        self.modifiers.append(name)
        if code == 0x11:
            self.kind = "unsigned"
        elif code == 0x12:
            self.kind = "bits"
        elif code == 0x13:
            self._about("end_of", "datetime", None, "date", ONE)

    def done(self) -> Vib:
        """Return the finished block."""
        digits = self.scale.as_tuple()
        exponent = digits.exponent if digits.digits == (1,) and isinstance(digits.exponent, int) else None
        return Vib(
            self.quantity,
            self.unit,
            self.kind,
            self.scale,
            exponent,
            self.offset,
            tuple(self.modifiers),
            self.error,
            self.reserved,
            tuple(self.vifes),
        )


# what meters spell out although a unit of emtkit says it
_PLAIN_TEXT: Final = {
    "%RH": ("relative_humidity", "%"),
    "%rH": ("relative_humidity", "%"),
    "% RH": ("relative_humidity", "%"),
}


def _plain_text(text: str) -> tuple[str, str | None]:
    """Return quantity and unit of a plain-text VIF: the meter's own words are the unit."""
    return _PLAIN_TEXT.get(text.strip(), ("any", text))


def read_vib(vib: bytes) -> Vib:
    """Interpret a complete VIB (as delimited by `vib_end`).

    Never fails: reserved codes give quantity `unknown` or a modifier like `vife_1b`, and `reserved` says so;
    codes behind a manufacturer VIF or VIFE FF are kept as one modifier `manufacturer_XX..`.
    Source: EN 13757-3:2018, 6.4.
    """
    made = _Builder()
    code = vib[0] & 0x7F
    at = 1
    if code == 0x7C:
        size = vib[1]
        made.quantity, made.unit = _plain_text(vib[2 : 2 + size][::-1].decode("latin-1"))
        at = 2 + size
    elif vib[0] in {0xFB, 0xFD}:
        table = f"{vib[0]:02X}"
        if vib[0] == 0xFD and vib[1] == 0xFD:
            table, at = "FDFD", 2
        made.base(table, vib[at] & 0x7F)
        at += 1
    elif code in {0x7B, 0x7D}:  # an extension without the extension byte
        made.reserved = f"VIF {code:02X} announces an extension that does not follow"
        made.modifiers.append(f"vif_{code:02x}")
    else:
        made.base("", code)
    if code == 0x7F:
        if at < len(vib):
            made.modifiers.append(f"manufacturer_{vib[at:].hex()}")
        return made.done()
    while at < len(vib):
        code = vib[at] & 0x7F
        at += 1
        if code == 0x7F:
            if at < len(vib):
                made.modifiers.append(f"manufacturer_{vib[at:].hex()}")
            break
        if code == 0x7C and at < len(vib):
            made.vife_fc(vib[at] & 0x7F)
            at += 1
        else:
            made.vife(code)
    return made.done()
