"""The body of a notification as bytes: plain A-XDR, and the two forms meters send that are not.

- Sagemcom XT211 and EGD (Czechia): class, logical name and attribute stand without tags:
  `02 02 16 kind 01 count (02 02 class(2) name(6) attribute(1) value)...`
- some Landis+Gyr meters swap tag and length of logical names: `06 09 name(6)` for `09 06 name(6)`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.model.errors import DecodeError
from emtkit.protocols.dlms import axdr, axdr_length, axdr_write
from emtkit.protocols.dlms.axdr import Data

if TYPE_CHECKING:
    from emtkit.wire.cursor import Cursor

Quirk = Literal["", "untagged_descriptors", "swapped_names"]

_DESCRIPTOR_SIZE: Final = 9
_NAME_SIZE: Final = 6
_SWAPPED: Final = bytes((axdr.DOUBLE_LONG_UNSIGNED, axdr.OCTET_STRING))


class Body(NamedTuple):
    """What a notification carries, always as a proper value; `quirk` says how the meter wrote it.

    swapped   which of the logical names (counted in order, from 0) have tag and length swapped
    """

    data: Data
    quirk: Quirk = ""
    swapped: tuple[int, ...] = ()


def read_body(cur: Cursor) -> Body:
    """Read the body of a notification.

    Plain A-XDR that fills the rest of the APDU is taken as it is; only what is not is tried in the other
    forms. Raises the error of the plain reading when no form fits.
    """
    start, marks = cur.pos, 0 if cur.trace is None else len(cur.trace.spans)
    failure: DecodeError | None = None
    try:
        plain = axdr.read_data(cur)
    except DecodeError as error:
        failure = error
    else:
        if not cur.left:
            return Body(plain)
    plain_end = cur.pos
    for reader in (_read_untagged, _read_swapped):
        cur.pos = start
        if cur.trace is not None:
            del cur.trace.spans[marks:]
        body = reader(cur)
        if body is not None and not cur.left:
            return body
    cur.pos = start
    if failure is None:
        cur.end, end = plain_end, cur.end
        plain = axdr.read_data(cur)  # once more for its spans: bytes are left over, but the value is whole
        cur.end = end
        return Body(plain)
    with suppress(DecodeError):
        axdr.read_data(cur)  # once more for the spans up to the error
    raise failure


def _read_untagged(cur: Cursor) -> Body | None:
    """Read `02 02 16 kind 01 count` and descriptors without tags, None if it is something else."""
    head = cur.data[cur.pos : cur.pos + 5]
    if len(head) < 5 or head[:3] != b"\x02\x02\x16" or head[4] != axdr.ARRAY:
        return None
    start = cur.pos
    layer, cur.layer = cur.layer, axdr.LAYER
    try:
        cur.take(2, "structure")
        kind = axdr.read_data(cur)
        cur.take(1, "array")
        count = axdr_length.read(cur, "count")
        cur.note(f"array of {count}")
        items = [_read_item(cur) for _ in range(min(count, cur.left))]
    except DecodeError:
        return None
    finally:
        cur.layer = layer
    if len(items) != count:
        return None
    rows = Data(axdr.ARRAY, tuple(items), start, cur.pos)
    return Body(Data(axdr.STRUCTURE, (kind, rows), start, cur.pos), "untagged_descriptors")


def _read_item(cur: Cursor) -> Data:
    """Read one structure of two: a descriptor without tags and a value, as {class, name, attribute, value}."""
    start = cur.pos
    if cur.take(2, "structure") != b"\x02\x02":
        raise DecodeError("dlms.axdr.tag", "no pair of descriptor and value", layer=axdr.LAYER)
    at = cur.pos
    raw = cur.take(_DESCRIPTOR_SIZE, "descriptor")
    class_id = Data(axdr.LONG_UNSIGNED, int.from_bytes(raw[:2], "big"), at, at + 2)
    name = Data(axdr.OCTET_STRING, raw[2:8], at + 2, at + 8)
    attribute = Data(axdr.INTEGER, int.from_bytes(raw[8:], "big", signed=True), at + 8, at + 9)
    value = axdr.read_data(cur)
    return Data(axdr.STRUCTURE, (class_id, name, attribute, value), start, cur.pos)


def _read_swapped(cur: Cursor) -> Body | None:
    """Read A-XDR whose logical names may have tag and length swapped, None if that does not fit either."""
    if cur.data.find(_SWAPPED, cur.pos, cur.end) < 0:
        return None
    names: list[bool] = []
    try:
        data = _read_swapped_value(cur, 0, names)
    except DecodeError:
        return None
    return Body(data, "swapped_names", tuple(number for number, swapped in enumerate(names) if swapped))


def _read_swapped_value(cur: Cursor, depth: int, names: list[bool]) -> Data:
    """Read one value; `names` gets an entry for each logical name: whether it was swapped."""
    start = cur.pos
    if cur.data[start : start + 2] == _SWAPPED and cur.data[start + 7 : start + 8] == b"\xff":
        cur.take(2, "octet-string")
        name = cur.take(_NAME_SIZE, "octet-string")
        names.append(True)
        return Data(axdr.OCTET_STRING, name, start, cur.pos)
    if cur.peek() not in (axdr.ARRAY, axdr.STRUCTURE) or depth >= axdr.MAX_DEPTH:
        data = axdr.read_data(cur)
        if _is_name(data):
            names.append(False)
        return data
    tag = cur.u8("tag")
    count = axdr_length.read(cur, "count")
    if count > cur.left:
        raise DecodeError("dlms.axdr.count", f"{count} elements announced, {cur.left} bytes left", layer=axdr.LAYER)
    cur.note(f"{axdr.NAMES[tag]} of {count}")
    elements = tuple(_read_swapped_value(cur, depth + 1, names) for _ in range(count))
    return Data(tag, elements, start, cur.pos)


def _is_name(data: Data) -> bool:
    return data.tag == axdr.OCTET_STRING and len(data.value) == _NAME_SIZE and data.value[5] == 0xFF


def write_body(out: bytearray, body: Body) -> None:
    """Append the body of a notification, in the form its quirk says."""
    if body.quirk == "untagged_descriptors":
        kind, rows = body.data.value
        out += b"\x02\x02"
        axdr_write.write_data(out, kind)
        out += bytes((axdr.ARRAY,)) + axdr_length.encode(len(rows.value))
        for class_id, name, attribute, value in (row.value for row in rows.value):
            out += b"\x02\x02" + class_id.value.to_bytes(2, "big") + name.value
            out += attribute.value.to_bytes(1, "big", signed=True)
            axdr_write.write_data(out, value)
    elif body.quirk == "swapped_names":
        _write_swapped(out, body.data, frozenset(body.swapped), [0])
    else:
        axdr_write.write_data(out, body.data)


def _write_swapped(out: bytearray, data: Data, swapped: frozenset[int], seen: list[int]) -> None:
    if data.tag in (axdr.ARRAY, axdr.STRUCTURE):
        out.append(data.tag)
        out += axdr_length.encode(len(data.value))
        for element in data.value:
            _write_swapped(out, element, swapped, seen)
        return
    if _is_name(data):
        number, seen[0] = seen[0], seen[0] + 1
        if number in swapped:
            out += _SWAPPED + data.value
            return
    axdr_write.write_data(out, data)
