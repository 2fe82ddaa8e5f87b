"""Which capture formats there are, and how a file's own is found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.capture import json_line, lines, telegram_text
from emtkit.capture.frame import CaptureFailure
from emtkit.model.errors import ConfigError, DecodeError
from emtkit.protocols import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Source
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin

LARGEST_DOCUMENT: Final = 64 * 1024 * 1024
# Control characters that are in text telegrams: SOH STX ETX EOT ACK TAB LF FF CR NAK, and the Ctrl-Z of old files
_TEXT_CONTROL: Final = frozenset(b"\x01\x02\x03\x04\x06\t\n\f\r\x15\x1a")
_CONTROL: Final = bytes(frozenset(range(0x20)) - _TEXT_CONTROL | {0x7F})
_NOT_ASCII: Final = bytes(range(0x7F, 0x100))
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
# blank lines and comments before what tells the format
_PREAMBLE: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t\r\n\f]+|#[^\n]*(?:\n|$))*")


class Setting(NamedTuple):
    """What a reader needs besides the bytes: the origin of its frames, the clock, and the protocol the user named."""

    at: Origin
    clock: LocalClock
    protocol: str | None


class Format(NamedTuple):
    """A capture format. `read` gives frames and failures in input order."""

    name: str
    title: str
    read: Callable[[Source, Setting], Iterator[CaptureItem]]


def _read_document(source: Source, setting: Setting) -> Iterator[CaptureItem]:
    data = bytearray()
    while piece := source.read():
        data += piece
        if len(data) > LARGEST_DOCUMENT:
            size = f"a JSON document of more than {LARGEST_DOCUMENT >> 20} MiB; JSON lines have no such limit"
            yield CaptureFailure(DecodeError("capture.json.long", size), setting.at)
            return
    text = _without_preamble(bytes(data)).decode("utf-8", "replace")
    before = data.count(b"\n") - text.count("\n")
    yield from json_line.read_json_document(text, setting.at._replace(line=1 + before), setting.clock)


def _read_imst(source: Source, setting: Setting) -> Iterator[CaptureItem]:
    from emtkit.capture.imst import read_imst

    return read_imst(source, setting.at)


def _read_amber(source: Source, setting: Setting) -> Iterator[CaptureItem]:
    from emtkit.capture.amber import read_amber

    return read_amber(source, setting.at)


def _read_amber_plain(source: Source, setting: Setting) -> Iterator[CaptureItem]:
    from emtkit.capture.amber import read_amber

    return read_amber(source, setting.at, rssi=False)


def _read_lorawan(source: Source, setting: Setting) -> Iterator[CaptureItem]:
    from emtkit.capture.lorawan_envelopes.files import read_messages

    return read_messages(source, setting.at, setting.clock)


def _read_raw(source: Source, setting: Setting) -> Iterator[CaptureItem]:
    from emtkit.capture.stream import read_whole

    return read_whole(source, setting.at)


def _read_stream(source: Source, setting: Setting) -> Iterator[CaptureItem]:
    from emtkit.capture import stream

    decoder = registry.decoder(setting.protocol) if setting.protocol else stream.find_protocol(source.look())
    if decoder is None:
        return stream.read_whole(source, setting.at)
    return stream.split_stream(source, decoder, setting.at)


def _one_line_format(form: lines.LineFormat, title: str) -> Format:
    return Format(
        form.name, title, lambda source, setting: lines.read_lines(source, setting.at, setting.clock, form.name)
    )


_LINE_TITLES: Final = {
    "hex": "hex lines",
    "json-lines": "JSON lines",
    "mqtt": "`topic {…}` lines of an MQTT client",
    "wmbusmeters": "telegram=|…| lines of wmbusmeters",
    "rtl-wmbus": "output of rtl_wmbus",
    "cul": "b… lines of culfw sticks",
}

# name -> format; the names are those of `--format` for input. A new format is a module and a line here.
FORMATS: Final[dict[str, Format]] = {
    form.name: form
    for form in (
        Format(
            "lines",
            "text lines, the format of each found by itself",
            lambda source, setting: lines.read_lines(source, setting.at, setting.clock),
        ),
        *(_one_line_format(form, _LINE_TITLES[form.name]) for form in lines.LINE_FORMATS),
        Format("json", "one JSON document, or several over many lines", _read_document),
        Format(
            "text",
            "text telegrams (IEC 62056-21, P1)",
            lambda source, setting: telegram_text.read_telegrams(source, setting.at),
        ),
        Format("imst", "byte stream of an IMST stick", _read_imst),
        Format("amber", "byte stream of an Amber / Würth stick, with levels", _read_amber),
        Format("amber-plain", "byte stream of an Amber / Würth stick, without levels", _read_amber_plain),
        Format(
            "lorawan", "binary messages of LoRaWAN gateways and servers: Semtech UDP datagrams, Protobuf", _read_lorawan
        ),
        Format("stream", "byte stream of a protocol (M-Bus, SML, HDLC …)", _read_stream),
        Format("raw", "the whole file is one frame", _read_raw),
    )
}


def format_named(name: str) -> Format:
    """Return a format. Raises ConfigError `capture.format`."""
    found = FORMATS.get(name)
    if found is None:
        raise ConfigError("capture.format", f"no capture format {name!r}; known: {', '.join(FORMATS)}")
    return found


def detect(sample: bytes, setting: Setting) -> Format:
    """Return the format of a capture that begins like this. Raises DecodeError `capture.encoding`.

    Binary or text is decided first, by the control characters. In binary input receivers' messages come before
    protocols' frames, because a message holds one; in text an identification or a data set makes a text telegram, an
    opening bracket without its end on the line a JSON document, and all else is lines.
    """
    if _is_wide(sample):
        raise DecodeError("capture.encoding", "the file is UTF-16 text; save it as UTF-8")
    awake = sample.translate(None, b"\x00\x7f\xff")
    if awake.startswith(b"/"):
        sample = awake
    if not is_text(sample):
        return FORMATS[_binary_format(sample, setting.at)]
    told = _without_preamble(sample)
    if telegram_text.is_telegram_text(told):
        return FORMATS["text"]
    return FORMATS["json" if _is_document(told.decode("utf-8", "replace")) else "lines"]


def _binary_format(sample: bytes, at: Origin) -> str:
    from emtkit.capture.amber import is_amber
    from emtkit.capture.imst import is_imst
    from emtkit.capture.lorawan_envelopes.files import is_messages

    if is_messages(sample):
        return "lorawan"
    if is_imst(sample, at):
        return "imst"
    return "amber" if is_amber(sample, at) else "stream"


def _without_preamble(data: bytes) -> bytes:
    match = _PREAMBLE.match(data)
    return data if match is None else data[match.end() :]


def is_text(sample: bytes) -> bool:
    """Say whether the bytes are text: no control characters but those of text telegrams, and mostly ASCII."""
    if len(sample.translate(None, _CONTROL)) < len(sample):
        return False
    return len(sample.translate(None, _NOT_ASCII)) * 8 >= len(sample) * 7


def _is_wide(sample: bytes) -> bool:
    """Say whether the bytes are UTF-16 text: every other byte is NUL, the rest is text."""
    shortest = 4
    if sample.startswith(_WIDE_BOMS):
        sample, shortest = sample[2:], 1
    sample = sample[: len(sample) & ~1][:512]
    halves = ((sample[0::2], sample[1::2]), (sample[1::2], sample[0::2]))
    return any(len(high) >= shortest and not any(high) and is_text(low) for high, low in halves)


def _is_document(text: str) -> bool:
    """Say whether JSON text begins here whose first value goes over more than one line."""
    first, newline, rest = text.partition("\n")
    first = first.strip()
    if not newline or not first.startswith(("{", "[")):
        return False
    try:
        json_line.DECODER.raw_decode(first)
    except json_line.NOT_JSON:
        # a broken line of JSON lines ends with its bracket, or the next line begins with one
        return not first.endswith(("}", "]")) and (len(first) == 1 or not rest.startswith(("{", "[")))
    return False
