"""JSON lines: one object a line with the frame and what is known about it (docs/captures.md).

    {"hex": "2E44…", "id": "kitchen", "time": "2026-10-25T02:15:00+02:00", "rssi": -71, "key": "…"}

The frame is in `hex`, `data` or `payload` (hex digits) or in `text` (a text telegram as it is). A line may also hold a
list of such objects. Messages of LoRaWAN network servers are taken as they are (`lorawan_envelopes`).
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.frame import NO_HINTS, CaptureFailure, CaptureFrame, note
from emtkit.capture.hex_line import lorawan_message, parse_hex
from emtkit.keys import GivenKeys
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError, EmtkitError
from emtkit.model.jsontext import dumps
from emtkit.model.key import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin
    from emtkit.model.diagnostics import Diagnostic

_HEX_FIELDS: Final = ("hex", "data", "payload")
_HINT_FIELDS: Final = frozenset(("fport", "device", "dev_eui", "fcnt", "system_title"))
_KEY_FIELDS: Final = frozenset(("key", "authentication_key"))
# ArithmeticError: a number whose exponent no Decimal can have
NOT_JSON: Final = (ValueError, ArithmeticError, RecursionError)
DECODER: Final = json.JSONDecoder(parse_float=Decimal)
_SOMETHING: Final = re.compile(r"[^\s,]")
_MAX_RSSI: Final = 1000
_SEPARATORS: Final = str.maketrans("", "", " :-")


def read_json_line(line: str, at: Origin, clock: LocalClock) -> list[CaptureItem]:
    """Read one line: an object, or a list of objects. Raises DecodeError `capture.json.syntax`."""
    try:
        value, end = DECODER.raw_decode(line)
        if end != len(line):  # blanks, or more than one value
            value = DECODER.decode(line)
    except NOT_JSON:
        try:
            value = DECODER.decode(line)  # after blanks, or to say where it is none
        except NOT_JSON as error:
            raise _not_json(error) from None
    return read_value(value, at, clock)


def read_json_document(text: str, at: Origin, clock: LocalClock) -> Iterator[CaptureItem]:
    """Read a text of JSON values one after the other, each over as many lines as it likes; `at` has its first line.

    After a place that is no JSON there is no telling where the next value begins: one failure, and it ends.
    """
    line, counted = at.line or 1, 0
    found = _SOMETHING.search(text)
    while found is not None:
        line += text.count("\n", counted, found.start())
        counted = found.start()
        here = at._replace(line=line)
        try:
            value, place = DECODER.raw_decode(text, found.start())
        except NOT_JSON as error:
            yield CaptureFailure(_not_json(error), here)
            return
        yield from read_value(value, here, clock)
        found = _SOMETHING.search(text, place)


def read_value(value: object, at: Origin, clock: LocalClock) -> list[CaptureItem]:
    """Return the frames of a JSON value: of an object, or of each object of a list."""
    items: list[CaptureItem] = []
    for entry in value if isinstance(value, list) else [value]:
        try:
            if not isinstance(entry, dict):
                raise DecodeError("capture.json.field", "a frame is a JSON object")
            items += _read_envelope(entry, at, clock) or _own_frames(entry, at, clock)
        except EmtkitError as error:
            items.append(CaptureFailure(error, at._replace(id=_id_of(entry))))
    return items


def _read_envelope(entry: Mapping[str, Any], at: Origin, clock: LocalClock) -> list[CaptureFrame] | None:
    """Return the frames of a LoRaWAN network server's message, None if the object is none."""
    if "hex" in entry or "text" in entry:  # what no network server's message has
        return None
    ident = _id_of(entry)
    return _envelope_reader()(entry, at if ident is None else at._replace(id=ident), clock)


@cache
def _envelope_reader() -> Callable[[Mapping[str, Any], Origin, LocalClock], list[CaptureFrame] | None]:
    from emtkit.capture.lorawan_envelopes import read_envelope  # captures without such messages do without it

    return read_envelope


def _own_frames(entry: Mapping[str, Any], at: Origin, clock: LocalClock) -> list[CaptureFrame]:
    """Return the frame of somebody's own object; or the frames of the binary LoRaWAN message that is in it."""
    frame = read_object(entry, at, clock)
    return (lorawan_message(frame.data, frame.origin, clock) if frame.protocol is None else None) or [frame]


