"""Classes that switch, limit and read other meters: 70, 71, 72. Source: Blue Book part 2, 4.5 and 4.8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms.axdr import ENUM
from emtkit.protocols.dlms.classes.schedule import SCRIPT_REFERENCE
from emtkit.protocols.dlms.classes.shape import (
    ANY,
    BOOL,
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
    from emtkit.protocols.dlms.classes.schedule import ScriptReference
    from emtkit.protocols.dlms.cosem_time import CosemTime

DISCONNECT_CONTROL: Final = 70
LIMITER: Final = 71
MBUS_CLIENT: Final = 72

CONTROL_STATES: Final[dict[int, str]] = {0: "disconnected", 1: "connected", 2: "ready for reconnection"}
KEY_STATES: Final[dict[int, str]] = {
    0: "no encryption key",
    1: "encryption key set",
    2: "encryption key transferred",
    3: "encryption key set and transferred",
    4: "encryption key in use",
}


class MonitoredValue(NamedTuple):
    """The attribute a limiter watches."""

    class_id: int
    logical_name: Obis
    attribute: int


class EmergencyProfile(NamedTuple):
    """A limit that holds for some time. `duration` in seconds."""

    profile_id: int
    activation_time: CosemTime
    duration: int


class LimiterActions(NamedTuple):
    """The scripts that run when the threshold is crossed upwards and downwards."""

    over: ScriptReference
    under: ScriptReference


class CaptureDefinition(NamedTuple):
    """An M-Bus record that is captured, by its DIB and VIB."""

    dib: bytes
    vib: bytes


CLASSES: Final = (
    cosem_class(
        DISCONNECT_CONTROL,
        "Disconnect control",
        (("output_state", BOOL), ("control_state", enumeration(CONTROL_STATES)), ("control_mode", number(ENUM))),
        ("remote_disconnect", "remote_reconnect"),
    ),
    cosem_class(
        LIMITER,
        "Limiter",
        (
            ("monitored_value", structure_of(MonitoredValue, U16, NAME, I8)),
            ("threshold_active", ANY),
            ("threshold_normal", ANY),
            ("threshold_emergency", ANY),
            ("min_over_threshold_duration", U32),
            ("min_under_threshold_duration", U32),
            ("emergency_profile", structure_of(EmergencyProfile, U16, DATE_TIME, U32)),
            ("emergency_profile_group_id_list", array_of(U16)),
            ("emergency_profile_active", BOOL),
            ("actions", structure_of(LimiterActions, SCRIPT_REFERENCE, SCRIPT_REFERENCE)),
        ),
    ),
    cosem_class(
        MBUS_CLIENT,
        "M-Bus client",
        (
            ("mbus_port_reference", NAME),
            ("capture_definition", array_of(structure_of(CaptureDefinition, OCTETS, OCTETS))),
            ("capture_period", U32),
            ("primary_address", U8),
            ("identification_number", U32),
            ("manufacturer_id", U16),
            ("version", U8),
            ("device_type", U8),
            ("access_number", U8),
            ("status", U8),
            ("alarm", U8),
            ("configuration", U16),
            ("encryption_key_status", enumeration(KEY_STATES)),
        ),
        (
            "slave_install",
            "slave_deinstall",
            "capture",
            "reset_alarm",
            "synchronize_clock",
            "data_send",
            "set_encryption_key",
            "transfer_key",
        ),
    ),
)
