"""Encrypted P1 telegrams: a DLMS general-glo-ciphering header around a plain text telegram, AES-GCM.

Sources: Smarty P1 1.1.3, 3.2.5 (Luxembourg); IEC 62056-5-3:2023, 5.7.2 and 5.7.7 (security header, AAD, 12-octet tag).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import Check, Security
from emtkit.model.errors import EncodeError, UnsupportedError
from emtkit.model.key import Key
from emtkit.model.meter_id import MeterId
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

LAYER: Final = "iec62056_21.security"
GENERAL_GLO_CIPHERING: Final = 0xDB
TITLE_SIZE: Final = 8
TAG_SIZE: Final = 12
MAX_CIPHERED: Final = 0xFFFF

AUTHENTICATED: Final = 0x10
ENCRYPTED: Final = 0x20
COMPRESSED: Final = 0x80

# the authentication key that every Luxembourg meter has, so that the tag says no more than a checksum would
LUXEMBOURG_AK: Final = Key(bytes.fromhex("00112233445566778899AABBCCDDEEFF"), "Luxembourg P1 (public)")


class Ciphering(NamedTuple):
    """The security header: who sent it, what is protected, and the counter that makes the IV unique."""

    system_title: bytes
    security_control: int
    invocation_counter: int


@dataclass(slots=True)
class Opened:
    """What became of an encrypted telegram. `plain` is None where it stays closed."""

    header: Ciphering
    meter: MeterId
    security: Security
    check: Check | None
    plain: View | None
    end: int


class _Frame(NamedTuple):
    header: Ciphering
    start: int
    body: bytes
    tag: bytes


def open_telegram(view: View, start: int, ctx: Context) -> Opened:
    """Decrypt the telegram at `start`. Raises Truncated and UnsupportedError; a missing key is a verdict, no error."""
    cur = Cursor(view, LAYER, start=start, trace=ctx.trace)
    frame = _read_frame(cur)
    header = frame.header
    meter = _meter_of(header.system_title)
    body_end = frame.start + len(frame.body)
    opened = Opened(header, meter, Security(header.security_control), None, None, cur.pos)
    plain = _try_keys(frame, meter, opened, ctx)
    if frame.tag:
        low, high = view.span(body_end, body_end + TAG_SIZE)
        verified = opened.security.verified
        detail = "authentication tag" if verified is not None else "authentication tag, no key for it"
        opened.check = Check("gcm_tag", verified, detail, low, high)
    _report(opened, view, frame, ctx)
    if plain is not None:
        opened.plain = view.slice(frame.start, body_end).replace(plain, "decrypted")
    return opened


def _read_frame(cur: Cursor) -> _Frame:
    cur.u8("tag")
    cur.note("general-glo-ciphering")
    title = cur.take(cur.u8("system_title_length"), "system_title")
    if cur.tracing:
        cur.note(f"system title {title.hex().upper()}")
    size = _read_length(cur)
    if size > MAX_CIPHERED:
        place = cur.place(cur.pos)
        raise UnsupportedError(
            "iec62056_21.security.length", f"{size} bytes are no P1 telegram", layer=LAYER, start=place[0], end=place[1]
        )
    end = cur.pos + size
    control = cur.u8("security_control")
    counter = cur.u32be("invocation_counter")
    cur.note(f"invocation counter {counter}")
    tag_size = TAG_SIZE if control & AUTHENTICATED else 0
    start = cur.pos
    body = cur.take(max(0, end - tag_size - start), "ciphertext")
    tag = cur.take(tag_size, "authentication_tag") if tag_size else b""
    return _Frame(Ciphering(title, control, counter), start, body, tag)


def _read_length(cur: Cursor) -> int:
    first = cur.u8("length")
    if first < 0x80:
        return first
    return int.from_bytes(cur.take(first & 0x7F, "length"), "big") if first > 0x80 else 0


def _meter_of(title: bytes) -> MeterId:
    letters = title[:3].decode("latin-1").upper()
    known = len(letters) == 3 and letters.isascii() and letters.isalpha()
    return MeterId(letters if known else None, title.hex().upper())


def _try_keys(frame: _Frame, meter: MeterId, opened: Opened, ctx: Context) -> bytes | None:
    """Find the keys that fit, set the verdict and return the plain text."""
    control, title = frame.header.security_control, frame.header.system_title
    unusual = control & COMPRESSED or not control & (AUTHENTICATED | ENCRYPTED) or len(title) != TITLE_SIZE
    if unusual:
        opened.security = Security(control, "unsupported")
        return None
    if _is_text(frame.body):
        opened.security = Security(control, "already_decrypted" if control & ENCRYPTED else "none")
        if control & ENCRYPTED:
            return frame.body
    keys = [key for key in ctx.keys.candidates(meter, "encryption") if len(key.value) >= 16]
    given = [key for key in ctx.keys.candidates(meter, "authentication") if len(key.value) >= 16]
    for key in keys:
        plain = _decrypt(frame, key) if control & ENCRYPTED else frame.body
        verified: bool | None = None
        if frame.tag and any(_tag_is_right(frame, key, second, plain) for second in (*given, LUXEMBOURG_AK)):
            verified = True
        elif not _is_text(plain):
            continue
        elif frame.tag and given:
            # the encryption key is right, the authentication key given refutes the sender
            opened.security = Security(control, "mac_invalid", key.label, verified=False)
            return None
        if not _is_text(plain):
            raise UnsupportedError(
                "iec62056_21.security.not_text",
                "it decrypts, but to no text telegram: it is a DLMS message",
                layer=LAYER,
            )
        opened.security = Security(control, "decrypted" if control & ENCRYPTED else "none", key.label, verified)
        return plain
    if control & ENCRYPTED:
        opened.security = Security(control, "key_wrong" if keys else "key_missing")
        return None
    return frame.body


def _report(opened: Opened, view: View, frame: _Frame, ctx: Context) -> None:
    place = {"layer": LAYER, "view": view, "start": frame.start, "end": frame.start + len(frame.body)}
    match opened.security:
        case Security(verdict="key_missing"):
            ctx.error(
                "iec62056_21.security.key_missing",
                f"encrypted, and there is no key for {opened.meter.id}",
                field="ciphertext",
                **place,
            )
        case Security(verdict="key_wrong"):
            ctx.error("iec62056_21.security.key_wrong", "no key opens this telegram", field="ciphertext", **place)
        case Security(verdict="mac_invalid"):
            ctx.error(
                "iec62056_21.security.mac_invalid",
                "the authentication tag does not fit the authentication key given",
                field="authentication_tag",
                **place,
            )
        case Security(verdict="unsupported"):
            ctx.error(
                "iec62056_21.security.unsupported",
                f"security control {frame.header.security_control:02X} is not what P1 meters use",
                field="security_control",
                **place,
            )
        case Security(verdict="decrypted", verified=None):
            ctx.info(
                "iec62056_21.security.unverified",
                "decrypted, but without the authentication key it is not known who sent it",
                field="authentication_tag",
                **place,
            )
        case _:
            pass


def _is_text(plain: bytes) -> bool:
    head = plain[:64].lstrip(b"\r\n\0")
    return head[:1] == b"/" and all(byte in (0x0A, 0x0D, 0x02) or 0x20 <= byte < 0x7F for byte in head)


def _decrypt(frame: _Frame, key: Key) -> bytes:
    """Decrypt without looking at the tag: GCM is counter mode from 2 on."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    counter = modes.CTR(_iv(frame.header) + b"\x00\x00\x00\x02")
    decryptor = Cipher(algorithms.AES(key.value), counter).decryptor()
    return decryptor.update(frame.body) + decryptor.finalize()


