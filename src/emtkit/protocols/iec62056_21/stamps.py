"""Time stamps of text telegrams, with and without a season mark.

A meter writes its local clock; the season mark says which of the zone's two offsets it means. Stamps become
datetimes with that fixed offset, so that a load profile can be counted on over the change of season.
Sources: VDEW-Lastenheft 2.1.2 (ZST: season digit 0 winter, 1 summer, 2 UTC), DSMR P1 5.0.2 (S/W at the end).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Season = Literal["winter", "summer", "utc", ""]

SEASONS: Final[dict[str, Season]] = {"0": "winter", "1": "summer", "2": "utc", "W": "winter", "S": "summer"}

# lengths that are stamps and nothing else: s11, s13, ten and twelve digits, twelve digits with S/W
_SHAPE: Final = re.compile(r"(?:[012]\d{10}|[012]\d{12}|\d{10}|\d{12}[SWsw]?)\Z")
_WRITTEN: Final = re.compile(
    r"(\d\d|\d{4})-(\d\d)-(\d\d)[ ,;T&]{0,2}(?:(\d\d):(\d\d)(?::(\d\d))?)?([SWsw]?)\Z"
)  # 2017-01-18&01:36:47
_COSEM: Final = re.compile(r"[0-9A-Fa-f]{24}\Z")
_CENTURY: Final = 70  # two digits from 70 on are 19xx, as in POSIX
_YEARS: Final = range(1970, 2100)
_NO_DEVIATION: Final = -0x8000
_MAX_DEVIATION: Final = 720


class Stamp(NamedTuple):
    """A stamp as sent (`text`), its season mark and the moment; None where the digits are no time."""

    text: str
    moment: datetime | None
    season: Season = ""


def is_stamp(text: str) -> bool:
    """Return whether a data set's group has the shape of a time stamp."""
    if "-" in text:
        return _WRITTEN.match(text) is not None
    return 10 <= len(text) <= 13 and _SHAPE.match(text) is not None


@lru_cache(maxsize=512)
def read_stamp(text: str, zone: ZoneInfo) -> Stamp:
    """Read a stamp: ZST s11/s13, ten or twelve digits, DSMR with S/W, `YYYY-MM-DD hh:mm`, or 12 COSEM octets in hex."""
    if _COSEM.match(text):
        return Stamp(text, _cosem(bytes.fromhex(text), zone))
    written = _WRITTEN.match(text)
    if written is not None:
        year, month, day, hour, minute, second, mark = written.groups()
        return _made(text, mark, zone, (year, month, day, hour or "0", minute or "0", second or "0"))
    if _SHAPE.match(text) is None:
        return Stamp(text, None)
    # an odd number of digits starts with the season digit
    digits = len(text.rstrip("SWsw"))
    odd = digits % 2
    fields = tuple(text[at : at + 2] for at in range(odd, digits, 2))
    return _made(text, text[0] if odd else text[digits:], zone, fields if len(fields) == 6 else (*fields, "0"))


