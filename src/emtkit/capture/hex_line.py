"""Hex lines: one frame a line, in hex, however people write hex."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.capture.frame import CaptureFrame
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin

_DROPPED: Final = re.compile(r"0[xX]|[\s|_,]+")
# `2E:44` and `2E-44` only throughout, or a time in front of a frame would be read as bytes
_PAIRS: Final = re.compile(r"[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2})+|(?:-[0-9A-Fa-f]{2})+)")
_LEAST_MESSAGE: Final = 16
_MESSAGE_BEGINS: Final = frozenset(b"\x01\x02\x0a\x12")  # version of a datagram, first tag of a Protobuf message
_STRANGE: Final = re.compile(r"[^0-9A-Fa-f]")


def parse_hex(text: str) -> bytes:
    """Read hex digits; blanks, `0x`, `|`, `_` and `,` between them are fine, or `:` or `-` between all bytes.

    Raises DecodeError `capture.hex.digit`, `capture.hex.odd`, `capture.hex.empty`. Messages do not repeat the text.
    """
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = _parse_dressed(text)
    if not data:
        raise DecodeError("capture.hex.empty", "no hex digits", field="hex")
    return data


def _parse_dressed(text: str) -> bytes:
    """Read hex digits with more than blanks between them, or say what is wrong with them."""
    if _PAIRS.fullmatch(text.strip()):
        return bytes.fromhex(text.replace(":", "").replace("-", ""))
    digits = _DROPPED.sub("", text)
    try:
        return bytes.fromhex(digits)
    except ValueError:
        pass
    strange = _STRANGE.search(digits)
    if strange is None:
        raise DecodeError(
            "capture.hex.odd", f"{len(digits)} hex digits: a byte has two, so one is missing", field="hex"
        )
    column = text.find(strange[0]) + 1
    raise DecodeError("capture.hex.digit", f"{strange[0]!r} in column {column} is no hex digit", field="hex")


def read_hex_line(line: str, at: Origin, clock: LocalClock) -> list[CaptureItem]:
    """Read one line. Raises DecodeError `capture.hex.*`."""
    data = parse_hex(line)
    return [*lorawan_message(data, at, clock)] or [CaptureFrame(data, at)]


def lorawan_message(data: bytes, at: Origin, clock: LocalClock) -> list[CaptureFrame]:
    """Return the frames of a binary message of a LoRaWAN gateway or server; none if the bytes are something else."""
    if len(data) < _LEAST_MESSAGE or data[0] not in _MESSAGE_BEGINS:
        return []
    from emtkit.capture.lorawan_envelopes import read_binary  # captures without such messages do without it

    return read_binary(data, at, clock) or []


def write_hex_line(frame: bytes, comment: str = "") -> str:
    """Return the line of a frame."""
    return frame.hex().upper() + (f"  # {comment}" if comment else "")
