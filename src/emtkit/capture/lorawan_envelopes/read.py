"""From a server's JSON object to frames of a capture."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.frame import CaptureFrame, note
from emtkit.capture.lorawan_envelopes import values
from emtkit.capture.lorawan_envelopes.binary import objects_in
from emtkit.capture.lorawan_envelopes.forms import PARTS, form_of
from emtkit.capture.lorawan_envelopes.gateways import gateway, read_gateway
from emtkit.model.decoded import Origin
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from emtkit.capture.lorawan_envelopes.forms import Candidate, Form
    from emtkit.capture.lorawan_envelopes.servers import Server
    from emtkit.capture.times import LocalClock
    from emtkit.model.diagnostics import Diagnostic
    from emtkit.protocols.lorawan.uplink import Gateway

_EUI_DIGITS: Final = 16
_MOST_GATEWAYS: Final = 256
_WITH_PAYLOAD: Final = ("up", "down")
_RSSI: Final = 1000
_PARTS: Final = len(PARTS)
# a message inside what an MQTT client writes: {"topic": …, "payload": {…} or "{…}"}
_WRAPPERS: Final = ("payload", "body", "message")
_TEXT_OR_OBJECT: Final = (str, dict)
_BRACKETS: Final = ("{", "[")
_WRAPPED: Final = frozenset(("topic", "tst", "headers"))


def read_binary(data: bytes, at: Origin, clock: LocalClock) -> list[CaptureFrame] | None:
    """Return the frames of a message that is no JSON (`binary`), None if the bytes are no such message."""
    found = objects_in(data)
    if not found or not all(isinstance(one, dict) for one in found):
        return None
    frames = [_frames(one, at, clock) for one in found]
    return None if None in frames else [frame for some in frames for frame in some or ()]


def is_envelope(entry: Mapping[str, Any]) -> bool:
    """Say whether a JSON object is a message of a network server or gateway."""
    return all(map(_is_message, unwrap(entry)))


def _is_message(entry: Mapping[str, Any]) -> bool:
    return form_of(entry) is not None or read_gateway(entry, lambda _: None) is not None


def read_envelope(entry: Mapping[str, Any], at: Origin, clock: LocalClock) -> list[CaptureFrame] | None:
    """Return the frames of a server's or gateway's message, None if the object is no such message.

    A message without a payload (a join, a status report ...) is a frame without bytes: its hint `uplink` says what it
    was.
    """
    if not _WRAPPED.isdisjoint(entry):
        inner = unwrap(entry)
        if inner != [entry]:
            return [frame for one in inner for frame in _frames(one, at, clock) or ()]
    return _frames(entry, at, clock)


def _frames(entry: Mapping[str, Any], at: Origin, clock: LocalClock) -> list[CaptureFrame] | None:
    notes: list[Diagnostic] = []

    def moment(value: object) -> datetime | None:
        if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
            return None
        try:
            return clock.read(value)
        except DecodeError as error:
            notes.append(note(Severity.WARNING, error.code, error.message, "time"))
            return None

    found = form_of(entry)
    if found is not None:
        uplink = _read(found, entry, moment, notes)
        return [_frame(uplink, at, tuple(notes))]
    uplinks = read_gateway(entry, moment)
    return None if uplinks is None else [_frame(uplink, at, tuple(notes)) for uplink in uplinks]


def unwrap(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the messages inside what an MQTT client or a webhook recorder put around them; else the object itself.

    Inside may be an object or a list, as JSON or as a text with JSON; or hex or base64 of JSON or of a binary message.
    """
    if not _WRAPPED.isdisjoint(entry):
        topic = entry.get("topic")
        for name in _WRAPPERS:
            inner = _inside(entry.get(name), topic if isinstance(topic, str) else "")
            if inner and all(isinstance(one, dict) and _is_message(one) for one in inner):
                return inner
    return [entry]


def _inside(value: object, topic: str) -> list[Any] | None:
    if not isinstance(value, str):
        return value if isinstance(value, list) else [value]
    if value.lstrip()[:1] in _BRACKETS:
        return objects_in(value.encode("utf-8", "replace"))
    for coded in (values.hex_bytes(value), values.base64_bytes(value)):
        found = objects_in(coded, topic) if coded else None
        if found is not None:
            return found
    return None


