"""Profile: from series and to readings, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from emtkit.export.profile_generic.profile import (
    INTEGERS,
    Column,
    Entry,
    Profile,
    device_name,
    meter_of,
    profile_of,
    readings_of,
    status_of,
)
from emtkit.export.series import load_profile
from emtkit.model.errors import EncodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.obis import Obis
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, Series, SeriesValue

METER = MeterId.of("EMT", "00010001", 1, 2)
MARK = datetime(2026, 11, 2, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
STAMP = MARK + timedelta(seconds=3)


def series(*numbers: str | None, unit: str = "Wh", obis: str = "1-0:1.8.0*255", status: str | None = None) -> Series:
    values = [
        SeriesValue(MARK + index * QUARTER, MARK + index * QUARTER, None, Quality.MISSING, reason="gap")
        if number is None
        else SeriesValue(
            MARK + index * QUARTER,
            MARK + index * QUARTER,
            Decimal(number),
            sources=(STAMP + index * QUARTER,),
            status=status,
        )
        for index, number in enumerate(numbers)
    ]
    return Series(METER, obis, unit, "register", QUARTER, values)


def test_one_scaler_for_a_register_and_the_meters_own_stamps() -> None:
    profile = profile_of([series("1000.5", None, "1000.75", status="a000000000000004"), series("7E+3", unit="varh")])
    assert (str(profile.obis), profile.name, profile.period) == ("1-0:99.1.0*255", "1emt0000010001", QUARTER)
    first, second = profile.columns
    assert first.entries == [
        Entry(100050, -2, 30, STAMP, bytes.fromhex("a000000000000004")),
        Entry(100075, -2, 30, STAMP + 2 * QUARTER, bytes.fromhex("a000000000000004")),
    ]
    assert (first.scaler, first.unit) == (-2, 30)
    assert second.entries == [Entry(7, 3, 32, STAMP)]
    assert [str(entry.value) for entry in first.entries] == ["1000.50", "1000.75"]


def test_the_logical_name_follows_medium_and_step() -> None:
    daily = series("1", unit="m3", obis="7-0:3.0.0*255")
    daily.step = timedelta(days=1)
    assert str(profile_of([daily]).obis) == "7-0:99.2.0*255"
    assert profile_of([daily], Obis(1, 0, 94, 49, 128, 39)).obis.to_bytes().hex() == "01005e318027"


def test_what_cannot_be_a_profile() -> None:
    substitute = series("1")
    substitute.values[0] = substitute.values[0]._replace(quality=Quality.SUBSTITUTE, method="interpolation")
    other = series("1")
    other.meter = MeterId.of("EMT", "00010002", 1, 2)
    nameless = series("1")
    nameless.meter = MeterId(None, "../x")
    cases = [
        ([substitute], "profile.substitute"),
        ([series("1"), other], "profile.mixed"),
        ([nameless], "profile.device"),
        ([series("1", unit="gal")], "profile.unit"),
        ([series("9223372036854775808")], "profile.range"),
        ([series("1E+20", "0.001")], "profile.range"),
        ([series("1", status="overflow")], "profile.status"),
    ]
    for given, code in cases:
        with pytest.raises(EncodeError) as error:
            profile_of(given)
        assert error.value.code == code


def test_readings_of_a_profile() -> None:
    column = Column(Obis(1, 0, 1, 8, 0), "1emt0000010001")
    column.entries = [Entry(12345, -1, 30, STAMP, 0), Entry(5, 0, 19, STAMP, b"\xa0"), Entry(6, 0, 199, STAMP)]
    assert list(readings_of(Profile(Obis(1, 0, 99, 1, 0), "x", [column]))) == [
        (
            MeterId("EMT", "00010001", None, 2, "electricity", "1EMT0000010001"),
            Reading(*reading, obis="1-0:1.8.0*255", time=STAMP, time_source="gateway", status=status),
        )
        for reading, status in (
            (("energy", Decimal("1234.5"), "Wh"), "0"),
            (("volume", Decimal("0.005"), "m3"), "a0"),
            (("unknown", Decimal(6), "COSEM unit 199"), None),
        )
    ]


def test_a_profile_becomes_a_load_profile() -> None:
    numbers = [str(1000 + index * index) for index in range(97)]
    profile = profile_of([series(*numbers)])
    result = load_profile(readings_of(profile), start=MARK, end=MARK + timedelta(days=1), zone="UTC")
    assert [value.value for value in result.values] == [2 * index + 1 for index in range(96)]


@pytest.mark.parametrize(
    ("meter", "name"),
    [
        (METER, "1emt0000010001"),
        (MeterId.of("EMT", "00010001", 1, 0x37), "emt00010001"),
        (MeterId(None, "aabbccddeeff.eui"), "aabbccddeeff.eui"),
    ],
)
def test_names_of_devices(meter: MeterId, name: str) -> None:
    assert device_name(meter) == name


def test_meters_of_device_names() -> None:
    assert meter_of("7emt0000010003") == MeterId("EMT", "00010003", None, 3, "gas", "7EMT0000010003")
    assert meter_of("taf7-1") == MeterId(None, "taf7-1")


@pytest.mark.parametrize(
    ("text", "status"), [(None, None), ("0", 0), ("17", 17), ("00000005", b"\0\0\0\5"), ("a0", b"\xa0")]
)
def test_status(text: str | None, status: bytes | int | None) -> None:
    assert status_of(text) == status


@pytest.mark.parametrize("kind", INTEGERS)
def test_the_range_of_integers(kind: str) -> None:
    bits, signed = INTEGERS[kind]
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    assert [INTEGERS[kind].holds(number) for number in (low - 1, low, high, high + 1)] == [False, True, True, False]
