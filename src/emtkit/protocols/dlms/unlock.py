"""Which keys open a ciphered APDU, and what may be said of the text inside.

A tag that verifies proves text and keys. Without an authentication key the text of an authenticated and
encrypted APDU can be read, but `verified` stays None; only its looking like an APDU tells a right key from a
wrong one. Text whose tag is wrong is not given out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import Security
from emtkit.model.errors import EmtkitError, VerificationFailed
from emtkit.protocols.dlms import security, tags
from emtkit.protocols.dlms.apdu import read_apdu
from emtkit.protocols.dlms.apdu_cipher import COMPRESSED, Protected
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emtkit.model.decoded import Verdict
    from emtkit.model.key import Key

_P1_START: Final = b"/"
_P1_END: Final = b"!"


class Unlocked(NamedTuple):
    """The text (None: stays closed), the verdict, and a sentence for the check."""

    text: bytes | None
    security: Security
    detail: str


def looks_like_apdu(text: bytes) -> bool:
    """Say whether a decrypted text is an APDU from its first to its last byte, or a P1 telegram."""
    if text[:1] == _P1_START:
        return _P1_END in text[-16:] and text.isascii()
    if not text or text[0] not in tags.PLAIN:
        return False
    try:
        return read_apdu(View(text, "trial"))[1] == len(text)
    except EmtkitError:
        return False


def unlock(
    protected: Protected,
    title: bytes,
    keys: Sequence[Key],
    authentication_keys: Sequence[Key],
    headers: Iterable[bytes] = (b"",),
) -> Unlocked:
    """Try the keys. `headers` are the forms of additional data a general-ciphering APDU may have.

    The verdict is `decrypted`, `none` (was never encrypted), `key_missing`, `key_wrong`, `mac_invalid` or
    `unsupported`.
    """
    mode = protected.control
    if mode & COMPRESSED:
        return _closed(mode, "unsupported", "V.44 compression is not supported")
    if len(title) != security.TITLE_SIZE and (keys or protected.encrypted):
        return _closed(mode, "key_missing", "the sender's system title is not known")
    fitting = _fitting(keys, protected.suite)
    if not protected.encrypted and (not protected.authenticated or not fitting or not authentication_keys):
        return Unlocked(protected.content, Security(mode, "none"), "not encrypted; not verified: no key")
    if not fitting:
        detail = "no key" if not keys else f"no key has the length of suite {protected.suite}"
        return _closed(mode, "key_missing", detail)
    if protected.authenticated and authentication_keys:
        return _verified(protected, title, fitting, _fitting(authentication_keys, protected.suite), headers)
    for key in fitting:
        text, _ = security.open_protected(protected, title, key.value, None)
        if looks_like_apdu(text):
            why = "no authentication key" if protected.authenticated else "there is no tag"
            return Unlocked(text, Security(mode, "decrypted", key.label, None), f"decrypted; not verified: {why}")
    return _closed(mode, "key_wrong", "no key gives an APDU")


def _fitting(keys: Sequence[Key], suite: int) -> list[Key]:
    size = security.KEY_SIZES.get(suite)
    return [key for key in keys if len(key.value) == size or (size is None and len(key.value) in (16, 32))]


def _closed(mode: int, verdict: Verdict, detail: str) -> Unlocked:
    return Unlocked(None, Security(mode, verdict), detail)


def _verified(
    protected: Protected, title: bytes, keys: list[Key], authentication_keys: list[Key], headers: Iterable[bytes]
) -> Unlocked:
    mode = protected.control
    for header in headers:
        for key in keys:
            for other in authentication_keys:
                try:
                    text, _ = security.open_protected(protected, title, key.value, other.value, header)
                except VerificationFailed:
                    continue
                verdict: Verdict = "decrypted" if protected.encrypted else "none"
                detail = "authentication tag is right" + (", header included" if header else "")
                return Unlocked(text, Security(mode, verdict, key.label, verified=True), detail)
    if not protected.encrypted:
        wrong = Security(mode, "mac_invalid", None, verified=False)
        return Unlocked(protected.content, wrong, "authentication tag is wrong, or none of the keys is right")
    for key in keys:
        text, _ = security.open_protected(protected, title, key.value, None)
        if looks_like_apdu(text):
            wrong = Security(mode, "mac_invalid", key.label, verified=False)
            return Unlocked(None, wrong, "authentication tag is wrong: altered, or the authentication key is wrong")
    return _closed(mode, "key_wrong", "no pair of keys matches the authentication tag")
