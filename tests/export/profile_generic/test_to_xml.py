"""The XML form: what gateways send, what is refused, and what a capture becomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from emtkit.export import registry
from emtkit.export.profile_generic.profile import Column, Entry, Profile, readings_of
from emtkit.export.profile_generic.to_xml import decode, encode, logical_name
from emtkit.export.profile_generic.xml_tree import MAX_DEPTH, parse_xml
from emtkit.model.decoded import Decoded
from emtkit.model.errors import DecodeError, EncodeError, Truncated
from emtkit.model.meter_id import MeterId
from emtkit.model.obis import Obis
from emtkit.model.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "1emt0000010001"
MOMENT = datetime(2026, 11, 2, 0, 0, 1, tzinfo=UTC)
PROFILE = Profile(
    Obis(1, 0, 99, 1, 0),
    NAME,
    [
        Column(
            Obis(1, 0, 1, 8, 0),
            NAME,
            [
                Entry(10_000_000, -1, 30, MOMENT, bytes.fromhex("a000000000100504"), b"\0"),
                Entry(10_000_250, -1, 30, MOMENT + timedelta(minutes=15), 0),
            ],
        ),
        Column(Obis(1, 0, 2, 8, 0), NAME, [Entry(5, 0, 30, MOMENT)]),
    ],
)
TEXT = encode(PROFILE).decode()


def test_golden(golden: Callable[[str, str], None]) -> None:
    golden("profile_generic/profile.xml", TEXT)


def test_prefixes_spacing_offsets_and_older_names_do_not_matter() -> None:
    other = (
        TEXT.replace("prog:", "")
        .replace("xmlns:prog", "xmlns")
        .replace("cox:", "e:")
        .replace("xmlns:cox", "xmlns:e")
        .replace("><", ">\n  <")
        .replace("2026-11-02T00:00:01Z", "2026-11-02T01:00:01+01:00")
        .replace(NAME, NAME.upper())
    )
    assert other != TEXT
    assert decode(other.encode()).profile == PROFILE
    assert decode(other.replace('encoding="UTF-8"', "").encode("utf-16")).profile == PROFILE
    unsigned = TEXT.replace("<cox:long64>5</cox:long64>", "<cox:long64_unsigned>5</cox:long64_unsigned>")
    assert decode(unsigned.encode()).profile.columns[1].entries[0].kind == "long64-unsigned"


def test_columns_are_found_by_their_id() -> None:
    first, second = TEXT.index('<prog:column count="2"'), TEXT.index('<prog:column count="1"')
    end = TEXT.index("</prog:simple_data>")
    assert decode((TEXT[:first] + TEXT[second:end] + TEXT[first:second] + TEXT[end:]).encode()).profile == PROFILE


def test_a_wrong_count_is_reported_and_everything_is_read() -> None:
    read = decode(TEXT.replace('<prog:column count="2"', '<prog:column count="3"').encode())
    assert read.profile == PROFILE
    assert [(finding.code, finding.message) for finding in read.diagnostics] == [
        ("profile.xml.count", "line 11: column says count 3 and has 2")
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("<cox:scaler>-1", "<cox:scaler>-129", "profile.xml.value", "line 12, scaler: a whole number from -128 to 127"),
        ("<cox:scaler>-1", "<cox:scaler>1e3", "profile.xml.value", "line 12, scaler: "),
        ("<cox:unit>30", "<cox:unit>256", "profile.xml.value", "line 12, unit: "),
        ("<cox:long64>10000000", "<cox:long64>9223372036854775808", "profile.xml.value", "line 12, value: "),
        ("cox:long64>", "cox:float32>", "profile.xml.value", "line 12, value: a value of type 'float32'"),
        ("2026-11-02T00:00:01Z", "2026-11-02T00:00:01", "profile.xml.value", "line 12, capture_time: "),
        ("2026-11-02T00:00:01Z", "0001-01-01T00:00:00+14:00", "profile.xml.value", "line 12, capture_time: "),
        ("a000000000100504", "a00", "profile.xml.value", "line 12, octet-string: "),
        (
            f'"1"><cox:logical_name>0100010800ff.{NAME}.sm',
            '"1"><cox:logical_name>1.8.0',
            "profile.xml.value",
            "line 6, ",
        ),
        (
            '<prog:capture_object id="2"',
            '<prog:capture_object id="1"',
            "profile.xml.value",
            "line 5, capture_objects: ",
        ),
        ('count="1" id="2"', 'count="1" id="3"', "profile.xml.value", "line 15: column 3 has no capture object"),
        ("cox:capture_time>", "cox:time>", "profile.xml.missing", "line 12: entry_gateway_signed has no capture_time"),
        ("prog:simple_data", "prog:data", "profile.xml.missing", "line 9: buffer has no simple_data"),
        ('class_id="7"', 'class_id="3"', "profile.xml.not_values", "an object of class 3, not 7"),
        ("profile_generic-1", "kaf_lmn_container-1", "profile.xml.not_values", "not a list of values but the conf"),
        ("</prog:object>", "", "profile.xml.syntax", "not XML: "),
        ("</prog:object>", "</object>", "profile.xml.syntax", "not XML: "),
        ('encoding="UTF-8"', 'encoding="klingon"', "profile.xml.syntax", "not XML: "),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, code: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(DecodeError) as error:
        decode(TEXT.replace(old, new).encode())
    assert error.value.code == code
    assert error.value.message.startswith(message)


def test_a_document_that_ends_early_is_truncated() -> None:
    with pytest.raises(Truncated):
        decode(b"")
    with pytest.raises(Truncated):
        decode(TEXT[:200].encode())


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://example.org/x.dtd"> %b;]>',
        "<!DOCTYPE a>",
    ],
)
def test_declarations_are_refused(declaration: str) -> None:
    with pytest.raises(DecodeError) as error:
        decode(TEXT.replace("?>\n", f"?>\n{declaration}\n").encode())
    assert error.value.code == "profile.xml.dtd"


def test_nesting_is_limited() -> None:
    with pytest.raises(DecodeError) as error:
        parse_xml(b"<a>" * (MAX_DEPTH + 1))
    assert error.value.code == "profile.xml.limit"


@pytest.mark.parametrize("name", ["", "a b", "A", "a.b", "../a", "a<b", "x" * 65])
def test_names_that_cannot_stand_in_a_logical_name(name: str) -> None:
    with pytest.raises(EncodeError) as error:
        logical_name(Obis(1, 0, 1, 8, 0), name)
    assert error.value.code == "profile.device"


def test_a_capture_becomes_one_file_per_meter(tmp_path: Path) -> None:
    start = datetime(2026, 11, 1, 23, 0, 4, tzinfo=UTC)
    electricity, heat = MeterId.of("EMT", "00010001", 1, 2), MeterId.of("EMT", "00010004", 1, 4)
    nameless = MeterId(None, "?")
    energy, gallons = ("energy", "Wh", "1-0:1.8.0*255"), ("volume", "gal", "1-0:9.9.9*255")
    heat_energy, text = ("energy", "J", "6-0:1.0.0*255"), ("text", "", None)

    def readings(index: int, *forms: tuple[str, str, str | None]) -> list[Reading]:
        moment = start + index * timedelta(minutes=15)
        return [Reading(quantity, Decimal(index), unit, obis, time=moment) for quantity, unit, obis in forms]

    frames = []
    for index in range(97):
        frames.append(Decoded("wmbus", "complete", electricity, readings=readings(index, energy, gallons)))
        frames.append(Decoded("wmbus", "complete", heat, readings=readings(index, heat_energy, text)))
        frames.append(Decoded("wmbus", "complete", nameless, readings=readings(index, energy)))
    report = registry.write("profile-xml", frames, tmp_path / "out", options={"logical_name": "1-0:94.49.128*39"})
    assert [(item.path.name if item.path else None, item.what, item.items) for item in report.written] == [
        ("01005e318027.1emt0000010001.sm.xml", "values of 1emt0000010001", 97),
        ("01005e318027.6emt0000010004.sm.xml", "values of 6emt0000010004", 97),
    ]
    assert [(finding.field, finding.code) for finding in report.refused] == [
        ("1EMT0000010001 1-0:9.9.9*255", "profile.unit"),
        ("? 1-0:1.8.0*255", "profile.device"),
    ]
    assert report.diagnostics == []
    read = decode((tmp_path / "out" / "01005e318027.6emt0000010004.sm.xml").read_bytes()).profile
    found = [reading for _, reading in readings_of(read)]
    assert [(str(reading.value), reading.unit) for reading in found[:2]] == [("0", "J"), ("1", "J")]
    assert found[0].time == start


def test_two_meters_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 1, 23, tzinfo=UTC)
    frames = []
    for version in (1, 2):
        reading = Reading("energy", Decimal(version), "Wh", "1-0:1.8.0*255", time=moment)
        frames.append(Decoded("wmbus", "complete", MeterId.of("EMT", "00010001", version, 2), readings=[reading]))
    report = registry.write("profile-xml", frames, tmp_path)
    assert len(report.written) == 1
    assert [finding.code for finding in report.refused] == ["export.same_file"]
    assert b">1</cox:long64>" in (tmp_path / f"0100630100ff.{NAME}.sm.xml").read_bytes()
