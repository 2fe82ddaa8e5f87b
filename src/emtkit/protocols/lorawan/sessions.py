"""What is known of LoRaWAN sessions: the keys of the key ring by their use, and what earlier frames taught.

Join requests and accepts that were seen (and whose root key is in the ring) give the session's keys; frames whose MIC
was right give the upper half of the next frame's counter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from emtkit.model.meter_id import MeterId
from emtkit.protocols.lorawan.phy import addr_text, eui_text
from emtkit.protocols.lorawan.security import SessionKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.model.key import Key
    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.phy import JoinRequest

ROLLOVERS: Final = 64  # how many upper halves of the frame counter are tried without a hint
_MOST: Final = 4096
_NONCES_PER_DEVICE: Final = 8
_Name = TypeVar("_Name")
_Known = TypeVar("_Known")


class Candidate(NamedTuple):
    """Session keys to try, and the label of the key that a result names."""

    keys: SessionKeys
    label: str
    certain_apps: bool = True


class Sessions:
    """The store of a capture or connection (`Context.memory`)."""

    __slots__ = ("_addresses", "_counters", "_joins", "_keys", "_names")

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._counters: dict[tuple[int, int, bytes], int] = {}
        self._joins: dict[int, list[JoinRequest]] = {}
        self._keys: dict[int, list[Candidate]] = {}
        self._names: dict[int, str] = {}
        self._addresses: dict[str, int] = {}

    def saw_request(self, request: JoinRequest) -> None:
        """Keep a join request until its answer is seen."""
        self._trim(self._joins)
        waiting = self._joins.setdefault(request.dev_eui, [])
        waiting.append(request)
        del waiting[:-_NONCES_PER_DEVICE]

    def waiting(self) -> Iterator[JoinRequest]:
        """Give the join requests that were seen, the latest device first."""
        for requests in reversed(self._joins.values()):
            yield from reversed(requests)

    def saw_session(self, dev_addr: int, dev_eui: int, candidate: Candidate) -> None:
        """Keep the keys of a session that a join accept began."""
        self._trim(self._keys)
        known = self._keys.setdefault(dev_addr, [])
        known.insert(0, candidate)
        del known[_NONCES_PER_DEVICE:]
        self._trim(self._names)
        self._names[dev_addr] = eui_text(dev_eui)
        self._trim(self._addresses)
        self._addresses[eui_text(dev_eui)] = dev_addr

    def keys_of(self, dev_addr: int) -> Iterable[Candidate]:
        """Return the keys of the sessions that began under this address, the latest first."""
        return self._keys.get(dev_addr, ())

    def dev_eui_of(self, dev_addr: int) -> str | None:
        """Return who has this address, where a join was seen."""
        return self._names.get(dev_addr)

    def dev_addr_of(self, dev_eui: str) -> int | None:
        """Return which address a device has, where its last join was seen."""
        return self._addresses.get(dev_eui)

    def saw_counter(self, dev_addr: int, direction: int, key: bytes, fcnt: int) -> None:
        """Keep the counter of a frame whose MIC was right."""
        self._trim(self._counters)
        self._counters[dev_addr, direction, key] = fcnt

    def counters(self, dev_addr: int, direction: int, key: bytes, low: int, hint: int | None) -> Iterator[int]:
        """Give the 32-bit counters that a frame with the lower half `low` may have, the likeliest first."""
        if hint is not None and hint & 0xFFFF == low:
            yield hint
        last = self._counters.get((dev_addr, direction, key))
        if last is not None:
            high = (last >> 16) + (low < last & 0xFFFF)
            yield (high & 0xFFFF) << 16 | low
        for high in range(ROLLOVERS):
            yield high << 16 | low

    @staticmethod
    def _trim(table: dict[_Name, _Known]) -> None:
        if len(table) >= _MOST:
            table.clear()


def meters_of(ctx: Context, dev_addr: int | None, dev_eui: int | None = None) -> list[MeterId | None]:
    """Return whom keys may be filed under: the DevEUI, then the device address, then nobody (the default keys)."""
    found: list[MeterId | None] = []
    hint = ctx.hints.get("dev_eui")
    if dev_eui is not None:
        found.append(MeterId(None, eui_text(dev_eui)))
    elif isinstance(hint, str):
        found.append(MeterId(None, hint.upper()))
    if dev_addr is not None:
        known = ctx.memory.of(Sessions).dev_eui_of(dev_addr)
        if known is not None and not found:
            found.append(MeterId(None, known))
        found.append(MeterId(None, addr_text(dev_addr)))
    return found or [None]


def keys_for(ctx: Context, meters: list[MeterId | None], *uses: str) -> list[Key]:
    """Return the keys of these uses, in the order of uses and meters; each once."""
    found = [key for use in uses for meter in meters for key in ctx.keys.candidates(meter, use)]
    return list(dict.fromkeys(found))


def session_candidates(ctx: Context, dev_addr: int) -> Iterator[Candidate]:
    """Give the session keys to try for a data frame.

    First sessions whose join was seen; then network session keys of the ring (1.1 has them in pairs); then keys that
    are filed without a use, each as a network session key, the others being the application's.
    """
    yield from ctx.memory.of(Sessions).keys_of(dev_addr)
    meters = meters_of(ctx, dev_addr)
    apps = keys_for(ctx, meters, "appskey")
    plain = keys_for(ctx, meters, "encryption")
    app = apps[0].value if apps else None
    forwarding, serving, encrypting = (
        keys_for(ctx, meters, use) for use in ("fnwksintkey", "snwksintkey", "nwksenckey")
    )
    for at, key in enumerate(serving or forwarding):
        first = forwarding[min(at, len(forwarding) - 1)].value if forwarding else key.value
        third = encrypting[min(at, len(encrypting) - 1)].value if encrypting else key.value
        yield Candidate(SessionKeys(first, key.value, third, app), key.label)
    for key in keys_for(ctx, meters, "nwkskey"):
        rest = app if app is not None else next((other.value for other in plain if other != key), None)
        yield Candidate(SessionKeys.of_1_0(key.value, rest), key.label, app is not None)
    for key in plain:
        rest = app if app is not None else next((other.value for other in plain if other != key), None)
        yield Candidate(SessionKeys.of_1_0(key.value, rest), key.label, app is not None)
