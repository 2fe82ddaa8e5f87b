"""The JSON form: golden, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from emtkit.export.profile_generic.profile import Column, Entry, Profile
from emtkit.export.profile_generic.to_json import decode, encode
from emtkit.model.errors import DecodeError
from emtkit.model.obis import Obis

if TYPE_CHECKING:
    from collections.abc import Callable

MOMENT = datetime(2026, 11, 2, 0, 0, 1, tzinfo=UTC)
PROFILE = Profile(
    Obis(1, 0, 99, 1, 0),
    "1emt0000010001",
    [
        Column(
            Obis(1, 0, 1, 8, 0),
            "1emt0000010001",
            [
                Entry(10_000_000, -1, 30, MOMENT, bytes.fromhex("a000000000100504"), b"\0"),
                Entry(1_000_025, 0, 30, MOMENT + timedelta(minutes=15), 0),
            ],
            -1,
            30,
        )
    ],
    timedelta(minutes=15),
)
TEXT = encode(PROFILE).decode()


def test_golden(golden: Callable[[str, str], None]) -> None:
    golden("profile_generic/profile.json", TEXT)


def test_an_entry_says_only_what_differs() -> None:
    assert TEXT.count('"scaler":0') == 1
    assert decode(TEXT.encode()) == PROFILE


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ('{"schema":1', "{", "profile.json.syntax", "not JSON"),
        ('"schema":1', '"schema":2', "profile.json.field", "schema: "),
        ('"class_id":7', '"class_id":3', "profile.json.field", "class_id: "),
        ('"raw":10000000', '"raw":10000000.5', "profile.json.field", "columns.0.entries.0.raw: "),
        ('"raw":10000000', '"raw":10000001', "profile.json.field", "value: 1000000.0 is not raw * 10**scaler"),
        ('"raw":10000000', '"raw":9223372036854775808', "profile.json.field", "raw: 9223372036854775808 is no long64"),
        (
            "2026-11-02T00:00:01+00:00",
            "2026-11-02T00:00:01",
            "profile.json.field",
            "columns.0.entries.0.capture_",
        ),
        ('"a000000000100504"', '"A0"', "profile.json.field", "columns.0.entries.0.status."),
        ('"1-0:1.8.0*255"', '"energy"', "profile.json.field", "not an OBIS code: 'energy'"),
        ('"device":"1emt0000010001"', '"device":"../x"', "profile.json.field", "'../x' cannot stand in"),
        ('"type":"long64"', '"type":"float"', "profile.json.field", "raw: 10000000 is no float"),
        ('"scaler":-1', '"scaler":-129', "profile.json.field", "columns.0.scaler: "),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, code: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(DecodeError) as error:
        decode(TEXT.replace(old, new).encode())
    assert error.value.code == code
    assert error.value.message.startswith(message)
