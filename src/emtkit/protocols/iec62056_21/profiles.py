"""Load profiles (P.01, P.02) and logbooks (P.98, P.99) as VDEW/FNN meters send them.

    P.01(ZST)(S)(RP)(z)(id1)(unit1)...(idz)(unitz)
    (value1)...(valuez)
    P.98(ZST)(S)()(k)(id1)(unit1)...(value1)...(valuek)

ZST is the end of the first interval, row n ends n registration periods later; a break of any kind (day, status,
season, power failure) brings a new header. Source: VDEW-Lastenheft Elektronische Lastgangzaehler 2.1.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.iec62056_21.stamps import Season, is_stamp, read_stamp
from emtkit.protocols.iec62056_21.status import status_flags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from emtkit.protocols.iec62056_21.registers import Register

_STATUS: Final = re.compile(r"(?:[0-9A-Fa-f]{1,8})?\Z")
_ERROR: Final = re.compile(r"ER(?:ROR|\d{1,4})\Z")
_MAX_CHANNELS: Final = 255
MISSING: Final = frozenset({"", "-", "--", "---", "*", "**", "***"})


class Header(NamedTuple):
    """The groups of a profile's or logbook's head.

    stamp     ZST as sent
    moment    the same as a time, None if it is none
    period    registration period, None in logbooks
    pairs     id and unit of each channel
    rest      what follows in the same line: the values of a logbook entry
    """

    stamp: str
    moment: datetime | None
    season: Season
    status: str
    period: timedelta | None
    pairs: tuple[tuple[str, str], ...]
    rest: int


class ProfileRow(NamedTuple):
    """The values of one interval in base units (None: missing) and when it ended."""

    end: datetime | None
    values: tuple[Decimal | None, ...]


@dataclass(slots=True)
class ProfileBlock:
    """A head of a load profile and the rows under it.

    id        as sent (`P.01`)
    stamp     ZST as sent; `first_end` is the same as a time, None if it is none
    season    `winter`, `summer`, `utc`, or empty where the meter sends no mark
    status    the status word as sent; `flags` are the names of its bits
    period    registration period
    channels  what each column is
    count     rows before this block that belong to the same head (partial blocks)
    """

    id: str
    stamp: str
    first_end: datetime | None
    season: Season
    status: str
    flags: tuple[str, ...]
    period: timedelta
    channels: tuple[Register, ...]
    rows: list[ProfileRow] = field(default_factory=list)
    count: int = 0

    def next_end(self) -> datetime | None:
        """Return when the interval of the next row ends."""
        if self.first_end is None:
            return None
        rows = self.count + len(self.rows)
        if not rows:
            return self.first_end
        try:
            return self.first_end + rows * self.period
        except OverflowError:
            return None

    def continued(self) -> ProfileBlock:
        """Return the block that takes the rows of the next partial block."""
        return ProfileBlock(
            self.id,
            self.stamp,
            self.first_end,
            self.season,
            self.status,
            self.flags,
            self.period,
            self.channels,
            count=self.count + len(self.rows),
        )


class LogEntry(NamedTuple):
    """One event of a logbook: when, the status word, and what it says in further values (id, unit, text as sent)."""

    id: str
    stamp: str
    time: datetime | None
    season: Season
    status: str
    flags: tuple[str, ...]
    values: tuple[tuple[str, str, str], ...]


def read_header(groups: Sequence[str], zone: ZoneInfo) -> Header | None:
    """Read the head of a profile or logbook; None if the groups do not have its shape."""
    if len(groups) < 4:
        return None
    count = groups[3]
    if not count.isdecimal() or len(count) > 3 or int(count) > _MAX_CHANNELS:
        return None
    rest = 4 + 2 * int(count)
    return _header(tuple(groups[:rest]), zone) if rest <= len(groups) else None


@lru_cache(maxsize=64)  # a meter sends the head of its last interval again and again
def _header(groups: tuple[str, ...], zone: ZoneInfo) -> Header | None:
    """Return the head that these groups are, None if their texts are not those of one."""
    if not is_stamp(groups[0]) or _STATUS.match(groups[1]) is None:
        return None
    stamp, period = read_stamp(groups[0], zone), groups[2]
    if period and (not period.isdecimal() or len(period) > 6 or not int(period)):
        return None
    return Header(
        stamp=stamp.text,
        moment=stamp.moment,
        season=stamp.season,
        status=groups[1],
        period=timedelta(minutes=int(period)) if period else None,
        pairs=tuple(zip(groups[4::2], groups[5::2], strict=True)),
        rest=len(groups),
    )


def open_block(name: str, header: Header, channels: tuple[Register, ...]) -> ProfileBlock:
    """Return the block of a head, without rows."""
    return ProfileBlock(
        name,
        header.stamp,
        header.moment,
        header.season,
        header.status,
        status_flags(header.status),
        header.period or timedelta(0),
        channels,
    )


def read_log_entry(name: str, header: Header, groups: Sequence[str]) -> LogEntry:
    """Return the logbook entry of a head: each id with its unit and its value; surplus values have no id."""
    pairs = zip_longest(header.pairs, groups[header.rest :])
    values = tuple((*(pair or ("", "")), text or "") for pair, text in pairs)
    flags = status_flags(header.status)
    return LogEntry(name, header.stamp, header.moment, header.season, header.status, flags, values)


def is_error(groups: Sequence[str]) -> bool:
    """Return whether the meter answers `(ERROR)` or `(ERnn)`."""
    return len(groups) == 1 and groups[0].startswith("ER") and _ERROR.match(groups[0]) is not None
