"""MSCONS checked: our own messages are valid in both releases, and each mistake is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.edifact.service import DEFAULT
from emtkit.export.mscons.message import Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.export.mscons.validate import check_interchanges
from emtkit.export.mscons.validate.findings import KINDS, MAX_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.mscons.validate import InterchangeReport

SENDER = Partner("9900000000011", "500", "293")
RECEIVER = Partner("9900000000029", "500", "293")
GAS_SENDER = Partner("9800000000013", "502", "332")
GAS_RECEIVER = Partner("9800000000021", "502", "332")
MALO = "51238696781"
MELO = "DE00014559929E00856996N5139699L01"
NOVEMBER = datetime(2026, 11, 1, 23, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def profile(start: datetime = NOVEMBER, count: int = 96, step: timedelta = QUARTER) -> list[Quantity]:
    return [Quantity(Decimal("0.125"), begin=start + i * step, end=start + (i + 1) * step) for i in range(count)]


def message(pid: str, **fields: Any) -> Message:
    usual = {
        "reference": "1",
        "release": "2.5",
        "document_code": "Z48",
        "document": "EMT1-1",
        "date": datetime(2026, 11, 3, 8, tzinfo=UTC),
        "pruefidentifikator": pid,
        "sender": SENDER,
        "receiver": RECEIVER,
    }
    return Message(**{**usual, **fields})


def load_profile(start: datetime = NOVEMBER, count: int = 96, **fields: Any) -> Message:
    values = profile(start, count)
    usual = {
        "location": MALO,
        "begin": start,
        "end": start + count * QUARTER,
        "lines": [Line("1-1:1.29.0", values)],
        "date": start + count * QUARTER + timedelta(hours=3),
    }
    return message("13025", **{**usual, **fields})


def meter_reading(quantity: Quantity, **fields: Any) -> Message:
    usual = {"location": MELO, "device": "1EMT0012345678", "lines": [Line("1-1:1.8.0", [quantity])]}
    return message("13017", **{**usual, "document_code": "7", **fields})


def interchange(*messages: Message, reference: str = "VL", decimal: str = ".", **fields: Any) -> bytes:
    service = DEFAULT._replace(decimal=decimal)
    first = messages[0]
    envelope = Interchange(
        **{
            "reference": "EMT1",
            "sender": first.sender,
            "receiver": first.receiver,
            "created": max(each.date for each in messages),
            "application_reference": reference,
            "service": service,
            **fields,
        }
    )
    writer = MessageWriter(service)
    return envelope.text([writer.text(each) for each in messages]).encode("latin-1")


def check(data: bytes) -> InterchangeReport:
    (report,) = check_interchanges(data)
    return report


def codes(data: bytes) -> set[str]:
    return {finding.code for report in check_interchanges(data) for finding in report.errors}


PROFILE = interchange(load_profile(), reference="TL")
TRUE = Quantity(Decimal("777.5"), nutzungszeitpunkt=NOVEMBER)
SUBSTITUTE = TRUE._replace(code="67", method="ZJ2", reason="Z75")
READING = interchange(meter_reading(SUBSTITUTE))


def own_messages() -> Iterator[tuple[str, Message]]:
    yield "TL", load_profile()
    yield "TL", load_profile(datetime(2026, 10, 24, 22, tzinfo=UTC), 100)
    yield "TL", load_profile(datetime(2027, 3, 27, 23, tzinfo=UTC), 92)
    melo = load_profile(location=MELO, document_code="7", pruefidentifikator="13018")
    yield "TL", melo
    yield "VL", meter_reading(TRUE)
    yield "VL", meter_reading(SUBSTITUTE)
    yield "VL", meter_reading(TRUE._replace(code="Z18"), location=None, device=None, konfigurations_id="KONFIG-1")
    yield "VL", meter_reading(TRUE._replace(ablesedatum=NOVEMBER.date()))
    energy = Quantity(
        Decimal("5669.998"), begin=NOVEMBER - timedelta(days=1), end=NOVEMBER, energy_basis=("Z36", "Z37")
    )
    yield (
        "EM",
        message("13019", document_code="7", location=MALO, lines=[Line("1-1:1.9.0", [energy])]),
    )
    six = datetime(2026, 11, 1, 5, tzinfo=UTC)
    yield (
        "VL",
        message(
            "13002",
            document_code="7",
            location=MELO,
            device="7EMT0012345678",
            sender=GAS_SENDER,
            receiver=GAS_RECEIVER,
            lines=[Line("7-0:3.0.0", [Quantity(Decimal("4711.5"), nutzungszeitpunkt=six)])],
        ),
    )


@pytest.mark.parametrize("release", ["2.5", "2.4c"])
@pytest.mark.parametrize(
    ("reference", "each"), list(own_messages()), ids=lambda value: getattr(value, "pruefidentifikator", "")
)
@pytest.mark.parametrize("decimal", [".", ","])
def test_what_we_write_is_valid(reference: str, each: Message, release: str, decimal: str) -> None:
    each.release = release
    report = check(interchange(each, reference=reference, decimal=decimal))
    assert [finding.message for finding in report.errors] == []
    assert report.valid
    assert report.messages == 1
    assert report.values == each.value_count
    in_force = [finding for finding in report.warnings if finding.code != "mscons_check.release.date"]
    assert in_force == []
    assert bool(report.warnings) == (release == "2.4c")


def test_roles_are_not_decidable() -> None:
    assert {"32", "35"} <= set(check(PROFILE).undecided)
    assert "MSB" in check(PROFILE).undecided["35"]


@pytest.mark.parametrize(
    ("data", "old", "new", "code", "answer", "rule"),
    [
        (PROFILE, b"UNZ+1+", b"UNZ+2+", "mscons_check.envelope.count", "CONTRL 29", "UNZ DE0036"),
        (PROFILE, b"UNZ+1+EMT1", b"UNZ+1+EMT2", "mscons_check.envelope.reference", "CONTRL 28", "UNZ DE0020"),
        (PROFILE, b"UNT+302+", b"UNT+301+", "mscons_check.envelope.count", "CONTRL 29", "UNT DE0074"),
        (PROFILE, b"UNT+302+1", b"UNT+302+2", "mscons_check.envelope.reference", "CONTRL 28", "UNT DE0062"),
        (PROFILE, b"UNS+D'", b"", "mscons_check.segment.missing", "CONTRL 13", "MIG UNS M"),
        (PROFILE, b"NAD+MR", b"CTA+IC+:Max'NAD+MR", "mscons_check.segment.unknown", "CONTRL 15", "MIG CTA+IC"),
        (PROFILE, b"RFF+Z13:13025'", b"", "mscons_check.segment.missing", "CONTRL 13", "MIG SG1 RFF+Z13 R"),
        (PROFILE, b"Z13:13025", b"Z13:13024", "mscons_check.pruefidentifikator", "CONTRL 12", "MIG SG1 RFF+Z13 DE1154"),
        (PROFILE, b"UN:2.5", b"UN:2.2e", "mscons_check.release", "CONTRL 12", "UNH S009"),
        (
            PROFILE,
            b"BGM+Z48+EMT1-1",
            b"BGM+Z48+" + b"E" * 36,
            "mscons_check.element.long",
            "CONTRL 39",
            "MIG BGM DE1004 an..35",
        ),
        (PROFILE, b"BGM+Z48+EMT1", b"BGM+Z48+EM\x80", "mscons_check.character", "CONTRL 21", "UNOC"),
        (PROFILE, b"LIN+1'", b"LIN+x'", "mscons_check.element.type", "CONTRL 37", "MIG LIN DE1082 n..6"),
        (PROFILE, b"1-1?:1.29.0", b"1-1:1.29.0", "mscons_check.element.many", "CONTRL 16", "MIG PIA"),
        (
            PROFILE,
            b"NAD+MS+9900000000011",
            b"NAD+MS+9900000000003",
            "mscons_check.reference",
            "",  # no code of APERAK is for it
            "UNB DE0004 = NAD+MS DE3039",
        ),
        (PROFILE, b"++TL'", b"++EM'", "mscons_check.value", "APERAK Z39", "13025 UNB DE0026"),
        (PROFILE, b"+EMT1+", b"+emt1+", "mscons_check.format", "APERAK Z35", "[918]"),
        (PROFILE, b"BGM+Z48", b"BGM+7", "mscons_check.value", "APERAK Z39", "13025 BGM DE1001"),
        (
            PROFILE,
            b"LOC+172+" + MALO.encode(),
            b"LOC+172+" + MELO.encode(),
            "mscons_check.format",
            "APERAK Z35",
            "[950]",
        ),
        (PROFILE, b"1.29.0", b"1.8.0", "mscons_check.register", "APERAK Z39", "[501]"),
        (PROFILE, b"220:0.125", b"220:0.1254", "mscons_check.format", "APERAK Z35", "[906]"),
        (PROFILE, b"220:0.125", b"220:-0.125", "mscons_check.format", "APERAK Z35", "[902]"),
        (PROFILE, b"220:0.125", b"220:0,125", "mscons_check.format", "APERAK Z35", "[902] [906]"),
        (PROFILE, b"LIN+1'", b"LIN+2'", "mscons_check.line_number", "APERAK Z35", "[908]"),
        (PROFILE, b"202611030200?+00", b"202611020800?+00", "mscons_check.time", "APERAK Z41", "[495]"),
        (READING, b"STS+Z40++Z75'", b"", "mscons_check.missing", "APERAK Z29", "13017 SG10 STS+Z40 Muss [92]"),
        (
            READING,
            b"QTY+67",
            b"QTY+220",
            "mscons_check.package",
            "APERAK Z38",
            "13017 SG10 STS+Z32 DE9013 ZJ2 X [4P0..1]",
        ),
        (READING, b"++ZJ2", b"++Z95", "mscons_check.value", "APERAK Z39", "13017 SG10 STS+Z32 DE9013"),
        (READING, b"202611012300?+00", b"202611012200?+00", "mscons_check.format", "APERAK Z35", "[UB1]"),
        (
            READING,
            b"DTM+7:202611012300?+00:303'",
            b"",
            "mscons_check.missing",
            "APERAK Z29",
            "13017 SG10 DTM+7 Muss [569]",
        ),
        (READING, b"RFF+MG:1EMT0012345678'", b"", "mscons_check.missing", "APERAK Z29", "13017 SG7 RFF+MG Muss [131]"),
    ],
)
def test_a_mistake_is_named(data: bytes, old: bytes, new: bytes, code: str, answer: str, rule: str) -> None:
    assert old in data
    report = check(data.replace(old, new, 1))
    assert not report.valid
    assert (code, answer, rule) in {(found.code, found.kind.answer, found.rule) for found in report.errors}


def without(number: int) -> bytes:
    values = profile()
    del values[number]
    return interchange(load_profile(lines=[Line("1-1:1.29.0", values)]), reference="TL")


@pytest.mark.parametrize("number", [0, 1, 50, 95])
def test_a_missing_value_is_a_gap(number: int) -> None:
    assert codes(without(number)) == {"mscons_check.interval.gap", "mscons_check.period.count"}


def test_places_are_those_of_the_file() -> None:
    data = PROFILE.replace(b"220:0.125", b"220:0.1259", 1)
    (finding,) = check(data).errors
    assert data[finding.start : finding.end] == b"0.1259"
    assert (finding.segment, finding.tag, finding.reference) == (15, "QTY", "1")


def test_intervals() -> None:
    values = profile()
    twice = [*values[:3], values[2], *values[4:]]
    assert "mscons_check.interval.overlap" in codes(
        interchange(load_profile(lines=[Line("1-1:1.29.0", twice)]), reference="TL")
    )
    hours = profile(count=24, step=timedelta(hours=1))
    assert "mscons_check.interval.length" in codes(
        interchange(load_profile(lines=[Line("1-1:1.29.0", hours)]), reference="TL")
    )
    turned = values[5]._replace(begin=values[5].end, end=values[5].begin)
    assert "mscons_check.interval.inverted" in codes(
        interchange(load_profile(lines=[Line("1-1:1.29.0", [*values[:5], turned, *values[6:]])]), reference="TL")
    )
    outside = load_profile(lines=[Line("1-1:1.29.0", profile(count=97))], date=NOVEMBER + timedelta(days=2))
    assert "mscons_check.interval.outside" in codes(interchange(outside, reference="TL"))
    shifted = load_profile(NOVEMBER + timedelta(hours=1))
    assert codes(interchange(shifted, reference="TL")) == {"mscons_check.period"}


def test_several_interchanges_of_a_file() -> None:
    reports = list(check_interchanges(PROFILE + b"\r\n" + READING.replace(b"UNZ+1", b"UNZ+3")))
    assert [report.valid for report in reports] == [True, False]
    assert reports[1].errors[0].segment == 19


@pytest.mark.parametrize("data", [b"", b"\n", b"hello", b"UNA:+.? '", PROFILE[:500], PROFILE.replace(b"UNB", b"UNC")])
def test_what_is_no_interchange(data: bytes) -> None:
    reports = list(check_interchanges(data))
    assert reports
    assert not all(report.valid for report in reports)


def test_findings_are_limited() -> None:
    data = interchange(load_profile(count=96 * 30, lines=[Line("1-1:1.29.0", profile(count=96 * 30))]), reference="TL")
    report = check(data.replace(b"QTY+220:0.125", b"QTY+220:0.12599"))
    assert len(report.errors) == MAX_FINDINGS
    assert report.more == 96 * 30 - MAX_FINDINGS


@given(at=st.integers(0, len(READING) - 1), value=st.integers(0, 255))
def test_any_byte_gives_a_report(at: int, value: int) -> None:
    data = bytearray(READING)
    data[at] = value
    for report in check_interchanges(bytes(data)):
        assert all(finding.code in KINDS for finding in report.errors + report.warnings)
        assert report.to_dict()["valid"] is report.valid


@given(end=st.integers(0, len(READING) - 1))
def test_every_beginning_is_invalid(end: int) -> None:
    assert not all(report.valid for report in check_interchanges(READING[:end]))
