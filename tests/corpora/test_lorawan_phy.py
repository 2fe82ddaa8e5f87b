"""LoRaWAN frames, key derivations and MAC commands of public test suites, read and built again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emtkit.explain import explain
from emtkit.keys import KeyRing
from emtkit.keys.ring import ANY, KeyEntry
from emtkit.model.errors import EmtkitError
from emtkit.model.key import Key
from emtkit.protocols.context import Context
from emtkit.protocols.lorawan import encode, security
from emtkit.protocols.lorawan.decoder import DECODER
from emtkit.protocols.lorawan.mac_commands import build_mac_command, read_mac_commands
from emtkit.protocols.lorawan.phy import DataFrame, JoinAccept, JoinRequest, RejoinRequest
from emtkit.wire.cursor import Cursor
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded

    Corpus = Callable[[str], list[dict[str, Any]]]
    Say = Callable[[str], None]

USES = {
    "NwkSKey": "nwkskey", "AppSKey": "appskey", "AppKey/NwkKey": "appkey", "FNwkSIntKey": "fnwksintkey",
    "SNwkSIntKey": "snwksintkey", "NwkSEncKey": "nwksenckey", "JSIntKey": "jsintkey", "key": "snwksintkey",
}  # fmt: skip
HINTS = {
    "ConfFCnt": "conf_fcnt", "TxDr": "tx_dr", "TxCh": "tx_ch", "JoinReqType": "join_request_type",
    "JoinEUI": "join_eui", "DevNonce": "dev_nonce",
}  # fmt: skip


def surroundings(notes: dict[str, Any]) -> Context:
    """Return keys and hints of a vector. A JoinEUI is a number in hints."""
    keys = dict(notes["keys"])
    if "port-0 payload with the key given as AppSKey" in notes.get("comment", ""):
        keys["NwkSEncKey"] = keys["AppSKey"]  # the suite's own deviation, said in the comment
    entries = tuple((USES[name], Key.from_hex(text)) for name, text in keys.items() if name in USES)
    hints = {HINTS[name]: int(v, 16) if name == "JoinEUI" else v for name, v in keys.items() if name in HINTS}
    return Context(keys=KeyRing([KeyEntry(ANY, (), lorawan=entries)]), hints=hints)


def read(row: dict[str, Any]) -> tuple[Decoded, Context]:
    ctx = surroundings(row["notes"])
    return DECODER.decode(View(bytes.fromhex(row["hex"])), ctx), ctx


def check_data(row: dict[str, Any], decoded: Decoded) -> None:
    want, frame = row["expected"], decoded.layer(DataFrame)
    assert f"{frame.dev_addr:08x}" == want["devaddr"]
    assert (frame.f_ctrl, frame.f_cnt, frame.f_port) == (want["fctrl"], want["fcnt"], want["fport"])
    assert frame.mic.hex() == want["mic"]
    assert decoded.layers[0].name == want["mtype"]
    if row["notes"]["keys"]:
        assert decoded.security.verified is True
    assert frame.f_opts.hex() == want.get("fopts_plain", want["fopts"])
    if want.get("plaintext") is not None:
        assert frame.frm_payload.hex() == want["plaintext"]


def session_of(ctx: Context) -> security.SessionKeys | None:
    found = {use: next(iter(ctx.keys.candidates(None, use)), None) for use in USES.values()}
    values = {use: key.value for use, key in found.items() if key is not None}
    if "nwkskey" in values:
        return security.SessionKeys.of_1_0(values["nwkskey"], values.get("appskey"))
    if "snwksintkey" not in values:
        return None
    serving = values["snwksintkey"]
    return security.SessionKeys(
        values.get("fnwksintkey", serving), serving, values.get("nwksenckey", serving), values.get("appskey")
    )


def build_data(frame: DataFrame, ctx: Context) -> bytes:
    keys = session_of(ctx)
    assert keys is not None
    if frame.frm_payload and frame.f_port and keys.apps is None:
        keys = keys._replace(apps=b"\x00" * 16)  # the vector has the payload in cipher text only
        frame = frame._replace(
            frm_payload=security.crypt_payload(
                b"\x00" * 16, security.Counted(frame.direction, frame.dev_addr, frame.f_cnt), frame.frm_payload
            )
        )
    sent = encode.Sent(*(int(ctx.hints.get(name, 0)) for name in ("conf_fcnt", "tx_dr", "tx_ch")))
    return encode.build_data_frame(
        keys, frame.dev_addr, frame.f_cnt, m_type=frame.m_type, f_port=frame.f_port, payload=frame.frm_payload,
        f_opts=frame.f_opts, flags=frame.f_ctrl & 0xF0, sent=sent,
    )  # fmt: skip


def both_ways(row: dict[str, Any]) -> None:
    raw = bytes.fromhex(row["hex"])
    if row["device"] == "key-derivation":
        check_derivation(row)
        return
    decoded, ctx = read(row)
    want = row["expected"]
    keys = {use: next(iter(ctx.keys.candidates(None, use)), Key(b"\x00" * 16)).value for use in (*USES.values(),)}
    match decoded.layers[-1]:
        case DataFrame() as frame if "mic_valid" in want:
            assert decoded.security.verdict == "mac_invalid"
            assert build_data(frame, ctx)[-4:].hex() == want["correct_mic"]
        case DataFrame() as frame:
            check_data(row, decoded)
            if row["notes"]["keys"]:
                assert build_data(frame, ctx) == raw
        case JoinRequest() as request:
            assert (f"{request.join_eui:016x}", f"{request.dev_eui:016x}") == (want["joineui"], want["deveui"])
            assert (request.dev_nonce, request.mic.hex()) == (want["devnonce"], want["mic"])
            assert decoded.security.verified is True
            assert encode.build_join_request(keys["appkey"], *request[:3]) == raw
        case JoinAccept() as accept:
            check_accept(row, decoded, accept, ctx, keys)
        case RejoinRequest() as rejoin:
            assert (rejoin.rejoin_type, rejoin.rj_count) == (want["rejointype"], want["rjcount"])
            assert decoded.security.verified is True
            built = encode.build_rejoin_request(
                keys["snwksintkey"], rejoin.rejoin_type, rejoin.dev_eui, rejoin.rj_count,
                net_id=rejoin.net_id or 0, join_eui=rejoin.join_eui or 0,
            )  # fmt: skip
            assert built == raw
        case other:
            raise AssertionError(other)


def check_accept(
    row: dict[str, Any], decoded: Decoded, accept: JoinAccept, ctx: Context, keys: dict[str, bytes]
) -> None:
    want = row["expected"]
    assert (f"{accept.join_nonce:06x}", f"{accept.net_id:06x}") == (want["joinnonce"], want["netid"])
    assert f"{accept.dev_addr:08x}" == want["devaddr"]
    assert (accept.dl_settings, accept.rx_delay) == (want["dlsettings"], want["rxdelay"])
    assert (accept.cf_list.hex(), accept.mic.hex()) == (want["cflist"], want["mic"])
    assert decoded.security.verified is True
    request = JoinRequest(int(ctx.hints.get("join_eui", 0)), 0, int(ctx.hints.get("dev_nonce", 0)), b"")
    built = encode.build_join_accept(keys["appkey"], accept, jsint=keys["jsintkey"], request=request)
    if decoded.security.verdict == "already_decrypted":
        built = built[:1] + security.ecb_encrypt(keys["appkey"], built[1:])
    assert built.hex() == row["hex"]


def check_derivation(row: dict[str, Any]) -> None:
    given = row["notes"]["inputs"]
    number = {name: int(text, 16) for name, text in given.items()}
    key = {name: bytes.fromhex(text) for name, text in given.items() if name in {"AppKey", "NwkKey"}}
    made: dict[str, bytes | None]
    if "DevEUI" in given:
        made = {
            "JSIntKey": security.derive_js_int_key(key["NwkKey"], number["DevEUI"]),
            "JSEncKey": security.derive_js_enc_key(key["NwkKey"], number["DevEUI"]),
        }
    elif "NwkKey" in given:
        joining = number["JoinNonce"], number["JoinEUI_or_NetID"], number["DevNonce"]
        session = security.derive_session_1_1(key["NwkKey"], key["AppKey"], *joining)
        if len(given["JoinEUI_or_NetID"]) == 6:  # a device of 1.1 in a network of 1.0
            old = security.derive_session_1_0(key["NwkKey"], *joining)
            app = security.derive_session_1_0(key["AppKey"], *joining)
            session = security.SessionKeys(old.fnwksint, b"", b"", app.apps)
            derived = [security.ecb_encrypt(key["NwkKey"], block(n, *joining)) for n in (3, 4)]
            session = session._replace(snwksint=derived[0], nwksenc=derived[1])
        made = dict(zip(("FNwkSIntKey", "SNwkSIntKey", "NwkSEncKey", "AppSKey"), session, strict=True))
    else:
        session = security.derive_session_1_0(key["AppKey"], number["AppNonce"], number["NetID"], number["DevNonce"])
        made = {"NwkSKey": session.fnwksint, "AppSKey": session.apps}
    assert {name: (value or b"").hex() for name, value in made.items()} == row["expected"]


def block(purpose: int, join_nonce: int, net_id: int, dev_nonce: int) -> bytes:
    parts = join_nonce.to_bytes(3, "little") + net_id.to_bytes(3, "little") + dev_nonce.to_bytes(2, "little")
    return (bytes((purpose,)) + parts).ljust(16, b"\x00")


def test_phy_vectors_both_ways(corpus: Corpus, say: Say) -> None:
    rows = corpus("lorawan/phy_vectors.jsonl")
    wrong = []
    for row in rows:
        try:
            both_ways(row)
        except (AssertionError, EmtkitError) as error:
            wrong.append(f"{row['id']}: {error}")
    say(f"LoRaWAN frames and key derivations, read and built: {len(rows) - len(wrong)}/{len(rows)}")
    assert not wrong, "\n".join(wrong)


def test_every_byte_is_explained(corpus: Corpus) -> None:
    for row in corpus("lorawan/phy_vectors.jsonl"):
        if row["hex"]:
            ctx = surroundings(row["notes"])
            told = explain(row["hex"], protocol="lorawan", keys=ctx.keys, hints=ctx.hints)
            assert all(span.field != "rest" for span in told.spans), row["id"]


# names of the suite's fields where ours are others
RENAMED = {"bat": "battery", "period": "period"}
WORDS = {
    "true": 1, "false": 0, "ClassA": 0, "ClassC": 2, "NoLimit": 0, "Limit400ms": 1, "LoRaWAN1_1": 1, "Dynamic": 2,
    "Forward": 1, "NoChange": 3,
}  # fmt: skip
PAIR = re.compile(r"(\w+): (?:\w+::)*(-?[\d_]+|\w+)(?= ?[,}])")


def test_mac_commands_both_ways(corpus: Corpus, say: Say) -> None:
    rows = corpus("lorawan/mac_commands.jsonl")
    compared = 0
    for row in rows:
        raw, want = bytes.fromhex(row["hex"]), row["expected"]
        ctx = Context()
        view = View(raw)
        (command,) = read_mac_commands(Cursor(view, "lorawan.mac"), ctx, uplink=want["uplink"])
        assert not ctx.diagnostics, row
        text = want["command"]
        assert command.name.lower() == re.match(r"MACCommand::(\w+)", text)[1].lower()  # type: ignore[index]
        for name, value in PAIR.findall(text):
            if name not in command.fields:
                continue
            number = WORDS[value] if value in WORDS else int(value)
            assert command.fields[name] == number, (row["id"], name)
            compared += 1
        assert build_mac_command(command.name, **command.fields) == raw, row["id"]
    say(f"MAC commands, read and built: {len(rows)}/{len(rows)}, {compared} values compared")
    assert compared > 80
