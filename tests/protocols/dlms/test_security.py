from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import SecurityError, VerificationFailed
from emtkit.protocols.dlms import acse, security
from emtkit.protocols.dlms.apdu_cipher import Protected

EK = bytes(range(16))
AK = bytes(range(0xD0, 0xE0))
TITLE = b"MMM\x00\x00\xbcaN"


# Green Book, 9.2.7.2: GetRequest of the clock's time, suite 0.
EXAMPLE = bytes.fromhex("C0010000080000010000FF0200")
EXAMPLE_TITLE = bytes.fromhex("4D4D4D0000BC614E")
EXAMPLE_COUNTER = 0x01234567
EXAMPLE_CIPHERED = {
    0x10: ("C0010000080000010000FF0200", "06725D910F9221D263877516"),
    0x20: ("411312FF935A47566827C467BC", ""),
    0x30: ("411312FF935A47566827C467BC", "7D825C3BE4A77C3FCC056B6B"),
}


@pytest.mark.parametrize("control", sorted(EXAMPLE_CIPHERED))
def test_the_example_of_the_standard(control: int) -> None:
    made = security.protect(
        EXAMPLE, control=control, title=EXAMPLE_TITLE, counter=EXAMPLE_COUNTER, key=EK, authentication_key=AK
    )
    content, mac = EXAMPLE_CIPHERED[control]
    assert (made.content.hex().upper(), made.mac.hex().upper()) == (content, mac)
    plain, verified = security.open_protected(made, EXAMPLE_TITLE, EK, AK)
    assert plain == EXAMPLE
    assert verified is (None if control == 0x20 else True)


@given(
    st.binary(max_size=100),
    st.sampled_from([0x10, 0x20, 0x30, 0x11, 0x21, 0x31, 0x12, 0x22, 0x32]),
    st.integers(0, 0xFFFFFFFF),
    st.binary(max_size=20),
)
def test_what_was_protected_opens(plain: bytes, control: int, counter: int, header: bytes) -> None:
    size = security.KEY_SIZES[control & 0x0F]
    key, other = bytes(range(size)), bytes(range(100, 100 + size))
    made = security.protect(
        plain, control=control, title=TITLE, counter=counter, key=key, authentication_key=other, header=header
    )
    found, verified = security.open_protected(made, TITLE, key, other, header)
    assert found == plain
    assert verified is (True if control & 0x10 else None)
    # without the authentication key the text is there, and nothing is claimed
    assert security.open_protected(made, TITLE, key, None, header) == (plain, None)


@given(st.integers(0, 44), st.integers(0, 7))
def test_a_flipped_bit_does_not_verify(at: int, bit: int) -> None:
    made = security.protect(bytes(32), control=0x30, title=TITLE, counter=1, key=EK, authentication_key=AK)
    raw = bytearray(made.content + made.mac)
    raw[at % len(raw)] ^= 1 << bit
    changed = Protected(0x30, 1, bytes(raw[:32]), bytes(raw[32:]))
    with pytest.raises(VerificationFailed):
        security.open_protected(changed, TITLE, EK, AK)


def test_a_nonce_needs_a_title() -> None:
    with pytest.raises(SecurityError) as caught:
        security.nonce(b"", 1)
    assert caught.value.code == "dlms.security.title"


def test_gmac_answers() -> None:
    challenge = bytes(range(16))
    answer = security.gmac(EK, AK, TITLE, 0x10, 42, challenge)
    assert answer[:5].hex() == "100000002a"
    assert security.verify_gmac(answer, EK, AK, TITLE, challenge)
    assert not security.verify_gmac(answer, EK, AK, TITLE, challenge[::-1])
    assert not security.verify_gmac(answer[:-1], EK, AK, TITLE, challenge)


def test_answers_with_a_secret() -> None:
    parts = {"own_title": b"A" * 8, "peer_title": b"B" * 8, "received": b"received", "sent": b"sent"}
    sizes = {acse.HLS: 16, acse.HLS_MD5: 16, acse.HLS_SHA1: 20, acse.HLS_SHA256: 32}
    answers = {mechanism: security.hls_answer(mechanism, b"secret", **parts) for mechanism in sizes}
    assert {mechanism: len(answer) for mechanism, answer in answers.items()} == sizes
    # MD5("received" "secret")
    import hashlib

    assert answers[acse.HLS_MD5] == hashlib.md5(b"receivedsecret", usedforsecurity=False).digest()
    with pytest.raises(SecurityError):
        security.hls_answer(acse.HLS_GMAC, b"secret")


# RFC 3394, 4.1.
def test_key_wrap() -> None:
    kek, key = bytes(range(16)), bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    wrapped = security.wrap_key(kek, key)
    assert wrapped.hex().upper() == "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"
    assert security.unwrap_key(kek, wrapped) == key
    with pytest.raises(VerificationFailed):
        security.unwrap_key(key, wrapped)


@pytest.mark.parametrize(("suite", "size"), [(1, 32), (2, 48)])
def test_signatures_and_agreed_keys(suite: int, size: int) -> None:
    own, other = security.private_key(suite, b"\x07"), security.private_key(suite, b"\x0b")
    signature = security.sign(suite, own, b"message")
    assert len(signature) == 2 * size
    public = security.public_key(suite, security.point(own))
    assert security.verify_signature(suite, public, b"message", signature)
    assert not security.verify_signature(suite, public, b"massage", signature)
    assert not security.verify_signature(suite, public, b"message", signature[:-1])
    theirs = security.public_key(suite, security.point(other))
    agreed = security.agree(suite, own, theirs, b"U" * 8, b"V" * 8)
    assert agreed == security.agree(suite, other, public, b"U" * 8, b"V" * 8)
    assert len(agreed) == security.KEY_SIZES[suite]


def test_what_is_no_key() -> None:
    with pytest.raises(SecurityError):
        security.public_key(1, bytes(64))
    with pytest.raises(SecurityError):
        security.private_key(1, bytes(32))
    with pytest.raises(SecurityError):
        security.public_key(0, bytes(64))
