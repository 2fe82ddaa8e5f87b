"""Messages of network servers and gateways as their documentation shows them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from emtkit.capture import read_capture
from emtkit.capture.lorawan_envelopes import is_envelope
from emtkit.model.jsontext import dumps
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from collections.abc import Callable

    Corpus = Callable[[str], list[dict[str, Any]]]
    Say = Callable[[str], None]

# how the corpus calls what emtkit calls otherwise; a derivative of ChirpStack v3 is one
NAMES = {
    "actility-thingpark": "actility", "aws-iot-core-lorawan": "aws-iot-core", "basicstation": "basics-station",
    "chirpstack-gateway-bridge-v4": "chirpstack-gateway-bridge", "helium-console-legacy": "helium",
    "servanet": "chirpstack-v3",
}  # fmt: skip
UPLINKS = frozenset({
    "uplink", "up", "rx", "gw", "payload", "dataUp", "uplink_message", "DevEUI_uplink", "rxpk", "lns:updf",
    "integration-event:up", "gateway-event:up",
})  # fmt: skip
# rows filed under "uplink" that are other events of the server, by the fields they have
EVENTS = frozenset(("margin", "error"))


def body_of(row: dict[str, Any]) -> dict[str, Any]:
    body = row["body"]
    first: dict[str, Any] = body[0] if isinstance(body, list) else body
    return first


def uplinks_of(row: dict[str, Any]) -> list[Uplink]:
    text = json.dumps(row["body"]).encode()
    found = []
    for decoded in read_capture(text):
        uplink = decoded.layer(Uplink)
        assert uplink is not None, (row["id"], decoded.diagnostics)
        found.append(uplink)
    return found


def test_envelopes_are_recognised(corpus: Corpus, say: Say) -> None:
    rows = corpus("lorawan/envelopes.jsonl")
    assert [row["id"] for row in rows if not is_envelope(body_of(row))] == []
    for row in rows:
        wanted = NAMES.get(row["network_server"], row["network_server"])
        assert {uplink.server for uplink in uplinks_of(row)} == {wanted}, row["id"]
    say(f"envelopes of network servers recognised: {len(rows)}/{len(rows)}")


def is_uplink(row: dict[str, Any]) -> bool:
    body = body_of(row)
    return row["kind"] in UPLINKS and (EVENTS.isdisjoint(body) or isinstance(body.get("error"), dict))


def test_every_uplink_becomes_neutral(corpus: Corpus, say: Say) -> None:
    rows = corpus("lorawan/envelopes.jsonl")
    kinds: Counter[str] = Counter()
    for row in rows:
        for uplink in uplinks_of(row):
            kinds[uplink.kind] += 1
            assert (uplink.kind == "up") == is_uplink(row), (row["id"], uplink.kind)
            if uplink.kind != "up":
                continue
            text = json.dumps(row["body"])
            assert uplink.payload or '"..."' in text, row["id"]
            if uplink.is_phy:
                continue
            assert uplink.dev_eui, row["id"]
            assert uplink.dev_eui == "0202020202020202" or uplink.dev_eui in text.upper().replace("-", ""), row["id"]
            if '"rssi"' in text.lower():
                assert uplink.rssi is not None, row["id"]
            if any(name in text for name in ('"fPort"', '"FPort"', '"f_port"', '"port"')):
                assert uplink.f_port, row["id"]
            if any(name in text for name in ('"timestamp"', '"ts"', '"received_at"', '"Time"', '"recvTime"')):
                assert uplink.time is not None, row["id"]
    say("their kinds: " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))


def test_an_mqtt_dump_reads_the_same(corpus: Corpus) -> None:
    for row in corpus("lorawan/envelopes.jsonl"):
        topic = (row.get("topic") or "a/b").replace("[region/]", "eu868/").replace("{", "").replace("}", "")
        lines = f"{topic} {json.dumps(row['body'])}\n".encode()
        assert [d.layer(Uplink) for d in read_capture(lines)] == uplinks_of(row), row["id"]
        if isinstance(row["body"], dict):
            wrapped = dumps({"topic": "a/b", "payload": json.dumps(row["body"])}).encode()
            assert [d.layer(Uplink) for d in read_capture(wrapped)] == uplinks_of(row), row["id"]
