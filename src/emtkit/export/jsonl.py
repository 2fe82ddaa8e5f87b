"""JSON Lines: one line per input frame, in input order, failures included (docs/export-csv-jsonl.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from emtkit.export.registry import Report, Written
from emtkit.model.errors import DecodeError
from emtkit.model.jsontext import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.model.decoded import Decoded
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
