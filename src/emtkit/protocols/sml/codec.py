"""Codings: how one kind of element is read and written.

A coding reads an element from an `SmlCursor` and writes it to a bytearray; one declaration serves both
directions. What an element should be and is not becomes a diagnostic, and the field is None.

Source: SML 1.04, 6.2 (structures).
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.tlv import (
    ABSENT,
    INTEGER,
    LIST,
    OCTETS,
    UNSIGNED,
    read_any,
    read_boolean,
    read_number,
    read_octets,
    read_scalar,
)
from emtkit.protocols.sml.tlv_write import (
    tl_field,
    write_any,
    write_boolean,
    write_integer,
    write_octets,
    write_unsigned,
    wrong,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.protocols.sml.tlv import SmlCursor


_TEXT: Final = 1
_NUMBER: Final = 2


class Coding(NamedTuple):
    """How one kind of element is read and written. `short` is for `_read_short` alone."""

    read: Callable[[SmlCursor, str], Any]
    write: Callable[[bytearray, Any, str], None]
    short: int = 0


OCTET_STRING: Final = Coding(read_octets, write_octets, _TEXT)
BOOL: Final = Coding(read_boolean, write_boolean)
UNSIGNED_NUMBER: Final = Coding(read_number, write_unsigned, _NUMBER)
SIGNED_NUMBER: Final = Coding(read_number, write_integer, _NUMBER)


def list_of(item: Coding) -> Coding:
    """Return the coding of SEQUENCE OF: a tuple, None where the list is left out."""
    read_item, write_item, _ = item

    def read(cur: SmlCursor, field: str) -> tuple[Any, ...] | None:
        start = cur.pos
        kind, count = cur.tl(field)
        if kind != LIST:
            no_list(cur, start, field, kind, count)
            return None
        if cur.trace is not None:
            cur.trace.add(cur.view, start, cur.pos, cur.layer, cur.where(field), f"list of {count}")
        return tuple([read_item(cur, f"{field}[{index}]") for index in range(count)])

    def write(out: bytearray, value: tuple[Any, ...] | None, field: str) -> None:
        if value is None:
            out.append(ABSENT)
            return
        if not isinstance(value, tuple | list):
            raise wrong(field, "a tuple", value)
        out += tl_field(LIST, len(value))
        for index, element in enumerate(value):
            write_item(out, element, f"{field}[{index}]")

    return Coding(read, write)


def sequence(kind_of: type[Any], *codings: Coding) -> Coding:
    """Return the coding of a SEQUENCE: an object of `kind_of`, None where it is left out.

    A list that is shorter leaves its last fields None, one that is longer has elements left over; both are
    reported. The class learns where its octets stand if it has a field `at`.
    """
    names = [field.name for field in fields(kind_of)]
    placed = names[-1] == "at"
    wire_names = names[:-1] if placed else names
    rows = tuple((coding.read, name, coding.short) for coding, name in zip(codings, wire_names, strict=True))
    writers = tuple(zip((coding.write for coding in codings), wire_names, strict=True))
    size = len(rows)

    def read(cur: SmlCursor, field: str) -> Any:  # noqa: ANN401 - an object of `kind_of`
        start = cur.pos
        kind, count = cur.tl(field)
        if kind != LIST:
            no_list(cur, start, field, kind, count)
            return None
        cur.enter(field, start, kind_of.__name__)
        if count == size and cur.trace is None:
            values = _read_short(cur, rows)
        elif count == size:
            values = [read_field(cur, name) for read_field, name, _ in rows]
        else:
            values = [read_field(cur, name) for read_field, name, _ in rows[:count]]
            values += [None] * (size - count)
            extra = [read_any(cur, f"[{index}]") for index in range(size, count)]
            what = f"{len(extra)} more than" if extra else "fewer than"
            text = f"{count} elements, {what} the {size} of {kind_of.__name__}"
            cur.warn("sml.list.size", text, field, start)
        cur.leave()
        if placed:
            values.append((start, cur.pos))
        return kind_of(*values)

    def write(out: bytearray, value: Any, field: str) -> None:  # noqa: ANN401 - an object of `kind_of`
        if value is None:
            out.append(ABSENT)
            return
        if not isinstance(value, kind_of):
            raise wrong(field, kind_of.__name__, value)
        out += tl_field(LIST, size)
        for write_field, name in writers:
            write_field(out, getattr(value, name), f"{field}.{name}")

    return Coding(read, write)


def _read_short(cur: SmlCursor, rows: tuple[tuple[Callable[[SmlCursor, str], Any], str, int], ...]) -> list[Any]:
    """Read the fields of a structure; elements of the usual short forms right here, all others by their coding.

    Half of all elements are left out, and most others are short octet strings and numbers. Reading these without
    a call each makes a frame half as long to read. The result is that of the codings; with a trace they do it all.
    """
    values: list[Any] = []
    data, end, pos = cur.data, cur.end, cur.pos
    for read_field, name, short in rows:
        octet = data[pos] if pos < end else 0
        stop = pos + (octet & 0x0F)
        if octet == ABSENT:
            values.append(None)
            pos += 1
        elif short == _TEXT and ABSENT < octet < _SHORT_TEXT and stop <= end:
            values.append(data[pos + 1 : stop])
            pos = stop
        elif short == _NUMBER and octet in _SHORT_NUMBERS and stop <= end:
            values.append(int.from_bytes(data[pos + 1 : stop], "big", signed=octet < UNSIGNED))
            pos = stop
        else:
            cur.pos = pos
            values.append(read_field(cur, name))
            pos = cur.pos
    cur.pos = pos
    return values


# TL octets of octet strings up to 14 octets, and of numbers of 1 to 8 octets
_SHORT_TEXT: Final = 0x10
_SHORT_NUMBERS: Final = frozenset((*range(INTEGER + 2, INTEGER + 10), *range(UNSIGNED + 2, UNSIGNED + 10)))


def no_list(cur: SmlCursor, start: int, field: str, kind: int, size: int) -> None:
    """Take an element that is left out; report one that is no list though it should be."""
    if kind != OCTETS or size:
        cur.unexpected(start, field, "a list")
    elif cur.trace is not None:
        cur.span(start, field, None)


# ---------------------------------------------------------------------------------------------- SML_Time

_SECONDS: Final = {sml.SEC_INDEX: "sec_index", sml.TIMESTAMP: "timestamp"}


def read_time(cur: SmlCursor, field: str) -> sml.SmlTime | None:
    """Read SML_Time: the choice of the standard, or one of the two forms that meters send without it."""
    start = cur.pos
    kind, size = cur.tl(field)
    if kind == LIST and size == 2:
        cur.enter(field, start, "SML_Time")
        choice = read_number(cur, "choice") or 0
        if cur.left and cur.data[cur.pos] & 0x70 == LIST:
            time = _local_time(cur, choice)
        else:
            seconds = read_number(cur, _SECONDS.get(choice, "seconds"))
            time = None if seconds is None else sml.SmlTime(choice, seconds)
        cur.leave()
        return time
    if kind == LIST and size == 3:  # Froetec Multiflex ZG22 (libsml, "sml_time as list[3]")
        cur.pos = start
        local = _local_time(cur, sml.LOCAL_TIMESTAMP, field)
        return None if local is None else local._replace(form="untagged")
    if kind in (UNSIGNED, INTEGER):  # Holley DTZ541 (libsml #75)
        cur.pos = start
        seconds = read_number(cur, field)
        cur.note("seconds of the meter's own counter, sent without the choice")
        return None if seconds is None else sml.SmlTime(sml.SEC_INDEX, seconds, form="bare")
    no_list(cur, start, field, kind, size)
    return None


def _local_time(cur: SmlCursor, choice: int, field: str = "local_timestamp") -> sml.SmlTime | None:
    """Read SML_TimestampLocal: seconds, offset of local time and of summer time in minutes."""
    start = cur.pos
    _, size = cur.tl(field)
    cur.enter(field, start)
    names = ("timestamp", "local_offset", "season_offset")
    values = [read_number(cur, name) for name in names[:size]]
    for index in range(len(names), size):
        read_any(cur, f"[{index}]")
    cur.leave()
    if size != len(names) or values[0] is None:
        cur.warn("sml.time.form", "a local time is a list of timestamp, offset and season offset", field, start)
        return None
    return sml.SmlTime(choice, values[0], values[1] or 0, values[2] or 0)


def write_time(out: bytearray, value: sml.SmlTime | None, field: str) -> None:
    """Write SML_Time in its form."""
    if value is None:
        out.append(ABSENT)
        return
    if not isinstance(value, sml.SmlTime):
        raise wrong(field, "SmlTime", value)
    if value.form == "bare":
        write_unsigned(out, value.seconds, field, 4)
        return
    if value.form == "choice":
        out += tl_field(LIST, 2)
        write_unsigned(out, value.choice, f"{field}.choice")
    if value.choice == sml.LOCAL_TIMESTAMP or value.form == "untagged":
        out += tl_field(LIST, 3)
        write_unsigned(out, value.seconds, f"{field}.timestamp", 4)
        write_integer(out, value.local_offset, f"{field}.local_offset", 2)
        write_integer(out, value.season_offset, f"{field}.season_offset", 2)
    else:
        write_unsigned(out, value.seconds, f"{field}.seconds", 4)


TIME: Final = Coding(read_time, write_time)


# --------------------------------------------------------------------------------------------- SML_Value


def read_value(cur: SmlCursor, field: str) -> sml.Value:
    """Read SML_Value: a scalar with its width, or a list type (1: a time; others as they are)."""
    start = cur.pos
    kind, size = cur.tl(field)
    if kind != LIST:
        return read_scalar(cur, field, start, kind, size)
    if size == 2 and cur.data[cur.pos : cur.pos + 2] == b"\x62\x01":
        cur.enter(field, start)
        read_number(cur, "choice")
        time = read_time(cur, "time")
        cur.leave()
        return time
    cur.pos = start
    return read_any(cur, field)


def write_value(out: bytearray, value: sml.Value, field: str) -> None:
    """Write SML_Value."""
    if isinstance(value, sml.SmlTime):
        out += tl_field(LIST, 2)
        write_unsigned(out, 1, f"{field}.choice")
        write_time(out, value, f"{field}.time")
    else:
        write_any(out, value, field)


VALUE: Final = Coding(read_value, write_value)

ANY: Final = Coding(read_any, write_any)