def _tag_is_right(frame: _Frame, key: Key, authentication_key: Key, plain: bytes) -> bool:
    import hmac

    return hmac.compare_digest(_tag(frame.header, key, authentication_key, plain), frame.tag)


def _tag(header: Ciphering, key: Key, authentication_key: Key, plain: bytes) -> bytes:
    return _seal(header, key, authentication_key, plain)[1]


def _seal(header: Ciphering, key: Key, authentication_key: Key, plain: bytes) -> tuple[bytes, bytes]:
    """Return what stands in the telegram for this plain text, and its tag."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encryptor = Cipher(algorithms.AES(key.value), modes.GCM(_iv(header))).encryptor()
    aad = bytes((header.security_control,)) + authentication_key.value
    if header.security_control & ENCRYPTED:
        encryptor.authenticate_additional_data(aad)
        body = encryptor.update(plain) + encryptor.finalize()
    else:
        encryptor.authenticate_additional_data(aad + plain)
        encryptor.finalize()
        body = plain
    return body, encryptor.tag[:TAG_SIZE]


def _iv(header: Ciphering) -> bytes:
    return header.system_title + header.invocation_counter.to_bytes(4, "big")


def seal_telegram(
    plain: bytes, header: Ciphering, key: Key, authentication_key: Key = LUXEMBOURG_AK
) -> bytes:  # fmt: skip
    """Encrypt a text telegram as a P1 meter does (security control 0x30: encrypted and authenticated)."""
    control = header.security_control
    if len(header.system_title) != TITLE_SIZE or control & COMPRESSED or not control & (AUTHENTICATED | ENCRYPTED):
        raise EncodeError(
            "iec62056_21.security.unsupported",
            "a system title of eight bytes and security control 10, 20 or 30 are needed",
            layer=LAYER,
        )
    if control & ENCRYPTED and not control & AUTHENTICATED:
        frame = _Frame(header, 0, plain, b"")
        body, tag = _decrypt(frame, key), b""  # counter mode is its own inverse
    else:
        body, tag = _seal(header, key, authentication_key, plain)
    content = bytes((control,)) + header.invocation_counter.to_bytes(4, "big") + body + tag
    return bytes((GENERAL_GLO_CIPHERING, TITLE_SIZE)) + header.system_title + _length(len(content)) + content


def _length(size: int) -> bytes:
    if size > MAX_CIPHERED:
        raise EncodeError("iec62056_21.security.length", f"{size} bytes are no P1 telegram", layer=LAYER)
    if size < 0x80:
        return bytes((size,))
    return bytes((0x81, size)) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")


def ciphered_frames(data: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the places of encrypted telegrams that follow each other from `start`."""
    while (end := ciphered_end(data, start)) is not None:
        yield start, end
        start = end


def ciphered_end(data: bytes | bytearray, start: int) -> int | None:
    """Return where the encrypted telegram at `start` ends (which may be past the data), None if there is none.

    A system title starts with the three letters of the manufacturer.
    """
    if len(data) < start + 11 or data[start] != GENERAL_GLO_CIPHERING or data[start + 1] != TITLE_SIZE:
        return None
    letters = bytes(data[start + 2 : start + 5])
    if not (letters.isalpha() and letters.isascii()):
        return None
    at = start + 2 + TITLE_SIZE
    first = data[at]
    more = first & 0x7F if first >= 0x80 else 0
    if more > 2 or len(data) < at + 1 + more:
        return None
    size = int.from_bytes(data[at + 1 : at + 1 + more], "big") if more else first
    return at + 1 + more + size if size > 5 else None
