from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.model.meter_id import MeterId
from emtkit.model.series import Quality
from emtkit.protocols.context import Memory
from emtkit.protocols.iec62056_21 import profiles
from emtkit.protocols.iec62056_21.encoder import write_block
from emtkit.protocols.iec62056_21.profiles import LogEntry, ProfileBlock

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.series import Series

    Read = Callable[..., Any]

CET, CEST = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))
HEAD = "P.01({stamp})({status})(15)(2)(1.5)(kW)(2.5)(kW)\r\n"


def block(stamp: str, *rows: str, status: str = "00000000") -> str:
    return HEAD.format(stamp=stamp, status=status) + "".join(f"{row}\r\n" for row in rows)


def rows_of(series: Series) -> list[Any]:
    return [(f"{value.end:%d.%m. %H:%M%z}", value.value, value.quality) for value in series.values]


def test_rows_are_readings_with_the_end_of_their_interval(read: Read) -> None:
    got = read(block("1260715161500", "(0.184)(0.001)", "(0.168)(0.000)"))
    assert got.state == "complete"
    assert [(r.obis, r.value, r.unit, r.time) for r in got.readings] == [
        ("1-0:1.5.0*255", Decimal(184), "W", datetime(2026, 7, 15, 16, 15, tzinfo=CEST)),
        ("1-0:2.5.0*255", Decimal(1), "W", datetime(2026, 7, 15, 16, 15, tzinfo=CEST)),
        ("1-0:1.5.0*255", Decimal(168), "W", datetime(2026, 7, 15, 16, 30, tzinfo=CEST)),
        ("1-0:2.5.0*255", Decimal(0), "W", datetime(2026, 7, 15, 16, 30, tzinfo=CEST)),
    ]
    assert {(r.time_source, r.status) for r in got.readings} == {("device", "00000000")}
    assert got.readings[1].raw == b"(0.001)"
    head = got.layer(ProfileBlock)
    assert (head.id, head.season, head.period) == ("P.01", "summer", timedelta(minutes=15))


def test_average_power_becomes_the_energy_of_the_interval(read: Read) -> None:
    first, second = profiles(read(block("1260715161500", "(0.18372)(0.001)", "(0.168)(0.000)")))
    assert (first.obis, first.unit, first.kind, first.step) == (
        "1-0:1.29.0*255",
        "Wh",
        "interval",
        timedelta(minutes=15),
    )
    assert [value.value for value in first.values] == [Decimal("45.93"), Decimal("42.00")]
    assert first.values[0].start == datetime(2026, 7, 15, 16, 0, tzinfo=CEST)
    assert first.values[0].status == "00000000"
    assert second.obis == "1-0:2.29.0*255"


def test_power_stays_power_when_asked_for(read: Read) -> None:
    series = profiles(read(block("1260715161500", "(0.18372)(0.001)")), energy=False)[0]
    assert (series.obis, series.unit, series.values[0].value) == ("1-0:1.5.0*255", "W", Decimal("183.72"))


def test_power_that_is_no_finite_energy_stays_power_and_says_so(read: Read) -> None:
    text = "P.01(1260715161500)(00)(5)(1)(1.5)(kW)\r\n(0.0001)\r\n"
    series = profiles(read(text))[0]
    assert (series.obis, series.unit) == ("1-0:1.5.0*255", "W")
    assert [d.code for d in series.diagnostics] == ["iec62056_21.series.power"]


@pytest.mark.parametrize("channel", ["1.29", "1-1:1.29.0", "1.9"])
def test_energy_of_the_interval_is_taken_as_it_is(read: Read, channel: str) -> None:
    series = profiles(read(f"P.01(0260115001500)(00)(15)(1)({channel})(kWh)\r\n(0.116)\r\n"))[0]
    assert (series.unit, series.kind, series.values[0].value) == ("Wh", "interval", Decimal(116))
    assert series.obis.endswith("9.0*255")


