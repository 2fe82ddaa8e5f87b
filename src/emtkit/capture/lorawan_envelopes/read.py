"""From a server's JSON object to frames of a capture."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.frame import CaptureFrame, note
from emtkit.capture.lorawan_envelopes import values
from emtkit.capture.lorawan_envelopes.forms import PARTS, form_of
from emtkit.capture.lorawan_envelopes.gateways import gateway, read_gateway
from emtkit.model.decoded import Origin
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from emtkit.capture.lorawan_envelopes.forms import Form
    from emtkit.capture.lorawan_envelopes.servers import Server
    from emtkit.capture.times import LocalClock
    from emtkit.model.diagnostics import Diagnostic

_MOST_GATEWAYS: Final = 256
_RSSI: Final = 1000
_PARTS: Final = len(PARTS)
# a message inside what an MQTT client writes: {"topic": …, "payload": {…} or "{…}"}
_WRAPPERS: Final = ("payload", "body", "message")
_WRAPPED: Final = frozenset(("topic", "tst", "headers"))


def is_envelope(entry: Mapping[str, Any]) -> bool:
    """Say whether a JSON object is a message of a network server or gateway."""
    inner = unwrap(entry)
    return form_of(inner) is not None or read_gateway(inner, lambda _: None) is not None


def read_envelope(entry: Mapping[str, Any], at: Origin, clock: LocalClock) -> list[CaptureFrame] | None:
    """Return the frames of a server's or gateway's message, None if the object is no such message.

    A message without a payload (a join, a status report ...) is a frame without bytes: its hint `uplink` says what it
    was.
    """
    inner = unwrap(entry)
    notes: list[Diagnostic] = []

    def moment(value: object) -> datetime | None:
        if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
            return None
        try:
            return clock.read(value)
        except DecodeError as error:
            notes.append(note(Severity.WARNING, error.code, error.message, "time"))
            return None

    form = form_of(inner)
    uplinks = read_gateway(inner, moment) if form is None else [_read(form, inner, moment, notes)]
    if uplinks is None:
        return None
    return [_frame(uplink, at, tuple(notes)) for uplink in uplinks]


def unwrap(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the message inside what an MQTT client or a webhook recorder put around it."""
    if not _WRAPPED.isdisjoint(entry):
        for name in _WRAPPERS:
            inner = entry.get(name)
            if isinstance(inner, str) and inner.lstrip().startswith("{"):
                try:
                    inner = json.loads(inner, parse_float=Decimal)
                except (ValueError, ArithmeticError, RecursionError):
                    continue
            if isinstance(inner, dict) and (form_of(inner) or read_gateway(inner, lambda _: None)):
                return inner
    return entry


def _read(
    form: Form, entry: Mapping[str, Any], moment: Callable[[object], datetime | None], notes: list[Diagnostic]
) -> Uplink:
    server, found = form.server, form.parts(entry)
    kinds_at = _PARTS + form.reports
    kind = form.kind(found[kinds_at:])
    (
        dev_eui, dev_addr, join_eui, f_port, f_cnt, time, device, profile, application, confirmed, frequency,
        data_rate, spreading, bandwidth, decoded, in_hex, in_base64,
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
        values.eui(dev_eui),
        None if dev_addr is None else values.eui(dev_addr, 8),
        None if join_eui is None else values.eui(join_eui),
        f_port,
        f_cnt,
        _payload(server, entry, kind, in_hex, in_base64, notes),
        False,  # is_phy; by position, because this runs for every uplink
        moment(time),
        values.text(device),
        values.text(profile),
        values.text(application),
        confirmed if type(confirmed) is bool else None,
        values.frequency(frequency),
        values.data_rate(data_rate, spreading, bandwidth),
        tuple([gateway(report) for report in _reports(form, entry, found[_PARTS:kinds_at])]),
        _decoded(decoded),
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
        found, given = values.base64_bytes(in_base64), in_base64
    if found is None and given is not None and kind == "up":
        notes.append(
            note(Severity.ERROR, "capture.lorawan.payload", "the payload is neither hex nor base64", "payload")
        )
    return found or b""


def _reports(form: Form, entry: Mapping[str, Any], told: Sequence[object]) -> Sequence[Any]:
    for found in told:
        if isinstance(found, list) and found:
            return found[:_MOST_GATEWAYS]
        if isinstance(found, dict) and found:
            return [found]
    return [entry] if form.is_report else ()


def _decoded(value: object) -> object:
    """Return the server's own decoded object; ChirpStack v3 has it as a text."""
    if isinstance(value, str):
        try:
            return json.loads(value, parse_float=Decimal)
        except (ValueError, ArithmeticError, RecursionError):
            return value
    return value


def _frame(uplink: Uplink, at: Origin, notes: tuple[Diagnostic, ...]) -> CaptureFrame:
    hints: dict[str, Any] = {"uplink": uplink}
    if uplink.f_port is not None and not uplink.is_phy:
        hints["fport"] = uplink.f_port
    if uplink.dev_eui is not None:
        hints["dev_eui"] = uplink.dev_eui
    if uplink.f_cnt is not None:
        hints["fcnt"] = uplink.f_cnt
    rssi = uplink.rssi
    level = None if rssi is None or not -_RSSI < rssi < _RSSI else round(rssi)
    origin = Origin(at.source, at.line, at.id, uplink.time or at.received_at, level)
    return CaptureFrame(uplink.payload if uplink.kind == "up" else b"", origin, hints, None, "lorawan", notes)
