"""Opening an encrypted transport layer: which key, which mode, and an exact verdict.

Modes 5 and 7 are decrypted. A key is right when the MAC (AFL) verifies or the plain text begins with the
check bytes 2F 2F; a plain text without them is accepted only if it divides into sound records, and says so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import Check, Security
from emtkit.model.errors import KeyMissing, UnsupportedError, VerificationFailed
from emtkit.model.meter_id import MeterId, meter_from_address
from emtkit.protocols.mbus.afl import AUTHENTICATION, Afl
from emtkit.protocols.mbus.security import BLOCK, cbc_decrypt, cmac, derive_kdf_a
from emtkit.protocols.mbus.tpl import LAYER, MODE_NAMES, Tpl

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.key import Key
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

CHECK_BYTES: Final = b"\x2f\x2f"
_ZERO_IV: Final = bytes(BLOCK)
# CI fields that go to the meter: other derived keys
_TO_METER: Final = frozenset(
    {0x53, 0x55, 0x5A, 0x5B, 0x5F, 0x60, 0x61, 0x64, 0x65, 0x6C, 0x6D, 0x80, 0x82, 0x84, 0x85, 0xC0, 0xC3}
)
_KDF_A: Final = 1
_CMAC_TYPES: Final = frozenset({3, 4, 5, 6, 7})


class Payload(NamedTuple):
    """What stands behind the transport header.

    view       where to read it: the given view, or one with the plain text in place of the cipher text
    security   the verdict
    checks     the checks that were made
    readable   whether the payload can be read
    """

    view: View
    security: Security
    checks: tuple[Check, ...]
    readable: bool


class _Site(NamedTuple):
    """The place and everything that goes into keys and vectors."""

    view: View
    start: int
    size: int
    tpl: Tpl
    afl: Afl | None
    address: bytes
    meter: MeterId
    message: int


def open_payload(
    view: View,
    start: int,
    message: int,
    tpl: Tpl,
    afl: Afl | None,
    address: bytes | None,
    ctx: Context,
    sound: Callable[[View, int], bool],
) -> Payload:
    """Decrypt and verify what stands behind a transport header.

    view, start   the payload begins at view offset `start`; the message (for the MAC) at `message`
    address       the eight link address bytes M ID VER TYPE, None for wired frames
    sound         tells whether view bytes from an offset on are records beyond doubt
    """
    own = tpl.address or address
    if own is None or (not tpl.mode and (afl is None or not afl.mac)):
        if tpl.mode:
            return _unsupported(view, tpl, ctx, start, "there is no meter address to make the initialisation vector of")
        return Payload(view, Security(tpl.mode if tpl.configuration is not None else None), (), readable=True)
    size = min(tpl.encrypted, len(view) - start)
    if tpl.mode == 5 and afl is None and tpl.encrypted == size:
        payload = _mode5_at_once(view, start, size, tpl, own, ctx)
        if payload is not None:
            return payload
    site = _Site(view, start, size, tpl, afl, own, meter_from_address(own), message)
    if tpl.mode in {5, 7} and tpl.encrypted > size:
        whole = size // BLOCK * BLOCK
        ctx.warn(
            "oms.blocks_missing",
            f"the configuration word announces {tpl.encrypted} encrypted bytes, {size} are there",
            layer=LAYER, field="configuration", view=view, start=start, end=len(view),
        )  # fmt: skip
        site = site._replace(size=whole)
    if tpl.mode == 0:
        return _authenticated_only(site, ctx)
    if view.data[start : start + 2] == CHECK_BYTES:
        announced = tpl.encrypted or tpl.mode not in {5, 7}
        return Payload(view, Security(tpl.mode, "already_decrypted" if announced else "none"), (), readable=True)
    if tpl.mode in {5, 7} and not site.size:
        return Payload(view, Security(tpl.mode), (), readable=True)
    if tpl.mode == 5:
        return _mode5(site, ctx, sound)
    if tpl.mode == 7:
        return _mode7(site, ctx, sound)
    name = MODE_NAMES.get(tpl.mode, "reserved")
    return _unsupported(view, tpl, ctx, start, f"security mode {tpl.mode} ({name}) cannot be decrypted")


def _mode5_at_once(view: View, start: int, size: int, tpl: Tpl, address: bytes, ctx: Context) -> Payload | None:
    """Open a mode 5 payload whose first key fits, as nearly all do; None for anything else."""
    keys = ctx.keys.candidates(meter_from_address(address))
    if not keys or not size or len(keys[0].value) != BLOCK or view.data[start : start + 2] == CHECK_BYTES:
        return None
    data, end = view.data, start + size
    plain = cbc_decrypt(keys[0].value, address + bytes((tpl.access_no or 0,)) * 8, data[start:end])
    if plain[:2] != CHECK_BYTES:
        return None
    opened = view.replace(data[:start] + plain + data[end:], "decrypted")
    check = _check_bytes(*view.span(start, start + 2))
    return Payload(opened, _decrypted(5, keys[0].label), (check,), readable=True)


def _unsupported(view: View, tpl: Tpl, ctx: Context, start: int, why: str) -> Payload:
    ctx.error(
        "oms.mode.unsupported", why,
        layer=LAYER, field="payload", view=view, start=start, end=len(view), error=UnsupportedError,
    )  # fmt: skip
    if ctx.trace is not None:
        ctx.trace.add(view, start, len(view), LAYER, "payload", f"encrypted: {why}")
    return Payload(view, Security(tpl.mode, "unsupported"), (), readable=False)


def _candidates(site: _Site, ctx: Context) -> tuple[Key, ...]:
    keys = ctx.keys.candidates(site.meter)
    if len(keys) == 1 and len(keys[0].value) == BLOCK:  # the common case, as it is
        return keys
    return tuple(key for key in keys if len(key.value) == BLOCK)


def _closed(site: _Site, ctx: Context, verdict: str, code: str, why: str, checks: tuple[Check, ...] = ()) -> Payload:
    end = site.start + site.size
    error = KeyMissing if verdict == "key_missing" else VerificationFailed
    ctx.error(code, why, layer=LAYER, field="payload", view=site.view, start=site.start, end=end, error=error)
    if ctx.trace is not None:
        ctx.trace.add(site.view, site.start, end, LAYER, "payload", f"encrypted: {why}")
        if end < len(site.view):
            ctx.trace.add(site.view, end, len(site.view), LAYER, "payload", "clear text behind the encrypted blocks")
    security = Security(site.tpl.mode, "key_missing" if verdict == "key_missing" else "key_wrong")
    return Payload(site.view, security, checks, readable=False)


def _no_key(site: _Site, ctx: Context) -> Payload:
    name = f"{site.meter.manufacturer} {site.meter.id}"
    return _closed(
        site, ctx, "key_missing", "oms.key.missing", f"security mode {site.tpl.mode}, and there is no key for {name}"
    )


def _plain(site: _Site, plain: bytes) -> View:
    data = site.view.data
    whole = data[: site.start] + plain + data[site.start + site.size :]
    return site.view.replace(whole, "decrypted")


@lru_cache(maxsize=1024)
def _check_bytes(start: int, end: int) -> Check:
    return Check("check bytes 2F 2F", True, "the plain text begins with 2F 2F", start, end)


@lru_cache(maxsize=4096)
def _decrypted(mode: int, label: str) -> Security:
    return Security(mode, "decrypted", label)


def _by_check_bytes(
    site: _Site, ctx: Context, sound: Callable[[View, int], bool], tries: list[tuple[Key, bytes, bytes]]
) -> Payload:
    """Take the first key whose plain text begins with 2F 2F; failing that, one whose plain text is plain records."""
    cipher = site.view.data[site.start : site.start + site.size]
    plains = []
    for key, aes, vector in tries:
        plain = cbc_decrypt(aes, vector, cipher)
        if plain[:2] == CHECK_BYTES:
            check = _check_bytes(*site.view.span(site.start, site.start + 2))
            return Payload(_plain(site, plain), _decrypted(site.tpl.mode, key.label), (check,), readable=True)
        plains.append((key, plain))
    seen = []
    for key, plain in plains:
        begins = plain[:2].hex().upper()
        seen.append(f"{key.label}: {begins}")
        if plain.endswith(CHECK_BYTES) and sound(_plain(site, plain), site.start + 2):
            ctx.warn(
                "oms.check_bytes",
                f"the plain text begins with {begins} instead of 2F2F, but what follows are sound records and fillers",
                layer=LAYER, field="check_bytes", view=site.view, start=site.start, end=site.start + 2,
            )  # fmt: skip
            place = site.view.span(site.start, site.start + 2)
            check = Check("check bytes 2F 2F", False, f"the plain text begins with {begins}", *place)
            view = _plain(site, CHECK_BYTES + plain[2:])
            return Payload(view, Security(site.tpl.mode, "decrypted", key.label), (check,), readable=True)
    check = Check("check bytes 2F 2F", False, "; ".join(seen), *site.view.span(site.start, site.start + 2))
    tried = f"{len(tries)} key{'s' if len(tries) != 1 else ''} tried"
    return _closed(
        site, ctx, "key_wrong", "oms.key.wrong",
        f"no check bytes 2F2F: {tried}, the plain text would begin with {'; '.join(seen)}", (check,),
    )  # fmt: skip


def _mode5(site: _Site, ctx: Context, sound: Callable[[View, int], bool]) -> Payload:
    keys = _candidates(site, ctx)
    if not keys:
        return _no_key(site, ctx)
    vector = site.address + bytes((site.tpl.access_no or 0,)) * 8
    payload = _by_check_bytes(site, ctx, sound, [(key, key.value, vector) for key in keys])
    if site.afl is None or not site.afl.mac:
        return payload
    used = [key for key in keys if key.label == payload.security.key]
    verified, check, _ = _verify(site, used or list(keys))
    return payload._replace(checks=(*payload.checks, *check), security=payload.security._replace(verified=verified))


def _counter(site: _Site) -> int | None:
    if site.tpl.counter is not None:
        return site.tpl.counter
    return site.afl.counter if site.afl is not None else None


def _verify(site: _Site, keys: list[Key]) -> tuple[bool | None, tuple[Check, ...], Key | None]:
    """Check the MAC of the AFL with each key; return the verdict, the check line and the key that fits."""
    afl, counter = site.afl, _counter(site)
    if afl is None or not afl.mac:
        return None, (), None
    place = site.view.span(*afl.mac_at) if afl.mac_at[1] else (None, None)
    name = AUTHENTICATION.get(afl.authentication, ("reserved", 0))[0]
    if afl.authentication not in _CMAC_TYPES or counter is None:
        why = "there is no message counter" if counter is None else f"{name} cannot be checked"
        return None, (Check("AFL MAC", None, why, *place),), None
    message = afl.covered + site.view.data[site.message :]
    purpose = 0x11 if site.tpl.ci in _TO_METER else 0x01
    for key in keys:
        mac_key = derive_kdf_a(key, purpose, counter, site.address[2:6])
        if cmac(mac_key, message)[: len(afl.mac)] == afl.mac:
            return True, (Check("AFL MAC", True, f"{name}, key {key.label}", *place),), key
    return False, (Check("AFL MAC", False, f"{name}: no key gives this MAC", *place),), None


def _mode7(site: _Site, ctx: Context, sound: Callable[[View, int], bool]) -> Payload:
    keys = _candidates(site, ctx)
    if not keys:
        return _no_key(site, ctx)
    counter = _counter(site)
    if site.tpl.kdf == _KDF_A and counter is None:
        return _unsupported(site.view, site.tpl, ctx, site.start, "mode 7 without a message counter in TPL or AFL")
    if site.tpl.kdf not in {0, _KDF_A}:
        return _unsupported(site.view, site.tpl, ctx, site.start, f"key derivation {site.tpl.kdf} is reserved")
    verified, checks, fits = _verify(site, list(keys))
    purpose = 0x10 if site.tpl.ci in _TO_METER else 0x00
    tries = [
        (
            key,
            derive_kdf_a(key, purpose, counter or 0, site.address[2:6]) if site.tpl.kdf == _KDF_A else key.value,
            _ZERO_IV,
        )
        for key in ((fits,) if fits is not None else keys)
    ]
    payload = _by_check_bytes(site, ctx, sound, tries)
    security = payload.security._replace(verified=verified)
    if verified is False and payload.readable:
        ctx.warn(
            "oms.mac.invalid",
            "the key decrypts the telegram, but the MAC does not verify: changed on the way, or a CRC left at its end",
            layer="mbus.afl", field="mac", view=site.view, start=site.message, end=len(site.view),
            error=VerificationFailed,
        )  # fmt: skip
        security = security._replace(verdict="mac_invalid")
    return payload._replace(checks=(*checks, *payload.checks), security=security)


def _authenticated_only(site: _Site, ctx: Context) -> Payload:
    """Mode 0 with a MAC in the AFL: readable anyway, verified where there is a key."""
    keys = _candidates(site, ctx)
    verified, checks, _ = _verify(site, list(keys)) if keys else (None, (), None)
    if verified is False:
        ctx.warn(
            "oms.mac.invalid", "the MAC does not verify with any key of the meter",
            layer="mbus.afl", field="mac", view=site.view, start=site.message, end=len(site.view),
            error=VerificationFailed,
        )  # fmt: skip
    security = Security(site.tpl.mode, "mac_invalid" if verified is False else "none", None, verified)
    return Payload(site.view, security, checks, readable=True)
