"""Checking codecs: that the script loads, and that the examples of its mapping give what they say."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from emtkit.codecs.to_readings import leaves_of
from emtkit.model.decoded import Decoded
from emtkit.model.errors import DecodeError
from emtkit.model.jsontext import dumps
from emtkit.model.reading import plain_value
from emtkit.protocols.context import Context
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.codecs.codec import Codec
    from emtkit.codecs.forms import Example, Expected


_INDEX: Final = re.compile(r"\[\d+\]")


def problems_of(codec: Codec) -> list[str]:
    """Return one line for each thing that is wrong with a codec. Raises ConfigError `codec.engine.*`."""
    try:
        codec.function()
    except DecodeError as error:
        return [str(error)]
    if codec.mapping is None:
        return []
    found = []
    for number, example in enumerate(codec.mapping.example, 1):
        found += [f"example {number}: {problem}" for problem in _example_problems(codec, example)]
    return found


def decode_with(codec: Codec, payload: bytes, port: int | None, received_at: datetime | None = None) -> Decoded:
    """Return what one codec makes of a payload."""
    out = Decoded("lorawan", "complete", raw=payload)
    ctx = Context(received_at=received_at)
    codec.read(View(payload), port, ctx, out)
    out.diagnostics = ctx.diagnostics
    return out


def starting_map(outputs: Iterable[object]) -> str:
    """Return the text of a mapping with a field for each value that formatters' outputs have."""
    seen: dict[str, object] = {}
    for data in outputs:
        for path, value in leaves_of(data):
            seen.setdefault(_INDEX.sub("[*]", path) if path.count("[") == 1 else path, value)
    lines = [
        'title = ""     # what people call the device',
        'source = ""    # where the formatter and the facts come from',
        "# device_type = 7   # the medium, as M-Bus counts it (7 water, 4 heat, 2 electricity, 3 gas)",
        "# ignore = []       # paths that are no readings",
    ]
    for path, value in seen.items():
        number = not isinstance(value, bool | str) and value is not None
        lines += [
            "",
            "[[field]]",
            f"path = {_quoted(path)}    # e.g. {_shown(value)}",
            f"name = {_quoted(_name(path))}",
        ]
        lines += ['quantity = "any"    # such as volume, energy, temperature'] if number else ['quantity = "text"']
        lines += ['# unit = ""         # unit of the formatter\'s number', '# obis = ""'] if number else []
    return "\n".join(lines) + "\n"


def _example_problems(codec: Codec, example: Example) -> list[str]:
    when = None if example.received_at is None else datetime.fromisoformat(example.received_at)
    decoded = decode_with(codec, bytes.fromhex(example.payload), example.fport, when)
    if decoded.state == "opaque":
        return [found.message for found in decoded.diagnostics]
    return [problem for expected in example.expect if (problem := _compare(decoded, expected))]


def _compare(decoded: Decoded, expected: Expected) -> str | None:
    storages = {None, expected.storage}
    values = [
        plain_value(reading.value)
        for reading in decoded.readings
        if reading.name == expected.name and (reading.storage in storages or expected.storage is None)
    ]
    if any(_same(value, expected.value) for value in values):
        return None
    got = ", ".join(map(_shown, values)) or "nothing"
    return f"{expected.name} should be {_shown(expected.value)}, is {got}"


def _same(value: Decimal | str | None, wanted: Decimal | str | None) -> bool:
    if isinstance(value, Decimal) and isinstance(wanted, str):
        try:
            return value == Decimal(wanted)
        except InvalidOperation:
            return False
    return value == wanted


def _quoted(text: str) -> str:
    return dumps(text)


def _shown(value: object) -> str:
    return dumps(value).replace("\n", " ")[:60]


def _name(path: str) -> str:
    return "_".join(part for part in "".join(c if c.isalnum() else " " for c in path).lower().split())
