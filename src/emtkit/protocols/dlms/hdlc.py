"""HDLC frames of IEC 62056-46: addresses, control field, check sequences, and frames back to bytes.

Frame type 3 without octet stuffing: 0x7E may stand anywhere inside, the length delimits. One flag may
close a frame and open the next.

Source: IEC 62056-46, 6.4; Green Book, 8.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.protocols.dlms.stream import NOISE, FrameStream
from emtkit.wire.checksums import crc16_x25
from emtkit.wire.cursor import Cursor
from emtkit.wire.view import View

if TYPE_CHECKING:
    from emtkit.wire.trace import Trace

LAYER: Final = "dlms.hdlc"
FLAG: Final = 0x7E
TYPE_3: Final = 0xA0
SEGMENTED: Final = 0x0800
MAX_LENGTH: Final = 0x07FF
# format(2) destination(1) source(1) control(1) FCS(2)
MIN_LENGTH: Final = 7
POLL_FINAL: Final = 0x10

CLIENT_PUBLIC: Final = 16
CLIENT_MANAGEMENT: Final = 1

# Control fields without poll/final bit. I frames have bit 0 clear; RR and RNR carry N(R) in bits 7..5.
_UNNUMBERED: Final[dict[int, str]] = {0x83: "SNRM", 0x43: "DISC", 0x63: "UA", 0x0F: "DM", 0x87: "FRMR", 0x03: "UI"}
_SUPERVISORY: Final[dict[int, str]] = {0x01: "RR", 0x05: "RNR"}
KINDS: Final[dict[str, int]] = {name: code for code, name in (_UNNUMBERED | _SUPERVISORY).items()} | {"I": 0}

# Reserved addresses by size of the field: 1, 2 or 4 octets.
_RESERVED: Final[dict[int, str]] = {0x00: "no station", 0x7E: "calling station", 0x7F: "all stations"}
_RESERVED_WIDE: Final[dict[int, str]] = {0x0000: "no station", 0x3FFE: "calling station", 0x3FFF: "all stations"}


class HdlcAddress(NamedTuple):
    """An address: `upper` is the client or the logical device, `lower` the physical device (None: not given).

    `size` is the number of octets, 1, 2 or 4.
    """

    upper: int
    lower: int | None = None
    size: int = 1

    def encode(self) -> bytes:
        """Return the octets, seven bits each, the last with its lowest bit set."""
        parts = [self.upper] if self.lower is None else [self.upper, self.lower]
        half = {1: 1, 2: 1, 4: 2}.get(self.size, 0)
        bits = 7 * half
        if not half or len(parts) * half != self.size or max(parts) >> bits or min(parts) < 0:
            raise EncodeError("dlms.hdlc.build", f"{self} does not fit into {self.size} octets", layer=LAYER)
        octets = bytearray()
        for part in parts:
            octets += bytes((part >> shift & 0x7F) << 1 for shift in range(bits - 7, -1, -7))
        octets[-1] |= 1
        return bytes(octets)

    def __str__(self) -> str:
        """Return `16`, `1/17` or the name of a reserved address."""
        names = _RESERVED_WIDE if self.size == 4 else _RESERVED
        parts = [self.upper] if self.lower is None else [self.upper, self.lower]
        return "/".join(names.get(part) or str(part) for part in parts)


class HdlcFrame(NamedTuple):
    """One frame.

    control      control field with poll/final bit
    segmented    more segments of this PDU follow
    info         where the information field stands in the view
    start, end   where the frame stands in the view, flags included
    hcs_ok       header check; None where the frame has none (no information field)
    fcs_ok       frame check
    """

    destination: HdlcAddress
    source: HdlcAddress
    control: int
    segmented: bool
    info: tuple[int, int]
    start: int
    end: int
    hcs_ok: bool | None
    fcs_ok: bool

    @property
    def kind(self) -> str:
        """Return `I`, `RR`, `RNR`, `SNRM`, `DISC`, `UA`, `DM`, `FRMR`, `UI`, or `unknown`."""
        return control_kind(self.control)

    @property
    def poll_final(self) -> bool:
        """Return the poll/final bit."""
        return bool(self.control & POLL_FINAL)

    @property
    def ok(self) -> bool:
        """Say whether both check sequences are right."""
        return self.fcs_ok and self.hcs_ok is not False


def control_kind(control: int) -> str:
    """Return the name of the frame type a control field stands for."""
    if not control & 1:
        return "I"
    plain = control & ~POLL_FINAL
    return _UNNUMBERED.get(plain) or _SUPERVISORY.get(plain & 0x0F) or "unknown"


def control_text(control: int) -> str:
    """Return a control field for people: kind, poll/final, N(S) and N(R)."""
    kind = control_kind(control)
    text = kind + (" P/F" if control & POLL_FINAL else "")
    if kind == "I":
        text += f" N(S)={control >> 1 & 7}"
    return text + (f" N(R)={control >> 5}" if kind in ("I", "RR", "RNR") else "")


def information_control(send: int, receive: int, *, final: bool = True) -> int:
    """Return the control field of an I frame with N(S) and N(R), both modulo 8."""
    return (receive & 7) << 5 | (send & 7) << 1 | (POLL_FINAL if final else 0)


def receive_ready(receive: int, *, final: bool = True) -> int:
    """Return the control field of an RR frame."""
    return (receive & 7) << 5 | (POLL_FINAL if final else 0) | 0x01


def read_frame(view: View, start: int = 0, trace: Trace | None = None) -> HdlcFrame:
    """Read the frame whose opening flag stands at `start`.

    Wrong check sequences are in the result, not raised. Raises DecodeError `dlms.hdlc.flag`,
    `dlms.hdlc.format`, `dlms.hdlc.address`, `dlms.hdlc.length`, or Truncated `dlms.hdlc.truncated`.
    """
    cur = Cursor(view, LAYER, start=start, trace=trace)
    if cur.u8("flag") != FLAG:
        raise _error(cur, "dlms.hdlc.flag", "no 0x7E where a frame should start", start)
    cur.note("opening flag")
    word = cur.u16be("format")
    length = word & MAX_LENGTH
    if word >> 8 & 0xF0 != TYPE_3:
        raise _error(cur, "dlms.hdlc.format", f"format 0x{word:04X} is not frame type 3 (0xA...)", start + 1)
    if length < MIN_LENGTH:
        raise _error(cur, "dlms.hdlc.length", f"a frame of {length} bytes, at least {MIN_LENGTH} expected", start + 1)
    cur.note(f"frame type 3, {length} bytes" + (", more segments follow" if word & SEGMENTED else ""))
    stop = start + 1 + length
    if stop >= cur.end:
        raise cur.short(length - 1, "frame")
    cur.end = stop - 2
    destination = _read_address(cur, "destination")
    source = _read_address(cur, "source")
    control = cur.u8("control")
    if cur.tracing:
        cur.note(control_text(control))
    data = view.data
    hcs_ok: bool | None = None
    if cur.left:
        hcs_ok = crc16_x25(data[start + 1 : cur.pos]) == int.from_bytes(cur.take(2, "hcs"), "little")
        cur.note("header check sequence" + ("" if hcs_ok else ", wrong"))
    info = (cur.pos, cur.end)
    cur.pos, cur.end = cur.end, len(data)
    fcs_ok = crc16_x25(data[start + 1 : cur.pos]) == int.from_bytes(cur.take(2, "fcs"), "little")
    cur.note("frame check sequence" + ("" if fcs_ok else ", wrong"))
    if cur.u8("flag") != FLAG:
        raise _error(cur, "dlms.hdlc.flag", "no 0x7E where the frame should end", stop)
    cur.note("closing flag")
    return HdlcFrame(destination, source, control, bool(word & SEGMENTED), info, start, cur.pos, hcs_ok, fcs_ok)


def _read_address(cur: Cursor, field: str) -> HdlcAddress:
    start = cur.pos
    octets = bytearray()
    while True:
        octet = cur.u8(field)
        octets.append(octet >> 1)
        if octet & 1:
            break
        if len(octets) == 4:
            raise _error(cur, "dlms.hdlc.address", f"the {field} address does not end after four octets", start)
    if len(octets) == 1:
        address = HdlcAddress(octets[0])
    elif len(octets) == 2:
        address = HdlcAddress(octets[0], octets[1], 2)
    elif len(octets) == 4:
        address = HdlcAddress(octets[0] << 7 | octets[1], octets[2] << 7 | octets[3], 4)
    else:
        raise _error(cur, "dlms.hdlc.address", f"a {field} address of three octets", start)
    if cur.trace is not None:
        cur.trace.add(cur.view, start, cur.pos, LAYER, field, f"{field} address {address}")
    return address


def _error(cur: Cursor, code: str, message: str, start: int) -> DecodeError:
    low, high = cur.place(start)
    return DecodeError(code, f"{message} (offset {low})", layer=LAYER, start=low, end=high)


def build_frame(
    destination: HdlcAddress, source: HdlcAddress, control: int, info: bytes = b"", *, segmented: bool = False
) -> bytes:
    """Return a frame with its flags. Raises EncodeError `dlms.hdlc.build` when it would be too long."""
    header = destination.encode() + source.encode() + bytes((control,))
    length = 2 + len(header) + 2 + (len(info) + 2 if info else 0)
    if length > MAX_LENGTH:
        raise EncodeError("dlms.hdlc.build", f"a frame of {length} bytes; at most {MAX_LENGTH} fit", layer=LAYER)
    word = TYPE_3 << 8 | (SEGMENTED if segmented else 0) | length
    frame = word.to_bytes(2, "big") + header
    if info:
        frame += crc16_x25(frame).to_bytes(2, "little") + info
    return bytes((FLAG,)) + frame + crc16_x25(frame).to_bytes(2, "little") + bytes((FLAG,))


def build_segments(
    destination: HdlcAddress, source: HdlcAddress, pdu: bytes, *, max_info: int, send: int | None = None
) -> list[bytes]:
    """Return the frames that carry a PDU: I frames counting N(S) from `send`, or UI frames without it."""
    if max_info < 1:
        raise EncodeError("dlms.hdlc.build", "an information field needs at least one byte", layer=LAYER)
    pieces = [pdu[at : at + max_info] for at in range(0, len(pdu), max_info)] or [b""]
    frames = []
    for number, piece in enumerate(pieces):
        more = number + 1 < len(pieces)
        control = KINDS["UI"] | POLL_FINAL if send is None else information_control(send + number, 0, final=not more)
        frames.append(build_frame(destination, source, control, piece, segmented=more))
    return frames


class HdlcStream(FrameStream[HdlcFrame]):
    """Cuts a byte stream into HDLC frames.

    A frame whose header check is right is waited for. One whose header check and flags are right is
    reported even with a wrong frame check (`frame.fcs_ok` says so); all else that is wrong is dropped.
    """

    start_byte = FLAG
    shares_flag = True
    fill = bytes((FLAG,))

    def judge(self, buffer: bytes, start: int) -> tuple[int, HdlcFrame] | str | None:
        """Look at the flag at `start`."""
        header = _judge_header(buffer, start)
        if not isinstance(header, tuple):
            return header
        stop, has_info = header
        if stop >= len(buffer):
            return None
        if buffer[stop] != FLAG:
            return "no_end"
        frame = read_frame(View(buffer[start : stop + 1]))
        return (stop + 1, frame) if has_info or frame.fcs_ok else "checksum"


def _judge_header(buffer: bytes, start: int) -> tuple[int, bool] | str | None:
    """Return (where the closing flag must stand, whether there is an information field), or as `judge` does."""
    if buffer[start + 1 : start + 2] and buffer[start + 1] & 0xF0 != TYPE_3:
        return NOISE
    if len(buffer) < start + 3:
        return None
    control = _skip_addresses(buffer, start + 3)
    if control is None:
        return None
    stop = start + 1 + (int.from_bytes(buffer[start + 1 : start + 3], "big") & MAX_LENGTH)
    has_info = stop > control + 3
    if control == 0 or stop < control + (5 if has_info else 3):
        return NOISE
    if has_info:
        if len(buffer) < control + 3:
            return None
        hcs = int.from_bytes(buffer[control + 1 : control + 3], "little")
        if crc16_x25(buffer[start + 1 : control + 1]) != hcs:
            return "checksum"
    return stop, has_info


def _skip_addresses(buffer: bytes, at: int) -> int | None:
    """Return where the control field stands: None if more bytes are needed, 0 if no address looks like this."""
    for _ in range(2):
        for size in (1, 2, 3, 4):
            if at + size > len(buffer):
                return None
            if buffer[at + size - 1] & 1:
                break
        else:
            return 0
        if size == 3:
            return 0
        at += size
    return at
