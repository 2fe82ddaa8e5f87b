from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EmtkitError, EncodeError
from emtkit.model.obis import Obis
from emtkit.protocols.dlms import (
    apdu_access,
    apdu_action,
    apdu_cipher,
    apdu_get,
    apdu_notify,
    apdu_service,
    apdu_set,
    apdu_sn,
    axdr,
    tags,
)
from emtkit.protocols.dlms.apdu import apdu_name, encode_apdu, read_apdu
from emtkit.protocols.dlms.apdu_parts import (
    AttributeDescriptor,
    AttributeRequest,
    DataBlock,
    MethodDescriptor,
    PlainBlock,
    SelectiveAccess,
)
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.push_body import Body
from emtkit.protocols.dlms.results import AccessResult, ActionResult
from emtkit.wire.trace import Trace
from emtkit.wire.view import View


def read(hex_digits: str) -> Any:
    raw = bytes.fromhex(hex_digits)
    apdu, end = read_apdu(View(raw))
    assert end == len(raw)
    return apdu


U8 = st.integers(0, 255)
U16 = st.integers(0, 0xFFFF)
U32 = st.integers(0, 0xFFFFFFFF)
BYTES = st.binary(max_size=200)
OBIS = st.builds(Obis, U8, U8, U8, U8, U8, U8)
DATA = st.one_of(
    st.builds(Data, st.just(axdr.LONG_UNSIGNED), U16, st.just(-1), st.just(-1)),
    st.builds(Data, st.just(axdr.OCTET_STRING), BYTES, st.just(-1), st.just(-1)),
    st.just(axdr.structure(Data(axdr.INTEGER, -1), Data(axdr.ENUM, 35))),
    st.just(Data(axdr.NULL, None)),
)
ATTRIBUTE = st.builds(AttributeDescriptor, U16, OBIS, st.integers(-128, 127))
METHOD = st.builds(MethodDescriptor, U16, OBIS, st.integers(-128, 127))
ACCESS = st.builds(SelectiveAccess, U8, DATA)
REQUEST = st.builds(AttributeRequest, ATTRIBUTE, st.one_of(st.none(), ACCESS))
FAILED = st.builds(AccessResult, U8)
RESULT = st.one_of(DATA, FAILED)
BLOCK = st.builds(DataBlock, st.booleans(), U32, st.one_of(BYTES, FAILED))
PLAIN = st.builds(PlainBlock, st.booleans(), U32, BYTES)
OUTCOME = st.builds(apdu_action.ActionOutcome, st.builds(ActionResult, U8), st.one_of(st.none(), RESULT))
CARRIED = st.builds(apdu_cipher.Carried, BYTES, st.just((-1, -1)))


def many(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=4).map(tuple)


def protected(control: int) -> st.SearchStrategy[apdu_cipher.Protected]:
    mac = st.binary(min_size=12, max_size=12) if control & apdu_cipher.AUTHENTICATED else st.just(b"")
    return st.builds(apdu_cipher.Protected, st.just(control), U32, BYTES, mac, st.just((-1, -1)))


PROTECTED = st.one_of(protected(0x30), protected(0x20), protected(0x10), protected(0x32))
VARIABLE = st.one_of(
    st.builds(apdu_sn.VariableName, U16),
    st.builds(apdu_sn.ParameterizedAccess, U16, U8, DATA),
    st.builds(apdu_sn.BlockNumberAccess, U16),
    st.builds(apdu_sn.ReadBlockAccess, st.booleans(), U16, BYTES),
    st.builds(apdu_sn.WriteBlockAccess, st.booleans(), U16),
)
STEP = st.one_of(
    st.builds(apdu_access.AccessGet, ATTRIBUTE),
    st.builds(apdu_access.AccessSet, ATTRIBUTE),
    st.builds(apdu_access.AccessAction, METHOD),
    st.builds(apdu_access.AccessGetSelection, ATTRIBUTE, ACCESS),
    st.builds(apdu_access.AccessSetSelection, ATTRIBUTE, ACCESS),
)
STEP_RESULT = st.one_of(
    st.builds(apdu_access.AccessGetResult, FAILED),
    st.builds(apdu_access.AccessSetResult, FAILED),
    st.builds(apdu_access.AccessActionResult, st.builds(ActionResult, U8)),
)
TIME = st.sampled_from([b"", bytes(12)])
KEY = st.one_of(
    st.none(),
    st.builds(apdu_cipher.IdentifiedKey, U8),
    st.builds(apdu_cipher.WrappedKey, U8, BYTES),
    st.builds(apdu_cipher.AgreedKey, BYTES, BYTES),
)
CONFORMANCE = st.integers(0, 0xFFFFFF)

