"""Classes of time and of what happens when: 8, 9, 11, 20, 22. Source: Blue Book part 2, 4.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms.classes.shape import (
    ANY,
    BOOL,
    DATE,
    DATE_TIME,
    I8,
    I16,
    NAME,
    OCTETS,
    TIME,
    U8,
    U16,
    array_of,
    cosem_class,
    enumeration,
    structure_of,
)

if TYPE_CHECKING:
    from emtkit.model.obis import Obis
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.classes.shape import Enumerated
    from emtkit.protocols.dlms.cosem_time import CosemClock, CosemDate, CosemTime

CLOCK: Final = 8
SCRIPT_TABLE: Final = 9
SPECIAL_DAYS: Final = 11
ACTIVITY_CALENDAR: Final = 20
SINGLE_ACTION: Final = 22

CLOCK_BASES: Final[dict[int, str]] = {
    0: "not defined",
    1: "internal crystal",
    2: "mains 50 Hz",
    3: "mains 60 Hz",
    4: "GPS",
    5: "radio controlled",
}
SERVICES: Final[dict[int, str]] = {1: "write attribute", 2: "execute method"}
SCHEDULE_TYPES: Final[dict[int, str]] = {
    1: "one time, wildcard date",
    2: "times, equal, no wildcard date",
    3: "times, different, no wildcard date",
    4: "times, equal, wildcard date",
    5: "times, different, wildcard date",
}


class ScriptAction(NamedTuple):
    """One step of a script: write an attribute or execute a method."""

    service: Enumerated
    class_id: int
    logical_name: Obis
    number: int
    parameter: Data


class Script(NamedTuple):
    """A script."""

    script_id: int
    actions: tuple[ScriptAction, ...]


class ScriptReference(NamedTuple):
    """A script of a script table."""

    logical_name: Obis
    selector: int


class SpecialDay(NamedTuple):
    """A day that follows the schedule of another."""

    number: int
    date: CosemDate
    day_id: int


class Season(NamedTuple):
    """From when on which week applies."""

    name: bytes
    start: CosemTime
    week: bytes


class Week(NamedTuple):
    """Which day profile each weekday follows."""

    name: bytes
    monday: int
    tuesday: int
    wednesday: int
    thursday: int
    friday: int
    saturday: int
    sunday: int


class DayAction(NamedTuple):
    """What happens at a time of day."""

    start: CosemClock
    logical_name: Obis
    selector: int


class DayProfile(NamedTuple):
    """The schedule of a day."""

    day_id: int
    schedule: tuple[DayAction, ...]


class ExecutionTime(NamedTuple):
    """When a single action happens."""

    time: CosemClock
    date: CosemDate


SCRIPT_REFERENCE: Final = structure_of(ScriptReference, NAME, U16)
_SEASONS: Final = array_of(structure_of(Season, OCTETS, DATE_TIME, OCTETS))
_WEEKS: Final = array_of(structure_of(Week, OCTETS, *(U8,) * 7))
_DAYS: Final = array_of(structure_of(DayProfile, U8, array_of(structure_of(DayAction, TIME, NAME, U16))))

CLASSES: Final = (
    cosem_class(
        CLOCK,
        "Clock",
        (
            ("time", DATE_TIME),
            ("time_zone", I16),
            ("status", U8),
            ("daylight_savings_begin", DATE_TIME),
            ("daylight_savings_end", DATE_TIME),
            ("daylight_savings_deviation", I8),
            ("daylight_savings_enabled", BOOL),
            ("clock_base", enumeration(CLOCK_BASES)),
        ),
        (
            "adjust_to_quarter",
            "adjust_to_measuring_period",
            "adjust_to_minute",
            "adjust_to_preset_time",
            "preset_adjusting_time",
            "shift_time",
        ),
    ),
    cosem_class(
        SCRIPT_TABLE,
        "Script table",
        (
            (
                "scripts",
                array_of(
                    structure_of(
                        Script,
                        U16,
                        array_of(structure_of(ScriptAction, enumeration(SERVICES), U16, NAME, I8, ANY)),
                    )
                ),
            ),
        ),
        ("execute",),
    ),
    cosem_class(
        SPECIAL_DAYS,
        "Special days table",
        (("entries", array_of(structure_of(SpecialDay, U16, DATE, U8))),),
        ("insert", "delete"),
    ),
    cosem_class(
        ACTIVITY_CALENDAR,
        "Activity calendar",
        (
            ("calendar_name_active", OCTETS),
            ("season_profile_active", _SEASONS),
            ("week_profile_table_active", _WEEKS),
            ("day_profile_table_active", _DAYS),
            ("calendar_name_passive", OCTETS),
            ("season_profile_passive", _SEASONS),
            ("week_profile_table_passive", _WEEKS),
            ("day_profile_table_passive", _DAYS),
            ("activate_passive_calendar_time", DATE_TIME),
        ),
        ("activate_passive_calendar",),
    ),
    cosem_class(
        SINGLE_ACTION,
        "Single action schedule",
        (
            ("executed_script", SCRIPT_REFERENCE),
            ("type", enumeration(SCHEDULE_TYPES)),
            ("execution_time", array_of(structure_of(ExecutionTime, TIME, DATE))),
        ),
    ),
)
