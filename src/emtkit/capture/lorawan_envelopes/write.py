"""Writing an uplink as the message of a network server or gateway: simulators, tests, examples.

The table that messages are read by (`servers`) says where each part goes; here is what the servers write besides, and
how they write what they do not write plainly.
"""

from __future__ import annotations

import base64
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from emtkit.capture.lorawan_envelopes.binary import write_datagram
from emtkit.capture.lorawan_envelopes.chirpstack_messages import MESSAGES
from emtkit.capture.lorawan_envelopes.protobuf_write import write_message
from emtkit.capture.lorawan_envelopes.servers import SERVERS
from emtkit.model.errors import EncodeError
from emtkit.protocols.lorawan.phy import UPLINK_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from emtkit.capture.lorawan_envelopes.servers import Paths, Server
    from emtkit.protocols.lorawan.uplink import Gateway, Uplink

    Body = dict[str, Any]

# what a server's message has besides, whatever the uplink is
_MORE: Final[dict[str, Body]] = {
    "ttn-v2": {"is_retry": False},
    "chirpstack-v4": {"dr": 5, "adr": True},
    "chirpstack-v3": {"applicationID": "1", "adr": True},
    "loriot": {"cmd": "rx", "ack": False},
    "netmore": {"sensorType": "meter"},
    "kerlink-wanesy": {"encodingType": "HEXA"},
    "helium": {"type": "uplink", "hotspots": []},
    "live-objects": {"streamId": "urn:lo:nsid:lora", "model": "lora_v0"},
}
_GATEWAY_ID: Final[dict[str, str]] = {
    "ttn-v3": "gateway_ids.eui", "ttn-v2": "gtw_id", "chirpstack-v4": "gatewayId", "chirpstack-v3": "gatewayID",
    "actility": "Lrrid", "loriot": "gweui", "netmore": "gatewayIdentifier", "kerlink-wanesy": "gwEui",
    "aws-iot-core": "GatewayEui", "helium": "name", "live-objects": "gatewayId",
}  # fmt: skip
_LEVELS: Final[dict[str, tuple[str, str]]] = {
    "actility": ("LrrRSSI", "LrrSNR"),
    "aws-iot-core": ("Rssi", "Snr"),
    "chirpstack-v3": ("rssi", "loRaSNR"),
}
_ONE_GATEWAY: Final = frozenset({"live-objects"})  # the report is an object, not a list
_VARIANTS: Final = {
    "chirpstack-v4:protobuf": "chirpstack-v4",
    "loriot:encrypted": "loriot",
    "chirpstack-gateway-bridge:protobuf": "chirpstack-gateway-bridge",
    "semtech-udp:datagram": "semtech-udp",
}
_NO_GATEWAY: Final = "0000000000000000"
_MILLISECONDS: Final = frozenset({"loriot", "helium", "kerlink-wanesy"})
_MHZ: Final = frozenset({"ttn-v2", "actility"})
_IN_TEXTS: Final = frozenset({"actility", "aws-iot-core"})  # numbers stand in quotes
_MICROS: Final = 1_000_000


def servers() -> tuple[str, ...]:
    """Return the names of the servers and gateways whose messages can be written; `NAME:HOW` is another form of one."""
    return (*dict.fromkeys(server.name for server in SERVERS if server.f_port), *_GATEWAYS, *_VARIANTS)


def is_gateway(name: str) -> bool:
    """Return whether these are messages of a gateway: they carry whole frames, not payloads."""
    return name.partition(":")[0] in _GATEWAYS


def is_encrypted(name: str) -> bool:
    """Return whether these are messages of a server that has no AppSKey: they carry payloads as they come."""
    return name == "loriot:encrypted"


