"""Forms: which APDU (tag and, for most services, a choice octet) holds which fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from emtkit.protocols.dlms.codec import Codec


class Form(NamedTuple):
    """One APDU: the type that holds it, its tag, its choice octet (None: has none), the codecs of its fields."""

    kind: type[Any]
    tag: int
    choice: int | None
    fields: tuple[Codec, ...]


def form(kind: type[Any], tag: int, choice: int | None, *fields: Codec) -> Form:
    """Declare an APDU."""
    return Form(kind, tag, choice, fields)
