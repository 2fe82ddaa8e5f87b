"""Any JSON that a formatter returns becomes readings; nothing in it is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.codecs.forms import FieldRule, Mapping
from emtkit.codecs.to_readings import leaves_of, readings_of
from emtkit.model.decoded import Decoded
from emtkit.protocols.context import Context
from emtkit.wire.view import View

NUMBERS = st.integers(-(10**18), 10**18) | st.decimals(allow_nan=False, allow_infinity=False, places=6)
NAMES = st.sampled_from(["a", "b", "history", "x y", "", "[0]", "a.b"])
DATA = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
MAPPING = Mapping(
    ignore=("b",),
    field=(
        FieldRule(path="a", name="a", quantity="volume", unit="l", decimals=2, time="history[0]"),
        FieldRule(path="history[*]", name="h", quantity="energy", unit="MJ", storage=1, time="history[*]"),
        FieldRule(path="x y", name="when", quantity="datetime"),
    ),
)


def decoded(data: Any, mapping: Mapping | None) -> Decoded:
    out = Decoded("lorawan", "complete")
    readings_of(data, mapping, View(b"\x01"), Context(), out)
    return out


@settings(max_examples=150)
@given(DATA)
def test_any_json_becomes_readings(data: Any) -> None:
    assert len(decoded(data, None).readings) == len(dict(leaves_of(data)))
    out = decoded(data, MAPPING)
    assert all(isinstance(reading.value, Decimal | None) for reading in out.readings if reading.quantity == "volume")
    out.to_dict()


def test_units_and_lists() -> None:
    out = decoded({"history": [Decimal("1.5"), 2], "a": Decimal("1234.567")}, MAPPING)
    assert [(r.name, r.storage, r.value, r.unit) for r in out.readings] == [
        ("a", 0, Decimal("1.23457"), "m3"),
        ("h", 1, Decimal(1500000), "J"),
        ("h", 2, Decimal(2000000), "J"),
    ]
