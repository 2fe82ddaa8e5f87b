"""The built-in families give what their examples say; a family of one's own is one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emtkit.meters import catalogue, check, families_of
from emtkit.meters.check import check_family
from emtkit.model.errors import ConfigError
from emtkit.model.meter_id import MeterId

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.meters.family import Family

OWN = """
title = "Test meters"
source = "made up"

[[match]]
manufacturer = "EMT"
version = [1]

[[register]]
name = "cellar_volume"
quantity = "volume"
obis = "8-1:1.0.0*255"

[[layout]]
where = "tail"
size = 4
[[layout.fields]]
name = "noise"
quantity = "signal_strength"
coding = "i8"
offset = 1
unit = "dBm"

[[example]]
telegram = "{telegram}"
expect = [
    {{ name = "cellar_volume", value = "12.345", unit = "m3" }},
    {{ name = "noise", value = "{noise}", unit = "dBm" }},
]
"""


def _telegram() -> str:
    from decimal import Decimal

    from emtkit.protocols.mbus.encode import build_record
    from emtkit.protocols.wmbus.encode import build_telegram

    records = build_record("13", Decimal("12.345"), "bcd8") + bytes.fromhex("0f00c00000")
    return build_telegram(MeterId.of("EMT", "00010001", 1, 7), records).hex()


@pytest.mark.parametrize("family", catalogue(), ids=lambda family: family.name)
def test_built_in_families_give_their_examples(family: Family) -> None:
    assert check_family(family).problems == ()


def test_there_are_more_than_ten_families() -> None:
    assert len(catalogue()) > 10


def test_the_most_specific_family_goes_first() -> None:
    names = [family.name for family in families_of(MeterId.of("DME", "1", 0x70, 7))]
    assert names == ["diehl_hydrus", "generic"]
    assert [family.name for family in families_of(MeterId.of("XYZ", "1", 1, 7))] == ["generic"]


def test_a_family_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.format(telegram=_telegram(), noise="-64"), "utf-8")
    assert check(path).problems == ()
    path.write_text(OWN.format(telegram=_telegram(), noise="-63"), "utf-8")
    assert check(path).problems == ("example 1: noise should be -63 dBm but is -64 dBm",)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("title = ", "meters.syntax", "own.toml"),
        ('title = "x"', "meters.form", "source"),
        ('title = "x"\nsource = "y"', "meters.form", "[[match]]"),
        ('title = "x"\nsource = "y"\n[[match]]\nmaker = "A"', "meters.form", "maker"),
        ('title="x"\nsource="y"\n[[match]]\n[[register]]\nname="a"\nquantity="warmth"', "meters.form", "warmth"),
        (
            'title="x"\nsource="y"\n[[match]]\n[[register]]\nname="a"\nquantity="energy"\nscale=0.1',
            "meters.form",
            "quotes",
        ),
    ],
)
def test_wrong_files_are_explained(tmp_path: Path, text: str, code: str, says: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        check(path)
    assert caught.value.code == code
    assert says in str(caught.value)