def write_envelope(uplink: Uplink, server: str | None = None) -> Body:
    """Return the message in which a server (`uplink.server` unless given) sends an uplink.

    A gateway's message holds a PHYPayload (`is_phy`), a server's the payload in clear (`loriot:encrypted`: encrypted).
    Binary messages are written as captures have them: a datagram as `{"hex": …}`, Protobuf as a broker's message in
    base64.
    Raises EncodeError `capture.lorawan.write`.
    """
    form = server or uplink.server
    name = _VARIANTS.get(form, form)
    if is_gateway(name) is not uplink.is_phy or uplink.kind != "up" or uplink.encrypted is not is_encrypted(form):
        raise EncodeError("capture.lorawan.write", f"{form} sends no such uplink", layer="capture", field=form)
    body = _GATEWAYS[name](uplink) if uplink.is_phy else _server_body(name, uplink)
    if form == "semtech-udp:datagram":
        token = (uplink.f_cnt or 0) & 0xFFFF
        return {"hex": write_datagram(body, _gateway_id(uplink), token).hex().upper()}
    if form.endswith(":protobuf"):
        message, topic = _TOPICS[name]
        whose = _gateway_id(uplink) if uplink.is_phy else uplink.dev_eui or ""
        data = write_message(body, message, MESSAGES)
        return {"topic": topic.format(whose.lower()), "payload": base64.b64encode(data).decode()}
    return body


# server -> its Protobuf message and the topic of a broker
_TOPICS: Final = {
    "chirpstack-v4": ("UplinkEvent", "application/1/device/{}/event/up"),
    "chirpstack-gateway-bridge": ("UplinkFrame", "eu868/gateway/{}/event/up"),
}


def _gateway_id(uplink: Uplink) -> str:
    found = uplink.gateways[0].id if uplink.gateways else None
    return found if found is not None and len(found) == len(_NO_GATEWAY) else _NO_GATEWAY


def _server_body(name: str, uplink: Uplink) -> Body:
    row = next((row for row in SERVERS if row.name == name and row.f_port), None)
    if row is None:
        known = ", ".join(servers())
        raise EncodeError("capture.lorawan.write", f"no server {name!r}; known: {known}", layer="capture")
    return _server(row, uplink)


def _server(row: Server, uplink: Uplink) -> Body:
    body: Body = {}
    factor, width = _rate(uplink.data_rate)
    parts: tuple[tuple[Paths, Any], ...] = (
        (row.dev_eui, uplink.dev_eui),
        (row.dev_addr, None if row.encrypted and not uplink.encrypted else uplink.dev_addr),
        (row.join_eui, uplink.join_eui),
        (row.f_port, _left_out(row, uplink.f_port)),
        (row.f_cnt, _left_out(row, uplink.f_cnt)),
        (row.time, _time(row.name, uplink.time)),
        (row.device, uplink.device),
        (row.profile, uplink.profile),
        (row.application, uplink.application),
        (row.confirmed, uplink.confirmed),
        (row.frequency, _frequency(row.name, uplink.frequency)),
        (row.data_rate, uplink.data_rate),
        (row.spreading, factor),
        (row.bandwidth, width),
        *_payload(row, uplink.payload, encrypted=uplink.encrypted),
    )
    for paths, value in parts:
        if paths and value is not None:
            _put(body, paths[0], str(value) if row.name in _IN_TEXTS and isinstance(value, int) else value)
    reports = [_report(row.name, gateway) for gateway in uplink.gateways]
    if row.gateways and reports:
        _put(body, row.gateways[0], reports[0] if row.name in _ONE_GATEWAY else reports)
    for path, value in _MORE.get(row.name, {}).items():
        body.setdefault(path, value)
    if row.name == "chirpstack-v4":
        body["deduplicationId"] = str(UUID(bytes=sha256(f"{uplink.dev_eui} {uplink.f_cnt}".encode()).digest()[:16]))
    return body


