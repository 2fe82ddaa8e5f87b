"""Values in people's words are exact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.cli import wording
from emtkit.model.decoded import Security
from emtkit.model.meter_id import MeterId
from emtkit.model.units import UNITS, convert
from emtkit.wire.trace import Span

if TYPE_CHECKING:
    from emtkit.model.reading import Value

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6) | st.integers(-(10**40), 10**40).map(Decimal)


@pytest.mark.parametrize(
    ("content", "unit", "shown"),
    [
        (Decimal(12345000), "Wh", "12 345.000 kWh"),
        (Decimal("1.23E+5"), "Wh", "123 kWh"),
        (Decimal("-1234.5"), "Wh", "-1.2345 kWh"),
        (Decimal("0E-3"), "m3", "0.000 m³"),
        (Decimal(9999), "W", "9 999 W"),
        (Decimal(10000), "W", "10.000 kW"),
        (Decimal(3600000000), "J", "3 600.000000 MJ"),
        (Decimal(31536000), "s", "365 d"),
        (Decimal(129600), "s", "36 h"),
        (Decimal(5400), "s", "90 min"),
        (Decimal(3661), "s", "3 661 s"),
        (Decimal(0), "s", "0 s"),
        (Decimal("-12.50"), "degC", "-12.50 °C"),
        (Decimal(5), None, "5"),
        (None, "m3", "invalid"),
        ("0x0004", None, "0x0004"),
        (b"\x01\xff", None, "01ff"),
        (date(2025, 12, 31), None, "2025-12-31"),
        (datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Berlin")), None, "2026-11-23 10:00 +01:00"),
        (datetime(2026, 7, 1, 10, 0, 30, tzinfo=UTC), None, "2026-07-01 10:00:30 +00:00"),
    ],
)
def test_values_as_people_read_them(content: Value, unit: str | None, shown: str) -> None:
    assert " ".join(wording.value(content, unit)).strip() == shown


@given(DECIMALS)
def test_a_number_keeps_all_its_digits(number: Decimal) -> None:
    text = wording.number(number)
    assert text.replace(" ", "") == format(number, "f")
    groups = text.lstrip("-").partition(".")[0].split(" ")
    assert all(len(group) == 3 for group in groups[1:])


@given(DECIMALS, st.sampled_from(sorted(UNITS)))
def test_another_unit_is_the_same_value(number: Decimal, unit: str) -> None:
    text, shown = wording.quantity(number, unit)
    shown = {"°C": "degC", "°F": "degF", "m³": "m3", "m³/h": "m3/h"}.get(shown, shown)
    assert convert(Decimal(text.replace(" ", "")), shown, unit) == number


@given(st.integers(-(10**120), 10**120))
def test_a_duration_is_the_same_value(seconds: int) -> None:
    text, unit = wording.quantity(Decimal(seconds), "s")
    assert convert(Decimal(text.replace(" ", "")), unit, "s") == seconds


def test_a_meter_cannot_steer_the_terminal() -> None:
    assert wording.value("\x1b[2Jgone\nand\x9b", None) == ("\\x1b[2Jgone\\nand\\x9b", "")
    assert wording.printable("Zähler · ³\x07\n") == "Zähler · ³\\x07\n"


@pytest.mark.parametrize(
    ("security", "words"),
    [
        (Security(), "not encrypted"),
        (Security(5, "decrypted", "keys.toml:1"), "decrypted with keys.toml:1 (mode 5)"),
        (Security(7, "decrypted", "keys.toml:1", verified=True), "decrypted with keys.toml:1 (mode 7), verified"),
        (Security(5, "key_missing"), "encrypted (mode 5): there is no key for this meter"),
        (Security(5, "key_wrong"), "encrypted (mode 5): no given key fits"),
        (Security(None, "unsupported"), "encrypted in a way that cannot be opened"),
    ],
)
def test_security_verdicts(security: Security, words: str) -> None:
    assert wording.security(security) == words


def test_a_meter() -> None:
    details = wording.meter_details(MeterId.of("ELS", "12345678", 51, 3))
    assert details == ["gas", "device type 3", "version 51", "7ELS0012345678"]
    assert wording.meter_details(MeterId(None, "0A01")) == []


def test_places_name_the_last_byte() -> None:
    assert wording.place(4, 8) == " (bytes 4-7)"
    assert wording.place(4, 5, "vif") == " (vif, byte 4)"
    assert wording.place(None, None) == ""


def test_fill_bytes_become_one_line() -> None:
    fill = [Span(at, at + 1, "mbus.record", "dif", b"\x2f", "idle filler", None, None, "decrypted") for at in (4, 5, 6)]
    value = Span(7, 8, "mbus.record", "data", b"\x01", "volume = 1 m3", Decimal(1), "m3", "decrypted")
    joined = wording.joined([*fill, value, value._replace(start=8, end=9)])
    assert [(span.start, span.end, span.raw) for span in joined] == [(4, 7, b"///"), (7, 8, b"\x01"), (8, 9, b"\x01")]
    assert wording.meaning(value) == ("volume", "1 m³")
    assert wording.meaning(value._replace(meaning="version 1", unit=None)) == ("version 1", "")
    assert wording.meaning(value._replace(meaning="(continued) volume = 1 m3")) == ("(continued)", "")


def test_counts() -> None:
    assert wording.count(1, "telegram") == "1 telegram"
    assert wording.count(0, "entry", "entries") == "0 entries"
    assert wording.count(1234567, "byte") == "1 234 567 bytes"
