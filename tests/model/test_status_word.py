"""Status words of gateways: both bit orders, and what counts as a fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.status_word import StatusWord, is_faulty


def word(smgw: int, meter: int = 0, *, msb_first: bool = False) -> str:
    """Write a status word from bit masks."""
    smgw |= 0x05
    if msb_first:
        smgw = int(f"{smgw:032b}"[::-1], 2)
    return f"{smgw:08x}{meter:08x}"


@pytest.mark.parametrize("msb_first", [False, True])
def test_both_bit_orders_say_the_same(msb_first: bool) -> None:
    status = StatusWord.parse(word(1 << 8 | 1 << 14, msb_first=msb_first))
    assert status == StatusWord(("fatal_error", "meter_tampered"), (), 4)


def test_the_word_of_a_base_meter() -> None:
    status = StatusWord.parse(word(0, 1 << 2 | 1 << 8 | 1 << 17))
    assert status == StatusWord((), ("power_present", "fatal_error"), 4)


def test_of_other_meters_nothing_is_claimed() -> None:
    assert StatusWord.parse(word(0, 1 << 3 | 1 << 17)) == StatusWord((), (), 0)


@pytest.mark.parametrize(
    ("status", "faulty"),
    [
        (None, False),
        ("0", False),
        (word(0), False),
        (word(1 << 12), False),  # a warning
        (word(1 << 16), False),  # sent because of a threshold
        (word(1 << 9), True),  # the time is not valid
        (word(1 << 13), True),  # no value
        (word(0, 1 << 2 | 1 << 17), True),
        ("4", True),
        ("overflow", True),
        ("ffffffffffffffff", True),
        ("", True),
    ],
)
def test_faults(status: str | None, faulty: bool) -> None:
    assert is_faulty(status) is faulty


@given(st.text(max_size=20))
def test_any_text_is_answered(text: str) -> None:
    StatusWord.parse(text)
    assert is_faulty(text) in {True, False}
