"""Submetering CSV (`submetering-csv`): one row per value; a device without values has one row that says why."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from emtkit.export.registry import Report, Written
from emtkit.export.submetering.devices import DeviceOptions, devices
from emtkit.model.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.export.submetering.devices import Billed, Device, RegisterKey
    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "submetering-csv"
SUFFIX: Final = ".csv"
TITLE: Final = "current, due-date and monthly values of submeters as CSV"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False

COLUMNS: Final = (
    *("device", "location", "manufacturer", "serial", "version", "medium"),
    *("quantity", "obis", "tariff", "subunit", "modifiers"),
    *("kind", "date", "value", "unit"),
    *("received_at", "verdict", "status", "error_flags"),
)
_NUMBER: Final = re.compile(r"-?\d{1,200}(?:\.\d{1,200})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(DeviceOptions):
    """How the table looks.

    delimiter     `,`, `;` or `tab`
    decimal_mark  `.` or `,`
    """

    delimiter: Literal[",", ";", "tab"] = ";"
    decimal_mark: Literal[".", ","] = "."

    @property
    def mark(self) -> str:
        """Return the delimiter. Raises ConfigError `submetering.delimiter` where it is the decimal mark too."""
        if self.delimiter == self.decimal_mark:
            raise ConfigError("submetering.delimiter", "delimiter and decimal mark are the same", field="delimiter")
        return "\t" if self.delimiter == "tab" else self.delimiter


def write(
    decoded: Iterable[Decoded], out: BinaryIO, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write the table when the whole capture was heard. Raises ConfigError `submetering.*`."""
    options = options or Options()
    report, rows = Report(), 0
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=options.mark, lineterminator="\n")
    writer.writerow(COLUMNS)
    for device in devices(decoded, points, options, report):
        for cells in _rows(device, options):
            writer.writerow([cells.get(name) or "" for name in COLUMNS])
            rows += 1
    out.write(text.getvalue().encode(errors="backslashreplace"))
    report.written.append(Written(None, "values", rows))
    return report


def _rows(device: Device, options: Options) -> Iterator[dict[str, str | None]]:
    meter = device.meter
    of_device = {
        "device": device.name,
        "location": device.location,
        "manufacturer": meter.manufacturer,
        "serial": meter.id,
        "version": None if meter.version is None else str(meter.version),
        "medium": meter.medium,
        "received_at": None if device.received_at is None else device.received_at.isoformat(),
        "verdict": device.verdict,
        "status": " ".join(device.status),
        "error_flags": device.error_flags,
    }
    if not device.registers:
        yield of_device
    for key in device.registers:
        for value in device.values(key):
            yield of_device | _of_value(key, value, options) | {"obis": device.codes.get(key)}


def _of_value(key: RegisterKey, value: Billed, options: Options) -> dict[str, str | None]:
    number = None if value.value is None else format(value.value, "f").replace(".", options.decimal_mark)
    return {
        "quantity": key.quantity,
        "tariff": str(key.tariff),
        "subunit": str(key.subunit),
        "modifiers": " ".join(key.modifiers),
        "kind": value.kind,
        "date": None if value.date is None else value.date.isoformat(),
        "value": number,
        "unit": key.unit,
    }


def read_rows(stream: BinaryIO, options: Options | None = None) -> Iterator[dict[str, Decimal | str | None]]:
    """Read what `write` wrote with the same options: one dict per row, `value` a Decimal.

    Raises DecodeError `submetering.csv`.
    """
    options = options or Options()
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=options.mark, strict=True)
    try:
        header = next(reader, [])
        if not {"device", "value"} <= set(header):
            raise DecodeError("submetering.csv", "the header names no columns device and value")
        for cells in reader:
            if len(cells) != len(header):
                raise DecodeError("submetering.csv", f"line {reader.line_num}: not {len(header)} cells")
            row: dict[str, Decimal | str | None] = {
                name: cell or None for name, cell in zip(header, cells, strict=True)
            }
            if row["value"] is not None:
                number = str(row["value"]).replace(options.decimal_mark, ".")
                if _NUMBER.match(number) is None:
                    raise DecodeError("submetering.csv", f"line {reader.line_num}: {row['value']!r} is no number")
                row["value"] = Decimal(number)
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise DecodeError("submetering.csv", f"line {reader.line_num}: {error}") from None
    finally:
        text.detach()
