"""Points files: TOML and CSV give the same entries; errors say where."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.points import Point, Points
from emtkit.points.files import load_points, read_points


def read_toml(text: str) -> list[Point]:
    """Return the points of a TOML text."""
    return list(read_points(text, "points.toml").collection().all)


def read_csv(text: str) -> list[Point]:
    """Return the points of a CSV text."""
    return list(read_points(text, "points.csv").collection().all)


TOML = """\
# master data of the small fleet
[defaults]
sender = "9900000000011"
receiver = 4012345678901

[[point]]
meter = "1EMT0000010001"
marktlokation = "41373559241"
ratio = 0.1
registers = [
  { register = "1-0:1.8.0", obis = "1-1:1.29.0", pruefidentifikator = 13025 },
  { register = "1-0:2.8.0", obis = "1-1:2.29.0", pruefidentifikator = 13025, decimals = 3 },
]

[[point]]
manufacturer = "EMT"
id = "00010002"
register = "7-0:3.0.0"
medium = "gas"
"""

CSV = """\
meter;manufacturer;id;register;obis;medium;marktlokation;pruefidentifikator;ratio;decimals;sender;receiver
# a note
1EMT0000010001;;;1-0:1.8.0;1-1:1.29.0;;41373559241;13025;0.1;;9900000000011;4012345678901
1EMT0000010001;;;1-0:2.8.0;1-1:2.29.0;;41373559241;13025;0.1;3;9900000000011;4012345678901

;EMT;00010002;7-0:3.0.0;;gas;;;;;9900000000011;4012345678901
"""


def test_toml() -> None:
    first, second, third = read_toml(TOML)
    assert (first.meter, first.register, first.obis, first.decimals) == (
        "1EMT0000010001", "1-0:1.8.0", "1-1:1.29.0", None,
    )  # fmt: skip
    assert first.ratio == Decimal("0.1")
    assert first.pruefidentifikator == "13025"
    assert first.receiver == "4012345678901"
    assert (second.obis, second.decimals) == ("1-1:2.29.0", 3)
    assert (third.manufacturer, third.id, third.medium, third.obis) == ("EMT", "00010002", "gas", None)
    assert [point.where for point in (first, second, third)] == [
        "points.toml:11", "points.toml:12", "points.toml:15",
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_gives_the_same(delimiter: str) -> None:
    expected, found = read_toml(TOML), read_csv(CSV.replace(";", delimiter))
    for point in (*expected, *found):
        point.where = ""
    assert found == expected


def test_load_by_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "points.CSV").write_text("\ufeff" + CSV, "utf-8")
    (tmp_path / "points.toml").write_text(TOML, "utf-8")
    assert Points.load(tmp_path / "points.CSV").all[0].where == "points.CSV:3"
    assert len(Points.load(tmp_path / "points.toml").all) == 3


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ('"41373559241"', '"41373559240"', "market_id.check_digit", "points.toml:8:1, marktlokation: "),
        ("ratio = 0.1", 'ratio = "x"', "points.field", "points.toml:9:1, ratio: "),
        ("ratio = 0.1", "ration = 0.1", "points.field", "points.toml:9:1, ration: no such field: 'ration'"),
        ("ratio = 0.1", "where = 1", "points.field", "points.toml:9:1, where: no such field: 'where'"),
        ("decimals = 3", "decimals = 3.5", "points.field", "points.toml:12:78, decimals: "),
        ('register = "7-0:3.0.0"', "", "points.missing", "points.toml:15:1, register: must be given"),
        ("[[point]]\nmanu", "[point]\nmanu", "points.syntax", "points.toml:15:7: not TOML: "),
        ("[defaults]", "[default]", "points.field", "points.toml:2:1, default: no such table or field: 'default'"),
        ("registers = [", "registers = 1 #", "points.syntax", "points.toml:11:"),
        ('medium = "gas"', 'medium = "Gas"', "points.field", "points.toml:19:1, medium: "),
        ("= 0.1", "= ", "points.syntax", "points.toml:9:9: not TOML: "),
        ("registers = [", "register = [", "points.field", "points.toml:10:1, register: "),
        ('manufacturer = "EMT"', "registers = [1]", "points.field", "points.toml:16:1, registers: "),
    ],
)
def test_toml_errors_say_where(old: str, new: str, code: str, message: str) -> None:
    assert old in TOML
    with pytest.raises(ConfigError) as error:
        read_toml(TOML.replace(old, new))
    assert error.value.code == code
    assert error.value.message.startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        (";ratio;", ";ration;", "points.field", "points.csv:1:9, ration: no such field: 'ration'"),
        (";id;", ";meter;", "points.field", "points.csv:1:3, meter: two columns 'meter'"),
        (";41373559241;13025;0.1;3;", ";41373559241;13025;0,1;3;", "points.field", "points.csv:4:9, ratio: "),
        (";gas;;", ";gas;;;;", "points.syntax", "points.csv:6:13: 14 cells, the header has 12"),
        ("# a note", '"open', "points.syntax", "points.csv:2:1: not CSV"),
    ],
)
def test_csv_errors_say_where(old: str, new: str, code: str, message: str) -> None:
    assert old in CSV
    with pytest.raises(ConfigError) as error:
        read_csv(CSV.replace(old, new))
    assert error.value.code == code
    assert error.value.message.startswith(message)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'note = "\xfc"')
    for name, code in (("none.toml", "points.unreadable"), ("latin.toml", "points.encoding")):
        with pytest.raises(ConfigError) as error:
            load_points(tmp_path / name)
        assert error.value.code == code


@given(st.one_of(st.text(max_size=200), st.integers(0, len(TOML)).map(lambda size: TOML[:size])))
def test_any_text_is_answered(text: str) -> None:
    for read in (read_toml, read_csv):
        try:
            Points(read(text))
        except EmtkitError as error:
            assert error.code


def test_the_examples_of_the_manual() -> None:
    page = (Path(__file__).parents[2] / "docs" / "points.md").read_text("utf-8")
    toml = page.partition("```toml\n")[2].partition("```")[0]
    table = page.partition("```\nmeter;")[2].partition("```")[0]
    assert [point.obis for point in Points(read_toml(toml)).all] == ["7-0:3.0.0", "1-1:1.29.0", "1-1:2.29.0"]
    (row,) = Points(read_csv("meter;" + table)).all
    first = read_toml(toml)[0]
    row.where = first.where = ""
    assert row == first
