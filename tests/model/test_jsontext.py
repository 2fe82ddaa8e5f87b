"""JSON numbers keep all their digits."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.jsontext import dumps, loads

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_round_trip_on_one_line(value: object) -> None:
    text = dumps(value)
    assert "\n" not in text
    assert loads(text) == value
    json.loads(text)
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("123.529"), "123.529"),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-9"), "0.000000001"),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (Decimal("NaN"), "null"),
        (True, "true"),
        ((1, None), "[1,null]"),
        ({"Zähler": "Wärme\n"}, '{"Zähler":"Wärme\\n"}'),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_how_values_are_written(value: object, text: str) -> None:
    assert dumps(value) == text


@pytest.mark.parametrize("value", [0.1, b"12", {1, 2}, object()])
def test_what_is_no_json_value(value: object) -> None:
    with pytest.raises(TypeError):
        dumps(value)


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[-Infinity]", "1e999999999", "[1.5e-2000]", "1" * 10_000, "[" * 100_000, '{"a":' * 50_000]
)
def test_hostile_text_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own error has no other base
        loads(text)
