"""The records of EN 13757-3: `divide` finds where they stand, `interpret` makes readings of them.

A record that cannot be read costs that record only, as long as its length is known. Bytes that cannot be
read stay in the result as raw, with a diagnostic.

The division depends on the header bytes alone, so `plan.py` keeps it for the next telegram of the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.diagnostics import Severity
from emtkit.model.errors import Truncated
from emtkit.model.reading import Reading
from emtkit.protocols.mbus.compact_profile import expand_profile
from emtkit.protocols.mbus.dif import (
    DATA_FIELDS,
    GLOBAL_READOUT,
    IDLE_FILLER,
    MANUFACTURER_DATA,
    MAX_DIFES,
    MORE_RECORDS_FOLLOW,
    dib_end,
)
from emtkit.protocols.mbus.explain_record import explain_data, explain_dib, explain_vib
from emtkit.protocols.mbus.times import attach_times, link_times
from emtkit.protocols.mbus.vif import vib_end
from emtkit.protocols.mbus.vife_table import MAX_VIFES

if TYPE_CHECKING:
    from emtkit.model.reading import Function
    from emtkit.protocols.context import Context
    from emtkit.protocols.mbus.template import Reader, Template, TemplateBook
    from emtkit.protocols.mbus.times import Links
    from emtkit.wire.cursor import Cursor
    from emtkit.wire.view import View

_LAYER: Final = "mbus.record"
_VARIABLE: Final = 0x0D
_SPECIAL: Final = 0x0F
_BCD_FIELDS: Final = frozenset({0x9, 0xA, 0xB, 0xC, 0xE})


class Record(NamedTuple):
    """A record's place, counted from the start of the records: header `start`..`data_start`, data up to `end`."""

    template: Template
    start: int
    data_start: int
    end: int


# record, reader (None: a compact profile), start, data start, end, and the fields of a Reading that never change
Row = tuple[
    Record, "Reader | None", int, int, int, str, str | None, str | None, "Function", int, int, int, tuple[str, ...]
]  # fmt: skip


class Rest(NamedTuple):
    """What ends the records: manufacturer data (`manufacturer_specific`), or bytes that cannot be divided (`unknown`).

    `data_start` is where its content begins: behind the DIF of manufacturer data.
    """

    quantity: str
    start: int
    data_start: int
    status: str | None = None


@dataclass(slots=True)
class Division:
    """Where the records stand.

    more_follow  DIF 1F was there
    sound        nothing had to be reported
    links        which record is the time of which, once worked out
    """

    records: list[Record]
    rest: Rest | None
    more_follow: bool
    sound: bool
    links: Links | None = None
    _rows: list[Row] | None = None

    def rows(self) -> list[Row]:
        """Return each record with what `interpret` needs of its template, unpacked once."""
        if self._rows is None:
            self._rows = [
                (
                    record, None if t.profile else t.read, record.start, record.data_start, record.end, t.quantity,
                    t.unit, t.obis, t.function, t.storage, t.tariff, t.subunit, t.modifiers,
                )
                for record in self.records
                for t in (record.template,)
            ]  # fmt: skip
        return self._rows

    @property
    def headers(self) -> bytes:
        """Return all DIB and VIB bytes in order: the format that compact frames refer to."""
        return b"".join(record.template.block for record in self.records)


def divide(cur: Cursor, templates: TemplateBook, ctx: Context) -> Division:
    """Divide the bytes from the cursor to its end into records. Source: EN 13757-3:2018, clause 6."""
    origin = cur.pos
    records: list[Record] = []
    rest: Rest | None = None
    more_follow = False
    before = len(ctx.diagnostics)
    while cur.pos < cur.end and rest is None:
        start = cur.pos
        dif = cur.data[start]
        if dif == IDLE_FILLER:
            cur.u8("dif")
            cur.note("idle filler")
        elif dif in {MANUFACTURER_DATA, MORE_RECORDS_FOLLOW}:
            more_follow = dif == MORE_RECORDS_FOLLOW
            rest = _manufacturer_data(cur, origin)
        elif dif == GLOBAL_READOUT:
            cur.u8("dif")
            cur.note("global readout request")
        elif dif & _SPECIAL == _SPECIAL:
            why = f"DIF {dif:02X} is reserved: nobody knows how the bytes behind it divide into records"
            rest = _give_up(cur, ctx, origin, records, start, "mbus.record.reserved_dif", "dif", why)
        else:
            try:
                rest = _record(cur, templates, ctx, records, origin)
            except Truncated as error:
                cur.pos = start
                rest = _give_up(cur, ctx, origin, records, start, error.code, error.field, error.message, "truncated")
    return Division(records, rest, more_follow, len(ctx.diagnostics) == before)


