"""What a key ring holds, and which meters of a capture it serves: `emtkit keys show` and `emtkit keys check`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from emtkit.keys.ring import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.keys.ring import KeyRing
    from emtkit.model.decoded import Decoded
    from emtkit.model.meter_id import MeterId


class EntrySummary(NamedTuple):
    """One entry without its keys.

    `bits` are the lengths of its encryption keys, `lorawan` the uses of its LoRaWAN keys (`appskey` ...).
    """

    meter: str
    label: str
    keys: int
    authentication_keys: int
    bits: tuple[int, ...]
    lorawan: tuple[str, ...]
    is_default: bool
    is_pattern: bool


class Duplicate(NamedTuple):
    """The same key twice for the same meter (`kind` `repeated`), or for different ones (`shared`)."""

    kind: str
    labels: tuple[str, ...]
    meters: tuple[str, ...]


@dataclass(slots=True)
class MeterKeys:
    """What the keys did for one meter of a capture.

    candidates  how many keys the ring has for it; `specific` without the default ones
    telegrams   how many there were
    verdicts    security verdict -> number of telegrams
    used        label of the key -> number of telegrams it opened
    """

    meter: MeterId
    candidates: int
    specific: int
    telegrams: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)

    @property
    def needs_key(self) -> bool:
        """Say whether a telegram of this meter stayed closed."""
        return bool(self.verdicts["key_missing"] or self.verdicts["key_wrong"])


@dataclass(slots=True)
class KeysSummary:
    """A key ring for people: entries in order, duplicates, and (with a capture) its meters.

    `unknown` counts the telegrams that name no meter.
    """

    entries: list[EntrySummary]
    duplicates: list[Duplicate]
    meters: list[MeterKeys] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    unknown: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; no key is part of it."""
        return {
            "entries": [entry._asdict() for entry in self.entries],
            "duplicates": [duplicate._asdict() for duplicate in self.duplicates],
            "meters": [
                {
                    "meter": row.meter.to_dict(),
                    "candidates": row.candidates,
                    "specific": row.specific,
                    "telegrams": row.telegrams,
                    "verdicts": dict(row.verdicts),
                    "used": dict(row.used),
                    "needs_key": row.needs_key,
                }
                for row in self.meters
            ],
            "unused": self.unused,
            "unknown": self.unknown,
        }


def summarise_keys(ring: KeyRing, capture: Iterable[Decoded] | None = None) -> KeysSummary:
    """Return what the ring holds; with decoded telegrams also what it did for each of their meters, in one pass.

    `unused` are the labels of the entries (defaults and patterns left out) whose meter is not in the capture.
    """
    entries = [
        EntrySummary(
            str(entry.match),
            entry.label,
            len(entry.encryption),
            len(entry.authentication),
            tuple(len(key.value) * 8 for key in entry.encryption),
            tuple(use for use, _ in entry.lorawan),
            entry.match == ANY,
            entry.match.is_pattern and entry.match != ANY,
        )
        for entry in ring.entries
    ]
    summary = KeysSummary(entries, list(_duplicates(ring)))
    if capture is not None:
        _check(ring, capture, summary)
    return summary


def _duplicates(ring: KeyRing) -> Iterable[Duplicate]:
    places: dict[tuple[str, bytes], list[tuple[str, str]]] = {}
    for entry in ring.entries:
        for use, keys in (("encryption", entry.encryption), ("authentication", entry.authentication)):
            for key in keys:
                places.setdefault((use, key.value), []).append((str(entry.match), entry.label))
    for found in places.values():
        meters = tuple(dict.fromkeys(meter for meter, _ in found))
        labels = tuple(label for _, label in found)
        if len(meters) > 1:
            yield Duplicate("shared", labels, meters)
        if len(found) > len(meters):
            yield Duplicate("repeated", labels, meters)


def _check(ring: KeyRing, capture: Iterable[Decoded], summary: KeysSummary) -> None:
    rows: dict[MeterId, MeterKeys] = {}
    served: set[int] = set()
    for decoded in capture:
        meter = decoded.meter
        if meter is None:
            summary.unknown += 1
            continue
        row = rows.get(meter)
        if row is None:
            entries = ring.matching(meter)
            served.update(map(id, entries))
            specific = sum(len(entry.encryption) for entry in entries if entry.match != ANY)
            row = rows[meter] = MeterKeys(meter, len(ring.candidates(meter)), specific)
        row.telegrams += 1
        row.verdicts[decoded.security.verdict] += 1
        if decoded.security.key is not None:
            row.used[decoded.security.key] += 1
    summary.meters = list(rows.values())
    summary.unused = [entry.label for entry in ring.entries if not entry.match.is_pattern and id(entry) not in served]
