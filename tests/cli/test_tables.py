"""Tables read well at any width, and no value in them is ever shortened."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from emtkit.cli.columns import fitted
from emtkit.cli.explain_table import byte_lines
from emtkit.cli.tables import print_decoded
from emtkit.model.decoded import Decoded

WIDTHS = (60, 80, 100, 120, 160, 4096)
VALUES = ("1 234 123.529", "99.000", "12 345 678.000", "-12.50", "365", "invalid", "2026-11-23 12:00", "0x0004")


def printed(decoded: Decoded, width: int) -> str:
    """Return what the table looks like at this width."""
    out = io.StringIO()
    print_decoded(Console(file=out, width=width, highlight=False, markup=False, emoji=False), decoded)
    return out.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_value_is_shortened(everything: Decoded, width: int) -> None:
    text = printed(everything, width)
    assert "…" not in text
    for value in VALUES:
        assert value in text
    for obis in ("9-0:1.0.0*255", "9-0:1.0.0*1"):
        assert obis in text
    squeezed = re.sub(r"\s+", "", text)
    assert bytes(range(60)).hex() in squeezed.replace("containerspecific", "")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal(everything: Decoded, width: int) -> None:
    assert max(len(line) for line in printed(everything, width).splitlines()) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_else_is_told_somewhere(everything: Decoded, width: int) -> None:
    text = re.sub(r"\s+", " ", printed(everything, width))
    for word in ("maximum", "tariff", "storage", "subunit", "overflow", "backward", "l1", "2025-12-31"):
        assert word in text
    for word in ("ACW 33225544", "warm water", "version 104", "device type 6", "9ACW0033225544", "low battery"):
        assert word in text
    for word in ("partial", "decrypted with keys.toml:1 kitchen", "verified", "night.jsonl, line 17", "-71 dBm"):
        assert word in text
    assert "need 6, have 2 (records[3].data, bytes 41-42) [mbus.record.truncated]" in text


def test_columns_appear_only_where_something_stands_in_them(everything: Decoded) -> None:
    assert list(fitted(everything.readings, 4096)) == [
        *("reading", "value", "unit", "function", "storage", "tariff", "subunit", "status", "OBIS", "time +01:00"),
    ]
    assert list(fitted(everything.readings[4:5], 4096)) == ["reading", "value", "unit", "time +01:00"]


def test_rare_columns_go_into_the_name_where_it_is_narrow(everything: Decoded) -> None:
    columns = fitted(everything.readings, 90)
    assert "tariff" not in columns
    assert "energy (backward, phase l1), subunit 3, tariff 2" in columns["reading"]


def test_a_number_is_never_split_over_lines(everything: Decoded) -> None:
    assert "1 234 123.529" in fitted(everything.readings, 40)["value"]


def test_nothing_at_all_is_readable_too() -> None:
    text = printed(Decoded(None, "failed"), 80)
    assert "no telegram" in text
    assert "not decodable" in text


def test_texts_of_a_telegram_cannot_steer_the_terminal(everything: Decoded) -> None:
    everything.readings[-1].value = "\x1b]0;owned\x07"
    everything.readings[-1].name = "\x1b[1m"
    everything.diagnostics[0] = everything.diagnostics[0]._replace(message="\x1b[2J")
    everything.origin = everything.origin._replace(source="\x1b[5m")
    text = printed(everything, 100)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\\x1b]0;owned\\x07" in text


def test_bytes_in_lines() -> None:
    assert byte_lines(bytes(range(10)), 8) == "00 01 02 03 04 05 06 07\n08 09"
