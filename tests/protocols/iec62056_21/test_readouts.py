from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.model.errors import DecodeError
from emtkit.protocols.context import Memory
from emtkit.protocols.iec62056_21.datasets import DataSet, read_datasets
from emtkit.protocols.iec62056_21.encoder import write_block, write_identification, write_readout
from emtkit.protocols.iec62056_21.messages import Command, ErrorAnswer, Identification, OptionSelect, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[..., Any]
    Of = Callable[[Any, str], Any]

CET = timezone(timedelta(hours=1))
READOUT = (
    "F.F(00000000)\r\n0.0.0(12345678)\r\nC.1.0(87654321)\r\n0.9.1(143012)\r\n0.9.2(260115)\r\n0.1.0(02)\r\n"
    "0.1.2*02(2601010000)\r\n0.1.2*01(2512010000)\r\n"
    "1.6.1(0.51234*kW)(2601130745)\r\n1.6.1*02(0.40123*kW)(2512140915)\r\n1.6.2*01()\r\n"
    "1.8.0(01290.1234*kWh)\r\n1.8.0*02(01240.5678*kWh)\r\n1.8.0&01(01160.1234*kWh)\r\n"
    "2.8.0(00000.0000*kWh)\r\n5.8.0(00051.2345*kvarh)\r\n1-1:30D(00000021)\r\n0.2.0(02.03.04)\r\n!\r\n"
)


def test_a_readout(read: Read, of: Of) -> None:
    got = read("/EMH5\\@01LZQJ-XC\r\n" + write_block(READOUT).decode("ascii"))
    assert got.state == "complete"
    assert got.protocol == "iec62056_21"
    assert got.meter is not None
    assert (got.meter.manufacturer, got.meter.id, got.meter.medium) == ("EMH", "87654321", "electricity")
    assert [(check.name, check.ok) for check in got.checks] == [("bcc", True)]
    energy = of(got, "1-0:1.8.0")
    assert (energy.value, energy.unit, energy.quantity) == (Decimal("1290123.4"), "Wh", "energy")
    assert (energy.time, energy.time_source) == (datetime(2026, 1, 15, 14, 30, 12, tzinfo=CET), "device")
    assert energy.raw == b"1.8.0(01290.1234*kWh)"
    assert of(got, "1-0:2.8.0").modifiers == ("backward",)
    assert of(got, "1-0:5.8.0").quantity == "reactive_energy"
    assert of(got, "1-0:0.9.1").value == time(14, 30, 12)
    assert of(got, "1-0:0.9.2").value == date(2026, 1, 15)
    assert of(got, "1-0:0.1.0").value == 2
    assert of(got, "1-0:0.2.0").value == "02.03.04"
    assert of(got, "1-0:97.97.0").value == "00000000"
    assert got.status == ()


def test_maxima_have_the_time_they_occurred(read: Read, of: Of) -> None:
    got = read(READOUT)
    maximum = of(got, "1-0:1.6.1")
    assert (maximum.value, maximum.function, maximum.tariff) == (Decimal("512.34"), "maximum", 1)
    assert maximum.time == datetime(2026, 1, 13, 7, 45, tzinfo=CET)
    assert of(got, "1-0:1.6.2*1").value is None


def test_values_of_earlier_billing_periods_have_the_time_of_their_reset(read: Read, of: Of) -> None:
    got = read(READOUT)
    earlier = of(got, "1-0:1.8.0*2")
    assert (earlier.storage, earlier.time) == (2, datetime(2026, 1, 1, tzinfo=CET))
    manual = of(got, "1-0:1.8.0*1")
    assert (manual.modifiers, manual.time) == (("manual_reset",), datetime(2025, 12, 1, tzinfo=CET))


def test_ids_that_are_no_obis_code_survive(read: Read) -> None:
    reading = next(r for r in read(READOUT).readings if r.name == "1-1:30D")
    assert (reading.obis, reading.value) == (None, "00000021")


