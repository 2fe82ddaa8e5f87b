"""Classes that hold what is measured: 1, 3, 4, 5, 6, 7, 61, 62, 63. Source: Blue Book part 2, 4.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms.axdr import ENUM
from emtkit.protocols.dlms.classes.shape import (
    ANY,
    DATE_TIME,
    I8,
    NAME,
    OCTETS,
    U8,
    U16,
    U32,
    array_of,
    cosem_class,
    enumeration,
    number,
    structure_of,
)

if TYPE_CHECKING:
    from emtkit.model.obis import Obis

DATA: Final = 1
REGISTER: Final = 3
EXTENDED_REGISTER: Final = 4
DEMAND_REGISTER: Final = 5
REGISTER_ACTIVATION: Final = 6
PROFILE_GENERIC: Final = 7
REGISTER_TABLE: Final = 61
COMPACT_DATA: Final = 62
STATUS_MAPPING: Final = 63

SORT_FIFO: Final = 1
SORT_LIFO: Final = 2
SORT_METHODS: Final[dict[int, str]] = {
    SORT_FIFO: "FIFO",
    SORT_LIFO: "LIFO",
    3: "largest first",
    4: "smallest first",
    5: "nearest to zero first",
    6: "farthest from zero first",
}
CAPTURE_METHODS: Final[dict[int, str]] = {0: "on invoke", 1: "on read"}


class ScalerUnit(NamedTuple):
    """A value is `raw * 10**scaler`, in the unit with this code (model.cosem_units)."""

    scaler: int
    unit: int


class CaptureObject(NamedTuple):
    """A column: an attribute of an object, or element `data_index` (from 1) of it; 0 is the whole attribute."""

    class_id: int
    logical_name: Obis
    attribute: int
    data_index: int = 0


class ObjectDefinition(NamedTuple):
    """An object."""

    class_id: int
    logical_name: Obis


class ActivationMask(NamedTuple):
    """Which registers are active under a mask: numbers in the register assignment, from 1."""

    name: bytes
    indices: tuple[int, ...]


class CellDefinition(NamedTuple):
    """The cells of a register table: one attribute of objects that differ in group E."""

    class_id: int
    logical_name: Obis
    group_e_values: tuple[int, ...]
    attribute: int


SCALER_UNIT: Final = structure_of(ScalerUnit, I8, number(ENUM))
CAPTURE_OBJECT: Final = structure_of(CaptureObject, U16, NAME, I8, U16)
CAPTURE_OBJECTS: Final = array_of(CAPTURE_OBJECT)

CLASSES: Final = (
    cosem_class(DATA, "Data", (("value", ANY),)),
    cosem_class(REGISTER, "Register", (("value", ANY), ("scaler_unit", SCALER_UNIT)), ("reset",)),
    cosem_class(
        EXTENDED_REGISTER,
        "Extended register",
        (("value", ANY), ("scaler_unit", SCALER_UNIT), ("status", ANY), ("capture_time", DATE_TIME)),
        ("reset",),
    ),
    cosem_class(
        DEMAND_REGISTER,
        "Demand register",
        (
            ("current_average_value", ANY),
            ("last_average_value", ANY),
            ("scaler_unit", SCALER_UNIT),
            ("status", ANY),
            ("capture_time", DATE_TIME),
            ("start_time_current", DATE_TIME),
            ("period", U32),
            ("number_of_periods", U16),
        ),
        ("reset", "next_period"),
    ),
    cosem_class(
        REGISTER_ACTIVATION,
        "Register activation",
        (
            ("register_assignment", array_of(structure_of(ObjectDefinition, U16, NAME))),
            ("mask_list", array_of(structure_of(ActivationMask, OCTETS, array_of(U8)))),
            ("active_mask", OCTETS),
        ),
        ("add_register", "add_mask", "delete_mask"),
    ),
    cosem_class(
        PROFILE_GENERIC,
        "Profile generic",
        (
            ("buffer", ANY),
            ("capture_objects", CAPTURE_OBJECTS),
            ("capture_period", U32),
            ("sort_method", enumeration(SORT_METHODS)),
            ("sort_object", CAPTURE_OBJECT),
            ("entries_in_use", U32),
            ("profile_entries", U32),
        ),
        ("reset", "capture"),
    ),
    cosem_class(
        REGISTER_TABLE,
        "Register table",
        (
            ("table_cell_values", ANY),
            ("table_cell_definition", structure_of(CellDefinition, U16, NAME, array_of(U8), I8)),
            ("scaler_unit", SCALER_UNIT),
        ),
        ("reset", "capture"),
    ),
    cosem_class(
        COMPACT_DATA,
        "Compact data",
        (
            ("compact_buffer", OCTETS),
            ("capture_objects", CAPTURE_OBJECTS),
            ("template_id", U8),
            ("template_description", OCTETS),
            ("capture_method", enumeration(CAPTURE_METHODS)),
        ),
        ("reset", "capture"),
    ),
    cosem_class(STATUS_MAPPING, "Status mapping", (("status_word", ANY), ("mapping_table", ANY))),
)
