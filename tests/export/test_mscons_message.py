"""The text of a message and of an interchange."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.edifact.service import DEFAULT
from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.grid import BERLIN
from emtkit.export.mscons.message import MAX_VALUES, Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.interchange import Interchange, References, seed_of
from emtkit.export.mscons.releases import release_at
from emtkit.model.errors import ConfigError, EmtkitError, EncodeError

SENDER = Partner("9900000000011", "500", "293")
RECEIVER = Partner("4012345678901", "14", "9")
NOON = datetime(2026, 11, 1, 11, tzinfo=UTC)


def message(**fields: Any) -> Message:
    return Message(
        **{
            "reference": "1",
            "release": "2.5",
            "document_code": "7",
            "document": "EMT1-1",
            "date": datetime(2026, 11, 3, 8, tzinfo=UTC),
            "pruefidentifikator": "13017",
            "sender": SENDER,
            "receiver": RECEIVER,
            **fields,
        }
    )


def quantity_text(quantity: Quantity, decimal: str = ".") -> str:
    text = MessageWriter(DEFAULT._replace(decimal=decimal)).text(message(lines=[Line("1-1:1.8.0", [quantity])]))
    return text.partition("SRW'")[2].partition("UNT")[0]


def test_everything_in_the_order_of_the_mig() -> None:
    full = Quantity(
        Decimal("12345.678"),
        "67",
        NOON,
        NOON + timedelta(hours=1),
        date(2026, 11, 1),
        NOON,
        NOON,
        ("Z84", "Z86"),
        "Z92",
        "ZA4",
        "Z75",
        "ZG3",
        ("Z36", "Z37"),
    )
    text = MessageWriter().text(
        message(
            order_reference="ORDERS4711",
            master_data_reference="UTILMD1",
            location="DE00056266802AO6G56M11SN51G21M24S",
            begin=NOON,
            end=NOON + timedelta(hours=1),
            device="1EMT0012345678",
            konfigurations_id="KONFIG-0001",
            lines=[Line("1-1:1.8.1", [full]), Line("1-1:1.8.2", [Quantity(Decimal(7))])],
        )
    )
    assert text == (
        "UNH+1+MSCONS:D:04B:UN:2.5'BGM+7+EMT1-1+9'DTM+137:202611030800?+00:303'RFF+AGI:ORDERS4711'RFF+Z30:UTILMD1'"
        "RFF+Z13:13017'NAD+MS+9900000000011::293'NAD+MR+4012345678901::9'UNS+D'NAD+DP'"
        "LOC+172+DE00056266802AO6G56M11SN51G21M24S'DTM+163:202611011100?+00:303'DTM+164:202611011200?+00:303'"
        "RFF+MG:1EMT0012345678'RFF+AGK:KONFIG-0001'LIN+1'PIA+5+1-1?:1.8.1:SRW'QTY+67:12345.678'"
        "DTM+163:202611011100?+00:303'DTM+164:202611011200?+00:303'DTM+9:20261101:102'DTM+7:202611011100?+00:303'"
        "DTM+60:202611011100?+00:303'STS+Z33++Z84'STS+Z33++Z86'STS+Z32++Z92'STS+Z34++ZA4'STS+Z40++Z75'STS+Z31++ZG3'"
        "STS+10+Z36'STS+10+Z37'LIN+2'PIA+5+1-1?:1.8.2:SRW'QTY+220:7'UNT+35+1'"
    )
    assert len(list(read_segments(text.encode("latin-1")))) == 35


def test_the_least_there_is() -> None:
    assert MessageWriter().text(message()).endswith("NAD+DP'LOC+172'UNT+10+1'")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("0.000", "0.000"),
        ("-0.0", "0.0"),
        ("-1.5", "-1.5"),
        ("1E+3", "1000"),
        ("1.20E+4", "12000"),
        ("1E-9", "0.000000001"),
        ("12345678901234567890123456789012345", "12345678901234567890123456789012345"),
    ],
)
def test_numbers_have_no_exponent(value: str, text: str) -> None:
    assert quantity_text(Quantity(Decimal(value))) == f"QTY+220:{text}'"
    assert quantity_text(Quantity(Decimal(value)), ",") == f"QTY+220:{text.replace('.', ',')}'"


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "-NaN123",
        "Infinity",
        "-Infinity",
        "1E+35",
        "1E+999999",
        "1E-999999",
        "123456789012345678901234567890123456",
    ],
)
def test_numbers_that_do_not_fit_are_refused(value: str) -> None:
    with pytest.raises(EncodeError) as caught:
        quantity_text(Quantity(Decimal(value)))
    assert caught.value.code == "mscons.number"


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_any_number_is_written_exactly_or_refused(value: Decimal) -> None:
    try:
        text = quantity_text(Quantity(value))
    except EncodeError:
        return
    (segment,) = read_segments(text.encode())
    assert Decimal(segment.get(1, 2)) == value
    assert not set(segment.get(1, 2)) - set("-.0123456789")


def test_times_are_utc_whatever_their_zone() -> None:
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    winter = summer.replace(fold=1)
    assert quantity_text(Quantity(Decimal(1), begin=summer, end=winter)) == (
        "QTY+220:1'DTM+163:202610250030?+00:303'DTM+164:202610250130?+00:303'"
    )
    india = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert quantity_text(Quantity(Decimal(1), nutzungszeitpunkt=india)) == "QTY+220:1'DTM+7:202512311830?+00:303'"


def test_when_a_meter_was_read_is_cut_to_the_minute() -> None:
    read = NOON.replace(second=59, microsecond=999999)
    assert quantity_text(Quantity(Decimal(1), ablesedatum=read)) == "QTY+220:1'DTM+9:202611011100?+00:303'"


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 1),
        NOON.replace(second=1),
        NOON.replace(microsecond=1),
        NOON.replace(year=1),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_times_that_the_format_does_not_have_are_refused(moment: datetime) -> None:
    with pytest.raises(EncodeError) as caught:
        quantity_text(Quantity(Decimal(1), nutzungszeitpunkt=moment))
    assert caught.value.code == "mscons.time"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reference", "1" * 15),
        ("reference", ""),
        ("document", "D" * 36),
        ("location", "D" * 36),
        ("device", "1" * 71),
        ("konfigurations_id", ""),
        ("order_reference", "O" * 71),
    ],
)
def test_texts_have_their_length(name: str, text: str) -> None:
    with pytest.raises(EncodeError) as caught:
        MessageWriter().text(message(**{name: text}))
    assert caught.value.code == "mscons.text"
    assert name in caught.value.message


def test_a_line_has_9999_values_at_most() -> None:
    values = [Quantity(Decimal(1))] * MAX_VALUES
    text = MessageWriter().text(message(lines=[Line("1-1:1.29.0", values)]))
    assert text.endswith(f"UNT+{MAX_VALUES + 12}+1'")
    with pytest.raises(EncodeError) as caught:
        MessageWriter().text(message(lines=[Line("1-1:1.29.0", [*values, Quantity(Decimal(1))])]))
    assert caught.value.code == "mscons.count"


def test_characters_outside_unoc_are_refused() -> None:
    with pytest.raises(EncodeError) as caught:
        MessageWriter().text(message(device="1€"))
    assert caught.value.code == "edifact.charset"


def interchange(**fields: Any) -> Interchange:
    return Interchange(
        **{
            "reference": "EMT7K300000001",
            "sender": SENDER,
            "receiver": RECEIVER,
            "created": datetime(2026, 11, 3, 0, 30, tzinfo=BERLIN),
            "application_reference": "VL",
            **fields,
        }
    )


def test_interchange() -> None:
    envelope = interchange()
    texts = [MessageWriter().text(message(reference=str(number))) for number in (1, 2)]
    text = envelope.text(texts)
    assert text.startswith(
        "UNA:+.? 'UNB+UNOC:3+9900000000011:500+4012345678901:14+261102:2330+EMT7K300000001++VL'UNH+1+MSCONS"
    )
    assert text.endswith("UNT+10+2'UNZ+2+EMT7K300000001'")
    assert envelope.file_name == "MSCONS_VL_9900000000011_4012345678901_20261102_EMT7K300000001.txt"
    assert "EMT7K300000001++VL++++1'UNH" in interchange(test=True).text(texts)


@pytest.mark.parametrize("reference", ["", "emt1", "EMT 1", "EMT_1", "A" * 15, "EMT+1", "ÄMT1"])
def test_references_have_capitals_and_digits(reference: str) -> None:
    with pytest.raises(ConfigError) as caught:
        interchange(reference=reference).text(["UNH'"])
    assert caught.value.code == "mscons.reference"
    with pytest.raises(ConfigError):
        References(reference)


def test_an_interchange_has_messages() -> None:
    with pytest.raises(EncodeError) as caught:
        interchange().text([])
    assert caught.value.code == "mscons.count"


def test_references_of_a_run() -> None:
    references = References("EMT7K3")
    assert [references.take() for _ in range(3)] == ["EMT7K300000001", "EMT7K300000002", "EMT7K300000003"]
    short = References("ABCDEFGHIJ")
    taken = [short.take() for _ in range(9999)]
    assert len(set(taken)) == 9999
    assert {len(reference) for reference in taken} == {14}
    with pytest.raises(EmtkitError) as caught:
        short.take()
    assert caught.value.code == "mscons.count"


def test_seeds_from_the_clock_of_the_caller() -> None:
    first = datetime(2026, 11, 3, 8, tzinfo=UTC)
    seeds = [seed_of(first + timedelta(seconds=second)) for second in (0, 1, 59, 86400)]
    assert seeds[0] == seed_of(first.replace(microsecond=999)) == "E3KIJK0"
    assert len(set(seeds)) == 4
    assert seeds == sorted(seeds)
    assert References(seeds[0]).take() == "E3KIJK00000001"


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-10-01T00:00:00+02:00", "2.5"),
        ("2026-09-30T23:59:59+02:00", "2.4c"),
        ("2026-09-30T22:00:00+00:00", "2.5"),
        ("2026-09-30T21:59:00+00:00", "2.4c"),
        ("2031-01-01T00:00:00+00:00", "2.5"),
        ("2024-04-03T00:00:00+02:00", "2.4c"),
    ],
)
def test_release_by_date(moment: str, name: str) -> None:
    assert release_at(datetime.fromisoformat(moment)).name == name


def test_no_release_before_the_oldest() -> None:
    with pytest.raises(EncodeError) as caught:
        release_at(datetime(2024, 4, 2, 21, 59, tzinfo=UTC))
    assert caught.value.code == "mscons.release"