def test_without_a_clock_values_have_the_time_of_reception(read: Read, of: Of) -> None:
    at = datetime(2026, 1, 15, 12, tzinfo=UTC)
    reading = of(read("1.8.0(1*kWh)\r\n!\r\n", received_at=at), "1-0:1.8.0")
    assert (reading.time, reading.time_source) == (at, "capture")


def test_several_sets_on_a_line_and_no_stx(read: Read) -> None:
    got = read("12(12*kWh)13(13*kWh)14(14*kwh)\r\n")
    assert [(r.name, r.value) for r in got.readings] == [("12", 12000), ("13", 13000), ("14", 14000)]


def test_further_groups_keep_the_id_of_the_first(read: Read) -> None:
    first, second, third = read("7.1(10*kvar)(20*kvar)(30*kvar)\r\n!\r\n").readings
    assert (first.obis, second.obis, third.obis) == ("1-0:7.1.0*255",) * 3
    assert (first.modifiers, second.modifiers, third.modifiers) == ((), ("group_2",), ("group_3",))
    assert (first.value, second.value, third.value) == (10000, 20000, 30000)


def test_signs_blanks_and_other_spellings(read: Read, of: Of) -> None:
    got = read("81.7.0(  80*Deg)\r\n31.7.0(+000.8*A)\r\n32.7.0(-1.5*V)\r\n14.7.0(0.05002*kHz)\r\nC.8.1(1.5*h)\r\n!\r\n")
    assert of(got, "1-0:81.7.0").value == 80
    assert of(got, "1-0:31.7.0").value == Decimal("0.8")
    assert of(got, "1-0:32.7.0").value == Decimal("-1.5")
    assert of(got, "1-0:14.7.0").value == Decimal("50.02")
    assert (of(got, "1-0:96.8.1").value, of(got, "1-0:96.8.1").unit) == (5400, "s")


def test_the_clock_as_cosem_octets(read: Read, of: Of) -> None:
    got = read("1.0.0(07EA0112010B031D00FFC400)\r\n1.8.0(1*kWh)\r\n!\r\n")
    assert of(got, "1-0:1.0.0").quantity == "datetime"
    assert of(got, "1-0:1.8.0").time == datetime(2026, 1, 18, 11, 3, 29, tzinfo=CET)


def test_a_heat_meter(read: Read, of: Of) -> None:
    text = (
        "/LUGCUH50\r\n\x026.8(0030.222*MWh)6.26(01600.25*m3)9.21(66153690)6.6(0018.3*kW)6.35(60*m)9.4(088*C&082*C)\r\n"
        "6.31(0031234*h)6.8*01(0027.111*MWh)6.36(01-01)9.36(2026-01-15&14:30:12)9.24(0.6*m3ph)0.0(12345678)!\r\n\x03"
    )
    got = read(text + chr(0x5E))
    assert got.meter is not None
    assert (got.meter.id, got.meter.medium) == ("12345678", "heat")
    assert (of(got, "6-0:1.0.0").value, of(got, "6-0:2.0.0").value) == (30222000, Decimal("1600.25"))
    assert of(got, "6-0:1.0.0").time == datetime(2026, 1, 15, 14, 30, 12, tzinfo=CET)
    assert of(got, "6-0:1.0.0*1").storage == 1
    by_quantity = {r.quantity: r.value for r in got.readings}
    assert (by_quantity["flow_temperature"], by_quantity["return_temperature"]) == (88, 82)
    assert by_quantity["averaging_duration"] == 3600
    assert by_quantity["volume_flow"] == Decimal("0.6")


def test_a_meter_number_in_din_form_is_its_identifier(read: Read) -> None:
    got = read("/EMT5KIT\r\n\r\n1-0:0.0.0*255(1EMT0012345678)\r\n1-0:1.8.0*255(1*kWh)\r\n!\r\n")
    assert got.meter is not None
    assert (got.meter.manufacturer, got.meter.id, got.meter.identifier) == ("EMT", "12345678", "1EMT0012345678")


def test_an_error_register_shows_in_the_status(read: Read) -> None:
    assert read("F.F(00000100)\r\n!\r\n").status == ("error",)


