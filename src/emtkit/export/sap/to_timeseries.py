"""`sap-timeseries`: load profiles as UtilitiesTimeSeriesERPItemBulkChangeRequest. Not tested against SAP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from emtkit.export.from_capture import registers
from emtkit.export.registry import Report, Written
from emtkit.export.sap.body import Body, BodyOptions, stamp, unit_code
from emtkit.model.errors import ConfigError, EncodeError
from emtkit.model.series import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.export.from_capture import Register
    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "sap-timeseries"
SUFFIX: Final = ".xml"
TITLE: Final = "SAP UtilitiesTimeSeriesERPItemBulkChangeRequest (from public pages, not tested against SAP)"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = True
ROOT: Final = "UtilitiesTimeSeriesERPItemBulkChangeRequest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(BodyOptions):
    """What SAP's customizing decides.

    status_true        UtilitiesTimeSeriesItemTypeCode of a true value; without it there is no ItemStatus
    status_substitute  the same for a substitute; without it a substitute is refused
    """

    units: str = "kWh,kvarh"
    status_true: str = ""
    status_substitute: str = ""


def write(
    decoded: Iterable[Decoded], out: BinaryIO, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write one message per profile. Missing values have no item. Raises ConfigError `sap.header`, `sap.names`."""
    options = options or Options()
    body = Body(options)
    if options.values == "register":
        raise ConfigError("sap.values", "a time series has intervals; registers are in sap-results", field="values")
    report, items = Report(), 0
    out.write(body.begin(ROOT).encode())
    for register in registers(decoded, points, options, report):
        try:
            found = _items(register, body, options)
            series = body.group("UtilitiesTimeSeries", [body.text("ID", body.id_of(register)), *found])
        except EncodeError as error:
            report.refuse(str(register), error)
        else:
            message = body.group("UtilitiesTimeSeriesERPItemChangeRequestMessage", [series])
            out.write(f"{message}\n".encode())
            items += len(found)
    out.write(body.end(ROOT).encode())
    report.written.append(Written(None, "items", items))
    return report


def _items(register: Register, body: Body, options: Options) -> list[str]:
    codes = {Quality.TRUE: options.status_true, Quality.SUBSTITUTE: options.status_substitute}
    unit, found = unit_code(register), []
    for value in register.series.values:
        if value.value is None:
            continue
        code = codes.get(value.quality, "")
        if value.quality is not Quality.TRUE and not code:
            raise EncodeError("sap.status", f"{register}: no type code for a {value.quality} value")
        body.check_time(value.end)
        parts = [
            body.text("UTCValidityStartDateTime", stamp(value.start)),
            body.text("UTCValidityEndDateTime", stamp(value.end)),
            body.text("Quantity", format(value.value, "f"), unitCode=unit),
        ]
        if code:
            parts.append(body.group("ItemStatus", [body.text("UtilitiesTimeSeriesItemTypeCode", code)]))
        found.append(body.group("Item", parts))
    return found
