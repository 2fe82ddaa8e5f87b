"""A-XDR: the values of COSEM attributes as bytes, and back.

A value is a `Data`: tag, value and where its bytes stand. Structures and arrays hold tuples of `Data`, so
a tree knows every type it was read with and writes back to the same bytes.

Source: IEC 62056-6-2, data types; IEC 61334-6 (A-XDR lengths).
"""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.errors import DecodeError
from emtkit.protocols.dlms import axdr_length

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.wire.cursor import Cursor

LAYER: Final = "dlms.axdr"

NULL: Final = 0
ARRAY: Final = 1
STRUCTURE: Final = 2
BOOLEAN: Final = 3
BIT_STRING: Final = 4
DOUBLE_LONG: Final = 5
DOUBLE_LONG_UNSIGNED: Final = 6
OCTET_STRING: Final = 9
VISIBLE_STRING: Final = 10
UTF8_STRING: Final = 12
BCD: Final = 13
INTEGER: Final = 15
LONG: Final = 16
UNSIGNED: Final = 17
LONG_UNSIGNED: Final = 18
COMPACT_ARRAY: Final = 19
LONG64: Final = 20
LONG64_UNSIGNED: Final = 21
ENUM: Final = 22
FLOAT32: Final = 23
FLOAT64: Final = 24
DATE_TIME: Final = 25
DATE: Final = 26
TIME: Final = 27
DELTA_INTEGER: Final = 28
DELTA_LONG: Final = 29
DELTA_DOUBLE_LONG: Final = 30
DELTA_UNSIGNED: Final = 31
DELTA_LONG_UNSIGNED: Final = 32
DELTA_DOUBLE_LONG_UNSIGNED: Final = 33
DONT_CARE: Final = 255

MAX_DEPTH: Final = 64

# tag -> name; 7, 8 and 11 are legacy types that must not be used.
NAMES: Final[dict[int, str]] = {
    NULL: "null-data",
    ARRAY: "array",
    STRUCTURE: "structure",
    BOOLEAN: "boolean",
    BIT_STRING: "bit-string",
    DOUBLE_LONG: "double-long",
    DOUBLE_LONG_UNSIGNED: "double-long-unsigned",
    OCTET_STRING: "octet-string",
    VISIBLE_STRING: "visible-string",
    UTF8_STRING: "utf8-string",
    BCD: "bcd",
    INTEGER: "integer",
    LONG: "long",
    UNSIGNED: "unsigned",
    LONG_UNSIGNED: "long-unsigned",
    COMPACT_ARRAY: "compact-array",
    LONG64: "long64",
    LONG64_UNSIGNED: "long64-unsigned",
    ENUM: "enum",
    FLOAT32: "float32",
    FLOAT64: "float64",
    DATE_TIME: "date-time",
    DATE: "date",
    TIME: "time",
    DELTA_INTEGER: "delta-integer",
    DELTA_LONG: "delta-long",
    DELTA_DOUBLE_LONG: "delta-double-long",
    DELTA_UNSIGNED: "delta-unsigned",
    DELTA_LONG_UNSIGNED: "delta-long-unsigned",
    DELTA_DOUBLE_LONG_UNSIGNED: "delta-double-long-unsigned",
    DONT_CARE: "dont-care",
}

# Types of a fixed size: tag -> struct code.
_FIXED_CODES: Final[dict[int, str]] = {
    BOOLEAN: "?",
    DOUBLE_LONG: "i",
    DOUBLE_LONG_UNSIGNED: "I",
    BCD: "B",
    INTEGER: "b",
    LONG: "h",
    UNSIGNED: "B",
    LONG_UNSIGNED: "H",
    LONG64: "q",
    LONG64_UNSIGNED: "Q",
    ENUM: "B",
    FLOAT32: "f",
    FLOAT64: "d",
    DATE_TIME: "12s",
    DATE: "5s",
    TIME: "4s",
    DELTA_INTEGER: "b",
    DELTA_LONG: "h",
    DELTA_DOUBLE_LONG: "i",
    DELTA_UNSIGNED: "B",
    DELTA_LONG_UNSIGNED: "H",
    DELTA_DOUBLE_LONG_UNSIGNED: "I",
}
PACKERS: Final[dict[int, struct.Struct]] = {tag: struct.Struct(">" + code) for tag, code in _FIXED_CODES.items()}
_FLOATS: Final = frozenset((FLOAT32, FLOAT64))

# The hot path: size and reader of each type of a fixed size that needs no further step, by tag.
_FAST: Final[list[tuple[int, Callable[..., tuple[Any, ...]]] | None]] = [
    None if tag in _FLOATS or tag not in PACKERS else (PACKERS[tag].size, PACKERS[tag].unpack_from)
    for tag in range(256)
]

