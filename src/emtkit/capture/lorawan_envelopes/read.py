"""From a server's JSON object to frames of a capture."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.frame import CaptureFrame, note
from emtkit.capture.lorawan_envelopes import values
from emtkit.capture.lorawan_envelopes.gateways import gateway, read_gateway
from emtkit.capture.lorawan_envelopes.servers import SERVERS
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from emtkit.capture.lorawan_envelopes.servers import Server
    from emtkit.capture.times import LocalClock
    from emtkit.model.decoded import Origin
    from emtkit.model.diagnostics import Diagnostic

_MOST_GATEWAYS: Final = 256
_RSSI: Final = 1000
# a message inside what an MQTT client writes: {"topic": …, "payload": {…} or "{…}"}
_WRAPPERS: Final = ("payload", "body", "message")
_WRAPPED: Final = frozenset(("topic", "tst", "headers"))


def is_envelope(entry: Mapping[str, Any]) -> bool:
    """Say whether a JSON object is a message of a network server or gateway."""
    inner = unwrap(entry)
    return _server_of(inner) is not None or read_gateway(inner, lambda _: None) is not None


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

    server = _server_of(inner)
    uplinks = read_gateway(inner, moment) if server is None else [_read(server, inner, moment, notes)]
    if uplinks is None:
        return None
    return [_frame(uplink, at, tuple(notes)) for uplink in uplinks]


def unwrap(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message inside what an MQTT client or a webhook recorder put around it."""
    if not _WRAPPED.isdisjoint(entry):
        for name in _WRAPPERS:
            inner = entry.get(name)
            if isinstance(inner, str) and inner.lstrip().startswith("{"):
                try:
                    inner = json.loads(inner, parse_float=Decimal)
                except (ValueError, ArithmeticError, RecursionError):
                    continue
            if isinstance(inner, dict) and (_server_of(inner) or read_gateway(inner, lambda _: None)):
                return inner
    return dict(entry)


def _server_of(entry: dict[str, Any]) -> Server | None:
    for server in SERVERS:
        for group in server.marks:
            if group[0].partition(".")[0] in entry and all(values.at(entry, path) is not None for path in group):
                return server
    return None


def _read(
    server: Server, entry: dict[str, Any], moment: Callable[[object], datetime | None], notes: list[Diagnostic]
) -> Uplink:
    kind = next((kind for path, kind in server.kinds if values.at(entry, path) is not None), server.otherwise)
    f_port = values.integer(values.first(entry, server.f_port), 256)
    f_cnt = values.integer(values.first(entry, server.f_cnt), 1 << 32)
    if server.zeros_omitted and kind == "up":
        f_port, f_cnt = f_port or 0, f_cnt or 0
    confirmed = values.first(entry, server.confirmed)
    return Uplink(
        server.name,
        kind,
        values.eui(values.first(entry, server.dev_eui)),
        values.eui(values.first(entry, server.dev_addr), 8),
        values.eui(values.first(entry, server.join_eui)),
        f_port,
        f_cnt,
        _payload(server, entry, kind, notes),
        is_phy=False,
        time=moment(values.first(entry, server.time)),
        device=values.text(values.first(entry, server.device)),
        profile=values.text(values.first(entry, server.profile)),
        application=values.text(values.first(entry, server.application)),
        confirmed=confirmed if isinstance(confirmed, bool) else None,
        frequency=values.frequency(values.first(entry, server.frequency)),
        data_rate=values.data_rate(
            values.first(entry, server.data_rate),
            values.first(entry, server.spreading),
            values.first(entry, server.bandwidth),
        ),
        gateways=tuple(gateway(report) for report in _reports(server, entry)),
        decoded=_decoded(values.first(entry, server.decoded)),
    )


def _payload(server: Server, entry: dict[str, Any], kind: str, notes: list[Diagnostic]) -> bytes:
    """Return the payload; one that cannot be read is noted, and the rest of the message stays."""
    if server.name == "kerlink-wanesy":
        coding = values.hex_bytes if entry.get("encodingType") == "HEXA" else values.base64_bytes
        found, given = coding(entry.get("payload")), entry.get("payload")
    else:
        in_hex = values.first(entry, server.hex_payload)
        found, given = values.hex_bytes(in_hex), in_hex
        if not isinstance(in_hex, str):
            given = values.first(entry, server.base64_payload)
            found = values.base64_bytes(given)
    if found is None and given is not None and kind == "up":
        notes.append(
            note(Severity.ERROR, "capture.lorawan.payload", "the payload is neither hex nor base64", "payload")
        )
    return found or b""


def _reports(server: Server, entry: dict[str, Any]) -> list[Any]:
    for path in server.gateways:
        found = values.at(entry, path) if path else entry
        if isinstance(found, list) and found:
            return found[:_MOST_GATEWAYS]
        if isinstance(found, dict) and found:
            return [found]
    return []


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
    origin = at._replace(received_at=uplink.time or at.received_at, rssi=level)
    return CaptureFrame(uplink.payload if uplink.kind == "up" else b"", origin, hints, None, "lorawan", notes)
