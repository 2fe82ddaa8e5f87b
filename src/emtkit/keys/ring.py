"""KeyRing: which keys to try for which meter, the most specific first.

A ring holds entries: whom a key is for, and the keys. It remembers nothing about failures: every telegram gets every
candidate again, however often one failed before. Nothing here shows key bytes; `repr` and errors speak of labels.
The key files that users write are read by `emtkit.keys.files`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import ConfigError
from emtkit.model.key import Key, KeySource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.model.meter_id import MeterId

_MAX_CACHED: Final = 65536
_SEPARATORS: Final = str.maketrans("", "", " -:._")
# `KAM 12345678`, `KAM-1234*`, `KAM12345678` (eleven characters, so that no hex number is taken for it), `KAM`
_WITH_MANUFACTURER: Final = re.compile(r"([A-Z]{3})(?:[ -]+(.+)|([0-9A-F?]{8}))?", re.IGNORECASE)
_ID: Final = re.compile(r"[0-9A-Z]*[0-9*?][0-9A-Z*?]*")
_DIN: Final = re.compile(r"[0-9A-F]([A-Z]{3})([0-9A-F]{2})([0-9A-F]{8})")
_LIKE_A_KEY: Final = re.compile(r"(?:[0-9A-F]{32}|[0-9A-F]{48}|[0-9A-F]{64})")
_MIN_SECRET: Final = 24
_FILE: Final = re.compile(r".*\.(?:toml|csv)", re.IGNORECASE | re.DOTALL)
DEFAULT_NAMES: Final = frozenset({"*", "default"})


class MeterMatch(NamedTuple):
    """Whom a key is for. None means "any"; all None is the default entry.

    manufacturer  three FLAG letters
    id            serial number, DevEUI, system title or server id, capitals without separators; `*` and `?` are wild
    version, device_type  as the telegram has them
    identifier    DIN 43863-5 (`8SEN0033225544`)
    """

    manufacturer: str | None = None
    id: str | None = None
    version: int | None = None
    device_type: int | None = None
    identifier: str | None = None

    def __str__(self) -> str:
        """Return the form that people write: `KAM 12345678`, `1234*`, `8SEN0033225544`, `default`."""
        if self.identifier is not None:
            return self.identifier
        parts = [part for part in (self.manufacturer, self.id) if part is not None]
        if self.version is not None:
            parts.append(f"version {self.version}")
        if self.device_type is not None:
            parts.append(f"type {self.device_type:02X}")
        return " ".join(parts) or "default"

    @property
    def is_pattern(self) -> bool:
        """Say whether the id has wild places, or there is no id at all."""
        return self.identifier is None and (self.id is None or "*" in self.id or "?" in self.id)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Return the place in the order of trying; the smallest is tried first.

        Manufacturer and id (the more fields the sooner), then id alone, then patterns (the more letters the
        sooner), then the default.
        """
        fields = sum(part is not None for part in self[:4])
        if self == ANY:
            return 3, 0, 0
        if self.is_pattern:
            literal = len((self.id or "").translate(str.maketrans("", "", "*?")))
            return 2, -literal, -fields
        if self.identifier is not None or self.manufacturer is not None:
            return 0, -fields, 0
        return 1, -fields, 0

    def fits(self, meter: MeterId) -> bool:
        """Say whether the key is for this meter."""
        if self.identifier is not None:
            return self._fits_identifier(meter)
        return (
            (self.manufacturer is None or self.manufacturer == meter.manufacturer)
            and (self.version is None or self.version == meter.version)
            and (self.device_type is None or self.device_type == meter.device_type)
            and (self.id is None or self._fits_id(meter))
        )

    def _fits_id(self, meter: MeterId) -> bool:
        have, want = plain_id(meter.id), self.id or ""
        return fnmatchcase(have, want) if self.is_pattern else have == want

    def _fits_identifier(self, meter: MeterId) -> bool:
        if meter.identifier is not None:
            return plain_id(meter.identifier) == self.identifier
        # a radio converter or an unknown device type gives no identifier: manufacturer and number decide
        parts = _DIN.fullmatch(self.identifier or "")
        return parts is not None and parts[1] == meter.manufacturer and parts[3] == plain_id(meter.id)


ANY: Final = MeterMatch()


def plain_id(text: str) -> str:
    """Return an id in the form that is compared: capitals, no separators, plain numbers with eight digits."""
    plain = text.translate(_SEPARATORS).upper()
    # a spreadsheet takes the leading zeros away
    return plain.zfill(8) if plain.isdecimal() else plain


