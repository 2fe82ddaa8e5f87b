"""Opening frames with what the key ring and earlier frames give: MIC checks, counters, decryption."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.lorawan.phy import JoinAccept, JoinRequest, read_join_accept
from emtkit.protocols.lorawan.security import (
    DOWN,
    JOIN,
    MIC_SIZE,
    Counted,
    SessionKeys,
    accept_mic_1_1,
    data_mic,
    derive_js_enc_key,
    derive_js_int_key,
    derive_session_1_0,
    derive_session_1_1,
    ecb_encrypt,
    join_mic,
    uplink_half_s,
)
from emtkit.protocols.lorawan.sessions import Candidate, Sessions, keys_for, meters_of, session_candidates
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.model.key import Key
    from emtkit.model.meter_id import MeterId
    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.phy import DataFrame
    from emtkit.protocols.lorawan.uplink import Uplink
    from emtkit.wire.view import View

_RATES: Final = range(16)
_CHANNELS: Final = range(16)
_MOST_REQUESTS: Final = 64  # join requests that a join accept is tried with


class Opened(NamedTuple):
    """A data frame whose MIC fits: with which keys and which counter; `whole` is False if half the MIC was checked."""

    candidate: Candidate
    counted: Counted
    whole: bool = True


def _hint(ctx: Context, name: str) -> int | None:
    value = ctx.hints.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64 else None


def counter_hint(ctx: Context, low: int) -> int | None:
    """Return the 32-bit counter that the envelope tells, by `fcnt` (whole) or `fcnt_msb` (upper half)."""
    high = _hint(ctx, "fcnt_msb")
    if high is not None:
        return (high & 0xFFFF) << 16 | low
    whole = _hint(ctx, "fcnt")
    return whole if whole is not None and whole < 1 << 32 else None


def address_of(uplink: Uplink, ctx: Context) -> int | None:
    """Return a device's address: the message or the hint `dev_addr` tells it, or its join was seen."""
    told = uplink.dev_addr or ctx.hints.get("dev_addr")
    if isinstance(told, str):
        try:
            return int(told, 16) & 0xFFFFFFFF
        except ValueError:
            return None
    return None if uplink.dev_eui is None else ctx.memory.of(Sessions).dev_addr_of(uplink.dev_eui)


def application_key(ctx: Context, dev_addr: int | None) -> tuple[bytes, str] | None:
    """Return the AppSKey of a device and its label: of a session whose join was seen, else of the key ring."""
    for candidate in () if dev_addr is None else ctx.memory.of(Sessions).keys_of(dev_addr):
        if candidate.keys.apps is not None:
            return candidate.keys.apps, candidate.label
    found = keys_for(ctx, meters_of(ctx, dev_addr), "appskey", "encryption")
    return (found[0].value, found[0].label) if found else None


def open_data_frame(frame: DataFrame, message: bytes, ctx: Context) -> tuple[Opened | None, int]:
    """Find the session keys and the counter that give a data frame's MIC; and how many keys were tried.

    `message` is all before the MIC.
    """
    store = ctx.memory.of(Sessions)
    hint = counter_hint(ctx, frame.f_cnt)
    tried: set[SessionKeys] = set()
    for candidate in session_candidates(ctx, frame.dev_addr):
        if candidate.keys in tried:
            continue
        tried.add(candidate.keys)
        key = candidate.keys.snwksint
        seen: set[int] = set()
        for fcnt in store.counters(frame.dev_addr, frame.direction, key, frame.f_cnt, hint):
            if fcnt in seen:
                continue
            seen.add(fcnt)
            counted = Counted(frame.direction, frame.dev_addr, fcnt)
            fits = mic_fits(candidate.keys, counted, frame, message, ctx)
            if fits is not None:
                store.saw_counter(frame.dev_addr, frame.direction, key, fcnt)
                return Opened(candidate, counted, fits), len(tried)
    return None, len(tried)


def mic_fits(keys: SessionKeys, counted: Counted, frame: DataFrame, message: bytes, ctx: Context) -> bool | None:
    """Return True when the MIC fits, False when only the half that can be checked does, None when it does not."""
    acknowledged = _hint(ctx, "conf_fcnt")
    counts = [(acknowledged or 0) & 0xFFFF] if frame.ack else [0]
    if not keys.is_1_1:
        if data_mic(keys.snwksint, counted, message) == frame.mic:
            return True
        # a downlink of 1.1 that acknowledges; with one network key only the direction tells
        if frame.direction == DOWN and frame.ack and acknowledged is not None:
            return True if data_mic(keys.snwksint, counted, message, counts[0]) == frame.mic else None
        return None
    if frame.direction == DOWN:
        return True if data_mic(keys.snwksint, counted, message, counts[0]) == frame.mic else None
    if data_mic(keys.fnwksint, counted, message)[:2] != frame.mic[2:]:
        return None
    half = frame.mic[:2]
    for rate, channel in _transmissions(ctx):
        if uplink_half_s(keys.snwksint, counted, message, counts[0], rate, channel) == half:
            return True
    # what an acknowledged counter, a data rate or a channel nobody told would explain is not proven wrong
    return False if _hint(ctx, "tx_dr") is None or (frame.ack and acknowledged is None) else None


