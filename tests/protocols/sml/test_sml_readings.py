"""From messages to readings: values, units, times, status words, meters, and the quirks of some of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.model.meter_id import MeterId
from emtkit.protocols.context import Context
from emtkit.protocols.sml import DECODER, build_frame, build_message
from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.server_id import DIN_2010, din_server_id, mbus_server_id, meter_of
from emtkit.protocols.sml.status import attention_of, status_flags, status_hex
from emtkit.protocols.sml.structures import Message, SmlTime
from emtkit.protocols.sml.tlv import Integer, Unsigned
from emtkit.wire.view import View

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded

RECEIVED = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)
ACT = SmlTime(1, 1000)
SERVER = din_server_id("1ABC0012345678")


def name(text: str) -> bytes:
    """Return the six octets of `1.8.0` (electricity)."""
    return bytes((1, 0, *map(int, text.split(".")), 255))


def entry(obis: str | bytes, value: sml.Value, unit: int | None = None, scaler: int | None = None) -> sml.ListEntry:
    return sml.ListEntry(name(obis) if isinstance(obis, str) else obis, None, None, unit, scaler, value)


def decode_list(
    *entries: sml.ListEntry,
    server_id: bytes | None = SERVER,
    act: SmlTime | None = ACT,
    gateway: SmlTime | None = None,
    received_at: datetime | None = None,
) -> Decoded:
    response = sml.GetListRes(None, server_id, None, act, entries, None, gateway)
    return decode_body(response, received_at=received_at)


def decode_body(*bodies: sml.Body, received_at: datetime | None = None, strict: bool = False) -> Decoded:
    data = build_frame(b"".join(build_message(Message(b"\x01", body)) for body in bodies))
    return DECODER.decode(View(data), Context(received_at=received_at, strict=strict))


def times(decoded: Decoded) -> list[datetime]:
    """Return the times of the readings; each has one."""
    found = [reading.time for reading in decoded.readings]
    assert all(isinstance(time, datetime) for time in found)
    return [time for time in found if isinstance(time, datetime)]


def text_times(decoded: Decoded) -> list[str]:
    return [time.isoformat() for time in times(decoded)]


@pytest.mark.parametrize(
    ("obis", "value", "unit", "scaler", "text", "symbol", "quantity", "modifiers", "tariff"),
    [
        ("1.8.0", Unsigned(23536569, 4), 30, -1, "2353656.9", "Wh", "energy", (), 0),
        ("1.8.1", Integer(172436756, 5), 30, -1, "17243675.6", "Wh", "energy", (), 1),
        ("2.8.0", Unsigned(0, 1), 30, -4, "0.0000", "Wh", "energy", ("backward",), 0),
        ("1.8.0", Unsigned(2324, 2), 30, 3, "2324000", "Wh", "energy", (), 0),
        ("16.7.0", Integer(-4308, 4), 27, 0, "-4308", "W", "power", (), 0),
        ("36.7.0", Integer(50523, 8), 27, -2, "505.23", "W", "power", ("phase_l1",), 0),
        ("32.7.0", Unsigned(2325, 2), 35, -1, "232.5", "V", "voltage", ("phase_l1",), 0),
        ("71.7.0", Unsigned(91, 1), 33, -2, "0.91", "A", "current", ("phase_l3",), 0),
        ("81.7.26", Unsigned(288, 2), 8, 0, "288", "deg", "phase_angle", (), 0),
        ("14.7.0", Unsigned(500, 2), 44, -1, "50.0", "Hz", "frequency", (), 0),
        ("3.8.0", Unsigned(7, 1), 32, 0, "7", "varh", "reactive_energy", (), 0),
        ("13.7.0", Integer(-98, 1), 255, -2, "-0.98", None, "power_factor", (), 0),
        ("96.8.0", Unsigned(2, 1), 5, 0, "7200", "s", "operating_time", (), 0),
        ("1.6.0", Unsigned(4, 1), 27, 2, "400", "W", "power", (), 0),
    ],
)
def test_values_are_exact_in_base_units(
    obis: str, value: sml.Value, unit: int, scaler: int, text: str, symbol: str | None, quantity: str,
    modifiers: tuple[str, ...], tariff: int,
) -> None:  # fmt: skip
    decoded = decode_list(entry(obis, value, unit, scaler))
    (reading,) = decoded.readings
    assert str(reading.value) == text
    assert (reading.unit, reading.quantity) == (symbol, quantity)
    assert (reading.modifiers, reading.tariff) == (modifiers, tariff)
    assert reading.obis == f"1-0:{obis}*255"
    assert reading.function == ("maximum" if obis == "1.6.0" else "instantaneous")
    assert decoded.state == "complete"
    assert decoded.diagnostics == []


def test_a_reading_knows_its_octets() -> None:
    first, second = entry("1.8.0", Unsigned(1, 4), 30, -1), entry("2.8.0", b"\x1b" * 9)
    data = build_frame(build_message(Message(b"\x01", sml.GetListRes(val_list=(first, second)))))
    decoded = DECODER.decode(View(data), Context())
    for reading in decoded.readings:
        assert reading.raw.startswith(b"\x77\x07\x01\x00")
        assert reading.raw[0] == data[reading.start]
    assert decoded.readings[0].raw == data[decoded.readings[0].start : decoded.readings[0].end]
    # the second one had two escape sequences in it, which are part of the place and not of the octets
    assert decoded.readings[1].value == b"\x1b" * 9
    assert decoded.readings[1].end - decoded.readings[1].start == len(decoded.readings[1].raw) + 8


def test_texts_octets_and_flags() -> None:
    decoded = decode_list(
        entry(bytes.fromhex("010060320101"), b"ABC"),
        entry(bytes.fromhex("8181c78203ff"), b"ABC"),
        entry(bytes.fromhex("8181c78205ff"), bytes(range(48))),
        entry("0.2.0", b"1.02.007"),
        entry("0.0.9", True),
        entry("0.0.9", SmlTime(2, 0)),
        entry("0.0.9", SmlTime(1, 77)),
        entry(b"short", Unsigned(5, 1)),
    )
    expected = [
        ("manufacturer", "ABC", "1-0:96.50.1*1"),
        ("manufacturer", "ABC", "129-129:199.130.3*255"),
        ("security_key", bytes(range(48)), "129-129:199.130.5*255"),
        ("firmware_version", "1.02.007", "1-0:0.2.0*255"),
        ("fabrication_number", "true", "1-0:0.0.9*255"),
        ("datetime", datetime(1970, 1, 1, tzinfo=UTC), "1-0:0.0.9*255"),
        ("time_point_second", Decimal(77), "1-0:0.0.9*255"),
        ("unknown", Decimal(5), None),
    ]
    assert [(reading.quantity, reading.value, reading.obis) for reading in decoded.readings] == expected


def test_an_entry_without_a_value_is_kept() -> None:
    decoded = decode_list(entry("1.8.0", Unsigned(1, 1), 30, 0), entry("96.50.2", None))
    assert [reading.value for reading in decoded.readings] == [Decimal(1), None]
    assert [found.code for found in decoded.diagnostics] == ["sml.value.missing"]
    assert decoded.state == "complete"


def test_an_unknown_unit_is_a_warning() -> None:
    decoded = decode_list(entry("1.8.0", Unsigned(12, 1), 200, -1))
    assert (decoded.readings[0].value, decoded.readings[0].unit) == (Decimal("1.2"), None)
    assert [found.code for found in decoded.diagnostics] == ["sml.unit.unknown"]
    assert decoded.state == "partial"


def test_units_without_a_base_unit_keep_their_symbol() -> None:
    decoded = decode_list(entry("1.8.0", Unsigned(12, 1), 45, 0))
    assert (decoded.readings[0].unit, decoded.readings[0].quantity) == ("1/Wh", "energy")


def test_a_value_that_is_a_list_keeps_its_octets() -> None:
    decoded = decode_list(entry("1.8.0", (Unsigned(3, 1), (b"x", None))))
    assert decoded.readings[0].value is None
    assert b"\x02x" in decoded.readings[0].raw
    assert [found.code for found in decoded.diagnostics] == ["sml.value.list"]


# ------------------------------------------------------------------------------------------------- times


def test_a_counter_of_seconds_gives_the_time_of_reception() -> None:
    decoded = decode_list(entry("1.8.0", Unsigned(1, 1), 30, 0), received_at=RECEIVED)
    assert (decoded.readings[0].time, decoded.readings[0].time_source) == (RECEIVED, "capture")
    decoded = decode_list(entry("1.8.0", Unsigned(1, 1), 30, 0))
    assert (decoded.readings[0].time, decoded.readings[0].time_source) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "earlier"),
    [(1000, 0), (997, 3), (0, 0), (1001, 0), (1, 999)],
    ids=["now", "before", "none", "later", "long"],
)
def test_a_value_of_its_own_second_is_so_much_earlier(seconds: int, earlier: int) -> None:
    item = sml.ListEntry(name("1.8.0"), None, SmlTime(1, seconds), 30, 0, Unsigned(1, 1))
    decoded = decode_list(item, received_at=RECEIVED)
    (time,) = times(decoded)
    assert RECEIVED.astimezone(UTC) - time.astimezone(UTC) == timedelta(seconds=earlier)


def test_seconds_before_the_end_of_summer_time_stay_in_it() -> None:
    item = sml.ListEntry(name("1.8.0"), None, SmlTime(1, 1), 30, 0, Unsigned(1, 1))
    decoded = decode_list(item, act=SmlTime(1, 3601), received_at=RECEIVED)
    assert text_times(decoded) == ["2026-10-25T02:30:00+02:00"]


def test_timestamps_are_the_meters_own_time() -> None:
    moment = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
    seconds = int(moment.timestamp())
    for form in ("choice", "untagged"):
        act = SmlTime(3, seconds, 60, 0, form)
        decoded = decode_list(entry("1.8.0", Unsigned(1, 1), 30, 0), act=act, received_at=RECEIVED)
        assert decoded.readings[0].time == moment
        assert decoded.readings[0].time_source == "device"
        assert text_times(decoded) == ["2026-11-23T11:15:00+01:00"]
    summer = decode_list(entry("1.8.0", Unsigned(1, 1), 30, 0), act=SmlTime(3, seconds, 60, 60))
    assert text_times(summer) == ["2026-11-23T12:15:00+02:00"]
    decoded = decode_list(entry("1.8.0", Unsigned(1, 1), 30, 0), act=SmlTime(2, seconds))
    assert text_times(decoded) == ["2026-11-23T11:15:00+01:00"]


def test_the_bare_form_is_a_counter() -> None:
    act = SmlTime(1, 1000, form="bare")
    item = sml.ListEntry(name("1.8.0"), None, SmlTime(1, 990, form="bare"), 30, 0, Unsigned(1, 1))
    decoded = decode_list(item, act=act, received_at=RECEIVED)
    assert text_times(decoded) == ["2026-10-25T02:29:50+01:00"]


@pytest.mark.parametrize("time", [SmlTime(3, 10, 2000, 0), SmlTime(9, 10), SmlTime(3, 10, -1440, 0)])
def test_a_time_that_cannot_be_falls_back(time: SmlTime) -> None:
    item = sml.ListEntry(name("1.8.0"), None, time, 30, 0, Unsigned(1, 1))
    decoded = decode_list(item, received_at=RECEIVED)
    assert decoded.readings[0].time == RECEIVED


def test_a_gateway_that_wrote_its_time() -> None:
    decoded = decode_list(entry("1.8.0", Unsigned(1, 1), 30, 0), gateway=SmlTime(2, 86400), received_at=RECEIVED)
    assert decoded.readings[0].time == datetime(1970, 1, 2, tzinfo=UTC)
    assert decoded.readings[0].time_source == "gateway"


def test_a_list_without_a_time_says_so() -> None:
    item = entry("1.8.0", Unsigned(1, 1), 30, 0)
    decoded = decode_list(item, act=None, received_at=RECEIVED)
    assert [found.code for found in decoded.diagnostics] == ["sml.time.missing"]
    assert "time of reception" in decoded.diagnostics[0].message
    assert decoded.readings[0].time == RECEIVED
    response = sml.GetListRes(None, SERVER, None, None, (item,))
    decoded = decode_body(sml.OpenRes(ref_time=SmlTime(2, 0)), response)
    assert decoded.readings[0].time == datetime(1970, 1, 1, tzinfo=UTC)
    assert "open message" in decoded.diagnostics[0].message


# ------------------------------------------------------------------------------- meters and their quirks


@pytest.mark.parametrize(
    ("server_id", "meter"),
    [
        ("0a014142430000bc614e", MeterId("ABC", "12345678", None, None, "electricity", "1ABC0012345678")),
        ("0a0741424301 00000001", MeterId("ABC", "00000001", None, None, "gas", "7ABC0100000001")),
        ("09014142431f00bc614e", MeterId("ABC", "12345678", None, None, "electricity", "1ABC1F12345678")),
        ("0a02414243 0000bc614e", MeterId("ABC", "12345678", None, None, None, "2ABC0012345678")),
        ("0641424301027156cd45", MeterId("ABC", "0641424301027156CD45")),
        ("014304785634120102", MeterId("ABC", "12345678", 1, 2, "electricity", "1ABC0012345678")),
        ("024304785634120107", MeterId("ABC", "12345678", 1, 7, "water", "8ABC0012345678")),
        ("31303031313835", MeterId(None, "1001185")),
        ("0500153b01ec46", MeterId(None, "0500153B01EC46")),
        ("0a", MeterId(None, "0A")),
        ("", MeterId(None, "")),
        ("0a016142430000bc614e", MeterId(None, "0A016142430000BC614E")),
    ],
)
def test_server_ids(server_id: str, meter: MeterId) -> None:
    assert meter_of(bytes.fromhex(server_id)) == meter


def test_server_ids_are_written_as_they_are_printed() -> None:
    assert meter_of(din_server_id("1 abc 00 1234 5678")).identifier == "1ABC0012345678"
    assert din_server_id("1ABC0012345678", layout=DIN_2010)[0] == DIN_2010
    meter = MeterId.of("ABC", "12345678", 1, 2)
    assert meter_of(mbus_server_id(meter)) == meter
    assert mbus_server_id(meter, wired=True)[0] == 2
    with pytest.raises(EncodeError) as error:
        din_server_id("12345678")
    assert error.value.code == "sml.encode.server_id"


def test_the_meter_is_found_where_the_list_does_not_say_it() -> None:
    named = decode_list(entry("96.1.0", SERVER), server_id=None)
    opened = decode_body(sml.OpenRes(server_id=SERVER), sml.GetListRes())
    for decoded in (named, opened):
        assert decoded.meter is not None
        assert decoded.meter.identifier == "1ABC0012345678"


def test_several_meters_in_one_file_are_reported() -> None:
    other = din_server_id("1ABC0087654321")
    decoded = decode_body(sml.GetListRes(server_id=SERVER), sml.GetListRes(server_id=other))
    assert [found.code for found in decoded.diagnostics if found.severity == "warning"] == ["sml.server.several"]


@pytest.mark.parametrize(
    ("serial", "obis", "value", "watts"),
    [
        ("42000000", "16.7.0", Integer(-29912, 2), "356.24"),  # 53 8B28
        ("48999999", "16.7.0", Integer(-1, 1), "2.55"),
        ("55000000", "16.7.0", Integer(-1, 3), "167772.15"),
        ("58999999", "16.7.0", Integer(29912, 2), "299.12"),
        ("42000000", "16.7.0", Integer(-29912, 4), "-299.12"),  # wide enough to be what it says
        ("42000000", "36.7.0", Integer(-29912, 2), "-299.12"),
        ("41999999", "16.7.0", Integer(-29912, 2), "-299.12"),
        ("49000000", "16.7.0", Integer(-29912, 2), "-299.12"),
        ("59000000", "16.7.0", Integer(-29912, 2), "-299.12"),
        ("60694613", "16.7.0", Integer(-29912, 2), "-299.12"),
    ],
)
def test_the_sign_of_dzg_meters_depends_on_the_serial_number_alone(
    serial: str, obis: str, value: Integer, watts: str
) -> None:
    decoded = decode_list(entry(obis, value, 27, -2), server_id=din_server_id(f"1DZG00{serial}"))
    assert decoded.readings[0].value == Decimal(watts)
    turned = Decimal(watts) > 0 > value.value
    assert [found.code for found in decoded.diagnostics] == ["sml.dzg.unsigned"] * turned
    assert decoded.layers[1].body.val_list[0].value == value  # as it was sent


def test_other_makers_keep_their_sign() -> None:
    decoded = decode_list(entry("16.7.0", Integer(-29912, 2), 27, -2), server_id=din_server_id("1ABC0042000000"))
    assert decoded.readings[0].value == Decimal("-299.12")


# ------------------------------------------------------------------------- status words and attention


def test_the_status_word_is_kept_and_read_where_it_is_standard() -> None:
    item = sml.ListEntry(name("1.8.0"), 0x1C0904, None, 30, 0, Unsigned(1, 1))
    decoded = decode_list(item)
    assert decoded.readings[0].status == "001c0904"
    assert decoded.status == ("power_present", "export_sum", "voltage_l1", "voltage_l2", "voltage_l3")
    assert decode_list(entry("96.5.0", Unsigned(0x020104, 3))).status == ("power_present", "fatal_error")
    old = decode_list(sml.ListEntry(name("1.8.0"), 0x1A2, None, 30, 0, Unsigned(1, 1)))
    assert old.readings[0].status == "000001a2"
    assert old.status == ()
    assert status_hex(0x123456789) == "0000000123456789"
    assert status_flags(0x80000004) == ()


def test_an_attention_message_is_told() -> None:
    body = sml.AttentionRes(SERVER, bytes.fromhex("8181c7c7fe0a"), b"no such path")
    decoded = decode_body(body)
    assert decoded.status == ("attention_not_executed",)
    assert decoded.state == "complete"
    assert "the order is not executed (no such path)" in decoded.diagnostics[0].message
    assert attention_of(bytes.fromhex("8181c7c7e012"))[0] == "application_e012"
    assert attention_of(b"\x01")[0] == "reserved_01"


# ------------------------------------------------------------------------------- profiles and parameters

HOUR = 1_795_392_000  # 2026-11-23 00:00 UTC


def test_a_profile_table() -> None:
    headers = (sml.ProfileHeader(name("1.8.0"), 30, -1), sml.ProfileHeader(name("2.8.0"), 30, -1))
    periods = tuple(
        sml.ProfilePeriod(
            SmlTime(2, HOUR + 900 * row), 0x1C0104, (sml.ValueEntry(Unsigned(row, 2)), sml.ValueEntry(Unsigned(9, 1)))
        )
        for row in range(3)
    )
    body = sml.GetProfilePackRes(SERVER, SmlTime(2, HOUR + 2700), 900, (b"\x01",), headers, periods)
    decoded = decode_body(body)
    clock = [time.astimezone(UTC).strftime("%H:%M") for time in times(decoded)]
    assert [
        (str(reading.value), reading.obis, time, reading.status)
        for reading, time in zip(decoded.readings, clock, strict=True)
    ] == [
        ("0.0", "1-0:1.8.0*255", "00:00", "001c0104"),
        ("0.9", "1-0:2.8.0*255", "00:00", "001c0104"),
        ("0.1", "1-0:1.8.0*255", "00:15", "001c0104"),
        ("0.9", "1-0:2.8.0*255", "00:15", "001c0104"),
        ("0.2", "1-0:1.8.0*255", "00:30", "001c0104"),
        ("0.9", "1-0:2.8.0*255", "00:30", "001c0104"),
    ]  # fmt: skip
    assert decoded.readings[0].raw == bytes.fromhex("72 63 0000 01")
    assert decoded.layers[1].body.reg_period == 900


def test_a_profile_row_of_another_length_is_reported() -> None:
    headers = (sml.ProfileHeader(name("1.8.0"), 30, -1),)
    cells = (sml.ValueEntry(Unsigned(1, 1)), sml.ValueEntry(Unsigned(2, 1)))
    body = sml.GetProfilePackRes(
        SERVER,
        None,
        900,
        None,
        headers,
        (sml.ProfilePeriod(None, None, cells), sml.ProfilePeriod(None, None, None), None),
    )
    decoded = decode_body(body)
    assert [found.code for found in decoded.diagnostics] == ["sml.profile.columns"] * 3
    assert [(reading.value, reading.obis) for reading in decoded.readings] == [
        (Decimal("0.1"), "1-0:1.8.0*255"), (Decimal(2), None),
    ]  # fmt: skip


def test_a_profile_as_a_list_of_entries() -> None:
    bodies = [
        sml.GetProfileListRes(
            SERVER, SmlTime(1, 5000), 900, (b"\x01",), SmlTime(1, 5000 - 900 * back), 4,
            (sml.PeriodEntry(name("1.8.0"), 30, 0, Unsigned(back, 1), b"signature"),), None, b"sig",
        )
        for back in (2, 1)
    ]  # fmt: skip
    decoded = decode_body(*bodies, received_at=RECEIVED)
    assert text_times(decoded) == [
        "2026-10-25T02:00:00+01:00", "2026-10-25T02:15:00+01:00",
    ]  # fmt: skip
    assert [reading.status for reading in decoded.readings] == ["00000004"] * 2
    assert [check.detail for check in decoded.checks if check.ok is None] == ["3 octets, not verified"] * 2
    assert decoded.layers[1].body.period_list[0].value_signature == b"signature"


def test_parameters_are_the_leaves_of_their_tree() -> None:
    tupel = sml.TupelEntry(
        SERVER, SmlTime(2, HOUR), 0, 30, -1, 100, 32, 0, 1, 32, 0, 4, b"s", 30, -1, 200, 32, 0, 2, 32, 0, 3, b"t"
    )
    tree = sml.Tree(
        name("96.1.0"), None,
        (
            sml.Tree(bytes.fromhex("8181c78205ff"), sml.ProcParValue(1, b"\x80\x00")),
            sml.Tree(name("0.9.1"), sml.ProcParValue(4, SmlTime(2, HOUR))),
            sml.Tree(None, sml.ProcParValue(2, sml.PeriodEntry(name("1.8.0"), 30, 0, Unsigned(5, 1)))),
            sml.Tree(None, sml.ProcParValue(5, sml.ListEntry(name("2.8.0"), 4, None, 30, 0, Unsigned(6, 1)))),
            sml.Tree(None, sml.ProcParValue(3, tupel)),
            None,
        ),
    )  # fmt: skip
    decoded = decode_body(sml.GetProcParameterRes(SERVER, (name("96.1.0"),), tree))
    assert [(reading.quantity, reading.value, reading.modifiers) for reading in decoded.readings] == [
        ("security_key", b"\x80\x00", ()),
        ("datetime", datetime.fromtimestamp(HOUR, UTC), ()),
        ("energy", Decimal(5), ()),
        ("energy", Decimal(6), ("backward",)),
        ("energy", Decimal("10.0"), ("pa",)),
        ("reactive_energy", Decimal(1), ("r1",)),
        ("reactive_energy", Decimal(4), ("r4",)),
        ("energy", Decimal("20.0"), ("ma",)),
        ("reactive_energy", Decimal(2), ("r2",)),
        ("reactive_energy", Decimal(3), ("r3",)),
    ]
    assert decoded.state == "complete"


def test_strict_raises_at_the_first_warning() -> None:
    with pytest.raises(DecodeError) as error:
        decode_body(sml.GetListRes(val_list=(entry("1.8.0", Unsigned(1, 1), 200, 0),)), strict=True)
    assert error.value.code == "sml.unit.unknown"
