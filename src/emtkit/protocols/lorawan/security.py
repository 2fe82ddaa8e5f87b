"""LoRaWAN cryptography: message integrity codes, key streams, join accepts, session keys.

All on AES-128: a MIC is the first four bytes of an AES-CMAC, a key stream and a session key are single AES blocks.
Sources: LoRaWAN L2 1.0.4, chapters 4 and 6; LoRaWAN 1.1, chapters 4 and 6.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any, Final, NamedTuple

BLOCK: Final = 16
MIC_SIZE: Final = 4
UP: Final = 0
DOWN: Final = 1
JOIN: Final = 0xFF  # JoinReqType of a join accept that answers a join request, not a rejoin request
_MAX_KEYS: Final = 4096


class SessionKeys(NamedTuple):
    """The keys of a session. In 1.0.x the three network keys are the one NwkSKey; `apps` may be unknown.

    fnwksint  MIC of uplinks (1.1: their second half)
    snwksint  MIC of downlinks and first half of the uplinks' MIC
    nwksenc   encrypts MAC commands
    apps      encrypts the application's payload
    """

    fnwksint: bytes
    snwksint: bytes
    nwksenc: bytes
    apps: bytes | None = None

    @classmethod
    def of_1_0(cls, nwks: bytes, apps: bytes | None = None) -> SessionKeys:
        """Return the keys of a 1.0.x session."""
        return cls(nwks, nwks, nwks, apps)

    @property
    def is_1_1(self) -> bool:
        """Say whether uplinks have the MIC of 1.1, made with two keys."""
        return self.fnwksint != self.snwksint


class Counted(NamedTuple):
    """What B0, B1 and the key stream blocks hold of a data frame: its direction, address and 32-bit counter."""

    direction: int
    dev_addr: int
    fcnt: int


class _Encryptors(threading.local):
    """Cipher contexts are not thread-safe: each thread has its own."""

    def __init__(self) -> None:
        self.by_key: dict[bytes, Any] = {}
        self.macs: dict[bytes, Any] = {}


_encryptors: Final = _Encryptors()


@cache
def _ciphers() -> tuple[Any, Any, Any, Any]:
    """Load the cipher classes on first use: their import costs more than a hundred frames."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.cmac import CMAC

    return Cipher, algorithms.AES, modes.ECB, CMAC


def ecb_encrypt(key: bytes, blocks: bytes) -> bytes:
    """AES-ECB encryption of whole blocks."""
    found = _encryptors.by_key.get(key)
    if found is None:
        cipher, aes, ecb, _ = _ciphers()
        if len(_encryptors.by_key) >= _MAX_KEYS:
            _encryptors.by_key.clear()
        found = _encryptors.by_key[key] = cipher(aes(key), ecb()).encryptor()
    result: bytes = found.update(blocks)
    return result


def ecb_decrypt(key: bytes, blocks: bytes) -> bytes:
    """AES-ECB decryption of whole blocks (what a join server does to a join accept)."""
    cipher, aes, ecb, _ = _ciphers()
    result: bytes = cipher(aes(key), ecb()).decryptor().update(blocks)
    return result


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC (RFC 4493), 16 bytes."""
    ready = _encryptors.macs.get(key)
    if ready is None:
        _, aes, _, mac = _ciphers()
        if len(_encryptors.macs) >= _MAX_KEYS:
            _encryptors.macs.clear()
        ready = _encryptors.macs[key] = mac(aes(key))
    fresh = ready.copy()
    fresh.update(message)
    result: bytes = fresh.finalize()
    return result


# ---- data frames ----


def _b_block(frame: Counted, conf_fcnt: int, tx: bytes, size: int) -> bytes:
    """Return B0 (tx = 00 00) or B1 (tx = data rate, channel)."""
    return b"\x49" + conf_fcnt.to_bytes(2, "little") + tx + _place(frame) + b"\x00" + (size & 0xFF).to_bytes(1, "big")


def _place(frame: Counted) -> bytes:
    return (
        bytes((frame.direction,))
        + frame.dev_addr.to_bytes(4, "little")
        + (frame.fcnt & 0xFFFFFFFF).to_bytes(4, "little")
    )


def data_mic(key: bytes, frame: Counted, message: bytes, conf_fcnt: int = 0) -> bytes:
    """Return the MIC of a data frame of 1.0.x, or of a downlink of 1.1.

    `message` is all from the MHDR to the encrypted FRMPayload; `conf_fcnt` is the counter of the uplink that a
    1.1 downlink acknowledges, else 0. Source: LoRaWAN 1.1, 4.4.
    """
    return cmac(key, _b_block(frame, conf_fcnt, b"\x00\x00", len(message)) + message)[:MIC_SIZE]


def uplink_half_s(key: bytes, frame: Counted, message: bytes, conf_fcnt: int, tx_dr: int, tx_ch: int) -> bytes:
    """Return the first two bytes of a 1.1 uplink's MIC, made with SNwkSIntKey (LoRaWAN 1.1, 4.4.2)."""
    return cmac(key, _b_block(frame, conf_fcnt, bytes((tx_dr, tx_ch)), len(message)) + message)[:2]


