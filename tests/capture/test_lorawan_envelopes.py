"""Network servers' messages as capture files: what a technician saves from a webhook, a broker, a packet forwarder."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.capture import read_capture
from emtkit.capture.lorawan_envelopes import is_envelope
from emtkit.protocols.lorawan import encode, security
from emtkit.protocols.lorawan.phy import DataFrame, JoinRequest
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from emtkit.model.decoded import Decoded

SESSION = security.SessionKeys.of_1_0(b"N" * 16, b"A" * 16)
FRAME = encode.build_data_frame(SESSION, 0xA60B1234, 3, f_port=9, payload=b"hello", f_opts=b"\x02")
KEYS = [b"N" * 16, b"A" * 16]
TTN: dict[str, Any] = {
    "end_device_ids": {"device_id": "cellar", "dev_eui": "70B3D5E75E0000AB", "dev_addr": "260B1234"},
    "received_at": "2026-11-23T10:00:00.123456789Z",
    "uplink_message": {
        "f_port": 9,
        "frm_payload": base64.b64encode(b"hello").decode(),
        "rx_metadata": [
            {"gateway_ids": {"eui": "7276FF00390401A5"}, "rssi": -80, "snr": 7.5, "time": "1980-01-06T00:00:00Z"},
            {"gateway_ids": {"eui": "7276FF00390401A6"}, "rssi": -111},
        ],
        "settings": {"frequency": "868100000", "data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}},
        "decoded_payload": {"temperature": 20.5},
    },
}
LORIOT: dict[str, Any] = {
    "cmd": "rx", "EUI": "70-B3-D5-E7-5E-00-00-AB", "ts": 1795428000000, "fcnt": 4, "port": 2, "rssi": -108, "snr": 1.2,
    "dr": "SF12 BW125 4/5", "freq": 867900000, "data": "68656c6c6f",
}  # fmt: skip


def read(*bodies: object, **more: Any) -> list[Decoded]:
    text = "".join(json.dumps(body) + "\n" for body in bodies)
    return list(read_capture(text.encode(), **more))


def uplink(body: object) -> Uplink:
    (decoded,) = read(body)
    found: Uplink = decoded.layer(Uplink)
    return found


def test_an_uplink_of_the_things_stack() -> None:
    (decoded,) = read(TTN)
    found = decoded.layer(Uplink)
    assert (found.server, found.kind, found.dev_eui, found.dev_addr) == ("ttn-v3", "up", "70B3D5E75E0000AB", "260B1234")
    assert (found.f_port, found.f_cnt, found.payload) == (9, 0, b"hello")  # f_cnt 0 is left out by the server
    assert found.time == datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
    assert (found.frequency, found.data_rate) == (868_100_000, "SF7BW125")
    assert (found.rssi, found.snr, len(found.gateways)) == (Decimal(-80), Decimal("7.5"), 2)
    assert found.decoded == {"temperature": Decimal("20.5")}
    assert decoded.meter is not None
    assert decoded.meter.id == "70B3D5E75E0000AB"
    assert (decoded.origin.rssi, decoded.origin.received_at) == (-80, found.time)
    assert decoded.protocol == "lorawan"


def test_the_best_gateway_counts() -> None:
    body = {**LORIOT, "cmd": "gw", "gws": [{"gweui": "A", "rssi": -120}, {"gweui": "B", "rssi": -90, "snr": 3}]}
    assert uplink(body).rssi == Decimal(-90)


def test_the_same_uplink_twice_is_said() -> None:
    again = {**LORIOT, "cmd": "gw", "gws": [{"gweui": "A", "rssi": -120}]}
    first, second, other = read(LORIOT, again, {**LORIOT, "fcnt": 5})
    assert "lorawan.uplink.doubled" not in [d.code for d in first.diagnostics]
    assert "lorawan.uplink.doubled" in [d.code for d in second.diagnostics]
    assert "lorawan.uplink.doubled" not in [d.code for d in other.diagnostics]


def test_events_are_no_failures() -> None:
    body = {"end_device_ids": TTN["end_device_ids"], "join_accept": {"session_key_id": "x"}}
    (decoded,) = read(body)
    assert decoded.state == "complete"
    assert [d.code for d in decoded.diagnostics] == ["lorawan.uplink.event"]
    assert decoded.layer(Uplink).kind == "join"


def test_a_payload_that_cannot_be_read_is_noted() -> None:
    (decoded,) = read({**LORIOT, "data": "..."})
    assert "capture.lorawan.payload" in [d.code for d in decoded.diagnostics]


def test_a_gateways_frames_open_with_keys() -> None:
    packed = base64.urlsafe_b64encode(FRAME).decode().rstrip("=")
    bridge = {"phyPayload": base64.b64encode(FRAME).decode(), "rxInfo": {"gatewayId": "0016c001f153a14c", "rssi": -52}}
    udp = {"rxpk": [{"tmst": 1, "freq": 868.1, "stat": 1, "datr": "SF7BW125", "rssi": -35, "data": packed}]}
    bad = {"rxpk": [{"tmst": 1, "stat": -1, "data": packed}], "stat": {"rxnb": 2}}
    signed = int.from_bytes(FRAME[1:5], "little", signed=True)
    station = {
        "msgtype": "updf", "MHdr": 0x40, "DevAddr": signed, "FCtrl": FRAME[5], "FCnt": 3, "FOpts": "02", "FPort": 9,
        "FRMPayload": FRAME[10:-4].hex(), "MIC": int.from_bytes(FRAME[-4:], "little", signed=True), "DR": 5,
        "Freq": 868100000, "upinfo": {"rxtime": 1795426586.238692, "rssi": -50, "snr": 9},
    }  # fmt: skip
    decoded = read(bridge, udp, station, bad, keys=KEYS)
    for one in decoded[:3]:
        assert one.layer(DataFrame).frm_payload == b"hello", one.diagnostics
        assert one.security.verified is True
    assert [one.layer(Uplink).kind for one in decoded[3:]] == ["bad_crc", "stat"]
    assert decoded[2].origin.rssi == -50


def test_a_join_request_of_basics_station() -> None:
    frame = encode.build_join_request(b"R" * 16, 1, 0x70B3D5E75E0000AB, 7)
    body = {
        "msgtype": "jreq", "MHdr": 0, "JoinEui": "00-00-00-00-00-00-00-01", "DevEui": "70-B3-D5-E7-5E-00-00-AB",
        "DevNonce": 7, "MIC": int.from_bytes(frame[-4:], "little", signed=True),
    }  # fmt: skip
    (decoded,) = read(body, keys=[b"R" * 16])
    assert decoded.layer(JoinRequest).dev_eui == 0x70B3D5E75E0000AB
    assert decoded.security.verified is True


def test_what_an_mqtt_client_writes() -> None:
    plain = f"v3/app@ttn/devices/cellar/up {json.dumps(TTN)}\n"
    (decoded,) = read_capture(plain.encode())
    assert decoded.layer(Uplink) == uplink(TTN)
    assert uplink({"tst": "2026", "topic": "a/b", "payload": json.dumps(TTN)}) == uplink(TTN)
    assert uplink({"topic": "a/b", "payload": TTN}) == uplink(TTN)


def test_a_line_of_ones_own_with_a_port_is_lorawan() -> None:
    (decoded,) = read({"hex": "68656c6c6f", "fport": 9, "dev_eui": "70-b3-d5-e7-5e-00-00-ab", "id": "x"})
    assert decoded.protocol == "lorawan"
    assert decoded.meter is not None
    assert (decoded.meter.id, decoded.origin.id) == ("70B3D5E75E0000AB", "x")


@pytest.mark.parametrize("body", [{}, {"a": 1}, {"gatewayId": "x"}, {"rxpk": 1}, {"router": 1}, {"msgtype": "hello"}])
def test_other_json_is_no_envelope(body: dict[str, Any]) -> None:
    assert not is_envelope(body)


def test_ones_own_line_is_not_taken_for_a_gateways() -> None:
    telegram = "1844AE4C4455223368077A55000000041389E20100023B0000"
    (decoded,) = read({"gatewayId": "roof", "payload": telegram, "time": "2026-11-23T10:00:00Z"})
    assert decoded.protocol == "wmbus"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["7", "-1", "1e999", "NaN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=120)
@given(st.sampled_from([TTN, LORIOT]), st.data())
def test_any_json_gives_a_result(body: dict[str, Any], data: st.DataObject) -> None:
    changed = json.loads(json.dumps(body))
    at = changed
    for _ in range(3):
        name = data.draw(st.sampled_from(sorted(at)))
        if not isinstance(at[name], dict) or data.draw(st.booleans()):
            at[name] = data.draw(JSON)
            break
        at = at[name]
    assert len(read(changed)) == 1
