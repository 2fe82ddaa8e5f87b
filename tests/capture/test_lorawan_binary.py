"""Messages of gateways and servers that are no JSON by themselves: datagrams, Protobuf; and what is around them."""

from __future__ import annotations

import base64
import json
import random
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.capture import read_capture
from emtkit.capture.lorawan_envelopes.binary import objects_in, read_datagrams, write_datagram
from emtkit.capture.lorawan_envelopes.chirpstack_messages import MESSAGES, message_of
from emtkit.capture.lorawan_envelopes.protobuf import read_message
from emtkit.capture.lorawan_envelopes.protobuf_write import write_message
from emtkit.capture.lorawan_envelopes.write import write_envelope
from emtkit.model.errors import DecodeError, EmtkitError, EncodeError
from emtkit.model.jsontext import dumps
from emtkit.protocols.lorawan import encode, security
from emtkit.protocols.lorawan.phy import DataFrame, JoinAccept
from emtkit.protocols.lorawan.uplink import Gateway, Uplink

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.model.decoded import Decoded

SESSION = security.SessionKeys.of_1_0(b"N" * 16, b"A" * 16)
KEYS = [b"N" * 16, b"A" * 16]
FRAME = encode.build_data_frame(SESSION, 0xA60B1234, 3, f_port=9, payload=b"hello")
DOWN = encode.build_data_frame(SESSION, 0xA60B1234, 8, f_port=9, payload=b"do it", m_type=3)
GATEWAY = "7276FF00390401A5"
PACKET = {
    "time": "2026-11-23T10:00:00.500Z", "freq": Decimal("868.1"), "stat": 1, "datr": "SF7BW125", "rssi": -35,
    "lsnr": Decimal("5.1"), "data": base64.b64encode(FRAME).decode(),
}  # fmt: skip
EVENT: dict[str, Any] = {
    "deduplicationId": "4f5ae4ca-7d0b-4b15-9b62-3b2b2a1a9e10",
    "time": "2026-11-23T10:00:00.123456789Z",
    "deviceInfo": {
        "applicationName": "houses", "deviceProfileName": "zenner-edc", "deviceName": "cellar",
        "devEui": "70b3d5e75e0000ab", "tags": {"street": "Nordstraße"},
    },
    "devAddr": "260b1234", "dr": 5, "fCnt": 70000, "fPort": 1, "data": "EdIEAAA=",
    "object": {"volume": Decimal("1.234"), "alarms": ["leak", None, True], "inner": {"zero": Decimal(0)}},
    "rxInfo": [{"gatewayId": GATEWAY.lower(), "rssi": -81, "snr": Decimal("-13.2")}],
    "txInfo": {"frequency": 868100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 9}}},
}  # fmt: skip
BRIDGE: dict[str, Any] = {
    "phyPayload": base64.b64encode(FRAME).decode(),
    "txInfo": {"frequency": 868300000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 12}}},
    "rxInfo": {"gatewayId": GATEWAY.lower(), "gwTime": "2026-11-23T10:00:00Z", "rssi": -110, "snr": Decimal(-7)},
}
UP = "application/1/device/70b3d5e75e0000ab/event/up"


def read(*bodies: object, **more: Any) -> list[Decoded]:
    return list(read_capture("\n".join(map(dumps, bodies)).encode(), **more))


def uplinks(data: bytes, **more: Any) -> list[Uplink]:
    found = [decoded.layer(Uplink) for decoded in read_capture(data, **more)]
    assert None not in found
    return found


# ---- Semtech UDP ----


def test_a_datagram_in_hex() -> None:
    data = write_datagram({"rxpk": [PACKET, {**PACKET, "stat": -1}], "stat": {"rxnb": 2}}, GATEWAY, 0x1234)
    assert data[:12].hex() == "02341200" + GATEWAY.lower()
    up, bad, stat = read_capture(data.hex().encode(), keys=KEYS)
    assert up.layer(DataFrame).frm_payload == b"hello"
    assert up.security.verified is True
    assert (up.layer(Uplink).frequency, up.layer(Uplink).data_rate) == (868_100_000, "SF7BW125")
    assert up.layer(Uplink).gateways == (Gateway(GATEWAY, Decimal(-35), Decimal("5.1")),)
    assert up.origin.received_at == datetime(2026, 11, 23, 10, 0, 0, 500_000, tzinfo=UTC)
    assert [one.layer(Uplink).kind for one in (bad, stat)] == ["bad_crc", "stat"]
    assert stat.layer(Uplink).gateways[0].id == GATEWAY


