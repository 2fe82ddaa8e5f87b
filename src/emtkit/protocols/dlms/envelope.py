"""Keys and signatures of general-ciphering and general-signing.

Public-key material comes with the hints of the decode call, as bytes or hex digits: `agreement_key` (own
private scalar), `agreement_public_key` and `signature_public_key` (point X || Y of the other side).

What general-ciphering authenticates besides the text is read in two ways: with the header fields, and
without. Both are tried; the check says which one fitted. No public example settles it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.decoded import Check
from emtkit.model.errors import SecurityError, VerificationFailed
from emtkit.model.key import Key
from emtkit.protocols.dlms import axdr_length, security

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.protocols.context import Context
    from emtkit.protocols.dlms.apdu_cipher import GeneralCiphering, GeneralSigning, WrappedKey
    from emtkit.wire.view import View

ONE_PASS: Final = 1
STATIC: Final = 2
# Octets of a signature -> suite.
_SIGNATURES: Final[dict[int, int]] = {64: 1, 96: 2}


def header(apdu: GeneralCiphering | GeneralSigning) -> bytes:
    """Return the five header fields, each with its length."""
    out = bytearray()
    for field in apdu[:5]:
        assert isinstance(field, bytes)  # noqa: S101 - the first five fields are octet strings
        axdr_length.write_octets(out, field)
    return bytes(out)


def header_forms(apdu: GeneralCiphering) -> tuple[bytes, ...]:
    """Return the forms of additional data to try."""
    return (header(apdu), b"")


def unwrapped_keys(wrapped: WrappedKey, keys: Iterable[Key]) -> list[Key]:
    """Return what the wrapped key opens to with each candidate that fits."""
    found = []
    for key in keys:
        try:
            found.append(Key(security.unwrap_key(key.value, wrapped.wrapped), f"wrapped with {key.label}"))
        except (SecurityError, ValueError):
            continue
    return found


def agreed_keys(apdu: GeneralCiphering, ctx: Context) -> list[Key]:
    """Return the agreed key if the hints have what it takes."""
    suite = apdu.protected.suite
    own, other = _hint(ctx, "agreement_key"), _hint(ctx, "agreement_public_key")
    agreed = apdu.key
    assert agreed is not None  # noqa: S101 - the caller saw an agreed key
    scheme, material = agreed  # type: ignore[misc]  # AgreedKey
    size = 2 * {1: 32, 2: 48}.get(suite, 0)
    try:
        if own is None or not size:
            return []
        if scheme == bytes((ONE_PASS,)) and len(material) >= size:
            point, parties = material[:size], (apdu.originator, apdu.recipient)
        elif scheme == bytes((STATIC,)) and other is not None:
            identified = bytearray()
            axdr_length.write_octets(identified, apdu.transaction_id)
            point, parties = other, (apdu.originator, bytes(identified) + apdu.recipient)
        else:
            return []
        private, public = security.private_key(suite, own), security.public_key(suite, point)
        return [Key(security.agree(suite, private, public, *parties), "agreed key")]
    except SecurityError:
        return []


def signed_message(apdu: GeneralSigning) -> bytes:
    """Return what the signature covers: header fields with their lengths, and the content."""
    return header(apdu) + apdu.content.content


def verify_signed(apdu: GeneralSigning, view: View, ctx: Context) -> Check:
    """Check the signature with the key of the hints."""
    low, high = apdu.content.place
    place = view.span(low, high)
    public = _hint(ctx, "signature_public_key")
    suite = _SIGNATURES.get(len(apdu.signature))
    if public is None or suite is None:
        return Check("signature", None, "no public key for it", *place)
    try:
        right = security.verify_signature(
            suite, security.public_key(suite, public), signed_message(apdu), apdu.signature
        )
    except (SecurityError, VerificationFailed) as error:
        return Check("signature", None, error.message, *place)
    if not right:
        ctx.error(
            "dlms.security.signature", "the signature is wrong", layer="dlms.security", view=view, start=low, end=high
        )
    return Check("signature", right, "right" if right else "wrong", *place)


def _hint(ctx: Context, name: str) -> bytes | None:
    value = ctx.hints.get(name)
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, str):
        try:
            return bytes.fromhex(value)
        except ValueError:
            return None
    return None
