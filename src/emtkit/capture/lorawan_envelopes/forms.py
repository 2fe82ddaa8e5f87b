"""The table of servers, worked out for reading: which objects a message's parts stand in is found out once.

A sender's messages have the same names in the same order. For each such shape it is worked out once which servers it
may come from and which of the many paths can lead anywhere; the next message of the shape is read straight.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from emtkit.capture.lorawan_envelopes.servers import GATEWAY_ID, GATEWAY_RSSI, GATEWAY_SNR, SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from emtkit.capture.lorawan_envelopes.servers import Paths, Server

    Shape = tuple[str, ...]

_NOTHING: Final[dict[str, Any]] = {}
_MOST_SHAPES: Final = 1024
_MOST_NAMES: Final = 64  # of a shape that is kept,
_LONGEST_NAMES: Final = 2048  # and how long its names are together
# parts of an uplink, in the order in which they are found; what comes after them is the form's own
PARTS: Final = (
    "dev_eui", "dev_addr", "join_eui", "f_port", "f_cnt", "time", "device", "profile", "application", "confirmed",
    "frequency", "data_rate", "spreading", "bandwidth", "decoded", "hex_payload", "base64_payload",
    "encrypted",
)  # fmt: skip

_Made = TypeVar("_Made")


class Shaped(Generic[_Made]):
    """What is made once for all objects of a shape: of those that have the same names in the same order."""

    __slots__ = ("_known", "_make")

    def __init__(self, make: Callable[[Shape], _Made]) -> None:
        """Keep what makes it."""
        self._make = make
        self._known: dict[Shape, _Made] = {}

    def __call__(self, entry: Mapping[str, Any]) -> _Made:
        """Return what was made for an object's shape."""
        names = tuple(entry)
        found = self._known.get(names)
        if found is None:
            found = self._make(names)
            if len(names) <= _MOST_NAMES and sum(map(len, names)) <= _LONGEST_NAMES:
                if len(self._known) >= _MOST_SHAPES:
                    self._known.clear()
                self._known[names] = found
        return found


class Lookup:
    """Several parts of an object, each the first of its paths at which something stands.

    Every object on the way is looked up once for each message, however many parts stand in it.
    """

    __slots__ = ("_first", "_objects", "_parts", "_several")

    def __init__(self, parts: Iterable[Sequence[Shape]]) -> None:
        """Work out the paths, each a tuple of names."""
        places: dict[Shape, int] = {(): 0}
        objects: list[tuple[int, str]] = []

        def place(steps: Shape) -> int:
            if steps not in places:
                parent = place(steps[:-1])
                objects.append((parent, steps[-1]))
                places[steps] = len(objects)
            return places[steps]

        self._parts = tuple(map(tuple, parts))
        found = [[(place(steps[:-1]), steps[-1]) for steps in paths] for paths in self._parts]
        self._first: tuple[tuple[int, str | None], ...] = tuple(paths[0] if paths else (0, None) for paths in found)
        self._several = tuple((slot, tuple(paths[1:])) for slot, paths in enumerate(found) if len(paths) > 1)
        self._objects = tuple(objects)

    @classmethod
    def of(cls, parts: Iterable[Paths]) -> Lookup:
        """Work out dotted paths."""
        return cls([tuple(path.split(".")) for path in paths] for paths in parts)

    def within(self, names: Shape) -> Lookup:
        """Return the same for objects that have no other names."""
        return Lookup([steps for steps in paths if steps[0] in names] for paths in self._parts)

    def reader(self) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
        """Return what finds the parts of objects that have all names: straight where each part has one of them."""
        if len(self._parts) > 1 and all(len(paths) == 1 and len(paths[0]) == 1 for paths in self._parts):
            return itemgetter(*(paths[0][0] for paths in self._parts))
        return self

    def __call__(self, entry: Mapping[str, Any]) -> list[Any]:
        """Return the parts, None for one that is not there; of a list on the way its first object counts."""
        objects = [entry]
        keep = objects.append
        for parent, name in self._objects:
            found = objects[parent].get(name)
            if type(found) is dict:
                keep(found)
                continue
            if type(found) is list:
                found = found[0] if found else None
            keep(found if type(found) is dict else _NOTHING)
        values = [None if name is None else objects[index].get(name) for index, name in self._first]
        for slot, places in self._several:
            for index, name in places:
                if values[slot] is not None:
                    break
                values[slot] = objects[index].get(name)
        return values


class Form:
    """One row of the table.

    parts      gives the parts of an uplink in the order of `PARTS`, then what may be the gateways' reports (as many as
               `reports`), then what tells the kinds
    is_report  the message itself is a gateway's report where none of these is there
    """

    __slots__ = ("is_report", "kinds", "parts", "reports", "server")

    def __init__(self, server: Server) -> None:
        """Work a row out."""
        self.server = server
        self.kinds = tuple(kind for _, kind in server.kinds)
        reports = [(path,) for path in server.gateways if path]
        self.reports = len(reports)
        self.parts = Lookup.of(
            [*(getattr(server, name) for name in PARTS), *reports, *((path,) for path, _ in server.kinds)]
        )
        self.is_report = "" in server.gateways

    def kind(self, told: Iterable[object]) -> str:
        """Return what kind of message it is, by what tells the kinds."""
        for index, found in enumerate(told):
            if found is not None:
                return self.kinds[index]
        return self.server.otherwise


class Candidate(NamedTuple):
    """A form that messages of a shape may have, if its marks are there; `parts` reads them."""

    names: tuple[str, ...]
    mark: Lookup | None
    form: Form
    parts: Lookup


FORMS: Final = tuple(Form(server) for server in SERVERS)
_GATEWAY: Final = Lookup.of((GATEWAY_ID, GATEWAY_RSSI, GATEWAY_SNR))


def _candidates_of(names: Shape) -> tuple[Candidate, ...]:
    """Return the forms whose marks may all be there, in the table's order."""
    found = []
    for form in FORMS:
        for group in form.server.marks:
            heads = tuple(path.partition(".")[0] for path in group)
            if set(heads).issubset(names):
                mark = None if heads == group else Lookup.of((path,) for path in group)
                found.append(Candidate(heads, mark, form, form.parts.within(names)))
    return tuple(found)


_candidates: Final = Shaped(_candidates_of)
# finds a gateway's id, level and signal-to-noise ratio in reports of a shape
gateway_reader: Final = Shaped(lambda names: _GATEWAY.within(names).reader())


def form_of(entry: Mapping[str, Any]) -> Candidate | None:
    """Return whose message an object is and how its parts are found, None if it is no network server's."""
    for candidate in _candidates(entry):
        for name in candidate.names:
            if entry[name] is None:
                break
        else:
            if candidate.mark is None or None not in candidate.mark(entry):
                return candidate
    return None
