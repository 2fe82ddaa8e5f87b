"""Master data files: what a map may say of them, rows of CSV and XML, values by rule; any input is answered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emtkit.model.diagnostics import Severity
from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.points.masterdata.drafts import drafts_of
from emtkit.points.masterdata.mapping import read_map
from emtkit.points.masterdata.plan import plan_import
from emtkit.points.masterdata.rows import source_rows
from emtkit.points.masterdata.xml_rows import MAX_DEPTH, parse_path
from emtkit.points.problems import Problems

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "points"
DAY = date(2026, 11, 1)
FIELDS = '[fields]\nmeter = "{M}"\nregister = "1.8.0"\n'
CSV = '[source]\nformat = "csv"\n'


def read(tmp_path: Path, map_text: str, data: bytes, day: date = DAY) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the fields that the rows give, and the problems with their places."""
    problems = Problems()
    mapping = read_map(map_text, "map.toml", problems)
    assert mapping is not None, problems.found
    path = tmp_path / "data"
    path.write_bytes(data)
    tally = drafts_of(source_rows(path, mapping), mapping, day, problems)
    return [draft.fields for draft in tally.drafts], [
        f"{found.place.line} {found.field}: {found.message}" for found in problems.of(Severity.ERROR)
    ]


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-8", "M;Ort\n1;Köln\n".encode()),
        ("utf-8", "\ufeffM;Ort\r\n1;Köln\r\n".encode()),
        ("iso-8859-1", "M;Ort\n1;Köln\n".encode("latin-1")),
        ("windows-1252", "M,Ort\n\n1,Köln".encode("cp1252")),
        ("utf-16", "M\tOrt\n1\tKöln\n".encode("utf-16")),
    ],
)
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, data: bytes) -> None:
    text = f'[source]\nformat = "csv"\nencoding = "{encoding}"\n{FIELDS}note = "in {{Ort}}"\n'
    assert read(tmp_path, text, data)[0] == [{"meter": "1", "register": "1.8.0", "note": "in Köln"}]


def test_values_constants_defaults_and_numbers(tmp_path: Path) -> None:
    text = """
    [source]
    format = "csv"
    decimal = ","
    thousands = "."
    [fields]
    meter = { column = "M", strip_leading = "0" }
    register = { column = "R", values = { W = "1-0:1.8.0", B = "1-0:1.8.0" }, otherwise = "1-0:2.8.0", default = "x" }
    ratio = "{F}"
    decimals = 3
    note = "{A}/{B}"
    """
    data = b"M;R;F;A;B\n0007;W;1.000,50;a;b\n8;Z;2,0;a;\n9;;;;b\n"
    assert read(tmp_path, text, data)[0] == [
        {"meter": "7", "register": "1-0:1.8.0", "ratio": Decimal("1000.50"), "decimals": 3, "note": "a/b"},
        {"meter": "8", "register": "1-0:2.8.0", "ratio": 2, "decimals": 3},
        {"meter": "9", "register": "x", "decimals": 3},
    ]


def test_what_a_row_cannot_give_is_a_problem(tmp_path: Path) -> None:
    text = (
        CSV.replace("csv", 'csv"\ndecimal = ",')
        + FIELDS
        + 'ratio = "{F}"\nnote = { column = "N", values = { a = "b" } }\n'
    )
    found, problems = read(tmp_path, text, b'M;F;N\n1;1.5;a\n2;x;a\n3;1,5;"c"\n')
    assert [row.get("note") for row in found] == ["b", "b", None]
    assert problems == [
        "2 ratio: '1.5' is no number with a decimal comma",
        "3 ratio: 'x' is no number with the decimal mark ','",
        "4 note: 'c' is not in the map's values (a)",
    ]


