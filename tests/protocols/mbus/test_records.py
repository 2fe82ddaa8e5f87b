"""Records: what DIF, VIF and data say, built with the encoder and read back; everything bad costs that record only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emtkit
from emtkit.model.errors import EmtkitError, EncodeError
from emtkit.protocols.mbus.encode import Coding, build_record
from emtkit.protocols.mbus.encode_profile import build_profile

if TYPE_CHECKING:
    from emtkit.model.reading import Function, Value


def read(records: bytes, **options: Any) -> emtkit.Decoded:
    return emtkit.decode(records, protocol="mbus-records", memory=emtkit.Memory(), **options)


def one(records: bytes, **options: Any) -> emtkit.Reading:
    readings = read(records, **options).readings
    assert len(readings) == 1
    return readings[0]


@pytest.mark.parametrize(
    ("digits", "quantity", "value", "unit"),
    [
        ("0c1427048502", "volume", "28504.27", "m3"),  # OMS Vol. 2, N.2.1
        ("0403e8030000", "energy", "1000", "Wh"),
        ("0407e8030000", "energy", "10000000", "Wh"),
        ("040ee8030000", "energy", "1000000000", "J"),
        ("0a5a8812", "flow_temperature", "128.8", "degC"),
        ("0b3b020000", "volume_flow", "0.002", "m3/h"),
        ("0442 10000000", "volume_flow", "0.00960", "m3/h"),  # 16 * 10^-5 m3/min
        ("0bFD4F120000", "voltage", "12000000", "V"),
        ("02FD4812 09", "voltage", "232.2", "V"),
        ("02FB2CF4 01", "frequency", "0.500", "Hz"),
        ("04FB0036010000", "energy", "31000000", "Wh"),
        ("02232300", "on_time", "3024000", "s"),
        ("0b2d0200f0", "power", "-200", "W"),
        ("03138AFFFF", "volume", "-0.118", "m3"),
        ("01FD7164", "signal_strength", "100", "dBm"),
        ("02FD746400", "battery_remaining_time", "8640000", "s"),
        ("01FDFD0254", "battery_remaining_time", "84", "month"),
        ("036E630000", "heat_cost_units", "99", "HCA"),
        ("01FB1A42", "relative_humidity", "6.6", "%"),
    ],
)
def test_value_and_base_unit(digits: str, quantity: str, value: str, unit: str) -> None:
    reading = one(bytes.fromhex(digits))
    assert (reading.quantity, reading.value, reading.unit) == (quantity, Decimal(value), unit)


def test_digits_after_the_point_are_kept() -> None:
    assert str(one(bytes.fromhex("0c1400010000")).value) == "1.00"


def test_plain_text_unit() -> None:
    reading = one(build_record("fc0348522574", Decimal("45.20"), "int16"))  # "%RH", last character first
    assert (reading.quantity, reading.value, reading.unit) == ("relative_humidity", Decimal("45.20"), "%")
    reading = one(bytes.fromhex("0d7c08") + b"DI .tsuc" + bytes.fromhex("0a") + b"557670AL90")
    assert (reading.value, reading.unit) == ("09LA076755", "cust. ID")


@pytest.mark.parametrize(
    ("vib", "unit", "modifiers"),
    [
        ("fd47", "V", ()),
        ("fdc7fc01", "V", ("phase_l1",)),
        ("933a", "m3", ("uncorrected",)),
        ("833c", "Wh", ("backward",)),
        ("9322", "m3/h", ("per_hour",)),
        ("93a27e", "m3/h", ("per_hour", "future")),
        ("9370", "m3", ()),
        ("ff07", None, ("manufacturer_07",)),
        ("a9ff01", "W", ("manufacturer_01",)),
        ("bb40", "m3/h", ("lower_limit",)),
    ],
)
def test_vifes_qualify(vib: str, unit: str | None, modifiers: tuple[str, ...]) -> None:
    reading = one(bytes.fromhex("04" + vib + "01000000"))
    assert (reading.unit, reading.modifiers) == (unit, modifiers)


def test_vifes_scale_exactly() -> None:
    assert one(bytes.fromhex("0493704d000000")).value == Decimal("77E-9")  # m3 * 10^-3 * 10^-6
    assert one(bytes.fromhex("04937d4d000000")).value == Decimal(77)


def test_limit_exceed_records_hold_dates_durations_and_counts() -> None:
    begin = one(bytes.fromhex("02bb4a") + bytes.fromhex("9f2c"))
    assert (begin.quantity, begin.value) == ("datetime", date(2020, 12, 31))
    assert begin.modifiers == ("of_volume_flow", "upper_limit_first_exceed_begin")
    duration = one(bytes.fromhex("02bb5a0300"))
    assert (duration.quantity, duration.value, duration.unit) == ("duration", Decimal(10800), "s")
    count = one(bytes.fromhex("01bb4907"))
    assert (count.quantity, count.value, count.unit) == ("exceed_counter", Decimal(7), None)


def test_storage_tariff_subunit_function() -> None:
    record = build_record("06", Decimal(5000), "int32", storage=4242, tariff=9, subunit=3, function="minimum")
    reading = one(record)
    assert (reading.storage, reading.tariff, reading.subunit, reading.function) == (4242, 9, 3, "minimum")


def test_invalid_values_are_none_and_said() -> None:
    for hexdigits, code in (
        ("02590080", "mbus.record.invalid_value"),
        ("0a5adddd", "mbus.record.bcd"),
        ("026cffff", "mbus.record.invalid_value"),
        ("05130000807f", "mbus.record.invalid_value"),
        ("01fd08ff", "mbus.record.invalid_value"),
    ):
        decoded = read(bytes.fromhex(hexdigits))
        assert decoded.readings[0].value is None
        assert decoded.readings[0].status == "invalid"
        assert [finding.code for finding in decoded.diagnostics] == [code]


def test_error_vife_of_the_meter() -> None:
    decoded = read(bytes.fromhex("0aa6180000"))
    assert (decoded.readings[0].value, decoded.readings[0].status) == (None, "data_error")
    assert decoded.diagnostics[0].code == "mbus.record.meter_error"


def test_float_is_the_shortest_decimal() -> None:
    assert one(build_record("5b", Decimal("21.3"), "float")).value == Decimal("21.3")


@pytest.mark.parametrize(
    ("vib", "coding", "value", "read_back"),
    [
        ("6c", "int16", date(2026, 10, 25), date(2026, 10, 25)),
        ("6d", "int32", datetime(2026, 10, 25, 2, 30), "2026-10-25T02:30:00+01:00"),
        ("6d", "int48", datetime(2026, 7, 1, 14, 36, 3), "2026-07-01T14:36:03+01:00"),
        ("6d", "int24", time(23, 59, 1), time(23, 59, 1)),
    ],
)
def test_dates(vib: str, coding: Coding, value: Value, read_back: object) -> None:
    got = one(build_record(vib, value, coding)).value
    assert (got.isoformat() if isinstance(read_back, str) and isinstance(got, datetime) else got) == read_back


def test_summer_flag_gives_the_offset() -> None:
    from zoneinfo import ZoneInfo

    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    second = first.replace(fold=1)
    got = [one(build_record("6d", moment, "int32")).value for moment in (first, second)]
    assert [str(moment) for moment in got] == ["2026-10-25 02:30:00+02:00", "2026-10-25 02:30:00+01:00"]


def test_type_i_of_the_facts() -> None:
    value = one(bytes.fromhex("066d4324cefb161a")).value
    assert str(value) == "2015-06-27 14:36:03+02:00"  # summer time, says the flag


def test_dates_of_a_storage_are_the_times_of_its_values() -> None:
    records = (
        build_record("13", Decimal("12.345"), "int32")
        + build_record("13", Decimal("10.000"), "int32", storage=1)
        + build_record("6c", date(2025, 12, 31), "int16", storage=1)
        + build_record("6d", datetime(2026, 1, 2, 3, 4), "int32")
        + build_record("2b", Decimal(900), "int16", storage=1, function="maximum")
        + build_record("6d", datetime(2025, 11, 5, 6, 7), "int32", storage=1, function="maximum")
    )
    readings = read(records).readings
    assert str(readings[0].time) == "2026-01-02 03:04:00+01:00"
    assert readings[1].time == date(2025, 12, 31)
    assert str(readings[4].time) == "2025-11-05 06:07:00+01:00"
    assert {reading.time_source for reading in (readings[0], readings[1], readings[4])} == {"device"}


def test_storage_interval_dates_the_history() -> None:
    records = (
        build_record("fd28", Decimal(1), "int8", storage=8)
        + build_record("6c", date(2024, 11, 30), "int16", storage=8)
        + b"".join(build_record("13", Decimal(30 - n), "int32", storage=8 + n) for n in range(4))
    )
    times = [reading.time for reading in read(records).readings if reading.quantity == "volume"]
    assert times == [date(2024, 11, 30), date(2024, 10, 31), date(2024, 9, 30), date(2024, 8, 31)]


def test_without_a_clock_the_reception_time_counts_for_storage_0_only() -> None:
    received = datetime(2026, 11, 23, 9, tzinfo=UTC)
    records = build_record("13", Decimal(1), "int32") + build_record("13", Decimal(1), "int32", storage=1)
    first, second = read(records, received_at=received).readings
    assert (first.time, first.time_source) == (received, "capture")
    assert (second.time, second.time_source) == (None, None)


def test_variable_length_text_and_binary() -> None:
    assert one(build_record("fd11", "Müller 7", "text")).value == "Müller 7"
    assert one(build_record("fd3b", bytes(range(20)), "binary")).value == bytes(range(20))
    assert one(bytes.fromhex("0d78c4") + bytes.fromhex("78563412")).value == "12345678"
    assert one(bytes.fromhex("0d13d2") + bytes.fromhex("3412")).value == Decimal("-1.234")


def test_manufacturer_data_stays_as_bytes() -> None:
    decoded = read(bytes.fromhex("0413010000000fdeadbeef"))
    assert decoded.readings[1].quantity == "manufacturer_specific"
    assert decoded.readings[1].value == bytes.fromhex("deadbeef")
    more = read(bytes.fromhex("0413010000001f"))
    assert [finding.code for finding in more.diagnostics] == ["mbus.record.more_follow"]


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        ("04", "mbus.record.truncated"),
        ("0413", "mbus.record.truncated"),
        ("04130102", "mbus.record.truncated"),
        ("8484", "mbus.record.truncated"),
        ("0d", "mbus.record.truncated"),
        ("0d13", "mbus.record.truncated"),
        ("3f0102", "mbus.record.reserved_dif"),
        ("0d13ff01", "mbus.record.reserved_lvar"),
        ("84848484848484848484848404130101", "mbus.record.too_many_dife"),
    ],
)
def test_a_bad_tail_costs_nothing_before_it(tail: str, code: str) -> None:
    decoded = read(bytes.fromhex("041301000000" + tail))
    assert decoded.state == "partial"
    assert decoded.readings[0].value == Decimal("0.001")
    assert decoded.readings[1].raw == bytes.fromhex(tail)
    assert [finding.code for finding in decoded.diagnostics] == [code]


def test_a_bad_record_costs_that_record_only() -> None:
    # a reserved VIF (6F) and a BCD error state between two sound records
    decoded = read(bytes.fromhex("041301000000026f12340a5addeb041302000000"))
    assert [reading.value for reading in decoded.readings] == [
        Decimal("0.001"),
        Decimal(0x3412),
        None,
        Decimal("0.002"),
    ]
    assert [finding.code for finding in decoded.diagnostics] == ["mbus.record.reserved_vif", "mbus.record.bcd"]


def test_strict_raises_at_the_first_warning() -> None:
    with pytest.raises(EmtkitError) as caught:
        read(bytes.fromhex("0413010000003f0102"), strict=True)
    assert caught.value.code == "mbus.record.reserved_dif"


CODINGS: dict[Coding, tuple[int, int]] = {
    "int8": (-127, 127), "int16": (-(2**15) + 1, 2**15 - 1), "int24": (-(2**23) + 1, 2**23 - 1),
    "int32": (-(2**31) + 1, 2**31 - 1), "int48": (-(2**47) + 1, 2**47 - 1), "int64": (-(2**63) + 1, 2**63 - 1),
    "bcd2": (-9, 99), "bcd4": (-999, 9999), "bcd6": (-99999, 999999), "bcd8": (-9999999, 99999999),
    "bcd12": (-99999999999, 999999999999),
}  # fmt: skip
VIBS = {"03": 0, "06": 3, "13": -3, "14": -2, "2b": 0, "3b": -3, "5a": -1, "6e": 0, "fd47": -2, "933a": -3, "fb28": 5}


@given(
    coding=st.sampled_from(sorted(CODINGS)),
    vib=st.sampled_from(sorted(VIBS)),
    storage=st.integers(0, 2**41 - 1),
    tariff=st.integers(0, 2**20 - 1),
    subunit=st.integers(0, 2**10 - 1),
    function=st.sampled_from(["instantaneous", "maximum", "minimum", "error"]),
    data=st.data(),
)
def test_build_and_read_round_trip(
    coding: Coding, vib: str, storage: int, tariff: int, subunit: int, function: Function, data: st.DataObject
) -> None:
    raw = data.draw(st.integers(*CODINGS[coding]))
    value = Decimal(raw).scaleb(VIBS[vib])
    record = build_record(vib, value, coding, storage=storage, tariff=tariff, subunit=subunit, function=function)
    reading = one(record)
    assert reading.value == value
    assert (reading.storage, reading.tariff, reading.subunit, reading.function) == (storage, tariff, subunit, function)
    assert reading.raw == record


def test_values_that_do_not_fit_are_refused() -> None:
    for vib, value, coding in (("13", Decimal("0.0005"), "int32"), ("13", Decimal(100), "bcd4"), ("13", None, "int8")):
        with pytest.raises(EncodeError):
            build_record(vib, value, coding)  # type: ignore[arg-type]
    with pytest.raises(EncodeError):
        build_record("93", Decimal(1), "int8")


@given(st.binary(max_size=80))
def test_any_bytes_give_a_result_and_keep_every_byte(data: bytes) -> None:
    decoded = read(data)
    spans = emtkit.explain(data, protocol="mbus-records").spans
    assert sum(span.end - span.start for span in spans) == len(data)
    assert decoded.state in {"complete", "partial"}


@given(st.binary(min_size=1, max_size=60))
def test_plan_and_walk_give_the_same(data: bytes) -> None:
    first, by_plan = read(data), read(data)
    explained = emtkit.explain(data, protocol="mbus-records", memory=emtkit.Memory()).decoded
    assert first.to_dict() == by_plan.to_dict() == explained.to_dict()


@given(values=st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=2, max_size=6), other=st.integers(0, 2**31 - 1))
def test_a_plan_reads_other_values_of_the_same_layout(values: list[int], other: int) -> None:
    def records(numbers: list[int]) -> bytes:
        return b"".join(build_record("13", Decimal(n).scaleb(-3), "int32", storage=k) for k, n in enumerate(numbers))

    read(records(values))
    changed = [*values[:-1], other]
    assert [reading.value for reading in read(records(changed)).readings] == [Decimal(n).scaleb(-3) for n in changed]


@given(
    numbers=st.lists(st.integers(0, 2**15 - 1), min_size=1, max_size=12),
    mode=st.sampled_from(["absolute", "increments", "differences"]),
    inverse=st.booleans(),
)
def test_compact_profiles_round_trip(numbers: list[int], mode: str, inverse: bool) -> None:
    ordered = sorted(numbers, reverse=inverse)
    values = [Decimal(n).scaleb(-2) for n in ordered]
    base = Decimal(2**15 - 1 if inverse else 0).scaleb(-2)
    records = (
        build_record("6c", date(2026, 1, 31), "int16", storage=8)
        + build_record("14", base, "int32", storage=8)
        + build_profile("14", values, "int32", storage=8, mode=mode, base=base, inverse=inverse)  # type: ignore[arg-type]
    )
    decoded = read(records)
    profile = [reading for reading in decoded.readings if reading.storage > 8]
    assert [reading.value for reading in profile] == values
    assert profile[0].time == (date(2025, 12, 31) if inverse else date(2026, 2, 28))
    assert [reading.storage for reading in profile] == list(range(9, 9 + len(values)))
