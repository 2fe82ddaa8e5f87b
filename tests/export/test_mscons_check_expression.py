"""Expressions of the AHB: reading them, and what a message says of them."""
# ruff: noqa: RUF001 - the signs of the AHB

from __future__ import annotations

import pytest

from emtkit.export.mscons.validate.expression import Join, Requirement, Truth, decide, parse_expression, parse_status
from emtkit.export.mscons.validate.tables import tables
from emtkit.model.errors import ConfigError

YES, NO, OPEN, HINT = Truth.YES, Truth.NO, Truth.OPEN, Truth.HINT


def answer(text: str, **facts: Truth) -> Truth:
    return decide(parse_expression(text), lambda name: facts["_" + name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Muss", (Requirement("Muss", None),)),
        ("X [931]", (Requirement("X", "931"),)),
        ("M [131] ∧ [951]", (Requirement("Muss", Join("∧", ("131", "951"))),)),
        ("Soll [1] Muss [32] ∧ [33]", (Requirement("Soll", "1"), Requirement("Muss", Join("∧", ("32", "33"))))),
        ("X [4P0..1] ⊻ [6P0..1]", (Requirement("X", Join("⊻", ("4P0..1", "6P0..1"))),)),
        # neighbours are bound more tightly than any sign
        (
            "X [902] ∧ [906] [46] ∨ [62]",
            (Requirement("X", Join("∨", (Join("∧", ("902", Join("∧", ("906", "46")))), "62"))),),
        ),
    ],
)
def test_status(text: str, expected: tuple[Requirement, ...]) -> None:
    assert parse_status(text) == expected


@pytest.mark.parametrize("text", ["", "Must", "X (", "X [1", "X [1] ∧", "X ∧ [1]", "X [1] )", "X [1] 2", "[1]"])
def test_what_is_no_status(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_status(text)
    assert caught.value.code == "mscons_check.expression"


@pytest.mark.parametrize(
    ("text", "first", "second", "expected"),
    [
        ("[1] ∧ [2]", YES, NO, NO),
        ("[1] ∧ [2]", OPEN, NO, NO),
        ("[1] ∧ [2]", OPEN, YES, OPEN),
        ("[1] ∧ [2]", HINT, YES, YES),
        ("[1] ∧ [2]", HINT, HINT, HINT),
        ("[1] ∨ [2]", OPEN, YES, YES),
        ("[1] ∨ [2]", OPEN, NO, OPEN),
        ("[1] ∨ [2]", NO, NO, NO),
        ("[1] ∨ [2]", HINT, NO, OPEN),
        ("[1] ⊻ [2]", YES, NO, YES),
        ("[1] ⊻ [2]", YES, YES, NO),
        ("[1] ⊻ [2]", YES, OPEN, OPEN),
        ("[1] ⊻ [2]", NO, NO, NO),
        ("[1] [2]", YES, YES, YES),
    ],
)
def test_what_is_decided(text: str, first: Truth, second: Truth, expected: Truth) -> None:
    assert answer(text, _1=first, _2=second) is expected


def test_brackets() -> None:
    text = "[1] ∧ ([2] ∨ ([3] ⊻ [4]))"
    assert answer(text, _1=YES, _2=NO, _3=YES, _4=NO) is YES
    assert answer(text, _1=YES, _2=NO, _3=YES, _4=YES) is NO
    assert answer(text, _1=NO, _2=YES, _3=YES, _4=YES) is NO


def test_every_status_of_the_tables_is_read() -> None:
    found = tables()
    assert len(found.use_cases) == 25
    assert {"13002", "13006", "13017", "13018", "13019", "13025", "13027"} <= set(found.use_cases)
    assert found.use_cases["13017"].slots["00034"].status.text == "Muss [92]"
    named = {
        name
        for use_case in found.use_cases.values()
        for slot in use_case.slots.values()
        for name in (*slot.status.conditions, *(slot.group.conditions if slot.group else ()))
    }
    assert {name for name in named if name.isdigit()} <= set(found.conditions)
