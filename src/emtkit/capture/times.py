"""Reception times: ISO 8601 and Unix times to aware datetimes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from emtkit.model.errors import ConfigError, DecodeError
from emtkit.protocols.context import BERLIN

if TYPE_CHECKING:
    from datetime import tzinfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"\d{9,19}(?:\.\d{1,9})?", re.ASCII)
# The first power of ten that is no time in this unit before the year 5138: seconds, then milli, micro, nano.
_UNITS: Final = ((10**11, 10**6), (10**14, 10**3), (10**17, 1))


class LocalClock:
    """Turns times of one recording into aware datetimes.

    A time without a zone is local time of `zone`. Where the hour is there twice (the end of summer time), the first
    is meant, until the recording would go back in time: then it is the second.
    """

    __slots__ = ("_last", "zone")

    def __init__(self, zone: tzinfo = BERLIN) -> None:
        """Start; the clock remembers the last local time it was asked for."""
        self.zone = zone
        self._last: datetime | None = None

    def read(self, value: str | int | Decimal) -> datetime:
        """Return the time. A number is Unix time in s, ms, us or ns. Raises DecodeError `capture.time`."""
        if not isinstance(value, str):
            return _from_unix(value)
        text = value.strip()
        if text[4:5] != "-" and _NUMBER.fullmatch(text):
            return _from_unix(Decimal(text))
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise DecodeError("capture.time", "the time is neither ISO 8601 nor Unix time", field="time") from None
        return moment if moment.tzinfo is not None else self.resolve(moment)

    def resolve(self, local: datetime) -> datetime:
        """Return a local time without zone as an aware datetime."""
        if self.zone is UTC:
            return local.replace(tzinfo=UTC)
        moment = _fixed(local.replace(tzinfo=self.zone))
        if self._last is not None and moment < self._last:
            # fold changes nothing but the second of two equal hours
            moment = _fixed(local.replace(tzinfo=self.zone, fold=1))
        self._last = moment
        return moment


def _fixed(moment: datetime) -> datetime:
    """Return the time with its offset instead of its zone.

    In the hour that is there twice, Python holds a time with a zone to be unequal to every time of another zone, and
    it compares two times of one zone by what their clocks show.
    """
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta()), fold=0)


def _from_unix(value: int | Decimal) -> datetime:
    for limit, micros in _UNITS:
        if 0 <= value < limit:
            return _EPOCH + timedelta(microseconds=int(value * micros))
    if 0 <= value < 10**20:
        return _EPOCH + timedelta(microseconds=int(value) // 1000)
    raise DecodeError("capture.time", "the number is no Unix time", field="time")


def zone_of(zone: ZoneInfo | str | None) -> ZoneInfo:
    """Return a zone by name, or Europe/Berlin. Raises ConfigError `capture.zone`."""
    if zone is None:
        return BERLIN
    if not isinstance(zone, str):
        return zone
    try:
        return ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise ConfigError("capture.zone", f"no time zone {zone!r}; expected a name such as Europe/Berlin") from None
