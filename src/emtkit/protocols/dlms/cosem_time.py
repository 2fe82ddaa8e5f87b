"""COSEM date-time, date and time: 12, 5 and 4 octets with wildcards, deviation and status.

Source: Blue Book part 2, 4.1.6.1. The deviation is UTC minus local time (CET has -60); some meters send it
with the opposite sign, which only the reader can know (`inverted`).
"""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DATE_TIME_SIZE: Final = 12
DATE_SIZE: Final = 5
TIME_SIZE: Final = 4

_FORMAT: Final = struct.Struct(">HBBBBBBBhB")
_ANY_YEAR: Final = 0xFFFF
_ANY: Final = 0xFF
_ANY_DEVIATION: Final = -0x8000
_MAX_DEVIATION: Final = 840  # the standard says 720; UTC+13 and UTC+14 exist

# Clock status, bit by bit.
STATUS_INVALID: Final = 0x01
STATUS_DOUBTFUL: Final = 0x02
STATUS_OTHER_BASE: Final = 0x04
STATUS_INVALID_STATUS: Final = 0x08
STATUS_DST: Final = 0x80
_STATUS_NAMES: Final = (
    (STATUS_INVALID, "invalid"),
    (STATUS_DOUBTFUL, "doubtful"),
    (STATUS_OTHER_BASE, "different_clock_base"),
    (STATUS_INVALID_STATUS, "invalid_clock_status"),
    (STATUS_DST, "daylight_saving"),
)

_MONTHS: Final = {0xFD: "DST end", 0xFE: "DST begin"}
_DAYS: Final = {0xFD: "second last day", 0xFE: "last day"}


