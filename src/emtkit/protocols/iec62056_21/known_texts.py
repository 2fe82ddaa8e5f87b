"""What data sets with a text say, kept: numbers of meters, tariffs and messages are the same in each telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from emtkit.model.reading import Function, TimeSource
    from emtkit.protocols.iec62056_21.registers import Register

_MAX_TEXTS: Final = 4096
_LONG: Final = 128

# the fields of a `Reading` up to `raw`
Fields = tuple[
    str,
    str | None,
    str | None,
    str | None,
    str | None,
    "Function",
    int,
    int,
    int,
    tuple[str, ...],
    None,
    "TimeSource | None",
    None,
    bytes,
]


class KnownText(NamedTuple):
    """What a set says that is the same in each telegram; `fields` are those of its reading, without its place."""

    row: Register
    text: str | None
    unit: str | None
    fields: Fields


# by id, groups with their brackets, and whether they are a heat meter's
TEXTS: Final[dict[tuple[str, str, bool], KnownText]] = {}


def keep_text(key: tuple[str, str, bool], row: Register, text: str | None, unit: str | None, raw: bytes) -> None:
    """Keep what a set says, unless it is long (one that may go on with a list does not say the same each time)."""
    if len(raw) >= _LONG:
        return
    if len(TEXTS) >= _MAX_TEXTS:
        TEXTS.clear()
    fields: Fields = (
        row.quantity,
        text,
        unit,
        row.obis,
        row.name,
        row.function,
        row.storage,
        row.tariff,
        row.channel,
        row.modifiers,
        None,
        None,
        None,
        raw,
    )
    TEXTS[key] = KnownText(row, text, unit, fields)