def test_ones_own_line_with_a_datagram_keeps_id_and_time() -> None:
    packet = {name: value for name, value in PACKET.items() if name != "time"}
    body = {"hex": write_datagram({"rxpk": [packet]}, GATEWAY).hex(), "id": "x", "time": "2026-11-23T11:00:00Z"}
    (decoded,) = read(body, keys=KEYS)
    assert (decoded.origin.id, decoded.origin.received_at) == ("x", datetime(2026, 11, 23, 11, tzinfo=UTC))
    assert decoded.security.verified is True


def conversation() -> list[bytes]:
    """Return what a packet forwarder and its server say to each other."""
    eui = bytes.fromhex(GATEWAY)
    down = {"txpk": {"imme": False, "freq": 869.525, "datr": "SF9BW125", "data": base64.b64encode(DOWN).decode()}}
    return [
        b"\x02\x01\x00\x02" + eui,
        b"\x02\x01\x00\x04",
        write_datagram({"rxpk": [PACKET]}, GATEWAY, 2),
        b"\x02\x02\x00\x01",
        b"\x02\x03\x00\x03" + json.dumps(down).encode(),
        b"\x02\x03\x00\x05" + eui,
        b"\x02\x04\x00\x05" + eui + b'{"txpk_ack":{"error":"TOO_LATE"}}',
    ]


KINDS = ["pull_data", "pull_ack", "up", "push_ack", "down", "tx_ack", "txpk_ack"]


def test_a_file_of_datagrams(tmp_path: Path) -> None:
    packets = conversation()
    file = tmp_path / "udp.bin"
    file.write_bytes(b"".join(packets[2:]))  # the first has JSON: the format is found
    assert [one.kind for one in uplinks(file.read_bytes())] == KINDS[2:]
    file.write_bytes(b"".join(packets))
    found = list(read_capture(file, format="lorawan", keys=KEYS))
    assert [one.layer(Uplink).kind for one in found] == KINDS
    frame = found[4].layer(DataFrame)
    assert (frame.direction, frame.frm_payload, found[4].security.verified) == (security.DOWN, b"do it", True)
    lines = "\n".join(packet.hex() for packet in packets).encode()
    assert [one.kind for one in uplinks(lines, format="lorawan")] == KINDS


def test_a_keepalive_alone_is_no_datagram_unless_the_format_says_so() -> None:
    keepalive = conversation()[0]
    assert read_datagrams(keepalive) is None
    assert read_datagrams(keepalive, named=True) is not None


def test_what_is_no_datagram_is_said_with_its_bytes() -> None:
    (decoded,) = read_capture(b"\x02\x01\x00\x00\xff", format="lorawan")
    assert [found.code for found in decoded.diagnostics] == ["capture.lorawan.binary"]
    assert decoded.raw == b"\x02\x01\x00\x00\xff"
    (decoded,) = read_capture(b"0201000", format="lorawan")
    assert [found.code for found in decoded.diagnostics] == ["capture.hex.odd"]


# ---- Protobuf ----


def test_an_uplink_event_is_what_it_is_in_json() -> None:
    data = write_message(EVENT, "UplinkEvent", MESSAGES)
    assert read_message(data, "UplinkEvent", MESSAGES) == EVENT
    (plain,) = read(EVENT)
    for line in (
        f"{UP} {data.hex()}",
        f"{UP} {base64.b64encode(data).decode()}",
        dumps({"topic": UP, "payload": base64.b64encode(data).decode()}),
        data.hex(),
    ):
        (decoded,) = read_capture(line.encode())
        assert decoded.layer(Uplink) == plain.layer(Uplink), line[:40]
        assert (decoded.readings[0].value, decoded.readings[0].unit) == (Decimal("1.234"), "m3")
    (decoded,) = read_capture(data)
    assert decoded.layer(Uplink) == plain.layer(Uplink)
    assert decoded.layer(Uplink).decoded == EVENT["object"]
    assert decoded.layer(Uplink).snr == Decimal(
        "-13.2"
    )  # of a float of 32 bits: the shortest number that is this float


