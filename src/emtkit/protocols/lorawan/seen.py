"""Doubled uplinks: several gateways hear a frame, and some servers send it more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emtkit.protocols.lorawan.uplink import Uplink

_MOST: Final = 8192


class Seen:
    """The uplinks of a capture or connection, the latest some thousand (`Context.memory`)."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._known: dict[tuple[str | None, int | None, int | None, bytes], None] = {}

    def again(self, uplink: Uplink) -> bool:
        """Keep an uplink and say whether it was there before: same device, counter, port and bytes."""
        if not uplink.is_phy and (uplink.f_cnt is None or uplink.dev_eui is None):
            return False
        name = (uplink.dev_eui, uplink.f_cnt, uplink.f_port, uplink.payload)
        if name in self._known:
            return True
        if len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[name] = None
        return False
