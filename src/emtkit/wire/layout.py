"""Fixed headers, declared once.

A `Layout` is the single source of a fixed header: from it come the `struct.Struct` reader of the hot
path, the byte spans and texts of `explain`, and a `construct.Struct` that builds the bytes for encoders
and simulators. construct is loaded only when something is built: its import alone costs 75 ms, a third
of what a one-telegram command may take. A test holds that both readers agree on random bytes.
"""

from __future__ import annotations

import struct
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from construct import Construct

_INTEGERS: Final = {"u8": ("B", 1), "u16": ("H", 2), "u32": ("I", 4), "u64": ("Q", 8), "i8": ("b", 1), "i16": ("h", 2)}


class Field(NamedTuple):
    """One field: name in the standard, coding (`u8 u16 u32 u64 i8 i16` or a number of raw bytes), meaning."""

    name: str
    coding: str | int
    meaning: str


class Layout:
    """A fixed header.

    >>> LINK = Layout("wmbus.link", Field("l_field", "u8", "length"), Field("c_field", "u8", "function"))
    >>> LINK.unpack_from(bytes.fromhex("2e44"), 0)
    (46, 68)
    """

    def __init__(self, name: str, *fields: Field, big: bool = False) -> None:
        """Declare; `big` makes all integers big-endian."""
        self.name = name
        self.fields = fields
        self.big = big
        codes = "".join(_INTEGERS[f.coding][0] if isinstance(f.coding, str) else f"{f.coding}s" for f in fields)
        packer = struct.Struct((">" if big else "<") + codes)
        self.size = packer.size
        self.unpack_from = packer.unpack_from
        spans, at = [], 0
        for field in fields:
            size = _INTEGERS[field.coding][1] if isinstance(field.coding, str) else field.coding
            spans.append((field, at, at + size))
            at += size
        self.spans = tuple(spans)

    @cached_property
    def construct(self) -> Construct[Any, Any]:
        """The same declaration as a `construct.Struct`."""
        import construct

        order = "b" if self.big else "l"

        def subcon(coding: str | int) -> Construct[Any, Any]:
            if isinstance(coding, int):
                return construct.Bytes(coding)
            sign, bits = "s" if coding[0] == "i" else "u", int(coding[1:])
            name = f"Int{bits}{sign}{'b' if bits == 8 else order}"
            made: Construct[Any, Any] = getattr(construct, name)
            return made

        return construct.Struct(*(field.name / subcon(field.coding) for field in self.fields))

    def build(self, **values: int | bytes) -> bytes:
        """Return the header's bytes. Raises EncodeError for a missing field or a value that does not fit."""
        import construct

        try:
            built: bytes = self.construct.build(values)
        except (construct.ConstructError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise EncodeError("layout.build", f"{self.name} cannot be built: {reason}", layer=self.name) from None
        return built
