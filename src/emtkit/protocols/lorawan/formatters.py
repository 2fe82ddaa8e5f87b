"""Where formatters of the user are kept that read payloads in place of the layouts in `payloads/`.

`emtkit.codecs` fills it; this module knows only what a formatter must be able to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View


class Formatter(Protocol):
    """A reader of payloads that says which devices it is for."""

    def weight(self, words: str, dev_eui: str, join_eui: str, port: int | None) -> int:
        """Return how specifically it names a device, 0 when it does not."""
        ...

    def read(self, view: View, port: int | None, ctx: Context, out: Decoded) -> None:
        """Turn a payload into readings."""
        ...


class Formatters:
    """The formatters of one memory: `memory.of(Formatters)`."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        """Start without any."""
        self._all: list[Formatter] = []

    def add(self, formatters: Iterable[Formatter]) -> None:
        """Keep formatters; of two that fit equally well the first is taken."""
        self._all += formatters

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._all)

    def find(self, ctx: Context, port: int | None) -> Formatter | None:
        """Return the formatter for the device that the hints name, or None."""
        hints = ctx.hints
        uplink = hints.get("uplink")
        texts, join_eui, dev_eui = [hints.get("device")], "", hints.get("dev_eui")
        if isinstance(uplink, Uplink):
            texts += [uplink.profile, uplink.device]
            join_eui, dev_eui = uplink.join_eui or "", dev_eui or uplink.dev_eui
        words = " ".join(text for text in texts if isinstance(text, str)).lower()
        eui = str(dev_eui or "").upper()
        weighed = [(formatter.weight(words, eui, join_eui, port), formatter) for formatter in self._all]
        weight, best = max(weighed, key=lambda pair: pair[0], default=(0, None))
        return best if weight else None
