"""wmbusmeters' lines: `telegram=|2E44…|…|+32`, as its simulation files and its `--logtelegrams` have them.

Between the bars stand hex digits; bars, `_` and `#` inside only mark parts. `+32` says when the telegram came, in
seconds since the start of the recording. What such files have between the telegrams are comments and the values that
wmbusmeters should print (`{"_":"telegram",…}`, `|name;id;…`): these lines are no frames.
Source: wmbusmeters, src/wmbus_simulator.cc and simulations/.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.capture.frame import NO_HINTS, CaptureFrame
from emtkit.capture.hex_line import parse_hex
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin

# a log line may stand in front; the seconds may have a sign only
_TELEGRAM: Final = re.compile(r"telegram=([^+;\"]*)(?:\+(\d{1,9}))?", re.ASCII)
# fields, or an object without any of the fields that hold a frame
_EXPECTED: Final = re.compile(r"\|.*;|\{(?!.*\"(?:hex|data|payload|text)\")")


def is_telegram_line(line: str) -> bool:
    """Say whether the line has a telegram."""
    return "telegram=" in line


def is_expectation(line: str) -> bool:
    """Say whether a line between telegrams holds what wmbusmeters should print for the one before it."""
    return _EXPECTED.match(line) is not None


def read_telegram_line(line: str, at: Origin, clock: LocalClock) -> list[CaptureItem]:  # noqa: ARG001 - all lines have a clock
    """Read one line. Raises DecodeError `capture.hex.*`, `capture.wmbusmeters.syntax`."""
    match = _TELEGRAM.search(line)
    if match is None:
        raise DecodeError("capture.wmbusmeters.syntax", "no telegram=|…| in this line")
    hints = NO_HINTS if match[2] is None else {"seconds": int(match[2])}
    return [CaptureFrame(parse_hex(match[1].replace("#", "")), at, hints)]


def write_telegram_line(frame: bytes, seconds: int | None = None) -> str:
    """Return the line of a frame, the first ten bytes apart as wmbusmeters shows them."""
    text = frame.hex().upper()
    return f"telegram=|{text[:20]}|{text[20:]}|" + ("" if seconds is None else f"+{seconds}")