def test_counters_are_register_series(read: Read) -> None:
    text = "".join(
        f"P.02(02611{day}000000)(00)(1440)(1)(1-0:1.8.0)(kWh)\r\n(0270{day}.2331)\r\n" for day in (22, 23, 24)
    )
    series = profiles(read(text))[0]
    assert (series.kind, series.step) == ("register", timedelta(days=1))
    assert [value.start == value.end for value in series.values] == [True] * 3
    assert series.values[0].value == Decimal("27022233.1")


def test_a_new_head_goes_on_where_the_old_one_ended(read: Read) -> None:
    got = read(block("0260115234500", "(1)(0)", "(2)(0)") + block("0260116001500", "(3)(0)"))
    assert [value.value for value in profiles(got)[0].values] == [250, 500, 750]
    assert not profiles(got)[0].gaps


def test_intervals_that_nobody_sent_are_missing(read: Read) -> None:
    got = read(block("0260115100000", "(1)(0)") + block("0260115104500", "(2)(0)"))
    assert rows_of(profiles(got)[0]) == [
        ("15.01. 10:00+0100", 250, Quality.TRUE),
        ("15.01. 10:15+0100", None, Quality.MISSING),
        ("15.01. 10:30+0100", None, Quality.MISSING),
        ("15.01. 10:45+0100", 500, Quality.TRUE),
    ]
    assert profiles(got)[0].gaps[0].reason == "gap"


@pytest.mark.parametrize("empty", ["()", "(-)", "(*)", "(--)"])
def test_values_that_the_meter_leaves_out_are_missing(read: Read, empty: str) -> None:
    got = read(block("0260115100000", f"{empty}(1)"))
    assert got.readings[0].value is None
    assert got.state == "complete"
    assert profiles(got)[0].values[0].quality is Quality.MISSING


def test_the_parts_of_an_interval_cut_by_a_power_failure_are_added(read: Read) -> None:
    got = read(
        block("0260115101500", "(1)(0)", "(2)(0)")
        + block("0260115103412", "(0.4)(0)", status="00000080")
        + block("0260115104500", "(0.3)(0)", status="00000040")
        + block("0260115110000", "(4)(0)")
    )
    assert rows_of(profiles(got)[0]) == [
        ("15.01. 10:15+0100", 250, Quality.TRUE),
        ("15.01. 10:30+0100", 500, Quality.TRUE),
        ("15.01. 10:45+0100", 175, Quality.TRUE),
        ("15.01. 11:00+0100", 1000, Quality.TRUE),
    ]
    cut = profiles(got)[0].values[2]
    assert [f"{source:%H:%M:%S}" for source in cut.sources] == ["10:34:12", "10:45:00"]
    # the readings keep what was sent
    assert [r.value for r in got.readings if r.obis == "1-0:1.5.0*255"] == [1000, 2000, 400, 300, 4000]


def test_two_rows_with_one_stamp_are_added_if_they_differ_and_counted_once_if_not(read: Read) -> None:
    first, again = block("0260115101500", "(1)(0)"), block("0260115101500", "(1)(0)")
    other = block("0260115101500", "(2)(0)", status="00000020")
    assert [value.value for value in profiles(read(first + again))[0].values] == [250]
    assert [value.value for value in profiles(read(first + other))[0].values] == [750]
    assert [value.value for value in profiles(read(first + other + first + other))[0].values] == [750]


def test_counters_of_a_cut_interval_are_not_added(read: Read) -> None:
    text = "P.01(0260115101500)(80)(15)(1)(1.8.0)(kWh)\r\n(5)\r\nP.01(0260115101500)(40)(15)(1)(1.8.0)(kWh)\r\n(6)\r\n"
    assert [value.value for value in profiles(read(text))[0].values] == [6000]


