"""Which transport bytes have, and how sure they are DLMS. Light: detection asks this of every input.

Source: IEC 62056-46, -47 and 62056-7-3 for the frames; IEC 62056-5-3 for the tags.
"""

from __future__ import annotations

from typing import Final

from emtkit.protocols.dlms import axdr, hdlc, mbus_link, tags
from emtkit.wire.checksums import crc16_x25

LLC_COMMAND: Final = bytes.fromhex("e6e600")
LLC_RESPONSE: Final = bytes.fromhex("e6e700")
# GET request (tag, choice, invoke id): class, name, attribute and whether a selection follows; or a block number
_SIZE_NORMAL: Final = 3 + 2 + 6 + 1 + 1
_NEXT: Final = 2
_SIZE_NEXT: Final = 3 + 4
DATA_TAGS: Final = frozenset((axdr.ARRAY, axdr.STRUCTURE))


def transport_of(data: bytes) -> str:
    """Return which transport the bytes look like: `hdlc`, `wrapper`, `mbus`, `bare`."""
    if data[:1] == bytes((hdlc.FLAG,)):
        return "hdlc"
    if data[:2] == b"\x00\x01":
        return "wrapper"
    if len(data) > 6 and data[0] == data[3] == mbus_link.START and data[1] == data[2]:
        return "mbus"
    return "bare"


def is_data(data: bytes) -> bool:
    """Say whether bytes that begin like an array or a structure are one, by their first elements."""
    if data[0] == tags.INITIATE_REQUEST and data[1:2] in (b"\x00", b"\x01"):
        return False
    count, at = data[1:2], 2
    if count and count[0] >= 0x80:
        at = 2 + (count[0] & 0x7F)
        count = data[2:at]
    number = int.from_bytes(count, "big")
    return 0 < number <= len(data) - at and data[at] in axdr.NAMES


def sniff(data: bytes) -> int:
    """Return how sure these bytes are DLMS: 100 with a checksum that fits, 0 if not at all."""
    if len(data) < hdlc.MIN_LENGTH:
        return 0
    transport = transport_of(data)
    if transport == "hdlc":
        return _sniff_hdlc(data)
    if transport == "wrapper":
        return _sniff_wrapper(data)
    if transport == "mbus":
        return 95 if data[6] <= mbus_link.MAX_CI and mbus_link.frame_end(data, 0) is not None else 0
    if data[:3] in (LLC_COMMAND, LLC_RESPONSE):
        return 90 if data[3] in tags.TAGS else 40
    return _sniff_apdu(data)


def _sniff_hdlc(data: bytes) -> int:
    start = 1 if data[1] != hdlc.FLAG else len(data) - len(data.lstrip(bytes((hdlc.FLAG,))))
    if len(data) < start + 2 or data[start] & 0xF0 != hdlc.TYPE_3:
        return 0
    stop = start + (int.from_bytes(data[start : start + 2], "big") & hdlc.MAX_LENGTH)
    if stop < len(data) and stop - start >= hdlc.MIN_LENGTH:
        right = crc16_x25(data[start : stop - 2]) == int.from_bytes(data[stop - 2 : stop], "little")
        return 100 if right else 70 if data[stop] == hdlc.FLAG else 20
    return 50 if data[-1] == hdlc.FLAG else 20


def _sniff_wrapper(data: bytes) -> int:
    if len(data) < 9 or data[8] not in tags.TAGS:
        return 0
    length = int.from_bytes(data[6:8], "big")
    return 95 if length == len(data) - 8 else 70 if length < len(data) - 8 else 40


def _sniff_apdu(data: bytes) -> int:
    """Judge an APDU without a transport by what must follow its tag."""
    tag = data[0]
    if tag == tags.GENERAL_GLO and data[1] in (0, 8):
        return 58  # below what makes an error final: a ciphered P1 telegram looks the same
    if tag == tags.DATA_NOTIFICATION:
        # after the long invoke id comes a time of 12 octets, or none, and then a structure or an array
        return 75 if data[5] in (0, 9, 12) and len(data) > 7 else 0
    if tag in (tags.AARQ, tags.AARE):
        return 80 if data[1] == len(data) - 2 and 0x80 <= data[2] <= 0xBE else 0
    if tag == tags.GET_REQUEST and data[1] in (1, 2) and not _is_get_request(data):
        return 4  # a LoRaWAN rejoin request begins so too
    if tag in (tags.GET_REQUEST, tags.GET_RESPONSE, tags.GENERAL_BLOCK_TRANSFER):
        return 45 if data[1] in (1, 2, 3, 0x40, 0x80, 0xC0) else 0
    if tag in DATA_TAGS and is_data(data):
        return 35
    return 0


def _is_get_request(data: bytes) -> bool:
    """Say whether a GET request of one attribute, or for the next block, has the length it must have."""
    if data[1] == _NEXT:
        return len(data) == _SIZE_NEXT
    selective = data[_SIZE_NORMAL - 1 : _SIZE_NORMAL]
    return len(data) == _SIZE_NORMAL if selective == b"\x00" else selective == b"\x01"