def _transmissions(ctx: Context) -> Iterator[tuple[int, int]]:
    """Give the data rates and channels an uplink may have had: those that the envelope tells, else all."""
    rate, channel = _hint(ctx, "tx_dr"), _hint(ctx, "tx_ch")
    for one in _RATES if rate is None else (rate & 0xFF,):
        for other in _CHANNELS if channel is None else (channel & 0xFF,):
            yield one, other


class OpenedAccept(NamedTuple):
    """A join accept whose MIC fits. `was_clear`: somebody had opened it already."""

    view: View
    key: Key
    request: JoinRequest | None
    was_clear: bool


def open_join_accept(view: View, ctx: Context) -> tuple[OpenedAccept | None, int]:
    """Find the root key (and for 1.1 the request) that a join accept answers; and how many keys were tried."""
    store = ctx.memory.of(Sessions)
    requests: list[JoinRequest | None] = [*_told_request(ctx), *islice(store.waiting(), _MOST_REQUESTS), None]
    tried: set[bytes] = set()
    for request in requests:
        dev_eui = None if request is None else request.dev_eui
        meters = meters_of(ctx, None, dev_eui)
        for key, block_key in _accept_keys(ctx, meters, dev_eui):
            tried.add(block_key)
            for was_clear in (False, True):
                body = view.data[1:] if was_clear else ecb_encrypt(block_key, view.data[1:])
                plain = view.data[:1] + body
                if _accept_fits(plain, key, request, ctx):
                    name = "input" if was_clear else "decrypted"
                    return OpenedAccept(view.replace(plain, name), key, request, was_clear), len(tried)
    return None, len(tried)


def _accept_keys(ctx: Context, meters: list[MeterId | None], dev_eui: int | None) -> Iterator[tuple[Key, bytes]]:
    """Give the keys whose MIC may fit, with the key of the blocks: themselves, or JSEncKey after a rejoin."""
    explicit = keys_for(ctx, meters, "jsenckey")
    for key in keys_for(ctx, meters, "nwkkey", "appkey", "encryption"):
        yield key, key.value
        if dev_eui is not None:
            yield key, derive_js_enc_key(key.value, dev_eui)
        for other in explicit:
            yield key, other.value


def _told_request(ctx: Context) -> list[JoinRequest]:
    """Return the request that the envelope tells (`join_eui`, `dev_nonce`)."""
    dev_eui = ctx.hints.get("dev_eui")
    join_eui, nonce = _hint(ctx, "join_eui"), _hint(ctx, "dev_nonce")
    if nonce is None or nonce >= 1 << 16:
        return []
    try:
        own = int(str(dev_eui), 16) if dev_eui is not None else 0
    except ValueError:
        own = 0
    return [JoinRequest(join_eui or 0, own & (1 << 64) - 1, nonce, b"")]


def _accept_fits(plain: bytes, key: Key, request: JoinRequest | None, ctx: Context) -> bool:
    message, mic = plain[:-MIC_SIZE], plain[-MIC_SIZE:]
    if not plain[11] & 0x80:
        return join_mic(key.value, message) == mic
    if request is None:
        return False
    kind = _hint(ctx, "join_request_type")
    ints = [other.value for other in keys_for(ctx, [None], "jsintkey")]
    ints.append(derive_js_int_key(key.value, request.dev_eui))
    kinds = (JOIN, 0, 1, 2) if kind is None else (kind & 0xFF,)
    return any(
        accept_mic_1_1(jsint, asked, request.join_eui, request.dev_nonce, message) == mic
        for jsint in ints
        for asked in kinds
    )


def begin_session(accept: JoinAccept, opened: OpenedAccept, ctx: Context) -> SessionKeys | None:
    """Derive the session's keys and remember them; None when the request was not seen."""
    request = opened.request
    if request is None:
        return None
    meters = meters_of(ctx, None, request.dev_eui)
    if accept.opt_neg:
        apps = keys_for(ctx, meters, "appkey")
        app = apps[0].value if apps else None
        keys = derive_session_1_1(opened.key.value, app, accept.join_nonce, request.join_eui, request.dev_nonce)
    else:
        keys = derive_session_1_0(opened.key.value, accept.join_nonce, accept.net_id, request.dev_nonce)
    ctx.memory.of(Sessions).saw_session(
        accept.dev_addr, request.dev_eui, Candidate(keys, f"{opened.key.label} (join seen)")
    )
    return keys


def read_opened_accept(opened: OpenedAccept, ctx: Context) -> JoinAccept:
    """Read the fields of an opened join accept."""
    return read_join_accept(Cursor(opened.view, "lorawan.phy", start=1, trace=ctx.trace))


def request_key(message: bytes, mic: bytes, ctx: Context, dev_eui: int) -> tuple[Key | None, int]:
    """Return the root key that gives the MIC of a join or rejoin request; and how many keys were tried."""
    meters = meters_of(ctx, None, dev_eui)
    found = keys_for(ctx, meters, "nwkkey", "appkey", "snwksintkey", "jsintkey", "encryption")
    for key in found:
        if join_mic(key.value, message) == mic or join_mic(derive_js_int_key(key.value, dev_eui), message) == mic:
            return key, len(found)
    return None, len(found)
