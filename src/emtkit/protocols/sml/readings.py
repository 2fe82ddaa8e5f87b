"""From SML messages to readings: exact values in base units, named by OBIS code, with time and status."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.cosem_units import NO_UNIT, measured, shifted
from emtkit.model.obis import Obis
from emtkit.model.obis_names import ObisName, obis_name
from emtkit.model.reading import Reading
from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.quirks import as_unsigned, is_dzg_unsigned
from emtkit.protocols.sml.status import status_hex
from emtkit.protocols.sml.times import Clock, absolute
from emtkit.protocols.sml.tlv import Integer, Unsigned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_PRINTABLE: Final = bytes(range(0x20, 0x7F))
_NUMBERS: Final = (Integer, Unsigned)
_NO_CODES: Final = (None, 0, NO_UNIT)  # DZG meters send unit 0 with texts
# fields of SML_TupelEntry: name, and the suffixes of unit, scaler and value
_TUPEL: Final = ("pa", "r1", "r4", "ma", "r2", "r3")


class Source(NamedTuple):
    """What the readings of one message share: the view, the context, the server id and the clock."""

    view: View
    ctx: Context
    server_id: bytes | None
    clock: Clock
    field: str


def text_of(data: bytes) -> str | None:
    """Return an octet string as text if all its octets are printable ASCII, else None."""
    return None if data.strip(_PRINTABLE) or data.translate(None, _PRINTABLE) else data.decode("ascii")


class Register(NamedTuple):
    """What an object name and a unit code say of a value.

    obis, text     the OBIS code, and as text
    meaning        of the code
    quantity       of code and unit together
    unit           base unit
    code           the unit code, 255 where there is none; None where the table does not have it
    """

    obis: Obis | None
    text: str | None
    meaning: ObisName
    quantity: str
    unit: str | None
    code: int | None


@lru_cache(maxsize=4096)
def register(name: bytes | None, unit: int | None) -> Register:
    """Return what an object name and a unit code say; no OBIS code where the name has not six octets."""
    obis = Obis.from_bytes(name) if name is not None and len(name) == 6 else None
    text = None if obis is None else str(obis)
    meaning = ObisName("unknown") if obis is None else obis_name(obis)
    if unit in _NO_CODES:
        return Register(obis, text, meaning, meaning.quantity, None, NO_UNIT)
    one = measured(1, 0, unit or NO_UNIT)
    if one is None:
        return Register(obis, text, meaning, meaning.quantity, None, None)
    return Register(obis, text, meaning, _refined(meaning.quantity, one.quantity), one.unit, unit)


def list_readings(source: Source, response: sml.GetListRes) -> Iterator[Reading]:
    """Return the readings of a list."""
    for entry in response.val_list or ():
        if entry is not None:
            yield _list_entry(source, entry)


def _list_entry(source: Source, entry: sml.ListEntry) -> Reading:
    return make_reading(source, entry, entry.at, entry.status, entry.val_time)


def profile_list_readings(source: Source, response: sml.GetProfileListRes) -> Iterator[Reading]:
    """Return the readings of one profile entry; they share its time and status."""
    for entry in response.period_list or ():
        if entry is not None:
            yield make_reading(source, entry, entry.at, response.status, response.val_time)


def profile_pack_readings(source: Source, response: sml.GetProfilePackRes) -> Iterator[Reading]:
    """Return the readings of a profile table, row after row."""
    headers = response.header_list or ()
    for row, period in enumerate(response.period_list or ()):
        cells = (period.value_list or ()) if period is not None else ()
        if period is None or len(cells) != len(headers):
            text = f"row {row} has {len(cells)} values for {len(headers)} columns"
            source.ctx.warn("sml.profile.columns", text, layer="sml", field=f"{source.field}.period_list[{row}]")
        if period is None:
            continue
        for column, cell in enumerate(cells):
            header = headers[column] if column < len(headers) else None
            if cell is not None:
                entry = sml.PeriodEntry(
                    header.obj_name if header else None,
                    header.unit if header else None,
                    header.scaler if header else None,
                    cell.value,
                )
                yield make_reading(source, entry, cell.at, period.status, period.val_time)


def tree_readings(source: Source, tree: sml.Tree | None) -> Iterator[Reading]:
    """Return the readings of a parameter tree: every leaf that holds a value."""
    if tree is None:
        return
    parameter = tree.parameter_value
    if parameter is not None:
        value = parameter.value
        if isinstance(value, sml.ListEntry):
            yield _list_entry(source, value)
        elif isinstance(value, sml.PeriodEntry):
            yield make_reading(source, value, value.at, None, None)
        elif isinstance(value, sml.TupelEntry):
            yield from _tupel_readings(source, value)
        else:
            entry = sml.PeriodEntry(tree.parameter_name, None, None, value)
            yield make_reading(source, entry, tree.at, None, None)
    for child in tree.child_list or ():
        yield from tree_readings(source, child)


def _tupel_readings(source: Source, entry: sml.TupelEntry) -> Iterator[Reading]:
    """Return the six readings of a tupel; their units tell active from reactive."""
    for name in _TUPEL:
        raw = getattr(entry, f"value_{name}")
        value = None if raw is None else Integer(raw, 8)
        part = sml.PeriodEntry(None, getattr(entry, f"unit_{name}"), getattr(entry, f"scaler_{name}"), value)
        reading = make_reading(source, part, entry.at, entry.status, entry.sec_index)
        reading.modifiers = (name,)
        yield reading


def make_reading(
    source: Source,
    entry: sml.ListEntry | sml.PeriodEntry,
    at: tuple[int, int],
    status: int | None,
    val_time: sml.SmlTime | None,
) -> Reading:
    """Return the reading of one value. `at` is where its octets stand in the view."""
    row = register(entry.obj_name, entry.unit)
    meaning, quantity, unit = row.meaning, row.quantity, row.unit
    value: Any = entry.value
    if isinstance(value, _NUMBERS):
        number = value.value
        if number < 0 and isinstance(value, Integer) and is_dzg_unsigned(source.server_id, row.obis, value.octets):
            number = as_unsigned(value)
            _say_dzg(source, at, value.value, number)
        found = None if row.code is None else measured(number, entry.scaler or 0, row.code)
        if found is None:
            _say_unit(source, at, entry.unit)
        value = shifted(number, entry.scaler or 0) if found is None else found.value
    else:
        quantity, unit = meaning.quantity, None
        if value is None:
            _say_missing(source, at, row.text)
        elif isinstance(value, bytes):
            value = text_of(value) or value
        elif isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, sml.SmlTime):
            quantity, value, unit = _time_value(value, source)
        else:
            value = None  # a list type without a description: its octets are in `raw`
            _say_list(source, at)
    when = source.clock.when(val_time)
    low, high = source.view.span(*at)
    return Reading(
        quantity,
        value,
        unit,
        row.text,
        None,
        meaning.function,
        meaning.storage,
        meaning.tariff,
        0,
        meaning.modifiers,
        when.time,
        when.source,
        None if status is None or status < 0 else status_hex(status),
        source.view.data[at[0] : at[1]],
        low,
        high,
    )


def _refined(by_name: str, by_unit: str) -> str:
    """Return the quantity: that of the unit, unless the code says it more exactly."""
    if by_unit in _VAGUE and by_name != "unknown":
        return by_name
    return by_name if (by_unit, by_name) in _REFINEMENTS else by_unit


_VAGUE: Final = ("any", "dimensionless")
# quantity of the unit, quantity of the code that means the same more exactly
_REFINEMENTS: Final = frozenset(
    {
        ("duration", "averaging_duration"),
        ("duration", "operating_time"),
        ("power", "cumulative_maximum_power"),
        ("temperature", "flow_temperature"),
        ("temperature", "return_temperature"),
        ("temperature", "temperature_difference"),
    }
)


def _time_value(time: sml.SmlTime, source: Source) -> tuple[str, Decimal | datetime, str | None]:
    stamp = absolute(time, source.ctx.zone)
    return ("time_point_second", Decimal(time.seconds), "s") if stamp is None else ("datetime", stamp, None)


def _say_dzg(source: Source, at: tuple[int, int], sent: int, number: int) -> None:
    text = f"DZG DVS74 of this serial range sends the unsigned power as a signed number: {sent} is read as {number}"
    source.ctx.info("sml.dzg.unsigned", text, layer="sml", field=source.field, view=source.view, start=at[0], end=at[1])


def _say_unit(source: Source, at: tuple[int, int], code: int | None) -> None:
    text = f"unit code {code} is not in the table; the value stands without a unit"
    source.ctx.warn("sml.unit.unknown", text, layer="sml", field=source.field, view=source.view, start=at[0], end=at[1])


def _say_missing(source: Source, at: tuple[int, int], obis: str | None) -> None:
    text = f"{obis or 'an entry'} has no value"
    source.ctx.info(
        "sml.value.missing", text, layer="sml", field=source.field, view=source.view, start=at[0], end=at[1]
    )


def _say_list(source: Source, at: tuple[int, int]) -> None:
    text = "the value is a list of a type that is not described; its octets are kept"
    source.ctx.warn("sml.value.list", text, layer="sml", field=source.field, view=source.view, start=at[0], end=at[1])
