"""Lines of an MQTT client (`mosquitto_sub -v`): the topic, a blank, the message as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.capture.json_line import read_json_line

if TYPE_CHECKING:
    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin

_LINE: Final = re.compile(r"[^\s{}]*/[^\s{}]*[ \t]+(?=[{\[])")


def is_mqtt_line(line: str) -> bool:
    """Say whether the line is a topic (it has a slash) and JSON."""
    return _LINE.match(line) is not None


def read_mqtt_line(line: str, at: Origin, clock: LocalClock) -> list[CaptureItem]:
    """Read one line. Raises DecodeError `capture.json.*`."""
    found = _LINE.match(line)
    return read_json_line(line[found.end() :] if found else line, at, clock)
