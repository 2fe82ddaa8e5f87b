"""Times and numbers of received segments."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Final

from emtkit.export.grid import BERLIN

# DE 2379: how DE 2380 is to be read
DAY_FORMAT: Final = "102"
MINUTE_LOCAL: Final = "203"
MINUTE: Final = "303"
SECOND: Final = "304"

_SHAPES: Final = {
    DAY_FORMAT: re.compile(r"(\d{4})(\d\d)(\d\d)\Z", re.ASCII),
    MINUTE_LOCAL: re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)\Z", re.ASCII),
    "204": re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\Z", re.ASCII),
    MINUTE: re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)([+-]\d\d)\Z", re.ASCII),
    SECOND: re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([+-]\d\d)\Z", re.ASCII),
}
WITHOUT_ZONE: Final = frozenset({MINUTE_LOCAL, "204"})

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?\Z", re.ASCII)
_MAX_HOURS: Final = 14
# a day more or less than these is still a time that Python has
_FIRST_YEAR: Final = 2
_LAST_YEAR: Final = 9998


@lru_cache(maxsize=16384)  # a fleet's load profiles have the same quarter hours
def read_time(text: str, form: str) -> datetime | date | None:
    """Return the time in DTM 2380, or None if it is none.

    102 gives a date. Formats without a zone (203, 204: in old releases) are German local time.
    """
    shape = _SHAPES.get(form)
    match = None if shape is None else shape.match(text)
    if match is None:
        return None
    parts = match.groups()
    if not _FIRST_YEAR <= int(parts[0]) <= _LAST_YEAR:
        return None
    try:
        if form == DAY_FORMAT:
            return date(*map(int, parts))
        if form in WITHOUT_ZONE:
            return datetime(*map(int, parts), tzinfo=BERLIN).astimezone(UTC)  # type: ignore[misc,arg-type]  # 5 or 6 numbers
        return datetime(*map(int, parts[:-1]), tzinfo=_offset(parts[-1]))  # type: ignore[misc,arg-type]  # 5 or 6 numbers
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=64)
def _offset(text: str) -> timezone:
    """Return the zone of `+00`. Raises ValueError for one that no place on earth has."""
    hours = int(text)
    if abs(hours) > _MAX_HOURS:
        raise ValueError(text)
    return timezone(timedelta(hours=hours)) if hours else UTC


def read_number(text: str, mark: str) -> Decimal | None:
    """Return the number in QTY 6060 whose decimal mark is `mark`, or None if it is none."""
    if mark != ".":
        if "." in text:
            return None
        text = text.replace(mark, ".")
    return None if _NUMBER.match(text) is None else Decimal(text)
