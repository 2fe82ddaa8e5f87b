"""Checking a family file: its form, and that its examples give what it says they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from emtkit.meters.apply import name_readings
from emtkit.meters.catalogue import load_family
from emtkit.model.errors import EmtkitError
from emtkit.model.key import Key, NoKeys
from emtkit.model.reading import plain_value
from emtkit.protocols.context import Context
from emtkit.protocols.registry import decoder
from emtkit.wire.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.meters.family import Example, Expected, Family
    from emtkit.model.decoded import Decoded
    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading


class CheckResult(NamedTuple):
    """What a check found: the family and one line per example that does not give what it should (none: all is well)."""

    family: Family
    problems: tuple[str, ...]


class _OneKey(NoKeys):
    """The example's key, for whatever meter sends it."""

    def __init__(self, digits: str) -> None:
        self._key = Key.from_hex(digits, "example")

    def candidates(self, meter: MeterId | None, use: str = "encryption") -> tuple[Key, ...]:  # noqa: ARG002
        """Return it."""
        return (self._key,)


def check(path: str | Path) -> CheckResult:
    """Check a family file. Raises ConfigError when it cannot be read or has the wrong form."""
    return check_family(load_family(path))


def check_family(family: Family) -> CheckResult:
    """Decode every example with this family and compare."""
    problems: list[str] = []
    if not family.example:
        problems.append("there is no [[example]]: a family without one cannot be tested")
    for number, example in enumerate(family.example, 1):
        try:
            decoded = decode_example(example)
        except EmtkitError as error:
            problems.append(f"example {number}: {error}")
            continue
        if decoded.meter is None or family.weight(decoded.meter) < 0:
            problems.append(f"example {number}: no [[match]] fits its meter {decoded.meter}")
            continue
        name_readings(decoded, [family])
        problems += [f"example {number}: {text}" for text in _compare(example.expect, decoded.readings)]
    return CheckResult(family, tuple(problems))


def decode_example(example: Example) -> Decoded:
    """Decode an example's telegram as M-Bus or wireless M-Bus."""
    try:
        data = bytes.fromhex(example.telegram)
    except ValueError:
        data = b""
    ctx = Context(_OneKey(example.key) if example.key else NoKeys())
    name = max(("mbus", "wmbus"), key=lambda candidate: decoder(candidate).sniff(data))
    return decoder(name).decode(View(data), ctx)


def _compare(wanted: tuple[Expected, ...], readings: list[Reading]) -> list[str]:
    problems = []
    for expected in wanted:
        same = [r for r in readings if _names(expected, r)]
        what = expected.name or expected.quantity or "?"
        if not same:
            problems.append(f"there is no {what}")
        elif not any(_equals(expected, reading) for reading in same):
            have = ", ".join(f"{plain_value(r.value)} {r.unit or ''} {r.time or ''}".strip() for r in same)
            problems.append(f"{what} should be {expected.value} {expected.unit or ''} but is {have}".replace("  ", " "))
    return problems


def _names(expected: Expected, reading: Reading) -> bool:
    if expected.name is not None:
        return reading.name == expected.name
    return expected.quantity is None or reading.quantity == expected.quantity


def _equals(expected: Expected, reading: Reading) -> bool:
    value = plain_value(reading.value)
    text = value if isinstance(value, str) else "" if value is None else format(value, "f")
    return (
        text == expected.value
        and (expected.unit is None or expected.unit == reading.unit)
        and (expected.time is None or (reading.time is not None and reading.time.isoformat() == expected.time))
    )