def _made(text: str, mark: str, zone: ZoneInfo, fields: tuple[str, ...]) -> Stamp:
    season = SEASONS.get(mark.upper(), "")
    year, month, day, hour, minute, second = map(int, fields)
    if len(fields[0]) == 2:
        year += 1900 if year >= _CENTURY else 2000
    if year not in _YEARS:
        return Stamp(text, None, season)
    try:
        # 24:00 is how some meters write the end of a day
        naive = datetime(year, month, day, hour % 24, minute, second)  # noqa: DTZ001 - the offset follows
        naive += timedelta(days=hour // 24)
    except (ValueError, OverflowError):
        return Stamp(text, None, season)
    if hour > 24 or (hour == 24 and (minute or second)):
        return Stamp(text, None, season)
    return Stamp(text, localize(naive, season, zone), season)


def localize(naive: datetime, season: Season, zone: ZoneInfo) -> datetime:
    """Return the moment of a meter's local clock as a datetime with a fixed offset.

    The season mark decides; without one the zone's rules do (an hour that occurs twice is taken as the first).
    A summer mark on a day on which the zone has no summer time is ignored: such meters count local time.
    """
    if season == "utc":
        return naive.replace(tzinfo=UTC)
    winter, summer = _offsets(zone, naive.year)
    local = _fixed(naive.replace(tzinfo=zone).utcoffset())
    if season == "winter":
        return naive.replace(tzinfo=winter)
    if season == "summer" and (local == summer or _near_summer(naive, zone, summer)):
        return naive.replace(tzinfo=summer)
    return naive.replace(tzinfo=local)


@lru_cache(maxsize=256)
def _offsets(zone: ZoneInfo, year: int) -> tuple[timezone, timezone]:
    """Return the zone's winter and summer offset in this year; equal where it has no summer time."""
    months = [datetime(year, month, 1, tzinfo=zone).utcoffset() or timedelta(0) for month in (1, 4, 7, 10)]
    return _fixed(min(months)), _fixed(max(months))


def _near_summer(naive: datetime, zone: ZoneInfo, summer: timezone) -> bool:
    day = timedelta(days=1)
    return any(_fixed((naive + by).replace(tzinfo=zone).utcoffset()) == summer for by in (-day, day))


@lru_cache(maxsize=64)
def _fixed(offset: timedelta | None) -> timezone:
    return timezone(offset or timedelta(0))


def _cosem(octets: bytes, zone: ZoneInfo) -> datetime | None:
    """Read a COSEM date-time (IEC 62056-6-2); None if it has wildcards or is no time. Deviation is UTC minus local."""
    year = int.from_bytes(octets[:2], "big")
    if year not in _YEARS:
        return None
    month, day, hour, minute, second = octets[2], octets[3], octets[5], octets[6], octets[7]
    deviation = int.from_bytes(octets[9:11], "big", signed=True)
    try:
        naive = datetime(year, month, day, hour, minute, 0 if second == 0xFF else second)  # noqa: DTZ001 - follows
    except ValueError:
        return None
    local = localize(naive, "", zone)
    if deviation == _NO_DEVIATION or abs(deviation) > _MAX_DEVIATION:
        return local
    # some meters send local minus UTC: where that is the zone's own offset, it is meant
    if local.utcoffset() == timedelta(minutes=deviation):
        return local
    return naive.replace(tzinfo=timezone(timedelta(minutes=-deviation)))


def read_date(text: str) -> date | None:
    """Read `YYMMDD`, the same with a season digit before it, or `YYYY-MM-DD`; None if it is no date."""
    written = _WRITTEN.match(text)
    if written is not None:
        fields: list[str] = list(written.groups()[:3])
    elif text.isdecimal() and text.isascii() and len(text) in (6, 7):
        text = text[len(text) - 6 :]
        fields = [text[:2], text[2:4], text[4:]]
    else:
        return None
    year, month, day = map(int, fields)
    if len(fields[0]) == 2:
        year += 1900 if year >= _CENTURY else 2000
    if year not in _YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


_CLOCK: Final = re.compile(r"[012]?(\d\d)(\d\d)(\d\d)?\Z")


def read_time(text: str) -> time | None:
    """Read `hhmmss`, `hhmm`, `hh:mm:ss` or the same with a season digit before it; None if it is no time of day."""
    found = _CLOCK.match(text.replace(":", ""))
    if found is None:
        return None
    hour, minute, second = found.groups()
    try:
        return time(int(hour), int(minute), int(second or 0))
    except ValueError:
        return None


def join_clock(day: str, clock: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a date (0.9.2) and a time of day (0.9.1); a season digit before either counts."""
    on, at = read_date(day), read_time(clock)
    if on is None or at is None:
        return None
    season: Season = ""
    for text, size in ((clock, 6), (day, 6)):
        if len(text) == size + 1 and text[0] in "012" and text.isdecimal():
            season = SEASONS[text[0]]
            break
    return localize(datetime.combine(on, at), season, zone)


def write_stamp(moment: datetime, zone: ZoneInfo, shape: Literal["s13", "s11", "p1", "plain"] = "s13") -> str:
    """Return a stamp of a moment: `s13` and `s11` (VDEW), `p1` (twelve digits and S/W) or `plain` (ten digits)."""
    if moment.tzinfo is UTC and shape in ("s13", "s11"):
        local, mark = moment, "2"
    else:
        local = moment.astimezone(zone)
        winter, summer = _offsets(zone, local.year)
        mark = "1" if winter != summer and _fixed(local.utcoffset()) == summer else "0"
    digits = local.strftime("%y%m%d%H%M%S")
    if shape == "p1":
        return digits + "WS"[int(mark)]
    if shape == "plain":
        return digits[:10]
    return mark + (digits if shape == "s13" else digits[:10])