APDUS = st.one_of(
    st.builds(apdu_get.GetRequest, U8, REQUEST),
    st.builds(apdu_get.GetRequestNext, U8, U32),
    st.builds(apdu_get.GetRequestWithList, U8, many(REQUEST)),
    st.builds(apdu_get.GetResponse, U8, RESULT),
    st.builds(apdu_get.GetResponseBlock, U8, BLOCK),
    st.builds(apdu_get.GetResponseWithList, U8, many(RESULT)),
    st.builds(apdu_set.SetRequest, U8, REQUEST, DATA),
    st.builds(apdu_set.SetRequestFirstBlock, U8, REQUEST, PLAIN),
    st.builds(apdu_set.SetRequestBlock, U8, PLAIN),
    st.builds(apdu_set.SetRequestWithList, U8, many(REQUEST), many(DATA)),
    st.builds(apdu_set.SetRequestWithListFirstBlock, U8, many(REQUEST), PLAIN),
    st.builds(apdu_set.SetResponse, U8, FAILED),
    st.builds(apdu_set.SetResponseBlock, U8, U32),
    st.builds(apdu_set.SetResponseLastBlock, U8, FAILED, U32),
    st.builds(apdu_set.SetResponseLastBlockWithList, U8, many(FAILED), U32),
    st.builds(apdu_set.SetResponseWithList, U8, many(FAILED)),
    st.builds(apdu_action.ActionRequest, U8, METHOD, st.one_of(st.none(), DATA)),
    st.builds(apdu_action.ActionRequestNext, U8, U32),
    st.builds(apdu_action.ActionRequestWithList, U8, many(METHOD), many(DATA)),
    st.builds(apdu_action.ActionRequestFirstBlock, U8, METHOD, PLAIN),
    st.builds(apdu_action.ActionRequestWithListFirstBlock, U8, many(METHOD), PLAIN),
    st.builds(apdu_action.ActionRequestBlock, U8, PLAIN),
    st.builds(apdu_action.ActionResponse, U8, OUTCOME),
    st.builds(apdu_action.ActionResponseBlock, U8, PLAIN),
    st.builds(apdu_action.ActionResponseWithList, U8, many(OUTCOME)),
    st.builds(apdu_action.ActionResponseNext, U8, U32),
    st.builds(apdu_access.AccessRequest, U32, TIME, many(STEP), many(DATA)),
    st.builds(apdu_access.AccessResponse, U32, TIME, st.one_of(st.none(), many(STEP)), many(DATA), many(STEP_RESULT)),
    st.builds(apdu_sn.ReadRequest, many(VARIABLE)),
    st.builds(
        apdu_sn.ReadResponse,
        many(
            st.one_of(
                RESULT,
                st.builds(apdu_sn.ReadBlock, st.booleans(), U16, BYTES),
                st.builds(apdu_sn.BlockNumber, U16),
            )
        ),
    ),
    st.builds(apdu_sn.WriteRequest, many(VARIABLE), many(DATA)),
    st.builds(
        apdu_sn.WriteResponse,
        many(st.one_of(st.just(apdu_sn.Written()), FAILED, st.builds(apdu_sn.BlockNumber, U16))),
    ),
    st.builds(apdu_sn.UnconfirmedWrite, many(VARIABLE), many(DATA)),
    st.builds(apdu_sn.InformationReport, st.one_of(st.none(), BYTES), many(VARIABLE), many(DATA)),
    st.builds(
        apdu_service.InitiateRequest,
        st.one_of(st.none(), BYTES),
        st.booleans(),
        st.one_of(st.none(), st.integers(-128, 127)),
        U8,
        CONFORMANCE,
        U16,
    ),
    st.builds(apdu_service.InitiateResponse, st.none(), U8, CONFORMANCE, U16, U16),
    st.builds(apdu_service.ConfirmedServiceError, U8, U8, U8),
    st.builds(apdu_service.ExceptionResponse, U8, st.integers(0, 5), st.none()),
    st.builds(apdu_service.ExceptionResponse, U8, st.just(6), U32),
    st.builds(
        apdu_notify.DataNotification,
        U32,
        st.builds(apdu_notify.NotificationTime, TIME, st.just(value=False)),
        st.builds(Body, DATA, st.just(""), st.just(())),
    ),
    st.builds(apdu_notify.EventNotification, st.one_of(st.none(), TIME), ATTRIBUTE, DATA),
    st.builds(apdu_cipher.Ciphered, st.sampled_from(sorted({*tags.GLO, *tags.DED})), PROTECTED),
    st.builds(apdu_cipher.GeneralGlo, BYTES, PROTECTED),
    st.builds(apdu_cipher.GeneralDed, BYTES, PROTECTED),
    st.builds(apdu_cipher.GeneralCiphering, BYTES, BYTES, BYTES, BYTES, BYTES, KEY, PROTECTED),
    st.builds(apdu_cipher.GeneralSigning, BYTES, BYTES, BYTES, BYTES, BYTES, CARRIED, BYTES),
    st.builds(apdu_cipher.GeneralBlockTransfer, U8, U16, U16, CARRIED),
)


@given(APDUS)
def test_what_was_written_is_read(apdu: Any) -> None:
    raw = encode_apdu(apdu)
    found, end = read_apdu(View(raw))
    assert end == len(raw)
    assert type(found) is type(apdu)
    assert encode_apdu(found) == raw
    trace = Trace()
    assert read_apdu(View(raw), trace)[0] == found
    assert all(span.field != "rest" for span in trace.cover(raw))


