from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.meter_id import MeterId
from emtkit.model.obis import Obis
from emtkit.model.series import Quality
from emtkit.protocols.dlms import axdr, axdr_write, compact
from emtkit.protocols.dlms.apdu_parts import ENTRY, RANGE
from emtkit.protocols.dlms.axdr import CompactArray, Data
from emtkit.protocols.dlms.classes.metering import CaptureObject, ScalerUnit
from emtkit.protocols.dlms.cosem_time import from_datetime
from emtkit.protocols.dlms.objects import selected_columns
from emtkit.protocols.dlms.profile import (
    build_buffer,
    by_entry,
    by_range,
    compress,
    read_profile,
    status_names,
)
from emtkit.protocols.dlms.readings import Source
from emtkit.wire.cursor import Cursor
from emtkit.wire.view import View

BERLIN = ZoneInfo("Europe/Berlin")
CLOCK = CaptureObject(8, Obis(0, 0, 1, 0, 0, 255), 2, 0)
STATUS = CaptureObject(1, Obis(0, 0, 96, 10, 1, 255), 2, 0)
ENERGY = CaptureObject(3, Obis(1, 0, 1, 8, 0, 255), 2, 0)
INTERVAL = CaptureObject(3, Obis(1, 0, 1, 29, 0, 255), 2, 0)
COLUMNS = (CLOCK, STATUS, ENERGY, INTERVAL)
UNITS = {ENERGY.logical_name: ScalerUnit(1, 30), INTERVAL.logical_name: ScalerUnit(0, 30)}
START = datetime(2026, 11, 23, 0, 15, tzinfo=BERLIN)
NULL = Data(axdr.NULL, None)
METER = MeterId("EMT", "10000001")


def clock(moment: datetime) -> Data:
    return axdr.octets(from_datetime(moment).encode())


def row(number: int, *, status: int = 0, energy: int = 0, interval: int = 0) -> list[Data]:
    moment = (START.astimezone(UTC) + timedelta(minutes=15 * number)).astimezone(BERLIN)
    return [
        clock(moment),
        Data(axdr.UNSIGNED, status),
        Data(axdr.DOUBLE_LONG_UNSIGNED, energy),
        Data(axdr.DOUBLE_LONG_UNSIGNED, interval),
    ]


def placed(buffer: Data) -> tuple[Data, Source]:
    """Return the buffer as it is read from its bytes, and its source."""
    view = View(axdr_write.encode_data(buffer))
    return axdr.read_data(Cursor(view, "test")), Source(view, BERLIN)


def test_rows_readings_and_series() -> None:
    rows = [row(0, energy=100, interval=5), row(1, energy=101, interval=6, status=0x04), row(2, energy=102)]
    buffer, source = placed(build_buffer(rows))
    profile = read_profile(buffer, COLUMNS, source, period=900, units=UNITS)
    assert [found.time for found in profile.rows] == [START + timedelta(minutes=15 * at) for at in range(3)]
    readings = profile.readings(source)
    assert [(reading.obis, reading.value, reading.unit) for reading in readings[:2]] == [
        ("1-0:1.8.0*255", Decimal(1000), "Wh"),
        ("1-0:1.29.0*255", Decimal(5), "Wh"),
    ]
    assert [reading.status for reading in readings[::2]] == ["00", "04", "00"]
    assert readings[0].raw == axdr_write.encode_data(rows[0][2])
    register, interval = profile.series(METER)
    assert (register.kind, register.unit, register.step) == ("register", "Wh", timedelta(minutes=15))
    assert (interval.kind, interval.obis) == ("interval", "1-0:1.29.0*255")
    first, second, _ = interval.values
    assert (first.start, first.end, first.value) == (START - timedelta(minutes=15), START, Decimal(5))
    assert (second.quality, second.reason) == (Quality.PRELIMINARY, "data_not_valid")
    assert register.values[0].start == register.values[0].end == START