def read_object(entry: Mapping[str, Any], at: Origin, clock: LocalClock) -> CaptureFrame:
    """Return the frame of a JSON object.

    Raises DecodeError `capture.json.nothing`, `capture.json.field`, `capture.hex.*`, ConfigError `keys.*`. A time that
    cannot be read costs the time only and is noted.
    """
    notes: list[Diagnostic] = []
    received = None
    if entry.get("time") is not None:
        try:
            received = clock.read(_typed(entry, "time", (str, int, Decimal), "a string or a number"))
        except DecodeError as error:
            notes.append(note(Severity.WARNING, error.code, error.message, "time"))
    origin = at._replace(id=_id_of(entry), received_at=received or at.received_at, rssi=_rssi(entry))
    hints = _hints(entry)
    return CaptureFrame(
        _data(entry),
        origin,
        hints,
        _keys(entry, at),
        _typed(entry, "protocol", (str,), "a string") or ("lorawan" if "fport" in hints else None),
        tuple(notes),
    )


def _not_json(error: Exception) -> DecodeError:
    place = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
    return DecodeError("capture.json.syntax", f"not JSON{place}")


def _typed(entry: Mapping[str, Any], name: str, kinds: tuple[type, ...], wanted: str) -> Any:  # noqa: ANN401
    value = entry.get(name)
    if value is None or (isinstance(value, kinds) and not isinstance(value, bool)):
        return value
    raise DecodeError("capture.json.field", f"{name} must be {wanted}", field=name)


def _data(entry: Mapping[str, Any]) -> bytes:
    for name in _HEX_FIELDS:
        text = _typed(entry, name, (str,), "a string of hex digits")
        if text is not None:
            try:
                return parse_hex(text)
            except DecodeError as error:
                raise DecodeError(error.code, f"{name}: {error.message}", field=name) from None
    text = _typed(entry, "text", (str,), "a string")
    if text is None:
        raise DecodeError("capture.json.nothing", "no frame in the object: it needs hex, data, payload or text")
    try:
        return bytes(text.encode("latin-1"))
    except UnicodeEncodeError:
        return bytes(text.encode("utf-8", "surrogatepass"))


def _id_of(entry: object) -> str | None:
    value = entry.get("id") if isinstance(entry, dict) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _rssi(entry: Mapping[str, Any]) -> int | None:
    value = _typed(entry, "rssi", (int, Decimal), "a number")
    if value is None:
        return None
    if not -_MAX_RSSI < value < _MAX_RSSI:
        raise DecodeError("capture.json.field", "rssi is a level in dBm", field="rssi")
    level: int = round(value)
    return level


def _hints(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    if _HINT_FIELDS.isdisjoint(entry):
        return NO_HINTS
    hints: dict[str, Any] = {}
    port = _typed(entry, "fport", (int, str), "a number")
    if port is not None:
        if isinstance(port, str) and not (port.isascii() and port.isdigit() and len(port) < 4):
            raise DecodeError("capture.json.field", "fport must be a number", field="fport")
        hints["fport"] = int(port)
    device = _typed(entry, "device", (str,), "a string")
    if device is not None:
        hints["device"] = device
    dev_eui = _typed(entry, "dev_eui", (str,), "a string of 16 hex digits")
    if dev_eui is not None:
        hints["dev_eui"] = dev_eui.translate(_SEPARATORS).upper()
    counter = _typed(entry, "fcnt", (int,), "a number")
    if counter is not None:
        hints["fcnt"] = counter
    title = _typed(entry, "system_title", (str,), "a string of 16 hex digits")
    if title is not None:
        hints["system_title"] = parse_hex(title)
    return hints or NO_HINTS


def _keys(entry: Mapping[str, Any], at: Origin) -> GivenKeys | None:
    """Return the keys that came with the frame. Their label is the place in the file, never the key."""
    if _KEY_FIELDS.isdisjoint(entry):
        return None
    encryption, authentication = (tuple(_key_list(entry, name, at)) for name in ("key", "authentication_key"))
    return GivenKeys(encryption, authentication) if encryption or authentication else None


def _key_list(entry: Mapping[str, Any], name: str, at: Origin) -> Iterator[Key]:
    value = _typed(entry, name, (str, list), "a string of hex digits or a list of them")
    for text in [value] if isinstance(value, str) else value or ():
        if not isinstance(text, str):
            raise DecodeError("capture.json.field", f"{name} must be a string of hex digits", field=name)
        yield Key.from_hex(text, f"{at.source or 'capture'}:{at.line} {name}")


def write_json_line(
    frame: bytes | str,
    *,
    id: str | None = None,  # noqa: A002 - the field's name
    time: datetime | None = None,
    rssi: int | None = None,
    **more: Any,  # noqa: ANN401 - any further JSON field
) -> str:
    """Return the line of a frame; a str is a text telegram. Fields without a value are left out."""
    fields = {"id": id, "time": None if time is None else time.isoformat(), "rssi": rssi, **more}
    fields |= {"text": frame} if isinstance(frame, str) else {"hex": frame.hex().upper()}
    return dumps({name: value for name, value in fields.items() if value is not None})
