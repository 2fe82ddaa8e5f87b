"""When a value held: from the three kinds of SML_Time to a point in time.

Most meters have no clock and send secIndex, the seconds of a counter of their own. Such a value gets the time
of reception, less the seconds between the value's index and the index of the list. Timestamps are the
meter's own time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from emtkit.protocols.sml.structures import LOCAL_TIMESTAMP, SEC_INDEX, TIMESTAMP

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from emtkit.model.reading import TimeSource
    from emtkit.protocols.sml.structures import SmlTime

_MAX_OFFSET = 24 * 60


class When(NamedTuple):
    """A point in time and who said so; both None where nothing is known."""

    time: datetime | None
    source: TimeSource | None


UNKNOWN = When(None, None)


def absolute(time: SmlTime, zone: ZoneInfo) -> datetime | None:
    """Return a timestamp as an aware datetime: choice 2 in `zone`, choice 3 with its own offsets.

    None for a secIndex, a choice the standard does not know and a number outside what a date can be.
    """
    if time.choice == TIMESTAMP and time.form == "choice":
        where: ZoneInfo | timezone = zone
    elif time.choice == LOCAL_TIMESTAMP or (time.local_offset, time.season_offset) != (0, 0):
        offset = time.local_offset + time.season_offset
        if not -_MAX_OFFSET < offset < _MAX_OFFSET:
            return None
        where = timezone(timedelta(minutes=offset))
    else:
        return None
    try:
        return datetime.fromtimestamp(time.seconds, where)
    except (ValueError, OverflowError, OSError):
        return None


class Clock(NamedTuple):
    """What the times of one message hang on.

    now       the time of the message as a point in time
    counter   its secIndex, None where it has a timestamp
    zone      zone in which timestamps are shown
    """

    now: When
    counter: int | None
    zone: ZoneInfo

    @classmethod
    def of(cls, actual: SmlTime | None, gateway: SmlTime | None, received_at: datetime | None, zone: ZoneInfo) -> Clock:
        """Build from the time of the sensor, that of the gateway if one wrote it in, and the time of reception."""
        counter = actual.seconds if actual is not None and actual.choice == SEC_INDEX else None
        for time, source in ((actual, "device"), (gateway, "gateway")):
            stamp = None if time is None else absolute(time, zone)
            if stamp is not None:
                return cls(When(stamp, "device" if source == "device" else "gateway"), counter, zone)
        return cls(UNKNOWN if received_at is None else When(received_at, "capture"), counter, zone)

    def when(self, time: SmlTime | None) -> When:
        """Return the time of a value: its own timestamp, its distance in seconds, or the time of the message.

        A secIndex of 0 is what DZG meters send where they have none.
        """
        if time is None:
            return self.now
        if time.choice != SEC_INDEX:
            stamp = absolute(time, self.zone)
            return self.now if stamp is None else When(stamp, "device")
        now = self.now.time
        if self.counter is None or now is None or not 0 < time.seconds < self.counter:
            return self.now
        # seconds that have passed, so the difference is made in UTC and not on a local clock
        try:
            then = now.astimezone(UTC) - timedelta(seconds=self.counter - time.seconds)
        except OverflowError:
            return self.now
        return When(then.astimezone(now.tzinfo), self.now.source)
