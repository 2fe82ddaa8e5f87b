"""Lines of a CUL or other stick with culfw in wireless M-Bus mode.

    b2E44…         frame format A (modes S, T and C), with its CRCs
    bY2E44…        frame format B (mode C), with its CRCs
    b2E44…3F8A     with reporting X21: LQI and RSSI bytes of the CC1101 behind the frame
    b2E44…::-71.5  as FHEM's log has it: RSSI in dBm behind two colons

RSSI is `(raw - 256 if raw > 127 else raw) / 2 - 74` dBm. The frame keeps its CRCs; the decoder checks them.
Source: a-culfw, clib/rf_mbus.c; TI CC1101 data sheet SWRS061, 17.3; FHEM 36_WMBUS.pm.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.frame import CaptureFrame
from emtkit.capture.hex_line import parse_hex
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin

# an even number of hex digits behind the b: no line of hex digits can look like this
_LINE: Final = re.compile(r"b(Y?)((?:[0-9A-Fa-f]{2})+)(?:::(-?\d{1,3}(?:\.\d)?))?", re.ASCII)
_START: Final = re.compile(r"bY|b(?:[0-9A-Fa-f]{2})+(?:::.*)?$")


def cc1101_dbm(raw: int) -> int:
    """Return the level in dBm (rounded to the even) of a CC1101's RSSI byte."""
    return round(((raw - 256 if raw > 127 else raw) - 148) / 2)


def cc1101_raw(dbm: int) -> int:
    """Return the RSSI byte for a level in dBm."""
    return (dbm + 74) * 2 & 0xFF


def is_cul_line(line: str) -> bool:
    """Say whether the line is one of culfw's in wireless M-Bus mode."""
    return line.startswith("b") and _START.match(line) is not None


def read_cul_line(line: str, at: Origin, clock: LocalClock) -> list[CaptureItem]:  # noqa: ARG001 - all lines have a clock
    """Read one line. Raises DecodeError `capture.cul.syntax`."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise DecodeError(
            "capture.cul.syntax", "expected b or bY and an even number of hex digits, as culfw prints them"
        )
    frame_format = "B" if match[1] else "A"
    data = parse_hex(match[2])
    hints: dict[str, Any] = {"frame_format": frame_format}
    if len(data) == size_on_air(data[0], frame_format) + 2:
        data, hints["lqi"], rssi = data[:-2], data[-2] & 0x7F, data[-1]
        at = at._replace(rssi=cc1101_dbm(rssi))
    elif match[3] is not None:
        at = at._replace(rssi=round(Decimal(match[3])))
    return [CaptureFrame(data, at, hints, protocol="wmbus")]


def size_on_air(l_field: int, frame_format: str) -> int:
    """Return how many bytes a frame with this L-field has with its CRCs (EN 13757-4:2019, 12.3 and 12.4)."""
    if frame_format == "B":
        return l_field + 1
    blocks = 1 + -(-max(l_field - 9, 0) // 16)
    return l_field + 1 + 2 * blocks


def write_cul_line(frame: bytes, *, frame_format: str = "A", rssi: int | None = None, lqi: int = 0x30) -> str:
    """Return the line of a frame that has its CRCs; with an RSSI (dBm) as after `X21`."""
    tail = b"" if rssi is None else bytes((lqi, cc1101_raw(rssi)))
    return ("bY" if frame_format == "B" else "b") + (frame + tail).hex().upper()
