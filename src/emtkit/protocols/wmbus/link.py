"""Link layer: frame formats A and B with their CRCs, found by trying them (EN 13757-4:2019, clause 11).

    A  L C M(2) A(6) CRC | 16 bytes CRC | ... | 1..16 bytes CRC      L counts no CRC
    B  L C M(2) A(6) | up to 116 bytes CRC | up to 126 bytes CRC     L counts the CRCs
    -  L C M(2) A(6) | data                                          receivers strip the CRCs and mend L

CRCs are big-endian here. In front may stand the sync words of mode C (54 CD: format A, 54 3D: format B).
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import Check, Decoded
from emtkit.model.errors import ChecksumError, DecodeError, EncodeError, Truncated
from emtkit.model.meter_id import MeterId, meter_from_address
from emtkit.protocols.mbus.ci import CI_TABLE
from emtkit.protocols.wmbus.line_code import begins_3of6, decode_3of6
from emtkit.wire.checksums import crc16_en13757
from emtkit.wire.layout import Field, Layout
from emtkit.wire.view import Part, View, join, nowhere

if TYPE_CHECKING:
    from emtkit.protocols.context import Context

LAYER: Final = "wmbus.link"
HEADER_SIZE: Final = 10
_CRC: Final = 2
_BLOCK: Final = 16
_B_FIRST: Final = 126  # format B: first and second block together, without their CRC

HEADER: Final = Layout(
    "wmbus.link",
    Field("l_field", "u8", "length"),
    Field("c_field", "u8", "function"),
    Field("manufacturer", 2, "manufacturer of the sender"),
    Field("identification", 4, "serial number of the sender (BCD, least significant byte first)"),
    Field("version", "u8", "version of the sender"),
    Field("device_type", "u8", "device type of the sender"),
)

# EN 13757-4:2019, table 27
C_FIELDS: Final[dict[int, str]] = {
    0x44: "SND-NR: data, no reply expected",
    0x46: "SND-IR: installation request",
    0x47: "ACC-NR: access number, no reply expected",
    0x48: "ACC-DMD: access demand",
    0x00: "ACK",
    0x01: "NACK",
    0x40: "SND-NKE: link reset",
    0x43: "SND-UD2: data to the meter",
    0x45: "SND-UD3: data to several meters",
    0x06: "CNF-IR: confirms the installation",
}
_FUNCTIONS: Final = {0x3: "SND-UD: data to the meter", 0x8: "RSP-UD: data", 0xA: "REQ-UD1: request of alarms",
                     0xB: "REQ-UD2: request of data"}  # fmt: skip
_FROM_METER_PLAUSIBLE: Final = frozenset({0x44, 0x46, 0x47, 0x48, 0x08, 0x18, 0x28, 0x38, 0x00})
_PLAUSIBLE: Final = _FROM_METER_PLAUSIBLE | frozenset(
    {0x40, 0x43, 0x45, 0x53, 0x73, 0x5A, 0x7A, 0x5B, 0x7B, 0x06, 0x01}
)

_LENGTH_MISSING: Final = frozenset({0x44, 0x46})  # frames stored from their C field on

_SND_NR: Final = 0x44
_SLASH: Final = 0x2F  # begins the text telegrams of IEC 62056-21

_SYNC: Final = {b"\x54\xcd": "A", b"\x54\x3d": "B"}


class Link(NamedTuple):
    """The link header. `format` is A, B, or - for stored frames without CRCs; `address` is M ID VER TYPE."""

    l_field: int
    c_field: int
    meter: MeterId
    address: bytes
    format: str


def function_name(c_field: int) -> str:
    """Return what a C field means."""
    return C_FIELDS.get(c_field) or _FUNCTIONS.get(c_field & 0x0F) or f"function {c_field & 15}"


def plausible(data: bytes) -> int:
    """Return how sure these bytes are a link frame.

    95 with a good CRC, or for an SND-NR whose length and CI field fit; 75 where only the length fits; 0 if not.
    """
    if len(data) < HEADER_SIZE + 1:
        return 0
    sync = _sync_size(data)
    if sync:
        return 90 if data[sync + 1] in _PLAUSIBLE else 0
    if data[1] in _PLAUSIBLE:
        length = data[0]
        if length < 9:
            return 0
        if len(data) == length + 1:
            certain = data[1] == _SND_NR and data[HEADER_SIZE] in CI_TABLE and length != _SLASH
            return 95 if certain else 75
        if len(data) >= 12 and _crc_at(data, 0, HEADER_SIZE):
            return 95
        if len(data) > length + 1:
            return 40
        return 35 if len(data) >= length - 3 else 25
    return _plausible_code(data)


def _plausible_code(data: bytes) -> int:
    if _is_3of6(data):
        return 92
    if data[0] in _LENGTH_MISSING:
        return 15
    return 0


def _is_3of6(data: bytes) -> bool:
    if len(data) < 18 or not begins_3of6(data):
        return False
    try:
        head = decode_3of6(data[:18])
    except DecodeError:
        return False
    return _crc_at(head, 0, HEADER_SIZE)


def _crc_at(data: bytes, start: int, end: int) -> bool:
    """Return whether bytes start..end are followed by their CRC."""
    return crc16_en13757(data[start:end]) == int.from_bytes(data[end : end + _CRC], "big")


def read_link(view: View, ctx: Context, out: Decoded) -> View:
    """Return the frame without line code, sync words and CRCs, L not yet trusted; fill layers, meter and checks.

    Raises Truncated, ChecksumError `wmbus.link.crc` or DecodeError.
    """
    data = view.data
    if len(data) >= HEADER_SIZE and len(data) == data[0] + 1 and ctx.trace is None and not has_crc(data):
        link = _stored_link(data[:HEADER_SIZE])  # the way of most captures
        out.meter, out.layers = link.meter, (link,)
        return view
    if len(data) < HEADER_SIZE or data[1] not in _PLAUSIBLE:
        view = _without_sync(_without_line_code(view, ctx), ctx)
        data = view.data
    if len(data) < HEADER_SIZE:
        start, end = view.span(0, len(data))
        raise Truncated(
            "wmbus.link.truncated", f"a link header has {HEADER_SIZE} bytes, {len(data)} are there", layer=LAYER,
            field="header", start=start, end=end,
        )  # fmt: skip
    if data[1] not in _PLAUSIBLE and data[0] in _LENGTH_MISSING and len(data) < 256:
        view = _without_length(view, ctx)
    found, frame, blocks = _find_format(view, ctx, out)
    if ctx.trace is not None:
        _explain(view, frame, blocks, found, ctx)
    address = frame.data[2:HEADER_SIZE]
    meter = meter_from_address(address)
    out.meter = meter
    out.layers = (*out.layers, Link(frame.data[0], frame.data[1], meter, address, found))
    return frame


def has_crc(data: bytes) -> bool:
    """Return whether a frame whose length fits may carry link CRCs: of format A (then it is cut off) or format B."""
    crc_a = int.from_bytes(data[HEADER_SIZE : HEADER_SIZE + _CRC], "big")
    if crc16_en13757(data[:HEADER_SIZE]) == crc_a or data[1] not in _PLAUSIBLE:
        return True
    end = _blocks_b(data[0])[0][1]
    return crc16_en13757(data[:end]) == int.from_bytes(data[end : end + _CRC], "big")


@lru_cache(maxsize=65536)
def _stored_link(header: bytes) -> Link:
    """Return the link header of a frame stored without CRCs; a meter sends the same one all its life."""
    address = header[2:]
    return Link(header[0], header[1], meter_from_address(address), address, "-")


def _sync_size(data: bytes) -> int:
    """Return how many bytes of mode C sync words stand in front: 0, 2, or 4 when the receiver kept both."""
    if data[:2] not in _SYNC:
        return 0
    return 4 if data[:2] == b"\x54\x3d" and data[2:4] in _SYNC else 2


def _without_sync(view: View, ctx: Context) -> View:
    """Drop the sync words of mode C."""
    size = _sync_size(view.data)
    if not size:
        return view
    if ctx.trace is not None:
        frame_format = _SYNC[view.data[size - 2 : size]]
        ctx.trace.add(view, 0, size, LAYER, "sync", f"sync word of mode C, frame format {frame_format}")
    return view.slice(size)


def _without_line_code(view: View, ctx: Context) -> View:
    """Decode mode T chips, as many bytes as the length byte announces; what follows is postamble.

    A decoded byte is one and a half coded bytes: of three coded bytes the first two stand for the two decoded
    ones, the third is shown as line code.
    """
    data = view.data
    if (data[1:2] and data[1] in _PLAUSIBLE) or data[:2] in _SYNC or not _is_3of6(data):
        return view
    length = decode_3of6(data[:3])[0]
    size = _blocks_a(length)[-1][1] + _CRC
    plain = decode_3of6(data[: (size * 12 + 7) // 8])[:size]
    if ctx.trace is not None:
        used = (len(plain) * 12 + 7) // 8
        for at in range(2, used, 3):
            ctx.trace.add(view, at, at + 1, "wmbus.line", "chips", "3-of-6 chips of the two bytes before")
        if used < len(data):
            ctx.trace.add(view, used, len(data), "wmbus.line", "postamble", "postamble and noise")
    parts = tuple(Part(at, 1, 3 * (at // 2) + at % 2) for at in range(len(plain)))
    return View(plain, "decoded", parts)


def _without_length(view: View, ctx: Context) -> View:
    """Put the length byte in front of a frame that was stored without it."""
    ctx.warn(
        "wmbus.link.no_length", "the frame begins with its C field: the length byte is missing",
        layer=LAYER, field="l_field", view=view, start=0, end=1,
    )  # fmt: skip
    return join((nowhere(bytes((len(view) & 0xFF,)), "frame"), view), "frame")


def _find_format(view: View, ctx: Context, out: Decoded) -> tuple[str, View, tuple[tuple[int, int], ...]]:
    """Try A, B, then none. Returns the format, the frame and the data ranges of its blocks."""
    data = view.data
    length = data[0]
    blocks_a = _blocks_a(length)
    size_a = blocks_a[-1][1] + _CRC
    first_crc = int.from_bytes(data[HEADER_SIZE : HEADER_SIZE + _CRC], "big")
    if crc16_en13757(data[:HEADER_SIZE]) == first_crc and len(data) >= HEADER_SIZE + _CRC and length >= 9:
        if len(data) < size_a:
            _cut(view, size_a, "A", blocks_a, ctx)
        _check_blocks(view, blocks_a, ctx, out, "A")
        _trailing(view, size_a, ctx)
        return "A", view.pick(blocks_a, "frame"), blocks_a
    blocks_b = _blocks_b(length)
    size_b, end_b = length + 1, blocks_b[0][1]
    crc_b = int.from_bytes(data[end_b : end_b + _CRC], "big")
    if len(data) >= size_b >= HEADER_SIZE + _CRC and crc16_en13757(data[:end_b]) == crc_b:
        _check_blocks(view, blocks_b, ctx, out, "B")
        _trailing(view, size_b, ctx)
        return "B", view.pick(blocks_b, "frame"), blocks_b
    if (
        len(data) == size_a
        and size_a != size_b
        and len(blocks_a) > 1
        and all(_crc_at(data, *block) for block in blocks_a[1:])
    ):
        _check_blocks(view, blocks_a, ctx, out, "A")  # raises: only the first block is damaged
    if len(data) < size_b:
        missing = size_b - len(data)
        if missing in {2, 4} and missing == (_CRC if length < _B_FIRST + _CRC else 2 * _CRC):
            ctx.warn(
                "wmbus.link.length_counts_crc",
                f"L = {length} counts {missing} bytes that are not there: a format B frame whose CRC was stripped,"
                " or a truncated frame",
                layer=LAYER, field="l_field", view=view, start=0, end=1,
            )  # fmt: skip
            return "-", view, ((0, len(data)),)
        _cut(view, size_b, "-", (), ctx)
    if len(data) == size_b:
        return "-", view, ((0, size_b),)
    _trailing(view, size_b, ctx)
    return "-", view.slice(0, size_b), ((0, size_b),)


@cache
def _blocks_a(length: int) -> tuple[tuple[int, int], ...]:
    """Return the data ranges of format A blocks (each followed by its CRC)."""
    blocks = [(0, HEADER_SIZE)]
    left, at = length + 1 - HEADER_SIZE, HEADER_SIZE + _CRC
    while left > 0:
        size = min(_BLOCK, left)
        blocks.append((at, at + size))
        at, left = at + size + _CRC, left - size
    return tuple(blocks)


@cache
def _blocks_b(length: int) -> tuple[tuple[int, int], ...]:
    """Return the data ranges of format B: the first two blocks share a CRC, the third has its own."""
    total = length + 1
    if total <= _B_FIRST + _CRC:
        return ((0, total - _CRC),)
    return ((0, _B_FIRST), (_B_FIRST + _CRC, max(total - _CRC, _B_FIRST + _CRC)))


def _check_blocks(view: View, blocks: tuple[tuple[int, int], ...], ctx: Context, out: Decoded, name: str) -> None:
    data = view.data
    bad = None
    for number, (start, end) in enumerate(blocks, 1):
        ok = _crc_at(data, start, end)
        place = view.span(end, end + _CRC)
        out.checks += (Check(f"link CRC, block {number}", ok, f"format {name}", *place),)
        if not ok and bad is None:
            bad = number, place
    if bad is not None:
        if ctx.trace is not None:
            _explain(view, view.pick(blocks, "frame"), blocks, name, ctx)
            ctx.trace.checks.extend(out.checks)
        number, place = bad
        raise ChecksumError(
            "wmbus.link.crc", f"the CRC of block {number} does not match (frame format {name}): the frame is damaged",
            layer=LAYER, field=f"crc[{number}]", start=place[0], end=place[1],
        )  # fmt: skip


def _cut(view: View, size: int, name: str, blocks: tuple[tuple[int, int], ...], ctx: Context) -> None:
    """Raise Truncated, after explaining the header: it says whose telegram was cut."""
    there = tuple(block for block in blocks if block[1] + _CRC <= len(view))
    _explain(view, view, there, name, ctx)
    start, end = view.span(0, len(view))
    kind = f"frame format {name}, " if name != "-" else ""
    raise Truncated(
        "wmbus.link.truncated", f"L = {view.data[0]} announces a frame of {size} bytes ({kind}{len(view)} are there)",
        layer=LAYER, field="l_field", start=start, end=end,
    )  # fmt: skip


def _trailing(view: View, size: int, ctx: Context) -> None:
    if len(view) > size:
        if ctx.trace is not None:
            ctx.trace.add(view, size, len(view), LAYER, "trailing", "bytes behind the frame")
        ctx.warn(
            "wmbus.link.trailing", f"{len(view) - size} bytes behind the frame are not part of it",
            layer=LAYER, field="trailing", view=view, start=size, end=len(view),
        )  # fmt: skip


def _explain(view: View, frame: View, blocks: tuple[tuple[int, int], ...], name: str, ctx: Context) -> None:
    """Leave the spans of header and CRCs."""
    trace = ctx.trace
    if trace is None:
        return
    meter = meter_from_address(frame.data[2:HEADER_SIZE])
    texts = (
        f"length {frame.data[0]}, frame format {name}"
        if name != "-"
        else f"length {frame.data[0]}, stored without CRC",
        function_name(frame.data[1]),
        f"manufacturer {meter.manufacturer}",
        f"serial number {meter.id}",
        f"version {meter.version}",
        f"device type: {meter.medium}",
    )
    for (field, low, high), text in zip(HEADER.spans, texts, strict=True):
        trace.add(frame, low, high, LAYER, field.name, text)
    if name != "-":
        for number, (start, end) in enumerate(blocks, 1):
            ok = _crc_at(view.data, start, end)
            trace.add(
                view, end, end + _CRC, LAYER, "crc", f"CRC of block {number}" + ("" if ok else ": does not match")
            )


# ---- building ----


def build_frame(c_field: int, address: bytes, payload: bytes, frame_format: str = "-") -> bytes:
    """Return a frame with header, from CI field to end in `payload`; `frame_format` is A, B or - (no CRCs).

    `address` is the eight bytes M ID VER TYPE. Raises EncodeError when the frame does not fit its length byte.
    """
    size = HEADER_SIZE - 1 + len(payload)
    if frame_format == "B":
        size += _CRC if size + 1 + _CRC <= _B_FIRST + _CRC else 2 * _CRC
    if size > 255 or len(address) != 8:
        raise EncodeError(
            "wmbus.encode.frame", f"a frame of {size} bytes with an address of {len(address)} does not exist"
        )
    plain = bytes((size, c_field)) + address + payload
    if frame_format == "-":
        return plain
    made, at = b"", 0
    blocks = _blocks_a(size) if frame_format == "A" else _blocks_b(size)
    for start, end in blocks:
        block = plain[at : at + end - start]
        made += block + crc16_en13757(block).to_bytes(_CRC, "big")
        at += end - start
    return made
