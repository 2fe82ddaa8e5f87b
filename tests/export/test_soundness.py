"""Soundness: each protocol's own status words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.soundness import is_sound


@pytest.mark.parametrize(
    ("protocol", "status", "sound"),
    [
        (None, None, True),
        ("smgw", "a000000000000004", True),
        ("smgw", "0000010500000000", False),
        ("wmbus", "data_error", False),
        ("sml", "001c0104", True),  # basic meter: power present, voltages
        ("sml", "00020104", False),  # basic meter: fatal error
        ("sml", "00000182", True),  # an older meter's own word
        ("sml", "x", False),
        ("dlms", "08", True),  # summer time
        ("dlms", "04", False),  # data not valid
        ("dlms", "fine", False),
        ("iec62056_21", "00000000", True),
        ("iec62056_21", "00000080", True),  # power failure in the interval
        ("iec62056_21", "00000004", False),  # measurement disturbed
        ("iec62056_21", "B", False),
        ("iec62056_21", "error", False),
    ],
)
def test_each_protocol_in_its_own_words(protocol: str | None, status: str | None, sound: bool) -> None:
    assert is_sound(status, (), protocol) is sound


@pytest.mark.parametrize(("flag", "sound"), [("low_power", True), ("permanent_error", False), ("fatal_error", False)])
def test_what_a_meter_says_of_itself_holds_for_all_values(flag: str, sound: bool) -> None:
    assert is_sound(None, ("alarm", flag), "wmbus") is sound


@given(st.text(max_size=20), st.sampled_from([None, "sml", "dlms", "iec62056_21", "wmbus"]))
def test_any_text_is_answered(status: str, protocol: str | None) -> None:
    assert is_sound(status, (), protocol) in {True, False}
