"""A-XDR values to bytes. Source: IEC 61334-6; IEC 62056-5-3, table of data types."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from emtkit.model.errors import EncodeError
from emtkit.protocols.dlms import axdr, axdr_length

if TYPE_CHECKING:
    from emtkit.protocols.dlms.axdr import Data


def encode_data(data: Data) -> bytes:
    """Return the bytes of a value. Raises EncodeError `dlms.axdr.build` for a value its type cannot hold."""
    out = bytearray()
    write_data(out, data)
    return bytes(out)


def write_data(out: bytearray, data: Data, depth: int = 0) -> None:
    """Append a tagged value."""
    tag, value = data.tag, data.value
    if tag in (axdr.ARRAY, axdr.STRUCTURE):
        if depth >= axdr.MAX_DEPTH:
            raise EncodeError(
                "dlms.axdr.build", f"more than {axdr.MAX_DEPTH} values inside each other", layer=axdr.LAYER
            )
        out.append(tag)
        out += axdr_length.encode(len(value))
        for element in value:
            write_data(out, element, depth + 1)
    elif tag == axdr.COMPACT_ARRAY:
        from emtkit.protocols.dlms import compact

        compact.write_compact_array(out, value)
    else:
        out.append(tag & 0xFF)
        write_untagged(out, tag, value)


def write_untagged(out: bytearray, tag: int, value: Any) -> None:  # noqa: ANN401 - the type follows from the tag
    """Append the value of a simple type without its tag."""
    packer = axdr.PACKERS.get(tag)
    try:
        if packer is not None:
            fits = not isinstance(value, bytes) or len(value) == packer.size
            packed = packer.pack(value)
        elif tag == axdr.BIT_STRING:
            fits = len(value.octets) == (value.size + 7) // 8
            packed = axdr_length.encode(value.size) + value.octets
        elif tag in (axdr.OCTET_STRING, axdr.VISIBLE_STRING, axdr.UTF8_STRING):
            raw = _string_bytes(tag, value)
            fits, packed = True, axdr_length.encode(len(raw)) + raw
        else:
            fits, packed = tag in (axdr.NULL, axdr.DONT_CARE), b""
    except (struct.error, OverflowError, UnicodeEncodeError, AttributeError, TypeError) as error:
        raise EncodeError("dlms.axdr.build", f"not a {axdr.NAMES[tag]}: {error}", layer=axdr.LAYER) from None
    if not fits:
        raise EncodeError("dlms.axdr.build", f"no value of the type {axdr.NAMES.get(tag, tag)}", layer=axdr.LAYER)
    out += packed


def _string_bytes(tag: int, value: str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode("latin-1") if tag == axdr.VISIBLE_STRING else value.encode("utf-8", "surrogateescape")
