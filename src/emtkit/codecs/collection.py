"""A checkout of a public collection as one formatter: it finds the device's own by the names that an uplink has."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from emtkit.codecs.checkout import listed, script_of
from emtkit.codecs.codec import Codec
from emtkit.codecs.forms import CodecEntry
from emtkit.protocols.lorawan.payload_file import payload_files
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_MOST: Final = 4096  # devices that are remembered


class Collection:
    """The formatters of a checkout. Files are read when a device needs them: there are thousands."""

    def __init__(self, root: Path) -> None:
        """Read what the devices are called."""
        self._files: dict[str, list[Path]] = {}
        for names, path in listed(root):
            for name in names:
                self._files.setdefault(name, []).append(path)
        self._longest = max((name.count(" ") + 1 for name in self._files), default=0)
        self._scripts: dict[Path, Codec | None] = {}
        self._found: dict[str, Codec | None] = {}

    def codecs(self) -> list[Codec]:
        """Return all formatters, each once."""
        paths = dict.fromkeys(path for paths in self._files.values() for path in paths)
        found = filter(None, map(self._codec, paths))
        return list({codec.path: codec for codec in found}.values())

    def find(self, words: str) -> Codec | None:
        """Return the formatter of the device whose name in the collection is among these words, the longest first."""
        if words not in self._found:
            if len(self._found) >= _MOST:
                self._found.clear()
            codecs = (self._codec(path) for name in self._parts(words) for path in self._files.get(name, ()))
            self._found[words] = next(filter(None, codecs), None)
        return self._found[words]

    def weight(self, words: str, dev_eui: str, join_eui: str, port: int | None) -> int:  # noqa: ARG002 - as formatters do
        """Return how specifically this names a device: 0 not at all.

        It is not for devices that emtkit has a layout of its own for: that one gives exact values with units and OBIS
        codes, a formatter without a mapping only numbers.
        """
        return 2 if self.find(words) is not None and not _has_layout(words, dev_eui, join_eui) else 0

    def read(self, view: View, port: int | None, ctx: Context, out: Decoded) -> None:
        """Turn the payload of a device that is in the collection into readings."""
        codec = self.find(_words_of(ctx))
        if codec is not None:
            codec.read(view, port, ctx, out)

    def _codec(self, path: Path) -> Codec | None:
        if path not in self._scripts:
            script = script_of(path)
            self._scripts[path] = None if script is None else Codec(script, CodecEntry(file=str(script)))
        return self._scripts[path]

    def _parts(self, words: str) -> Iterator[str]:
        each = words.split()
        for size in range(min(self._longest, len(each)), 0, -1):
            for start in range(len(each) - size + 1):
                yield " ".join(each[start : start + size])


@lru_cache(maxsize=_MOST)
def _has_layout(words: str, dev_eui: str, join_eui: str) -> bool:
    return any(file.weight(words, dev_eui, join_eui) for file in payload_files().values())


def _words_of(ctx: Context) -> str:
    """Return what an uplink calls its device, as `Formatters.find` says it to `weight`."""
    uplink = ctx.hints.get("uplink")
    texts = [ctx.hints.get("device")] + ([uplink.profile, uplink.device] if isinstance(uplink, Uplink) else [])
    return " ".join(text for text in texts if isinstance(text, str)).lower()
