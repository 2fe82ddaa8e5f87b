"""The table of servers, worked out for reading: which objects a message's parts stand in is found out once.

Every object on the way is looked up once for each message, however many parts stand in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.lorawan_envelopes.servers import GATEWAY_ID, GATEWAY_RSSI, GATEWAY_SNR, SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from emtkit.capture.lorawan_envelopes.servers import Paths, Server

_NOTHING: Final[dict[str, Any]] = {}
# parts of an uplink, in the order in which `Form.parts` gives them
PARTS: Final = (
    "dev_eui", "dev_addr", "join_eui", "f_port", "f_cnt", "time", "device", "profile", "application", "confirmed",
    "frequency", "data_rate", "spreading", "bandwidth", "decoded", "hex_payload", "base64_payload",
)  # fmt: skip


class Lookup:
    """Several parts of an object, each the first of its paths at which something stands."""

    __slots__ = ("_empty", "_objects", "_several", "_single")

    def __init__(self, parts: Iterable[Paths]) -> None:
        """Work out the dotted paths."""
        places: dict[tuple[str, ...], int] = {(): 0}
        objects: list[tuple[int, str]] = []

        def place(steps: tuple[str, ...]) -> int:
            if steps not in places:
                parent = place(steps[:-1])
                objects.append((parent, steps[-1]))
                places[steps] = len(objects)
            return places[steps]

        found = [
            (slot, tuple((place(steps[:-1]), steps[-1]) for steps in (tuple(path.split(".")) for path in paths)))
            for slot, paths in enumerate(parts)
        ]
        self._empty: list[Any] = [None] * len(found)
        self._single = tuple((slot, *paths[0]) for slot, paths in found if len(paths) == 1)
        self._several = tuple((slot, paths) for slot, paths in found if len(paths) > 1)
        self._objects = tuple(objects)

    def __call__(self, entry: Mapping[str, Any]) -> list[Any]:
        """Return the parts, None for one that is not there; of a list on the way its first object counts."""
        objects = [entry]
        for parent, name in self._objects:
            found = objects[parent].get(name)
            if type(found) is list:
                found = found[0] if found else None
            objects.append(found if type(found) is dict else _NOTHING)
        values = self._empty.copy()
        for slot, index, name in self._single:
            values[slot] = objects[index].get(name)
        for slot, places in self._several:
            for index, name in places:
                value = objects[index].get(name)
                if value is not None:
                    values[slot] = value
                    break
        return values


class Form:
    """One row of the table.

    marks      for each group the name that comes first, and the parts that all must be there
    parts      gives the parts of an uplink in the order of `PARTS`, then what may be the gateways' reports (as many as
               `reports`), then what tells the kinds
    is_report  the message itself is a gateway's report where none of these is there
    """

    __slots__ = ("is_report", "kinds", "marks", "parts", "reports", "server")

    def __init__(self, server: Server) -> None:
        """Work a row out."""
        self.server = server
        self.marks = tuple((group[0].partition(".")[0], Lookup((path,) for path in group)) for group in server.marks)
        self.kinds = tuple(kind for _, kind in server.kinds)
        reports = [(path,) for path in server.gateways if path]
        self.reports = len(reports)
        self.parts = Lookup(
            [*(getattr(server, name) for name in PARTS), *reports, *((path,) for path, _ in server.kinds)]
        )
        self.is_report = "" in server.gateways

    def kind(self, told: Sequence[object]) -> str:
        """Return what kind of message it is, by what tells the kinds."""
        for kind, found in zip(self.kinds, told, strict=True):
            if found is not None:
                return kind
        return self.server.otherwise


FORMS: Final = tuple(Form(server) for server in SERVERS)
gateway_parts: Final = Lookup((GATEWAY_ID, GATEWAY_RSSI, GATEWAY_SNR))
_MARKS: Final = tuple((name, mark, form) for form in FORMS for name, mark in form.marks)


def form_of(entry: Mapping[str, Any]) -> Form | None:
    """Return whose message an object is, None if it is no network server's."""
    for name, mark, form in _MARKS:
        if name in entry and None not in mark(entry):
            return form
    return None
