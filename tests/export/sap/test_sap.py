"""Bodies for SAP: what stands in them, what is configurable, what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.export import registry
from emtkit.export.profile_generic.xml_tree import parse_xml
from emtkit.export.sap import to_mr_upload
from emtkit.model.decoded import Decoded
from emtkit.model.errors import ConfigError, DecodeError
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from emtkit.export.registry import Report

MakeDay = Callable[..., list[Decoded]]
HEADER = {"message_id": "M1", "created": "2026-11-04T08:00:00Z"}


def point(**fields: Any) -> Points:
    values: dict[str, Any] = {
        "meter": "1EMT0000010001", "register": "1-0:1.8.0", "konfigurations_id": "TASK-7", **fields
    }  # fmt: skip
    return Points([Point(**values)])


def body(name: str, frames: list[Decoded], points: Points | None = None, **options: str) -> tuple[str, Report]:
    out = io.BytesIO()
    report = registry.write(name, frames, out, points=points or point(), options={**HEADER, **options})
    return out.getvalue().decode(), report


def test_a_time_series(day: MakeDay) -> None:
    text, report = body("sap-timeseries", day(leave_out=4), point(ratio=Decimal(40)), uuid="U1", status_true="1")
    assert report.written == [(None, "items", 94)]
    assert text.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<n0:UtilitiesTimeSeriesERPItemBulkChangeRequest '
        'xmlns:n0="http://sap.com/xi/SAPGlobal20/Global">\n<MessageHeader><ID>M1</ID><UUID>U1</UUID>'
        "<CreationDateTime>2026-11-04T08:00:00Z</CreationDateTime></MessageHeader>\n"
    )
    root = parse_xml(text.encode())
    assert root is not None
    assert (
        "<UtilitiesTimeSeries><ID>TASK-7</ID><Item><UTCValidityStartDateTime>2026-11-01T23:00:00Z"
        "</UTCValidityStartDateTime><UTCValidityEndDateTime>2026-11-01T23:15:00Z</UTCValidityEndDateTime>"
        '<Quantity unitCode="KWH">10</Quantity><ItemStatus><UtilitiesTimeSeriesItemTypeCode>1'
        "</UtilitiesTimeSeriesItemTypeCode></ItemStatus></Item>"
    ) in text


def test_results(day: MakeDay) -> None:
    text, report = body("sap-results", day(), reason="01", system="HES1")
    assert report.written == [(None, "results", 2)]
    assert (
        "<Result><MeterReadingReasonCode>01</MeterReadingReasonCode>"
        "<UtilitiesMeasurementTaskID>TASK-7</UtilitiesMeasurementTaskID>"
        "<UtilitiesDeviceID>1EMT0000010001</UtilitiesDeviceID>"
        "<UtilitiesAdvancedMeteringSystemID>HES1</UtilitiesAdvancedMeteringSystemID>"
        "<MeterReadingDate>2026-11-02</MeterReadingDate><MeterReadingTime>00:00:00</MeterReadingTime>"
        "<ActualMeterReadingDate>2026-11-02</ActualMeterReadingDate>"
        "<ActualMeterReadingTime>00:00:07</ActualMeterReadingTime>"
        "<MeterReadingResultValue>1000</MeterReadingResultValue></Result>"
    ) in text


def test_names_and_namespace_may_be_others(day: MakeDay) -> None:
    text, _ = body(
        "sap-results",
        day(),
        point(geraetenummer="A & B"),
        names="UtilitiesDeviceID=UtiltiesDeviceID",
        namespace="urn:x",
    )
    assert '<n0:MeterReadingDocumentERPResultBulkCreateRequest xmlns:n0="urn:x">' in text
    assert "<UtiltiesDeviceID>A &amp; B</UtiltiesDeviceID>" in text


def test_an_upload_reads_back(day: MakeDay) -> None:
    out = io.BytesIO()
    to_mr_upload.write(day(), out, points=point(), options=to_mr_upload.Options(reason="09"))
    rows = list(to_mr_upload.read_rows(io.BytesIO(out.getvalue())))
    assert tuple(rows[0]) == to_mr_upload.COLUMNS
    assert {name: cell for name, cell in rows[1].items() if cell} == {
        "SERIALNO": "1EMT0000010001",
        "REGISTER": "1-0:1.8.0",
        "MRREASON": "09",
        "READINGRESULT": "1028.56",
        "MRDATEFORBILLING": "20261103",
        "MRTIMEFORBILLING": "000000",
        "ACTUALMRDATE": "20261103",
        "ACTUALMRTIME": "000007",
    }


@pytest.mark.parametrize(
    ("code", "name", "points", "options"),
    [
        ("sap.id", "sap-timeseries", {}, {"id_field": "note"}),
        ("sap.future", "sap-timeseries", {}, {"created": "2026-11-02T08:00:00Z"}),
        ("sap.status", "sap-timeseries", {}, {"substitutes": "interpolation"}),
        ("sap.unit", "sap-timeseries", {}, {"units": "J"}),
        ("sap.text", "sap-timeseries", {"konfigurations_id": None, "note": "a\x01"}, {"id_field": "note"}),
        ("sap.status", "sap-results", {}, {"substitutes": "interpolation", "step": "15"}),
    ],
)
def test_what_is_refused(day: MakeDay, code: str, name: str, points: dict[str, Any], options: dict[str, str]) -> None:
    frames = day(leave_out=40)
    if code == "sap.unit":
        for frame in frames:
            for reading in frame.readings:
                reading.unit, reading.quantity, reading.obis = "HCA", "heat_cost_units", "4-0:1.0.0*255"
        points = {"register": "4-0:1.0.0"}
    _, report = body(name, frames, point(**points), **options)
    assert [refusal.code for refusal in report.refused] == [code]


@pytest.mark.parametrize(
    ("code", "name", "options"),
    [
        ("sap.header", "sap-results", {"message_id": ""}),
        ("sap.header", "sap-timeseries", {"created": "2026-11-04T08:00:00"}),
        ("sap.names", "sap-timeseries", {"names": "A=1"}),
        ("sap.values", "sap-timeseries", {"values": "register"}),
        ("sap.values", "sap-results", {"values": "interval"}),
    ],
)
def test_options_that_cannot_be(code: str, name: str, options: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        body(name, [], None, **options)
    assert caught.value.code == code


def test_an_upload_has_registers() -> None:
    with pytest.raises(ConfigError) as caught:
        to_mr_upload.write([], io.BytesIO(), options=to_mr_upload.Options(values="interval"))
    assert caught.value.code == "sap.values"


@pytest.mark.parametrize("data", [b"A;B\n1\n", b'A\n"1\n', b"\xff"])
def test_tables_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        list(to_mr_upload.read_rows(io.BytesIO(data)))
    assert caught.value.code == "sap.csv"


def test_times_are_utc() -> None:
    from emtkit.export.sap.body import stamp

    assert stamp(datetime(2026, 11, 2, tzinfo=UTC)) == "2026-11-02T00:00:00Z"