@given(APDUS, st.data())
def test_cut_off_and_damaged_apdus_give_a_result_or_an_error(apdu: Any, draw: st.DataObject) -> None:
    raw = bytearray(encode_apdu(apdu))
    cut = draw.draw(st.integers(0, len(raw) - 1))
    if isinstance(apdu, apdu_service.ExceptionResponse) and cut == 3:
        assert read_apdu(View(bytes(raw[:cut])))[0].counter is None  # the counter may be missing
    else:
        with pytest.raises(EmtkitError):
            read_apdu(View(bytes(raw[:cut])))
    raw[cut] ^= 1 << draw.draw(st.integers(0, 7))
    try:
        _, end = read_apdu(View(bytes(raw)))
    except EmtkitError:
        return
    assert end <= len(raw)


@given(st.binary(max_size=60))
def test_any_bytes_give_a_result_or_an_error(raw: bytes) -> None:
    with suppress(EmtkitError):
        read_apdu(View(raw))


# ---- examples of the Green Book


def test_get() -> None:
    request = read("C0 01 C1 0008 0000010000FF 02 00")
    assert request == apdu_get.GetRequest(0xC1, AttributeRequest(AttributeDescriptor(8, Obis(0, 0, 1, 0, 0, 255), 2)))
    assert read("C4 01 C1 01 03").result == AccessResult(3)
    assert str(read("C4 01 C1 01 03").result) == "read-write-denied"
    assert read("C4 02 C1 01 00000002 00 02 0101").block == DataBlock(last=True, number=2, raw=b"\x01\x01")


def test_initiate() -> None:
    request = read("01 00 00 00 06 5F1F0400 007E1F 04B0")
    assert (request.version, request.max_pdu, request.response_allowed) == (6, 0x04B0, True)
    assert (
        apdu_service.conformance_names(request.conformance)
        == (
            "attribute0-supported-with-get",
            "block-transfer-with-get",
            "block-transfer-with-set",
            "block-transfer-with-action",
            "multiple-references",
            "information-report",
            "get",
            "set",
            "selective-access",
            "event-notification",
            "action",
        )
        or request.conformance == 0x007E1F
    )
    assert apdu_service.conformance_bits(*apdu_service.conformance_names(0x007E1F)) == 0x007E1F
    # the second octet of the tag may be missing on HDLC
    assert read("01 00 00 00 06 5F0400 007E1F 04B0") == request
    with_key = read("01 01 10 00112233445566778899AABBCCDDEEFF 00 00 06 5F1F0400 007E1F 04B0")
    assert with_key.dedicated_key == bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    assert "11" not in repr(with_key).lower().split("conformance")[0]
    response = read("08 00 06 5F1F0400 007E1F 0400 0007")
    assert (response.max_pdu, response.vaa_name) == (0x0400, apdu_service.VAA_NAME_LN)


def test_a_broken_conformance_block() -> None:
    with pytest.raises(DecodeError) as caught:
        read("01 00 00 00 06 5F1F0500 007E1F 04B0")
    assert caught.value.code == "dlms.apdu.conformance"


def test_answers_that_say_no() -> None:
    assert str(read("0E 01 06 02")) == "initiate: initiate: incompatible-conformance"
    assert str(read("D8 01 06 0000002A")) == "service-not-allowed: invocation-counter-error (expected 42)"
    assert str(read("D8 02 02")) == "service-unknown: service-not-supported"


def test_a_block_of_a_push() -> None:
    block = read("E0 C0 0004 0000 02 ABCD")
    assert (block.last, block.streaming, block.window, block.number) == (True, True, 0, 4)
    assert block.piece.content == b"\xab\xcd"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "dlms.apdu.truncated"),
        ("FF", "dlms.apdu.tag"),
        ("C0 09 C1", "dlms.apdu.choice"),
        ("C4 01 C1 02", "dlms.apdu.choice"),
        ("C0 03 C1 84 FFFFFFFF", "dlms.apdu.count"),
        ("05 82 FFFF 02 0000", "dlms.apdu.count"),
        ("DB 00 03 30 0000", "dlms.apdu.truncated"),
        ("DB 00 06 30 00000001 00", "dlms.security.short"),
        ("0F 00000001 00 01 84 FFFFFFFF", "dlms.axdr.count"),
    ],
)
def test_what_is_no_apdu(raw: str, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read(raw)
    assert caught.value.code == code


def test_what_cannot_be_written() -> None:
    for wrong in (
        "text",
        apdu_get.GetRequestNext(300, 1),
        apdu_get.GetResponse(1, "text"),  # type: ignore[arg-type]  # what a user might try
        apdu_cipher.Ciphered(0xC0, apdu_cipher.Protected(0x20, 1, b"", b"")),
    ):
        with pytest.raises(EncodeError):
            encode_apdu(wrong)


def test_names() -> None:
    assert apdu_name(read("C8 06 20 00000001 AA")) == "glo-GetRequest"
    assert apdu_name(read("D0 06 20 00000001 AA")) == "ded-GetRequest"
    assert tags.tag_name(0x99) == "unknown APDU 99"
    assert tags.tag_sender(0xCC) == "server"
    assert tags.tag_sender(0xDB) is None