@pytest.mark.parametrize(
    ("select", "meters"),
    [
        ('column = "S"\nequals = "A"', ["1", "2"]),
        ('column = "S"\nequals = ["A", "B"]', ["1", "2", "3"]),
        ('column = "S"\ndiffers = ["A", ""]', ["3"]),
        ('column = "M"\nlike = "[12]"', ["1", "2"]),
    ],
)
def test_rows_are_selected(tmp_path: Path, select: str, meters: list[str]) -> None:
    found, _ = read(tmp_path, f"{CSV}[[select]]\n{select}\n{FIELDS}", b"M;S\n1;A\n2;A\n3;B\n4;\n")
    assert [row["meter"] for row in found] == meters


@pytest.mark.parametrize(
    ("day", "meters"),
    [(date(2026, 1, 1), ["1", "3", "4"]), (date(2026, 9, 30), ["1", "3", "4"]), (date(2026, 10, 1), ["2", "3"])],
)
def test_rows_hold_from_their_first_to_their_last_day(tmp_path: Path, day: date, meters: list[str]) -> None:
    text = CSV + 'date = "DD.MM.YYYY"\nvalid = { first = "AB", last = "BIS" }\n' + FIELDS
    data = b"M;AB;BIS\n1;01.01.2026;30.09.2026\n2;01.10.2026;31.12.9999\n3;;00.00.0000\n4;;30.09.2026\n5;1.13.26;\n"
    found, problems = read(tmp_path, text, data, day)
    assert [row["meter"] for row in found] == meters
    assert problems == ["6 : '1.13.26' is no date of the form DD.MM.YYYY"]


@pytest.mark.parametrize(
    ("map_text", "data", "message"),
    [
        (CSV + FIELDS, b"X\n1\n", r"map.toml:4:1: the column 'M' is not in .*data, which has X"),
        (CSV + FIELDS, b"M;M\n1;2\n", "the column 'M' is twice in"),
        (CSV + FIELDS, b"M\n\xff\n", "is no utf-8"),
        (CSV + FIELDS, b'M\n1\n"2\n', r"data:3:1: not CSV"),
        (CSV.replace("csv", 'csv"\nencoding = "utf-16') + FIELDS, b"M", "no utf-16"),
    ],
)
def test_files_that_are_not_what_the_map_says(tmp_path: Path, map_text: str, data: bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        read(tmp_path, map_text, data)
    assert error.value.code == "points.source"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (FIELDS, "map.toml"),
        (CSV, "map.toml"),
        (CSV + "[fields]\nmeter = 1\n", "map.toml:3:1"),
        (CSV + FIELDS + "ration = 1\n", "map.toml:6:1"),
        (CSV + FIELDS + "ratio = { colum = 1 }\n", "map.toml:6:11"),
        (CSV + 'rows = "a"\n' + FIELDS, "map.toml:3:1"),
        (CSV + 'delimiter = "::"\n' + FIELDS, "map.toml:3:1"),
        (CSV + 'decimal = ","\nthousands = ","\n' + FIELDS, "map.toml:4:1"),
        (CSV + 'date = "DD.MM"\n' + FIELDS, "map.toml:3:1"),
        (CSV + 'encoding = "ebcdic"\n' + FIELDS, "map.toml:3:1"),
        ("key = ['x']\n" + CSV + FIELDS, "map.toml:1:1"),
        ("scope = { x = 1 }\n" + CSV + FIELDS, "map.toml:1:11"),
        ("source = 1\n" + FIELDS, "map.toml:1:1"),
        ("fields = 1\n" + CSV, "map.toml:1:1"),
        ("other = 1\n" + CSV + FIELDS, "map.toml:1:1"),
        (CSV + "[[select]]\nequals = 'x'\n" + FIELDS, "map.toml:3:1"),
        (CSV + "[x", "map.toml:3:3"),
    ],
)
def test_wrong_maps_say_where(text: str, place: str) -> None:
    problems = Problems()
    assert read_map(text, "map.toml", problems) is None
    assert place in [str(found.place) for found in problems.of(Severity.ERROR)]


