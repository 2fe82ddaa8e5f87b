"""Lines of rtl_wmbus, the receiver for RTL-SDR sticks.

    T1;1;1;2019-04-03 19:00:42.000;97;148;43225544;0x2e44…

`MODE;CRC_OK;3OUTOF6OK;TIMESTAMP;PACKET_RSSI;CURRENT_RSSI;LINK_LAYER_IDENT_NO;DATAGRAM_WITHOUT_CRC_BYTES`. With `-a` the
name of the algorithm stands in front (`rla;T1;…`). The time is UTC (the program prints gmtime), the levels are the
program's own scale and no dBm. The program takes the CRCs away and says in CRC_OK whether they were right: a datagram
with a wrong one is a failure, because nothing that follows could tell. It may print one reception twice, once for
each of its two algorithms; these are two frames.
Source: rtl-wmbus, README.md and t1_c1_packet_decoder.h.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Final

from emtkit.capture.frame import CaptureFailure, CaptureFrame, note
from emtkit.capture.hex_line import parse_hex
from emtkit.capture.times import LocalClock
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import ChecksumError, DecodeError

if TYPE_CHECKING:
    from datetime import datetime

    from emtkit.capture.frame import CaptureItem
    from emtkit.model.decoded import Origin

_START: Final = re.compile(r"(?:[a-z0-9]{1,8};)?[TCS][12];")
_LINE: Final = re.compile(
    r"(?:[a-z0-9]{1,8};)?(?P<mode>[TCS][12]);(?P<crc>[01]);(?P<code>[01]);(?P<time>[^;]*);"
    r"(?P<level>\d{1,9})?;\d*;[0-9A-Fa-f]*;(?P<datagrams>.*)",
    re.ASCII,
)
_UTC_CLOCK: Final = LocalClock(UTC)


def is_rtl_line(line: str) -> bool:
    """Say whether the line begins as rtl_wmbus' lines do."""
    return _START.match(line) is not None


def read_rtl_line(line: str, at: Origin, clock: LocalClock) -> list[CaptureItem]:  # noqa: ARG001 - this format's times are UTC
    """Read one line. Raises DecodeError `capture.rtl_wmbus.syntax`, `capture.hex.*`."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise DecodeError(
            "capture.rtl_wmbus.syntax", "expected MODE;CRC_OK;3OUTOF6OK;TIMESTAMP;RSSI;RSSI;ID;0x… of rtl_wmbus"
        )
    notes = []
    if match["time"]:
        try:
            at = at._replace(received_at=_UTC_CLOCK.read(match["time"]))
        except DecodeError as error:
            notes.append(note(Severity.WARNING, error.code, error.message, "time"))
    # some builds print the datagram with its CRCs first
    data = parse_hex(match["datagrams"].rstrip(";").rpartition(";")[2].removeprefix("0x"))
    if match["crc"] == "0":
        wrong = ChecksumError(
            "capture.rtl_wmbus.crc", "the receiver found a wrong CRC; it took the CRCs away, so nothing can be trusted"
        )
        return [CaptureFailure(wrong, at, data)]
    hints = {"mode": match["mode"], "level": int(match["level"] or 0)}
    return [CaptureFrame(data, at, hints, protocol="wmbus", notes=tuple(notes))]


def write_rtl_line(
    frame: bytes, time: datetime, *, mode: str = "T1", crc_ok: bool = True, level: int = 97, noise: int = 148
) -> str:
    """Return the line of a frame without CRCs, received at `time` (aware)."""
    stamp = time.astimezone(UTC)
    ident = frame[7:3:-1].hex().upper()
    good = "1;1" if crc_ok else "0;1"
    milli = stamp.microsecond // 1000
    return f"{mode};{good};{stamp:%Y-%m-%d %H:%M:%S}.{milli:03d};{level};{noise};{ident};0x{frame.hex()}"
