"""`sap-results`: meter readings as MeterReadingDocumentERPResultBulkCreateRequest. Not tested against SAP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from emtkit.export.from_capture import registers
from emtkit.export.grid import zone_of
from emtkit.export.registry import Report, Written
from emtkit.export.sap.body import Body, BodyOptions
from emtkit.model.errors import ConfigError, EncodeError
from emtkit.model.series import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.export.from_capture import Register
    from emtkit.model.decoded import Decoded
    from emtkit.model.series import SeriesValue
    from emtkit.points import Points

NAME: Final = "sap-results"
SUFFIX: Final = ".xml"
TITLE: Final = "SAP MeterReadingDocumentERPResultBulkCreateRequest (from public pages, not tested against SAP)"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = True
ROOT: Final = "MeterReadingDocumentERPResultBulkCreateRequest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(BodyOptions):
    """What SAP's customizing decides.

    reason     MeterReadingReasonCode; without it there is none
    type_code  MeterReadingTypeCode; without it there is none
    system     UtilitiesAdvancedMeteringSystemID; without it there is none
    """

    values: Literal["interval", "register"] = "register"
    step: int | Literal["day", "month"] = "day"
    units: str = "kWh,kvarh"
    reason: str = ""
    type_code: str = ""
    system: str = ""


def write(
    decoded: Iterable[Decoded], out: BinaryIO, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write one result per register and mark; true values only. Raises ConfigError `sap.header`, `sap.names`."""
    options = options or Options()
    body = Body(options)
    if options.values != "register":
        raise ConfigError("sap.values", "results are registers; intervals are in sap-timeseries", field="values")
    report, results = Report(), 0
    out.write(body.begin(ROOT).encode())
    for register in registers(decoded, points, options, report):
        try:
            found = [
                _result(register, value, body, options) for value in register.series.values if value.value is not None
            ]
        except EncodeError as error:
            report.refuse(str(register), error)
        else:
            out.writelines(f"{each}\n".encode() for each in found)
            results += len(found)
    out.write(body.end(ROOT).encode())
    report.written.append(Written(None, "results", results))
    return report


def _result(register: Register, value: SeriesValue, body: Body, options: Options) -> str:
    if value.quality is not Quality.TRUE or value.value is None:
        raise EncodeError("sap.status", f"{register}: a result is a true value, not a {value.quality} one")
    body.check_time(value.end)
    zone = zone_of(options.zone)
    mark, read = (moment.astimezone(zone) for moment in (value.end, value.sources[0] if value.sources else value.end))
    named = {
        "MeterReadingReasonCode": options.reason,
        "UtilitiesMeasurementTaskID": body.id_of(register),
        "UtilitiesDeviceID": register.device,
        "UtilitiesAdvancedMeteringSystemID": options.system,
        "MeterReadingDate": mark.date().isoformat(),
        "MeterReadingTime": mark.time().isoformat(),
        "ActualMeterReadingDate": read.date().isoformat(),
        "ActualMeterReadingTime": read.time().replace(microsecond=0).isoformat(),
        "MeterReadingTypeCode": options.type_code,
        "MeterReadingResultValue": format(value.value, "f"),
    }
    result = body.group("Result", [body.text(name, text) for name, text in named.items() if text])
    return body.group(
        "MeterReadingDocumentERPResultCreateRequestMessage", [body.group("MeterReadingDocument", [result])]
    )
