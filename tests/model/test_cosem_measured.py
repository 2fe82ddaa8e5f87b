"""Raw number, scaler and unit code to an exact value in the base unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.cosem_units import COSEM_UNITS, Measured, measured, shifted


@pytest.mark.parametrize(
    ("raw", "scaler", "code", "expected"),
    [
        (23536569, -1, 30, Measured(Decimal("2353656.9"), "Wh", "energy")),
        (13024, 3, 30, Measured(Decimal(13024000), "Wh", "energy")),
        (5, 0, 19, Measured(Decimal("0.005"), "m3", "volume")),
        (101325, 0, 23, Measured(Decimal("1.01325"), "bar", "pressure")),
        (15, -1, 5, Measured(Decimal("5400.0"), "s", "duration")),
        (2, 0, 4, Measured(Decimal(172800), "s", "duration")),
        (1, 0, 50, Measured(Decimal(3600), "kg/h", "mass_flow")),
        (7, 0, 45, Measured(Decimal(7), "1/Wh", "any")),
        (7, -2, 255, Measured(Decimal("0.07"), None, "dimensionless")),
        (7, 0, 200, None),
    ],
)
def test_values(raw: int, scaler: int, code: int, expected: Measured | None) -> None:
    assert measured(raw, scaler, code) == expected


@given(st.integers(-(2**64), 2**64), st.integers(-128, 127))
def test_no_digit_is_lost(raw: int, exponent: int) -> None:
    value = shifted(raw, exponent)
    assert "E+" not in str(value)
    assert value == Decimal(f"{raw}e{exponent}")


def test_every_code_is_read() -> None:
    assert all(measured(1, 0, code) is not None for code in COSEM_UNITS)