def parse_meter(text: str, where: str = "meter") -> MeterMatch:
    """Read whom a key is for: `KAM 12345678`, `12345678`, `1234*`, `KAM *`, `8SEN0033225544`, `*` or `default`.

    Raises ConfigError `keys.meter`, with `where` in front of the message.
    """
    wanted = " ".join(text.split())
    if wanted.lower() in DEFAULT_NAMES:
        return ANY
    identifier = wanted.translate(_SEPARATORS).upper()
    if _DIN.fullmatch(identifier):
        return MeterMatch(identifier=identifier)
    match = _WITH_MANUFACTURER.fullmatch(wanted)
    if match is None:
        return MeterMatch(id=parse_id(wanted, where))
    rest = match[2] or match[3] or "*"
    return MeterMatch(match[1].upper(), None if rest == "*" else parse_id(rest, where))


def parse_id(text: str, where: str = "id") -> str:
    """Read a serial number, DevEUI, system title or server id, or a pattern of one. Raises ConfigError `keys.meter`."""
    ident = plain_id(text)
    if not _ID.fullmatch(ident) or _LIKE_A_KEY.fullmatch(ident):
        raise ConfigError(
            "keys.meter",
            f"{where}: not a meter: {shown(text)} (expected KAM 12345678, 12345678, 1234*, KAM * or 8SEN0033225544)",
        )
    return ident


def shown(text: str) -> str:
    """Return a user's text for a message; what is long enough to be a key in the wrong place is not repeated."""
    return repr(text) if len(text.translate(_SEPARATORS)) < _MIN_SECRET else f"a text of {len(text)} characters"


class KeyEntry(NamedTuple):
    """The keys of one meter or pattern.

    match           whom they are for
    encryption      keys to decrypt with, in the order they are tried
    authentication  DLMS authentication keys
    label           where the entry came from (`keys.toml:12 kitchen`)
    lorawan         LoRaWAN keys with their use (`model.key.LORAWAN_USES`)
    """

    match: MeterMatch
    encryption: tuple[Key, ...]
    authentication: tuple[Key, ...] = ()
    label: str = "key"
    lorawan: tuple[tuple[str, Key], ...] = ()

    def keys_for(self, use: str) -> tuple[Key, ...]:
        """Return the keys of this use."""
        if use == "encryption":
            return self.encryption
        if use == "authentication":
            return self.authentication
        return tuple(key for own, key in self.lorawan if own == use)