def _manufacturer_data(cur: Cursor, origin: int) -> Rest:
    """DIF 0F: the rest is the manufacturer's; 1F: the same, and more records follow in the next telegram."""
    start = cur.pos
    more = cur.u8("dif") == MORE_RECORDS_FOLLOW
    cur.note("manufacturer data, more records follow in the next telegram" if more else "manufacturer data to the end")
    rest = Rest("manufacturer_specific", start - origin, cur.pos - origin)
    if cur.left:
        cur.rest("manufacturer_data")
    return rest


def _give_up(
    cur: Cursor, ctx: Context, origin: int, records: list[Record], start: int, code: str, field: str, why: str,
    status: str = "undecodable",
) -> Rest:  # fmt: skip
    """Keep everything from `start` on as raw bytes, because the next record's place is unknown."""
    cur.pos = start
    cur.rest("rest")
    cur.note(f"not decodable: {why}")
    ctx.error(
        code, why, layer=_LAYER, field=f"records[{len(records)}].{field}", view=cur.view, start=start, end=cur.end
    )
    return Rest("unknown", start - origin, start - origin, status)


def _record(cur: Cursor, templates: TemplateBook, ctx: Context, records: list[Record], origin: int) -> Rest | None:
    data, start, end = cur.data, cur.pos, cur.end
    at_vib = dib_end(data, start, end)
    if at_vib < 0:
        raise cur.short(end - start + 1, "dif")
    if at_vib - start > MAX_DIFES + 1:
        why = f"{at_vib - start - 1} DIFE in a row, at most {MAX_DIFES} are allowed"
        return _give_up(cur, ctx, origin, records, start, "mbus.record.too_many_dife", "dife", why)
    at_data = vib_end(data, at_vib, end)
    if at_data < 0:
        cur.pos = at_vib
        raise cur.short(end - at_vib + 1, "vif")
    field = data[start] & 0x0F
    if field == _VARIABLE:
        if at_data >= end:
            cur.pos = at_data
            raise cur.short(1, "lvar")
        at_data += 1
    header = data[start:at_data]
    template = templates.templates.get(header) or templates.of(
        header, at_vib - start, at_data - at_vib - (field == _VARIABLE)
    )
    size = DATA_FIELDS[field][1]
    if size is None:
        if template.lvar is None:
            why = f"LVAR {header[-1]:02X} is reserved: nobody knows how long the data is"
            return _give_up(cur, ctx, origin, records, start, "mbus.record.reserved_lvar", "lvar", why)
        size = template.lvar.size
    stop = at_data + size
    if stop > end:
        cur.pos = at_data
        raise cur.short(size, "data")
    if cur.trace is not None:
        explain_dib(cur, template, start, at_vib)
        explain_vib(cur, template, at_vib, at_data)
    cur.pos = stop
    if len(template.vib.vifes) > MAX_VIFES:
        ctx.error(
            "mbus.record.too_many_vife",
            f"{len(template.vib.vifes)} VIFE in a row, at most {MAX_VIFES} are allowed",
            layer=_LAYER, field=f"records[{len(records)}].vife", view=cur.view, start=at_vib, end=at_data,
        )  # fmt: skip
    if template.vib.reserved is not None:
        ctx.warn(
            "mbus.record.reserved_vif", f"{template.vib.reserved}; the number is kept without a meaning",
            layer=_LAYER, field=f"records[{len(records)}].vif", view=cur.view, start=start, end=at_data,
        )  # fmt: skip
    records.append(Record(template, start - origin, at_data - origin, stop - origin))
    return None


