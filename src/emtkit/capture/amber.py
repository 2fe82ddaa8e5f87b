"""Byte streams of Amber / Würth receivers (AMB8425, AMB8465, AMB8626 Metis; USB sticks) in command mode.

    FF | command | length | payload | checksum

The checksum is the exclusive or of all bytes before it. Command 03 (CMD_DATA_IND) is a received telegram without its
L-field and CRCs; answers to commands have bit 7 set. If the parameter RSSI_Enable (address 45) is on, as on the USB
sticks, the payload's last byte is the level of the CC1101, and the length counts it. Nothing in the message says so:
the format `amber` takes it for given unless the recording holds the receiver's answer about its parameters (CMD_GET),
`amber-plain` is for receivers without it. A level behind the counted payload is found by the checksum.
In transparent mode (UART_CMD_Out_Enable off) the receiver sends no FF; those streams are not read here.
Source: Würth Elektronik, AMB8426-M/AMB8626-M manual 2.4, 2.2 and chapter 7; ioBroker.wireless-mbus, AmberReceiver.js.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.capture.cul import cc1101_dbm, cc1101_raw
from emtkit.capture.frame import CaptureFailure, CaptureFrame
from emtkit.capture.stream import MORE, NONE, Message, messages_cover, scan_messages
from emtkit.model.errors import ChecksumError
from emtkit.wire.checksums import xor8

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Source
    from emtkit.model.decoded import Origin

STX: Final = 0xFF
_HEADER: Final = 3
_DATA_IND, _GET, _ANSWER = 0x03, 0x0A, 0x80
_RSSI_ENABLE: Final = 0x45
_COMMANDS: Final = frozenset(
    (0x00, 0x02, 0x03, 0x04, 0x05, 0x06, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x10, 0x11, 0x30, 0x31, 0x50, 0x51, 0x52)
)
_SHORTEST: Final = 10  # C, M, A and CI field


class AmberMessages:
    """Cuts messages out of a stream, and knows whether telegrams have a level behind them."""

    def __init__(self, at: Origin, *, rssi: bool = True) -> None:
        """Start with what the user says about RSSI_Enable."""
        self.at = at
        self.rssi = rssi

    def cut(self, buffer: bytearray, start: int, final: bool) -> Message:  # noqa: FBT001 - see scan_messages
        """Return the message that begins at `start`."""
        if len(buffer) < start + _HEADER:
            return MORE
        command, size = buffer[start + 1], buffer[start + 2]
        if command & ~_ANSWER not in _COMMANDS:
            return NONE
        is_data = command & ~_ANSWER == _DATA_IND
        payload = start + _HEADER
        end = payload + size + 1
        if len(buffer) < end:
            return MORE
        if xor8(bytes(buffer[start:end])) == 0:
            return Message(end, self._item(command, bytes(buffer[payload : end - 1])))
        if is_data and len(buffer) <= end and not final:
            return MORE
        if is_data and len(buffer) > end and xor8(bytes(buffer[start : end + 1])) == 0:
            return Message(end + 1, self._frame(bytes(buffer[payload : end - 1]), buffer[end - 1]))
        if not is_data or size < _SHORTEST or not (buffer[end] == STX if end < len(buffer) else final):
            return NONE
        error = ChecksumError(
            "capture.amber.checksum", "the checksum of the receiver's message is wrong: damaged on the serial line"
        )
        return Message(end, CaptureFailure(error, self.at, bytes(buffer[payload : end - 1])))

    def _item(self, command: int, payload: bytes) -> CaptureItem | None:
        if command == _GET | _ANSWER and len(payload) > 1:
            first, values = payload[0], payload[2:]
            if 0 <= _RSSI_ENABLE - first < len(values):
                self.rssi = values[_RSSI_ENABLE - first] != 0
        if command & ~_ANSWER != _DATA_IND or len(payload) < _SHORTEST:
            return None
        return self._frame(payload[:-1], payload[-1]) if self.rssi else self._frame(payload, None)

    def _frame(self, frame: bytes, level: int | None) -> CaptureFrame:
        at = self.at if level is None else self.at._replace(rssi=cc1101_dbm(level))
        return CaptureFrame(bytes((len(frame),)) + frame, at, protocol="wmbus")


def read_amber(source: Source, at: Origin, *, rssi: bool = True) -> Iterator[CaptureItem]:
    """Give the telegrams of a stream."""
    return scan_messages(source, STX, AmberMessages(at, rssi=rssi).cut, at)


def is_amber(sample: bytes, at: Origin) -> bool:
    """Say whether the sample is such a stream."""
    return messages_cover(sample, STX, AmberMessages(at).cut)


def write_amber_message(frame: bytes, *, rssi: int | None = None, command: int = _DATA_IND) -> bytes:
    """Return the message of a received frame (without link CRCs), or with `command` another one's (its payload)."""
    payload = frame[1:] if command == _DATA_IND else frame
    if rssi is not None:
        payload += bytes((cc1101_raw(rssi),))
    body = bytes((STX, command, len(payload))) + payload
    return body + bytes((xor8(body),))
