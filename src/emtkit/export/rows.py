"""Rows back to frames: what csv, parquet and arrow wrote, one row per reading, as the decoded frames that it was.

A row has the columns of `csv_table`, typed: `value` a Decimal where it is a number, times as datetimes. Rows of one
frame follow one another and have the same columns of the frame.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, get_args

from emtkit.export.base_units import in_base
from emtkit.export.series.builder import MARKET
from emtkit.export.told import Told, told_series
from emtkit.model.decoded import NO_SECURITY, Decoded, Origin, Security, State, Verdict
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import DecodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = dict[str, Any]

# What is the same in all rows of a frame, beside its diagnostics
_OF_FRAME: Final = (
    *("received_at", "identifier", "manufacturer", "meter_id", "version", "device_type", "medium", "meter_status"),
    *("protocol", "state", "verdict", "diagnostics", "id", "source", "line"),
)
_STATES: Final[dict[str | None, State]] = {state: state for state in get_args(State)}
_VERDICTS: Final[dict[str | None, Verdict]] = {verdict: verdict for verdict in get_args(Verdict)}
_SEVERITIES: Final = {"failed": Severity.ERROR, "partial": Severity.ERROR, "opaque": Severity.WARNING}
_ROWS_OF_A_FRAME: Final = 100_000


def frames_of(rows: Iterable[Row]) -> Iterator[Decoded]:
    """Give the frames of these rows; holds one frame at a time.

    A frame has its meter, state, readings and series again. Of its diagnostics the table has the codes, of its
    security the verdict; bytes, layers and checks it does not have.
    Raises DecodeError `rows.value` for a row that contradicts itself.
    """
    for _, members in groupby(_counted(rows), key=lambda item: item[0]):
        found = [row for _, row in members]
        yield _frame(found)


def _counted(rows: Iterable[Row]) -> Iterator[tuple[tuple[Any, ...], Row]]:
    """Give each row with what tells its frame from others; no frame goes on for ever."""
    count, last = 0, None
    for row in rows:
        key = tuple(row.get(name) for name in _OF_FRAME)
        count = count + 1 if key == last else 0
        last = key
        yield (count // _ROWS_OF_A_FRAME, *key), row


def _frame(rows: list[Row]) -> Decoded:
    first = rows[0]
    meter = _meter(first)
    decoded = Decoded(
        first.get("protocol"),
        _STATES.get(first.get("state"), "complete"),
        meter,
        _security(first.get("verdict")),
        status=tuple(first.get("meter_status") or ()),
        origin=Origin(first.get("source"), first.get("line"), first.get("id"), first.get("received_at")),
    )
    decoded.diagnostics = [_finding(code, decoded.state) for code in first.get("diagnostics") or ()]
    told = []
    for row in rows:
        if row.get("quantity") is None and row.get("value") is None:
            continue  # a frame without readings has one row
        reading = _reading(row)
        decoded.readings.append(reading)
        value = _series_value(row, reading, is_market=decoded.protocol == MARKET)
        if value is not None and reading.obis is not None:
            told.append(Told(reading.obis, reading.unit or "", value))
    if told and meter is not None:
        decoded.layers = (told_series(meter, told),)
    return decoded


def _meter(row: Row) -> MeterId | None:
    identifier, ident = row.get("identifier"), row.get("meter_id")
    if identifier is None and ident is None:
        return None
    return MeterId(
        row.get("manufacturer"),
        ident or identifier or "",
        row.get("version"),
        row.get("device_type"),
        row.get("medium"),
        identifier,
    )


def _security(text: str | None) -> Security:
    verdict = _VERDICTS.get(text, "none")
    return (
        NO_SECURITY if verdict == "none" else Security(None, verdict, None, False if verdict == "mac_invalid" else None)
    )


def _finding(code: str, state: str) -> Diagnostic:
    severity = _SEVERITIES.get(state, Severity.INFO)
    return Diagnostic(severity, code, code.partition(".")[0], "", None, None, "noted when the frame was decoded")


def _reading(row: Row) -> Reading:
    value, unit = row.get("value"), row.get("unit")
    if isinstance(value, Decimal):
        value, unit = in_base(value, unit)
    elif value is None:
        unit = in_base(None, unit)[1]
    return Reading(
        row.get("quantity") or "unknown",
        value,
        unit,
        row.get("obis"),
        row.get("name"),
        row.get("function") or "instantaneous",
        row.get("storage") or 0,
        row.get("tariff") or 0,
        row.get("subunit") or 0,
        tuple(row.get("modifiers") or ()),
        row.get("time"),
        row.get("time_source"),
        row.get("status"),
        row.get("raw") or b"",
    )


def _series_value(row: Row, reading: Reading, *, is_market: bool) -> SeriesValue | None:
    """Return the value of a series that a row says, None where it says only a reading."""
    if row.get("quality") is None:
        return None
    quality, end = _quality(row["quality"]), reading.time
    begin = row.get("begin") or end
    if not isinstance(end, datetime) or not isinstance(begin, datetime) or begin.tzinfo is None or end.tzinfo is None:
        raise DecodeError("rows.value", f"a {quality} value of {reading.obis} without its times", field="time")
    number = reading.value if isinstance(reading.value, Decimal) and quality is not Quality.MISSING else None
    if number is None and quality is not Quality.MISSING:
        raise DecodeError("rows.value", f"a {quality} value of {reading.obis} that is no number ({end})", field="value")
    return SeriesValue(
        begin,
        end,
        number,
        quality,
        row.get("method"),
        row.get("reason"),
        tuple(row.get("sources") or ()),
        None if is_market else reading.status,  # the market's word is the quality
    )


def _quality(text: str) -> Quality:
    try:
        return Quality(text)
    except ValueError:
        raise DecodeError("rows.value", f"no quality {text!r}", field="quality") from None
