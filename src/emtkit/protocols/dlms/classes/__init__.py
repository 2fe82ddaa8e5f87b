"""The interface classes of COSEM: what each attribute of an object is called and what it looks like.

Classes that are not in the tables are read generically: their attributes are `Data`.
Source: DLMS UA Blue Book part 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtkit.protocols.dlms.classes import access, control, metering, schedule

if TYPE_CHECKING:
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.classes.shape import CosemClass

CLASSES: Final[dict[int, CosemClass]] = {
    row.class_id: row for row in (*metering.CLASSES, *schedule.CLASSES, *access.CLASSES, *control.CLASSES)
}


def class_name(class_id: int) -> str:
    """Return the name of a class."""
    row = CLASSES.get(class_id)
    return row.name if row else f"class {class_id}"


def attribute_name(class_id: int, number: int) -> str:
    """Return the name of an attribute: `capture_time`, or `attribute 12` where no table has it."""
    row = CLASSES.get(class_id)
    attribute = row.attribute(number) if row else None
    if attribute is None:
        return "logical_name" if number == 1 else f"attribute {number}"
    return attribute.name


def read_attribute(class_id: int, number: int, data: Data) -> Any:  # noqa: ANN401 - the type follows from the table
    """Return the value of an attribute as its class types it; `data` itself where the class does not say.

    Raises DecodeError `dlms.class.type` when the data do not look as the class says.
    """
    row = CLASSES.get(class_id)
    attribute = row.attribute(number) if row else None
    return data if attribute is None else attribute.shape.read(data)


def write_attribute(class_id: int, number: int, value: Any) -> Data:  # noqa: ANN401 - the type follows from the table
    """Return the data of an attribute. Raises EncodeError `dlms.class.build`, `dlms.axdr.build`."""
    row = CLASSES.get(class_id)
    attribute = row.attribute(number) if row else None
    found: Data = value if attribute is None else attribute.shape.write(value)
    return found
