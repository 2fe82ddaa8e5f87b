"""Files that users write: text, TOML and CSV, with places and without showing what is in them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import ConfigError
from emtkit.model.user_files import FileCodes, Row, column_name, csv_delimiter, csv_rows, parse_toml, read_text

if TYPE_CHECKING:
    from pathlib import Path

CODES = FileCodes("test file", "points.unreadable", "points.encoding", "points.syntax")


def test_text_keeps_its_line_ends_and_loses_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes("\ufeffa\r\nü\n".encode())
    assert read_text(path, CODES) == "a\r\nü\n"
    path.write_bytes(b"a\xff")
    with pytest.raises(ConfigError, match=r"x.toml: not UTF-8 text \(byte 1\)"):
        read_text(path, CODES)
    with pytest.raises(ConfigError, match="No such file") as error:
        read_text(tmp_path / "none", CODES)
    assert error.value.code == "points.unreadable"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a = 1\nb = "x', "f:2:7: not TOML: Unterminated string"),
        ("a = ", "f:1:5: not TOML: Invalid value"),
        ("a = SECRET", "f:1:5: not TOML"),
        ("a" + "=[" * 2000, "f"),
        ("a = 1\n[", "f:2:2: not TOML: "),
    ],
)
def test_errors_of_toml_have_a_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_toml(text, "f", CODES)
    assert error.value.message.startswith(message)
    with pytest.raises(ConfigError) as silent:
        parse_toml(text, "f", CODES, quoting=False)
    assert "SECRET" not in silent.value.message
    assert silent.value.message.endswith(": not TOML")


def test_numbers_of_toml_are_exact() -> None:
    assert parse_toml("a = 0.10", "f", CODES) == {"a": Decimal("0.10")}


def test_rows_know_their_lines() -> None:
    text = '\na;b\n# note\n1; "2\r\nx" \n\n3;4;5'
    assert list(csv_rows(text.replace('; "', ';"').replace('" ', '"'), "f", CODES)) == [
        Row(2, 2, ["a", "b"]),
        Row(4, 5, ["1", "2\r\nx"]),
        Row(7, 7, ["3", "4", "5"]),
    ]
    with pytest.raises(ConfigError, match="f:2:1: not CSV"):
        list(csv_rows('a;b\n1;"2\n3;4\n', "f", CODES))


def test_delimiters_and_names() -> None:
    assert [csv_delimiter(text) for text in ("a;b,c", "a\tb,c", "a,b", "a", "")] == [";", "\t", ",", ",", ","]
    assert column_name("Device-Type no") == "device_type_no"


@given(st.text(max_size=60))
def test_any_text_has_rows_or_an_error(text: str) -> None:
    try:
        rows = list(csv_rows(text, "f", CODES))
    except ConfigError:
        return
    assert all(first.last < second.line for first, second in pairwise(rows))
