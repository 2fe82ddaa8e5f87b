from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EmtkitError
from emtkit.protocols.dlms import acse
from emtkit.protocols.dlms.acse import Aare, Aarq, Rlre, Rlrq
from emtkit.protocols.dlms.apdu import encode_apdu, read_apdu
from emtkit.protocols.dlms.apdu_cipher import Carried
from emtkit.wire.trace import Trace
from emtkit.wire.view import View

TITLES = st.sampled_from([b"", b"ABC\x00\x00\x00\x00\x01"])
CARRIED = st.one_of(st.none(), st.builds(Carried, st.binary(max_size=200), st.just((-1, -1))))
OTHERS = st.sampled_from([(), ((0x80, b"\x02\x84"),), ((0xA9, b"\x02\x01\x07"),)])
SECRETS = st.one_of(st.none(), st.binary(max_size=64))
MECHANISMS = st.one_of(st.none(), st.integers(0, 7))
CONTEXTS = st.integers(1, 4)
APDUS = st.one_of(
    st.builds(Aarq, CONTEXTS, TITLES, MECHANISMS, SECRETS, CARRIED, OTHERS),
    st.builds(
        Aare,
        CONTEXTS,
        st.integers(0, 2),
        st.sampled_from([1, 2]),
        st.integers(0, 14),
        TITLES,
        MECHANISMS,
        SECRETS,
        CARRIED,
        OTHERS,
    ),
    st.builds(Rlrq, st.sampled_from([None, 0, 1, 30]), CARRIED, st.just(())),
    st.builds(Rlre, st.sampled_from([None, 0, 1, 30]), CARRIED, st.just(())),
)


def bare(apdu: Aarq | Aare | Rlrq | Rlre) -> Aarq | Aare | Rlrq | Rlre:
    carried = apdu.user_information
    return apdu if carried is None else apdu._replace(user_information=Carried(carried.content))


@given(APDUS)
def test_what_was_written_is_read(apdu: Aarq | Aare | Rlrq | Rlre) -> None:
    raw = encode_apdu(apdu)
    found, end = read_apdu(View(raw))
    assert end == len(raw)
    assert bare(found) == apdu
    trace = Trace()
    read_apdu(View(raw), trace)
    assert all(span.field != "rest" for span in trace.cover(raw))


@given(APDUS, st.data())
def test_cut_off_and_damaged(apdu: Aarq | Aare | Rlrq | Rlre, draw: st.DataObject) -> None:
    raw = bytearray(encode_apdu(apdu))
    cut = draw.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(EmtkitError):
        read_apdu(View(bytes(raw[:cut])))
    raw[cut] ^= 1 << draw.draw(st.integers(0, 7))
    with suppress(EmtkitError):
        read_apdu(View(bytes(raw)))


# Examples of the Green Book, 11.2.
def test_opening_with_a_password() -> None:
    raw = bytes.fromhex(
        "6036A1090607608574050801018A0207808B0760857405080201AC0A80083132333435363738BE10040E01000000065F1F0400007E1F04B0"
    )
    apdu, _ = read_apdu(View(raw))
    assert (apdu.context, apdu.mechanism, apdu.authentication) == (acse.CONTEXT_LN, acse.LLS, b"12345678")
    assert apdu.user_information.content.hex() == "01000000065f1f0400007e1f04b0"
    assert encode_apdu(apdu) == raw


def test_an_answer_that_wants_the_next_pass() -> None:
    apdu, _ = read_apdu(View(encode_apdu(Aare(3, 0, 1, acse.HLS_FOLLOWS, b"ABC12345", acse.HLS_GMAC, b"challenge"))))
    assert str(apdu) == "accepted: authentication required (HLS follows)"
    assert str(Aare(1, 1, 2, 2)) == "rejected permanently: no common ACSE version"
    assert str(Aare(1)) == "accepted"


def test_closing() -> None:
    assert encode_apdu(Rlrq(0)).hex() == "6203800100"
    assert read_apdu(View(bytes.fromhex("6303800100")))[0] == Rlre(0)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("60 05 A1", "dlms.acse.length"),
        ("60", "dlms.acse.truncated"),
        ("60 85 0000000000", "dlms.acse.length"),
        ("61 05 A2 03 04 01 00", "dlms.acse.element"),
        ("60 80", "dlms.acse.length"),
    ],
)
def test_what_is_no_association(raw: str, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_apdu(View(bytes.fromhex(raw)))
    assert caught.value.code == code
