"""What is remembered between frames: associations, requests that wait for answers, transfers in pieces, objects.

One `Associations` store per capture or connection (`ctx.memory.of(Associations)`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from emtkit.wire.view import View, join, nowhere

if TYPE_CHECKING:
    from emtkit.model.key import Key
    from emtkit.model.obis import Obis
    from emtkit.protocols.dlms.axdr import TypeDescription
    from emtkit.protocols.dlms.classes.metering import CaptureObject, ScalerUnit

MAX_ASSOCIATIONS: Final = 256
MAX_TRANSFER: Final = 16 * 1024 * 1024
MAX_OBJECTS: Final = 65536

# Who sends to whom: transport and the two addresses as text.
LinkKey = tuple[str, str, str]


class Transfer:
    """Pieces of one PDU. Pieces of earlier calls are kept as bytes that stand nowhere in the present input."""

    __slots__ = ("_call", "_pieces", "last", "size")

    def __init__(self) -> None:
        """Start empty; `last` is the number of the piece that came last."""
        self._pieces: list[View] = []
        self._call: object = None
        self.last = 0
        self.size = 0

    def __bool__(self) -> bool:
        """Say whether a transfer is under way."""
        return bool(self._pieces)

    def add(self, piece: View, number: int, call: object) -> bool:
        """Add a piece; say whether it is not too much. `call` marks the decode call that owns the view."""
        if self._call is not call and self._pieces:
            self._pieces = [nowhere(b"".join(view.data for view in self._pieces), "earlier frames")]
        self._call = call
        self._pieces.append(piece)
        self.size += len(piece.data)
        self.last = number
        return self.size <= MAX_TRANSFER

    def take(self, call: object) -> View:
        """Return all pieces as one view and start anew."""
        if self._call is not call and self._pieces:
            self._pieces = [nowhere(b"".join(view.data for view in self._pieces), "earlier frames")]
        whole = self._pieces[0] if len(self._pieces) == 1 else join(self._pieces, "joined")
        self.clear()
        return whole

    def clear(self) -> None:
        """Forget the pieces."""
        self._pieces = []
        self.last = 0
        self.size = 0


@dataclass(slots=True)
class Objects:
    """What earlier answers told of a meter's objects."""

    units: dict[Obis, ScalerUnit] = field(default_factory=dict)
    columns: dict[Obis, tuple[CaptureObject, ...]] = field(default_factory=dict)
    periods: dict[Obis, int] = field(default_factory=dict)
    sort_methods: dict[Obis, int] = field(default_factory=dict)
    templates: dict[Obis, TypeDescription] = field(default_factory=dict)


@dataclass(slots=True)
class Association:
    """One association.

    titles, challenges   by sender: `client`, `server`
    dedicated_key        of the InitiateRequest
    requests             invoke id -> the request that waits for its answer
    transfers            kind and sender -> pieces
    """

    titles: dict[str, bytes] = field(default_factory=dict)
    challenges: dict[str, bytes] = field(default_factory=dict)
    context: int = 0
    mechanism: int = 0
    dedicated_key: Key | None = None
    requests: dict[int, Any] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    objects: Objects = field(default_factory=Objects)

    def open(self) -> None:
        """Forget everything but the objects: a new association begins."""
        self.titles.clear()
        self.challenges.clear()
        self.context = self.mechanism = 0
        self.dedicated_key = None
        self.requests.clear()
        self.transfers.clear()

    def transfer(self, kind: str) -> Transfer:
        """Return the transfer of this kind."""
        return self.transfers.setdefault(kind, Transfer())


class Associations:
    """The associations of one capture or connection, and the segments of its frames."""

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._associations: dict[tuple[str, ...], Association] = {}
        self._segments: dict[LinkKey, Transfer] = {}

    def between(self, link: LinkKey) -> Association:
        """Return the association of two addresses, whoever sends."""
        key = (link[0], *sorted(link[1:]))
        found = self._associations.get(key)
        if found is None:
            if len(self._associations) >= MAX_ASSOCIATIONS:
                self._associations.pop(next(iter(self._associations)))
            found = self._associations[key] = Association()
        return found

    def segments(self, link: LinkKey) -> Transfer:
        """Return the link layer segments of this direction."""
        found = self._segments.get(link)
        if found is None:
            if len(self._segments) >= MAX_ASSOCIATIONS:
                self._segments.pop(next(iter(self._segments)))
            found = self._segments[link] = Transfer()
        return found
