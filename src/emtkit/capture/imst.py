"""Byte streams of IMST receivers (iM871A, iM170A; USB sticks): HCI messages with a telegram in each.

    A5 | control and endpoint | message id | length | payload | [time stamp 4] | [RSSI 1] | [CRC 2]

The upper half of the second byte says which trailers there are (80 CRC, 40 RSSI, 20 time stamp), the lower half is the
endpoint: 1 device management, 2 radio link, 3 radio link test, 4 hardware test. The CRC is CRC-16/X-25 of all between
A5 and itself, low byte first. Message 3 of endpoint 2 is a received telegram without its L-field and CRCs; its length
stands in for the L-field. The time stamp is the receiver's own clock, which runs from power-on unless a host has set
it: it stays a hint (`dongle_clock`) and is never taken for the reception time.
Source: IMST, WMBus HCI specification 1.6, chapter 2; RSSI scale as in ioBroker.wireless-mbus, HciMessage.js.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.frame import CaptureFailure, CaptureFrame
from emtkit.capture.stream import MORE, NONE, Message, messages_cover, scan_messages
from emtkit.model.errors import ChecksumError
from emtkit.wire.checksums import crc16_x25

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Source
    from emtkit.model.decoded import Origin

SOF: Final = 0xA5
_HEADER: Final = 4
_CRC, _RSSI, _TIME, _RESERVED = 0x80, 0x40, 0x20, 0x10
# endpoint -> its last message id
_ENDPOINTS: Final = {1: 0x27, 2: 0x05, 3: 0x07, 4: 0x02}
_TELEGRAM: Final = (2, 3)


def read_imst(source: Source, at: Origin) -> Iterator[CaptureItem]:
    """Give the telegrams of a stream."""
    return scan_messages(source, SOF, partial(cut_message, at), at)


def is_imst(sample: bytes, at: Origin) -> bool:
    """Say whether the sample is such a stream."""
    return messages_cover(sample, SOF, partial(cut_message, at))


def dbm(raw: int) -> int:
    """Return the level in dBm of an RSSI byte: 8/15 raw - 380/3."""
    return round((8 * raw - 1900) / 15)


def cut_message(at: Origin, buffer: bytearray, start: int, final: bool) -> Message:  # noqa: FBT001 - see scan_messages
    """Return the message that begins at `start`."""
    if len(buffer) < start + _HEADER:
        return MORE
    control, endpoint = buffer[start + 1] & 0xF0, buffer[start + 1] & 0x0F
    number, size = buffer[start + 2], buffer[start + 3]
    if control & _RESERVED or not 0 < number <= _ENDPOINTS.get(endpoint, 0):
        return NONE
    payload = start + _HEADER
    trailer = payload + size
    end = trailer + 4 * bool(control & _TIME) + bool(control & _RSSI) + 2 * bool(control & _CRC)
    if len(buffer) < end:
        return MORE
    frame = bytes((size,)) + buffer[payload:trailer]
    if control & _CRC and crc16_x25(bytes(buffer[start + 1 : end - 2])) != buffer[end - 2] | buffer[end - 1] << 8:
        # a message that was damaged on the way stands between others; anything else is an A5 by chance
        if (endpoint, number) != _TELEGRAM or (end < len(buffer) and buffer[end] != SOF):
            return NONE
        if end == len(buffer) and not final:
            return MORE
        error = ChecksumError(
            "capture.imst.crc", "the CRC of the receiver's message is wrong: damaged on the serial line"
        )
        return Message(end, CaptureFailure(error, at, frame))
    if (endpoint, number) != _TELEGRAM:
        return Message(end, None)
    hints: dict[str, Any] = {}
    if control & _TIME:
        hints["dongle_clock"] = int.from_bytes(buffer[trailer : trailer + 4], "little")
        trailer += 4
    if control & _RSSI:
        at = at._replace(rssi=dbm(buffer[trailer]))
    return Message(end, CaptureFrame(frame, at, hints, protocol="wmbus"))


def write_imst_message(
    frame: bytes,
    *,
    rssi: int | None = None,
    clock: int | None = None,
    crc: bool = True,
    message: tuple[int, int] = _TELEGRAM,
) -> bytes:
    """Return the message of a received frame (without link CRCs), or with `message` another one's (its payload)."""
    endpoint, number = message
    payload = frame[1:] if message == _TELEGRAM else frame
    control = _CRC * crc | _RSSI * (rssi is not None) | _TIME * (clock is not None)
    body = bytes((control | endpoint, number, len(payload))) + payload
    if clock is not None:
        body += clock.to_bytes(4, "little")
    if rssi is not None:
        body += bytes((max(0, min(255, -(-(15 * rssi + 1900) // 8))),))
    if crc:
        body += crc16_x25(body).to_bytes(2, "little")
    return bytes((SOF,)) + body
