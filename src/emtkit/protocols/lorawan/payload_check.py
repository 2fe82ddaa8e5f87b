"""Checking a payload file: its form, and that its examples give what it says they give."""

from __future__ import annotations

import difflib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.model.reading import plain_value
from emtkit.model.user_files import FileCodes, read_text
from emtkit.protocols.context import Context, Memory
from emtkit.protocols.lorawan.decoder import DECODER
from emtkit.protocols.lorawan.own import OwnPayloads
from emtkit.protocols.lorawan.payload_file import parse_payload
from emtkit.protocols.lorawan.payload_form import Where
from emtkit.protocols.lorawan.programs import program
from emtkit.wire.view import View

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Reading
    from emtkit.protocols.lorawan.payload_file import Example, Expected, PayloadFile


_CODES: Final = FileCodes("payload file", "lorawan.file.unreadable", "lorawan.file.unreadable", "lorawan.file.syntax")


class CheckResult(NamedTuple):
    """What a check found: the file, and one line for each thing that is not as it says (none: all is well)."""

    file: PayloadFile
    problems: tuple[str, ...]


def check_payload(path: str | Path) -> CheckResult:
    """Check a payload file. Raises ConfigError `lorawan.file.*` when it cannot be read or has the wrong form."""
    path = Path(path)
    text = read_text(path, _CODES)
    file = parse_payload(path.name.removesuffix(".toml"), text, str(path))
    if file.program is not None:
        program(file.program)
    where = Where(str(path), text)
    problems = [] if file.example else [f"{path}: there is no [[example]]: a layout without one cannot be tested"]
    for number, example in enumerate(file.example, 1):
        place = where.inner("example", number)
        problems += [f"{place}: {problem}" for problem in _example_problems(file, example)]
    return CheckResult(file, tuple(problems))


def decode_with(file: PayloadFile, example: Example) -> Decoded:
    """Decode an example's payload with this file and no other."""
    memory = Memory()
    memory.of(OwnPayloads).files[file.name] = file
    try:
        data = bytes.fromhex(example.payload)
        when = None if example.received_at is None else datetime.fromisoformat(example.received_at)
    except ValueError as error:
        raise ConfigError("lorawan.file.form", f"payload or received_at: {error}") from None
    hints = {"device": file.name, "fport": example.fport}
    return DECODER.decode(View(data), Context(memory=memory, received_at=when, hints=hints))


def _example_problems(file: PayloadFile, example: Example) -> list[str]:
    try:
        decoded = decode_with(file, example)
    except EmtkitError as error:
        return [error.message]
    if decoded.state == "opaque":
        sizes = f"{len(decoded.raw)} bytes on port {example.fport}"
        return [f"no [[frame]] fits it ({sizes})" if file.frame else f"{file.program} does not read it ({sizes})"]
    found = [f"{diagnostic.message} [{diagnostic.code}]" for diagnostic in decoded.diagnostics]
    for expected in example.expect:
        found += _differences(expected, decoded.readings)
    return found


def _differences(expected: Expected, readings: list[Reading]) -> list[str]:
    """Say how the reading that is most like the expected one differs from it, field by field."""
    wanted = {name: getattr(expected, name) for name in ("name", "quantity", "obis", "value", "unit", "time")}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    shown = [{name: _text(reading, name) for name in wanted} for reading in readings]
    if wanted in shown:
        return []
    telling = [name for name in ("name", "obis", "quantity") if name in wanted]
    what = " ".join(str(wanted[name]) for name in telling[:1]) or "the reading"
    same = [each for each in shown if all(each[name] == wanted[name] for name in telling[:1])]
    if not same:
        names = [str(reading.name or reading.quantity) for reading in readings]
        near = difflib.get_close_matches(what, names, n=1)
        hint = f"do you mean {near[0]}?" if near else f"there are {', '.join(names) or 'none'}"
        return [f"there is no reading {what}; {hint}"]
    best = max(same, key=lambda each: sum(each[name] == wanted[name] for name in wanted))
    return [
        f"{what}: {name} should be {wanted[name]} but is {best[name] or 'none'}"
        for name in wanted
        if best[name] != wanted[name]
    ]


def _text(reading: Reading, name: str) -> str | None:
    if name == "value":
        value = plain_value(reading.value)
        return value if isinstance(value, str) else "" if value is None else format(value, "f")
    if name == "time":
        return None if reading.time is None else reading.time.isoformat()
    found: str | None = getattr(reading, name)
    return found
