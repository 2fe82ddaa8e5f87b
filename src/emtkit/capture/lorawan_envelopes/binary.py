"""Messages that are no JSON by themselves: datagrams of Semtech packet forwarders, Protobuf messages of ChirpStack.

Both become the JSON objects that the readers of this package know. A datagram (port 1700) is

    version(1) token(2) identifier(1) [gateway EUI(8)] [JSON]

and adds to its JSON an object `datagram` with what the header says. Protobuf messages tell themselves only where
a topic or enough of their content does.
Source: Lora-net/packet_forwarder, PROTOCOL.TXT; ChirpStack (see `chirpstack_messages`).
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.lorawan_envelopes import values
from emtkit.capture.lorawan_envelopes.chirpstack_messages import MESSAGES, message_of
from emtkit.capture.lorawan_envelopes.protobuf import read_message
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Entry = dict[str, Any]

_DECODER: Final = json.JSONDecoder(parse_float=Decimal)
_NOT_JSON: Final = (ValueError, ArithmeticError, RecursionError)
_VERSIONS: Final = (1, 2)
_HEAD: Final = 4
_EUI: Final = 8
# identifier -> name, whether the gateway's EUI follows, whether JSON must be there
_IDENTIFIERS: Final = {
    0: ("PUSH_DATA", True, True), 1: ("PUSH_ACK", False, False), 2: ("PULL_DATA", True, False),
    3: ("PULL_RESP", False, True), 4: ("PULL_ACK", False, False), 5: ("TX_ACK", True, False),
}  # fmt: skip
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EUI_TEXT: Final = re.compile(r"[0-9a-fA-F]{16}")
# what the first byte of a message may be that tells itself: a datagram's version, the tag of field 1 or 2
FIRST_BYTES: Final = frozenset(b"\x01\x02\x0a\x12")


def objects_in(data: bytes, topic: str = "") -> list[Any] | None:
    """Return the JSON objects that bytes are: JSON text, a datagram, a Protobuf message; None if they are neither.

    topic  that of a broker, where it is known: it tells a Protobuf message
    """
    if data.lstrip()[:1] in {b"{", b"["}:
        try:
            found = _DECODER.decode(data.decode())
        except _NOT_JSON:
            return None
        return found if isinstance(found, list) else [found]
    name = message_of(topic)
    if name is not None:
        try:
            return [read_message(data, name, MESSAGES)]
        except DecodeError:
            return None
    if data[:1] and data[0] in FIRST_BYTES:
        return read_datagrams(data) or _self_telling(data)
    return None


def read_datagrams(data: bytes, *, named: bool = False) -> list[Entry] | None:
    """Return the JSON objects of datagrams one after the other, None if something else is among them.

    Acknowledgements and keepalives look like anything: without `named` the first datagram must be one with JSON.
    """
    text = data.decode("latin-1")  # every byte keeps its place
    found: list[Entry] = []
    pos = 0
    while pos < len(data):
        if len(data) - pos < _HEAD or data[pos] not in _VERSIONS or data[pos + 3] not in _IDENTIFIERS:
            return None
        name, has_eui, needs_json = _IDENTIFIERS[data[pos + 3]]
        start = pos + _HEAD + (_EUI if has_eui else 0)
        body: Entry = {}
        head: Entry = {"id": name, "version": data[pos], "token": int.from_bytes(data[pos + 1 : pos + 3], "little")}
        if has_eui:
            head["gateway"] = data[pos + _HEAD : start].hex().upper()
        if start > len(data):
            return None
        pos = start
        if text[start : start + 1] == "{":
            try:
                body, pos = _DECODER.raw_decode(text, start)
            except _NOT_JSON:
                return None
        elif needs_json:
            return None
        if not found and not body and not named:
            return None
        found.append({"datagram": head, **body})
    return found or None


def write_datagram(body: Mapping[str, Any], gateway: str, token: int = 0) -> bytes:
    """Return a PUSH_DATA datagram of version 2; `gateway` is its EUI in 16 hex digits."""
    from emtkit.model.jsontext import dumps

    return bytes((2, token & 0xFF, token >> 8 & 0xFF, 0)) + bytes.fromhex(gateway) + dumps(body).encode()


def _self_telling(data: bytes) -> list[Entry] | None:
    """Return a Protobuf message that a few of its fields tell: an uplink, a join, a frame, a gateway's report."""
    for name, tells in _TELLING.items():
        try:
            found = read_message(data, name, MESSAGES)
        except DecodeError:
            continue
        if tells(found):
            return [found.get("uplinkFrame") or found.get("gatewayStats") or found] if name == "Event" else [found]
    return None


def _is_event(found: Entry) -> bool:
    device = found.get("deviceInfo")
    known = isinstance(device, dict) and _EUI_TEXT.fullmatch(str(device.get("devEui"))) is not None
    return known and _UUID.fullmatch(str(found.get("deduplicationId"))) is not None


def _is_uplink(found: Entry) -> bool:
    return _is_event(found) and "txInfo" in found


def _is_join(found: Entry) -> bool:
    return _is_event(found) and len(values.hex_bytes(found.get("devAddr")) or b"") == 4 and len(found) == 4


def _is_frame(found: Entry) -> bool:
    report = found.get("rxInfo", found.get("rxInfoLegacy"))
    if not isinstance(report, dict) or "phyPayload" not in found:
        return False
    return _EUI_TEXT.fullmatch(values.eui(report.get("gatewayId")) or "") is not None


def _is_stats(found: Entry) -> bool:
    return _EUI_TEXT.fullmatch(str(found.get("gatewayId"))) is not None and "time" in found


def _is_concentratord_event(found: Entry) -> bool:
    frame, stats = found.get("uplinkFrame", {}), found.get("gatewayStats", {})
    return _is_frame(frame) or _is_stats(stats)


_TELLING: Final = {
    "UplinkEvent": _is_uplink, "JoinEvent": _is_join, "UplinkFrame": _is_frame, "GatewayStats": _is_stats,
    "Event": _is_concentratord_event,
}  # fmt: skip
