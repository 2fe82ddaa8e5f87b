"""Units a power of ten apart: the point moves, the digits stay."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.base_units import base_of, in_base, in_unit
from emtkit.model.errors import EncodeError
from emtkit.model.units import UNITS, convert


def test_digits_stay() -> None:
    assert str(in_base(Decimal("3.50"), "kWh")[0]) == "3.50E+3"
    assert f"{in_unit(Decimal('3.50E+3'), 'Wh', 'kWh'):f}" == "3.50"
    assert f"{in_unit(Decimal(12340), 'Wh', 'kWh'):f}" == "12.340"
    assert in_base(Decimal(25), "l") == (Decimal("0.025"), "m3")


def test_other_units() -> None:
    assert in_base(None, "kWh") == (None, "Wh")
    assert in_base(Decimal(1), "furlong") == (Decimal(1), "furlong")
    assert in_base(Decimal(1), None) == (Decimal(1), None)
    assert base_of("kWh") == ("Wh", 3)
    with pytest.raises(EncodeError) as caught:
        in_unit(Decimal(1), "Wh", "m3")
    assert caught.value.code == "unit.incompatible"


@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from(sorted(UNITS)))
def test_the_number_is_that_of_the_exact_conversion(value: Decimal, unit: str) -> None:
    number, base = in_base(value, unit)
    assert number is not None
    assert base is not None
    if base != unit:
        assert number == convert(value, unit, base)
        try:
            assert in_unit(number, base, unit) == value
        except EncodeError as error:
            assert error.code == "unit.inexact"
