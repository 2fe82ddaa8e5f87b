from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.protocols.iec62056_21 import profiles, sniff
from emtkit.protocols.iec62056_21.encoder import Crc, data_set, write_p1
from emtkit.protocols.iec62056_21.messages import Identification
from emtkit.protocols.iec62056_21.p1 import MbusDevice, octet_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.protocols.iec62056_21.datasets import DataSet

    Read = Callable[..., Any]
    Of = Callable[[Any, str], Any]

CET, CEST = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))
WHO = Identification("EMT", "5", 9600, "E", "\\2", "KIT-1", 200)


def hexed(text: str) -> str:
    return text.encode("ascii").hex().upper()


SETS: list[DataSet] = [
    data_set("1-3:0.2.8", "50"),
    data_set("0-0:1.0.0", "260715143000S"),
    data_set("0-0:96.1.1", hexed("E0004000000000026")),
    data_set("1-0:1.8.1", "000123.456*kWh"),
    data_set("1-0:2.8.2", "000000.022*kWh"),
    data_set("0-0:96.14.0", "0002"),
    data_set("1-0:1.7.0", "00.432*kW"),
    data_set("0-0:96.7.21", "00009"),
    data_set("1-0:99.97.0", "2", "0-0:96.7.19", "250609063239S", "0000000345*s", "251211001706W", "0000123456*s"),
    data_set("1-0:32.32.0", "00003"),
    data_set("0-0:96.13.0", hexed("Hello meter")),
    data_set("0-0:96.13.1"),
    data_set("1-0:32.7.0", "234.8*V"),
    data_set("1-0:31.7.0", "001*A"),
    data_set("0-1:24.1.0", "003"),
    data_set("0-1:96.1.0", hexed("G0000000000000026")),
    data_set("0-1:24.2.1", "260715141507S", "00234.567*m3"),
    data_set("0-2:24.1.0", "004"),
    data_set("0-2:96.1.0", "6218480100000B0C"),
    data_set("0-2:24.2.1", "260715140000S", "345.670*GJ"),
]


def test_a_dsmr_5_telegram(read: Read, of: Of) -> None:
    got = read(write_p1(WHO, SETS))
    assert got.state == "complete"
    assert [(check.name, check.ok) for check in got.checks] == [("crc16", True)]
    assert got.meter is not None
    assert (got.meter.manufacturer, got.meter.id) == ("EMT", "E0004000000000026")
    energy = of(got, "1-0:1.8.1")
    assert (energy.value, energy.unit, energy.tariff) == (123456, "Wh", 1)
    assert (energy.time, energy.time_source) == (datetime(2026, 7, 15, 14, 30, tzinfo=CEST), "device")
    assert of(got, "1-0:1.7.0").value == 432
    assert of(got, "0-0:96.7.21").value == 9
    assert (of(got, "1-0:32.32.0").quantity, of(got, "1-0:32.32.0").value) == ("event_counter", 3)
    assert of(got, "0-0:96.14.0").value == "0002"
    assert of(got, "0-0:96.13.0").value == "Hello meter"
    assert of(got, "0-0:96.13.1").value is None


def test_meters_on_the_m_bus_channels(read: Read, of: Of) -> None:
    got = read(write_p1(WHO, SETS))
    devices = [layer for layer in got.layers if isinstance(layer, MbusDevice)]
    assert devices == [
        MbusDevice(1, 3, "gas", "G0000000000000026"),
        MbusDevice(2, 4, "heat", "6218480100000B0C"),
    ]
    gas = of(got, "0-1:24.2.1")
    assert (gas.quantity, gas.value, gas.unit, gas.name, gas.subunit) == (
        *("volume", Decimal("234.567"), "m3", "gas", 1),
    )
    assert gas.time == datetime(2026, 7, 15, 14, 15, 7, tzinfo=CEST)
    heat = of(got, "0-2:24.2.1")
    assert (heat.quantity, heat.value, heat.unit, heat.name) == ("energy", 345670000000, "J", "heat")


def test_a_channel_without_a_meter(read: Read, of: Of) -> None:
    sets = [
        data_set("0-1:24.1.0", "003"),
        data_set("0-1:96.1.0"),
        data_set("0-1:24.2.1", "700101010000W", "00000000"),
    ]
    got = read(write_p1(WHO, sets))
    reading = of(got, "0-1:24.2.1")
    assert (reading.quantity, reading.value, reading.unit) == ("volume", 0, None)
    assert reading.time == datetime(1970, 1, 1, 1, tzinfo=CET)


def test_the_power_failure_log(read: Read) -> None:
    got = read(write_p1(WHO, SETS))
    log = [r for r in got.readings if r.obis == "0-0:96.7.19*255"]
    assert [(r.quantity, r.value, r.unit, r.time, r.storage) for r in log] == [
        ("duration", 345, "s", datetime(2025, 6, 9, 6, 32, 39, tzinfo=CEST), 1),
        ("duration", 123456, "s", datetime(2025, 12, 11, 0, 17, 6, tzinfo=CET), 2),
    ]


