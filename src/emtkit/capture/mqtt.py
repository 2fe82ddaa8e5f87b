"""Lines of an MQTT client (`mosquitto_sub -v`): the topic, a blank, the message as JSON.

Binary messages of ChirpStack (Protobuf) stand there in hex (`-F '%t %x'`) or base64.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.capture.json_line import read_json_line, read_value

if TYPE_CHECKING:
    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin

_LINE: Final = re.compile(r"[^\s{}]*/[^\s{}]*[ \t]+(?=[{\[])")
_BINARY: Final = re.compile(
    r"([^\s{}]*(?:device|gateway)/[^\s{}/]+/(?:event|command|state)/[a-z]+)[ \t]+([0-9A-Za-z+/_=-]+)"
)


def is_mqtt_line(line: str) -> bool:
    """Say whether the line is a topic (it has a slash) and JSON, or a topic of ChirpStack and hex or base64."""
    return "/" in line and (_LINE.match(line) is not None or _BINARY.fullmatch(line) is not None)


def read_mqtt_line(line: str, at: Origin, clock: LocalClock) -> list[CaptureItem]:
    """Read one line. Raises DecodeError `capture.json.*`."""
    binary = _BINARY.fullmatch(line)
    if binary is not None:
        return read_value({"topic": binary[1], "payload": binary[2]}, at, clock)
    found = _LINE.match(line)
    return read_json_line(line[found.end() :] if found else line, at, clock)
