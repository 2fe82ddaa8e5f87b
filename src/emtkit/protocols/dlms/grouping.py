"""Telegrams of a stream: frames that carry pieces of one APDU are put together, rubbish is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.protocols.dlms import tags
from emtkit.protocols.dlms.framing import LLC_COMMAND, LLC_RESPONSE
from emtkit.protocols.dlms.hdlc import HdlcFrame, HdlcStream
from emtkit.protocols.dlms.mbus_link import MbusLinkFrame, MbusLinkStream
from emtkit.protocols.dlms.stream import Dropped, FrameSeen
from emtkit.protocols.dlms.wrapper import WrapperPdu, WrapperStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_LLC: Final = (LLC_COMMAND, LLC_RESPONSE)
_LAST_BLOCK: Final = 0x80

# Whether a frame goes on with the one before, and whether more must follow.
Role = tuple[bool, bool]


def telegrams(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each telegram, with the transport that finds the most frames."""
    found: list[Dropped | FrameSeen[Any]] = []
    role: Callable[[bytes, Any], Role] = _hdlc_role
    best = 0
    for stream, how in ((HdlcStream(), _hdlc_role), (MbusLinkStream(), _mbus_role), (WrapperStream(), _wrapper_role)):
        events: list[Dropped | FrameSeen[Any]] = [*stream.feed(data), *stream.eof()]
        owned = sum(event.end - event.start for event in events if isinstance(event, FrameSeen))
        # the wrapper has no checksum: it is believed when most of the stream is wrapped
        if owned > best and (how is not _wrapper_role or owned * 2 > len(data)):
            best, found, role = owned, events, how
        if best * 2 > len(data):
            break
    start = end = -1
    more = False
    for event in found:
        if isinstance(event, Dropped):
            continue
        goes_on, wants_more = role(event.data, event.frame)
        if start >= 0 and not (more and goes_on):
            yield start, end
            start = -1
        # a shared flag belongs to both frames
        start = event.start if start < 0 else start
        end, more = event.end, wants_more
    if start >= 0:
        yield start, end


def _hdlc_role(data: bytes, frame: HdlcFrame) -> Role:
    low, high = frame.info
    info = data[low:high]
    if frame.kind not in ("I", "UI") or not info:
        return False, False
    first = info[:3] in _LLC
    blocks = info[3:] if first else info
    if blocks[:1] == bytes((tags.GENERAL_BLOCK_TRANSFER,)) and len(blocks) > 6:
        number = int.from_bytes(blocks[2:4], "big")
        return number != 1, frame.segmented or not blocks[1] & _LAST_BLOCK
    return not first, frame.segmented


def _mbus_role(_data: bytes, frame: MbusLinkFrame) -> Role:
    return frame.segment > 0, not frame.last


def _wrapper_role(data: bytes, frame: WrapperPdu) -> Role:
    apdu = data[frame.apdu[0] : frame.apdu[1]]
    if apdu[:1] == bytes((tags.GENERAL_BLOCK_TRANSFER,)) and len(apdu) > 6:
        return int.from_bytes(apdu[2:4], "big") != 1, not apdu[1] & _LAST_BLOCK
    return False, False