def test_a_log_without_entries(read: Read) -> None:
    got = read(write_p1(WHO, [data_set("1-0:99.97.0", "0", "0-0:96.7.19")]))
    assert (got.state, got.readings) == ("complete", [])


def test_a_log_that_says_too_many_entries(read: Read) -> None:
    sets = [data_set("1-0:99.97.0", "5", "0-0:96.7.19", "250609063239S", "0000000345*s")]
    got = read(write_p1(WHO, sets))
    assert [r.value for r in got.readings] == [345]
    assert [d.code for d in got.diagnostics] == ["iec62056_21.buffer.count"]


def test_the_maxima_of_13_months(read: Read) -> None:
    groups = ("2", "1-0:1.6.0", "1-0:1.6.0")
    rows = ("260601000000S", "260510183000S", "04.329*kW", "260701000000S", "632525252525W", "00.000*kW")
    got = read(write_p1(WHO, [data_set("0-0:98.1.0", *groups, *rows)]))
    assert [(r.obis, r.value, r.function, r.storage) for r in got.readings] == [
        ("1-0:1.6.0*255", 4329, "maximum", 1),
        ("1-0:1.6.0*255", 0, "maximum", 2),
    ]
    assert [r.time for r in got.readings] == [datetime(2026, 5, 10, 18, 30, tzinfo=CEST), None]
    (series,) = profiles(got)
    assert [(value.end, value.value) for value in series.values] == [
        (datetime(2026, 6, 1, tzinfo=CEST), Decimal(4329)),
        (datetime(2026, 7, 1, tzinfo=CEST), Decimal(0)),
    ]
    assert series.values[0].sources == (datetime(2026, 5, 10, 18, 30, tzinfo=CEST),)


def test_gas_of_dsmr_3_stands_on_two_lines(read: Read, of: Of) -> None:
    text = (
        "/EMT5\\2KIT-1\r\n\r\n1-0:1.8.1(12345.678*kWh)\r\n0-1:24.1.0(03)\r\n"
        "0-1:24.3.0(260212160000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00001.001)\r\n0-1:24.4.0(1)\r\n!\r\n"
    )
    got = read(text)
    assert got.state == "complete"
    gas = of(got, "0-1:24.2.1")
    assert (gas.value, gas.unit, gas.name, gas.status) == (Decimal("1.001"), "m3", "gas", "00")
    assert gas.time == datetime(2026, 2, 12, 16, tzinfo=CET)
    assert of(got, "0-1:24.4.0").value == "1"


@pytest.mark.parametrize("crc", ["padded", "unpadded", None])
def test_crc_with_and_without_leading_zeros_and_none(read: Read, crc: Crc | None) -> None:
    for number in range(200):
        telegram = write_p1(WHO, [data_set("1-0:1.8.0", f"{number:06d}*Wh")], crc=crc)
        got = read(telegram)
        assert got.state == "complete"
        assert [check.ok for check in got.checks] == ([] if crc is None else [True])
        assert sniff(telegram) == (90 if crc is None else 100)


def test_a_wrong_crc_is_an_error_and_the_values_are_shown(read: Read, of: Of) -> None:
    telegram = write_p1(WHO, SETS).replace(b"123.456", b"123.457")
    got = read(telegram)
    assert (got.state, got.checks[0].ok) == ("partial", False)
    assert [d.code for d in got.diagnostics] == ["iec62056_21.crc.mismatch"]
    assert of(got, "1-0:1.8.1").value == 123457
    assert sniff(telegram) == 85


def test_a_crc_without_its_first_line_cannot_be_checked(read: Read) -> None:
    got = read(write_p1(WHO, SETS).partition(b"\r\n\r\n")[2])
    assert (got.state, got.checks[0].ok) == ("partial", None)
    assert [d.code for d in got.diagnostics] == ["iec62056_21.crc.unchecked"]


@pytest.mark.parametrize(
    ("name", "group", "text"),
    [
        ("0-0:96.1.1", hexed("1SAG3100000026"), "1SAG3100000026"),
        ("0-0:96.1.1", "1234567890", "1234567890"),
        ("0-0:96.1.0", "09610", "09610"),
        ("0-0:96.13.0", hexed("01 61 81"), "01 61 81"),
        ("0-0:96.13.0", "", ""),
    ],
)
def test_octet_strings_in_hex(name: str, group: str, text: str) -> None:
    assert octet_text(name, group) == text


def test_other_registers_are_no_octet_strings(read: Read, of: Of) -> None:
    got = read(write_p1(WHO, [data_set("1-0:0.0.0", hexed("1SAG3100000026")), data_set("0-0:C.1.0", "62345671")]))
    assert of(got, "1-0:0.0.0").value == hexed("1SAG3100000026")
    assert of(got, "0-0:96.1.0").value == "62345671"
