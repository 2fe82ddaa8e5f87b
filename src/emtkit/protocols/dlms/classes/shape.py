"""Shapes: what the data of an attribute looks like, as a Python value, and back.

A shape reads a `Data` into a typed value and writes it again. Meters are not strict about integer sizes,
so numbers are read from any integer type and written in the type of the standard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.model.obis import Obis
from emtkit.protocols.dlms import axdr
from emtkit.protocols.dlms.axdr import BitString, Data
from emtkit.protocols.dlms.cosem_time import CosemClock, CosemDate, CosemTime, read_date_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Shape(NamedTuple):
    """How an attribute is read and written. `name` says it in the words of the standard."""

    name: str
    read: Callable[[Data], Any]
    write: Callable[[Any], Data]


class Enumerated(NamedTuple):
    """A value of an enumeration and its name (empty: reserved)."""

    code: int
    name: str = ""

    def __str__(self) -> str:
        """Return the name, else the number."""
        return self.name or str(self.code)


def mismatch(expected: str, data: Data) -> DecodeError:
    """Return the error for data of another type than the class has."""
    found = axdr.NAMES.get(data.tag, str(data.tag))
    return DecodeError("dlms.class.type", f"{expected} expected, {found} found", layer="dlms.class")


def number(tag: int) -> Shape:
    """A number."""
    name = axdr.NAMES[tag]

    def read(data: Data) -> int:
        if data.tag not in axdr.NUMBERS:
            raise mismatch(name, data)
        return int(data.value)

    return Shape(name, read, lambda value: Data(tag, value))


def enumeration(names: Mapping[int, str], tag: int = axdr.ENUM) -> Shape:
    """An enumeration."""
    plain = number(tag)

    def read(data: Data) -> Enumerated:
        code = plain.read(data)
        return Enumerated(code, names.get(code, ""))

    return Shape("enum", read, lambda value: Data(tag, value.code))


def octets_as(name: str, read_octets: Callable[[bytes], Any], tags: frozenset[int]) -> Shape:
    """An octet string that holds something (or the type of its own that the same octets may have)."""

    def read(data: Data) -> Any:  # noqa: ANN401 - what the octets hold
        if data.tag not in tags:
            raise mismatch(name, data)
        return read_octets(data.value)

    return Shape(name, read, lambda value: axdr.octets(value.encode()))


def _read_name(data: Data) -> Obis:
    if data.tag != axdr.OCTET_STRING or len(data.value) != 6:
        raise mismatch("logical name", data)
    return Obis(*data.value)


def _read_octets(data: Data) -> bytes:
    if data.tag == axdr.OCTET_STRING:
        found: bytes = data.value
        return found
    if data.tag in (axdr.VISIBLE_STRING, axdr.UTF8_STRING):
        return str(data.value).encode("utf-8", "surrogateescape")
    raise mismatch("octet-string", data)


def _read_bits(data: Data) -> BitString:
    if data.tag != axdr.BIT_STRING:
        raise mismatch("bit-string", data)
    found: BitString = data.value
    return found


def _read_bool(data: Data) -> bool:
    if data.tag not in axdr.NUMBERS:
        raise mismatch("boolean", data)
    return bool(data.value)


ANY: Final = Shape("any", lambda data: data, lambda data: data)
U8: Final = number(axdr.UNSIGNED)
U16: Final = number(axdr.LONG_UNSIGNED)
U32: Final = number(axdr.DOUBLE_LONG_UNSIGNED)
I8: Final = number(axdr.INTEGER)
I16: Final = number(axdr.LONG)
BOOL: Final = Shape("boolean", _read_bool, lambda value: Data(axdr.BOOLEAN, value))
OCTETS: Final = Shape("octet-string", _read_octets, axdr.octets)
BITS: Final = Shape("bit-string", _read_bits, lambda value: Data(axdr.BIT_STRING, value))
NAME: Final = Shape("logical name", _read_name, lambda value: axdr.octets(bytes(value)))
DATE_TIME: Final = octets_as("date-time", read_date_time, frozenset((axdr.OCTET_STRING, axdr.DATE_TIME)))
DATE: Final = octets_as("date", CosemDate.read, frozenset((axdr.OCTET_STRING, axdr.DATE)))
TIME: Final = octets_as("time", CosemClock.read, frozenset((axdr.OCTET_STRING, axdr.TIME)))
Times = CosemTime | CosemDate | CosemClock


def optional(inner: Shape) -> Shape:
    """A value or null-data."""
    return Shape(
        inner.name,
        lambda data: None if data.tag == axdr.NULL else inner.read(data),
        lambda value: Data(axdr.NULL, None) if value is None else inner.write(value),
    )


def array_of(inner: Shape) -> Shape:
    """An array."""

    def read(data: Data) -> tuple[Any, ...]:
        if data.tag not in (axdr.ARRAY, axdr.COMPACT_ARRAY):
            raise mismatch("array", data)
        return tuple(inner.read(element) for element in data.elements)

    return Shape("array", read, lambda values: axdr.array(*(inner.write(value) for value in values)))


def structure_of(kind: type[Any], *fields: Shape) -> Shape:
    """A structure, held by a NamedTuple. Further elements (of a later class version) are not read."""

    def read(data: Data) -> Any:  # noqa: ANN401 - an instance of `kind`
        elements = data.elements
        if data.tag != axdr.STRUCTURE or len(elements) < len(fields):
            raise mismatch(f"structure of {len(fields)}", data)
        return kind(*(field.read(element) for field, element in zip(fields, elements, strict=False)))

    def write(value: Any) -> Data:  # noqa: ANN401 - an instance of `kind`
        if not isinstance(value, kind):
            raise EncodeError("dlms.class.build", f"a {kind.__name__} expected, not {type(value).__name__}")
        return axdr.structure(*(field.write(part) for field, part in zip(fields, value, strict=True)))

    return Shape("structure", read, write)


class Attribute(NamedTuple):
    """An attribute: its number, name and shape."""

    number: int
    name: str
    shape: Shape = ANY


class CosemClass(NamedTuple):
    """An interface class: attributes from number 2 on (1 is always the logical name), methods by number."""

    class_id: int
    name: str
    attributes: tuple[Attribute, ...]
    methods: tuple[tuple[int, str], ...] = ()

    def attribute(self, number: int) -> Attribute | None:
        """Return an attribute by its number."""
        if number == 1:
            return LOGICAL_NAME
        return next((row for row in self.attributes if row.number == number), None)

    def method(self, number: int) -> str | None:
        """Return the name of a method."""
        return dict(self.methods).get(number)


LOGICAL_NAME: Final = Attribute(1, "logical_name", NAME)


def cosem_class(
    class_id: int, name: str, attributes: tuple[tuple[str, Shape], ...], methods: tuple[str, ...] = ()
) -> CosemClass:
    """Declare a class; attributes count from 2, methods from 1."""
    return CosemClass(
        class_id,
        name,
        tuple(Attribute(at, label, shape) for at, (label, shape) in enumerate(attributes, 2)),
        tuple(enumerate(methods, 1)),
    )