DELTAS: Final = frozenset(range(DELTA_INTEGER, DELTA_DOUBLE_LONG_UNSIGNED + 1))
INTEGERS: Final = frozenset(
    (DOUBLE_LONG, DOUBLE_LONG_UNSIGNED, INTEGER, LONG, UNSIGNED, LONG_UNSIGNED, LONG64, LONG64_UNSIGNED)
)
NUMBERS: Final = INTEGERS | DELTAS | {FLOAT32, FLOAT64, ENUM, BCD, BOOLEAN}
CONTAINERS: Final = frozenset((ARRAY, STRUCTURE, COMPACT_ARRAY))


class BitString(NamedTuple):
    """A bit string: number of bits, and its octets, most significant bit first."""

    size: int
    octets: bytes

    def __str__(self) -> str:
        """Return the bits as 0 and 1."""
        if not self.size:
            return ""
        return bin(int.from_bytes(b"\x01" + self.octets, "big"))[3 : 3 + self.size]

    def bit(self, number: int) -> bool:
        """Return bit `number`; bit 0 is the first one sent."""
        return number < self.size and bool(self.octets[number >> 3] >> (7 - (number & 7)) & 1)

    @classmethod
    def of(cls, bits: str) -> BitString:
        """Build from a text of 0 and 1."""
        size = len(bits)
        octets = (size + 7) // 8
        return cls(size, int(bits.ljust(octets * 8, "0") or "0", 2).to_bytes(octets, "big"))


class TypeDescription(NamedTuple):
    """Type of the elements of a compact array: tag, number of elements (array only), types of the parts."""

    tag: int
    length: int = 0
    parts: tuple[TypeDescription, ...] = ()


class CompactArray(NamedTuple):
    """A compact array: the type all elements share, and the elements as if each carried its tags."""

    description: TypeDescription
    elements: tuple[Data, ...]


class Data(NamedTuple):
    """One value of the type `tag`.

    value        int, bool, Decimal, str, bytes (octet strings and times), BitString, CompactArray, None, or a tuple of
                 Data (array, structure)
    start, end   where its bytes (tag included) stand in the view it was read from; -1 when it was built
    """

    tag: int
    value: Any
    start: int = -1
    end: int = -1

    @property
    def elements(self) -> tuple[Data, ...]:
        """Return the elements of an array, a structure or a compact array; nothing for a simple value."""
        if self.tag == COMPACT_ARRAY:
            inside: tuple[Data, ...] = self.value.elements
            return inside
        return self.value if self.tag in (ARRAY, STRUCTURE) else ()

    @property
    def plain(self) -> Any:  # noqa: ANN401 - whatever the meter sent
        """Return the bare Python value: lists for arrays and structures, the rest as `value`."""
        return [element.plain for element in self.elements] if self.tag in CONTAINERS else self.value

    def same(self, other: Data) -> bool:
        """Say whether type and value are equal, wherever they stood."""
        from emtkit.protocols.dlms.axdr_write import encode_data  # it stands on this module

        return encode_data(self) == encode_data(other)


_NEW: Final = tuple.__new__
_MANY_ROWS: Final = 24  # from here on learning the layout of rows pays


def read_data(cur: Cursor) -> Data:
    """Read one tagged value.

    Raises Truncated `dlms.axdr.truncated`, DecodeError `dlms.axdr.tag`, `dlms.axdr.count`, `dlms.axdr.nesting`.
    """
    layer, cur.layer = cur.layer, LAYER
    try:
        return read_elements(cur, 1, 0)[0]
    finally:
        cur.layer = layer


def read_data_list(cur: Cursor, count: int) -> tuple[Data, ...]:
    """Read `count` tagged values one after the other."""
    layer, cur.layer = cur.layer, LAYER
    try:
        return read_elements(cur, count, 0)
    finally:
        cur.layer = layer