class KeyRing:
    """An unchangeable collection of keys, looked up by meter.

    >>> ring = KeyRing.of({"KAM 12345678": "00112233445566778899AABBCCDDEEFF"})
    >>> ring
    KeyRing(1 meter, 0 patterns, no default, 1 key)
    """

    __slots__ = ("_cache", "_exact", "_patterns", "entries")

    def __init__(self, entries: Iterable[KeyEntry] = ()) -> None:
        """Keep the entries. Their order decides between equally specific ones."""
        self.entries = tuple(entries)
        self._exact: dict[str, list[tuple[int, KeyEntry]]] = {}
        self._patterns: list[tuple[int, KeyEntry]] = []
        self._cache: dict[tuple[MeterId | None, str], tuple[Key, ...]] = {}
        for order, entry in enumerate(self.entries):
            match = entry.match
            if match.is_pattern:
                self._patterns.append((order, entry))
            else:
                # the last eight characters of a DIN identifier are the number
                number = match.id if match.identifier is None else match.identifier[-8:]
                self._exact.setdefault(number or "", []).append((order, entry))

    def __repr__(self) -> str:
        """Show numbers, never keys."""
        defaults = sum(entry.match == ANY for entry in self.entries)
        patterns = len(self._patterns) - defaults
        meters = len(self.entries) - len(self._patterns)
        keys = sum(len(entry.encryption) + len(entry.authentication) + len(entry.lorawan) for entry in self.entries)
        return (
            f"KeyRing({_count(meters, 'meter')}, {_count(patterns, 'pattern')}, "
            f"{'a' if defaults else 'no'} default, {_count(keys, 'key')})"
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the entries only (batch workers fill their own cache)."""
        return KeyRing, (self.entries,)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.entries)

    def candidates(self, meter: MeterId | None, use: str = "encryption") -> tuple[Key, ...]:
        """Return the keys to try for this meter, the most specific first; each key once.

        `use` is `encryption`, `authentication` or one of `LORAWAN_USES`. Without a meter only the defaults are left.
        """
        found = self._cache.get((meter, use))
        if found is None:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            entries = self.matching(meter)
            keys = (entry.keys_for(use) for entry in entries)
            found = self._cache[meter, use] = tuple(dict.fromkeys(key for some in keys for key in some))
        return found

    def matching(self, meter: MeterId | None) -> list[KeyEntry]:
        """Return the entries that are for this meter, the most specific first."""
        if meter is None:
            return [entry for entry in self.entries if entry.match == ANY]
        found = [*self._exact.get(plain_id(meter.id), ()), *self._patterns]
        if meter.identifier is not None:
            # DLMS and SML meters have an identifier whose number is not their id
            found += self._exact.get(plain_id(meter.identifier)[-8:], ())
        chosen = {order: entry for order, entry in found if entry.match.fits(meter)}
        return [entry for _, entry in sorted(chosen.items(), key=lambda item: (item[1].match.rank, item[0]))]

    @classmethod
    def from_hex(cls, keys: Iterable[str], label: str = "--key") -> KeyRing:
        """Return a ring of default keys (`--key HEX`). Raises ConfigError `keys.syntax` or `keys.length`."""
        made = tuple(Key.from_hex(text, f"{label} #{number}") for number, text in enumerate(keys, 1))
        return cls((KeyEntry(ANY, made, label=label),)) if made else cls()

    @classmethod
    def from_file(cls, path: str | Path) -> KeyRing:
        """Read a key file, CSV if its name ends in `.csv`, else TOML. Raises ConfigError `keys.*`."""
        from emtkit.keys.files import load_keys

        return cls(load_keys(Path(path)))

    @classmethod
    def merge(cls, *rings: KeyRing) -> KeyRing:
        """Return one ring; between equally specific entries the earlier ring's are tried first."""
        return cls(entry for ring in rings for entry in ring.entries)

    @classmethod
    def of(cls, keys: object) -> KeySource:
        """Return a key source from what a Python caller has.

        None; a KeyRing or any other key source; a hex string or raw bytes (default key); several of them; a mapping
        of meters to keys; a Path or the name of a `.toml` or `.csv` file. Raises ConfigError `keys.*`.
        """
        if keys is None:
            return cls()
        if isinstance(keys, Path) or (isinstance(keys, str) and _FILE.fullmatch(keys)):
            return cls.from_file(keys)
        if isinstance(keys, Mapping):
            return cls(_mapping_entries(keys))
        if hasattr(keys, "candidates"):
            source: KeySource = keys
            return source
        made = tuple(_keys_of(keys, "keys"))
        return cls((KeyEntry(ANY, made, label="keys"),)) if made else cls()


def _mapping_entries(keys: Mapping[object, object]) -> Iterator[KeyEntry]:
    for meter, value in keys.items():
        if not isinstance(meter, str):
            raise ConfigError("keys.meter", f"keys: a meter is a string, not {type(meter).__name__}")
        label = f"keys[{shown(meter)}]"
        yield KeyEntry(parse_meter(meter, label), tuple(_keys_of(value, label)), label=label)


def _keys_of(value: object, label: str) -> Iterator[Key]:
    """Give the keys of a Python value: one key, or an iterable of keys."""
    if isinstance(value, Key):
        yield value
    elif isinstance(value, str):
        yield Key.from_hex(value, label)
    elif isinstance(value, bytes | bytearray):
        yield Key(bytes(value), label)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value, 1):
            if isinstance(item, list | tuple):
                raise ConfigError("keys.type", f"{label} #{number}: a key is a hex string or bytes, not a list")
            yield from _keys_of(item, f"{label} #{number}")
    else:
        raise ConfigError("keys.type", f"{label}: a key is a hex string or bytes, not {type(value).__name__}")


class GivenKeys(NamedTuple):
    """Keys that came with one frame: they are for whatever meter the frame is from.

    `rest` is asked after them.
    """

    encryption: tuple[Key, ...] = ()
    authentication: tuple[Key, ...] = ()
    rest: KeySource | None = None

    def candidates(self, meter: MeterId | None, use: str = "encryption") -> tuple[Key, ...]:
        """Return the frame's own keys, then those of `rest`; each key once."""
        own = {"encryption": self.encryption, "authentication": self.authentication}.get(use, ())
        if self.rest is None:
            return own
        more = self.rest.candidates(meter, use)
        return tuple(dict.fromkeys(own + more)) if own else more

    def before(self, rest: KeySource) -> GivenKeys:
        """Return the same keys with another source after them."""
        return self._replace(rest=rest)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
