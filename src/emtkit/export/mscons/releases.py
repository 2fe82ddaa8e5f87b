"""Which release of the message is in force on which day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, NamedTuple

from emtkit.export.grid import BERLIN
from emtkit.model.errors import EncodeError


class Release(NamedTuple):
    """A release of the MSCONS message description (MIG).

    name        DE 0057 in UNH: `2.5`
    valid_from  from 00:00 German time of this day; there is no overlap with the release before it
    """

    name: str
    valid_from: date


# BNetzA BK6, Mitteilung 56 of 2026-04-01 (2.5); EDI@Energy MSCONS MIG 2.4c. The newest first.
# The use cases that emtkit writes look the same in both, apart from this name.
RELEASES: Final = (
    Release("2.5", date(2026, 10, 1)),
    Release("2.4c", date(2024, 4, 3)),
)


def release_at(message_date: datetime) -> Release:
    """Return the release for a message of this date (DTM+137).

    Raises EncodeError `mscons.release` before the first release of the table.
    """
    day = message_date.astimezone(BERLIN).date()
    for release in RELEASES:
        if day >= release.valid_from:
            return release
    oldest = RELEASES[-1]
    raise EncodeError(
        "mscons.release",
        f"no release for a message of {day}: {oldest.name}, the oldest that is written, begins on {oldest.valid_from}",
    )
