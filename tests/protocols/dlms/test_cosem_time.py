from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.protocols.dlms.cosem_time import (
    CosemClock,
    CosemDate,
    CosemTime,
    from_datetime,
    looks_like_date_time,
    read_date_time,
)

BERLIN = ZoneInfo("Europe/Berlin")


def at(hex_digits: str) -> CosemTime:
    return read_date_time(bytes.fromhex(hex_digits))


def test_the_deviation_is_utc_minus_local() -> None:
    winter = at("07ea0b17010c1e00ffffc400")
    assert winter.resolve(BERLIN) == datetime(2026, 11, 23, 12, 30, tzinfo=timezone(timedelta(hours=1)))
    assert winter.resolve(BERLIN, inverted=True) == datetime(2026, 11, 23, 12, 30, tzinfo=timezone(timedelta(hours=-1)))
    summer = at("07ea0715030c1e00ffff8880")
    assert summer.resolve(UTC) == datetime(2026, 7, 21, 10, 30, tzinfo=UTC)  # type: ignore[arg-type]  # any tzinfo does
    assert summer.dst is True


def test_without_a_deviation_the_zone_and_the_dst_bit_decide() -> None:
    assert at("07ea0715030c1e00ff800000").resolve(BERLIN) == datetime(2026, 7, 21, 10, 30, tzinfo=UTC)
    first, second = at("07ea0a19070200000080 0080".replace(" ", "")), at("07ea0a190702000000800000")
    assert first.resolve(BERLIN) == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert second.resolve(BERLIN) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    # nobody says which of the two hours it is
    assert at("07ea0a1907020000008000ff").resolve(BERLIN) is None


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("ffffffffffffffffff8000ff", "*-*-* *:*:*"),
        ("07eafe fe ff 02 00 00 00 8000 00", "2026-DST begin-last day 02:00:00"),
        ("07ea0b17010cffffff800000", "2026-11-23 12:*:*"),
        ("07ea0d17010c0000ff800000", "2026-13-23 12:00:00"),
        ("000001010100000000800000", "0000-01-01 00:00:00"),
        ("07ea0b17010c0000ff7fff00", "2026-11-23 12:00:00-546:07"),
    ],
)
def test_what_names_no_point_in_time_stays_unresolved(octets: str, text: str) -> None:
    moment = at(octets.replace(" ", ""))
    assert moment.resolve(BERLIN) is None
    assert str(moment) == text


def test_text_and_flags() -> None:
    moment = at("07ea0b17010c1e001effc483")
    assert str(moment) == "2026-11-23 12:30:00.30+01:00"
    assert moment.flags == ("invalid", "doubtful")
    assert CosemTime().flags == ()
    assert CosemTime().dst is None


@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30)), st.integers(-720, 720))
def test_aware_times_come_back(moment: datetime, minutes: int) -> None:
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    octets = from_datetime(moment).encode()
    assert looks_like_date_time(octets)
    assert read_date_time(octets).resolve(BERLIN) == moment


@given(st.binary(min_size=12, max_size=12))
def test_any_octets_are_read_and_written(octets: bytes) -> None:
    moment = read_date_time(octets)
    assert moment.encode() == octets
    moment.resolve(BERLIN)
    str(moment)


def test_summer_time_sets_the_status_bit() -> None:
    assert from_datetime(datetime(2026, 7, 1, tzinfo=BERLIN)).status == 0x80
    assert from_datetime(datetime(2026, 1, 1, tzinfo=BERLIN)).status == 0
    with pytest.raises(EncodeError):
        from_datetime(datetime(2026, 1, 1))
    with pytest.raises(EncodeError):
        CosemTime(year=-1).encode()


def test_dates_and_times() -> None:
    day = CosemDate.read(bytes.fromhex("07ea0c1805"))
    assert day.date is not None
    assert day.date.isoformat() == "2026-12-24"
    assert CosemDate.read(bytes.fromhex("ffff0c18ff")).date is None
    assert CosemDate.read(day.encode()) == day
    clock = CosemClock.read(bytes.fromhex("0c1e0014"))
    assert clock.time is not None
    assert clock.time.isoformat() == "12:30:00.200000"
    assert CosemClock.read(bytes.fromhex("0cffffff")).time is None
    assert CosemClock.read(clock.encode()) == clock
    for reader in (CosemDate.read, CosemClock.read, read_date_time):
        with pytest.raises(DecodeError):
            reader(b"\x00")
