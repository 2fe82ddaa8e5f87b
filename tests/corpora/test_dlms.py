"""Pushes of European meters and recorded sessions: every body, every tag, every APDU."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

import emtkit
from emtkit.model.errors import EmtkitError
from emtkit.model.key import Key
from emtkit.protocols.context import Context, Memory
from emtkit.protocols.dlms import DECODER, axdr, axdr_write
from emtkit.protocols.dlms.apdu import encode_apdu, read_apdu
from emtkit.protocols.dlms.apdu_cipher import Ciphered, GeneralGlo
from emtkit.protocols.dlms.apdu_notify import DataNotification
from emtkit.protocols.dlms.hdlc import HdlcFrame, HdlcStream, build_frame
from emtkit.protocols.dlms.profile import Profile
from emtkit.protocols.dlms.stream import FrameSeen
from emtkit.wire.cursor import Cursor
from emtkit.wire.trace import Trace
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.dlms.axdr import Data

    Loader = Callable[[str], list[dict[str, Any]]]
    Say = Callable[[str], None]

# Rows whose telegram is broken in itself: what emtkit makes of them instead of a body.
BROKEN = {
    "scs/lg_e450/UNENCRYPTED_INVALID_DATA": "dlms.gbt.gap",  # block 2 twice, block 3 last
    "amshan/hdlc/FRAME_SHORT_INFO": "dlms.apdu.tag",  # two octets that are no APDU
}
# The reference could not read these; emtkit knows what the meters mean.
QUIRKS = {
    "dlms_parser/hdlc_landis_gyr_zmf100": "swapped_names",
    "dlms_parser/raw_sagecom_xt211": "untagged_descriptors",
}
# What the recorded server sends too much: a repeated APDU, a repeated empty array.
SERVER_FAULT = "dlms.apdu.trailing"


class RowKeys:
    """The keys of a row."""

    def __init__(self, keys: dict[str, Any] | None) -> None:
        given = keys or {}
        self.found = {
            "encryption": self._key(given.get("EK")),
            "authentication": self._key(given.get("AK")),
        }

    @staticmethod
    def _key(digits: str | None) -> tuple[Key, ...]:
        return () if digits is None else (Key.from_hex(digits),)

    def candidates(self, _meter: object, use: str = "encryption") -> tuple[Key, ...]:
        return self.found[use]


def in_reference_terms(data: Data) -> Any:
    """Write a value as the references do."""
    if data.tag in (axdr.ARRAY, axdr.STRUCTURE):
        name = "array" if data.tag == axdr.ARRAY else "struct"
        return {name: [in_reference_terms(element) for element in data.elements]}
    if data.tag == axdr.OCTET_STRING:
        return {"octets": data.value.hex()}
    if data.tag == axdr.VISIBLE_STRING:
        return {"visible": data.value}
    return {"enum": data.value} if data.tag == axdr.ENUM else data.value


def check_body(decoded: Decoded, expected: dict[str, Any]) -> None:
    """Compare a notification with its reference."""
    push = decoded.layer(DataNotification)
    assert f"{push.invoke:08x}" == expected["long_invoke_id"]
    assert push.time.octets.hex() == (expected["date_time"] or "")
    assert push.time.tagged == (expected.get("quirk") == "date-time tagged 09 0C")
    assert in_reference_terms(push.body.data) == expected["body"]


def check_security(decoded: Decoded, expected: dict[str, Any]) -> None:
    """Compare the ciphering with its reference."""
    ciphered = decoded.layer(GeneralGlo)
    assert ciphered.title.hex() == expected["system_title"]
    assert ciphered.protected.control == expected["security_control"] == decoded.security.mode
    assert ciphered.protected.counter == expected["invocation_counter"]
    if "plaintext" in expected:
        assert decoded.security.verdict == "decrypted"
        assert decoded.security.verified is expected["tag_ok"]
        assert encode_apdu(decoded.layer(DataNotification)).hex() == expected["plaintext"]
    else:
        assert (decoded.security.verdict, decoded.state) == ("key_missing", "opaque")


def test_pushes(corpus: Loader, say: Say) -> None:
    counts: Counter[str] = Counter()
    for row in corpus("dlms/push.jsonl"):
        raw = bytes.fromhex(row["hex"])
        (expected,) = row["expected"]["telegrams"]
        decoded = emtkit.decode(raw, keys=RowKeys(row["keys"]), memory=Memory())
        assert decoded.protocol == "dlms", row["id"]
        counts["rows"] += 1
        if "body" in expected:
            check_body(decoded, expected)
            assert decoded.readings, row["id"]
            counts["bodies"] += 1
        if "system_title" in expected:
            check_security(decoded, expected)
            counts["ciphered"] += 1
            counts["tags verified"] += decoded.security.verified is True
        if row["id"] in BROKEN:
            assert BROKEN[row["id"]] in {d.code for d in decoded.diagnostics}, row["id"]
            assert decoded.state == "partial"
        if row["id"] in QUIRKS:
            assert decoded.layer(DataNotification).body.quirk == QUIRKS[row["id"]]
            counts["quirks"] += 1
        assert "body" in expected or "system_title" in expected or row["id"] in {*BROKEN, *QUIRKS}
        if "hdlc" in expected:
            assert decoded.layer(HdlcFrame).fcs_ok == expected["hdlc"]["fcs"]
        for name in ("apdu", "plaintext"):
            if name in expected and row["id"] not in BROKEN:
                apdu = bytes.fromhex(expected[name])
                assert encode_apdu(read_apdu(View(apdu))[0]) == apdu, row["id"]
    say("dlms/push: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    assert counts["bodies"] == 30
    assert counts["tags verified"] == 2


def test_pushes_are_explained_to_the_last_byte(corpus: Loader) -> None:
    for row in corpus("dlms/push.jsonl"):
        raw = bytes.fromhex(row["hex"])
        explanation = emtkit.explain(raw, keys=RowKeys(row["keys"]), memory=Memory())
        assert b"".join(raw[span.start : span.end] for span in explanation.spans) == raw
        undecoded = [span for span in explanation.spans if span.meaning == "not decoded"]
        assert not undecoded, row["id"]


def test_pushes_cut_off_anywhere_give_a_result_or_an_error(corpus: Loader) -> None:
    for row in corpus("dlms/push.jsonl"):
        raw, keys = bytes.fromhex(row["hex"]), RowKeys(row["keys"])
        for end in range(0, len(raw), 7):
            try:
                DECODER.decode(View(raw[:end]), Context(keys=keys, memory=Memory()))
            except EmtkitError:
                continue


def test_sessions(corpus: Loader, say: Say) -> None:
    counts: Counter[str] = Counter()
    memories: dict[str, Memory] = {}
    for row in corpus("dlms/transcripts.jsonl"):
        raw = bytes.fromhex(row["hex"])
        memory = memories.setdefault(row["id"].rpartition("/")[0], Memory())
        trace = Trace()
        if DECODER.sniff(raw) < 95:
            counts["mode E openings"] += 1
            assert emtkit.decode(raw, memory=memory).protocol == "iec62056_21", row["id"]
            continue
        decoded = DECODER.decode(View(raw), Context(keys=RowKeys(row["keys"]), memory=memory, trace=trace))
        counts["frames"] += 1
        ciphered = [layer for layer in decoded.layers if isinstance(layer, GeneralGlo | Ciphered)]
        counts["ciphered APDUs"] += len(ciphered)
        counts["authenticated"] += sum(check.name == "authentication" and check.ok is True for check in decoded.checks)
        counts["HLS answers verified"] += sum(
            check.name.startswith("hls.") and check.ok is True for check in decoded.checks
        )
        counts["profile rows"] += sum(len(layer.rows) for layer in decoded.layers if isinstance(layer, Profile))
        assert all(check.ok for check in decoded.checks), row["id"]
        trouble = {d.code for d in decoded.diagnostics if d.severity != "info"}
        assert trouble <= {SERVER_FAULT}, row["id"]
        counts["with a fault of the server"] += bool(trouble)
        assert all(span.meaning != "not decoded" for span in trace.cover(raw)), row["id"]
    say("dlms/transcripts: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    assert counts["authenticated"] == counts["ciphered APDUs"] > 400
    assert counts["HLS answers verified"] == 8
    assert counts["profile rows"] > 1000


def test_recorded_frames_are_found_however_they_arrive_and_built_again(corpus: Loader, say: Say) -> None:
    count = 0
    for name in ("dlms/push.jsonl", "dlms/transcripts.jsonl"):
        for row in corpus(name):
            raw = bytes.fromhex(row["hex"])
            if raw[:1] != b"\x7e":
                continue
            seen = []
            for size in (len(raw), 1):
                stream = HdlcStream()
                events = [event for at in range(0, len(raw), size) for event in stream.feed(raw[at : at + size])]
                seen.append(events + stream.eof())
                assert stream.dropped == 0, row["id"]
            trailing = HdlcStream()
            assert trailing.feed(raw + b"\x01\x02") == seen[0]
            assert seen[0] == seen[1]
            for event in seen[0]:
                assert isinstance(event, FrameSeen)
                frame, info = event.frame, event.data[slice(*event.frame.info)]
                built = build_frame(frame.destination, frame.source, frame.control, info, segmented=frame.segmented)
                assert (built == event.data) is frame.fcs_ok
                count += 1
    say(f"dlms: {count} HDLC frames found in three ways of feeding and built again")


@pytest.mark.parametrize("rows", [300, 2976])
def test_synthetic_profiles(corpus_file: Callable[[str], Path], rows: int) -> None:
    raw = bytes.fromhex(corpus_file(f"dlms/synthetic_profile_{rows}.hex").read_text())
    buffer = axdr.read_data(Cursor(View(raw), "test"))
    assert [len(row.elements) for row in buffer.elements] == [4] * rows
    assert axdr_write.encode_data(buffer) == raw
    assert buffer == axdr.read_data(Cursor(View(raw), "test", trace=Trace())) if rows < 1000 else True
