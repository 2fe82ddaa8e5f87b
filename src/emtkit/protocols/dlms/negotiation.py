"""The parameters of SNRM and UA frames: `81 80 length | 05 n size | 06 n size | 07 4 window | 08 4 window`.

The names are those of the sender: 05 in a UA is what the server sends. Source: IEC 62056-46, 6.4.4.4.3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from emtkit.wire.cursor import Cursor

_FORMAT: Final = 0x81
_GROUP: Final = 0x80
_DEFAULT_INFO: Final = 128
_DEFAULT_WINDOW: Final = 1
_FIELDS: Final[dict[int, str]] = {
    5: "max information field, sending",
    6: "max information field, receiving",
    7: "window, sending",
    8: "window, receiving",
}


class Negotiation(NamedTuple):
    """What one side can: octets of an information field, and frames sent before an answer is needed."""

    max_info_send: int = _DEFAULT_INFO
    max_info_receive: int = _DEFAULT_INFO
    window_send: int = _DEFAULT_WINDOW
    window_receive: int = _DEFAULT_WINDOW


def read_negotiation(cur: Cursor) -> Negotiation:
    """Read the information field of SNRM or UA; an empty one means the defaults.

    Raises DecodeError `dlms.hdlc.parameters`.
    """
    values = {5: _DEFAULT_INFO, 6: _DEFAULT_INFO, 7: _DEFAULT_WINDOW, 8: _DEFAULT_WINDOW}
    if cur.left:
        head = cur.take(3, "parameters")
        cur.note("negotiation parameters")
        if head[0] != _FORMAT or head[1] != _GROUP or head[2] > cur.left:
            low, high = cur.place(cur.pos - 3)
            raise DecodeError("dlms.hdlc.parameters", f"no parameters (81 80) at offset {low}", start=low, end=high)
        while cur.left >= 2:
            start = cur.pos
            field = cur.u8("parameter")
            value = int.from_bytes(cur.take(cur.u8("length"), "value"), "big")
            if field in values:
                values[field] = value
            if cur.trace is not None:
                text = f"{_FIELDS.get(field) or f'parameter {field}'}: {value}"
                cur.trace.add(cur.view, start, cur.pos, cur.layer, "parameter", text)
    return Negotiation(values[5], values[6], values[7], values[8])


def build_negotiation(value: Negotiation) -> bytes:
    """Return the information field."""
    body = b""
    for field, number in zip(_FIELDS, value, strict=True):
        size = 4 if field >= 7 else 1 if number < 0x100 else 2
        body += bytes((field, size)) + number.to_bytes(size, "big")
    return bytes((_FORMAT, _GROUP, len(body))) + body