def test_the_change_to_winter_time_has_an_hour_twice(read: Read) -> None:
    got = read(
        block("1261025014500", "(1)(0)", "(2)(0)", "(3)(0)", "(4)(0)", "(5)(0)", "(6)(0)")
        + block("0261025021500", "(7)(0)", "(8)(0)", status="00000008")
    )
    series = profiles(got)[0]
    assert [value.value for value in series.values] == [250, 500, 750, 1000, 1250, 1500, 1750, 2000]
    assert f"{series.values[5].end:%H:%M%z}" == "03:00+0200"
    assert f"{series.values[6].end:%H:%M%z}" == "02:15+0100"
    assert series.values[5].end == series.values[6].start


def test_the_change_to_summer_time_leaves_no_gap(read: Read) -> None:
    got = read(block("0260329020000", "(1)(0)") + block("1260329031500", "(2)(0)", status="00000008"))
    assert [value.value for value in profiles(got)[0].values] == [250, 500]


def test_days_of_23_and_25_hours_are_days(read: Read) -> None:
    text = "".join(
        f"P.02({stamp})(00)(1440)(1)(1-0:1.8.0)(kWh)\r\n({value})\r\n"
        for stamp, value in (("1261025000000", 1), ("0261026000000", 2), ("0261028000000", 3))
    )
    assert rows_of(profiles(read(text))[0]) == [
        ("25.10. 00:00+0200", 1000, Quality.TRUE),
        ("26.10. 00:00+0100", 2000, Quality.TRUE),
        ("27.10. 00:00+0100", None, Quality.MISSING),
        ("28.10. 00:00+0100", 3000, Quality.TRUE),
    ]


@pytest.mark.parametrize(
    ("status", "quality", "reason"),
    [
        ("00", Quality.TRUE, None),
        ("0080", Quality.TRUE, None),
        ("04", Quality.PRELIMINARY, "disturbed measurement"),
        ("00000001", Quality.PRELIMINARY, "device error"),
        ("02", Quality.PRELIMINARY, "clock invalid"),
    ],
)
def test_error_bits_make_a_value_preliminary(read: Read, status: str, quality: Quality, reason: str | None) -> None:
    got = read(block("0260115101500", "(1)(0)", status=status))
    value = profiles(got)[0].values[0]
    assert (value.quality, value.reason, value.status, value.value) == (quality, reason, status, Decimal(250))
    assert got.readings[0].status == status


def test_a_wrong_checksum_makes_values_preliminary(read: Read) -> None:
    message = bytearray(write_block(block("0260115101500", "(1)(0)")))
    message[-1] ^= 1
    value = profiles(read(bytes(message)))[0].values[0]
    assert (value.quality, value.reason) == (Quality.PRELIMINARY, "wrong checksum")


def test_a_jump_of_years_starts_a_new_series(read: Read) -> None:
    got = read(block("0260115101500", "(1)(0)") + block("0600115101500", "(2)(0)"))
    assert [len(series.values) for series in profiles(got)] == [1, 1, 1, 1]


def test_partial_blocks_go_on_under_the_same_head(read: Read) -> None:
    memory = Memory()
    text = block("0260115101500", "(1)(0)", "(2)(0)", "(3)(0)")
    lines = text.splitlines(keepends=True)
    parts = [
        read(write_block("".join(lines[:2]), more=True), memory=memory),
        read(write_block(lines[2], more=True), memory=memory),
        read(write_block(lines[3]), memory=memory),
        read(write_block("(9)(9)\r\n"), memory=memory),
    ]
    assert [f"{part.readings[0].time:%H:%M}" for part in parts[:3]] == ["10:15", "10:30", "10:45"]
    assert parts[3].readings[0].obis is None
    assert profiles(parts) == profiles(read(text))


def test_values_may_follow_the_head_on_its_line(read: Read) -> None:
    got = read("P.01(0260115101500)(00)(15)(2)(1.29)(kWh)(2.29)(kWh)(1)(2)(3)(4)\r\n")
    assert [value.value for series in profiles(got) for value in series.values] == [1000, 3000, 2000, 4000]


