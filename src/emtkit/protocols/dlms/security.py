"""Ciphering, authentication and signatures of DLMS, suites 0, 1 and 2. The only module with cryptography in it.

| security control | input of AES-GCM | additional data        | tag       |
|------------------|------------------|------------------------|-----------|
| A + E (0x30)     | plain text       | SC, AK                 | 12 octets |
| E (0x20)         | plain text       | none                   | none      |
| A (0x10)         | nothing          | SC, AK, plain text     | 12 octets |

The nonce is the sender's system title (8 octets) and the invocation counter (4). Suite 2 has AES-256 keys.
Without the authentication key a text can still be decrypted (GCM is counter mode from block 2); whether it
is genuine is then unknown, and nothing here says otherwise.

Source: IEC 62056-5-3, 5.3 to 5.7; Green Book, 9.2; NIST SP 800-38D, 800-56A; RFC 3394.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.errors import SecurityError, VerificationFailed
from emtkit.protocols.dlms import acse
from emtkit.protocols.dlms.apdu_cipher import AUTHENTICATED, ENCRYPTED, MAC_SIZE, SUITE, Protected

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

LAYER: Final = "dlms.security"
TITLE_SIZE: Final = 8
_FIRST_BLOCK: Final = b"\x00\x00\x00\x02"

# Security suite -> octets of its AES keys.
KEY_SIZES: Final[dict[int, int]] = {0: 16, 1: 16, 2: 32}

# Suites with public keys: curve, hash, octets of a coordinate, AlgorithmID of the agreed key (AES-GCM).
_CURVES: Final[dict[int, tuple[str, str, int, bytes]]] = {
    1: ("SECP256R1", "SHA256", 32, bytes.fromhex("60857405080300")),
    2: ("SECP384R1", "SHA384", 48, bytes.fromhex("60857405080301")),
}


def nonce(title: bytes, counter: int) -> bytes:
    """Return system title and invocation counter. Raises SecurityError `dlms.security.title`."""
    if len(title) != TITLE_SIZE:
        raise SecurityError("dlms.security.title", f"a system title has 8 bytes, not {len(title)}", layer=LAYER)
    return title + counter.to_bytes(4, "big")


def _gcm(key: bytes, iv: bytes, mac: bytes | None) -> Any:  # noqa: ANN401 - cryptography's Cipher
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.GCM(iv, mac, min_tag_length=MAC_SIZE))


def _verify(key: bytes, iv: bytes, mac: bytes, aad: bytes, cipher_text: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    decryptor = _gcm(key, iv, mac).decryptor()
    decryptor.authenticate_additional_data(aad)
    plain: bytes = decryptor.update(cipher_text)
    try:
        decryptor.finalize()
    except InvalidTag:
        raise VerificationFailed("dlms.security.mac", "the authentication tag does not match", layer=LAYER) from None
    return plain


def _counter_mode(key: bytes, iv: bytes, text: bytes) -> bytes:
    """Decrypt without looking at the tag."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    plain: bytes = Cipher(algorithms.AES(key), modes.CTR(iv + _FIRST_BLOCK)).decryptor().update(text)
    return plain


def open_protected(
    protected: Protected, title: bytes, key: bytes, authentication_key: bytes | None, header: bytes = b""
) -> tuple[bytes, bool | None]:
    """Return the plain text, and True when its tag was verified or None when that was not possible.

    `header` is what general-ciphering authenticates besides. Raises VerificationFailed `dlms.security.mac`,
    SecurityError `dlms.security.title`.
    """
    iv = nonce(title, protected.counter)
    control = bytes((protected.control,))
    if not protected.authenticated:
        text = protected.content
        return (_counter_mode(key, iv, text) if protected.encrypted else text), None
    if authentication_key is None:
        return (_counter_mode(key, iv, protected.content) if protected.encrypted else protected.content), None
    aad = control + authentication_key + header
    if protected.encrypted:
        return _verify(key, iv, protected.mac, aad, protected.content), True
    _verify(key, iv, protected.mac, aad + protected.content, b"")
    return protected.content, True


def protect(
    plain: bytes,
    *,
    control: int,
    title: bytes,
    counter: int,
    key: bytes,
    authentication_key: bytes = b"",
    header: bytes = b"",
) -> Protected:
    """Return the protected form of an APDU, as the bits of the security control say."""
    iv = nonce(title, counter)
    aad = bytes((control,)) + authentication_key + header
    if not control & AUTHENTICATED:
        return Protected(control, counter, _counter_mode(key, iv, plain) if control & ENCRYPTED else plain, b"")
    encryptor = _gcm(key, iv, None).encryptor()
    encryptor.authenticate_additional_data(aad if control & ENCRYPTED else aad + plain)
    content = encryptor.update(plain) if control & ENCRYPTED else plain
    encryptor.finalize()
    return Protected(control, counter, content, encryptor.tag[:MAC_SIZE])