def test_the_parity_bit_is_taken_off(read: Read, of: Of) -> None:
    plain = write_readout([DataSet("1.8.0", ("1*kWh",))])
    data = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in plain)
    assert data != plain
    got = read(data)
    assert (got.state, of(got, "1-0:1.8.0").value) == ("complete", 1000)


# ---- messages


def test_a_whole_dialogue(read: Read, of: Of) -> None:
    data = (
        b"/?12345678!\r\n"
        + write_identification(Identification("EMH", "5", 9600, "C", "", "LZQJ", 20))
        + b"\x06050\r\n"
        + write_readout([DataSet("1.8.0", ("1*kWh",))])
    )
    got = read(data)
    assert got.state == "complete"
    assert got.layer(Request) == Request("12345678")
    assert got.layer(Identification).reaction_ms == 20
    assert got.layer(OptionSelect) == OptionSelect("0", "5", "0")
    assert of(got, "1-0:1.8.0").value == 1000


@pytest.mark.parametrize(
    ("line", "baud_rate", "mode", "text"),
    [
        ("/EMH5LZQJ", 9600, "C", "LZQJ"),
        ("/ISk5\\2MT382-1000", 9600, "E", "MT382-1000"),
        ("/ISk5\x02MT382-1000", 9600, "E", "\x02MT382-1000"),
        ("/EMH4\\@01LZQJL0014F", 4800, "C", "\\@01LZQJL0014F"),
        ("/LGZCZMD", 2400, "B", "ZMD"),
        ("/KAM MC", None, "A", "MC"),
        ("/NWA-WARMTELINK", None, "A", "WARMTELINK"),
    ],
)
def test_identifications(read: Read, line: str, baud_rate: int | None, mode: str, text: str) -> None:
    found = read(line + "\r\n").layer(Identification)
    assert (found.baud_rate, found.mode, found.text) == (baud_rate, mode, text)


@pytest.mark.parametrize(
    ("message", "kind", "data"),
    [
        (b"\x01P0\x02(1234567)\x03P", "P0", "(1234567)"),
        (b"\x01P1\x02(00000000)\x03a", "P1", "(00000000)"),
        (b"\x01R5\x02P.01(02601010000;)\x03\x17", "R5", "P.01(02601010000;)"),
        (b"\x01B0\x03q", "B0", ""),
    ],
)
def test_commands(read: Read, message: bytes, kind: str, data: str) -> None:
    got = read(message)
    command = got.layer(Command)
    assert (command.letter + command.type, command.data) == (kind, data)
    assert (got.state, got.checks[0].ok) == ("complete", True)


@pytest.mark.parametrize(
    ("text", "code", "state"),
    [
        ("(ERROR)", "iec62056_21.answer.error", "partial"),
        ("(ER04)", "iec62056_21.answer.error", "partial"),
        ("P.01(ERROR)\r\n", "iec62056_21.profile.empty", "complete"),
    ],
)
def test_error_answers(read: Read, text: str, code: str, state: str) -> None:
    got = read(text)
    assert ([d.code for d in got.diagnostics], got.state) == ([code], state)
    assert got.layer(ErrorAnswer).error in text


def test_a_wrong_block_check_is_an_error_and_the_values_are_shown(read: Read, of: Of) -> None:
    data = bytearray(write_readout([DataSet("1.8.0", ("1*kWh",))]))
    data[7:8] = b"9"
    got = read(bytes(data))
    assert (got.state, got.checks[0].ok) == ("partial", False)
    assert [(d.severity.value, d.code) for d in got.diagnostics] == [("error", "iec62056_21.bcc.mismatch")]
    assert of(got, "1-0:1.8.0").value is not None
    with pytest.raises(DecodeError, match=r"bcc\.mismatch"):
        read(bytes(data), strict=True)


def test_a_message_that_breaks_off_says_so(read: Read) -> None:
    assert [d.code for d in read("\x021.8.0(1*kWh)\r\n").diagnostics] == ["iec62056_21.bcc.missing"]
    assert [d.code for d in read("/EMH5A\r\n\r\n1.8.0(1*kWh)\r\n").diagnostics] == ["iec62056_21.block.unterminated"]


