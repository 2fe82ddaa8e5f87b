"""What a push holds: from the shapes meters give their notification bodies to labelled values.

a  a structure for each object: {name, value [, scaler_unit]}; also with a class id, or the name last
b  flat: name, value [, scaler_unit], name, value ...; a list id or a time may lead, a number may trail
c  the push object list first, then the values in its order
d  descriptors without tags (push_body.py): {class, name, attribute, value}
e  bare values, known by their position (push_lists.py)
f  as a or b, with tag and length of names swapped (push_body.py)

Source: IEC 62056-6-2, Push setup; the grid operators' descriptions of their customer interfaces.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.model.obis import Obis
from emtkit.protocols.dlms import axdr, push_lists
from emtkit.protocols.dlms.classes.access import PUSH_SETUP
from emtkit.protocols.dlms.classes.metering import ScalerUnit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtkit.protocols.dlms.apdu_notify import DataNotification
    from emtkit.protocols.dlms.axdr import Data

Shape = Literal["objects", "flat", "described", "untagged", "list", "bare"]

_MAX_DEPTH: Final = 8
_LAST_MEDIUM: Final = 15
VALUE: Final = 2
_PUSH_SETUP_NAME: Final = (25, 9)  # groups C and D


class PushItem(NamedTuple):
    """One value of a push. Class and attribute are 0 and the name is None where the meter does not say."""

    value: Data
    obis: Obis | None = None
    class_id: int = 0
    attribute: int = 0
    scaler_unit: ScalerUnit | None = None


class Push(NamedTuple):
    """A push: its shape, its values in order, and which list of push_lists gave names or units, if one did."""

    shape: Shape
    items: tuple[PushItem, ...]
    known_list: str | None = None

    @property
    def number(self) -> PushItem | None:
        """Return the meter number that ends a flat push (Netz Niederösterreich), if there is one."""
        last = self.items[-1] if len(self.items) > 1 and self.shape == "flat" else None
        return last if last is not None and last.obis is None and last.value.tag == axdr.OCTET_STRING else None


def read_push(notification: DataNotification) -> Push:
    """Return the values of a notification."""
    body = notification.body
    data = body.data
    if body.quirk == "untagged_descriptors":
        return Push("untagged", tuple(_untagged(row) for row in data.value[1].value))
    if data.tag not in axdr.CONTAINERS:
        return Push("bare", (PushItem(data),))
    described = _described(data)
    if described is not None:
        return Push("described", described)
    items: list[PushItem] = []
    flat = _walk(data.elements, items, 0)
    found = Push("flat" if flat else "objects", tuple(items))
    known = push_lists.match(data.elements, tagged_time=notification.time.tagged)
    if known is None:
        return found if any(item.obis for item in items) else found._replace(shape="bare")
    if known.rows:
        named = zip(data.elements, known.rows, strict=True)
        return Push("list", tuple(_from_list(value, row) for value, row in named), known.name)
    return Push(found.shape, tuple(_with_unit(item, known) for item in items), known.name)


def _from_list(value: Data, row: push_lists.ListRow | None) -> PushItem:
    if row is None:
        return PushItem(value)
    return PushItem(value, row.obis, 0, VALUE, row.scaler_unit)


def _with_unit(item: PushItem, known: push_lists.PushList) -> PushItem:
    if item.obis is None or item.scaler_unit is not None or item.value.tag not in axdr.INTEGERS:
        return item
    return item._replace(scaler_unit=known.units.get((item.obis.c, item.obis.d)))


def is_name(data: Data) -> bool:
    """Say whether this can be a logical name: six octets, and a medium that exists."""
    return data.tag == axdr.OCTET_STRING and len(data.value) == 6 and data.value[0] <= _LAST_MEDIUM


@lru_cache(maxsize=4096)
def _named(octets: bytes) -> Obis:
    return Obis(*octets)


def _obis(data: Data) -> Obis:
    return _named(data.value)


def scaler_unit(data: Data) -> ScalerUnit | None:
    """Return a scaler and unit, None if this is something else."""
    if data.tag == axdr.STRUCTURE and len(data.value) == 2:
        scaler, unit = data.value
        if scaler.tag == axdr.INTEGER and unit.tag == axdr.ENUM:
            return ScalerUnit(scaler.value, unit.value)
    return None


def _untagged(row: Data) -> PushItem:
    class_id, name, attribute, value = row.value
    return PushItem(value, _obis(name), class_id.value, attribute.value)


def _described(data: Data) -> tuple[PushItem, ...] | None:
    """Shape c: element 0 lists the objects; it is itself the value of the first of them, or stands before all."""
    elements = data.elements
    if data.tag != axdr.STRUCTURE or not elements or elements[0].tag != axdr.ARRAY:
        return None
    definitions = elements[0].elements
    if not definitions or not all(map(_is_definition, definitions)):
        return None
    if len(definitions) == len(elements):
        pairs = list(zip(definitions, elements, strict=True))[1:]
    elif len(definitions) == len(elements) - 1:
        pairs = list(zip(definitions, elements[1:], strict=True))
    else:
        return None
    return tuple(
        PushItem(value, _obis(of.elements[1]), of.elements[0].value, of.elements[2].value) for of, value in pairs
    )


def _is_definition(data: Data) -> bool:
    parts = data.elements
    return (
        len(parts) >= 4
        and parts[0].tag == axdr.LONG_UNSIGNED
        and is_name(parts[1])
        and parts[2].tag == axdr.INTEGER
        and parts[3].tag == axdr.LONG_UNSIGNED
    )


def _walk(elements: Sequence[Data], items: list[PushItem], depth: int) -> bool:
    """Shapes a and b. Appends what it finds; says whether names stood flat among the values."""
    flat = False
    at = 0
    while at < len(elements):
        element = elements[at]
        whole = _object(element)
        if whole is not None:
            items.append(whole)
        elif is_name(element) and _labels(elements, at):
            unit = scaler_unit(elements[at + 2]) if at + 2 < len(elements) else None
            items.append(PushItem(elements[at + 1], _obis(element), 0, 0, unit))
            at += 1 if unit is None else 2
            flat = True
        elif is_name(element) and _obis(element)[2:4] == _PUSH_SETUP_NAME:
            items.append(PushItem(element, _obis(element), PUSH_SETUP, 1))
        elif element.tag in (axdr.ARRAY, axdr.STRUCTURE) and depth < _MAX_DEPTH and _holds_names(element):
            flat = _walk(element.elements, items, depth + 1) or flat
        elif element.tag != axdr.NULL:
            items.append(PushItem(element))
        at += 1
    return flat


def _labels(elements: Sequence[Data], at: int) -> bool:
    """Say whether the name at this place is the label of the element after it (and not itself a value)."""
    if at + 1 >= len(elements) or _obis(elements[at])[2:4] == _PUSH_SETUP_NAME:
        return False
    # name, name, name: the second may be the value of the first; name, name, value: it is not
    return not is_name(elements[at + 1]) or at + 2 >= len(elements) or is_name(elements[at + 2])


def _holds_names(data: Data) -> bool:
    return any(is_name(part) or part.tag in (axdr.ARRAY, axdr.STRUCTURE) for part in data.elements)


def _object(data: Data) -> PushItem | None:
    """Read {name, value [, su]}, {class, name [, attribute] [, su], value} or {value, class, su, name}."""
    if data.tag != axdr.STRUCTURE:
        return None
    parts: tuple[Data, ...] = data.value
    if not 2 <= len(parts) <= 5:
        return None
    if len(parts) == 3 and is_name(parts[0]):  # what nearly all meters send
        unit = scaler_unit(parts[2])
        if unit is not None:
            return PushItem(parts[1], _obis(parts[0]), 0, 0, unit)
    class_id = attribute = 0
    if is_name(parts[0]):
        name, rest = parts[0], parts[1:]
    elif parts[0].tag == axdr.LONG_UNSIGNED and is_name(parts[1]):
        class_id, name, rest = parts[0].value, parts[1], parts[2:]
        if len(rest) > 1 and rest[0].tag in (axdr.INTEGER, axdr.UNSIGNED):
            attribute, rest = rest[0].value, rest[1:]
    elif is_name(parts[-1]) and parts[1].tag == axdr.LONG_UNSIGNED:
        class_id, name, rest = parts[1].value, parts[-1], (parts[0], *parts[2:-1])
    else:
        return None
    value, unit = None, None
    for part in rest:
        found = scaler_unit(part)
        if found is not None and unit is None:
            unit = found
        elif value is None:
            value = part
        else:
            return None
    return None if value is None else PushItem(value, _obis(name), class_id, attribute, unit)