def gmac(key: bytes, authentication_key: bytes, title: bytes, control: int, counter: int, challenge: bytes) -> bytes:
    """Return the answer to a challenge in HLS GMAC: SC, counter, tag. `title` is that of who answers."""
    made = protect(
        challenge,
        control=control & SUITE | AUTHENTICATED,
        title=title,
        counter=counter,
        key=key,
        authentication_key=authentication_key,
    )
    return bytes((made.control,)) + counter.to_bytes(4, "big") + made.mac


def verify_gmac(answer: bytes, key: bytes, authentication_key: bytes, title: bytes, challenge: bytes) -> bool:
    """Say whether an HLS GMAC answer is right."""
    if len(answer) != 1 + 4 + MAC_SIZE:
        return False
    counter = int.from_bytes(answer[1:5], "big")
    return gmac(key, authentication_key, title, answer[0], counter, challenge) == answer


def hls_answer(
    mechanism: int,
    secret: bytes,
    *,
    own_title: bytes = b"",
    peer_title: bytes = b"",
    received: bytes = b"",
    sent: bytes = b"",
) -> bytes:
    """Return the answer to the challenge `received` in HLS 2 (AES), MD5, SHA-1 and SHA-256.

    `sent` is the challenge that was sent to the other side. GMAC and ECDSA have functions of their own.
    Raises SecurityError `dlms.security.mechanism` for another mechanism.
    """
    if mechanism == acse.HLS:
        return _aes_blocks(secret, received)
    if mechanism == acse.HLS_MD5:
        return hashlib.md5(received + secret, usedforsecurity=False).digest()
    if mechanism == acse.HLS_SHA1:
        return hashlib.sha1(received + secret, usedforsecurity=False).digest()
    if mechanism == acse.HLS_SHA256:
        return hashlib.sha256(secret + own_title + peer_title + received + sent).digest()
    raise SecurityError("dlms.security.mechanism", f"mechanism {mechanism} has no secret", layer=LAYER)


def _aes_blocks(secret: bytes, challenge: bytes) -> bytes:
    """Encrypt block by block: what most meters with "manufacturer's own" HLS do."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    padded = challenge.ljust(-(-len(challenge) // 16) * 16, b"\x00")
    key = secret.ljust(16, b"\x00")[:16]
    made: bytes = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(padded)  # noqa: S305 - the mechanism is that
    return made


def wrap_key(kek: bytes, key: bytes) -> bytes:
    """Return a key wrapped with a key encrypting key (RFC 3394)."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    return aes_key_wrap(kek, key)


def unwrap_key(kek: bytes, wrapped: bytes) -> bytes:
    """Return the key inside. Raises VerificationFailed `dlms.security.wrap`."""
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    try:
        return aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError):
        raise VerificationFailed("dlms.security.wrap", "the wrapped key does not open", layer=LAYER) from None


def _suite(suite: int) -> tuple[Any, Any, int, bytes]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    if suite not in _CURVES:
        raise SecurityError("dlms.security.suite", f"suite {suite} has no public keys", layer=LAYER)
    curve, digest, size, algorithm = _CURVES[suite]
    return getattr(ec, curve)(), getattr(hashes, digest)(), size, algorithm


def public_key(suite: int, point: bytes) -> ec.EllipticCurvePublicKey:
    """Return the public key of a point X || Y. Raises SecurityError `dlms.security.key`."""
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = _suite(suite)[0]
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, b"\x04" + point)
    except ValueError:
        raise SecurityError("dlms.security.key", f"no public key of suite {suite}", layer=LAYER) from None


def private_key(suite: int, scalar: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the private key of a scalar. Raises SecurityError `dlms.security.key`."""
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        return ec.derive_private_key(int.from_bytes(scalar, "big"), _suite(suite)[0])
    except ValueError:
        raise SecurityError("dlms.security.key", f"no private key of suite {suite}", layer=LAYER) from None


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public point X || Y of a private key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def sign(suite: int, key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Return the signature r || s."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    _, digest, size, _ = _suite(suite)
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def verify_signature(suite: int, key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """Say whether a signature r || s is right."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    _, digest, size, _ = _suite(suite)
    if len(signature) != 2 * size:
        return False
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    return True


def agree(
    suite: int, own: ec.EllipticCurvePrivateKey, other: ec.EllipticCurvePublicKey, party_u: bytes, party_v: bytes
) -> bytes:
    """Return the agreed key: ECDH and the one-step derivation of NIST SP 800-56A.

    One-pass scheme (key parameters 1): `party_u` is the originator's system title, `party_v` the
    recipient's. Static scheme (2): `party_v` is the transaction id with its length and the recipient's title.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    _, digest, _, algorithm = _suite(suite)
    secret = own.exchange(ec.ECDH(), other)
    info = algorithm + party_u + party_v
    return hashlib.new(digest.name, b"\x00\x00\x00\x01" + secret + info).digest()[: KEY_SIZES[suite]]