def _read(
    candidate: Candidate,
    entry: Mapping[str, Any],
    moment: Callable[[object], datetime | None],
    notes: list[Diagnostic],
) -> Uplink:
    _, _, form, parts = candidate
    server, found = form.server, parts(entry)
    kinds_at = _PARTS + form.reports
    kind = form.kind(found[kinds_at:])
    (
        dev_eui, dev_addr, join_eui, f_port, f_cnt, time, device, profile, application, confirmed, frequency,
        data_rate, spreading, bandwidth, decoded, in_hex, in_base64, ciphered,
    ) = found[:_PARTS]  # fmt: skip
    if type(f_port) is not int or not 0 <= f_port < 256:
        f_port = values.integer(f_port, 256)
    if type(f_cnt) is not int or not 0 <= f_cnt < 1 << 32:
        f_cnt = values.integer(f_cnt, 1 << 32)
    if server.zeros_omitted and kind == "up":
        f_port, f_cnt = f_port or 0, f_cnt or 0
    return Uplink(
        server.name,
        kind,
        values.address(dev_eui, 16) if type(dev_eui) is str and len(dev_eui) == _EUI_DIGITS else values.eui(dev_eui),
        None if dev_addr is None else values.eui(dev_addr, 8),
        None if join_eui is None else values.eui(join_eui),
        f_port,
        f_cnt,
        _payload(server, entry, kind, in_hex if ciphered is None else ciphered, in_base64, notes),
        False,  # is_phy; by position, because this runs for every uplink
        None if time is None else moment(time),
        values.text(device),
        values.text(profile),
        values.text(application),
        confirmed if type(confirmed) is bool else None,
        None if frequency is None else values.frequency(frequency),
        values.data_rate(data_rate, spreading, bandwidth),
        _gateways(form, entry, found[_PARTS:kinds_at]),
        _decoded(decoded, in_hex) if type(decoded) in _TEXT_OR_OBJECT else decoded,
        ciphered is not None,
    )


def _payload(
    server: Server, entry: Mapping[str, Any], kind: str, in_hex: object, in_base64: object, notes: list[Diagnostic]
) -> bytes:
    """Return the payload; one that cannot be read is noted, and the rest of the message stays."""
    if server.name == "kerlink-wanesy":
        coding = values.hex_bytes if entry.get("encodingType") == "HEXA" else values.base64_bytes
        found, given = coding(entry.get("payload")), entry.get("payload")
    elif isinstance(in_hex, str):
        found, given = values.hex_bytes(in_hex), in_hex
    else:
        found, given = values.coded_bytes(in_base64), in_base64
    if found is None and given is not None and kind == "up":
        notes.append(
            note(Severity.ERROR, "capture.lorawan.payload", "the payload is neither hex nor base64", "payload")
        )
    return found or b""


def _gateways(form: Form, entry: Mapping[str, Any], told: Sequence[object]) -> tuple[Gateway, ...]:
    """Return the gateways' reports: the first of the places where some are, or the message itself."""
    for found in told:
        if type(found) is list and found:
            return (gateway(found[0]),) if len(found) == 1 else tuple(map(gateway, found[:_MOST_GATEWAYS]))
        if type(found) is dict and found:
            return (gateway(found),)
    return (gateway(entry),) if form.is_report else ()


def _decoded(found: Any, payload: object) -> object:  # noqa: ANN401 - text or object
    """Return the server's own decoded object; ChirpStack v3 has it as a text, Live Objects puts the payload there."""
    if type(found) is dict:
        return None if payload is not None and list(found.values()) == [payload] else found
    try:
        return json.loads(found, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return found


@lru_cache(maxsize=4096)
def _level(rssi: Decimal) -> int | None:
    return round(rssi) if -_RSSI < rssi < _RSSI else None


def _frame(uplink: Uplink, at: Origin, notes: tuple[Diagnostic, ...]) -> CaptureFrame:
    (_, kind, dev_eui, _, _, f_port, f_cnt, payload, is_phy, time, *_) = uplink
    hints: dict[str, Any] = {"uplink": uplink}
    if f_port is not None and not is_phy:
        hints["fport"] = f_port
    if dev_eui is not None:
        hints["dev_eui"] = dev_eui
    if f_cnt is not None:
        hints["fcnt"] = f_cnt
    rssi = uplink.rssi
    level = None if rssi is None else _level(rssi)
    source, line, ident, received_at, _ = at
    origin = Origin(source, line, ident, time or received_at, level)
    return CaptureFrame(payload if kind in _WITH_PAYLOAD else b"", origin, hints, None, "lorawan", notes)
