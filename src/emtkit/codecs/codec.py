"""A codec: a formatter, whose it is, and what its fields mean. It reads a payload like a layout of our own."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from emtkit.codecs.sandbox import Output, Sandbox
from emtkit.codecs.scripts import read_script
from emtkit.codecs.to_readings import readings_of
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.protocols.lorawan.formatters import Formatters
from emtkit.protocols.lorawan.payload_file import Match

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from emtkit.codecs.forms import CodecEntry, Mapping
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context, Memory
    from emtkit.wire.view import View

LAYER = "codec"


class Formatted(NamedTuple):
    """What a formatter made of a payload: a layer of the result."""

    codec: str
    function: str
    data: Any


class Codec:
    """A formatter with its line of the device map and its mapping."""

    def __init__(self, path: Path, entry: CodecEntry, mapping: Mapping | None = None) -> None:
        """Keep the parts. Nothing is read or run yet."""
        self.name = path.stem
        self.path = path
        self.entry = entry
        self.mapping = mapping
        self._match = Match(entry.device, entry.dev_eui, entry.join_eui)
        self._open = not (entry.device or entry.dev_eui or entry.join_eui)

    @cached_property
    def source(self) -> str:
        """Return the formatter's text. Raises ConfigError `codec.file.read`."""
        return read_script(self.path)

    def weight(self, words: str, dev_eui: str, join_eui: str, port: int | None) -> int:
        """Return how specifically this names a device: 0 not at all, 1 any device."""
        if self.entry.ports and port is not None and port not in self.entry.ports:
            return 0
        if self._open:
            return 1
        found = self._match.weight(words, dev_eui, join_eui)
        return found + 1 if found else 0

    def function(self) -> str:
        """Return which function the formatter offers. Raises DecodeError `codec.script.*`."""
        return sandbox().function_of(self.source)

    def run(self, payload: bytes, port: int | None, received_at: datetime | None = None) -> Output:
        """Return what the formatter makes of a payload, its `errors` included.

        Raises DecodeError `codec.script.*`, ConfigError `codec.engine.*`.
        """
        return sandbox().run(self.source, payload, port, received_at, self.entry.variables)

    def read(self, view: View, port: int | None, ctx: Context, out: Decoded) -> None:
        """Turn a payload into readings. What the formatter does wrong is a diagnostic, and the payload stays."""
        place: dict[str, Any] = {"layer": LAYER, "field": self.name, "view": view, "start": 0, "end": len(view)}
        try:
            output = self.run(view.data, port, ctx.received_at)
            data, warnings = output.read()
        except DecodeError as error:
            start, end = view.span(0, len(view))
            out.readings.append(Reading("unknown", view.data, raw=view.data, start=start, end=end))
            out.state = "opaque"
            ctx.report(Severity.ERROR, error.code, error.message, **place)
            return
        out.layers += (Formatted(self.name, output.function, data),)
        for warning in warnings:
            ctx.info("codec.script.warning", f"the formatter says: {warning}", **place)
        if self.mapping is not None and self.mapping.device_type is not None:
            number = "" if out.meter is None else out.meter.id
            out.meter = MeterId.of(None, number, None, self.mapping.device_type)
        readings_of(data, self.mapping, view, ctx, out)


@cache
def sandbox() -> Sandbox:
    """Return the one sandbox of this process."""
    return Sandbox()


def use_codecs(memory: Memory, path: str | Path) -> None:
    """Let the codecs of a path read the payloads that are decoded with this memory, before any layout of our own.

    Raises ConfigError `codec.*`.
    """
    from emtkit.codecs.files import collection_of, load_codecs

    collection = collection_of(path)
    memory.of(Formatters).add(load_codecs(path) if collection is None else [collection])
