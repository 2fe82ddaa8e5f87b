"""Profile Generic as A-XDR (`profile-axdr`): attribute 2, the buffer, as a meter would send it. One per register.

The buffer is an array of structures: clock, status where there is one, values. It says neither which registers
these are nor their scaler and unit, so a JSON file of the same name (`to_json`, without entries) describes it.
Source: IEC 62056-6-2, 4.3.6 (class 7) and 4.1.5 (data types); IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from emtkit.export.grid import BERLIN, LAST_YEAR, zone_of
from emtkit.export.profile_generic.from_capture import Options as Options  # noqa: PLC0414 - part of the contract
from emtkit.export.profile_generic.from_capture import profiles, store
from emtkit.export.profile_generic.profile import INTEGERS, Column, Entry, Profile
from emtkit.export.profile_generic.to_json import encode as encode_json
from emtkit.export.registry import Report
from emtkit.model.errors import DecodeError, EmtkitError, EncodeError
from emtkit.protocols.dlms import axdr, axdr_write
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.cosem_time import DATE_TIME_SIZE, from_datetime, read_date_time
from emtkit.wire.cursor import Cursor
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "profile-axdr"
SUFFIX: Final = ".axdr"
TITLE: Final = "COSEM Profile Generic as A-XDR buffer with a JSON description; one pair per register"
OUTPUT: Final = "directory"
NEEDS_POINTS: Final = False

_TAGS: Final[dict[str, int]] = {axdr.NAMES[tag]: tag for tag in axdr.INTEGERS}
_STATUS_KINDS: Final = ("unsigned", "long-unsigned", "double-long-unsigned", "long64-unsigned")


def write(
    decoded: Iterable[Decoded], out: Path, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write `OBIS.DEVICE.REGISTER.axdr` and `.json` for each register into the folder `out`."""
    options = options or Options()
    zone = zone_of(options.zone)
    report = Report()
    for profile in profiles(decoded, points, options, report):
        for column in profile.columns:
            register = column.obis.to_bytes().hex()
            stem = f"{profile.obis.to_bytes().hex()}.{profile.name}.{register}"
            what = f"{column.obis} of {profile.name}"
            one = Profile(profile.obis, profile.name, [column], profile.period, profile.version)
            try:
                buffer = encode(one, zone)
            except EmtkitError as error:
                report.refuse(what, error)
                continue
            store(out / f"{stem}{SUFFIX}", buffer, what, len(column.entries), report)
            store(out / f"{stem}.json", encode_json(one, f"{stem}{SUFFIX}"), f"description of {what}", 1, report)
    return report


def encode(profile: Profile, zone: ZoneInfo = BERLIN) -> bytes:
    """Return the buffer: one row per capture time, the clock as local time of `zone`.

    Raises EncodeError `profile.rows` unless all columns have the same capture times and either all entries or none
    have a status: an empty cell would read as "unchanged".
    """
    rows = []
    for row in _rows(profile):
        time = from_datetime(row[0].time.astimezone(zone))
        status = () if row[0].status is None else (_status_data(row[0].status),)
        values = (_integer(entry.raw, entry.kind) for entry in row)
        rows.append(axdr.structure(axdr.octets(time.encode()), *status, *values))
    return axdr_write.encode_data(axdr.array(*rows))


def _rows(profile: Profile) -> Iterator[tuple[Entry, ...]]:
    columns = [column.entries for column in profile.columns]
    if not columns or any(len(column) != len(columns[0]) for column in columns):
        raise EncodeError("profile.rows", "a buffer has a value of every register in every row")
    has_status = bool(columns[0]) and columns[0][0].status is not None
    for row in zip(*columns, strict=True):
        if any(entry.time != row[0].time or entry.status != row[0].status for entry in row):
            raise EncodeError("profile.rows", "registers captured at different times, or with different status")
        if (row[0].status is not None) != has_status:
            raise EncodeError("profile.rows", "a status in some rows only")
        yield row


