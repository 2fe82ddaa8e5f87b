"""`sap-mr-upload`: meter readings as a table with the fields of ISU_MR_UPLOAD (BAPIEABLU). Not tested against SAP."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from emtkit.export.from_capture import SeriesOptions, registers
from emtkit.export.grid import zone_of
from emtkit.export.registry import Report, Written
from emtkit.model.errors import ConfigError, DecodeError, EncodeError
from emtkit.model.series import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.export.from_capture import Register
    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "sap-mr-upload"
SUFFIX: Final = ".csv"
TITLE: Final = "SAP ISU_MR_UPLOAD fields as CSV (from public pages, not tested against SAP)"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = True

# structure BAPIEABLU, in its order
COLUMNS: Final = (
    *("MATERIAL", "SERIALNO", "REGISTER", "MRREASON", "MRIDNUMBER", "READINGRESULT", "METERREADINGNOTE"),
    *("ACTUALCUSTOMERMRTYPE", "METERREADER", "MRDATEFORBILLING", "MRTIMEFORBILLING", "ACTUALMRDATE", "ACTUALMRTIME"),
    *("MRDATEOFMAXIMUM", "MRTIMEOFMAXIMUM", "SMORDER", "ACTIVE"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(SeriesOptions):
    """What SAP's customizing decides.

    delimiter  `;` or `tab`
    material   MATERIAL of the devices; without it empty
    reason     MRREASON; without it empty
    mr_type    ACTUALCUSTOMERMRTYPE; without it empty
    reader     METERREADER; without it empty
    """

    values: Literal["interval", "register"] = "register"
    step: int | Literal["day", "month"] = "day"
    units: str = "kWh,kvarh"
    delimiter: Literal[";", "tab"] = ";"
    material: str = ""
    reason: str = ""
    mr_type: str = ""
    reader: str = ""

    @property
    def mark(self) -> str:
        """Return the delimiter."""
        return "\t" if self.delimiter == "tab" else self.delimiter


def write(
    decoded: Iterable[Decoded], out: BinaryIO, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write a row per register and mark; REGISTER is the OBIS code. Raises ConfigError `sap.values`."""
    options = options or Options()
    if options.values != "register":
        raise ConfigError("sap.values", "an upload has registers; intervals are in sap-timeseries", field="values")
    report, rows = Report(), 0
    out.write(_line(COLUMNS, options))
    for register in registers(decoded, points, options, report):
        try:
            lines = [_line([row.get(name, "") for name in COLUMNS], options) for row in _rows(register, options)]
        except EncodeError as error:
            report.refuse(str(register), error)
        else:
            out.writelines(lines)
            rows += len(lines)
    report.written.append(Written(None, "rows", rows))
    return report


def _rows(register: Register, options: Options) -> Iterator[dict[str, str]]:
    zone = zone_of(options.zone)
    for value in register.series.values:
        if value.value is None:
            continue
        if value.quality is not Quality.TRUE:
            raise EncodeError("sap.status", f"{register}: an upload has true values, not {value.quality} ones")
        mark = value.end.astimezone(zone)
        read = (value.sources[0] if value.sources else value.end).astimezone(zone)
        yield {
            "MATERIAL": options.material,
            "SERIALNO": register.device,
            "REGISTER": register.obis.partition("*")[0],
            "MRREASON": options.reason,
            "READINGRESULT": format(value.value, "f"),
            "ACTUALCUSTOMERMRTYPE": options.mr_type,
            "METERREADER": options.reader,
            "MRDATEFORBILLING": mark.strftime("%Y%m%d"),
            "MRTIMEFORBILLING": mark.strftime("%H%M%S"),
            "ACTUALMRDATE": read.strftime("%Y%m%d"),
            "ACTUALMRTIME": read.strftime("%H%M%S"),
        }


def _line(cells: Iterable[str], options: Options) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=options.mark, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode(errors="backslashreplace")


def read_rows(stream: BinaryIO, options: Options | None = None) -> Iterator[dict[str, str]]:
    """Read the table back: one dict per row, texts as they stand there. Raises DecodeError `sap.csv`."""
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=(options or Options()).mark, strict=True)
    try:
        header = next(reader, [])
        for cells in reader:
            if len(cells) != len(header):
                raise DecodeError("sap.csv", f"line {reader.line_num}: not {len(header)} cells")
            yield dict(zip(header, cells, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise DecodeError("sap.csv", f"line {reader.line_num}: {error}") from None
    finally:
        text.detach()