def test_rubbish_before_a_telegram_is_a_warning_behind_it_a_note(read: Read) -> None:
    got = read("Fxx\x19\r\n1.8.0(1*kWh)\r\n!\r\n  00110022\r\n\xff\xff\r\n")
    assert [(d.severity.value, d.code) for d in got.diagnostics] == [
        ("warning", "iec62056_21.data.unreadable"),
        ("info", "iec62056_21.frame.trailing"),
    ]


def test_a_register_whose_id_is_damaged_is_not_taken_for_another(read: Read) -> None:
    got = read("1-0:2\x0b8.0(1*kWh)\r\n(1.8.0(2*kWh)\r\n3.8.0(3*kvarh)\r\n!\r\n")
    assert [(r.obis, r.value) for r in got.readings] == [("1-0:3.8.0*255", 3000)]
    assert [d.code for d in got.diagnostics] == ["iec62056_21.data.unreadable"] * 2


def test_a_second_telegram_stays_out(read: Read) -> None:
    one = "/EMH5A\r\n\r\n0.0.0(1)\r\n1.8.0(1*kWh)\r\n!\r\n"
    got = read(one + one.replace("(1", "(2"))
    assert [d.code for d in got.diagnostics] == ["iec62056_21.frame.several"]
    assert [r.value for r in got.readings if r.unit == "Wh"] == [1000]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.8.0(12a*kWh)\r\n!\r\n", "iec62056_21.value.invalid"),
        ("0.9.2(269999)\r\n!\r\n", "iec62056_21.value.invalid"),
        ("1.8.0(1*furlong)\r\n!\r\n", "iec62056_21.unit.unknown"),
        ("1.8.0(1)\r\n!\r\n", "iec62056_21.unit.missing"),
        ("1.6.0(1*kW)(2613452599)\r\n!\r\n", "iec62056_21.time.invalid"),
    ],
)
def test_values_that_are_not_right(read: Read, text: str, code: str) -> None:
    assert [d.code for d in read(text).diagnostics] == [code]


@pytest.mark.parametrize("data", [b"", b"\x00", b"hello world", b"\xff" * 50, b"\x10\x5b\x01\x5c\x16"])
def test_nothing_of_the_protocol(read: Read, data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"frame\.none"):
        read(data)


# ---- a programming session over several messages


def test_answers_belong_to_the_meter_of_the_session(read: Read) -> None:
    memory = Memory()
    read("/EMH5LZQJ\r\n", memory=memory)
    read(write_block("0.0.0(12345678)"), memory=memory)
    got = read(write_block("1.8.0(1*kWh)"), memory=memory)
    assert got.meter is not None
    assert (got.meter.manufacturer, got.meter.id) == ("EMH", "12345678")
    read(b"\x01B0\x03q", memory=memory)
    assert read(write_block("1.8.0(1*kWh)"), memory=memory).meter is None


def test_the_identifier_of_the_session_stays_too(read: Read) -> None:
    memory = Memory()
    read("/EMT5RLM3\r\n", memory=memory)
    read(write_block("C.1.0(1EMT0000060001)"), memory=memory)
    got = read(write_block("1.8.0(1*kWh)"), memory=memory)
    assert got.meter is not None
    assert (got.meter.id, got.meter.identifier) == ("00060001", "1EMT0000060001")
    read(b"\x01B0\x03q", memory=memory)
    assert read(write_block("1.8.0(1*kWh)"), memory=memory).meter is None


def test_after_a_readout_the_next_block_may_be_another_meters(read: Read) -> None:
    memory = Memory()
    read(b"/EMH5LZQJ\r\n" + write_readout([DataSet("0.0.0", ("12345678",))]), memory=memory)
    assert read(write_block("1.8.0(1*kWh)"), memory=memory).meter is None


def test_data_sets_as_text() -> None:
    assert read_datasets("1.8.0(1*kWh)2.8.0()\r\n(3)(4)\r\n!\r\n") == [
        DataSet("1.8.0", ("1*kWh",), 0, 12),
        DataSet("2.8.0", ("",), 12, 19),
        DataSet("", ("3", "4"), 21, 27),
    ]