def _status_data(status: bytes | int) -> Data:
    if isinstance(status, bytes):
        return axdr.octets(status)
    kind = next((kind for kind in _STATUS_KINDS if INTEGERS[kind].holds(status)), _STATUS_KINDS[-1])
    return _integer(status, kind)


def _integer(number: int, kind: str) -> Data:
    if not INTEGERS[kind].holds(number):
        raise EncodeError("profile.range", f"{number} is no {kind}")
    return Data(_TAGS[kind], number)


def decode(buffer: bytes, description: Profile, zone: ZoneInfo = BERLIN) -> Profile:
    """Read a buffer whose registers `description` names (its own entries do not matter).

    Rows are clock, status if there is one column more than registers, then the registers. A null in a row is the
    value of the row before (a null clock: one capture period later), as meters compress them.
    Raises DecodeError `profile.axdr.form`, `profile.axdr.time`, `dlms.axdr.*`; Truncated `dlms.axdr.truncated`.
    """
    cur = Cursor(View(buffer), axdr.LAYER)
    rows = axdr.read_data(cur)
    if rows.tag != axdr.ARRAY or cur.left:
        raise DecodeError("profile.axdr.form", f"a buffer is one array of rows ({cur.left} bytes after it)")
    columns = [Column(one.obis, one.device, [], one.scaler, one.unit) for one in description.columns]
    result = Profile(description.obis, description.name, columns, description.period, description.version)
    before: tuple[Data, ...] = ()
    time: datetime | None = None
    for number, row in enumerate(rows.elements, 1):
        where = f"row {number}"
        cells = row.elements
        if row.tag != axdr.STRUCTURE or len(cells) - len(columns) not in {1, 2}:
            raise DecodeError("profile.axdr.form", f"{where} is not clock, perhaps status, and {len(columns)} values")
        time = _clock(cells[0], time, result, zone, where)
        before = cells = _whole(cells, before, where)
        status = _status(cells[1], where) if len(cells) > len(columns) + 1 else None
        for column, cell in zip(columns, cells[len(cells) - len(columns) :], strict=True):
            if cell.tag not in axdr.INTEGERS:
                raise DecodeError("profile.axdr.form", f"{where}: a value is an integer, not {axdr.NAMES[cell.tag]}")
            kind = axdr.NAMES[cell.tag]
            column.entries.append(Entry(cell.value, column.scaler, column.unit, time, status, None, kind))
    return result


def _clock(cell: Data, before: datetime | None, profile: Profile, zone: ZoneInfo, where: str) -> datetime:
    """Return the time of a row; a null clock is one capture period after the row before."""
    if cell.tag in {axdr.OCTET_STRING, axdr.DATE_TIME} and len(cell.value) == DATE_TIME_SIZE:
        clock = read_date_time(cell.value)
        moment = clock.resolve(zone)
        if moment is not None and "invalid" not in clock.flags and clock.year <= LAST_YEAR:
            return moment.astimezone(UTC)
    elif cell.tag == axdr.NULL and before is not None and profile.period is not None and before.year <= LAST_YEAR:
        return before + profile.period
    raise DecodeError("profile.axdr.time", f"{where} has no time that holds, and none follows from the row before")


def _whole(cells: tuple[Data, ...], before: tuple[Data, ...], where: str) -> tuple[Data, ...]:
    """Return the cells, each null but the clock's replaced by the cell of the row before."""
    if all(cell.tag != axdr.NULL for cell in cells[1:]):
        return cells
    if len(before) != len(cells):
        raise DecodeError("profile.axdr.form", f"{where}: a null stands for the row before, and there is none")
    pairs = zip(cells[1:], before[1:], strict=True)
    return cells[0], *(old if cell.tag == axdr.NULL else cell for cell, old in pairs)


def _status(cell: Data, where: str) -> bytes | int:
    if cell.tag == axdr.OCTET_STRING or cell.tag in axdr.INTEGERS:
        status: bytes | int = cell.value
        return status
    raise DecodeError("profile.axdr.form", f"{where}: a status is octets or a number, not {axdr.NAMES[cell.tag]}")
