"""The wrapper of DLMS over TCP and UDP (port 4059): version, two wPorts, length.

Source: IEC 62056-47, 5.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.protocols.dlms.stream import NOISE, FrameStream
from emtkit.wire.cursor import Cursor
from emtkit.wire.layout import Field, Layout

if TYPE_CHECKING:
    from emtkit.wire.trace import Trace
    from emtkit.wire.view import View

LAYER: Final = "dlms.wrapper"
VERSION: Final = 1
TCP_PORT: Final = 4059
HEADER: Final = Layout(
    LAYER,
    Field("version", "u16", "version 1"),
    Field("source", "u16", "source wPort"),
    Field("destination", "u16", "destination wPort"),
    Field("length", "u16", "length of the APDU"),
    big=True,
)
MAX_APDU: Final = 0xFFFF


class WrapperPdu(NamedTuple):
    """One wrapped APDU. The client's wPort is its SAP (16 public, 1 management), the server's its logical device.

    apdu         where the APDU stands in the view
    start, end   where header and APDU stand
    """

    source: int
    destination: int
    apdu: tuple[int, int]
    start: int
    end: int


def read_wrapper(view: View, start: int = 0, trace: Trace | None = None) -> WrapperPdu:
    """Read one wrapped APDU.

    Raises DecodeError `dlms.wrapper.version`, Truncated `dlms.wrapper.truncated`.
    """
    cur = Cursor(view, LAYER, start=start, trace=trace)
    version, source, destination, length = cur.read(HEADER)
    assert isinstance(source, int) and isinstance(destination, int) and isinstance(length, int)  # noqa: S101, PT018 - the layout has integers only
    if version != VERSION:
        low, high = cur.place(start, start + 2)
        raise DecodeError(
            "dlms.wrapper.version", f"wrapper version {version!r}, expected 1", layer=LAYER, start=low, end=high
        )
    if length > cur.left:
        raise cur.short(length, "apdu")
    return WrapperPdu(source, destination, (cur.pos, cur.pos + length), start, cur.pos + length)


def build_wrapper(source: int, destination: int, apdu: bytes) -> bytes:
    """Return an APDU with its wrapper. Raises EncodeError `dlms.wrapper.build` when it does not fit."""
    if len(apdu) > MAX_APDU or not 0 <= source <= MAX_APDU or not 0 <= destination <= MAX_APDU:
        raise EncodeError("dlms.wrapper.build", f"{len(apdu)} bytes from {source} to {destination} do not fit")
    return HEADER.build(version=VERSION, source=source, destination=destination, length=len(apdu)) + apdu


class WrapperStream(FrameStream[WrapperPdu]):
    """Cuts a TCP byte stream into wrapped APDUs.

    The wrapper has no checksum: a header counts when its APDU begins with a tag that exists.
    """

    start_byte = 0

    def judge(self, buffer: bytes, start: int) -> tuple[int, WrapperPdu] | str | None:
        """Look at the zero byte at `start`."""
        from emtkit.protocols.dlms.tags import TAGS

        if buffer[start + 1 : start + 2] not in (b"", b"\x01"):
            return NOISE
        if len(buffer) < start + HEADER.size + 1:
            return None
        length = int.from_bytes(buffer[start + 6 : start + 8], "big")
        if not length or buffer[start + HEADER.size] not in TAGS:
            return NOISE
        end = start + HEADER.size + length
        if end > len(buffer):
            return None
        fields = HEADER.unpack_from(buffer, start)
        return end, WrapperPdu(fields[1], fields[2], (HEADER.size, end - start), 0, end - start)
