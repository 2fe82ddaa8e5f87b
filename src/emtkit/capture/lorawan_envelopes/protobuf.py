"""Protobuf messages by a table of their fields, read into what the same message is as JSON.

The wire format is tags (field number and wire type) with varints, fixed sizes or lengths; which field means what only
the table knows. The JSON form is that of protobuf itself: lowerCamelCase names, bytes in base64, times in RFC 3339,
enumerations by name, fields that are zero left out.
Source: Protocol Buffers, "Encoding" and "ProtoJSON Format".
"""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Messages = Mapping[str, Mapping[int, "Field"]]

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT: Final = 10
_DEEPEST: Final = 32  # messages in messages; only a Struct has no bound of its own
MASK: Final = (1 << 64) - 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NANOS: Final = 10**9


class Field(NamedTuple):
    """A field of a message.

    name   as in JSON
    kind   `uint`, `int`, `bool`, `float`, `double`, `string`, `bytes`, `timestamp`, `duration`, `struct`, the name of a
           message of the table, or `enum` with `names`
    many   the field is repeated
    names  of the values of an enumeration, by number
    """

    name: str
    kind: str
    many: bool = False
    names: tuple[str, ...] = ()


def read_message(data: bytes, name: str, messages: Messages) -> dict[str, Any]:
    """Return a message as JSON has it. Fields that the table does not have are left out, as by every protobuf reader.

    Raises DecodeError `capture.lorawan.protobuf`: these bytes are no such message.
    """
    return _read(data, name, messages, 0)


