"""Checking a payload file against its own examples."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from emtkit.model.errors import ConfigError
from emtkit.protocols.lorawan.payload_check import check_payload
from emtkit.protocols.lorawan.payload_file import payload_files

if TYPE_CHECKING:
    from pathlib import Path

MINE = """title = "My meter"
source = "its maker"

[[frame]]
size = 2

[[frame.fields]]
name = "total"
quantity = "volume"
offset = 0
coding = "u16be"
scale = "0.1"
unit = "m3"
"""
EXAMPLE = '\n[[example]]\nfport = 1\npayload = "{}"\nexpect = [{}]\n'


def problems(tmp_path: Path, *examples: tuple[str, str], text: str = MINE) -> list[str]:
    path = tmp_path / "mine.toml"
    path.write_text(text + "".join(EXAMPLE.format(*example) for example in examples), "utf-8")
    return [problem.removeprefix(str(path)) for problem in check_payload(path).problems]


@pytest.mark.parametrize("name", payload_files())
def test_built_in_files_are_right(name: str) -> None:
    with_files = files("emtkit.protocols.lorawan") / "payloads" / f"{name}.toml"
    assert check_payload(str(with_files)).problems == ()


def test_a_right_file_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, ("04D2", '{ name = "total", value = "123.4", unit = "m3" }')) == []


def test_each_difference_is_told_field_by_field(tmp_path: Path) -> None:
    expect = (
        '{ name = "total", value = "123.5", unit = "m3", obis = "8-0:1.0.0*255", time = "2026-01-01T00:00:00+00:00" }'
    )
    assert problems(tmp_path, ("04D2", expect)) == [
        ":15: [[example]] 1: total: obis should be 8-0:1.0.0*255 but is none",
        ":15: [[example]] 1: total: value should be 123.5 but is 123.4",
        ":15: [[example]] 1: total: time should be 2026-01-01T00:00:00+00:00 but is none",
    ]


def test_a_reading_that_is_not_there(tmp_path: Path) -> None:
    assert problems(
        tmp_path, ("04D2", '{ name = "totl", value = "1" }'), ("04D2", '{ quantity = "power", value = "1" }')
    ) == [
        ":15: [[example]] 1: there is no reading totl; do you mean total?",
        ":20: [[example]] 2: there is no reading power; there are total",
    ]


def test_a_payload_that_no_frame_fits(tmp_path: Path) -> None:
    assert problems(tmp_path, ("04D2FF", "")) == [":15: [[example]] 1: no [[frame]] fits it (3 bytes on port 1)"]
    program = 'title = "x"\nsource = "y"\nprogram = "nas"\n'
    assert problems(tmp_path, ("04D2FF", ""), text=program) == [
        ":5: [[example]] 1: nas does not read it (3 bytes on port 1)"
    ]


def test_an_example_that_is_none(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, ("zz", ""))
    assert problem.startswith(":15: [[example]] 1: payload or received_at: ")


def test_a_file_without_examples(tmp_path: Path) -> None:
    assert problems(tmp_path) == [": there is no [[example]]: a layout without one cannot be tested"]


def test_a_finding_is_a_problem(tmp_path: Path) -> None:
    text = 'title = "x"\nsource = "y"\n[[frame]]\n[[frame.part]]\nkey = "01"\nsize = 1\n'
    (problem,) = problems(tmp_path, ("010299", ""), text=text)
    assert "[lorawan.payload.rest]" in problem


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("title = ", "lorawan.file.syntax"),
        ('title = "x"', "lorawan.file.form"),
        ('title = "x"\nsource = "y"\nprogram = "nothing"', "lorawan.file.program"),
        ('title = "x"\nsource = "y"\nprogram = "nas:_battery"', "lorawan.file.program"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        check_payload(path)
    assert caught.value.code == code


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check_payload(tmp_path / "nowhere.toml")
    assert caught.value.code == "lorawan.file.unreadable"
