"""Cutting what is too long for one APDU: general block transfer, and the blocks of a GET answer.

Source: IEC 62056-5-3, 6.6 (general block transfer) and 6.7 (GET with data blocks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.errors import EncodeError
from emtkit.protocols.dlms import axdr_write
from emtkit.protocols.dlms.apdu_cipher import Carried, GeneralBlockTransfer
from emtkit.protocols.dlms.apdu_get import GetResponseBlock
from emtkit.protocols.dlms.apdu_parts import DataBlock

if TYPE_CHECKING:
    from emtkit.protocols.dlms.axdr import Data

LAST: Final = 0x80
STREAMING: Final = 0x40


def general_blocks(apdu: bytes, size: int, *, window: int = 0, ack: int = 0) -> list[GeneralBlockTransfer]:
    """Return the blocks of an APDU, at most `size` bytes in each; window 0 is an unconfirmed push.

    Raises EncodeError `dlms.apdu.build` for more blocks than can be numbered.
    """
    pieces = _pieces(apdu, size)
    if len(pieces) > 0xFFFF:
        raise EncodeError("dlms.apdu.build", f"{len(pieces)} blocks cannot be numbered")
    return [
        GeneralBlockTransfer(STREAMING | window | (LAST if number == len(pieces) else 0), number, ack, Carried(piece))
        for number, piece in enumerate(pieces, 1)
    ]


def get_blocks(invoke: int, value: Data, size: int) -> list[GetResponseBlock]:
    """Return the answers that carry a long value, at most `size` bytes of it in each."""
    pieces = _pieces(axdr_write.encode_data(value), size)
    return [
        GetResponseBlock(invoke, DataBlock(number == len(pieces), number, piece))
        for number, piece in enumerate(pieces, 1)
    ]


def _pieces(data: bytes, size: int) -> list[bytes]:
    if size < 1:
        raise EncodeError("dlms.apdu.build", "a block needs at least one byte")
    return [data[at : at + size] for at in range(0, len(data), size)] or [b""]