def _put(body: Body, path: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    *steps, last = path.split(".")
    for step in steps:
        body = body.setdefault(step, {})
    held = body.get(last)
    if isinstance(held, dict):  # parts that stand in the report of the first gateway
        value = [held | value[0], *value[1:]] if isinstance(value, list) else held | value
    body[last] = value


def _left_out(row: Server, number: int | None) -> int | None:
    return None if row.zeros_omitted and number == 0 else number


def _payload(row: Server, payload: bytes, *, encrypted: bool) -> list[tuple[Paths, str]]:
    if row.name == "kerlink-wanesy":
        return [(("payload",), payload.hex())]
    if encrypted:
        return [(row.encrypted, payload.hex())]
    if row.hex_payload:
        return [(row.hex_payload, payload.hex())]
    return [(row.base64_payload, base64.b64encode(payload).decode())]


def _time(name: str, moment: datetime | None) -> str | int | None:
    if moment is None:
        return None
    return int(moment.timestamp()) * 1000 if name in _MILLISECONDS else moment.isoformat()


def _frequency(name: str, hertz: int | None) -> int | Decimal | None:
    return Decimal(hertz) / _MICROS if name in _MHZ and hertz is not None else hertz


def _rate(text: str | None) -> tuple[int | None, int | None]:
    """Return spreading factor and bandwidth in Hz of `SF12BW125`."""
    factor, _, width = (text or "").removeprefix("SF").partition("BW")
    if not (factor.isdigit() and width.isdigit()):
        return None, None
    return int(factor), int(width) * 1000


def _report(name: str, gateway: Gateway) -> Body:
    report: Body = {}
    level, ratio = _LEVELS.get(name, ("rssi", "snr"))
    for path, value in ((_GATEWAY_ID[name], gateway.id), (level, gateway.rssi), (ratio, gateway.snr)):
        if value is not None:
            _put(report, path, value)
    return report


# ---- gateways ----


def _bridge(uplink: Uplink) -> Body:
    factor, width = _rate(uplink.data_rate)
    report = _report("chirpstack-v4", uplink.gateways[0]) if uplink.gateways else {}
    if uplink.time is not None:
        report["gwTime"] = uplink.time.isoformat()
    sent: Body = {"frequency": uplink.frequency}
    if factor is not None:
        sent["modulation"] = {"lora": {"spreadingFactor": factor, "bandwidth": width}}
    return {"phyPayload": base64.b64encode(uplink.payload).decode(), "txInfo": sent, "rxInfo": report}


def _semtech(uplink: Uplink) -> Body:
    packet: Body = {"stat": 1, "modu": "LORA", "datr": uplink.data_rate, "size": len(uplink.payload)}
    if uplink.time is not None:
        packet["time"] = uplink.time.isoformat()
    if uplink.frequency is not None:
        packet["freq"] = Decimal(uplink.frequency) / _MICROS
    for gateway in uplink.gateways[:1]:
        packet |= {"rssi": gateway.rssi, "lsnr": gateway.snr}
    packet["data"] = base64.b64encode(uplink.payload).decode()
    return {"rxpk": [packet]}


def _station(uplink: Uplink) -> Body:
    """Take a data frame apart, as Basics Station does."""
    data = uplink.payload
    if len(data) < 12 or data[0] >> 5 not in UPLINK_TYPES:
        raise EncodeError("capture.lorawan.write", "no data frame", layer="capture", field="basics-station")
    port = 8 + (data[5] & 15)
    body = data[port:-4]
    made: Body = {
        "msgtype": "updf", "MHdr": data[0], "DevAddr": _signed(data[1:5]), "FCtrl": data[5],
        "FCnt": int.from_bytes(data[6:8], "little"), "FOpts": data[8:port].hex(), "FPort": body[0] if body else -1,
        "FRMPayload": body[1:].hex(), "MIC": _signed(data[-4:]), "DR": 5, "Freq": uplink.frequency,
    }  # fmt: skip
    info: Body = {} if uplink.time is None else {"rxtime": int(uplink.time.timestamp())}
    for gateway in uplink.gateways[:1]:
        info |= {"rssi": gateway.rssi, "snr": gateway.snr}
    return {**made, "upinfo": info}


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


_GATEWAYS: Final[dict[str, Callable[[Uplink], Body]]] = {
    "chirpstack-gateway-bridge": _bridge,
    "semtech-udp": _semtech,
    "basics-station": _station,
}
