"""A meter's id as electricity meters send it: ten bytes of DIN 43863-5 (`09 01 45 53 59 11 ...` is 1ESY11...)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.model.meter_id import MeterId

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.wire.cursor import Cursor


def server_id_text(data: bytes) -> str | None:
    """Return the identifier: medium, three letters, block in hex, eight digits; None if the bytes are none."""
    number = int.from_bytes(data[6:10], "big")
    letters = data[2:5]
    if len(data) != 10 or not (letters.isalpha() and letters.isupper()) or number > 99_999_999:
        return None
    return f"{data[1]:X}{letters.decode('ascii')}{data[5]:02X}{number:08d}"


def read_server_id(cur: Cursor, out: Decoded) -> None:
    """Read the id and make it the meter's; what is no id of that form stays as it is."""
    data = cur.take(10, "server_id")
    identifier = server_id_text(data)
    cur.note(identifier or "no identifier of DIN 43863-5")
    if identifier is not None:
        out.meter = MeterId(identifier[1:4], identifier[-8:], None, 2, "electricity", identifier)
