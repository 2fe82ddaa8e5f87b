"""The grammar of APDUs: codecs that read and write one field each, and forms that are a row of fields.

An APDU is declared once, as a NamedTuple and the codecs of its fields; decoder and encoder both follow
from the declaration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.protocols.dlms import axdr, axdr_length, axdr_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.wire.cursor import Cursor

LAYER: Final = "dlms.apdu"


class Codec(NamedTuple):
    """How one field is read and written."""

    read: Callable[[Cursor], Any]
    write: Callable[[bytearray, Any], None]


class Option(NamedTuple):
    """One alternative of a CHOICE: its tag, the type that holds it, and the codecs of its fields."""

    tag: int
    kind: type[Any]
    fields: tuple[Codec, ...]


def option(tag: int, kind: type[Any], *fields: Codec) -> Option:
    """Declare an alternative."""
    return Option(tag, kind, fields)


def unsigned(size: int, name: str, explain: Callable[[int], str] | None = None) -> Codec:
    """An unsigned number of `size` octets, big-endian."""

    def read(cur: Cursor) -> int:
        value = int.from_bytes(cur.take(size, name), "big")
        if cur.tracing:
            cur.note(explain(value) if explain else name, axdr.trace_value(value))
        return value

    def write(out: bytearray, value: int) -> None:
        try:
            out += value.to_bytes(size, "big")
        except OverflowError:
            raise EncodeError("dlms.apdu.build", f"{name} {value} does not fit into {size} octets") from None

    return Codec(read, write)


def signed(size: int, name: str) -> Codec:
    """A signed number of `size` octets."""

    def read(cur: Cursor) -> int:
        value = int.from_bytes(cur.take(size, name), "big", signed=True)
        cur.note(name, axdr.trace_value(value))
        return value

    def write(out: bytearray, value: int) -> None:
        out += value.to_bytes(size, "big", signed=True)

    return Codec(read, write)


def flag(name: str) -> Codec:
    """A BOOLEAN."""

    def read(cur: Cursor) -> bool:
        value = bool(cur.u8(name))
        cur.note(f"{name}: {'yes' if value else 'no'}")
        return value

    def write(out: bytearray, value: bool) -> None:  # noqa: FBT001 - the signature of all writers
        out.append(1 if value else 0)

    return Codec(read, write)


def octet_string(name: str) -> Codec:
    """An OCTET STRING: length and octets."""

    def read(cur: Cursor) -> bytes:
        value = axdr_length.read_octets(cur, name)
        cur.note(name)
        return value

    return Codec(read, axdr_length.write_octets)


def optional(inner: Codec, name: str) -> Codec:
    """An OPTIONAL field: 00 absent (None), 01 and the field."""

    def read(cur: Cursor) -> Any:  # noqa: ANN401 - whatever the field is
        present = cur.u8(name)
        cur.note(f"{name} {'follows' if present else 'absent'}")
        return inner.read(cur) if present else None

    def write(out: bytearray, value: Any) -> None:  # noqa: ANN401 - whatever the field is
        out.append(0 if value is None else 1)
        if value is not None:
            inner.write(out, value)

    return Codec(read, write)


def list_of(inner: Codec, name: str) -> Codec:
    """A SEQUENCE OF: count and elements. The count is held against the bytes that are left."""

    def read(cur: Cursor) -> tuple[Any, ...]:
        start = cur.pos
        count = axdr_length.read(cur, f"number of {name}")
        if count > cur.left:
            low, high = cur.place(start)
            raise DecodeError(
                "dlms.apdu.count",
                f"{count} {name} announced at offset {low}, {cur.left} bytes left",
                layer=LAYER,
                start=low,
                end=high,
            )
        cur.note(f"{count} {name}")
        return tuple(inner.read(cur) for _ in range(count))

    def write(out: bytearray, values: tuple[Any, ...]) -> None:
        out += axdr_length.encode(len(values))
        for value in values:
            inner.write(out, value)

    return Codec(read, write)


def record(kind: type[Any], *fields: Codec) -> Codec:
    """A SEQUENCE: the fields one after the other, held by `kind`."""

    def read(cur: Cursor) -> Any:  # noqa: ANN401 - an instance of `kind`
        return kind(*[field.read(cur) for field in fields])

    def write(out: bytearray, value: Any) -> None:  # noqa: ANN401 - an instance of `kind`
        for field, part in zip(fields, value, strict=True):
            field.write(out, part)

    return Codec(read, write)


def choice(name: str, *options: Option) -> Codec:
    """A CHOICE: a tag octet, then the alternative. An alternative of one field may be that field's own type."""
    by_tag = {row.tag: row for row in options}
    by_kind = {row.kind: row for row in options}

    def read(cur: Cursor) -> Any:  # noqa: ANN401 - one of the alternatives
        tag = cur.u8(name)
        row = by_tag.get(tag)
        if row is None:
            low, high = cur.place(cur.pos - 1)
            raise DecodeError(
                "dlms.apdu.choice", f"{name} has no choice {tag} (offset {low})", layer=LAYER, start=low, end=high
            )
        if cur.tracing:
            cur.note(f"{name}: {row.kind.__name__}")
        values = [field.read(cur) for field in row.fields]
        return values[0] if len(values) == 1 and isinstance(values[0], row.kind) else row.kind(*values)

    def write(out: bytearray, value: Any) -> None:  # noqa: ANN401 - one of the alternatives
        row = by_kind.get(type(value))
        if row is None:
            raise EncodeError("dlms.apdu.build", f"{name} cannot be a {type(value).__name__}")
        out.append(row.tag)
        own = len(row.fields) == 1 and not (isinstance(value, tuple) and len(value) == 1)
        for field, part in zip(row.fields, (value,) if own else value, strict=True):
            field.write(out, part)

    return Codec(read, write)


def _read_data(cur: Cursor) -> axdr.Data:
    return axdr.read_data(cur)


DATA: Final = Codec(_read_data, axdr_write.write_data)
