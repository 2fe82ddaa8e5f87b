"""The six shapes of push bodies."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import EmtkitError
from emtkit.model.obis import Obis
from emtkit.protocols.dlms import DECODER, axdr
from emtkit.protocols.dlms.apdu import encode_apdu, read_apdu
from emtkit.protocols.dlms.apdu_notify import DataNotification, NotificationTime
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.push import Push
from emtkit.protocols.dlms.push_body import Body
from emtkit.wire.trace import Trace
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context

CLOCK = bytes.fromhex("07ea0b17010c1e00ffffc400")


def name(obis: str) -> Data:
    return axdr.octets(bytes(Obis.parse(obis)))


def u32(value: int) -> Data:
    return Data(axdr.DOUBLE_LONG_UNSIGNED, value)


def u16(value: int) -> Data:
    return Data(axdr.LONG_UNSIGNED, value)


def unit(scaler: int, code: int) -> Data:
    return axdr.structure(Data(axdr.INTEGER, scaler), Data(axdr.ENUM, code))


def definition(class_id: int, obis: str, attribute: int) -> Data:
    return axdr.structure(u16(class_id), name(obis), Data(axdr.INTEGER, attribute), u16(0))


def encode(data: Data, *, quirk: str = "", tagged: bool = False, swapped: tuple[int, ...] = ()) -> bytes:
    body = Body(data, quirk, swapped)  # type: ignore[arg-type]  # one of the quirks
    return encode_apdu(DataNotification(0, NotificationTime(CLOCK, tagged), body))


@pytest.fixture
def decode(context: Callable[..., Context]) -> Callable[[bytes], Decoded]:
    """Decode a notification; held against the traced walk, whose spans cover all of it."""

    def run(raw: bytes) -> Decoded:
        decoded = DECODER.decode(View(raw), context())
        traced = context(trace=Trace())
        assert DECODER.decode(View(raw), traced).readings == decoded.readings
        assert traced.trace is not None
        assert all(span.field != "rest" for span in traced.trace.cover(raw))
        apdu, _ = read_apdu(View(raw))
        assert encode_apdu(apdu) == raw
        return decoded

    return run


def values(decoded: Decoded) -> dict[str | None, object]:
    return {reading.obis: reading.value for reading in decoded.readings}


def test_a_structures_of_name_value_and_unit(decode: Callable[[bytes], Decoded]) -> None:
    decoded = decode(
        encode(
            axdr.array(
                axdr.structure(name("0-0:96.1.0"), axdr.octets(b"10000001")),
                axdr.structure(name("1-0:1.8.0"), u32(12345), unit(1, 30)),
                axdr.structure(u16(3), name("1-0:32.7.0"), unit(-1, 35), u16(2301)),
                axdr.structure(u16(412), u16(3), unit(-2, 33), name("1-0:31.7.0")),
            )
        )
    )
    assert decoded.layer(Push).shape == "objects"
    assert values(decoded) == {
        "0-0:96.1.0*255": "10000001",
        "1-0:1.8.0*255": Decimal(123450),
        "1-0:32.7.0*255": Decimal("230.1"),
        "1-0:31.7.0*255": Decimal("4.12"),
    }
    energy = decoded.readings[1]
    assert (energy.quantity, energy.unit, energy.time_source) == ("energy", "Wh", "device")
    assert energy.time is not None
    assert energy.time.isoformat() == "2026-11-23T12:30:00+01:00"
    assert decoded.meter is not None
    assert (decoded.meter.id, decoded.meter.medium) == ("10000001", "electricity")


def test_b_flat_names_and_values(decode: Callable[[bytes], Decoded]) -> None:
    decoded = decode(
        encode(
            axdr.structure(
                axdr.octets(CLOCK),
                name("1-0:1.8.0"),
                u32(1000),
                unit(0, 30),
                name("1-0:2.8.0"),
                u32(5),
                unit(0, 30),
                axdr.octets(b"181220000001"),
            )
        )
    )
    assert decoded.layer(Push).shape == "flat"
    assert values(decoded)["1-0:1.8.0*255"] == Decimal(1000)
    assert decoded.readings[-1].quantity == "fabrication_number"
    assert decoded.meter is not None
    assert decoded.meter.id == "181220000001"


def test_b_the_lists_of_kamstrup_have_their_units(decode: Callable[[bytes], Decoded]) -> None:
    decoded = decode(
        encode(
            axdr.structure(
                Data(axdr.VISIBLE_STRING, "Kamstrup_V0001"),
                name("1-1:0.0.5"),
                Data(axdr.VISIBLE_STRING, "5700000000000001"),
                name("1-1:1.7.0"),
                u32(10050),
                name("1-1:31.7.0"),
                u32(4512),
                Data(axdr.NULL, None),
                Data(axdr.NULL, None),
                name("1-1:1.8.0"),
                u32(7745250),
            )
        )
    )
    found = {reading.obis: (reading.value, reading.unit) for reading in decoded.readings}
    assert found["1-1:1.7.0*255"] == (Decimal(10050), "W")
    assert found["1-1:31.7.0*255"] == (Decimal("45.12"), "A")
    assert found["1-1:1.8.0*255"] == (Decimal(77452500), "Wh")
    assert decoded.layer(Push).known_list == "kamstrup"
    assert decoded.meter is not None
    assert decoded.meter.id == "5700000000000001"


@pytest.mark.parametrize("own", [True, False])
def test_c_the_list_of_objects_comes_first(decode: Callable[[bytes], Decoded], own: bool) -> None:
    setup = [definition(40, "0-8:25.9.0", 2)] if own else []
    decoded = decode(
        encode(
            axdr.structure(
                axdr.array(*setup, definition(1, "0-0:96.1.0", 2), definition(3, "1-0:1.8.0", 2)),
                axdr.octets(b"10000001"),
                u32(4711),
            )
        )
    )
    assert decoded.layer(Push).shape == "described"
    assert values(decoded) == {"0-0:96.1.0*255": "10000001", "1-0:1.8.0*255": Decimal(4711)}
    # no unit came along: the number stands as it was sent
    assert decoded.readings[1].unit is None
    assert [diagnostic.code for diagnostic in decoded.diagnostics] == ["dlms.push.no_unit"]
    assert decoded.state == "complete"


def test_c_a_register_with_its_capture_time_and_status(decode: Callable[[bytes], Decoded]) -> None:
    decoded = decode(
        encode(
            axdr.structure(
                axdr.array(
                    definition(4, "0-1:24.2.1", 2), definition(4, "0-1:24.2.1", 5), definition(4, "0-1:24.2.1", 4)
                ),
                u32(30545),
                axdr.octets(bytes.fromhex("07ea0b17010c0000ffffc400")),
                Data(axdr.UNSIGNED, 4),
            )
        )
    )
    (gas,) = decoded.readings
    assert gas.time is not None
    assert (gas.value, gas.status, gas.time.isoformat()) == (Decimal(30545), "04", "2026-11-23T12:00:00+01:00")


def test_d_descriptors_without_tags(decode: Callable[[bytes], Decoded]) -> None:
    rows = axdr.array(
        axdr.structure(u16(1), name("0-0:96.1.1"), Data(axdr.INTEGER, 2), axdr.octets(b"10000001")),
        axdr.structure(u16(70), name("0-0:96.3.10"), Data(axdr.INTEGER, 3), Data(axdr.ENUM, 1)),
        axdr.structure(u16(3), name("1-0:1.8.0"), Data(axdr.INTEGER, 2), u32(4711)),
    )
    raw = encode(axdr.structure(Data(axdr.ENUM, 1), rows), quirk="untagged_descriptors")
    assert b"\x02\x02\x00\x03\x01\x00\x01\x08\x00\xff\x02\x06" in raw
    decoded = decode(raw)
    assert decoded.layer(Push).shape == "untagged"
    assert values(decoded) == {
        "0-0:96.1.1*255": "10000001",
        "0-0:96.3.10*255": "connected",
        "1-0:1.8.0*255": Decimal(4711),
    }


POWERS = [9745, 0, 0, 435]


@pytest.mark.parametrize("count", [1, 9, 13, 14, 18])
def test_e_kaifa_lists_are_known_by_their_length(decode: Callable[[bytes], Decoded], count: int) -> None:
    head = [axdr.octets(b"KFM_001"), axdr.octets(b"6970000000000001"), axdr.octets(b"MA304H3E"), *map(u32, POWERS)]
    one, three = [u32(33813), u32(2168)], [u32(33813), u32(28103), u32(18178), u32(2168), u32(0), u32(2188)]
    hourly = [axdr.octets(CLOCK), *map(u32, (100, 200, 300, 400))]
    lists = {
        1: [u32(9745)],
        9: head + one,
        13: head + three,
        14: head + one + hourly,
        18: head + three + hourly,
    }
    decoded = decode(encode(axdr.structure(*lists[count]), tagged=True))
    assert decoded.layer(Push).known_list == "kaifa"
    found = {reading.obis: (reading.value, reading.unit) for reading in decoded.readings}
    assert found["1-0:1.7.0*255"] == (Decimal(9745), "W")
    if count > 1:
        assert found["1-0:31.7.0*255"] == (Decimal("33.813"), "A")
        assert found["1-0:32.7.0*255"] == (Decimal("216.8"), "V")
        assert decoded.meter is not None
        assert decoded.meter.id == "6970000000000001"
    if count in (14, 18):
        assert found["1-0:2.8.0*255"] == (Decimal(200), "Wh")


@pytest.mark.parametrize("serial", [False, True])
def test_e_wiener_netze(decode: Callable[[bytes], Decoded], serial: bool) -> None:
    registers = [u32(value) for value in (1000, 2000, 3000, 4000, 5, 6, 7, 8)]
    first = [axdr.octets(b"SIE0000000000001")] if serial else []
    decoded = decode(encode(axdr.structure(*first, axdr.octets(CLOCK), *registers)))
    found = {reading.obis: (reading.value, reading.unit) for reading in decoded.readings}
    assert found["1-0:1.8.0*255"] == (Decimal(1000), "Wh")
    assert found["1-0:4.7.0*255"] == (Decimal(8), "var")


def test_e_bare_values_that_nobody_names_are_kept(decode: Callable[[bytes], Decoded]) -> None:
    decoded = decode(encode(axdr.structure(u32(1), axdr.octets(b"\x00\x01"), Data(axdr.VISIBLE_STRING, "x"))))
    assert [reading.value for reading in decoded.readings] == [Decimal(1), b"\x00\x01", "x"]
    assert decoded.layer(Push).shape == "bare"
    assert decode(encode(u32(7))).readings[0].value == Decimal(7)


def test_f_tag_and_length_of_names_swapped(decode: Callable[[bytes], Decoded]) -> None:
    body = axdr.array(
        axdr.structure(name("1-0:1.7.0"), u32(560), unit(0, 27)),
        axdr.structure(name("1-0:51.7.0"), Data(axdr.LONG, 244), unit(-2, 33)),
    )
    raw = encode(body, quirk="swapped_names", swapped=(1,))
    assert bytes.fromhex("0609 0100330700ff") in raw
    decoded = decode(raw)
    assert values(decoded) == {"1-0:1.7.0*255": Decimal(560), "1-0:51.7.0*255": Decimal("2.44")}
    assert [diagnostic.code for diagnostic in decoded.diagnostics] == ["dlms.push.quirk"]


def test_a_six_octet_value_is_no_name(decode: Callable[[bytes], Decoded]) -> None:
    decoded = decode(
        encode(
            axdr.structure(
                name("0-8:25.9.0"), name("0-0:96.1.0"), axdr.octets(b"123456"), name("1-0:1.8.0"), u32(1), unit(0, 30)
            )
        )
    )
    assert values(decoded)["0-0:96.1.0*255"] == "123456"
    assert values(decoded)["1-0:1.8.0*255"] == Decimal(1)


@given(st.binary(max_size=60))
def test_any_body_gives_a_result_or_an_error(body: bytes) -> None:
    with suppress(EmtkitError):
        read_apdu(View(b"\x0f\x00\x00\x00\x00\x00" + body))
