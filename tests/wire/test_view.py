"""A view never loses track of where its bytes stand in the user's input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.wire.view import NOWHERE, View, join, nowhere

if TYPE_CHECKING:
    from collections.abc import Callable

INPUT = bytes(range(64))


@st.composite
def derived(draw: Callable[[st.SearchStrategy[int]], int]) -> tuple[View, list[int]]:
    """Draw a view made by several cuts, with the input offset of each of its bytes (-1: nowhere).

    The input holds each byte's own offset, so that content and map can be checked against each other.
    """
    view, places = View(INPUT), list(range(len(INPUT)))
    for _ in range(draw(st.integers(0, 4))):
        what = draw(st.integers(0, 3))
        start = draw(st.integers(0, len(view)))
        end = draw(st.integers(start, len(view)))
        if what == 0:
            view, places = view.slice(start, end), places[start:end]
        elif what == 1:
            view, places = view.pick(((end, len(view)), (0, start))), places[end:] + places[:start]
        elif what == 2:
            known = nowhere(b"\xee" * 3, "known")
            view = join((view.slice(0, start), known, view.slice(start)), "expanded")
            places = [*places[:start], -1, -1, -1, *places[start:]]
        else:
            view = view.replace(bytes(byte ^ 0xFF for byte in view.data), "decrypted")
            view = view.replace(bytes(byte ^ 0xFF for byte in view.data), "encrypted")
    return view, places


@given(derived(), st.data())
def test_every_byte_knows_its_place(made: tuple[View, list[int]], data: st.DataObject) -> None:
    view, places = made
    assert len(view) == len(places)
    assert [byte for byte, place in zip(view.data, places, strict=True) if place >= 0] == [p for p in places if p >= 0]
    start = data.draw(st.integers(0, len(view)))
    end = data.draw(st.integers(start, len(view)))
    found = [NOWHERE] * (end - start)
    for at, low, high in view.parts(start, end):
        if low >= 0:
            found[at - start : at - start + high - low] = range(low, high)
    assert found == places[start:end]


@given(derived(), st.data())
def test_span_covers_the_places(made: tuple[View, list[int]], data: st.DataObject) -> None:
    view, places = made
    start = data.draw(st.integers(0, len(view)))
    end = data.draw(st.integers(start, len(view)))
    known = [place for place in places[start:end] if place >= 0]
    span = view.span(start, end)
    if known:
        assert span == (min(known), max(known) + 1)
    else:
        assert span[0] == span[1]


def test_removing_link_crcs_keeps_the_offsets() -> None:
    frame = View(INPUT).pick(((0, 10), (12, 28)), "frame")
    assert frame.data == INPUT[0:10] + INPUT[12:28]
    assert frame.span(9, 11) == (9, 13)
    assert frame.span(10, 12) == (12, 14)
    assert frame.parts(8, 12) == [(8, 8, 10), (10, 12, 14)]
    assert frame.name == "frame"


def test_an_empty_view_still_has_a_place() -> None:
    """A header that ends the frame: what is missing behind it has an offset to be named."""
    assert View(INPUT).slice(20, 20).span(0, 0) == (20, 20)
    assert View(INPUT).pick(((0, 10), (12, 28))).slice(26).span(0, 0) == (28, 28)


def test_bytes_in_another_order_have_an_ordered_span() -> None:
    assert View(INPUT).pick(((6, 10), (4, 6))).span(0, 6) == (4, 10)


def test_known_bytes_stand_nowhere() -> None:
    view = nowhere(b"abc", "format")
    assert view.span(0, 3) == (NOWHERE, NOWHERE)
    assert view.parts(1, 2) == [(1, NOWHERE, NOWHERE)]


def test_replace_keeps_the_length() -> None:
    with pytest.raises(ValueError, match="length"):
        View(b"1234").replace(b"123", "decrypted")


def test_a_view_does_not_show_its_bytes() -> None:
    assert repr(View(b"\x01\x02secret")) == "View('input', 8 bytes)"