class CosemTime(NamedTuple):
    """The fields as sent. 0xFFFF, 0xFF and -0x8000 mean "not specified".

    month      0xFD, 0xFE: end and begin of daylight saving time
    day        0xFD, 0xFE: second last and last day of the month
    weekday    1 is Monday
    deviation  UTC minus local time in minutes
    status     clock status bits
    """

    year: int = _ANY_YEAR
    month: int = _ANY
    day: int = _ANY
    weekday: int = _ANY
    hour: int = _ANY
    minute: int = _ANY
    second: int = _ANY
    hundredths: int = _ANY
    deviation: int = _ANY_DEVIATION
    status: int = _ANY

    def encode(self) -> bytes:
        """Return the 12 octets."""
        try:
            return _FORMAT.pack(*self)
        except struct.error as error:
            raise EncodeError("dlms.time.build", f"no COSEM date-time: {error}", layer="dlms.time") from None

    @property
    def dst(self) -> bool | None:
        """Return whether daylight saving time is active; None when the meter does not say."""
        return None if self.status == _ANY else bool(self.status & STATUS_DST)

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the names of the status bits that are set, daylight saving left out."""
        if self.status == _ANY:
            return ()
        return tuple(name for bit, name in _STATUS_NAMES if self.status & bit and bit != STATUS_DST)

    def resolve(self, zone: ZoneInfo, *, inverted: bool = False) -> datetime | None:
        """Return the aware time, or None when a part down to the second is a wildcard or impossible.

        Without a deviation the time is local time of `zone`. In the hour that the end of daylight saving
        time repeats, the status bit decides; without a status that hour stays unresolved.
        """
        if self.year == _ANY_YEAR or self.second == _ANY:
            return None
        micro = 0 if self.hundredths == _ANY else self.hundredths * 10_000
        deviation = self.deviation
        try:
            if deviation != _ANY_DEVIATION:
                offset = _offset(deviation if inverted else -deviation)
                return datetime(self.year, self.month, self.day, self.hour, self.minute, self.second, micro, offset)
            local = datetime(self.year, self.month, self.day, self.hour, self.minute, self.second, micro, zone)
        except ValueError:
            return None
        if _repeated(local):
            if self.dst is None:
                return None
            local = local.replace(fold=0 if self.dst else 1)
        # a fixed offset: times that carry a zone do not compare in a repeated hour
        shift = local.utcoffset() or timedelta(0)
        return local.replace(tzinfo=_offset(shift // timedelta(minutes=1)), fold=0)

    def __str__(self) -> str:
        """Return the fields as text, `*` where not specified."""
        year = "*" if self.year == _ANY_YEAR else f"{self.year:04d}"
        month = _MONTHS.get(self.month) or _two(self.month)
        day = _DAYS.get(self.day) or _two(self.day)
        text = f"{year}-{month}-{day} {_two(self.hour)}:{_two(self.minute)}:{_two(self.second)}"
        if self.hundredths != _ANY and self.hundredths:
            text += f".{self.hundredths:02d}"
        if self.deviation != _ANY_DEVIATION:
            hours, minutes = divmod(abs(self.deviation), 60)
            text += f"{'-' if self.deviation > 0 else '+'}{hours:02d}:{minutes:02d}"
        return text


def read_date_time(octets: bytes) -> CosemTime:
    """Read 12 octets. Raises DecodeError `dlms.time.size`."""
    if len(octets) != DATE_TIME_SIZE:
        raise DecodeError("dlms.time.size", f"a date-time has 12 bytes, not {len(octets)}", layer="dlms.time")
    return CosemTime(*_FORMAT.unpack(octets))


def looks_like_date_time(octets: bytes) -> bool:
    """Say whether an octet string can be a date-time: 12 octets, every field in its range, year 1970..2199."""
    if len(octets) != DATE_TIME_SIZE:
        return False
    t = read_date_time(octets)
    return (
        (t.year == _ANY_YEAR or 1970 <= t.year < 2200)
        and (1 <= t.month <= 12 or t.month >= 0xFD)
        and (1 <= t.day <= 31 or t.day >= 0xFD)
        and (t.weekday <= 7 or t.weekday == _ANY)
        and (t.hour < 24 or t.hour == _ANY)
        and (t.minute < 60 or t.minute == _ANY)
        and (t.second < 60 or t.second == _ANY)
        and (t.hundredths < 100 or t.hundredths == _ANY)
        and (abs(t.deviation) <= _MAX_DEVIATION or t.deviation == _ANY_DEVIATION)
    )


def from_datetime(moment: datetime, *, status: int | None = None, weekday: bool = True) -> CosemTime:
    """Return the fields of an aware time. The DST bit follows from its zone unless a status is given."""
    offset = moment.utcoffset()
    if offset is None:
        raise EncodeError("dlms.time.build", "a time without zone cannot be sent", layer="dlms.time")
    if status is None:
        status = STATUS_DST if moment.dst() else 0
    return CosemTime(
        moment.year,
        moment.month,
        moment.day,
        moment.isoweekday() if weekday else _ANY,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond // 10_000,
        -int(offset.total_seconds() // 60),
        status,
    )


@lru_cache(maxsize=64)
def _offset(minutes: int) -> timezone:
    """Return the fixed offset; raises ValueError beyond 14 hours."""
    if abs(minutes) > _MAX_DEVIATION:
        raise ValueError("deviation out of range")
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _repeated(local: datetime) -> bool:
    """Say whether this local time happens twice (and not never)."""
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def _two(number: int) -> str:
    return "*" if number == _ANY else f"{number:02d}"


class CosemDate(NamedTuple):
    """A date with wildcards: 0xFFFF, 0xFF "any"; month 0xFD, 0xFE: end and begin of daylight saving time."""

    year: int = _ANY_YEAR
    month: int = _ANY
    day: int = _ANY
    weekday: int = _ANY

    @property
    def date(self) -> date | None:
        """Return the date; None with wildcards."""
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None

    def encode(self) -> bytes:
        """Return the 5 octets."""
        return self.year.to_bytes(2, "big") + bytes(self[1:])

    @classmethod
    def read(cls, octets: bytes) -> CosemDate:
        """Read 5 octets. Raises DecodeError `dlms.time.size`."""
        if len(octets) != DATE_SIZE:
            raise DecodeError("dlms.time.size", f"a date has 5 bytes, not {len(octets)}", layer="dlms.time")
        return cls(int.from_bytes(octets[:2], "big"), *octets[2:])


class CosemClock(NamedTuple):
    """A time of day with wildcards (0xFF)."""

    hour: int = _ANY
    minute: int = _ANY
    second: int = _ANY
    hundredths: int = _ANY

    @property
    def time(self) -> time | None:
        """Return the time of day; None with wildcards."""
        try:
            return time(self.hour, self.minute, self.second, 0 if self.hundredths == _ANY else self.hundredths * 10_000)
        except ValueError:
            return None

    def encode(self) -> bytes:
        """Return the 4 octets."""
        return bytes(self)

    @classmethod
    def read(cls, octets: bytes) -> CosemClock:
        """Read 4 octets. Raises DecodeError `dlms.time.size`."""
        if len(octets) != TIME_SIZE:
            raise DecodeError("dlms.time.size", f"a time has 4 bytes, not {len(octets)}", layer="dlms.time")
        return cls(*octets)
