"""Rows and schema of the columnar formats: one row per reading, one for a frame without readings.

Schema 1 (docs/export-columnar.md). A number is there twice: as decimal with 12 decimals where that holds it, and
as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.export.from_capture import device_of
from emtkit.export.registry import Report, Written
from emtkit.export.told import value_of, values_in
from emtkit.model.errors import ConfigError
from emtkit.model.reading import plain_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Reading
    from emtkit.model.series import SeriesValue

SCHEMA: Final = b"1"
DIGITS: Final = 38
DECIMALS: Final = 12
ROWS: Final = 16_384  # of a record batch
_LARGEST: Final = DIGITS - DECIMALS - 1  # exponent of the largest number
_LONG: Final = 1 << 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The columnar formats have no options: scripts rely on their schema."""


def pyarrow() -> Any:  # noqa: ANN401 - an untyped module
    """Return the package pyarrow. Raises ConfigError `columnar.pyarrow` where it is not installed."""
    try:
        import pyarrow as pa
    except ImportError:
        raise ConfigError(
            "columnar.pyarrow", "Parquet and Arrow need pyarrow: pip install 'emtkit[batch]'", layer="export"
        ) from None
    return pa


def schema() -> Any:  # noqa: ANN401 - pyarrow.Schema
    """Return the Arrow schema."""
    pa = pyarrow()
    text, moment = pa.string(), pa.timestamp("us", tz="UTC")
    return pa.schema(
        [
            ("received_at", moment),
            ("device", text),
            ("manufacturer", text),
            ("serial", text),
            ("version", pa.int16()),
            ("medium", text),
            ("quantity", text),
            ("value", pa.decimal128(DIGITS, DECIMALS)),
            ("value_text", text),
            ("unit", text),
            ("obis", text),
            ("name", text),
            ("function", text),
            ("storage", pa.int64()),
            ("tariff", pa.int64()),
            ("subunit", pa.int64()),
            ("modifiers", pa.list_(text)),
            ("time", moment),
            ("date", pa.date32()),
            ("time_source", text),
            ("status", text),
            ("protocol", text),
            ("state", text),
            ("verdict", text),
            ("id", text),
            ("source", text),
            ("line", pa.int64()),
            ("raw", pa.binary()),
            # what a series knows besides; files of before have none of these
            ("begin", moment),
            ("quality", text),
            ("method", text),
            ("reason", text),
            ("sources", pa.list_(moment)),
        ],
        metadata={b"emtkit.schema": SCHEMA},
    )


def batches(decoded: Iterable[Decoded]) -> Iterator[Any]:
    """Give record batches of at most ROWS rows as the frames come."""
    pa, form, rows = pyarrow(), schema(), []
    for frame in decoded:
        of_frame = _frame(frame)
        values = values_in(frame)
        rows += [
            {**of_frame, **_reading(reading), **_value(value_of(reading, values))} for reading in frame.readings
        ] or [of_frame]
        if len(rows) >= ROWS:
            yield pa.RecordBatch.from_pylist(rows, schema=form)
            rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=form)


def _frame(frame: Decoded) -> dict[str, Any]:
    meter, origin = frame.meter, frame.origin
    row: dict[str, Any] = {
        "received_at": origin.received_at,
        "protocol": frame.protocol,
        "state": frame.state,
        "verdict": frame.security.verdict,
        "id": _text(origin.id),
        "source": _text(origin.source),
        "line": origin.line,
    }
    if meter is not None:
        row |= {
            "device": _text(device_of(meter)),
            "manufacturer": _text(meter.manufacturer),
            "serial": _text(meter.id),
            "version": meter.version,
            "medium": meter.medium,
        }
    return row


def _reading(reading: Reading) -> dict[str, Any]:
    value, plain = reading.value, plain_value(reading.value)
    time = reading.time
    return {
        "quantity": reading.quantity,
        "value": value if isinstance(value, Decimal) and _fits(value) else None,
        "value_text": format(plain, "f") if isinstance(plain, Decimal) else _text(plain),
        "unit": reading.unit,
        "obis": reading.obis,
        "name": reading.name,
        "function": reading.function,
        "storage": reading.storage if reading.storage < _LONG else None,
        "tariff": reading.tariff,
        "subunit": reading.subunit,
        "modifiers": list(reading.modifiers),
        "time": time if isinstance(time, datetime) and time.utcoffset() is not None else None,
        "date": time if isinstance(time, date) and not isinstance(time, datetime) else None,
        "time_source": reading.time_source,
        "status": _text(reading.status),
        "raw": reading.raw,
    }


def _value(value: SeriesValue | None) -> dict[str, Any]:
    if value is None:
        return {}
    return {
        "begin": value.start,
        "quality": value.quality.value,
        "method": _text(value.method),
        "reason": _text(value.reason),
        "sources": list(value.sources),
    }


def _fits(value: Decimal) -> bool:
    """Return whether the decimal column holds this number exactly."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DECIMALS and (not value or value.adjusted() <= _LARGEST)


def _text(text: str | None) -> str | None:
    """Return the text; a lone surrogate, which no UTF-8 column holds, as an escape."""
    return None if text is None else text.encode(errors="backslashreplace").decode()


def write_rows(writer: Any, decoded: Iterable[Decoded]) -> Report:  # noqa: ANN401 - a writer of pyarrow
    """Write the readings with an open writer of pyarrow; holds one batch at a time."""
    report, rows = Report(), 0
    for batch in batches(report.taking(decoded)):
        writer.write_batch(batch)
        rows += batch.num_rows
    report.written.append(Written(None, "rows", rows))
    return report
