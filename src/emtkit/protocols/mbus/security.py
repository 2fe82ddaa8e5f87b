"""AES on cryptography's C code, with the ciphers of a key kept ready.

Making a cipher object costs more than decrypting a telegram with it. One ECB context per key and thread
serves CBC and CTR: the exclusive or is a single big-integer operation.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emtkit.model.key import Key

BLOCK: Final = 16
_MAX_CIPHERS: Final = 4096


class _Contexts(threading.local):
    """Cipher contexts are not thread-safe: each thread has its own."""

    def __init__(self) -> None:
        self.decryptors: dict[bytes, Any] = {}
        self.encryptors: dict[bytes, Any] = {}
        self.macs: dict[bytes, Any] = {}


_contexts = _Contexts()


def _ecb(key: bytes, cache: dict[bytes, Any], direction: str) -> Any:  # noqa: ANN401 - cryptography's context types are private
    found = cache.get(key)
    if found is None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        if len(cache) >= _MAX_CIPHERS:
            cache.clear()
        found = cache[key] = getattr(Cipher(algorithms.AES(key), modes.ECB()), direction)()  # noqa: S305 - CBC and CTR are built on it
    return found


def cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC without padding; `data` is a multiple of 16 bytes."""
    plain = _ecb(key, _contexts.decryptors, "decryptor").update(data)
    previous = int.from_bytes(iv + data[:-BLOCK], "big")
    return (int.from_bytes(plain, "big") ^ previous).to_bytes(len(data), "big")


def cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC without padding."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def ctr_crypt(key: bytes, counter: bytes, data: bytes) -> bytes:
    """AES-CTR, big-endian counter over the whole initial block; the same call encrypts and decrypts."""
    size = len(data)
    if not size:
        return b""
    first = int.from_bytes(counter, "big")
    blocks = b"".join((first + n & (1 << 128) - 1).to_bytes(BLOCK, "big") for n in range((size + BLOCK - 1) // BLOCK))
    stream = _ecb(key, _contexts.encryptors, "encryptor").update(blocks)[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC (RFC 4493), 16 bytes."""
    ready = _contexts.macs.get(key)
    if ready is None:
        from cryptography.hazmat.primitives.ciphers import algorithms
        from cryptography.hazmat.primitives.cmac import CMAC

        if len(_contexts.macs) >= _MAX_CIPHERS:
            _contexts.macs.clear()
        ready = _contexts.macs[key] = CMAC(algorithms.AES(key))
    mac = ready.copy()
    mac.update(message)
    result: bytes = mac.finalize()
    return result


def derive_kdf_a(key: Key, purpose: int, counter: int, ident: bytes) -> bytes:
    """KDF-A: AES-CMAC(key, purpose || counter (LE) || meter ID (as on the wire) || 07 x 7).

    purpose: 00 encryption from the meter, 01 authentication from the meter, 10 and 11 the same to the meter.
    Source: EN 13757-7:2018, 9.5; OMS Vol. 2, 9.
    """
    return cmac(key.value, bytes((purpose,)) + counter.to_bytes(4, "little") + ident + b"\x07" * 7)
