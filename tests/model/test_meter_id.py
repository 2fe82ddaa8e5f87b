"""Who a meter is, in bytes and as printed on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.model.meter_id import (
    DEVICE_TYPES,
    MeterId,
    address_bytes,
    din_identifier,
    manufacturer_from_code,
    manufacturer_to_code,
    meter_from_address,
)

GAS = bytes.fromhex("9315785634123303")  # OMS Vol. 2, Annex N.2.1


def test_the_address_of_the_standards_example() -> None:
    meter = meter_from_address(GAS)
    assert meter == MeterId("ELS", "12345678", 51, 3, "gas", "7ELS0012345678")
    assert address_bytes(meter) == GAS
    assert meter_from_address(GAS) is meter


@pytest.mark.parametrize(("letters", "code"), [("ELS", 0x1593), ("KAM", 0x2C2D), ("QDS", 0x4493), ("EMT", 0x15B4)])
def test_flag_codes(letters: str, code: int) -> None:
    assert manufacturer_to_code(letters) == code
    assert manufacturer_from_code(code) == letters
    assert manufacturer_from_code(code | 0x8000) == letters  # bit 15: the address is unique only locally


@given(st.integers(0, 0x7FFF))
def test_every_code_has_a_printed_form_that_can_be_read_back(code: int) -> None:
    assert manufacturer_to_code(manufacturer_from_code(code)) == code


@given(st.binary(min_size=8, max_size=8))
def test_every_address_round_trips(address: bytes) -> None:
    plain = bytes((address[0], address[1] & 0x7F)) + address[2:]
    assert address_bytes(meter_from_address(address)) == plain


@given(st.text(max_size=6))
def test_any_manufacturer_gives_a_code_or_an_error(letters: str) -> None:
    try:
        assert 0 <= manufacturer_to_code(letters) <= 0x7FFF
    except EncodeError as error:
        assert error.code == "meter_id.manufacturer"


@pytest.mark.parametrize("letters", ["", "els", "EL", "ÄÖÜ", "ELSX", "+1F3", "1_F3", " 1F3"])
def test_what_is_no_manufacturer(letters: str) -> None:
    with pytest.raises(EncodeError):
        manufacturer_to_code(letters)


@pytest.mark.parametrize(
    ("meter", "code"),
    [
        (MeterId("EMT", "1234567"), "meter_id.serial"),
        (MeterId("EMT", "1234567G"), "meter_id.serial"),
        (MeterId(None, "12345678"), "meter_id.manufacturer"),
        (MeterId("EMT", "12345678", 256, 2), "meter_id.range"),
        (MeterId("EMT", "12345678", 1, -1), "meter_id.range"),
    ],
)
def test_what_no_link_address_can_hold(meter: MeterId, code: str) -> None:
    with pytest.raises(EncodeError) as caught:
        address_bytes(meter)
    assert caught.value.code == code


@pytest.mark.parametrize("size", [0, 7, 9])
def test_an_address_has_eight_bytes(size: int) -> None:
    with pytest.raises(DecodeError):
        meter_from_address(bytes(size))


@pytest.mark.parametrize(
    ("device_type", "identifier"),
    [(2, "1EMT0000010001"), (3, "7EMT0000010001"), (4, "6EMT0000010001"), (7, "8EMT0000010001"),
     (8, "4EMT0000010001"), (0x1A, None), (None, None)],
)  # fmt: skip
def test_din_identifiers(device_type: int | None, identifier: str | None) -> None:
    assert din_identifier("EMT", "00010001", device_type) == identifier


def test_parts_that_are_missing_are_not_invented() -> None:
    assert MeterId.of(None, "00010001", None, None).to_dict() == {
        "manufacturer": None, "id": "00010001", "version": None, "device_type": None, "medium": None,
        "identifier": None,
    }  # fmt: skip
    assert MeterId.of("EMT", "00010001", 1, 0x3F).medium == "reserved 3F"
    assert DEVICE_TYPES[0x08] == "heat cost allocator"
