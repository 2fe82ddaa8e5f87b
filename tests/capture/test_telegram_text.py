"""Text telegrams: where one ends and the next begins."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.capture import CaptureFailure, CaptureFrame, read_frames, telegram_text

P1 = b"/ISK5\\2MT382-1000\r\n\r\n1-0:1.8.1(00001.000*kWh)\r\n0-1:24.2.1(1*m3)\r\n!A1B2\r\n"
READOUT = b"/EMH5LZQJ\r\nF.F(00)\r\n1.8.0(0001.00*kWh)\r\n!\r\n"
BLOCK = b"/EMH5LZQJ\r\n\x02F.F(00)\r\n1.8.0(0001.00*kWh)\r\n!\r\n\x03"
PROFILE = b"\x02P.01(1220823161500)(00)(15)(1)(1.5)(kW)\r\n(0.1)\r\n(0.2)\r\n\x03"


def telegrams(data: bytes, **options: str) -> list[bytes]:
    found = list(read_frames(data, **options))
    assert all(isinstance(item, CaptureFrame) for item in found)
    return [item.data for item in found if isinstance(item, CaptureFrame)]


@pytest.mark.parametrize("bcc", [b"A", b"\n", b"/", b"!", b"\x03", b"\x02", b"\x00"])
def test_telegrams_of_all_kinds_one_after_the_other(bcc: bytes) -> None:
    sent = [P1, BLOCK + bcc, READOUT, PROFILE + bcc, P1]
    assert telegrams(b"".join(sent), format="text") == sent


def test_the_origin_is_the_first_line() -> None:
    found = list(read_frames(b"\r\n" + P1 + b"\r\n\r\n" + P1, name="p1.txt"))
    assert [(item.origin.source, item.origin.line) for item in found] == [("p1.txt", 2), ("p1.txt", 9)]


def test_lines_behind_the_end_are_of_the_telegram_before_them() -> None:
    tail = b"  25803103\r\n"
    assert telegrams(READOUT + tail + b"\xff\xff\r\n" + READOUT + tail + P1) == [READOUT + tail, READOUT + tail, P1]


def test_a_p1_telegram_is_there_as_soon_as_its_crc_is() -> None:
    pieces = [P1, b""]

    class Line:
        def read(self, size: int) -> bytes:
            return pieces.pop(0)[:size]

    line: Any = Line()
    item = next(read_frames(line))
    assert isinstance(item, CaptureFrame)
    assert (item.data, pieces) == (P1, [b""])


def test_half_a_telegram_at_the_ends_of_a_recording_is_kept() -> None:
    begin, end = P1[40:], P1[:50]
    assert begin.startswith(b"0001") is False
    assert telegrams(begin + P1 + end, format="text") == [begin, P1, end]


@pytest.mark.parametrize(
    "data",
    [
        P1,
        READOUT,
        BLOCK + b"A",
        PROFILE + b"A",
        P1.replace(b"\r", b""),
        b"\xef\xbb\xbf" + P1,
        b"# a comment\n" + P1,
        b"\x00\x00\xff" + P1 + b"\x00\x00",
        b"F.F(00000000)\r\n0.0.0(10067967)\r\n",
        b"P.01(1220823161500)(00)(15)(1)(1.5)(kW)\r\n(0.1)\r\n",
        b"1-0:1.8.0*255(1*kWh)\r\n!\r\n",
        b"/?!\r\n/EMH5LZQJ\r\n\x06050\r\n1.8.0(1)\r\n!\r\n",
    ],
)
def test_text_telegrams_are_recognised(data: bytes) -> None:
    found = telegrams(data)
    assert b"(" in found[-1]
    assert found == telegrams(data, format="text")


def test_a_telegram_that_another_one_breaks_into_is_one_of_its_own() -> None:
    half = READOUT[: READOUT.index(b"!")]
    assert telegrams(half + P1 + BLOCK[:30] + PROFILE + b"A" + READOUT) == [
        half,
        P1,
        BLOCK[:30],
        PROFILE + b"A",
        READOUT,
    ]
    # a tail is short; more lines without a data set are no tail
    lines = b"nothing\r\n" * 1000
    assert b"".join(telegrams(READOUT + lines + P1)) == READOUT + lines + P1


def test_messages_of_a_session_are_a_frame_each() -> None:
    session = [b"/EMT5RLM3\r\n", b"\x01P0\x02()\x03`", b"\x02C.1.0(1)\r\n\x03-", PROFILE + b"A"]
    assert telegrams(b"".join(session)) == session


def test_a_readout_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_text, "LONGEST_TELEGRAM", 100_000)
    endless = b"/EMH5LZQJ\r\n" + b"1.8.0(00001.000*kWh)\r\n" * 10_000
    found = list(read_frames(endless + P1))
    assert [item.error.code if isinstance(item, CaptureFailure) else item.data for item in found] == [
        "capture.text.long",
        P1,
    ]
    (failure,) = read_frames(b"/EMH5LZQJ" + b"x" * 2_000_000)
    assert isinstance(failure, CaptureFailure)


@given(st.lists(st.sampled_from([b"/ISK5X", b"!", b"\x02", b"\x03", b"\n", b"\r\n", b"1.8.0(1)", b"A", b" "])))
def test_nothing_but_blank_lines_is_lost(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert b"".join(b"".join(telegrams(data, format="text")).split()) == b"".join(data.split())
