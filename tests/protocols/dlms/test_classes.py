from __future__ import annotations

from typing import Any

import pytest

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.model.obis import Obis
from emtkit.protocols.dlms import axdr, axdr_write
from emtkit.protocols.dlms.axdr import BitString, Data
from emtkit.protocols.dlms.classes import (
    CLASSES,
    access,
    attribute_name,
    class_name,
    control,
    metering,
    read_attribute,
    schedule,
    write_attribute,
)
from emtkit.protocols.dlms.classes.shape import Enumerated
from emtkit.protocols.dlms.cosem_time import CosemClock, CosemDate, CosemTime
from emtkit.wire.cursor import Cursor
from emtkit.wire.view import View

TYPED = {1, 3, 4, 5, 6, 7, 8, 9, 11, 15, 17, 18, 20, 22, 40, 61, 62, 63, 64, 70, 71, 72}
NAME = Obis(1, 0, 1, 8, 0, 255)
CLOCK = Obis(0, 0, 1, 0, 0, 255)
NOW = CosemTime(2026, 11, 23, 1, 12, 30, 0, 0, -60, 0)
SCRIPT = schedule.ScriptReference(Obis(0, 0, 10, 0, 106, 255), 1)
STATE = Data(axdr.UNSIGNED, 7)
WEEK = schedule.Week(b"W", 1, 1, 1, 1, 1, 2, 2)
DAYS = (schedule.DayProfile(1, (schedule.DayAction(CosemClock(6, 0, 0, 0), NAME, 1),)),)
RIGHTS = access.AccessRights(
    (access.AttributeAccess(1, 1, None), access.AttributeAccess(2, 1, (1, 2))), (access.MethodAccess(1, 1),)
)

# class, attribute -> a value of each type that an attribute can have
VALUES: dict[tuple[int, int], Any] = {
    (1, 2): STATE,
    (3, 3): metering.ScalerUnit(-1, 30),
    (4, 5): NOW,
    (5, 8): 900,
    (5, 9): 4,
    (6, 2): (metering.ObjectDefinition(3, NAME),),
    (6, 3): (metering.ActivationMask(b"MASK1", (1, 2)),),
    (6, 4): b"MASK1",
    (7, 3): (metering.CaptureObject(8, CLOCK, 2, 0), metering.CaptureObject(3, NAME, 2, 0)),
    (7, 4): 900,
    (7, 5): Enumerated(1, "FIFO"),
    (7, 6): metering.CaptureObject(8, CLOCK, 2, 0),
    (8, 2): NOW,
    (8, 3): -60,
    (8, 7): 60,
    (8, 8): True,
    (8, 9): Enumerated(1, "internal crystal"),
    (9, 2): (schedule.Script(1, (schedule.ScriptAction(Enumerated(2, "execute method"), 70, NAME, 1, STATE),)),),
    (11, 2): (schedule.SpecialDay(1, CosemDate(0xFFFF, 12, 24, 0xFF), 2),),
    (15, 2): (access.ObjectListEntry(3, 0, NAME, RIGHTS),),
    (15, 3): access.Partners(16, 1),
    (15, 5): access.XdlmsContext(BitString(24, b"\x00\x7e\x1f"), 1024, 1024, 6, 0, b""),
    (15, 8): Enumerated(2, "associated"),
    (15, 9): Obis(0, 0, 43, 0, 0, 255),
    (15, 11): access.User(1, b"user"),
    (17, 2): (access.SapEntry(1, b"EMT0000000000001"),),
    (18, 3): BitString.of("1101"),
    (18, 5): False,
    (18, 6): Enumerated(3, "verification successful"),
    (18, 7): (access.ImageInfo(65536, b"image", b""),),
    (20, 3): (schedule.Season(b"S", NOW, b"W"),),
    (20, 4): (WEEK,),
    (20, 5): DAYS,
    (20, 10): NOW,
    (22, 2): SCRIPT,
    (22, 4): (schedule.ExecutionTime(CosemClock(0, 0, 0, 0), CosemDate()),),
    (40, 3): access.Destination(Enumerated(0, "TCP"), b"host:4059", Enumerated(0, "A-XDR")),
    (40, 4): (access.Window(NOW, NOW),),
    (61, 3): metering.CellDefinition(3, NAME, (1, 2, 3), 2),
    (62, 2): b"\x00\x01",
    (62, 6): Enumerated(1, "on read"),
    (63, 2): STATE,
    (64, 2): 3,
    (64, 3): Enumerated(0, "AES-GCM-128"),
    (64, 6): (
        access.CertificateInfo(Enumerated(0, "server"), Enumerated(0, "digital signature"), b"1", b"CA", b"S", b""),
    ),
    (70, 2): True,
    (70, 3): Enumerated(1, "connected"),
    (70, 4): 4,
    (71, 2): control.MonitoredValue(3, NAME, 2),
    (71, 8): control.EmergencyProfile(1, NOW, 3600),
    (71, 9): (1, 2),
    (71, 11): control.LimiterActions(SCRIPT, SCRIPT),
    (72, 3): (control.CaptureDefinition(b"\x04", b"\x13"),),
    (72, 6): 12345678,
    (72, 14): Enumerated(2, "encryption key transferred"),
}


