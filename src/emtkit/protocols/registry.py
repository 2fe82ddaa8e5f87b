"""Which protocols there are. A protocol package adds one line; another distribution uses the entry-point group."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

    from emtkit.model.decoded import Decoded
    from emtkit.model.series import Series
    from emtkit.protocols.context import Decoder, HasSeries

# name -> `module:attribute` of a Decoder; the order breaks ties between equally sure protocols
BUILT_IN: Final[dict[str, str]] = {
    "mbus": "emtkit.protocols.mbus:DECODER",
    "wmbus": "emtkit.protocols.wmbus:DECODER",
    "sml": "emtkit.protocols.sml:DECODER",
    "dlms": "emtkit.protocols.dlms:DECODER",
    "iec62056_21": "emtkit.protocols.iec62056_21:DECODER",
    "lorawan": "emtkit.protocols.lorawan:DECODER",
}

# asked only when none of the others takes the bytes: fragments of a protocol
FRAGMENTS: Final[dict[str, str]] = {
    "mbus-apl": "emtkit.protocols.mbus.bare:APPLICATION",
    "mbus-records": "emtkit.protocols.mbus.bare:RECORDS",
}


@cache
def decoder(name: str) -> Decoder:
    """Return the decoder of this name. Raises ConfigError `decode.unknown_protocol`."""
    place = BUILT_IN.get(name) or FRAGMENTS.get(name)
    if place is not None:
        module, _, attribute = place.partition(":")
        found: Decoder = getattr(import_module(module), attribute or "DECODER")
        return found
    for entry in _entries():
        if entry.name == name:
            loaded: Decoder = entry.load()
            return loaded
    raise ConfigError("decode.unknown_protocol", f"no protocol {name!r}; known: {', '.join(names())}")


@cache
def _entries() -> tuple[EntryPoint, ...]:
    """Return the protocols that other distributions bring."""
    from importlib.metadata import entry_points  # 20 ms that only detection and unknown names need

    return tuple(entry_points(group="emtkit.protocols"))


@cache
def names() -> tuple[str, ...]:
    """Return all protocol names."""
    return (*BUILT_IN, *(entry.name for entry in _entries()), *FRAGMENTS)


def series_of(decoded: Decoded) -> list[Series]:
    """Return the load profiles that a meter sent as such (VDEW, Profile Generic); none for most protocols."""
    if decoded.meter is None:
        return []
    found = _with_series(decoded.protocol)
    if found is None and decoded.protocol not in names():
        found = _layer_with_series(decoded)
    return [] if found is None else found.series(decoded)


def _layer_with_series(decoded: Decoded) -> HasSeries | None:
    """Return the layer of a result that no protocol made (a message of the market) which gives its series."""
    from emtkit.protocols.context import HasSeries

    return next((layer for layer in decoded.layers if isinstance(layer, HasSeries)), None)


@cache
def _with_series(name: str | None) -> HasSeries | None:
    """Return the decoder of this name if its results may hold load profiles."""
    from emtkit.protocols.context import HasSeries

    found = decoder(name) if name in names() else None
    return found if isinstance(found, HasSeries) else None


def decoders() -> Iterator[Decoder]:
    """Yield the decoders that detection asks first; a package is loaded only when it is its turn."""
    for name in BUILT_IN:
        yield decoder(name)
    for entry in _entries():
        yield decoder(entry.name)


def fragment_decoders() -> Iterator[Decoder]:
    """Yield the decoders that detection asks last."""
    for name in FRAGMENTS:
        yield decoder(name)
