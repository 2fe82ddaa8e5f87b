"""OBIS codes: A-B:C.D.E*F (IEC 62056-61)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from emtkit.model.errors import ConfigError

_OBIS: Final = re.compile(
    r"(?:(\d{1,3})-(\d{1,3}):)?([0-9]{1,3}|[CFLP])\.(\d{1,3})(?:\.(\d{1,3}))?(?:[*&](\d{1,3}))?\Z",
    re.ASCII,
)
_LETTERS: Final = {"C": 96, "F": 97, "L": 98, "P": 99}
_MAX_GROUP: Final = 255


class Obis(NamedTuple):
    """The six groups, each 0..255. `str()` gives the full form `1-0:1.8.0*255`."""

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int = 255

    def __str__(self) -> str:
        """Return `A-B:C.D.E*F`."""
        return f"{self.a}-{self.b}:{self.c}.{self.d}.{self.e}*{self.f}"

    @property
    def market(self) -> str:
        """Return the form of the market messages, without group F: `1-0:1.8.0`."""
        return f"{self.a}-{self.b}:{self.c}.{self.d}.{self.e}"

    @classmethod
    def parse(cls, text: str) -> Obis:
        """Read `1-0:1.8.0*255` and its shorter forms (`1.8.0` is electricity: A=1, B=0; F is 255).

        Raises ConfigError when the text is no OBIS code.
        """
        match = _OBIS.match(text.strip())
        if match is not None:
            a, b, c, d, e, f = match.groups()
            groups = (int(a or 1), int(b or 0), _LETTERS.get(c) or int(c), int(d), int(e or 0), int(f or _MAX_GROUP))
            if max(groups) <= _MAX_GROUP:
                return cls(*groups)
        raise ConfigError(
            "obis.syntax", f"not an OBIS code: {text!r} (expected A-B:C.D.E*F, for example 1-0:1.8.0*255)"
        )

    @classmethod
    def from_bytes(cls, logical_name: bytes) -> Obis:
        """Read the six bytes of a COSEM logical name."""
        if len(logical_name) != 6:
            raise ConfigError("obis.syntax", f"a logical name has six bytes, not {len(logical_name)}")
        return cls(*logical_name)

    def to_bytes(self) -> bytes:
        """Return the six bytes of the COSEM logical name."""
        return bytes(self)
