"""SML_Message: the envelope of every body, with a checksum of its own.

    76 transactionId groupNo abortOnError messageBody crc16 00

The checksum covers everything from the 76 to the end of the body. Source: SML 1.04, 5.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from emtkit.model.decoded import Check
from emtkit.model.errors import DecodeError
from emtkit.protocols.sml.bodies import read_body, write_body
from emtkit.protocols.sml.structures import Message
from emtkit.protocols.sml.tlv import LIST, UNSIGNED, read_number, read_octets
from emtkit.protocols.sml.tlv_write import tl_field, write_octets, write_unsigned
from emtkit.wire.checksums import crc16_kermit, crc16_x25

if TYPE_CHECKING:
    from emtkit.protocols.sml.tlv import SmlCursor

Checksum = Literal["x25", "kermit"]
END: Final = 0x00


def checksum_field(data: bytes, kind: Checksum = "x25") -> int:
    """Return the checksum as the number its two octets make, high octet first, in messages and at the end of frames.

    X-25 goes out low octet first (as in HDLC). The Kermit variant of the Holley DTZ541 and the Itron OpenWay
    (libsml #75, #83) goes out high octet first.
    """
    if kind == "kermit":
        return crc16_kermit(data)
    crc = crc16_x25(data)
    return crc >> 8 | (crc & 0xFF) << 8


def which_checksum(data: bytes, value: int | None) -> Literal["x25", "kermit", "wrong"]:
    """Return which of the two checksums `value` is."""
    if value is None:
        return "wrong"
    if value == checksum_field(data):
        return "x25"
    return "kermit" if value == crc16_kermit(data) else "wrong"


def read_message(cur: SmlCursor, index: int, checks: list[Check]) -> Message:
    """Read one message and check its checksum; a wrong one is reported, and the message says so.

    Raises DecodeError where there is no message here or its elements do not hold together.
    """
    field = f"messages[{index}]"
    start = cur.pos
    kind, size = cur.tl(field)
    if kind != LIST or size != 6:
        raise cur.error("sml.message.start", "a message is a list of six", field, start)
    cur.enter(field, start, "SML message")
    transaction_id = read_octets(cur, "transaction_id")
    group_no = read_number(cur, "group_no")
    abort_on_error = read_number(cur, "abort_on_error")
    body = read_body(cur)
    covered = cur.pos
    # Meters shorten the number to one octet when the high one is 0 (ISKRA MT691), so its value is compared.
    value = read_number(cur, "crc16")
    data = cur.data[start:covered]
    checksum = which_checksum(data, value)
    low, high = cur.view.span(start, cur.pos)
    if checksum == "wrong":
        text = f"the checksum says {'nothing' if value is None else f'{value:04X}'}, X-25 is {checksum_field(data):04X}"
        cur.ctx.error(
            "sml.message.crc", f"{field}: {text}", layer="sml", field=cur.where("crc16"),
            view=cur.view, start=covered, end=cur.pos,
        )  # fmt: skip
    detail = "X-25" if checksum == "x25" else "Kermit" if checksum == "kermit" else "neither X-25 nor Kermit"
    cur.note(f"checksum of the message, {'wrong' if checksum == 'wrong' else f'right ({detail})'}")
    checks.append(Check("sml message crc", checksum != "wrong", detail, low, high))
    _read_end(cur)
    cur.leave()
    return Message(transaction_id, body, group_no, abort_on_error, checksum, (start, cur.pos))


def _read_end(cur: SmlCursor) -> None:
    start = cur.pos
    if cur.left and cur.data[start] == END:
        cur.pos = start + 1
        if cur.trace is not None:
            cur.trace.add(cur.view, start, cur.pos, cur.layer, cur.where("end_of_sml_msg"), "end of the message")
    else:
        cur.warn("sml.message.end", "the octet 00 that ends a message is missing", "end_of_sml_msg", start)


def read_messages(cur: SmlCursor, checks: list[Check]) -> list[Message]:
    """Read messages up to the end; one that is damaged is reported, and reading goes on at the next.

    Raises the error of the first message where not a single one can be read.
    """
    messages: list[Message] = []
    first: DecodeError | None = None
    index = 0
    while True:
        _skip_fill(cur)
        if not cur.left:
            break
        start = cur.pos
        try:
            messages.append(read_message(cur, index, checks))
        except DecodeError as error:
            if cur.ctx.strict:
                raise
            first = first or error
            cur.path.clear()
            # from where the walk stopped, not from where it began: every octet is read once
            cur.pos = _next_message(cur, max(cur.pos, start + 1))
            place = {"view": cur.view, "start": start, "end": cur.pos}
            text = f"message {index} is left out: {error.message}"
            cur.ctx.error(error.code, text, layer="sml", field=error.field, **place)
        index += 1
    if not messages:
        raise first or cur.error("sml.message.none", "there is no message", "messages", cur.pos)
    return messages


def _skip_fill(cur: SmlCursor) -> None:
    """Read over fill octets 00 between and after messages."""
    start = cur.pos
    while cur.left and cur.data[cur.pos] == 0:
        cur.pos += 1
    if cur.trace is not None and cur.pos > start:
        cur.trace.add(cur.view, start, cur.pos, "sml.transport", "padding", "fill octets")


def _next_message(cur: SmlCursor, start: int) -> int:
    """Return where the next message seems to begin, or the end."""
    while (at := cur.data.find(b"\x76", start, cur.end)) >= 0:
        if looks_like_message(cur.data, at):
            return at
        start = at + 1
    return cur.end


def looks_like_message(data: bytes, at: int = 0) -> bool:
    """Say whether a message seems to begin here: a list of six with octets, two u8 and a list of two."""
    if len(data) < at + 8 or data[at] != 0x76 or not 0x01 <= data[at + 1] <= 0x8F or 0x10 <= data[at + 1] <= 0x7F:
        return False
    size = data[at + 1]
    if size >= 0x80:
        size = (size & 0x0F) << 4 | data[at + 2] & 0x0F
    rest = data[at + 1 + size : at + 6 + size]
    return len(rest) == 5 and rest[0] == rest[2] == (UNSIGNED | 2) and rest[4] == (LIST | 2)


def build_message(message: Message, *, checksum: Checksum = "x25", short_crc: bool = False) -> bytes:
    """Return the octets of a message; its checksum is computed.

    `short_crc` sends the checksum in one octet where its high octet is 0, as ISKRA meters do.
    Raises EncodeError for a value that its field cannot take.
    """
    out = bytearray(tl_field(LIST, 6))
    write_octets(out, message.transaction_id, "transaction_id")
    write_unsigned(out, message.group_no, "group_no")
    write_unsigned(out, message.abort_on_error, "abort_on_error")
    write_body(out, message.body)
    write_unsigned(out, checksum_field(bytes(out), checksum), "crc16", 0 if short_crc else 2)
    out.append(END)
    return bytes(out)
