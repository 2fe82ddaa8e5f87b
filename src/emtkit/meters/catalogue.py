"""The known families: found in this folder, parsed only when a meter needs them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.meters.family import Family, read_family
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtkit.meters.family import Layout, Register
    from emtkit.model.meter_id import MeterId

GENERIC: Final = "generic"
_MAX_METERS: Final = 65536

_resolved: dict[tuple[str | None, int | None, int | None], Knowledge] = {}


class Knowledge(NamedTuple):
    """What the families together know of one kind of meter.

    registers  names by reading, found by quantity first, because most quantities have none
    medium     what a private device type measures
    by_form    names already worked out: `Decoded.form` -> number of readings, (index, register) of the named ones
    """

    families: tuple[Family, ...]
    registers: dict[str, dict[Any, Register]]
    layouts: tuple[Layout, ...]
    medium: str | None
    by_form: dict[object, tuple[int, tuple[tuple[int, Register], ...]]]


def combine(families: Sequence[Family], device_type: int | None) -> Knowledge:
    """Combine families; the first that knows a register names it."""
    registers: dict[str, dict[Any, Register]] = {}
    for family in reversed(families):
        for register in family.register:
            registers.setdefault(register.quantity, {})[register.key] = register
    media = (family.media[device_type] for family in families if device_type in family.media)
    layouts = tuple(layout for family in families for layout in family.layout)
    return Knowledge(tuple(families), registers, layouts, next(media, None), {})


@cache
def _texts() -> dict[str, str]:
    """Return the text of every built-in family by name. Reading is cheap, parsing is not."""
    folder = files("emtkit.meters")
    return {
        item.name.removesuffix(".toml"): item.read_text("utf-8")
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".toml")
    }


@cache
def _family(name: str) -> Family:
    return parse_family(name, _texts()[name], f"{name}.toml")


def parse_family(name: str, text: str, file: str) -> Family:
    """Parse a family's TOML text. Raises ConfigError `meters.syntax` or `meters.form`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("meters.syntax", f"{file}: {error}") from None
    return read_family(name, table, file)


def load_family(path: str | Path) -> Family:
    """Read a family from a user's file."""
    path = Path(path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("meters.file", f"{path}: cannot be read ({error.__class__.__name__})") from None
    return parse_family(path.stem, text, str(path))


def catalogue() -> list[Family]:
    """Return all built-in families, sorted by name."""
    return [_family(name) for name in _texts()]


def families_of(meter: MeterId) -> tuple[Family, ...]:
    """Return the families that know a meter, the most specific first, the generic one last."""
    return knowledge_of(meter).families


def knowledge_of(meter: MeterId) -> Knowledge:
    """Return what all families know of a meter; the answer is cached.

    A file is parsed only if it names the meter's manufacturer in quotes.
    """
    key = (meter.manufacturer, meter.version, meter.device_type)
    found = _resolved.get(key)
    if found is None:
        wanted = f'"{meter.manufacturer}"'
        families = [_family(name) for name, text in _texts().items() if wanted in text or name == GENERIC]
        weighed = [(family.weight(meter), family) for family in families]
        weighed = sorted((pair for pair in weighed if pair[0] >= 0), key=lambda pair: -pair[0])
        found = combine([family for _, family in weighed], meter.device_type)
        if len(_resolved) >= _MAX_METERS:
            _resolved.clear()
        _resolved[key] = found
    return found
