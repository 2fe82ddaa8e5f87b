"""Text files with a frame on each line. Each line is recognised by itself, so formats may be mixed.

Blank lines and comments (`#` to the end of the line, `//` in front) are no frames. A time in ISO 8601 may stand in
front of any line. Anything else that is no frame is a failure, so that nothing is lost unseen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

from emtkit.capture import cul, hex_line, json_line, mqtt, rtl_wmbus, wmbusmeters
from emtkit.capture.frame import CaptureFailure, CaptureFrame, note
from emtkit.model.decoded import Origin
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError, EmtkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Source
    from emtkit.capture.times import LocalClock

LONGEST_LINE: Final = 1024 * 1024
_BLANK: Final = " \t\r\n\f\x00\x1a"
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)[ \t;,]+(?=\S)", re.ASCII
)


class LineFormat(NamedTuple):
    """A format of single lines: `recognises` is asked in the order of the table, `read` gives frames or raises."""

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Origin, LocalClock], list[CaptureItem]]
    has_comments: bool = True


# The order is the precedence. Hex takes what nobody else wants and says what is wrong with it.
LINE_FORMATS: Final = (
    LineFormat("json-lines", lambda line: line[0] in "{[", json_line.read_json_line, has_comments=False),
    LineFormat("mqtt", mqtt.is_mqtt_line, mqtt.read_mqtt_line, has_comments=False),
    LineFormat("wmbusmeters", wmbusmeters.is_telegram_line, wmbusmeters.read_telegram_line, has_comments=False),
    LineFormat("rtl-wmbus", rtl_wmbus.is_rtl_line, rtl_wmbus.read_rtl_line),
    LineFormat("cul", cul.is_cul_line, cul.read_cul_line),
    LineFormat("hex", lambda line: True, hex_line.read_hex_line),  # noqa: ARG005 - it is the last
)

# What wmbusmeters should print looks like these formats
_MAY_BE_EXPECTED: Final = frozenset(("json-lines", "hex", "wmbusmeters"))


def read_lines(source: Source, at: Origin, clock: LocalClock, only: str | None = None) -> Iterator[CaptureItem]:
    """Give the frames and failures of a text file; `only` names the one line format it has."""
    reader = _LineReader(clock, tuple(form for form in LINE_FORMATS if only in {None, form.name}))
    for number, raw in enumerate(source.lines(LONGEST_LINE), 1):
        here = Origin(at.source, number)
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            yield CaptureFailure(DecodeError("capture.line.long", f"a line of more than {LONGEST_LINE} bytes"), here)
            continue
        line = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip(_BLANK)
        if line.startswith("//"):
            line = line.lstrip("/ ")
            if not wmbusmeters.is_telegram_line(line):
                continue
        if not line or line[0] == "#":
            continue
        try:
            yield from reader.read(line, here)
        except EmtkitError as error:
            yield CaptureFailure(error, here)


class _LineReader:
    """Reads the lines of one file.

    between_telegrams  a line of wmbusmeters was there: lines with what it should print are no frames from then on
    """

    __slots__ = ("between_telegrams", "clock", "formats")

    def __init__(self, clock: LocalClock, formats: tuple[LineFormat, ...]) -> None:
        self.clock = clock
        self.formats = formats
        self.between_telegrams = [form.name for form in formats] == ["wmbusmeters"]

    def read(self, line: str, here: Origin) -> list[CaptureItem]:
        """Return the frames of a line. Raises EmtkitError if it is none."""
        time = _TIME.match(line) if line[4:5] == "-" else None
        if time is None:
            return self._read(line, here)
        line = line[time.end() :]
        try:
            moment = self.clock.read(time[1].replace(",", "."))
        except DecodeError as error:
            # it costs the time only
            finding = note(Severity.WARNING, error.code, error.message, "time")
            items = self._read(line, here)
            return [item._replace(notes=(finding, *item.notes)) if _is_frame(item) else item for item in items]
        return self._read(line, here._replace(received_at=moment))

    def _read(self, line: str, here: Origin) -> list[CaptureItem]:
        form = self.formats[-1]
        for one in self.formats[:-1]:
            if one.recognises(line):
                form = one
                break
        if self.between_telegrams and form.name in _MAY_BE_EXPECTED and wmbusmeters.is_expectation(line):
            return []
        self.between_telegrams = self.between_telegrams or form.name == "wmbusmeters"
        if form.has_comments:
            line = line.partition("#")[0].strip()
        return form.read(line, here, self.clock)


def _is_frame(item: CaptureItem) -> TypeGuard[CaptureFrame]:
    return isinstance(item, CaptureFrame)