def _read(data: bytes, name: str, messages: Messages, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        raise _wrong("messages nested too deeply")
    table: Mapping[int, Field] = messages[name]
    found: dict[str, Any] = {}
    pos, end = 0, len(data)
    while pos < end:
        tag, pos = (data[pos], pos + 1) if data[pos] < 0x80 else _varint(data, pos)
        wire = tag & 7
        value, pos = _raw(data, pos, tag >> 3, wire)
        field = table.get(tag >> 3)
        if field is None:
            continue
        label, kind, many, _ = field
        if kind == "string" and type(value) is bytes and not many:  # most fields of most messages
            try:
                found[label] = value.decode()
            except UnicodeDecodeError:
                raise _wrong(f"{label} is no UTF-8 text") from None
        elif kind == "map":
            _add_entry(found, field, value, messages, depth)
        elif not many:
            found[label] = _value(field, value, messages, depth)
        else:
            values = _packed(field, value) if wire == LENGTH and kind in SCALARS else [value]
            found.setdefault(label, []).extend([_value(field, one, messages, depth) for one in values])
    return found


def _raw(data: bytes, pos: int, number: int, wire: int) -> tuple[int | bytes, int]:
    """Return a field's raw value and where the next field begins: a number, or the bytes of a length or fixed size."""
    if not 0 < number < 1 << 29:
        raise _wrong(f"no field has the number {number}")
    if wire == VARINT:
        return _varint(data, pos)
    if wire == LENGTH:
        size, pos = _varint(data, pos)
    else:
        size = {FIXED64: 8, FIXED32: 4}.get(wire, -1)
    if size < 0 or pos + size > len(data):
        raise _wrong(f"field {number} of wire type {wire} goes past the end" if size >= 0 else f"wire type {wire}")
    return data[pos : pos + size], pos + size


def _add_entry(found: dict[str, Any], field: Field, value: int | bytes, messages: Messages, depth: int) -> None:
    """Add an entry of a map: a message of key and value."""
    if not isinstance(value, bytes):
        raise _wrong(f"{field.name} is a number")
    entry = _read(value, field.names[0], messages, depth + 1)
    key, of = (_zero_of(messages[field.names[0]][number]) for number in (1, 2))
    found.setdefault(field.name, {})[str(entry.get("key", key))] = entry.get("value", of)


def _zero_of(field: Field) -> int | str | None:
    return 0 if field.kind == "uint" else "" if field.kind == "string" else None


def _varint(data: bytes, pos: int) -> tuple[int, int]:
    if pos < len(data) and data[pos] < 0x80:
        return data[pos], pos + 1
    value = 0
    for at, byte in enumerate(data[pos : pos + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * at
        if byte < 0x80:
            return value & MASK, pos + at + 1
    raise _wrong("a number has no end")


def _packed(field: Field, data: int | bytes) -> list[int | bytes]:
    """Return the numbers of a packed field."""
    if not isinstance(data, bytes):
        return [data]
    if field.kind in FIXED:
        size = FIXED[field.kind][1]
        if len(data) % size:
            raise _wrong(f"{field.name} is cut off")
        return [data[at : at + size] for at in range(0, len(data), size)]
    numbers: list[int | bytes] = []
    pos = 0
    while pos < len(data):
        number, pos = _varint(data, pos)
        numbers.append(number)
    return numbers


# ---- values ----

SCALARS: Final = frozenset({"uint", "int", "bool", "enum", "float", "double"})
FIXED: Final = {"float": ("<f", 4), "double": ("<d", 8)}


def _value(field: Field, value: int | bytes, messages: Messages, depth: int) -> Any:  # noqa: ANN401 - any JSON value
    kind = field.kind
    if isinstance(value, int):
        if kind not in SCALARS or kind in FIXED:
            raise _wrong(f"{field.name} is no number")
        return _number(field, value)
    if kind in FIXED:
        form, size = FIXED[kind]
        if len(value) != size:
            raise _wrong(f"{field.name} has {len(value)} bytes, not {size}")
        return _decimal(form, value)
    if kind in SCALARS:
        raise _wrong(f"{field.name} is a number")
    if kind == "bytes":
        return base64.b64encode(value).decode()
    if kind == "string":
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise _wrong(f"{field.name} is no UTF-8 text") from None
    made = _read(value, kind, messages, depth + 1)
    convert = _WELL_KNOWN.get(kind)
    return made if convert is None else convert(made)


def _number(field: Field, value: int) -> int | bool | str:
    if field.kind == "bool":
        return value != 0
    if field.kind == "int":
        return value - (1 << 64) if value >> 63 else value
    if field.kind == "enum" and value < len(field.names):
        return field.names[value]
    return value


def _decimal(form: str, data: bytes) -> Decimal | None:
    """Return a float as the shortest decimal number that is this float; None for infinities and NaN."""
    number = struct.unpack(form, data)[0]
    for digits in range(6, 10) if form == "<f" else range(15, 18):
        text = f"{number:.{digits}g}"
        made = Decimal(text)
        if not made.is_finite():
            return None
        try:
            if struct.pack(form, float(text)) == data:
                return made
        except OverflowError:  # rounded up beyond the largest float: more digits are needed
            continue
    return Decimal(number)


def _timestamp(made: dict[str, Any]) -> str:
    seconds, nanos = made.get("seconds", 0), made.get("nanos", 0)
    try:
        moment = EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise _wrong("a time beyond all years") from None
    if not 0 <= nanos < NANOS:
        raise _wrong("a time with more than a second of nanoseconds")
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}{fraction}Z"


def _duration(made: dict[str, Any]) -> str:
    total = made.get("seconds", 0) * NANOS + made.get("nanos", 0)
    return f"{Decimal(total).scaleb(-9).normalize():f}s"


def _struct(made: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = made.get("fields", {})
    return fields


def _any_value(made: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    return None if "nullValue" in made else next(iter(made.values()), None)


def _list(made: dict[str, Any]) -> list[Any]:
    values: list[Any] = made.get("values", [])
    return values


_WELL_KNOWN: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "timestamp": _timestamp, "duration": _duration, "struct": _struct, "value": _any_value, "list": _list,
}  # fmt: skip
# google/protobuf/timestamp.proto, duration.proto, struct.proto
WELL_KNOWN: Final[dict[str, dict[int, Field]]] = {
    "timestamp": {1: Field("seconds", "int"), 2: Field("nanos", "int")},
    "duration": {1: Field("seconds", "int"), 2: Field("nanos", "int")},
    "struct": {1: Field("fields", "map", names=("struct_entry",))},
    "struct_entry": {1: Field("key", "string"), 2: Field("value", "value")},
    "value": {
        1: Field("nullValue", "enum"), 2: Field("numberValue", "double"), 3: Field("stringValue", "string"),
        4: Field("boolValue", "bool"), 5: Field("structValue", "struct"), 6: Field("listValue", "list"),
    },
    "list": {1: Field("values", "value", many=True)},
    "text_entry": {1: Field("key", "string"), 2: Field("value", "string")},
    "count_entry": {1: Field("key", "string"), 2: Field("value", "uint")},
    "number_entry": {1: Field("key", "uint"), 2: Field("value", "uint")},
}  # fmt: skip


def _wrong(what: str) -> DecodeError:
    return DecodeError("capture.lorawan.protobuf", f"no Protobuf message of ChirpStack: {what}", layer="capture")