def read_elements(cur: Cursor, count: int, depth: int) -> tuple[Data, ...]:
    """Read `count` values at this depth. Simple ones are read in place: a load profile has ten thousand of them."""
    data, pos, end, trace = cur.data, cur.pos, cur.end, cur.trace
    fast = _FAST
    found: list[Data] = []
    append = found.append
    for _ in range(count):
        if pos >= end:
            cur.pos = pos
            raise cur.short(1, "tag")
        tag = data[pos]
        row = fast[tag]
        if row is not None:
            stop = pos + 1 + row[0]
            if stop > end:
                cur.pos = pos + 1
                raise cur.short(row[0], NAMES[tag])
            value: Any = row[1](data, pos + 1)[0]
        elif tag == OCTET_STRING and pos + 1 < end and data[pos + 1] < axdr_length.LONG_FORM:
            stop = pos + 2 + data[pos + 1]
            if stop > end:
                cur.pos = pos + 2
                raise cur.short(data[pos + 1], "octet-string")
            value = data[pos + 2 : stop]
        elif tag == STRUCTURE and trace is None and depth < MAX_DEPTH and 0 < end - pos - 2 >= data[pos + 1] < 0x80:
            cur.pos = pos + 2
            value = read_elements(cur, data[pos + 1], depth + 1)
            append(_NEW(Data, (tag, value, pos, cur.pos)))
            pos = cur.pos
            continue
        else:
            cur.pos = pos
            append(_read_slow(cur, tag, depth))
            pos = cur.pos
            continue
        append(_NEW(Data, (tag, value, pos, stop)))
        if trace is not None:
            trace.add(cur.view, pos, stop, LAYER, NAMES[tag], "", trace_value(value))
        pos = stop
    cur.pos = pos
    return tuple(found)


def _read_slow(cur: Cursor, tag: int, depth: int) -> Data:
    """Read one value that is not of a fixed size, or a float, or nothing at all."""
    start = cur.pos
    if tag in (ARRAY, STRUCTURE):
        if depth >= MAX_DEPTH:
            raise _error(cur, "dlms.axdr.nesting", f"more than {MAX_DEPTH} values inside each other", start)
        cur.pos = start + 1
        count = axdr_length.read(cur, "count")
        if count > cur.left:
            raise _error(cur, "dlms.axdr.count", f"{count} elements announced, {cur.left} bytes left", start)
        if cur.trace is not None:
            cur.trace.add(cur.view, start, cur.pos, LAYER, NAMES[tag], f"{NAMES[tag]} of {count}")
        value: Any
        if count >= _MANY_ROWS and tag == ARRAY and cur.trace is None:
            from emtkit.protocols.dlms import axdr_rows  # it reads rows with this module

            value = axdr_rows.read_rows(cur, count, depth + 1)
        else:
            value = read_elements(cur, count, depth + 1)
    elif tag == COMPACT_ARRAY:
        from emtkit.protocols.dlms import compact  # compact reads elements with this module

        value = compact.read_compact_array(cur, depth)
    elif tag in NAMES:
        cur.pos = start + 1
        trace, cur.trace = cur.trace, None
        value = read_untagged(cur, tag)
        cur.trace = trace
        if trace is not None:
            trace.add(cur.view, start, cur.pos, LAYER, NAMES[tag], "", trace_value(value))
    else:
        raise _error(cur, "dlms.axdr.tag", f"no data type has tag {tag}", start, start + 1)
    return Data(tag, value, start, cur.pos)


def read_untagged(cur: Cursor, tag: int) -> Any:  # noqa: ANN401 - the type follows from the tag
    """Read the value of a simple type whose tag is known."""
    packer = PACKERS.get(tag)
    if packer is not None:
        raw = cur.take(packer.size, NAMES[tag])
        value = packer.unpack(raw)[0]
        return _shortest(value, raw, packer) if tag in _FLOATS else value
    if tag in (NULL, DONT_CARE):
        return None
    size = axdr_length.read(cur, "length")
    if tag == BIT_STRING:
        return BitString(size, cur.take((size + 7) // 8, "bit-string"))
    raw = cur.take(size, NAMES[tag])
    if tag == VISIBLE_STRING:
        return raw.decode("latin-1")
    if tag == UTF8_STRING:
        return raw.decode("utf-8", "surrogateescape")
    return raw


def _shortest(value: Any, raw: bytes, packer: struct.Struct) -> Decimal:  # noqa: ANN401 - a binary float
    """Return the shortest decimal number that is stored as these bytes: what the meter meant by them."""
    for digits in range(6, 17):
        short = Decimal(format(value, f".{digits}g"))
        if short.is_nan() or packer.pack(short) == raw:
            return short
    return Decimal(repr(value))


def trace_value(value: Any) -> Decimal | str | bytes | None:  # noqa: ANN401 - any simple value
    """Return a simple value as a span shows it."""
    if isinstance(value, int):
        return Decimal(value)
    return str(value) if isinstance(value, BitString) else value


def _error(cur: Cursor, code: str, message: str, start: int, end: int | None = None) -> DecodeError:
    low, high = cur.place(start, cur.pos if end is None else end)
    return DecodeError(code, f"{message} (offset {low})", layer=LAYER, field="tag", start=low, end=high)


def structure(*elements: Data) -> Data:
    """Build a structure."""
    return Data(STRUCTURE, elements)


def array(*elements: Data) -> Data:
    """Build an array."""
    return Data(ARRAY, elements)


def octets(value: bytes) -> Data:
    """Build an octet string."""
    return Data(OCTET_STRING, bytes(value))
