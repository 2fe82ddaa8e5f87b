"""Which payload files fit a device: worked out once for each device, and once for all that are called alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.protocols.lorawan.own import OwnPayloads

if TYPE_CHECKING:
    from emtkit.protocols.context import Memory
    from emtkit.protocols.lorawan.payload_file import Match, PayloadFile

_MOST: Final = 65536


# a device: what the hint `device`, the profile and the name call it; DevEUI, JoinEUI, the meter's id, device address
Device = tuple[str | None, str | None, str | None, str | None, str | None, str | None, str | None]


class Matching:
    """The store of a capture or connection (`Context.memory`)."""

    __slots__ = ("_alike", "_by_address", "_files", "_words")

    def __init__(self) -> None:
        """Start knowing no device."""
        self._files: dict[str, PayloadFile] = {}
        self._words: dict[str, re.Pattern[str]] = {}
        self._by_address: list[Match] = []
        self._alike: dict[tuple[object, ...], list[PayloadFile]] = {}

    def find(self, device: Device, memory: Memory) -> list[PayloadFile]:
        """Return the files to try for a device.

        The one that the user's list of devices names; the one the hint `device` names; those that match; those that
        tell alone.
        """
        own = memory.of(OwnPayloads)
        found = own.found.get(device)
        if found is None:
            if not own.found:  # the first device, or the first after the user's files were read
                self._begin(own)
            *texts, dev_eui, join_eui, meter, dev_addr = device
            addresses = filter(None, (dev_eui, meter, dev_addr))
            named = own.named(*map(str.upper, addresses)) if own.devices else None
            fitting = [named] if named else self._matching(texts, (dev_eui or "").upper(), join_eui or "")
            found = own.remember(device, fitting)
        return found

    def _begin(self, own: OwnPayloads) -> None:
        self._files = own.known()
        self._alike.clear()
        matches = [match for file in self._files.values() for match in file.match]
        self._by_address = [match for match in matches if match.dev_eui or match.join_eui]
        words = dict.fromkeys(word for match in matches for word in match.device)
        self._words = {word: re.compile(rf"(?<![a-z0-9]){re.escape(word)}") for word in words}

    def _matching(self, texts: list[str | None], dev_eui: str, join_eui: str) -> list[PayloadFile]:
        if texts[0] in self._files:
            return [self._files[texts[0]]]
        text = " ".join(filter(None, texts)).lower()
        found = tuple(word for word, form in self._words.items() if word in text and form.search(text))
        by_address = any(dev_eui.startswith(each.dev_eui) or join_eui in each.join_eui for each in self._by_address)
        key = (found, dev_eui, join_eui) if by_address else (found,)
        files = self._alike.get(key)
        if files is None:
            files = self._weighed("\n".join(found), dev_eui, join_eui)
            if len(self._alike) >= _MOST:
                self._alike.clear()
            self._alike[key] = files
        return files

    def _weighed(self, words: str, dev_eui: str, join_eui: str) -> list[PayloadFile]:
        weighed = [(file.weight(words, dev_eui, join_eui), file) for file in self._files.values()]
        matching = [file for weight, file in sorted(weighed, key=lambda pair: -pair[0]) if weight]
        return matching or [file for file in self._files.values() if file.alone]
