"""OBIS codes in all their spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import ConfigError
from emtkit.model.obis import Obis

GROUP = st.integers(0, 255)


@given(st.builds(Obis, GROUP, GROUP, GROUP, GROUP, GROUP, GROUP))
def test_text_and_bytes_round_trip(code: Obis) -> None:
    assert Obis.parse(str(code)) == code
    assert Obis.from_bytes(code.to_bytes()) == code


@pytest.mark.parametrize(
    ("text", "full", "market"),
    [
        ("1-0:1.8.0*255", "1-0:1.8.0*255", "1-0:1.8.0"),
        ("1-1:1.29.0", "1-1:1.29.0*255", "1-1:1.29.0"),
        ("1.8.0", "1-0:1.8.0*255", "1-0:1.8.0"),
        ("1.8", "1-0:1.8.0*255", "1-0:1.8.0"),
        (" 7-0:3.0.0*0 ", "7-0:3.0.0*0", "7-0:3.0.0"),
        ("1-0:1.8.0&12", "1-0:1.8.0*12", "1-0:1.8.0"),
        ("F.F", None, None),
        ("C.1.0", "1-0:96.1.0*255", "1-0:96.1.0"),
        ("0-0:96.1.0*255", "0-0:96.1.0*255", "0-0:96.1.0"),
    ],
)
def test_spellings(text: str, full: str | None, market: str | None) -> None:
    if full is None:
        with pytest.raises(ConfigError):
            Obis.parse(text)
    else:
        assert str(Obis.parse(text)) == full
        assert Obis.parse(text).market == market


@pytest.mark.parametrize(
    "text", ["", "1", "1-0:1.8.256", "300-0:1.8.0", "1-0:1.8.0*", "1-0:1.8.0 x", "\u0661.\u0668.\u0660", "1:1.8.0"]
)
def test_what_is_no_obis_code(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Obis.parse(text)
    assert caught.value.code == "obis.syntax"


@given(st.text(max_size=20))
def test_any_text_gives_a_code_or_an_error(text: str) -> None:
    try:
        assert max(Obis.parse(text)) <= 255
    except ConfigError as error:
        assert error.code == "obis.syntax"


@given(st.binary(max_size=10).filter(lambda name: len(name) != 6))
def test_a_logical_name_has_six_bytes(name: bytes) -> None:
    with pytest.raises(ConfigError):
        Obis.from_bytes(name)