def test_the_classes_are_there() -> None:
    assert set(CLASSES) == TYPED
    assert {class_id for class_id, _ in VALUES} == TYPED


@pytest.mark.parametrize(("class_id", "attribute"), VALUES, ids=str)
def test_attributes_are_written_and_read(class_id: int, attribute: int) -> None:
    value = VALUES[class_id, attribute]
    raw = axdr_write.encode_data(write_attribute(class_id, attribute, value))
    data = axdr.read_data(Cursor(View(raw), "test"))
    found = read_attribute(class_id, attribute, data)
    if isinstance(value, Data):
        assert found.same(value)
    elif (class_id, attribute) == (9, 2):
        assert found[0].actions[0][:4] == value[0].actions[0][:4]
    else:
        assert found == value


def test_every_class_has_its_logical_name() -> None:
    for class_id in (*CLASSES, 999):
        name = axdr.octets(bytes(NAME))
        if class_id in CLASSES:
            assert read_attribute(class_id, 1, name) == NAME
        assert attribute_name(class_id, 1) == "logical_name"


def test_numbers_of_the_standard() -> None:
    assert attribute_name(7, 8) == "profile_entries"
    assert attribute_name(72, 14) == "encryption_key_status"
    assert attribute_name(71, 11) == "actions"
    assert attribute_name(20, 10) == "activate_passive_calendar_time"
    assert attribute_name(3, 99) == "attribute 99"
    assert attribute_name(999, 2) == "attribute 2"
    assert (class_name(70), class_name(999)) == ("Disconnect control", "class 999")
    assert CLASSES[70].method(2) == "remote_reconnect"
    assert CLASSES[70].method(9) is None
    assert CLASSES[15].method(1) == "reply_to_HLS_authentication"


def test_other_classes_are_read_generically() -> None:
    assert read_attribute(999, 2, STATE) is STATE
    assert write_attribute(999, 2, STATE) is STATE


def test_numbers_of_another_size_are_taken() -> None:
    assert read_attribute(7, 4, Data(axdr.LONG_UNSIGNED, 900)) == 900
    assert read_attribute(8, 2, Data(axdr.DATE_TIME, NOW.encode())) == NOW


@pytest.mark.parametrize(
    ("class_id", "attribute", "data"),
    [
        (7, 4, axdr.octets(b"")),
        (7, 3, STATE),
        (3, 3, axdr.structure(STATE)),
        (8, 2, STATE),
        (8, 8, axdr.octets(b"")),
        (22, 2, axdr.array()),
        (18, 3, STATE),
        (6, 4, STATE),
        (40, 2, axdr.array(STATE)),
    ],
)
def test_data_of_another_type_are_an_error(class_id: int, attribute: int, data: Data) -> None:
    with pytest.raises(DecodeError) as caught:
        read_attribute(class_id, attribute, data)
    assert caught.value.code == "dlms.class.type"


def test_another_type_is_not_written() -> None:
    with pytest.raises(EncodeError):
        write_attribute(3, 3, (1, 2))