def test_a_row_with_too_few_values_is_kept_and_reported(read: Read) -> None:
    got = read(block("0260115101500", "(1)"))
    assert [d.code for d in got.diagnostics] == ["iec62056_21.profile.row"]
    assert [r.value for r in got.readings] == [1000]


def test_rows_behind_a_damaged_row_get_no_time(read: Read) -> None:
    got = read(block("0260115101500", "(1)(0)", "\x0b(2)(0)", "(3)(0)"))
    assert [(r.value, r.time) for r in got.readings][:2] == [
        (1000, datetime(2026, 1, 15, 10, 15, tzinfo=CET)),
        (0, datetime(2026, 1, 15, 10, 15, tzinfo=CET)),
    ]
    assert {r.time for r in got.readings[2:]} == {None}
    assert [d.code for d in got.diagnostics] == ["iec62056_21.data.unreadable"]
    assert [len(series.values) for series in profiles(got)] == [1, 1]


def test_a_profile_whose_time_is_wrong_has_readings_and_no_series(read: Read) -> None:
    got = read(block("0261399101500", "(1)(2)"))
    assert [d.code for d in got.diagnostics] == ["iec62056_21.time.invalid"]
    assert [(r.value, r.time) for r in got.readings] == [(1000, None), (2000, None)]
    assert profiles(got) == []


def test_the_series_know_their_meter(read: Read) -> None:
    text = "/EMH5LZQJ\r\n" + write_block("0.0.0(12345678)\r\n" + block("0260115101500", "(1)(0)")).decode("ascii")
    series = profiles(read(text))[0]
    assert (series.meter.manufacturer, series.meter.id) == ("EMH", "12345678")
    other = MeterId("EMH", "87654321")
    assert profiles(read(text), meter=other)[0].meter is other


def test_a_year_of_quarter_hours(read: Read) -> None:
    days = [
        block(f"0{datetime(2026, 1, 1, tzinfo=CET) + timedelta(days=day):%y%m%d}001500", *["(0.1)(0)"] * 96)
        for day in range(365)
    ]
    series = profiles(read("".join(days)))[0]
    assert len(series.values) == 35040
    assert not series.gaps


# ---- logbooks


def test_a_logbook(read: Read) -> None:
    text = (
        "P.98(1260901120700)(00008020)()(2)(0.9.1)()(0.9.2)()(1120703)(1260901)\r\n"
        "P.98(1260903101112)(00000080)()(0)\r\nP.98(1260903102030)(00000040)()(0)\r\n"
        "P.98(1260904050607)(00)()(2)(0-0:C.11.0)()(0-0:C.11.10)()(4)(0)\r\n"
        "P.99(0261101010203)(00002000)()(0)\r\n"
    )
    got = read(text)
    assert got.state == "complete"
    entries = [layer for layer in got.layers if isinstance(layer, LogEntry)]
    assert [entry.flags for entry in entries] == [
        ("clock_set", "status_change"),
        ("power_failure",),
        ("power_return",),
        (),
        ("logbook_cleared",),
    ]
    assert entries[0].values == (("0.9.1", "", "1120703"), ("0.9.2", "", "1260901"))
    assert entries[3].values == (("0-0:C.11.0", "", "4"), ("0-0:C.11.10", "", "0"))
    events = [r for r in got.readings if r.quantity == "status" and r.obis in ("1-0:99.98.0*255", "1-0:99.99.0*255")]
    assert [(event.value, event.status) for event in events] == [
        ("clock_set, status_change", "00008020"),
        ("power_failure", "00000080"),
        ("power_return", "00000040"),
        ("none", "00"),
        ("logbook_cleared", "00002000"),
    ]
    assert events[0].time == datetime(2026, 9, 1, 12, 7, 0, tzinfo=CEST)
    new_clock = [str(r.value) for r in got.readings if r.obis in ("1-0:0.9.1*255", "1-0:0.9.2*255")]
    assert new_clock == ["12:07:03", "2026-09-01"]
    assert profiles(got) == []
