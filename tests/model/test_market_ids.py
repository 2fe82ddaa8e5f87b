"""Identifiers of the market: form, check digit, and whose MP-ID it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.model.market_ids import FORMS, Kind, check_digit, check_market_id, check_partner, gs1_check_digit


# computed by the rule of BDEW "Identifikatoren" 1.2, 8.1 and 8.2
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("malo", "41373559241"),  # the document's own example
        ("cr", "A1137355925"),  # the same
        ("tr", "D1234567892"),
        ("nelo", "E1234567891"),
        ("mpid", "9900000000011"),
        ("mpid", "9800000000013"),
        ("gln", "4012345678901"),
        ("melo", "DE000562668020000000000000000001X"),
    ],
)
def test_valid(kind: Kind, text: str) -> None:
    assert check_market_id(text, kind) == text


def test_a_wrong_check_digit_says_which_it_should_be() -> None:
    with pytest.raises(ConfigError, match=r"the check digit is 2, it should be 1") as error:
        check_market_id("41373559242", "malo")
    assert error.value.code == "market_id.check_digit"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("malo", "01373559241"),
        ("malo", "4137355924"),
        ("malo", "4137355924\uff11"),  # a full-width digit
        ("malo", " 41373559241"),
        ("malo", "41373559241\n"),
        ("nelo", "e1234567891"),
        ("melo", "DE0005626680200000000000000001"),
        ("mpid", "4012345678901"),
        ("gln", "9900000000011"),
    ],
)
def test_a_wrong_form_says_what_was_expected(kind: Kind, text: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_market_id(text, kind)
    assert error.value.code == "market_id.form"
    assert FORMS[kind].says in error.value.message


@given(st.integers(0, 9999999999).map("{:010d}".format), st.integers(0, 9), st.integers(1, 9))
def test_a_single_wrong_digit_on_an_odd_place_is_noticed(body: str, place: int, change: int) -> None:
    wrong = body[:place] + str((int(body[place]) + change) % 10) + body[place + 1 :]
    if place % 2 == 0:
        assert check_digit(wrong) != check_digit(body)
    assert gs1_check_digit(wrong) != gs1_check_digit(body)


def test_agencies() -> None:
    bdew, dvgw, gs1 = check_partner("9900000000011"), check_partner("9800000000013"), check_partner("4012345678901")
    assert (bdew.unb, bdew.nad, bdew.sparte) == ("500", "293", "electricity")
    assert (dvgw.unb, dvgw.nad, dvgw.sparte) == ("502", "332", "gas")
    assert (gs1.unb, gs1.nad, gs1.sparte) == ("14", "9", None)


@given(st.text(max_size=40), st.sampled_from(sorted(FORMS)))
def test_any_text_is_answered(text: str, kind: Kind) -> None:
    try:
        assert check_market_id(text, kind) == text
    except EmtkitError as error:
        assert error.code.startswith("market_id.")
