"""JSON Lines: one line per input frame, in input order, failures included (docs/export-csv-jsonl.md); and back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final, get_args

from emtkit.capture.source import open_source
from emtkit.export.registry import Report, Written
from emtkit.export.told import disproved
from emtkit.model.decoded import SCHEMA, Decoded, Origin, Security, State
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import DecodeError
from emtkit.model.jsontext import dumps, loads
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.capture.source import Capture
    from emtkit.points import Points

NAME: Final = "jsonl"
SUFFIX: Final = ".jsonl"
TITLE: Final = "JSON Lines: one line per input frame, failures included"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """JSON Lines has no options: scripts rely on its form."""


def line(frame: Decoded) -> str:
    """Return the line of one frame, without the line end. A number keeps all its digits."""
    return dumps(frame.to_dict())


def lines(decoded: Iterable[Decoded]) -> Iterator[str]:
    """Return the line of each frame, as it comes."""
    return map(line, decoded)


def write(
    decoded: Iterable[Decoded],
    out: BinaryIO,
    *,
    points: Points | None = None,  # noqa: ARG001 - the contract of all formats
    options: Options | None = None,  # noqa: ARG001 - the same
) -> Report:
    """Write one line per frame; holds one frame at a time."""
    report = Report()
    out.writelines(f"{text}\n".encode() for text in lines(report.taking(decoded)))
    report.written.append(Written(None, "frames", report.frames))
    return report


def read_lines(stream: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Read what `write` wrote: one dict per line, numbers as Decimal or int.

    Raises DecodeError `jsonl.syntax` for a line that is no JSON object.
    """
    for number, text in enumerate(stream, 1):
        try:
            found = loads(text.decode())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise DecodeError("jsonl.syntax", f"line {number} is not a JSON object", field=f"line {number}")
        yield found


LONGEST_LINE: Final = 64 * 1024 * 1024


def read_decoded(capture: Capture, *, name: str | None = None) -> Iterator[Decoded]:
    """Give the frame of each line; holds one frame at a time.

    A line that is no result is a failure, and the next line is read. A value is a number or a text as JSON has it,
    bytes are their hex digits; layers, checks and the frame's bytes are not in the lines.
    Raises ConfigError `capture.unreadable`.
    """
    with open_source(capture) as packed:
        at = Origin(source=name or packed.name)
        try:
            for number, text in enumerate(packed.unpacked().lines(LONGEST_LINE), 1):
                if not text.isspace():
                    yield _frame_of_line(text, at._replace(line=number))
        except DecodeError as error:  # the file itself
            yield Decoded.from_error(error, origin=at)


def _frame_of_line(text: bytes, at: Origin) -> Decoded:
    try:
        found = loads(text.decode())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        error = DecodeError("jsonl.syntax", f"line {at.line} is not a JSON object", field=f"line {at.line}")
        return Decoded.from_error(error, origin=at)
    try:
        return frame_of(found, at)
    except DecodeError as error:
        return Decoded.from_error(error, origin=at)


def frame_of(told: dict[str, Any], at: Origin = Origin()) -> Decoded:  # noqa: B008 - a tuple
    """Return the frame that `Decoded.to_dict` wrote. Raises DecodeError `jsonl.field`."""
    if told.get("schema") != SCHEMA:
        raise DecodeError("jsonl.field", f"line {at.line}: schema {told.get('schema')!r}, not {SCHEMA}", field="schema")
    try:
        security = told["security"]
        return Decoded(
            told["protocol"],
            _STATES[told["state"]],
            None if told["meter"] is None else MeterId(**told["meter"]),
            Security(security["mode"], security["verdict"], verified=disproved(security["verdict"])),
            [_reading(reading) for reading in told["readings"]],
            [_diagnostic(finding) for finding in told["diagnostics"]],
            tuple(told.get("status", ())),
            origin=at._replace(id=told["id"], received_at=_moment(told["received_at"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        message = f"line {at.line}: {type(error).__name__} {error}"
        raise DecodeError("jsonl.field", message, field=f"line {at.line}") from None


def _reading(told: dict[str, Any]) -> Reading:
    value, time = told["value"], told["time"]
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    moment: datetime | date | None = _moment(time) if time is None or len(time) > _DATE else date.fromisoformat(time)
    known = {name: told[name] for name in _PLAIN}
    return Reading(
        **known, value=value, modifiers=tuple(told["modifiers"]), time=moment, raw=bytes.fromhex(told["raw"])
    )


_PLAIN: Final = (
    *("quantity", "unit", "obis", "name", "function", "storage", "tariff", "subunit", "time_source", "status"),
)
_STATES: Final[dict[str, State]] = {state: state for state in get_args(State)}
_DATE: Final = len("2026-11-02")


def _diagnostic(told: dict[str, Any]) -> Diagnostic:
    return Diagnostic(**{**told, "severity": Severity(told["severity"])})


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
