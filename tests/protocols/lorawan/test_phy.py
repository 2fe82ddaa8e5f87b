"""LoRaWAN frames: what a user sees of a session, from the join to the counter's roll-over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emtkit
from emtkit.keys import KeyRing
from emtkit.keys.files import read_toml
from emtkit.model.errors import DecodeError, EmtkitError, EncodeError, UnsupportedError
from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan import encode, mac_commands, security
from emtkit.protocols.lorawan.phy import DataFrame, JoinAccept, JoinRequest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = bytes(range(16))
NWK, APP = b"N" * 16, b"A" * 16
SESSION = security.SessionKeys.of_1_0(NWK, APP)
SESSION_1_1 = security.SessionKeys(b"F" * 16, b"S" * 16, b"E" * 16, APP)
ADDR, DEV_EUI, JOIN_EUI = 0x260B1234, 0x70B3D5E75E0000AB, 0x70B3D57ED0000001


def ring(text: str) -> KeyRing:
    return KeyRing(read_toml(text, "keys.toml"))


RING = ring(f"""
[[key]]
dev_addr = "260B1234"
nwkskey = "{NWK.hex()}"
appskey = "{APP.hex()}"
""")
RING_1_1 = ring(f"""
[default]
fnwksintkey = "{SESSION_1_1.fnwksint.hex()}"
snwksintkey = "{SESSION_1_1.snwksint.hex()}"
nwksenckey = "{SESSION_1_1.nwksenc.hex()}"
appskey = "{APP.hex()}"
""")


def decode(data: bytes, keys: object = RING, **more: object) -> emtkit.Decoded:
    more.setdefault("memory", Memory())
    return emtkit.decode(data, protocol="lorawan", keys=keys, **more)  # type: ignore[arg-type]


def test_a_frame_with_its_keys_opens() -> None:
    frame = encode.build_data_frame(SESSION, ADDR, 7, f_port=42, payload=b"hello", flags=0x80)
    decoded = decode(frame)
    assert decoded.security.verdict == "decrypted"
    assert decoded.security.verified is True
    assert decoded.layer(DataFrame).frm_payload == b"hello"
    assert decoded.meter is not None
    assert decoded.meter.id == "260B1234"


def test_without_keys_it_stays_closed_and_says_whose_it_is() -> None:
    decoded = decode(encode.build_data_frame(SESSION, ADDR, 7, f_port=42, payload=b"hello"), keys=None)
    assert (decoded.state, decoded.security.verdict) == ("opaque", "key_missing")
    assert decoded.checks[0].ok is None
    assert "260B1234" in decoded.diagnostics[0].message


def test_a_damaged_frame_has_a_wrong_mic() -> None:
    frame = bytearray(encode.build_data_frame(SESSION, ADDR, 7, f_port=42, payload=b"hello"))
    frame[10] ^= 1
    decoded = decode(bytes(frame))
    assert (decoded.state, decoded.security.verdict) == ("opaque", "mac_invalid")
    assert decoded.security.verified is False
    with pytest.raises(EmtkitError, match=r"lorawan\.phy\.mic"):
        decode(bytes(frame), strict=True)


def test_the_payload_key_alone_opens_the_payload() -> None:
    frame = encode.build_data_frame(SESSION, ADDR, 7, f_port=42, payload=b"hello")
    decoded = decode(frame, ring(f'[default]\nappskey = "{APP.hex()}"'))
    assert decoded.layer(DataFrame).frm_payload == b"hello"
    assert decoded.security.verified is None


def test_keys_without_a_use_are_tried_for_each() -> None:
    frame = encode.build_data_frame(SESSION, ADDR, 7, f_port=42, payload=b"hello")
    decoded = decode(frame, [NWK.hex(), APP.hex()])
    assert decoded.layer(DataFrame).frm_payload == b"hello"
    assert [d.code for d in decoded.diagnostics][:1] == ["lorawan.phy.apps_key_guess"]


@pytest.mark.parametrize("fcnt", [0xFFFF, 0x10000, 0x3FFFF])
def test_the_counter_rolls_over(fcnt: int) -> None:
    decoded = decode(encode.build_data_frame(SESSION, ADDR, fcnt, f_port=1, payload=b"x"))
    assert decoded.layer(DataFrame).f_cnt == fcnt


def test_far_counters_need_a_hint_or_a_memory() -> None:
    memory, far = Memory(), 0x00FF_FFFE
    frames = [encode.build_data_frame(SESSION, ADDR, far + n, f_port=1, payload=b"x") for n in range(3)]
    assert decode(frames[0]).security.verdict == "mac_invalid"
    assert decode(frames[0], hints={"fcnt_msb": 0xFF}, memory=memory).layer(DataFrame).f_cnt == far
    assert [decode(frame, memory=memory).layer(DataFrame).f_cnt for frame in frames] == [far, far + 1, far + 2]


def test_a_join_teaches_the_session() -> None:
    memory = Memory()
    keys = ring(f'[[key]]\ndev_eui = "70B3D5E75E0000AB"\nappkey = "{ROOT.hex()}"')
    asked = decode(encode.build_join_request(ROOT, JOIN_EUI, DEV_EUI, 5), keys, memory=memory)
    assert asked.security.verified is True
    accept = JoinAccept(9, 0x13, ADDR, 0, 1, encode.build_cf_list([867_100_000, 867_300_000]), b"")
    answered = decode(encode.build_join_accept(ROOT, accept), keys, memory=memory)
    assert answered.meter is not None
    assert answered.meter.id == "70B3D5E75E0000AB"
    session = security.derive_session_1_0(ROOT, 9, 0x13, 5)
    frame = decode(encode.build_data_frame(session, ADDR, 0, f_port=3, payload=b"data"), keys, memory=memory)
    assert frame.layer(DataFrame).frm_payload == b"data"
    assert frame.meter is not None
    assert frame.meter.id == "70B3D5E75E0000AB"


def test_a_join_of_1_1_teaches_the_session() -> None:
    memory, nwk, app = Memory(), b"n" * 16, b"a" * 16
    keys = ring(f'[[key]]\ndev_eui = "70B3D5E75E0000AB"\nappkey = "{app.hex()}"\nnwkkey = "{nwk.hex()}"')
    decode(encode.build_join_request(nwk, JOIN_EUI, DEV_EUI, 5), keys, memory=memory)
    jsint = security.derive_js_int_key(nwk, DEV_EUI)
    fields = JoinAccept(9, 0x13, ADDR, 0x80, 1, b"", b"")
    request = JoinRequest(JOIN_EUI, DEV_EUI, 5, b"")
    answer = encode.build_join_accept(nwk, fields, jsint=jsint, request=request)
    assert decode(answer, keys, memory=memory).security.verdict == "decrypted"
    session = security.derive_session_1_1(nwk, app, 9, JOIN_EUI, 5)
    sent = encode.Sent(0, 5, 2)
    ping = mac_commands.build_mac_command("LinkCheckReq")
    frame = encode.build_data_frame(session, ADDR, 0, f_port=3, payload=b"data", f_opts=ping, sent=sent)
    opened = decode(frame, keys, memory=memory)
    assert opened.layer(DataFrame).frm_payload == b"data"
    assert [command.name for command in opened.layer(DataFrame).commands] == ["LinkCheckReq"]
    assert opened.security.verified is True


def test_a_rejoin_is_answered_with_another_key() -> None:
    memory, nwk = Memory(), b"n" * 16
    keys = ring(f'[[key]]\ndev_eui = "70B3D5E75E0000AB"\nnwkkey = "{nwk.hex()}"')
    jsint, jsenc = security.derive_js_int_key(nwk, DEV_EUI), security.derive_js_enc_key(nwk, DEV_EUI)
    request = JoinRequest(JOIN_EUI, DEV_EUI, 77, b"")
    fields = JoinAccept(9, 0x13, ADDR, 0x80, 1, b"", b"")
    answer = encode.build_join_accept(nwk, fields, block_key=jsenc, jsint=jsint, request_type=1, request=request)
    hints = {"dev_eui": "70B3D5E75E0000AB", "join_eui": JOIN_EUI, "dev_nonce": 77}
    assert decode(answer, keys, memory=memory, hints=hints).security.verdict == "decrypted"


def test_rejoin_requests() -> None:
    made = encode.build_rejoin_request(NWK, 1, DEV_EUI, 3, join_eui=JOIN_EUI)
    decoded = decode(made, [NWK])
    assert decoded.layers[-1]._asdict() | {"mic": b""} == {
        "rejoin_type": 1, "net_id": None, "join_eui": JOIN_EUI, "dev_eui": DEV_EUI, "rj_count": 3, "mic": b"",
    }  # fmt: skip
    with pytest.raises(UnsupportedError, match=r"lorawan\.phy\.rejoin"):
        decode(made[:1] + b"\x07" + made[2:])
    with pytest.raises(DecodeError, match=r"lorawan\.phy\.length"):
        decode(made + b"\x00")


def test_port_0_is_mac_commands() -> None:
    commands = mac_commands.build_mac_command("DevStatusAns", battery=200, margin=-7)
    decoded = decode(encode.build_data_frame(SESSION, ADDR, 1, f_port=0, payload=commands))
    (command,) = decoded.layer(DataFrame).commands
    assert (command.name, command.fields) == ("DevStatusAns", {"battery": 200, "margin": -7})
    assert decoded.state == "complete"


def test_unknown_commands_stay_raw() -> None:
    decoded = decode(encode.build_data_frame(SESSION, ADDR, 1, f_port=0, payload=bytes.fromhex("02 80 01 02")))
    assert [(c.name, c.raw.hex()) for c in decoded.layer(DataFrame).commands] == [
        ("LinkCheckReq", "02"), ("unknown", "800102"),
    ]  # fmt: skip
    assert [d.code for d in decoded.diagnostics] == ["lorawan.mac.unknown"]


def test_impossible_frames() -> None:
    for data, code in (
        ("41" + "00" * 11, "lorawan.phy.major"),
        ("40" + "00" * 4, "lorawan.phy.truncated"),
        ("4001020304010100" + "02" + "00" + "02" + "00000000", "lorawan.phy.fopts"),
        ("20" + "00" * 17, "lorawan.phy.join_accept"),
    ):
        with pytest.raises(DecodeError) as caught:
            decode(bytes.fromhex(data))
        assert caught.value.code == code
    assert decode(b"\xe0private").state == "opaque"


def test_what_cannot_be_built() -> None:
    build = encode.build_data_frame
    attempts: tuple[Callable[[], bytes], ...] = (
        lambda: build(SESSION, ADDR, 0, payload=b"x"),
        lambda: build(SESSION, ADDR, 0, f_port=0, f_opts=b"\x02"),
        lambda: build(SESSION, ADDR, 0, f_opts=b"\x02" * 16),
        lambda: build(SESSION, ADDR, 0, m_type=0),
        lambda: build(SESSION._replace(apps=None), ADDR, 0, f_port=1, payload=b"x"),
        lambda: build(SESSION, ADDR, 0, f_port=1, payload=b"x" * 250),
        lambda: encode.build_rejoin_request(NWK, 4, 0, 0),
        lambda: encode.build_cf_list([1] * 6),
        lambda: encode.build_join_accept(ROOT, JoinAccept(0, 0, 0, 0x80, 0, b"", b"")),
    )
    for wrong in attempts:
        with pytest.raises(EncodeError, match=r"lorawan\.encode\.frame"):
            wrong()
    names: tuple[tuple[str, dict[str, int]], ...] = (("Nothing", {}), ("LinkCheckAns", {"colour": 1}))
    for name, numbers in names:
        with pytest.raises(EncodeError, match=r"lorawan\.mac\.name"):
            mac_commands.build_mac_command(name, **numbers)
    fields: tuple[tuple[str, dict[str, int | str]], ...] = (
        ("LinkCheckAns", {"margin": 256}),
        ("BeaconFreqReq", {"freq": 868_100_050}),
        ("DevStatusAns", {"margin": 32}),
        ("DeviceTimeAns", {"time_since_gps_epoch": "soon"}),
    )
    for name, values in fields:
        with pytest.raises(EncodeError, match=r"lorawan\.mac\.value"):
            mac_commands.build_mac_command(name, **values)


@settings(max_examples=60)
@given(
    st.sampled_from([2, 3, 4, 5]), st.integers(0, 0x3FFFFF), st.integers(0, 255), st.binary(max_size=222),
    st.booleans(),
)  # fmt: skip
def test_round_trip(m_type: int, fcnt: int, port: int, payload: bytes, new: bool) -> None:
    keys = SESSION_1_1 if new else SESSION
    frame = encode.build_data_frame(keys, ADDR, fcnt, m_type=m_type, f_port=port, payload=payload)
    decoded = decode(frame, RING_1_1 if new else RING)
    found = decoded.layer(DataFrame)
    assert (found.f_cnt, found.f_port, found.frm_payload) == (fcnt, port, payload)
    assert decoded.security.verified is True


@settings(max_examples=150)
@given(st.binary(min_size=1, max_size=64))
def test_any_bytes_give_a_result_or_an_error(data: bytes) -> None:
    told = emtkit.explain(data, protocol="lorawan", keys=RING, memory=Memory())
    assert [span.start for span in told.spans] == [0, *(span.end for span in told.spans[:-1])]
    assert told.spans[-1].end == len(data)


def test_every_prefix_and_bit_flip() -> None:
    frame = encode.build_data_frame(SESSION, ADDR, 7, f_port=42, payload=b"hello", f_opts=b"\x02")
    broken = [frame[:n] for n in range(1, len(frame))]
    broken += [
        bytes(b ^ (1 << bit) if at == n else b for n, b in enumerate(frame))
        for at in range(len(frame))
        for bit in (0, 5)
    ]
    for data in broken:
        try:
            assert decode(data).security.verified is not True
        except EmtkitError as error:
            assert error.code.startswith("lorawan.")


def test_a_frame_is_explained_to_the_bit() -> None:
    frame = encode.build_data_frame(SESSION, ADDR, 7, f_port=42, payload=b"hello", f_opts=b"\x02", flags=0xA0)
    told = emtkit.explain(frame, protocol="lorawan", keys=RING, memory=Memory())
    fields = {span.field: span.meaning for span in told.spans}
    assert "ADR, ACK; 1 bytes of FOpts" in fields["FCtrl"]
    assert fields["DevAddr"] == "device address 260B1234"
    assert fields["cid"] == "LinkCheckReq"
    assert "rest" not in fields
    assert [(check.name, check.ok) for check in told.checks] == [("MIC", True)]
