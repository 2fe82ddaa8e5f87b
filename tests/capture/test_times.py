"""Reception times of captures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.capture.times import LocalClock, zone_of
from emtkit.model.errors import ConfigError, DecodeError
from emtkit.protocols.context import BERLIN

SUMMER, WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-10-25T02:15:00+02:00", datetime(2026, 10, 25, 2, 15, tzinfo=SUMMER)),
        ("2026-10-25T00:15:00Z", datetime(2026, 10, 25, 0, 15, tzinfo=UTC)),
        ("2022-07-18T09:34:15.775023242+00:00", datetime(2022, 7, 18, 9, 34, 15, 775023, tzinfo=UTC)),
        ("2019-04-03 19:00:42.000", datetime(2019, 4, 3, 19, 0, 42, tzinfo=SUMMER)),
        ("2026-01-01 12:00", datetime(2026, 1, 1, 12, 0, tzinfo=WINTER)),
        (1700000000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (Decimal("1700000000.123456"), datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)),
        (1700000000123, datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)),
        (1700000000123456, datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)),
        (1700000000123456789, datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)),
    ],
)
def test_times_are_aware_and_exact(value: str | int | Decimal, moment: datetime) -> None:
    read = LocalClock().read(value)
    assert read == moment
    assert read.utcoffset() is not None


@pytest.mark.parametrize("value", ["", "yesterday", "25.10.2026 02:15", -1, 10**20, "99999999999999999999"])
def test_what_is_no_time_is_refused(value: str | int) -> None:
    with pytest.raises(DecodeError, match=r"capture\.time"):
        LocalClock().read(value)


def test_the_hour_that_is_there_twice_goes_on_where_the_recording_is() -> None:
    clock = LocalClock()
    local = [
        "2026-10-25 01:45",
        "2026-10-25 02:15",
        "2026-10-25 02:45",
        "2026-10-25 02:15",
        "2026-10-25 02:45",
        "2026-10-25 03:00",
    ]
    utc = [clock.read(text).astimezone(UTC).strftime("%H:%M") for text in local]
    assert utc == ["23:45", "00:15", "00:45", "01:15", "01:45", "02:00"]


def test_alone_the_first_of_the_two_hours_is_meant() -> None:
    assert LocalClock().read("2026-10-25 02:15").utcoffset() == timedelta(hours=2)


def test_the_zone_may_be_another() -> None:
    assert LocalClock(ZoneInfo("Europe/London")).read("2026-07-01 12:00") == datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    assert zone_of(None) is BERLIN
    assert zone_of("Asia/Tokyo") == ZoneInfo("Asia/Tokyo")
    assert zone_of(BERLIN) is BERLIN
    for wrong in ("Mars/Olympus", "", "../etc/passwd", "Europe"):
        with pytest.raises(ConfigError, match=r"capture\.zone"):
            zone_of(wrong)


@given(st.one_of(st.text(max_size=40), st.integers(), st.decimals(allow_nan=False)))
def test_any_value_gives_a_time_or_an_error(value: str | int | Decimal) -> None:
    try:
        assert LocalClock().read(value).utcoffset() is not None
    except DecodeError as error:
        assert error.code == "capture.time"
