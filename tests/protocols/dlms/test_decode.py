"""From bytes to results: transports, ciphering, associations, transfers in pieces, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EmtkitError, EncodeError, UnsupportedError
from emtkit.model.key import Key
from emtkit.model.obis import Obis
from emtkit.protocols.context import Context, Memory
from emtkit.protocols.dlms import DECODER, acse, apdu_service, axdr, axdr_write, decode_apdu, security
from emtkit.protocols.dlms.acse import Aare, Aarq
from emtkit.protocols.dlms.apdu import encode_apdu
from emtkit.protocols.dlms.apdu_access import AccessGet, AccessGetResult, AccessRequest, AccessResponse
from emtkit.protocols.dlms.apdu_action import ActionOutcome, ActionRequest, ActionResponse
from emtkit.protocols.dlms.apdu_cipher import (
    AgreedKey,
    Carried,
    Ciphered,
    GeneralCiphering,
    GeneralDed,
    GeneralGlo,
    GeneralSigning,
    IdentifiedKey,
    WrappedKey,
)
from emtkit.protocols.dlms.apdu_get import (
    GetRequest,
    GetRequestWithList,
    GetResponse,
    GetResponseBlock,
    GetResponseWithList,
)
from emtkit.protocols.dlms.apdu_notify import EventNotification
from emtkit.protocols.dlms.apdu_parts import AttributeDescriptor, AttributeRequest, DataBlock, MethodDescriptor
from emtkit.protocols.dlms.apdu_sn import InformationReport, ReadResponse, VariableName
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.blocks import general_blocks, get_blocks
from emtkit.protocols.dlms.classes import write_attribute
from emtkit.protocols.dlms.classes.metering import CaptureObject, ScalerUnit
from emtkit.protocols.dlms.envelope import header, signed_message
from emtkit.protocols.dlms.hdlc import HdlcAddress, build_frame, build_segments
from emtkit.protocols.dlms.mbus_link import build_mbus_frames
from emtkit.protocols.dlms.objects import CosemValue
from emtkit.protocols.dlms.profile import Profile, build_buffer, by_range
from emtkit.protocols.dlms.results import AccessResult, ActionResult
from emtkit.protocols.dlms.wrapper import build_wrapper
from emtkit.wire.trace import Trace
from emtkit.wire.view import View

EK = bytes(range(16))
AK = bytes(range(0xD0, 0xE0))
TITLE = b"EMT\x00\x00\x00\x00\x01"
CLIENT_TITLE = b"CLI\x00\x00\x00\x00\x02"
METER, READER = HdlcAddress(1, 17, 2), HdlcAddress(16)
LLC_UP, LLC_DOWN = b"\xe6\xe7\x00", b"\xe6\xe6\x00"
ENERGY = Obis(1, 0, 1, 8, 0, 255)
CLOCK = Obis(0, 0, 1, 0, 0, 255)
PROFILE = Obis(1, 0, 99, 1, 0, 255)

Contexts = Callable[..., Context]


class Keys:
    def __init__(self, key: bytes | None = EK, authentication: bytes | None = AK) -> None:
        self.found = {
            "encryption": () if key is None else (Key(key, "EK"),),
            "authentication": () if authentication is None else (Key(authentication, "AK"),),
        }

    def candidates(self, _meter: Any, use: str = "encryption") -> tuple[Key, ...]:
        return self.found[use]


def ciphered(plain: bytes, control: int = 0x30, *, title: bytes = TITLE, counter: int = 7, key: bytes = EK) -> bytes:
    made = security.protect(
        plain, control=control, title=title, counter=counter, key=key, authentication_key=AK[: len(key)]
    )
    return encode_apdu(GeneralGlo(title, made))


def hdlc(apdu: bytes, max_info: int = 2000) -> bytes:
    return b"".join(build_segments(READER, METER, LLC_UP + apdu, max_info=max_info))


def blocks(apdu: bytes, size: int) -> list[bytes]:
    return [encode_apdu(block) for block in general_blocks(apdu, size)]


def energy(decoded: Any) -> Any:
    return {reading.obis: reading.value for reading in decoded.readings}.get("1-0:1.8.0*255")


# ---- transports


@pytest.mark.parametrize(
    ("name", "wrap", "sure"),
    [
        ("hdlc", hdlc, 100),
        ("hdlc in segments", lambda apdu: hdlc(apdu, 30), 100),
        ("wrapper", lambda apdu: build_wrapper(1, 16, apdu), 95),
        ("m-bus", lambda apdu: b"".join(build_mbus_frames(apdu)), 95),
        ("m-bus in segments", lambda apdu: b"".join(build_mbus_frames(apdu, max_data=40)), 95),
        ("llc", lambda apdu: LLC_UP + apdu, 90),
        ("nothing", lambda apdu: apdu, 75),
        ("blocks", lambda apdu: b"".join(hdlc(block) for block in blocks(apdu, 25)), 100),
    ],
)
def test_a_push_is_the_same_in_every_transport(
    push: bytes, context: Contexts, name: str, wrap: Callable[[bytes], bytes], sure: int
) -> None:
    for apdu in (push, ciphered(push)):
        raw = wrap(apdu)
        decoded = DECODER.decode(View(raw), context())
        assert energy(decoded) == Decimal(4408736), name
        assert decoded.state == "complete"
        assert decoded.meter is not None
        assert decoded.meter.id == "10000001"
        assert all(check.ok for check in decoded.checks)
        if apdu is push:
            assert DECODER.sniff(raw) == sure
        trace = Trace()
        assert DECODER.decode(View(raw), context(trace=trace)).readings == decoded.readings
        spans = trace.cover(raw)
        assert all(span.field != "rest" for span in spans)
        reading = next(reading for reading in decoded.readings if reading.obis == "1-0:1.8.0*255")
        assert reading.raw.hex() == "06004345a0"
        if apdu is push and name != "blocks" and "segments" not in name:
            assert raw[reading.start : reading.end] == reading.raw


def test_a_stream_is_split_into_telegrams(push: bytes) -> None:
    parts = [hdlc(push), hdlc(push, 40), b"".join(hdlc(block) for block in blocks(push, 30))]
    stream = b"\x01\x02" + b"\x00".join(parts) + parts[0][:9]
    assert [stream[start:end] for start, end in DECODER.split(stream)] == parts
    mbus = [b"".join(build_mbus_frames(push, max_data=50)), b"".join(build_mbus_frames(push))]
    assert [end - start for start, end in DECODER.split(b"".join(mbus))] == [len(part) for part in mbus]
    wrapped = [build_wrapper(1, 16, push), build_wrapper(1, 16, push[::1])]
    assert [end - start for start, end in DECODER.split(b"".join(wrapped))] == [len(part) for part in wrapped]
    assert list(DECODER.split(push)) == []


def test_segments_may_come_one_input_at_a_time(push: bytes, context: Contexts) -> None:
    memory = Memory()
    frames = build_segments(READER, METER, LLC_UP + push, max_info=60)
    found = [DECODER.decode(View(frame), context(memory=memory)) for frame in frames]
    assert [len(decoded.readings) for decoded in found[:-1]] == [0] * (len(frames) - 1)
    assert {decoded.state for decoded in found} == {"complete"}
    assert [d.code for d in found[0].diagnostics] == ["dlms.transfer.pending"]
    assert energy(found[-1]) == Decimal(4408736)
    # bytes of earlier inputs stand nowhere in this one
    assert {reading.start for reading in found[-1].readings} >= {-1}


def test_a_missing_segment_is_noticed(push: bytes, context: Contexts) -> None:
    frames = build_segments(READER, METER, LLC_UP + push, max_info=40, send=0)
    decoded = DECODER.decode(View(frames[0] + frames[2] + hdlc(push)), context())
    assert "dlms.hdlc.segment_lost" in {d.code for d in decoded.diagnostics}
    assert energy(decoded) == Decimal(4408736)
    twice = DECODER.decode(View(frames[0] + frames[0][:] + b"".join(frames[1:])), context())
    assert energy(twice) == Decimal(4408736)


def test_mbus_continuations_may_have_other_saps(push: bytes, context: Contexts) -> None:
    first, second = build_mbus_frames(push, max_data=100)
    changed = bytearray(second)
    changed[7:9] = b"\x47\x83"
    changed[-2] = sum(changed[4:-2]) & 0xFF
    assert energy(DECODER.decode(View(first + bytes(changed)), context())) == Decimal(4408736)
    lost = DECODER.decode(View(second), context())
    assert [d.code for d in lost.diagnostics] == ["dlms.mbus.segment_lost"]


def test_a_missing_block_kills_the_telegram(push: bytes, context: Contexts) -> None:
    one, two, three, *rest = blocks(push, 25)
    lost = DECODER.decode(View(b"".join(map(hdlc, (one, three, *rest)))), context())
    assert (lost.state, lost.readings) == ("partial", [])
    assert "dlms.gbt.gap" in {d.code for d in lost.diagnostics}
    # captures begin in the middle: block 1 starts anew
    again = DECODER.decode(View(b"".join(map(hdlc, (one, two, one, two, three, *rest)))), context())
    assert energy(again) == Decimal(4408736)
    assert "dlms.gbt.cut_off" in {d.code for d in again.diagnostics}


def test_a_damaged_frame_is_read_and_marked(push: bytes, context: Contexts) -> None:
    raw = bytearray(hdlc(push))
    raw[-3] ^= 0x10
    decoded = DECODER.decode(View(bytes(raw)), context())
    assert (decoded.state, energy(decoded)) == ("partial", Decimal(4408736))
    assert [check.ok for check in decoded.checks] == [True, False]
    with pytest.raises(DecodeError):
        DECODER.decode(View(bytes(raw)), context(strict=True))


def test_frames_without_apdus(context: Contexts) -> None:
    raw = build_frame(METER, READER, 0x93) + build_frame(
        READER, METER, 0x73, bytes.fromhex("8180060501800601 80".replace(" ", ""))
    )
    decoded = DECODER.decode(View(raw), context())
    assert (decoded.state, decoded.readings) == ("complete", [])
    assert [layer.kind for layer in decoded.layers if hasattr(layer, "kind")] == ["SNRM", "UA"]
    odd = DECODER.decode(View(build_frame(READER, METER, 0x10, b"\x02\x01")), context())
    assert (odd.state, [d.code for d in odd.diagnostics]) == ("partial", ["dlms.apdu.tag"])


@pytest.mark.parametrize(
    "raw", [b"", b"\x7e", b"\x7e\xa0", b"\x00\x01\x00", b"\x68\x05\x05\x68", b"\xff", b"\xe6\xe7\x00"]
)
def test_what_is_nothing_at_all(context: Contexts, raw: bytes) -> None:
    with pytest.raises(EmtkitError):
        DECODER.decode(View(raw), context())
    assert DECODER.sniff(raw) < 60


# ---- ciphering


@pytest.mark.parametrize(
    ("control", "keys", "verdict", "verified", "readable"),
    [
        (0x30, Keys(), "decrypted", True, True),
        (0x30, Keys(authentication=None), "decrypted", None, True),
        (0x30, Keys(authentication=EK), "mac_invalid", False, False),
        (0x30, Keys(key=AK), "key_wrong", None, False),
        (0x30, Keys(key=AK, authentication=None), "key_wrong", None, False),
        (0x30, Keys(key=None, authentication=None), "key_missing", None, False),
        (0x20, Keys(), "decrypted", None, True),
        (0x21, Keys(), "decrypted", None, True),
        (0x20, Keys(key=AK), "key_wrong", None, False),
        (0x10, Keys(), "none", True, True),
        (0x10, Keys(key=None), "none", None, True),
        (0x10, Keys(authentication=EK), "mac_invalid", False, True),
        (0x32, Keys(), "key_missing", None, False),
        (0xB0, Keys(), "unsupported", None, False),
    ],
)
def test_authenticity_is_never_claimed_without_proof(
    push: bytes, context: Contexts, control: int, keys: Keys, verdict: str, verified: bool | None, readable: bool
) -> None:
    suite_key = bytes(range(32)) if control & 0x0F == 2 else EK
    raw = ciphered(push, control, key=suite_key)
    decoded = DECODER.decode(View(raw), context(keys=keys))
    assert (decoded.security.verdict, decoded.security.verified) == (verdict, verified)
    assert decoded.security.mode == control
    assert (energy(decoded) is not None) is readable
    if not readable:
        assert decoded.state == "opaque"
    (check,) = decoded.checks
    assert check.ok is verified


def test_suite_2(push: bytes, context: Contexts) -> None:
    key, other = bytes(range(32)), bytes(range(50, 82))
    made = security.protect(push, control=0x32, title=TITLE, counter=1, key=key, authentication_key=other)
    decoded = DECODER.decode(View(encode_apdu(GeneralGlo(TITLE, made))), context(keys=Keys(key, other)))
    assert (decoded.security.verdict, decoded.security.verified) == ("decrypted", True)


def test_an_altered_text_is_not_given_out(push: bytes, context: Contexts) -> None:
    raw = bytearray(ciphered(push))
    raw[-1] ^= 1
    decoded = DECODER.decode(View(bytes(raw)), context())
    assert (decoded.security.verdict, decoded.security.verified, decoded.readings) == ("mac_invalid", False, [])
    assert [d.code for d in decoded.diagnostics] == ["dlms.security.mac"]


def test_the_title_may_come_with_the_envelope(push: bytes, context: Contexts) -> None:
    made = security.protect(push, control=0x20, title=TITLE, counter=1, key=EK)
    raw = encode_apdu(GeneralGlo(b"", made))
    closed = DECODER.decode(View(raw), context())
    assert closed.security.verdict == "key_missing"
    for hint in (TITLE, TITLE.hex()):
        assert energy(DECODER.decode(View(raw), context(hints={"system_title": hint}))) == Decimal(4408736)
    wrong = DECODER.decode(View(raw), context(hints={"system_title": "no hex"}))
    assert wrong.security.verdict == "key_missing"


def test_a_ciphered_p1_telegram_is_another_protocol(context: Contexts) -> None:
    text = b"/EMT5\\2METER\r\n\r\n1-0:1.8.0(000001.000*kWh)\r\n!0000\r\n"
    with pytest.raises(UnsupportedError):
        DECODER.decode(View(ciphered(text)), context())
    framed = DECODER.decode(View(hdlc(ciphered(text))), context())
    assert framed.readings[0].value == text.decode()


def general(push: bytes, key_info: Any, key: bytes, *, suite: int = 0, with_header: bool = True) -> bytes:
    shell = GeneralCiphering(b"\x01" * 8, TITLE, CLIENT_TITLE, b"", b"", key_info, None)  # type: ignore[arg-type]
    made = security.protect(
        push,
        control=0x30 | suite,
        title=TITLE,
        counter=9,
        key=key,
        authentication_key=AK * (len(key) // 16),
        header=header(shell) if with_header else b"",
    )
    return encode_apdu(shell._replace(protected=made))


@pytest.mark.parametrize("with_header", [True, False])
def test_general_ciphering(push: bytes, context: Contexts, with_header: bool) -> None:
    raw = general(push, IdentifiedKey(0), EK, with_header=with_header)
    decoded = DECODER.decode(View(raw), context())
    assert (decoded.security.verified, energy(decoded)) == (True, Decimal(4408736))
    assert ("header included" in decoded.checks[0].detail) is with_header
    fresh = bytes(range(16, 32))
    wrapped = general(push, WrappedKey(0, security.wrap_key(EK, fresh)), fresh, with_header=with_header)
    assert DECODER.decode(View(wrapped), context()).security.verified is True
    broken = general(push, WrappedKey(0, bytes(24)), fresh)
    assert DECODER.decode(View(broken), context()).security.verdict == "key_missing"


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("scheme", [1, 2])
def test_general_ciphering_with_an_agreed_key(push: bytes, context: Contexts, suite: int, scheme: int) -> None:
    mine, theirs = security.private_key(suite, b"\x07"), security.private_key(suite, b"\x0b")
    public = security.public_key(suite, security.point(mine))
    identified = bytes((8,)) + b"\x01" * 8
    party = CLIENT_TITLE if scheme == 1 else identified + CLIENT_TITLE
    key = security.agree(suite, theirs, public, TITLE, party)
    point = security.point(theirs)
    info = AgreedKey(bytes((scheme,)), point if scheme == 1 else b"")
    raw = general(push, info, key, suite=suite)
    hints = {"agreement_key": b"\x07", "agreement_public_key": point.hex()}
    keys = Keys(None, AK * (len(key) // 16))
    assert DECODER.decode(View(raw), context(keys=keys, hints=hints)).security.verified is True
    assert DECODER.decode(View(raw), context(keys=keys)).security.verdict == "key_missing"
    bad = {"agreement_key": b"\x00", "agreement_public_key": "zz"}
    assert DECODER.decode(View(raw), context(keys=keys, hints=bad)).security.verdict == "key_missing"


@pytest.mark.parametrize("suite", [1, 2])
def test_general_signing(push: bytes, context: Contexts, suite: int) -> None:
    key = security.private_key(suite, b"\x07")
    shell = GeneralSigning(b"\x01" * 8, TITLE, CLIENT_TITLE, b"", b"", Carried(push), b"")
    signed = shell._replace(signature=security.sign(suite, key, signed_message(shell)))
    raw = encode_apdu(signed)
    unknown = DECODER.decode(View(raw), context())
    assert (energy(unknown), unknown.checks[0].ok) == (Decimal(4408736), None)
    public = security.point(key)
    good = DECODER.decode(View(raw), context(hints={"signature_public_key": public}))
    assert good.checks[0].ok is True
    other = security.point(security.private_key(suite, b"\x08"))
    bad = DECODER.decode(View(raw), context(hints={"signature_public_key": other}))
    assert (bad.checks[0].ok, bad.state) == (False, "partial")
    nonsense = DECODER.decode(View(raw), context(hints={"signature_public_key": b"\x01"}))
    assert nonsense.checks[0].ok is None


def test_too_many_layers(context: Contexts, push: bytes) -> None:
    raw = push
    for _ in range(12):
        raw = ciphered(raw, 0x10)
    with pytest.raises(DecodeError) as caught:
        DECODER.decode(View(raw), context())
    assert caught.value.code == "dlms.apdu.nesting"


# ---- associations


def glo(tag: int, apdu: bytes, title: bytes, counter: int, key: bytes = EK) -> bytes:
    made = security.protect(apdu, control=0x30, title=title, counter=counter, key=key, authentication_key=AK)
    return encode_apdu(Ciphered(tag, made))


def test_a_ciphered_association(push: bytes, context: Contexts) -> None:  # noqa: ARG001 - the fixture of all
    memory = Memory()
    dedicated = bytes(range(0x40, 0x50))
    ctos, stoc = b"client challenge", b"server challenge"
    request = encode_apdu(apdu_service.InitiateRequest(dedicated_key=dedicated, conformance=0x007E1F))
    response = encode_apdu(apdu_service.InitiateResponse(conformance=0x007E1F, max_pdu=1024))

    def say(apdu: bytes, up: bool) -> Any:
        raw = build_wrapper(1, 16, apdu) if up else build_wrapper(16, 1, apdu)
        return DECODER.decode(View(raw), context(memory=memory))

    aarq = Aarq(3, CLIENT_TITLE, acse.HLS_GMAC, ctos, Carried(glo(0x21, request, CLIENT_TITLE, 1)))
    aare = Aare(3, 0, 1, 14, TITLE, acse.HLS_GMAC, stoc, Carried(glo(0x28, response, TITLE, 1)))
    assert say(encode_apdu(aarq), up=False).security.verified is True
    opened = say(encode_apdu(aare), up=True)
    assert (opened.security.verified, opened.meter.manufacturer) == (True, "EMT")

    reply = MethodDescriptor(15, Obis(0, 0, 40, 0, 0, 255), 1)
    answer = axdr.octets(security.gmac(EK, AK, CLIENT_TITLE, 0x10, 2, stoc))
    third = say(glo(0xCB, encode_apdu(ActionRequest(0xC1, reply, answer)), CLIENT_TITLE, 3), up=False)
    assert [(check.name, check.ok) for check in third.checks] == [("authentication", True), ("hls.client", True)]
    answer = axdr.octets(security.gmac(EK, AK, TITLE, 0x10, 2, ctos))
    fourth_apdu = encode_apdu(ActionResponse(0xC1, ActionOutcome(ActionResult(0), answer)))
    fourth = say(glo(0xCF, fourth_apdu, TITLE, 3), up=True)
    assert [(check.name, check.ok) for check in fourth.checks] == [("authentication", True), ("hls.server", True)]

    # from here on with the key of this association only
    wanted = encode_apdu(GetRequest(0xC2, AttributeRequest(AttributeDescriptor(3, ENERGY, 2))))
    assert say(glo(0xD0, wanted, CLIENT_TITLE, 1, dedicated), up=False).security.key == "dedicated key"
    given_apdu = encode_apdu(GetResponse(0xC2, Data(axdr.DOUBLE_LONG_UNSIGNED, 7)))
    read = say(glo(0xD4, given_apdu, TITLE, 1, dedicated), up=True)
    assert (energy(read), read.security.verified) == (Decimal(7), True)
    made = security.protect(wanted, control=0x30, title=CLIENT_TITLE, counter=2, key=dedicated, authentication_key=AK)
    assert say(encode_apdu(GeneralDed(CLIENT_TITLE, made)), up=False).security.verified is True


def test_a_wrong_answer_to_the_challenge(context: Contexts) -> None:
    memory = Memory()
    frames = [
        Aarq(3, CLIENT_TITLE, acse.HLS_GMAC, b"client challenge"),
        Aare(3, 0, 1, 14, TITLE, acse.HLS_GMAC, b"server challenge"),
        ActionRequest(0xC1, MethodDescriptor(15, Obis(0, 0, 40, 0, 0, 255), 1), axdr.octets(bytes(17))),
    ]
    *_, last = [DECODER.decode(View(encode_apdu(frame)), context(memory=memory)) for frame in frames]
    assert [(check.name, check.ok) for check in last.checks] == [("hls.client", False)]
    assert [d.code for d in last.diagnostics] == ["dlms.security.hls"]


def test_a_rejected_association(context: Contexts) -> None:
    error = Carried(encode_apdu(apdu_service.ConfirmedServiceError(1, 6, 2)))
    decoded = DECODER.decode(View(encode_apdu(Aare(1, 1, 1, 1, user_information=error))), context())
    assert [d.message for d in decoded.diagnostics] == [
        "rejected permanently: no reason given",
        "initiate: initiate: incompatible-conformance",
    ]


# ---- requests and answers


class Session:
    """A client and a meter, their APDUs decoded one after the other."""

    def __init__(self, context: Contexts) -> None:
        self.context, self.memory = context, Memory()

    def take(self, apdu: Any, **parts: Any) -> Any:
        return DECODER.decode(View(encode_apdu(apdu)), self.context(memory=self.memory, **parts))

    def get(self, class_id: int, name: Obis, attribute: int, data: Data, access: Any = None, **parts: Any) -> Any:
        self.take(GetRequest(0xC1, AttributeRequest(AttributeDescriptor(class_id, name, attribute), access)))
        return self.take(GetResponse(0xC1, data), **parts)


@pytest.fixture
def session(context: Contexts) -> Session:
    return Session(context)


def test_a_register_and_its_unit(session: Session) -> None:
    raw = session.get(3, ENERGY, 2, Data(axdr.DOUBLE_LONG_UNSIGNED, 4711)).readings[0]
    assert (raw.value, raw.unit, raw.quantity) == (Decimal(4711), None, "energy")
    unit = session.get(3, ENERGY, 3, write_attribute(3, 3, ScalerUnit(1, 30)))
    assert unit.layer(CosemValue).value == ScalerUnit(1, 30)
    assert (unit.layer(CosemValue).name, unit.readings[0].name) == ("Register.scaler_unit", "scaler_unit")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    scaled = session.get(3, ENERGY, 2, Data(axdr.DOUBLE_LONG_UNSIGNED, 4711), received_at=now).readings[0]
    assert (scaled.value, scaled.unit, scaled.time_source) == (Decimal(47110), "Wh", "capture")


def test_other_attributes(session: Session) -> None:
    clock = session.get(8, CLOCK, 2, axdr.octets(bytes.fromhex("07ea0b17010c1e00ffffc400"))).readings[0]
    assert clock.value.isoformat() == "2026-11-23T12:30:00+01:00"
    base = session.get(8, CLOCK, 9, Data(axdr.ENUM, 1)).readings[0]
    assert (base.value, base.name) == ("internal crystal", "clock_base")
    breaker = session.get(70, Obis(0, 0, 96, 3, 10, 255), 3, Data(axdr.ENUM, 2)).readings[0]
    assert breaker.value == "ready for reconnection"
    odd = session.get(7, PROFILE, 4, axdr.octets(b"odd"))
    assert [d.code for d in odd.diagnostics] == ["dlms.class.type"]
    assert session.get(999, CLOCK, 5, Data(axdr.BIT_STRING, axdr.BitString.of("101"))).readings[0].value == "101"


def profile_of(session: Session, rows: int = 3) -> tuple[Data, tuple[CaptureObject, ...]]:
    columns = (CaptureObject(8, CLOCK, 2, 0), CaptureObject(3, ENERGY, 2, 0))
    session.get(7, PROFILE, 3, write_attribute(7, 3, columns))
    session.get(7, PROFILE, 4, write_attribute(7, 4, 900))
    session.get(7, PROFILE, 5, Data(axdr.ENUM, 1))
    session.get(3, ENERGY, 3, write_attribute(3, 3, ScalerUnit(0, 30)))
    first = axdr.octets(bytes.fromhex("07ea0b17010c1e00ffffc400"))
    null = Data(axdr.NULL, None)
    return build_buffer(
        [[null if at else first, Data(axdr.DOUBLE_LONG_UNSIGNED, 1000 + at)] for at in range(rows)]
    ), columns


def test_a_load_profile(session: Session) -> None:
    buffer, columns = profile_of(session)
    decoded = session.get(7, PROFILE, 2, buffer)
    assert [reading.time.isoformat() for reading in decoded.readings] == [
        "2026-11-23T12:30:00+01:00",
        "2026-11-23T12:45:00+01:00",
        "2026-11-23T13:00:00+01:00",
    ]
    assert len(decoded.layer(Profile).rows) == 3
    bound = axdr.octets(bytes(12))
    part = session.get(
        7,
        PROFILE,
        2,
        axdr.array(axdr.structure(buffer.value[0].value[1])),
        by_range(columns[0], bound, bound, columns[1:]),
    )
    assert energy(part) == Decimal(1000)
    assert "dlms.profile.columns" not in {d.code for d in part.diagnostics}


def test_a_load_profile_in_blocks(session: Session) -> None:
    buffer, _ = profile_of(session, 40)
    session.take(GetRequest(0xC1, AttributeRequest(AttributeDescriptor(7, PROFILE, 2))))
    for block in get_blocks(0xC1, buffer, 50):
        decoded = session.take(block)
        if block.block.number == 2:
            again = session.take(block)
            assert [d.code for d in again.diagnostics] == ["dlms.block.repeated"]
    assert len(decoded.readings) == 40
    lost = session.take(GetResponseBlock(0xC1, DataBlock(last=False, number=5, raw=b"")))
    assert [d.code for d in lost.diagnostics] == ["dlms.block.gap"]
    refused = session.take(GetResponseBlock(0xC1, DataBlock(last=True, number=1, raw=AccessResult(15))))
    assert [d.message for d in refused.diagnostics] == ["long-get-aborted"]


def test_blocks_need_a_size() -> None:
    with pytest.raises(EncodeError):
        general_blocks(b"", 0)
    with pytest.raises(EncodeError):
        general_blocks(bytes(70000), 1)
    (empty,) = general_blocks(b"", 10)
    assert (empty.last, empty.streaming, empty.number) == (True, True, 1)


def test_a_compact_buffer(session: Session) -> None:
    name = Obis(0, 0, 66, 0, 1, 255)
    session.get(62, name, 5, axdr.octets(bytes.fromhex("02021106")))
    session.get(62, name, 3, write_attribute(62, 3, (CaptureObject(3, ENERGY, 2, 0),)))
    session.get(3, ENERGY, 3, write_attribute(3, 3, ScalerUnit(0, 30)))
    decoded = session.get(62, name, 2, axdr.octets(bytes.fromhex("07 000003E8")))
    assert [(reading.obis, reading.value) for reading in decoded.readings] == [("1-0:1.8.0*255", Decimal(1000))]
    broken = session.get(62, name, 2, axdr.octets(b"\x07\x00"))
    assert broken.state == "partial"


def test_lists_and_access(session: Session) -> None:
    wanted = tuple(AttributeRequest(AttributeDescriptor(3, ENERGY, at)) for at in (3, 2))
    results = (write_attribute(3, 3, ScalerUnit(0, 30)), Data(axdr.UNSIGNED, 9))
    session.take(GetRequestWithList(0xC1, wanted))
    assert session.take(GetResponseWithList(0xC1, results)).readings[1].unit == "Wh"
    steps = (AccessGet(wanted[1].descriptor), AccessGet(wanted[0].descriptor))
    session.take(AccessRequest(0x01, b"", steps, ()))
    outcome = (AccessGetResult(AccessResult(0)), AccessGetResult(AccessResult(3)))
    answer = session.take(AccessResponse(0x01, b"", None, (Data(axdr.UNSIGNED, 9), Data(axdr.NULL, None)), outcome))
    assert energy(answer) == Decimal(9)
    assert [d.message for d in answer.diagnostics] == ["read-write-denied"]


def test_events_and_short_names(session: Session) -> None:
    event = EventNotification(
        bytes.fromhex("07ea0b17010c1e00ffffc400"), AttributeDescriptor(3, ENERGY, 2), Data(axdr.UNSIGNED, 9)
    )
    decoded = session.take(event)
    assert (energy(decoded), decoded.readings[0].time_source) == (Decimal(9), "device")
    report = session.take(InformationReport(None, (VariableName(8),), (Data(axdr.UNSIGNED, 5),)))
    assert report.readings[0].value == Decimal(5)
    read = session.take(ReadResponse((Data(axdr.UNSIGNED, 6), AccessResult(4))))
    assert (read.readings[0].value, [d.message for d in read.diagnostics]) == (Decimal(6), ["object-undefined"])


def test_an_answer_without_its_request(context: Contexts) -> None:
    decoded = DECODER.decode(View(encode_apdu(GetResponse(0xC1, Data(axdr.LONG, -5)))), context())
    assert (decoded.readings[0].obis, decoded.readings[0].value) == (None, Decimal(-5))


def test_bytes_after_the_apdu(push: bytes, context: Contexts) -> None:
    decoded = DECODER.decode(View(hdlc(push + b"\x99\x00")), context())
    assert (decoded.state, energy(decoded)) == ("partial", Decimal(4408736))
    assert "dlms.apdu.trailing" in {d.code for d in decoded.diagnostics}


def test_apdus_without_end(context: Contexts) -> None:
    decoded = DECODER.decode(View(b"\x62\x00" * 50_000), context())
    assert [d.code for d in decoded.diagnostics] == ["dlms.apdu.trailing"]


def test_bare_data(context: Contexts) -> None:
    raw = axdr_write.encode_data(axdr.array(*(axdr.structure(Data(axdr.UNSIGNED, at)) for at in range(9))))
    assert DECODER.sniff(raw) == 35
    decoded = DECODER.decode(View(raw), context())
    assert (decoded.state, decoded.readings[0].quantity) == ("complete", "container")
    assert DECODER.decode(View(raw + b"\x00"), context()).state == "partial"


def test_an_apdu_of_another_protocol(push: bytes, context: Contexts) -> None:
    assert energy(decode_apdu(View(push), context())) == Decimal(4408736)
    with pytest.raises(DecodeError):
        decode_apdu(View(b""), context())


def test_deviations_with_the_other_sign(push: bytes, context: Contexts) -> None:
    decoded = DECODER.decode(View(push), context(hints={"deviation": "inverted"}))
    assert str(decoded.readings[0].time) == "2026-11-23 12:30:00-01:00"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_damaged_input_gives_a_result_or_an_error(push: bytes, context: Contexts, data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from(
            [hdlc(push, 50), hdlc(ciphered(push)), b"".join(build_mbus_frames(push, max_data=50)), ciphered(push), push]
        )
    )
    raw = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 3))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    DECODER.sniff(bytes(raw))
    list(DECODER.split(bytes(raw)))
    trace = Trace()
    try:
        decoded = DECODER.decode(View(bytes(raw)), context(trace=trace))
    except EmtkitError:
        return
    assert decoded.state in {"complete", "partial", "opaque"}
    spans = trace.cover(bytes(raw))
    assert sum(span.end - span.start for span in spans) == len(raw)


def test_a_lorawan_rejoin_request_is_no_get_request() -> None:
    for text, sure in (
        ("c001c1000301000108 00ff0200", 45),  # attribute 2 of a register
        ("c00181 0007 0100630100ff 02 01 01 02030400", 45),  # with a selection
        ("c00281 00000001", 45),  # the next block
        ("c002 030201 0807060504030201 0500 11223344", 4),  # rejoin request type 2: 19 bytes
        ("c001 0102030405060708 0102030405060708 0500 11223344", 4),  # type 1: 24 bytes
    ):
        assert DECODER.sniff(bytes.fromhex(text)) == sure, text
