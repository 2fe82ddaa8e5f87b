"""M-Bus records as a LoRaWAN payload: with a format byte in front (Elvaco), or bare (Sontex)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.protocols.mbus.application import read_record_bytes, sound_records
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

# Elvaco CMi4110, CMi4130, CMi4140, CMi4160: manuals, "Message formats"
_FORMATS: Final[dict[int, str]] = {
    0x00: "standard", 0x01: "compact", 0x03: "scheduled, daily redundant", 0x04: "scheduled, extended",
    0x05: "combined heat and cooling", 0x06: "heat intelligence", 0x15: "standard", 0x16: "compact",
    0x18: "scheduled, daily redundant", 0x19: "scheduled, extended", 0x1A: "combined heat and cooling",
    0x1B: "heat intelligence", 0x1E: "standard", 0x3B: "telegram 1", 0x3C: "telegram 2",
}  # fmt: skip


def read_elvaco(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - any port
    """Read a format byte and records."""
    kind = _FORMATS.get(view.data[0])
    if kind is None or not sound_records(view, 1):
        return False
    cur = Cursor(view, "lorawan.payload", trace=ctx.trace)
    cur.u8("message_format")
    cur.note(f"{kind} message")
    read_record_bytes(view, 1, ctx, out)
    return True


def read_bare(view: View, port: int | None, ctx: Context, out: Decoded) -> bool:  # noqa: ARG001 - the port tells the length only
    """Read records."""
    if not sound_records(view, 0):
        return False
    read_record_bytes(view, 0, ctx, out)
    return True
