"""Keys cannot be printed by accident."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import ConfigError
from emtkit.model.key import Key, NoKeys

SECRET = "0102030405060708090a0b0c0d0e0f11"  # the example key of OMS Vol. 2, Annex N


def test_no_text_of_a_key_shows_its_bytes() -> None:
    key = Key.from_hex(SECRET, "keys.toml: kitchen")
    for text in (repr(key), str(key), f"{key}", f"{key!r:>80}", repr([key]), repr({"key": key})):
        assert "kitchen" in text
        assert SECRET[:6] not in text.lower()
        assert "\\x01" not in text
    assert repr(key) == "Key('keys.toml: kitchen', 128 bit)"


@pytest.mark.parametrize("text", [SECRET, SECRET.upper(), "01:02:03:04:05:06:07:08-090a0b0c 0d0e0f11"])
def test_spellings(text: str) -> None:
    assert Key.from_hex(text).value == bytes.fromhex(SECRET)


@given(st.text(alphabet="0123456789abcdefxyz-: ", min_size=4))
def test_errors_do_not_repeat_what_was_typed(text: str) -> None:
    try:
        Key.from_hex(text, "label")
    except ConfigError as error:
        assert error.code in {"keys.syntax", "keys.length"}
        shown = "".join(traceback.format_exception(error))
        message = shown.splitlines()[-1]
        assert len(text.strip()) < 8 or text.strip() not in message
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize("size", [0, 1, 7, 15, 17, 33])
def test_lengths(size: int) -> None:
    with pytest.raises(ConfigError) as caught:
        Key(bytes(size))
    assert caught.value.code == "keys.length"


def test_equal_when_the_bytes_are() -> None:
    one, same, other = Key.from_hex(SECRET, "a"), Key.from_hex(SECRET, "b"), Key(bytes(16), "a")
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != SECRET
    assert len({one, same, other}) == 2


def test_keys_travel_to_workers() -> None:
    key = Key.from_hex(SECRET, "keys.toml: kitchen")
    for twin in (pickle.loads(pickle.dumps(key)), copy.deepcopy(key)):  # noqa: S301 - our own bytes
        assert twin == key
        assert twin.label == key.label


def test_the_empty_source() -> None:
    assert NoKeys().candidates(None) == ()