def test_the_bytes_of_a_message() -> None:
    """Tags, varints and lengths as the encoding's documentation has them."""
    assert write_message({"frequency": 868100000}, "UplinkTxInfo", MESSAGES).hex() == "08a0cff89d03"
    assert write_message({"gatewayId": "ab", "rssi": -2}, "UplinkRxInfo", MESSAGES).hex() == (
        "0a026162" "30feffffffffffffffff01"
    )  # fmt: skip
    assert (
        write_message({"time": "1970-01-01T00:00:01.5Z"}, "GatewayStats", MESSAGES).hex() == "1208080110" + "80cab5ee01"
    )
    packed = read_message(bytes.fromhex("2a0208012a00"), "DownlinkTxAck", MESSAGES)
    assert packed == {"items": [{"status": "OK"}, {}]}


def test_a_frame_of_a_gateway_bridge() -> None:
    data = write_message(BRIDGE, "UplinkFrame", MESSAGES)
    legacy = write_message(
        {
            "phyPayload": BRIDGE["phyPayload"],
            "txInfoLegacy": {"frequency": 868300000, "loRaModulationInfo": {"bandwidth": 125, "spreadingFactor": 12}},
            "rxInfoLegacy": {"gatewayId": "cnb/ADkEAaU=", "rssi": -110, "loRaSNR": -7},
        },
        "UplinkFrame", MESSAGES,
    )  # fmt: skip
    wrapped = write_message({"uplinkFrame": BRIDGE}, "Event", MESSAGES)
    for one in (data, legacy, wrapped):
        (decoded,) = read_capture(one.hex().encode(), keys=KEYS)
        found = decoded.layer(Uplink)
        assert (found.server, found.kind, found.is_phy) == ("chirpstack-gateway-bridge", "up", True)
        assert (found.frequency, found.data_rate, found.rssi) == (868_300_000, "SF12BW125", Decimal(-110))
        assert found.gateways[0].id == GATEWAY
        assert decoded.layer(DataFrame).frm_payload == b"hello"


@pytest.mark.parametrize(
    ("topic", "message", "body", "kind"),
    [
        (UP.replace("up", "join"), "JoinEvent", {**EVENT, "data": None}, "join"),
        (UP.replace("/up", "/status"), "StatusEvent", {**EVENT, "margin": -6, "batteryLevel": 75}, "status"),
        (UP.replace("/up", "/ack"), "AckEvent", {**EVENT, "acknowledged": True}, "ack"),
        (UP.replace("/up", "/txack"), "TxAckEvent", {**EVENT, "downlinkId": 7, "gatewayId": GATEWAY}, "txack"),
        (UP.replace("/up", "/log"), "LogEvent", {**EVENT, "level": "ERROR", "code": "UPLINK_MIC"}, "log"),
        (UP.replace("/up", "/location"), "LocationEvent", {**EVENT, "location": {"latitude": 52}}, "location"),
        ("gateway/x/event/stats", "GatewayStats", {"gatewayId": GATEWAY, "rxPacketsReceived": 3}, "stats"),
        ("gateway/x/event/ack", "DownlinkTxAck", {"gatewayId": GATEWAY, "items": [{"status": "TOO_LATE"}]}, "ack"),
        ("eu868/gateway/x/state/conn", "ConnState", {"gatewayId": GATEWAY, "state": "ONLINE"}, "conn"),
    ],
)  # fmt: skip
def test_events_are_told_by_their_topic(topic: str, message: str, body: dict[str, Any], kind: str) -> None:
    assert message_of(topic) == message
    data = write_message(body, message, MESSAGES)
    (found,) = uplinks(f"{topic} {data.hex()}".encode())
    assert found.kind == kind


