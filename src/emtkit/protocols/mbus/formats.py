"""Compact and format frames: data without headers, headers without data (EN 13757-3:2018, annex G).

    format frame    length(1), signature(2), DIB and VIB bytes
    compact frame   signature(2), CRC of the full frame(2), data bytes

The signature is the CRC over all DIB and VIB bytes of the full frame; the full frame's CRC is over all its
record bytes. Both frames lack fillers. A store learns formats from full and format frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import ConfigError, DecodeError, EncodeError
from emtkit.protocols.mbus.dif import DATA_FIELDS, dib_end
from emtkit.protocols.mbus.lvar import read_lvar
from emtkit.protocols.mbus.vif import vib_end
from emtkit.wire.checksums import crc16_en13757
from emtkit.wire.view import View, join, nowhere

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_FORMATS: Final = 4096
_VARIABLE: Final = 0x0D


class FormatStore:
    """Known formats by signature. Lives in a `Memory`; preload it with `learn`."""

    def __init__(self) -> None:
        """Start empty."""
        self._formats: dict[int, bytes] = {}
        self._seen: set[bytes] = set()

    def learn(self, headers: bytes) -> int:
        """Keep the DIB and VIB bytes of a frame (LVAR bytes belong to the data); return their signature."""
        signature = crc16_en13757(headers)
        if len(self._formats) >= MAX_FORMATS and signature not in self._formats:
            self._formats.clear()
            self._seen.clear()
        self._formats[signature] = headers
        self._seen.add(headers)
        return signature

    def learn_once(self, headers: bytes) -> None:
        """Keep a format if it is new: the cheap form for every full frame."""
        if headers and headers not in self._seen:
            self.learn(headers)

    def find(self, signature: int) -> bytes | None:
        """Return the DIB and VIB bytes of a signature."""
        return self._formats.get(signature)

    def preload(self, formats: Iterable[str]) -> None:
        """Learn formats written as hex. Raises ConfigError `mbus.format.syntax`."""
        for text in formats:
            try:
                headers = bytes.fromhex(text)
                split_headers(headers)
            except (ValueError, DecodeError):
                raise ConfigError("mbus.format.syntax", f"not the DIB and VIB bytes of a frame: {text!r}") from None
            self.learn(headers)


class Slot(NamedTuple):
    """One record's header within a format: bytes start..end, and the size of its data (None: an LVAR byte tells)."""

    start: int
    end: int
    size: int | None


def split_headers(headers: bytes) -> list[Slot]:
    """Divide a format into record headers. Raises DecodeError `mbus.format.headers`."""
    slots = []
    at, end = 0, len(headers)
    while at < end:
        vib = dib_end(headers, at, end)
        stop = vib_end(headers, vib, end) if vib >= 0 else -1
        if stop < 0 or headers[at] & 0x0F == 0x0F:
            raise DecodeError("mbus.format.headers", "the format does not divide into DIB and VIB", layer="mbus.format")
        slots.append(Slot(at, stop, DATA_FIELDS[headers[at] & 0x0F][1]))
        at = stop
    return slots


def expand(headers: bytes, payload: View) -> View:
    """Return the full frame's records: the headers (which stand nowhere in the input) with the data between them.

    Data bytes behind the last record stay at the end. Raises DecodeError when the data runs out.
    """
    parts, at = [], 0
    for slot in split_headers(headers):
        size = slot.size
        if size is None:
            lvar = read_lvar(payload.data[at]) if at < len(payload) else None
            size = 1 + (lvar.size if lvar is not None else 0)
        if at + size > len(payload):
            raise DecodeError(
                "mbus.format.data_short",
                f"the format needs more data than the compact frame has ({len(payload)} bytes)",
                layer="mbus.format",
            )
        parts += [nowhere(headers[slot.start : slot.end], "expanded"), payload.slice(at, at + size)]
        at += size
    parts.append(payload.slice(at))
    return join(parts, "expanded")


def build_format_frame(headers: bytes) -> bytes:
    """Return length, signature and headers: what follows the CI field (and header) of a format frame."""
    if len(headers) > 253:
        raise EncodeError("mbus.encode.format", f"a format frame holds at most 253 header bytes, not {len(headers)}")
    return bytes((len(headers) + 2,)) + crc16_en13757(headers).to_bytes(2, "little") + headers


def build_compact_frame(records: bytes) -> bytes:
    """Return signature, full-frame CRC and data of sound records without fillers."""
    headers, data, at, end = b"", b"", 0, len(records)
    while at < end:
        vib = dib_end(records, at, end)
        stop = vib_end(records, vib, end) if vib >= 0 else -1
        if stop < 0 or records[at] & 0x0F == 0x0F:
            raise EncodeError("mbus.encode.compact", "only plain records fit a compact frame")
        size = DATA_FIELDS[records[at] & 0x0F][1]
        if size is None:
            lvar = read_lvar(records[stop]) if stop < end else None
            if lvar is None:
                raise EncodeError("mbus.encode.compact", "a record of unknown length does not fit a compact frame")
            size = 1 + lvar.size
        headers += records[at:stop]
        data += records[stop : stop + size]
        at = stop + size
    return crc16_en13757(headers).to_bytes(2, "little") + crc16_en13757(records).to_bytes(2, "little") + data
