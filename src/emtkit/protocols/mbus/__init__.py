"""M-Bus: wired frames (EN 13757-2), transport layer (EN 13757-7) and application layer (EN 13757-3)."""

from emtkit.protocols.mbus.decoder import DECODER

__all__ = ["DECODER"]
