"""Compact arrays, and the buffers of compact data objects (class 62).

A compact array says the type of its elements once; the contents are bare values. A class 62 buffer is
the same without the type: that stands in the object's template_description.

Source: IEC 62056-6-2, compact-array; Blue Book, Compact data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.protocols.dlms import axdr, axdr_length, axdr_write
from emtkit.protocols.dlms.axdr import ARRAY, STRUCTURE, CompactArray, Data, TypeDescription

if TYPE_CHECKING:
    from emtkit.wire.cursor import Cursor
    from emtkit.wire.view import View

# A value without bytes (null-data) costs nothing to announce; this many values per byte are believed.
MAX_VALUES_PER_BYTE: Final = 16


def read_compact_array(cur: Cursor, depth: int = 0) -> CompactArray:
    """Read a compact array, its tag included.

    Raises DecodeError `dlms.axdr.count` when the type announces more values than the contents can hold.
    """
    start = cur.pos
    cur.u8("compact-array")
    description = read_description(cur, depth)
    size = axdr_length.read(cur, "contents length")
    if size > cur.left:
        raise cur.short(size, "contents")
    cur.note(f"compact-array, {size} bytes of contents")
    budget = [MAX_VALUES_PER_BYTE * (size + cur.pos - start)]
    end, cur.end = cur.end, cur.pos + size
    elements = []
    try:
        while cur.left:
            before = cur.pos
            elements.append(read_bare(cur, description, budget))
            if cur.pos == before:
                raise _too_many(cur, "elements without bytes cannot fill the contents")
    finally:
        cur.end = end
    return CompactArray(description, tuple(elements))


def read_description(cur: Cursor, depth: int = 0, *, counted: bool = True) -> TypeDescription:
    """Read a type description. Class 62 templates give no count with an array (`counted=False`)."""
    tag = cur.u8("type description")
    if tag not in axdr.NAMES or tag == axdr.COMPACT_ARRAY:
        low, high = cur.place(cur.pos - 1)
        raise DecodeError(
            "dlms.axdr.tag", f"no data type has tag {tag} (offset {low})", layer=axdr.LAYER, start=low, end=high
        )
    if tag not in (ARRAY, STRUCTURE):
        return TypeDescription(tag)
    if depth >= axdr.MAX_DEPTH:
        low, high = cur.place(cur.pos - 1)
        raise DecodeError(
            "dlms.axdr.nesting", f"more than {axdr.MAX_DEPTH} types inside each other", start=low, end=high
        )
    if tag == ARRAY:
        count = cur.u16be("array count") if counted else 0
        return TypeDescription(ARRAY, count, (read_description(cur, depth + 1, counted=counted),))
    parts = axdr_length.read(cur, "structure count")
    if parts > cur.left:
        raise _too_many(cur, f"{parts} types announced, {cur.left} bytes left")
    return TypeDescription(
        STRUCTURE, parts, tuple(read_description(cur, depth + 1, counted=counted) for _ in range(parts))
    )


def read_bare(cur: Cursor, description: TypeDescription, budget: list[int], *, counted: bool = True) -> Data:
    """Read one untagged value of this type. `budget` is how many more values will be believed."""
    start = cur.pos
    budget[0] -= 1
    if budget[0] < 0:
        raise _too_many(cur, "the type announces more values than its bytes can hold")
    if description.tag == STRUCTURE:
        value: Any = tuple(read_bare(cur, part, budget, counted=counted) for part in description.parts)
    elif description.tag == ARRAY:
        count = description.length if counted else axdr_length.read(cur, "array count")
        value = tuple(read_bare(cur, description.parts[0], budget, counted=counted) for _ in range(count))
    else:
        trace, cur.trace = cur.trace, None
        value = axdr.read_untagged(cur, description.tag)
        cur.trace = trace
        if trace is not None:
            name = axdr.NAMES[description.tag]
            trace.add(cur.view, start, cur.pos, axdr.LAYER, name, "", axdr.trace_value(value))
    return Data(description.tag, value, start, cur.pos)


def _too_many(cur: Cursor, message: str) -> DecodeError:
    low, high = cur.place(cur.pos)
    return DecodeError("dlms.axdr.count", f"{message} (offset {low})", layer=axdr.LAYER, start=low, end=high)


def write_compact_array(out: bytearray, value: CompactArray) -> None:
    """Append a compact array, its tag included."""
    out.append(axdr.COMPACT_ARRAY)
    write_description(out, value.description)
    contents = bytearray()
    for element in value.elements:
        write_bare(contents, value.description, element)
    axdr_length.write_octets(out, bytes(contents))


def write_description(out: bytearray, description: TypeDescription, *, counted: bool = True) -> None:
    """Append a type description."""
    out.append(description.tag)
    if description.tag == ARRAY and counted:
        out += description.length.to_bytes(2, "big")
    elif description.tag == STRUCTURE:
        out += axdr_length.encode(len(description.parts))
    for part in description.parts:
        write_description(out, part, counted=counted)


def write_bare(out: bytearray, description: TypeDescription, element: Data, *, counted: bool = True) -> None:
    """Append one value without tags. Raises EncodeError `dlms.axdr.build` when it is not of this type."""
    if element.tag != description.tag:
        expected = axdr.NAMES.get(description.tag)
        raise EncodeError("dlms.axdr.build", f"{expected} expected, not {axdr.NAMES.get(element.tag)}")
    if description.tag not in (ARRAY, STRUCTURE):
        axdr_write.write_untagged(out, element.tag, element.value)
        return
    parts = description.parts if description.tag == STRUCTURE else description.parts * len(element.value)
    fits = len(parts) == len(element.value)
    if description.tag == ARRAY and counted:
        fits = len(element.value) == description.length
    if not fits:
        raise EncodeError("dlms.axdr.build", f"{len(element.value)} elements do not fit the type description")
    if description.tag == ARRAY and not counted:
        out += axdr_length.encode(len(element.value))
    for part, item in zip(parts, element.value, strict=True):
        write_bare(out, part, item, counted=counted)


def describe(data: Data) -> TypeDescription:
    """Return the type description that fits this value (an array is described by its first element)."""
    if data.tag == STRUCTURE:
        return TypeDescription(STRUCTURE, len(data.value), tuple(describe(part) for part in data.value))
    if data.tag == ARRAY:
        first = describe(data.value[0]) if data.value else TypeDescription(axdr.NULL)
        return TypeDescription(ARRAY, len(data.value), (first,))
    return TypeDescription(data.tag)


def read_template(template: bytes) -> TypeDescription:
    """Read the template_description of a compact data object (class 62, attribute 5)."""
    from emtkit.wire.cursor import Cursor
    from emtkit.wire.view import View

    cur = Cursor(View(template, "template"), axdr.LAYER)
    return read_description(cur, counted=False)


def read_compact_data(view: View, template: TypeDescription) -> tuple[Data, ...]:
    """Read the compact_buffer of class 62: the values of the template, as often as they fit."""
    from emtkit.wire.cursor import Cursor

    cur = Cursor(view, axdr.LAYER)
    budget = [MAX_VALUES_PER_BYTE * (len(view.data) + 16)]
    rows = []
    while cur.left:
        before = cur.pos
        rows.append(read_bare(cur, template, budget, counted=False))
        if cur.pos == before:
            raise _too_many(cur, "elements without bytes cannot fill the buffer")
    return tuple(rows)
