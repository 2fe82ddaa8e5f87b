from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.protocols.iec62056_21.stamps import is_stamp, join_clock, read_date, read_stamp, read_time, write_stamp

BERLIN = ZoneInfo("Europe/Berlin")
DUBLIN = ZoneInfo("Europe/Dublin")
CET, CEST = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0260115143000", datetime(2026, 1, 15, 14, 30, tzinfo=CET)),
        ("1260715143000", datetime(2026, 7, 15, 14, 30, tzinfo=CEST)),
        ("2260715143000", datetime(2026, 7, 15, 14, 30, tzinfo=UTC)),
        ("01808130001", datetime(2018, 8, 13, 0, 1, tzinfo=CET)),
        ("260715143012S", datetime(2026, 7, 15, 14, 30, 12, tzinfo=CEST)),
        ("260115143012W", datetime(2026, 1, 15, 14, 30, 12, tzinfo=CET)),
        ("260715143012", datetime(2026, 7, 15, 14, 30, 12, tzinfo=CEST)),
        ("2607151430", datetime(2026, 7, 15, 14, 30, tzinfo=CEST)),
        ("2026-07-15 14:30", datetime(2026, 7, 15, 14, 30, tzinfo=CEST)),
        ("2017-01-18&01:36:47", datetime(2017, 1, 18, 1, 36, 47, tzinfo=CET)),
        ("0260731240000", datetime(2026, 8, 1, 0, 0, tzinfo=CET)),
        ("700101010000W", datetime(1970, 1, 1, 1, 0, tzinfo=CET)),
        # 12 COSEM octets; deviation -60 as the standard wants it, +60 as some meters send it, and none
        ("07EA0112010B031D00FFC400", datetime(2026, 1, 18, 11, 3, 29, tzinfo=CET)),
        ("07EA0112010B031D00003C00", datetime(2026, 1, 18, 11, 3, 29, tzinfo=CET)),
        ("07EA0112010B031D00800000", datetime(2026, 1, 18, 11, 3, 29, tzinfo=CET)),
    ],
)
def test_every_form_of_stamp(text: str, moment: datetime) -> None:
    found = read_stamp(text, BERLIN).moment
    assert found == moment
    assert found.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize("text", ["632525252525W", "0260230000000", "0261301000000", "0260101240100", "26", ""])
def test_what_is_no_time_gives_none(text: str) -> None:
    assert read_stamp(text, BERLIN).moment is None


def test_the_season_digit_tells_the_two_hours_of_october_apart() -> None:
    summer, winter = read_stamp("1261025023000", BERLIN).moment, read_stamp("0261025023000", BERLIN).moment
    assert summer is not None
    assert winter is not None
    assert winter - summer == timedelta(hours=1)


def test_a_meter_that_keeps_winter_time_all_year_is_believed() -> None:
    moment = read_stamp("0260715120000", BERLIN).moment
    assert moment == datetime(2026, 7, 15, 11, 0, tzinfo=UTC)


def test_the_end_of_summer_time_may_be_stamped_in_summer_time() -> None:
    moment = read_stamp("1261025030000", BERLIN).moment
    assert moment == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def test_a_summer_mark_in_winter_means_local_time() -> None:
    assert read_stamp("260202132747S", BERLIN).moment == datetime(2026, 2, 2, 12, 27, 47, tzinfo=UTC)


def test_other_zones_have_their_own_offsets() -> None:
    assert read_stamp("260715120000S", DUBLIN).moment == datetime(2026, 7, 15, 11, 0, tzinfo=UTC)
    assert read_stamp("260115120000W", DUBLIN).moment == datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"), [("260715", date(2026, 7, 15)), ("1260715", date(2026, 7, 15)), ("2026-07-15", date(2026, 7, 15))]
)
def test_dates(text: str, day: date) -> None:
    assert read_date(text) == day


@pytest.mark.parametrize("text", ["", "26071", "260732", "26-7-1", "abcdef", "0000-01-01"])
def test_what_is_no_date(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("text", "at"), [("143012", time(14, 30, 12)), ("1143012", time(14, 30, 12)), ("14:30", time(14, 30))]
)
def test_times_of_day(text: str, at: time) -> None:
    assert read_time(text) == at


def test_what_is_no_time_of_day() -> None:
    assert read_time("256000") is None
    assert read_time("") is None


def test_the_clock_of_two_registers() -> None:
    assert join_clock("260715", "143012", BERLIN) == datetime(2026, 7, 15, 14, 30, 12, tzinfo=CEST)
    assert join_clock("0260715", "0143012", BERLIN) == datetime(2026, 7, 15, 14, 30, 12, tzinfo=CET)
    assert join_clock("260732", "143012", BERLIN) is None


@pytest.mark.parametrize("text", ["12345678", "0000001234*s", "1-0:1.6.0", "123400-5678901", "00123.456*m3", "2", ""])
def test_values_are_not_taken_for_stamps(text: str) -> None:
    assert not is_stamp(text)


@given(
    st.integers(631_152_000, 3_155_600_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.sampled_from(["s13", "p1"]),
)
def test_a_written_stamp_is_read_as_the_same_moment(moment: datetime, shape: str) -> None:
    moment = moment.replace(microsecond=0).astimezone(BERLIN)
    assert read_stamp(write_stamp(moment, BERLIN, shape), BERLIN).moment == moment  # type: ignore[arg-type] # literals


@given(st.text(max_size=30))
def test_any_text_gives_a_stamp_or_none(text: str) -> None:
    read_stamp(text, BERLIN)
    read_date(text)
    read_time(text)
    is_stamp(text)