def interpret(division: Division, view: View, start: int, ctx: Context) -> list[Reading]:
    """Return the readings of divided records that stand from view offset `start` on, with their times.

    One reading per record, several for a compact profile, one for the rest.
    """
    data = view.data[start:]
    readings: list[Reading] = []
    add = readings.append
    plain, trace = view.is_input, ctx.trace
    for (
        record, read, low, at_data, high, quantity, unit, obis, function, storage, tariff, subunit, modifiers,
    ) in division.rows():  # fmt: skip
        value = None if read is None else read(data[at_data:high])
        if value is None:
            _irregular(record, view, start, ctx, readings)
            continue
        first, last = (start + low, start + high) if plain else view.span(start + low, start + high)
        add(Reading(
            quantity, value, unit, obis, None, function, storage, tariff, subunit, modifiers, None, None, None,
            data[low:high], first, last,
        ))  # fmt: skip
        if trace is not None:
            explain_data(trace, view, record.template, start + at_data, start + high, value)
    rest = division.rest
    if rest is not None and rest.data_start < len(data):
        first, last = view.span(start + rest.start, start + len(data))
        add(
            Reading(
                rest.quantity,
                data[rest.data_start :],
                status=rest.status,
                raw=data[rest.start :],
                start=first,
                end=last,
            )
        )
    links = division.links
    if links is None or links.size != len(readings):
        links = division.links = link_times(readings)
    attach_times(readings, links, ctx.received_at)
    return readings


def _irregular(record: Record, view: View, start: int, ctx: Context, readings: list[Reading]) -> None:
    """Add the readings of a compact profile, or of a record without value, and say what is to be said about it."""
    template, low, at_data, high = record
    raw, data = view.data[start + low : start + high], view.data[start + at_data : start + high]
    span = (start + low, start + high) if view.is_input else view.span(start + low, start + high)
    if template.profile:
        expanded = expand_profile(template, data, readings, raw, span)
        if expanded is None:
            field = f"records[{len(readings)}].data"
            ctx.warn(
                "mbus.profile.undecodable",
                "a compact profile without its base value, or with elements of a reserved coding",
                layer="mbus.profile", field=field, view=view, start=start + low, end=start + high,
            )  # fmt: skip
            expanded = [
                Reading(
                    template.quantity,
                    data,
                    template.unit,
                    modifiers=template.modifiers,
                    raw=raw,
                    start=span[0],
                    end=span[1],
                )
            ]
        readings.extend(expanded)
        if ctx.trace is not None:
            explain_data(ctx.trace, view, template, start + at_data, start + high, data)
        return
    status = _why_none(record, data, view, start, f"records[{len(readings)}].data", ctx)
    readings.append(
        Reading(
            template.quantity,
            None,
            template.unit,
            template.obis,
            None,
            template.function,
            template.storage,
            template.tariff,
            template.subunit,
            template.modifiers,
            None,
            None,
            status,
            raw,
            *span,
        )
    )
    if ctx.trace is not None:
        explain_data(ctx.trace, view, template, start + at_data, start + high, None)


def _why_none(record: Record, data: bytes, view: View, start: int, field: str, ctx: Context) -> str | None:
    """Report why a record has no value, and return its status."""
    template = record.template
    severity, status = Severity.INFO, "invalid"
    if template.vib.error is not None:
        status = template.vib.error
        code, why = "mbus.record.meter_error", f"the meter reports {status} for this record"
    elif not data:
        return None
    elif template.dib.data_field in _BCD_FIELDS or (template.lvar is not None and "bcd" in template.lvar.coding):
        severity = Severity.WARNING
        code, why = "mbus.record.bcd", f"{data[::-1].hex().upper()} is no BCD number: an error state of the meter"
    else:
        name = template.quantity.replace("_", " ")
        code, why = "mbus.record.invalid_value", f"the meter marks this {name} as invalid ({data.hex().upper()})"
    low, high = start + record.start, start + record.end
    ctx.report(severity, code, why, layer=_LAYER, field=field, view=view, start=low, end=high)
    return status