def test_a_downlink_command_is_a_frame_for_the_device() -> None:
    item = {"phyPayload": base64.b64encode(DOWN).decode(), "txInfo": {"frequency": 869525000}}
    body = {"downlinkId": 5, "items": [item, item], "gatewayId": GATEWAY}
    data = write_message(body, "DownlinkFrame", MESSAGES)
    lines = f"{dumps(body)}\ngateway/{GATEWAY}/command/down {data.hex()}\n"
    station = dumps({"msgtype": "dnmsg", "DevEui": "70-B3-D5-E7-5E-00-00-AB", "pdu": DOWN.hex()})
    found = list(read_capture((lines + station).encode(), keys=KEYS))
    assert len(found) == 3  # both receive windows have the same frame
    for one in found:
        assert (one.layer(Uplink).kind, one.layer(DataFrame).frm_payload) == ("down", b"do it")
        assert one.security.verified is True


def test_values_a_message_cannot_have() -> None:
    with pytest.raises(EncodeError):
        write_message({"txInfo": 7}, "UplinkEvent", MESSAGES)
    for broken in ("0a", "0aff", "08", "ffffffffffffffffffffff01", "07", "0b", "00", "0a0180", "120208" + "ff" * 9):
        with pytest.raises(DecodeError) as caught:
            read_message(bytes.fromhex(broken), "UplinkEvent", MESSAGES)
        assert caught.value.code == "capture.lorawan.protobuf"
    far = write_message({"time": "9999-12-31T23:59:59Z"}, "UplinkEvent", MESSAGES)
    with pytest.raises(DecodeError):
        read_message(far[:2] + bytes((len(far) - 1,)) + b"\x08" + b"\xff" * 8 + b"\x7f", "UplinkEvent", MESSAGES)


def test_nesting_without_end_is_refused() -> None:
    data = b""
    for _ in range(200):
        data = write_message({}, "UplinkEvent", MESSAGES) + b"\x2a" + _length(data) + data  # structValue
        data = b"\x0a" + _length(b"\x12" + _length(data) + data) + b"\x12" + _length(data) + data
    with pytest.raises(DecodeError, match="nested"):
        read_message(b"\x5a" + _length(data) + data, "UplinkEvent", MESSAGES)


def _length(data: bytes) -> bytes:
    size, made = len(data), b""
    while size > 0x7F:
        made, size = made + bytes((size & 0x7F | 0x80,)), size >> 7
    return made + bytes((size,))


# ---- what is around messages ----


def test_lists_and_codings_inside_a_wrapper() -> None:
    netmore = {"devEui": "70B3D5E75E0000AB", "sensorType": "zenner-edc", "payload": "11d2040000", "fPort": "1"}
    text = dumps([netmore, {**netmore, "fCntUp": "5"}])
    for payload in (
        [netmore, {**netmore, "fCntUp": "5"}],
        text,
        text.encode().hex(),
        base64.b64encode(text.encode()).decode(),
    ):
        first, second = read({"topic": "a/b", "payload": payload})
        assert (first.layer(Uplink).server, second.layer(Uplink).f_cnt) == ("netmore", 5)
        assert first.readings[0].value == Decimal("1.234")
    (failed,) = read({"topic": "a/b", "payload": [netmore, 7]})  # not half of it
    assert failed.state == "failed"


def test_hex_where_a_server_writes_base64() -> None:
    body = {"devEUI": "70b3d5e75e0000ab", "applicationID": "1", "fPort": 1, "data": "11d2040000"}
    (decoded,) = read(body)
    assert decoded.layer(Uplink).payload == bytes.fromhex("11d2040000")


# ---- payloads that the server could not open ----

LORIOT: dict[str, Any] = {
    "cmd": "rx", "EUI": "70B3D5E75E0000AB", "ts": 1795428000000, "fcnt": 4, "port": 1, "rssi": -108,
}  # fmt: skip


def ciphered(payload: bytes, address: int = 0x260B1234) -> str:
    counted = security.Counted(security.UP, address, 4)
    return security.crypt_payload(b"A" * 16, counted, payload).hex()


def test_an_encrypted_payload_opens_with_key_and_address() -> None:
    body = {**LORIOT, "encdata": ciphered(b"\x11\xd2\x04\x00\x00"), "devaddr": "260B1234"}
    (decoded,) = read(body, keys={"70B3D5E75E0000AB": "41" * 16})
    assert (decoded.security.verdict, decoded.security.verified) == ("decrypted", None)
    assert decoded.readings[0].raw == b"\x11\xd2\x04\x00\x00"
    assert decoded.layer(Uplink).encrypted