XML = """
[source]
format = "xml"
rows = "Export/Device/Register"
[fields]
meter = "{../@id}"
register = "{Code/@obis}"
note = "{../Item[@name=NOTE]/Text}"
obis = "{.}"
"""


def test_xml_rows(tmp_path: Path) -> None:
    data = """<?xml version="1.0" encoding="ISO-8859-1"?>
<x:Export xmlns:x="urn:x"><Head><Register/></Head>
  <x:Device id="1"><Register><Code obis="1.8.0"/>1-1:1.8.0</Register>
    <Item name="OTHER"><Text>no</Text></Item><Item name="NOTE"><Text>Köln &amp; Bonn</Text></Item></x:Device>
  <x:Device id="2"><Register/><Register><Code obis="2.8.0"/></Register></x:Device>
</x:Export>""".encode("latin-1")
    assert read(tmp_path, XML, data)[0] == [
        {"meter": "1", "register": "1.8.0", "note": "Köln & Bonn", "obis": "1-1:1.8.0"},
        {"meter": "2"},
        {"meter": "2", "register": "2.8.0"},
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]><Export/>', ":1:13: a document type or an entity; neither is read"),
        ("<a>" * (MAX_DEPTH + 1), f"more than {MAX_DEPTH} levels"),
        ("<Export><Device>", "not XML"),
        ("<Export>&nbsp;</Export>", "not XML"),
        ('<?xml version="1.0" encoding="nonsense"?><Export/>', "not XML"),
        ("", "not XML"),
        (
            '<Export><Device id="1"><Register><Code obis="1"/><Code obis="2"/></Register></Device></Export>',
            ":1:24: 2 times Code/@obis, one was expected",
        ),
    ],
)
def test_xml_that_is_refused(tmp_path: Path, data: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, XML, data.encode())
    assert message in error.value.message
    assert error.value.code == "points.source"


def test_the_records_of_a_long_document_are_read_one_by_one(tmp_path: Path) -> None:
    device = '<Device id="{}"><Register><Code obis="1.8.0"/></Register></Device>'
    data = "<Export>" + "".join(device.format(number) for number in range(30_000)) + "</Export>"
    found, _ = read(tmp_path, XML, data.encode())
    assert (len(found), found[-1]["meter"]) == (30_000, "29999")


@pytest.mark.parametrize("path", ["a//b", "/a", "a/../b", "a[b]", "a/@", "{", "a b"])
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_path(path)
    assert error.value.code == "points.map"


def test_a_path_that_leaves_the_document(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="outside of the document"):
        read(tmp_path, XML.replace("../@id", "../../../@id"), b"<Export/>")


MAPS = {name: (EXAMPLE / f"map_{name}.toml").read_bytes() for name in ("csv", "xml")}
SOURCES = {name: (EXAMPLE / f"master.{name}").read_bytes() for name in ("csv", "xml")}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["csv", "xml"]),
    st.booleans(),
    st.integers(0, 4000),
    st.binary(max_size=6),
    st.integers(0, 3),
)
@example("xml", False, 60, b"<!DOCTYPE a>", 0)
def test_any_map_and_source_is_answered(
    tmp_path: Path, name: str, in_map: bool, at: int, junk: bytes, taken: int
) -> None:
    def damaged(data: bytes) -> bytes:
        return data[:at] + junk + data[at + taken :]

    (tmp_path / "map.toml").write_bytes(damaged(MAPS[name]) if in_map else MAPS[name])
    (tmp_path / "source").write_bytes(SOURCES[name] if in_map else damaged(SOURCES[name]))
    (tmp_path / "points.toml").write_bytes((EXAMPLE / "points.toml").read_bytes())
    try:
        plan = plan_import(tmp_path / "map.toml", tmp_path / "source", tmp_path / "points.toml", DAY, remove=True)
    except EmtkitError as error:
        pytest.fail(f"raised instead of a problem: {error}")
    for problem in plan.problems.found:
        assert problem.code
        assert problem.place.file
