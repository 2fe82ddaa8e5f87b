"""Conversion is exact or refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import EncodeError
from emtkit.model.units import QUANTITIES, UNITS, convert

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**15), max_value=10**15)
CASES = [
    ("123.529", "m3", "l", "123529"),
    ("1", "kWh", "Wh", "1000"),
    ("28504270", "Wh", "kWh", "28504.270"),
    ("3.6", "MJ", "kWh", "1"),
    ("1", "kWh", "MJ", "3.6"),
    ("1", "GJ", "GJ", "1"),
    ("230", "V", "mV", "230000"),
    ("2", "d", "h", "48"),
    ("90", "min", "h", "1.5"),
    ("100000", "Pa", "bar", "1"),
    ("0.000000000000000000000001", "kWh", "Wh", "0.000000000000000000001"),
]


@pytest.mark.parametrize(("value", "unit", "wanted", "result"), CASES)
def test_known_conversions(value: str, unit: str, wanted: str, result: str) -> None:
    assert convert(Decimal(value), unit, wanted) == Decimal(result)


@given(NUMBERS, st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_exact_and_back_or_refused(value: Decimal, unit: str, wanted: str) -> None:
    try:
        result = convert(value, unit, wanted)
    except EncodeError as error:
        assert error.code in {"unit.incompatible", "unit.inexact"}
        return
    assert convert(result, wanted, unit) == value
    if UNITS[unit].dimension == UNITS[wanted].dimension:
        factor = Fraction(UNITS[unit].factor) / Fraction(UNITS[wanted].factor)
        assert Fraction(result) == Fraction(value) * factor


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "code"),
    [
        ("1", "Wh", "m3", "unit.incompatible"),
        ("1", "m3", "kWh", "unit.incompatible"),  # needs the calorific value, which a unit table does not know
        ("1", "furlong", "m3", "unit.incompatible"),
        ("1", "J", "Wh", "unit.inexact"),
        ("1", "s", "h", "unit.inexact"),
    ],
)
def test_refusals(value: str, unit: str, wanted: str, code: str) -> None:
    with pytest.raises(EncodeError) as caught:
        convert(Decimal(value), unit, wanted)
    assert caught.value.code == code


def test_each_dimension_has_one_base_unit() -> None:
    bases = [unit.dimension for unit in UNITS.values() if unit.factor == 1]
    assert sorted(bases) == sorted({unit.dimension for unit in UNITS.values()})


def test_quantities_use_base_units_only() -> None:
    for quantity, unit in QUANTITIES.items():
        assert unit is None or UNITS[unit].factor == 1, quantity
