"""Files of binary messages: datagrams of packet forwarders one after the other, or a Protobuf message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.capture.frame import CaptureFailure
from emtkit.capture.hex_line import parse_hex
from emtkit.capture.lorawan_envelopes.binary import FIRST_BYTES, objects_in, read_datagrams
from emtkit.capture.lorawan_envelopes.read import read_envelope
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Source
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin

LARGEST: Final = 64 * 1024 * 1024
_LONGEST_LINE: Final = 1024 * 1024
_HEX: Final = frozenset(b"0123456789abcdefABCDEF \t\r\n")
_HEADER: Final = 12


def is_messages(sample: bytes) -> bool:
    """Say whether a binary file begins with a datagram that holds JSON, or is a Protobuf message that tells itself."""
    if not sample or sample[0] not in FIRST_BYTES:
        return False
    if sample[0] in b"\x01\x02" and sample[3:4] == b"\x00" and sample[_HEADER : _HEADER + 1] == b"{":
        return True
    return objects_in(sample) is not None


def read_messages(source: Source, at: Origin, clock: LocalClock) -> Iterator[CaptureItem]:
    """Give the frames of a file of binary messages, or of hex lines with a datagram each.

    A file holds datagrams one after the other (of all kinds: the format was named, or one with JSON came first), or
    one Protobuf message.
    """
    if _HEX.issuperset(source.look()):
        for number, line in enumerate(source.lines(_LONGEST_LINE), 1):
            if line.strip():
                yield from _items(line, at._replace(line=number), clock)
        return
    data = bytearray()
    while piece := source.read():
        data += piece
        if len(data) > LARGEST:
            size = f"more than {LARGEST >> 20} MiB of binary messages; hex lines have no such limit"
            yield CaptureFailure(DecodeError("capture.lorawan.long", size), at)
            return
    yield from _message_items(bytes(data), at, clock)


def _items(line: bytes, at: Origin, clock: LocalClock) -> Iterator[CaptureItem]:
    try:
        data = parse_hex(line.decode("ascii"))
    except DecodeError as error:
        yield CaptureFailure(error, at)
        return
    yield from _message_items(data, at, clock)


def _message_items(data: bytes, at: Origin, clock: LocalClock) -> Iterator[CaptureItem]:
    found = read_datagrams(data, named=True) or objects_in(data)
    if found is None:
        what = "neither datagrams of a packet forwarder nor a Protobuf message of ChirpStack, or cut off"
        yield CaptureFailure(DecodeError("capture.lorawan.binary", what), at, data)
        return
    for one in found:
        frames = read_envelope(one, at, clock) if isinstance(one, dict) else None
        if frames is None:
            what = "the message is none that gateways send"
            yield CaptureFailure(DecodeError("capture.lorawan.binary", what), at, data)
        yield from frames or ()
