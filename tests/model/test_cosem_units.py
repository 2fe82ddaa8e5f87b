"""COSEM unit codes: each is emtkit's own unit, exactly, and back."""

from __future__ import annotations

import pytest

from emtkit.model.cosem_units import COSEM_UNITS, CosemUnit, cosem_code
from emtkit.model.errors import EncodeError
from emtkit.model.units import QUANTITIES, UNITS


@pytest.mark.parametrize("unit", COSEM_UNITS.values(), ids=lambda unit: str(unit.code))
def test_units_and_quantities_are_known(unit: CosemUnit) -> None:
    assert unit.unit is None or unit.unit in UNITS
    assert unit.quantity is None or unit.quantity in QUANTITIES
    if unit.unit is not None:
        assert UNITS[unit.unit].factor == 1 or unit.unit == "kWh/m3"


def test_codes() -> None:
    assert [cosem_code(unit) for unit in ("Wh", "W", "m3", "varh", "V", "A", "Hz", "deg", "degC", "K", "HCA", "")] == [
        30, 27, 13, 32, 35, 33, 44, 8, 9, 52, 255, 255,
    ]  # fmt: skip


def test_no_such_unit() -> None:
    with pytest.raises(EncodeError) as error:
        cosem_code("gal")
    assert error.value.code == "profile.unit"