@given(st.lists(st.tuples(st.sampled_from([0, 8]), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=20))
def test_null_compression_is_undone(values: list[tuple[int, int, int]]) -> None:
    rows = [row(at, status=s, energy=e, interval=i) for at, (s, e, i) in enumerate(values)]
    plain, source = placed(build_buffer(rows))
    short, short_source = placed(build_buffer(compress(rows, COLUMNS, 900)))
    assert len(short_source.view.data) <= len(source.view.data)
    first = read_profile(plain, COLUMNS, source, period=900, units=UNITS)
    second = read_profile(short, COLUMNS, short_source, period=900, units=UNITS)
    assert [found.time for found in first.rows] == [found.time for found in second.rows]
    assert [[cell.value for cell in found.cells[1:]] for found in first.rows] == [
        [cell.value for cell in found.cells[1:]] for found in second.rows
    ]


def test_times_that_were_left_out_go_over_the_change_of_the_clocks() -> None:
    start = datetime(2026, 10, 25, 2, 45, tzinfo=BERLIN)  # still summer time
    buffer, source = placed(build_buffer([[clock(start), NULL, NULL, NULL], *[[NULL] * 4] * 4]))
    profile = read_profile(buffer, COLUMNS, source, period=900)
    times = [found.time for found in profile.rows]
    assert all(time is not None for time in times)
    assert {b - a for a, b in pairwise(times) if a and b} == {timedelta(minutes=15)}


@pytest.mark.parametrize(("sort_method", "minutes"), [(1, 15), (2, -15)])
def test_sort_orders(sort_method: int, minutes: int) -> None:
    buffer, source = placed(build_buffer([row(0), [NULL, NULL, NULL, NULL]]))
    profile = read_profile(buffer, COLUMNS, source, period=900, sort_method=sort_method)
    assert profile.rows[1].time == START + timedelta(minutes=minutes)


def test_what_cannot_be_filled_in_is_reported() -> None:
    said: list[str] = []
    rows = [[NULL] * 4, row(1), [NULL] * 4, [NULL] * 3]
    buffer, source = placed(build_buffer(rows))
    profile = read_profile(
        buffer, COLUMNS, source, sort_method=3, report=lambda code, _message, _data: said.append(code)
    )
    assert said == ["dlms.profile.no_time", "dlms.profile.no_value", "dlms.profile.no_time", "dlms.profile.columns"]
    assert [found.time is None for found in profile.rows] == [True, False, True]
    (series,) = read_profile(buffer, COLUMNS, source, units={ENERGY.logical_name: ScalerUnit(0, 30)}).series(METER)
    assert [value.end for value in series.values] == [START + timedelta(minutes=15)]


def test_rows_keep_their_order_when_the_clock_is_set_back() -> None:
    buffer, source = placed(build_buffer([row(0, energy=1), row(1, energy=2), row(0, energy=3)]))
    profile = read_profile(buffer, COLUMNS, source, units=UNITS)
    assert [reading.value for reading in profile.readings(source)[::2]] == [Decimal(10), Decimal(20), Decimal(30)]


def test_compact_rows() -> None:
    rows = [axdr.structure(*row(at, energy=at)) for at in range(3)]
    value = CompactArray(compact.describe(rows[0]), tuple(rows))
    buffer, source = placed(Data(axdr.COMPACT_ARRAY, value))
    profile = read_profile(buffer, COLUMNS, source, period=900, units=UNITS)
    assert [reading.value for reading in profile.readings(source)[::2]] == [Decimal(0), Decimal(10), Decimal(20)]


def test_deltas_are_added_on_demand() -> None:
    rows = [row(0, energy=100), [*row(1)[:2], Data(axdr.DELTA_INTEGER, 5), NULL]]
    buffer, source = placed(build_buffer(rows))
    profile = read_profile(buffer, COLUMNS, source, units=UNITS, deltas=True)
    assert [found.cells[2].value for found in profile.rows] == [100, 105]
    assert read_profile(buffer, COLUMNS, source).rows[1].cells[2].value == 5


def test_a_capture_time_belongs_to_its_register() -> None:
    gas = Obis(0, 1, 24, 2, 1, 255)
    columns = (CLOCK, CaptureObject(4, gas, 2, 0), CaptureObject(4, gas, 5, 0))
    own = START - timedelta(minutes=5)
    buffer, source = placed(build_buffer([[clock(START), Data(axdr.DOUBLE_LONG_UNSIGNED, 5), clock(own)]]))
    (reading,) = read_profile(buffer, columns, source, units={gas: ScalerUnit(-2, 13)}).readings(source)
    assert (reading.time, reading.value, reading.unit) == (own, Decimal("0.05"), "m3")


def test_status_bits_have_names() -> None:
    assert status_names(0x00) == ()
    assert status_names(0x86) == ("clock_invalid", "data_not_valid", "power_down")
    assert status_names(0x10) == ("bit_4",)


def test_selections() -> None:
    first, last = clock(START), clock(START + timedelta(days=1))
    ranged = by_range(CLOCK, first, last, (CLOCK, ENERGY))
    assert ranged.selector == RANGE
    assert selected_columns(COLUMNS, ranged) == (CLOCK, ENERGY)
    assert selected_columns(COLUMNS, by_range(CLOCK, first, last)) == COLUMNS
    entries = by_entry(1, 10, 2, 3)
    assert entries.selector == ENTRY
    assert selected_columns(COLUMNS, entries) == (STATUS, ENERGY)
    assert selected_columns(COLUMNS, by_entry()) == COLUMNS
    assert selected_columns(COLUMNS, None) == COLUMNS
    # range_descriptor and entry_descriptor as the Blue Book has them
    assert (
        axdr_write.encode_data(ranged.parameters)
        .hex()
        .startswith("020402041200080906 0000010000ff0f02120000".replace(" ", ""))
    )
    assert axdr_write.encode_data(by_entry(1, 2).parameters).hex() == "0204060000000106000000021200011200 00".replace(
        " ", ""
    )
