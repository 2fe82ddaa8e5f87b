"""Short ways to decode, and to look at a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emtkit.model.key import Key
from emtkit.protocols.context import Context
from emtkit.protocols.iec62056_21 import DECODER
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Reading


class Keys:
    """A key source with the same keys for every meter."""

    def __init__(self, encryption: str = "", authentication: str = "") -> None:
        self.keys = {"encryption": encryption, "authentication": authentication}

    def candidates(self, meter: object, use: str = "encryption") -> tuple[Key, ...]:  # noqa: ARG002 - the protocol
        return (Key.from_hex(self.keys[use], use),) if self.keys[use] else ()


@pytest.fixture
def keys() -> type[Keys]:
    """Give the class of key sources."""
    return Keys


@pytest.fixture
def read() -> Callable[..., Decoded]:
    """Decode text or bytes; keyword arguments go to the context."""

    def decode(data: str | bytes, **context: Any) -> Decoded:
        raw = data.encode("latin-1") if isinstance(data, str) else data
        return DECODER.decode(View(raw), Context(**context))

    return decode


@pytest.fixture
def of() -> Callable[[Decoded, str], Reading]:
    """Find the one reading of an OBIS code (`*255` may be left away)."""

    def find(decoded: Decoded, obis: str) -> Reading:
        found = [r for r in decoded.readings if r.obis in (obis, f"{obis}*255")]
        assert len(found) == 1, [r.obis for r in decoded.readings]
        return found[0]

    return find