def uplink_mic_1_1(
    keys: SessionKeys, frame: Counted, message: bytes, conf_fcnt: int = 0, tx_dr: int = 0, tx_ch: int = 0
) -> bytes:
    """Return the MIC of a 1.1 uplink: half from SNwkSIntKey, half from FNwkSIntKey."""
    half_s = uplink_half_s(keys.snwksint, frame, message, conf_fcnt, tx_dr, tx_ch)
    return half_s + data_mic(keys.fnwksint, frame, message)[:2]


def crypt_payload(key: bytes, frame: Counted, payload: bytes) -> bytes:
    """Encrypt or decrypt a FRMPayload (the same operation). Source: LoRaWAN 1.0.4, 4.3.3."""
    count = (len(payload) + BLOCK - 1) // BLOCK
    head = b"\x01\x00\x00\x00\x00" + _place(frame) + b"\x00"
    return _xor(payload, ecb_encrypt(key, b"".join(head + (n & 0xFF).to_bytes(1, "big") for n in range(1, count + 1))))


def crypt_fopts(key: bytes, frame: Counted, fopts: bytes, *, application_counter: bool) -> bytes:
    """Encrypt or decrypt the FOpts of a 1.1 frame with NwkSEncKey.

    `application_counter`: the frame counts with AFCntDown (a downlink with FPort above 0).
    Source: LoRaWAN 1.1, 4.3.1.6 with the errata of 2018.
    """
    which = b"\x02" if application_counter else b"\x01"
    return _xor(fopts, ecb_encrypt(key, b"\x01\x00\x00\x00" + which + _place(frame) + b"\x00\x01"))


def _xor(data: bytes, stream: bytes) -> bytes:
    size = len(data)
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream[:size], "big")).to_bytes(size, "big")


# ---- joining ----


def join_mic(key: bytes, message: bytes) -> bytes:
    """Return the MIC of a join request, rejoin request or 1.0.x join accept over all before the MIC."""
    return cmac(key, message)[:MIC_SIZE]


def accept_mic_1_1(jsint: bytes, request_type: int, join_eui: int, dev_nonce: int, message: bytes) -> bytes:
    """Return the MIC of a join accept with OptNeg set.

    `request_type` is FF for a join request, else the rejoin type; `dev_nonce` is the DevNonce or RJcount.
    Source: LoRaWAN 1.1, 6.2.3.
    """
    asked = bytes((request_type,)) + join_eui.to_bytes(8, "little") + dev_nonce.to_bytes(2, "little")
    return cmac(jsint, asked + message)[:MIC_SIZE]


def derive_session_1_0(app_key: bytes, join_nonce: int, net_id: int, dev_nonce: int) -> SessionKeys:
    """Return NwkSKey and AppSKey of a 1.0.x join (LoRaWAN 1.0.4, 6.2.5)."""
    rest = join_nonce.to_bytes(3, "little") + net_id.to_bytes(3, "little") + dev_nonce.to_bytes(2, "little")
    return SessionKeys.of_1_0(_derive(app_key, 1, rest), _derive(app_key, 2, rest))


def derive_session_1_1(
    nwk_key: bytes, app_key: bytes | None, join_nonce: int, join_eui: int, dev_nonce: int
) -> SessionKeys:
    """Return the session keys of a 1.1 join (LoRaWAN 1.1, 6.2.4)."""
    rest = join_nonce.to_bytes(3, "little") + join_eui.to_bytes(8, "little") + dev_nonce.to_bytes(2, "little")
    apps = None if app_key is None else _derive(app_key, 2, rest)
    return SessionKeys(_derive(nwk_key, 1, rest), _derive(nwk_key, 3, rest), _derive(nwk_key, 4, rest), apps)


def derive_js_int_key(nwk_key: bytes, dev_eui: int) -> bytes:
    """Return JSIntKey, the key of the MIC of 1.1 join accepts and of rejoin requests of type 1."""
    return _derive(nwk_key, 6, dev_eui.to_bytes(8, "little"))


def derive_js_enc_key(nwk_key: bytes, dev_eui: int) -> bytes:
    """Return JSEncKey, which encrypts a join accept that answers a rejoin request."""
    return _derive(nwk_key, 5, dev_eui.to_bytes(8, "little"))


def _derive(key: bytes, purpose: int, rest: bytes) -> bytes:
    return ecb_encrypt(key, (bytes((purpose,)) + rest).ljust(BLOCK, b"\x00"))
