"""EDIFACT segments: service characters, release character, character set, places of elements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.edifact.segments import write_segment
from emtkit.export.edifact.service import DEFAULT, ServiceString, outside_unoc, parse_una
from emtkit.export.edifact.tokenizer import read_segments
from emtkit.model.errors import DecodeError, EncodeError

UNOC = st.characters(codec="latin-1").filter(lambda char: outside_unoc(char) < 0)
TEXTS = st.text(UNOC, max_size=12)
TAGS = st.sampled_from(["UNB", "QTY", "DTM", "RFF", "S01", "NAD"])


@pytest.mark.parametrize(
    ("tag", "elements", "text"),
    [
        ("QTY", (("220", "0.971"),), "QTY+220:0.971'"),
        ("STS", ("Z32", "", "Z92"), "STS+Z32++Z92'"),
        ("NAD", ("MS", ("9900000000011", "", "293")), "NAD+MS+9900000000011::293'"),
        ("LOC", ("172", ""), "LOC+172'"),
        ("UNB", ("A", ("B", "", ""), "", ("", "")), "UNB+A+B'"),
        ("UNS", (), "UNS'"),
        ("PIA", ("5", ("1-1:1.29.0", "SRW")), "PIA+5+1-1?:1.29.0:SRW'"),
        ("DTM", (("7", "202610312300+00", "303"),), "DTM+7:202610312300?+00:303'"),
        ("RFF", (("MG", "A+B:C'D?E"),), "RFF+MG:A?+B?:C?'D??E'"),
        ("FTX", ("Zählerüberlauf geprüft",), "FTX+Zählerüberlauf geprüft'"),
    ],
)
def test_write(tag: str, elements: tuple[str | tuple[str, ...], ...], text: str) -> None:
    assert write_segment(tag, *elements) == text


def test_a_released_separator_at_the_end_is_data() -> None:
    (segment,) = read_segments(write_segment("RFF", ("MG", "12:"), "A+").encode())
    assert segment.elements == [["RFF"], ["MG", "12:"], ["A+"]]


@pytest.mark.parametrize("text", ["5 €", "\u201equoted\u201c", "two\nlines", "\t", "\x85", "\x00"])
def test_characters_outside_iso_8859_1_are_refused(text: str) -> None:
    with pytest.raises(EncodeError) as caught:
        write_segment("RFF", ("MG", text))
    assert caught.value.code == "edifact.charset"
    assert outside_unoc("ab" + text) >= 2


def test_una() -> None:
    assert DEFAULT.una == "UNA:+.? '"
    comma = parse_una(b"UNA:+,? '")
    assert comma.decimal == ","
    assert comma == DEFAULT._replace(decimal=",")
    assert parse_una(b"UNA#|.!*~") == ServiceString("#", "|", ".", "!", "*", "~")


@pytest.mark.parametrize("una", [b"UNA::.? '", b"UNA:+.:  ", b"UNAX+.? '", b"UNA:+.? \n", b"UNA +.? '"])
def test_a_una_that_separates_nothing_is_refused(una: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_una(una, offset=5)
    assert caught.value.code == "edifact.una"
    assert (caught.value.start, caught.value.end) == (5, 14)


def test_get_and_span_count_from_one() -> None:
    data = b"UNA:+.? 'NAD+MS+99?+0::293'LOC+172'"
    nad, loc = read_segments(data)
    assert (nad.number, nad.start, loc.number) == (1, 9, 2)
    assert nad.get(1) == "MS"
    assert nad.get(2) == "99+0"
    assert nad.get(2, 3) == "293"
    assert [nad.get(2, 2), nad.get(2, 4), nad.get(3), nad.get(0, 0), loc.get(2)] == [""] * 5
    assert data[slice(*nad.span(0))] == b"NAD"
    assert data[slice(*nad.span(2))] == b"99?+0::293"
    assert data[slice(*nad.span(2, 1))] == b"99?+0"
    assert data[slice(*nad.span(2, 3))] == b"293"
    assert nad.span(2, 4) == (26, 26)
    assert loc.span(2) == (34, 34)


@given(TAGS, st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=5))
def test_what_is_written_is_read(tag: str, elements: list[list[str]]) -> None:
    text = write_segment(tag, *(tuple(element) for element in elements))
    (segment,) = read_segments(text.encode("latin-1"))
    assert segment.tag == tag
    for number, element in enumerate(elements, 1):
        for position, component in enumerate(element, 1):
            assert segment.get(number, position) == component
            low, high = segment.span(number, position)
            assert text[low:high] == DEFAULT.escape(component)
    assert write_segment(segment.tag, *map(tuple, segment.elements[1:])) == text


@given(TAGS, st.lists(TEXTS, max_size=3))
def test_other_service_characters(tag: str, elements: list[str]) -> None:
    service = ServiceString("*", "|", ",", "!", " ", "~")
    text = service.una + write_segment(tag, *elements, service=service)
    (segment,) = read_segments(text.encode("latin-1"))
    assert [segment.get(number) for number in range(1, len(elements) + 1)] == elements
