"""Captures to decoded telegrams: one result per frame, failures included."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from subprocess import run
from typing import TYPE_CHECKING, Any

import pytest

import emtkit
from emtkit.capture import read_capture
from emtkit.capture.cul import write_cul_line
from emtkit.capture.imst import write_imst_message
from emtkit.capture.json_line import write_json_line
from emtkit.capture.rtl_wmbus import write_rtl_line
from emtkit.keys import KeyRing

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.model.decoded import Decoded

# OMS Specification Vol. 2, Annex N, N.2.1: mode 5, with and without link CRCs; its key is public
WITH_CRC = bytes.fromhex(
    "2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A"
)
PLAIN = bytes.fromhex("2E4493157856341233037A2A0020255923C95AAA26D1B2E7493B013EC4A6F6D3529B520EDFF0EA6DEFC99D6D69EBF3")
KEY = "0102030405060708090A0B0C0D0E0F11"
NIGHT = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


def volumes(decoded: list[Decoded]) -> list[str]:
    return [
        str(next((r.value for r in one.readings if r.quantity == "volume"), one.security.verdict)) for one in decoded
    ]


def test_a_whole_night(tmp_path: Path) -> None:
    path = tmp_path / "night.txt"
    lines = [
        PLAIN.hex(),
        "no telegram",
        write_json_line(PLAIN, id="7", time=NIGHT, rssi=-71),
        write_json_line(PLAIN, id="8", key=["00" * 16, KEY]),
        write_json_line(PLAIN, id="9", key="00" * 16),
        write_rtl_line(PLAIN, NIGHT),
        write_rtl_line(PLAIN, NIGHT, crc_ok=False),
        write_cul_line(WITH_CRC, rssi=-80),
        write_json_line(PLAIN, protocol="mbus"),
        PLAIN.hex()[:20],
    ]
    path.write_text("\n".join(lines))
    found = list(read_capture(path, keys={"ELS 12345678": KEY}))
    assert [one.origin.line for one in found] == list(range(1, 11))
    assert {one.origin.source for one in found} == {str(path)}
    good = "28504.27"
    assert volumes(found) == [good, "none", good, good, good, good, "none", good, "none", "none"]
    assert [one.state == "failed" for one in found] == [
        False,
        True,
        False,
        False,
        False,
        False,
        True,
        False,
        True,
        True,
    ]
    assert found[1].diagnostics[0].code == "capture.hex.digit"
    assert found[2].origin == (str(path), 3, "7", NIGHT, -71)
    assert found[3].security.key == f"{path}:4 key"
    assert found[4].security.key == "keys['ELS 12345678']"
    assert found[6].diagnostics[0].code == "capture.rtl_wmbus.crc"
    assert found[6].raw == PLAIN
    assert found[7].origin.rssi == -80
    assert KEY not in str(found)


def test_without_the_key_the_verdict_says_so() -> None:
    (one,) = read_capture(PLAIN.hex().encode())
    assert (one.state, one.security.verdict) == ("opaque", "key_missing")
    (one,) = read_capture(PLAIN.hex().encode(), keys="00" * 16)
    assert one.security.verdict == "key_wrong"
    (one,) = read_capture(PLAIN.hex().encode(), keys=KeyRing.from_hex(["00" * 16, KEY]))
    assert (one.security.verdict, one.security.key) == ("decrypted", "--key #2")


def test_findings_of_the_capture_are_among_the_diagnostics() -> None:
    (one,) = read_capture(b"\x00\x00\x00" + write_imst_message(PLAIN, rssi=-70), keys=KEY)
    assert one.diagnostics[0].code == "capture.stream.skipped"
    assert volumes([one]) == ["28504.27"]
    assert one.origin.rssi == -70


def test_wrong_options_are_told_at_once() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"keys": "none.toml"}, "keys.unreadable"),
        ({"keys": "12"}, "keys.length"),
        ({"format": "x"}, "capture.format"),
    )
    for options, code in cases:
        with pytest.raises(emtkit.ConfigError) as caught:
            read_capture(b"", **options)
        assert caught.value.code == code


def test_it_is_part_of_the_public_interface_and_captures_alone_need_no_decoder() -> None:
    assert emtkit.read_capture is read_capture
    code = "import sys, emtkit.capture; print({'emtkit.decode', 'emtkit.protocols.mbus', 'click'} & set(sys.modules))"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