def test_an_encrypted_payload_opens_after_its_join() -> None:
    root, dev_eui = b"R" * 16, 0x70B3D5E75E0000AB
    request = encode.build_join_request(root, 1, dev_eui, 7)
    accept = encode.build_join_accept(root, JoinAccept(1, 0, 0x260B1234, 0, 1, b"", b""))
    keys = security.derive_session_1_0(root, 1, 0, 7)
    counted = security.Counted(security.UP, 0x260B1234, 4)
    sent = security.crypt_payload(keys.apps or b"", counted, b"\x11\xd2\x04\x00\x00").hex()
    lines = [{"hex": frame.hex(), "protocol": "lorawan"} for frame in (request, accept)]
    *_, decoded = read(*lines, {**LORIOT, "encdata": sent}, keys=[root])
    assert decoded.security.verdict == "decrypted", decoded.diagnostics
    assert decoded.readings[0].raw == b"\x11\xd2\x04\x00\x00"


@pytest.mark.parametrize(
    ("more", "keys", "code"),
    [
        ({}, {"70B3D5E75E0000AB": "41" * 16}, "lorawan.address.missing"),
        ({"devaddr": "260B1234"}, None, "lorawan.key.missing"),
        ({"devaddr": "260B1234", "fcnt": None}, {"70B3D5E75E0000AB": "41" * 16}, "lorawan.address.missing"),
    ],
)
def test_what_an_encrypted_payload_lacks_is_said(more: dict[str, Any], keys: Any, code: str) -> None:
    (decoded,) = read({**LORIOT, "encdata": ciphered(b"hello"), **more}, keys=keys)
    assert (decoded.state, decoded.security.verdict) == ("opaque", "key_missing")
    assert [found.code for found in decoded.diagnostics] == [code]


# ---- anything ----


@settings(max_examples=150)
@given(st.data())
def test_damaged_messages_give_a_result(data: st.DataObject) -> None:
    sources = [
        write_message(EVENT, "UplinkEvent", MESSAGES), write_message(BRIDGE, "UplinkFrame", MESSAGES),
        b"".join(conversation()[2:]),
    ]  # fmt: skip
    made = bytearray(data.draw(st.sampled_from(sources)))
    for _ in range(data.draw(st.integers(1, 3))):
        made[data.draw(st.integers(0, len(made) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damaged = bytes(made[: data.draw(st.integers(1, len(made)))])
    for form in (None, "lorawan"):
        assert list(read_capture(damaged, format=form)) or not damaged.strip()
    assert list(read_capture(f"{UP} {damaged.hex()}".encode()))
    for name in MESSAGES:
        try:
            read_message(damaged, name, MESSAGES)
        except EmtkitError as error:
            assert error.code == "capture.lorawan.protobuf"


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_not(data: bytes) -> None:
    for topic in ("", UP, "gateway/a/event/up"):
        found = objects_in(data, topic)
        assert found is None or isinstance(found, list)


def test_time_grows_with_the_size() -> None:
    """A megabyte of fields or datagrams takes no longer than its size tells."""
    chance = random.Random(7)  # noqa: S311 - a repeatable test
    many = b"".join(conversation()[2:]) * 2000
    worst = [many, b"\x0a\x00" * 400_000, b"\x12" * 800_000, chance.randbytes(800_000), many[:-1]]
    begin = time.process_time()
    for data in worst:
        objects_in(data)
        objects_in(data, UP)
    assert time.process_time() - begin < 20


def test_a_fleet_of_binary_messages_reads_like_one_of_json() -> None:
    sent = Uplink(
        "", dev_eui="70B3D5E75E0000AB", f_port=1, f_cnt=9, payload=b"\x11\xd2\x04\x00\x00", profile="zenner-edc",
        time=datetime(2026, 11, 23, 10, tzinfo=UTC), frequency=868_100_000, data_rate="SF9BW125",
        gateways=(Gateway(GATEWAY, Decimal(-80), Decimal("7.5")),),
    )  # fmt: skip
    one, other = read(write_envelope(sent, "chirpstack-v4"), write_envelope(sent, "chirpstack-v4:protobuf"))
    assert one.layer(Uplink) == other.layer(Uplink)
    assert [reading.value for reading in one.readings] == [reading.value for reading in other.readings]
