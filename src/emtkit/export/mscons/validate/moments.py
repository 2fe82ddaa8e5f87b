"""Times and numbers of a message, judged once per text: load profiles say every time twice."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from emtkit.export.grid import BERLIN, GAS_DAY_START

# DE 2379 -> what DE 2380 looks like
_FORMS: Final[dict[str, re.Pattern[str]]] = {
    "102": re.compile(r"\d{8}\Z", re.ASCII),
    "303": re.compile(r"\d{12}[+-]\d\d\Z", re.ASCII),
    "304": re.compile(r"\d{14}[+-]\d\d\Z", re.ASCII),
    "610": re.compile(r"\d{6}\Z", re.ASCII),
}
_DAY: Final = 1440
_FIRST_DAY: Final = datetime(1, 1, 1, tzinfo=UTC)  # whose number is 1, as in date.toordinal()
_MINUTE: Final = timedelta(minutes=1)
# bits of Moment.kind
UTC_ZONE: Final = 1
IN_TIME: Final = 8
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2199


class Moment(NamedTuple):
    """A time of DE 2380.

    minutes      minutes since the midnight (UTC) before 0001-01-01
    utc          it has a zone and it is +00
    electricity  begin of a calendar day in Germany: AHB [UB1]
    gas          begin of a gas day (06:00): AHB [UB2]
    in_time      not later than DTM+137: AHB [495]
    kind         the four answers in one number
    """

    minutes: int
    utc: bool
    electricity: bool
    gas: bool
    in_time: bool
    kind: int


class Moments:
    """Reads the times of one message; `limit` is its date in minutes, once that is known."""

    __slots__ = ("limit",)

    def __init__(self) -> None:
        """Begin without a limit."""
        self.limit: int | None = None

    def read(self, text: str, form: str) -> Moment | None:
        """Return the time, None when it is none of this form (DE 2379)."""
        found = read_both(text, form)
        if found is None:
            return None
        late, in_time = found
        return in_time if self.limit is None or in_time.minutes <= self.limit else late


@lru_cache(maxsize=16_384)
def read_both(text: str, form: str) -> tuple[Moment, Moment] | None:
    """Return a time twice: as one that is later than its message, and as one that is not."""
    pattern = _FORMS.get(form)
    if pattern is None or pattern.match(text) is None:
        return None
    day = _day(text[:8] if form != "610" else text + "01")
    if day is None:
        return None
    start, electricity, gas = day
    if form in ("102", "610"):
        # without a zone: the whole day counts, as [135] says
        return _twice(start, 0)
    hour, minute, second = int(text[8:10]), int(text[10:12]), int(text[12:14]) if form == "304" else 0
    if hour > 23 or minute > 59 or second > 59:
        return None
    of_day = hour * 60 + minute
    zone = text[-3:]
    kind = UTC_ZONE | (of_day == electricity) << 1 | (of_day == gas) << 2 if zone == "+00" else 0
    return _twice(start + of_day - int(zone) * 60, kind)


def _twice(minutes: int, kind: int) -> tuple[Moment, Moment]:
    utc, electricity, gas = bool(kind & UTC_ZONE), bool(kind & 2), bool(kind & 4)
    return (
        Moment(minutes, utc, electricity, gas, False, kind),
        Moment(minutes, utc, electricity, gas, True, kind | IN_TIME),
    )


@lru_cache(maxsize=4096)
def _day(text: str) -> tuple[int, int, int] | None:
    """Return the day's beginning in UTC, and at which minute a German day and a gas day begin during it."""
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return None
    # the next German day begins at 22:00 or 23:00 UTC of this day
    midnight = datetime.combine(date.fromordinal(day.toordinal() + 1), time(0), BERLIN).astimezone(UTC)
    gas = datetime.combine(day, time(GAS_DAY_START), BERLIN).astimezone(UTC)
    return day.toordinal() * _DAY, midnight.hour * 60 + midnight.minute, gas.hour * 60 + gas.minute


def minutes_of(moment: datetime) -> int:
    """Return an aware time as `Moment.minutes`."""
    return (moment.astimezone(UTC) - _FIRST_DAY) // _MINUTE + _DAY


def moment_of(minutes: int) -> datetime:
    """Return what `Moment.minutes` says, in UTC."""
    return _FIRST_DAY + (minutes - _DAY) * _MINUTE


class Number(NamedTuple):
    """What the AHB asks of a number: its sign, digits before and after the decimal mark."""

    negative: bool
    digits: int
    decimals: int


@lru_cache(maxsize=8)
def _number(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(-?)(\d+)(?:{re.escape(mark)}(\d+))?\Z", re.ASCII)


@lru_cache(maxsize=16_384)
def read_number(text: str, mark: str) -> Number | None:
    """Return what is asked of a number; None when it is none (sign +, thousands, exponent, another decimal mark)."""
    match = _number(mark).match(text)
    if match is None:
        return None
    return Number(match[1] == "-" and text.strip(f"-0{mark}") != "", len(match[2].lstrip("0")), len(match[3] or ""))


@lru_cache(maxsize=16_384)
def digits_of(text: str, mark: str) -> tuple[int, int] | Number | None:
    """Return what is asked of a number; of a plain one, of digits only, how many it has before and after the mark."""
    whole, _, decimals = text.partition(mark)
    if whole.isdecimal() and text.isascii() and (decimals.isdecimal() or whole == text) and whole[0] != "0":
        return len(whole), len(decimals)
    return read_number(text, mark)
