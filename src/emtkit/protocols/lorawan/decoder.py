"""The LoRaWAN decoder: a PHYPayload from the air, or the payload that a network server has opened already.

The hints say which: with `uplink` they are what a server or gateway sent, with `fport` (the port) a FRMPayload in
clear, else a PHYPayload.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.decoded import Check, Decoded, Security
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import UnsupportedError, VerificationFailed
from emtkit.model.meter_id import MeterId
from emtkit.protocols.lorawan import unlock
from emtkit.protocols.lorawan.mac_commands import read_mac_commands
from emtkit.protocols.lorawan.phy import (
    DATA_TYPES,
    JOIN_ACCEPT,
    JOIN_ACCEPT_SIZES,
    JOIN_REQUEST,
    LAYER,
    PROPRIETARY,
    DataFrame,
    Proprietary,
    addr_text,
    eui_text,
    plausible,
    read_data_frame,
    read_join_request,
    read_mhdr,
    read_rejoin_request,
)
from emtkit.protocols.lorawan.security import DOWN, MIC_SIZE, UP, Counted, crypt_fopts, crypt_payload
from emtkit.protocols.lorawan.seen import Seen
from emtkit.protocols.lorawan.sessions import Sessions, keys_for, meters_of
from emtkit.protocols.lorawan.uplink import Uplink
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emtkit.protocols.context import Context
    from emtkit.protocols.lorawan.phy import Mhdr
    from emtkit.wire.view import View


class LorawanDecoder:
    """LoRaWAN frames and payloads."""

    name: Final = "lorawan"

    def sniff(self, data: bytes) -> int:
        """Return a low 5 or 8 where the sizes fit: without a key nothing tells a PHYPayload from other bytes."""
        return plausible(data)

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode one PHYPayload, or one payload whose port the hints tell."""
        out = Decoded(self.name, "complete", raw=view.data)
        uplink = ctx.hints.get("uplink")
        if isinstance(uplink, Uplink):
            _server_message(view, uplink, ctx, out)
        elif isinstance(ctx.hints.get("fport"), int):
            out.meter = meters_of(ctx, None)[0]
            _application(view, ctx.hints["fport"], ctx, out)
        else:
            _phy_payload(view, ctx, out)
        return _finish(out, ctx)

    def split(self, data: bytes) -> Iterable[tuple[int, int]]:
        """LoRaWAN has no framing of its own: one input is one frame."""
        return ((0, len(data)),) if data else ()


def _server_message(view: View, uplink: Uplink, ctx: Context, out: Decoded) -> None:
    """Decode what a network server or a gateway sent; it stays in `layers` with all that it says."""
    out.layers = (uplink,)
    if uplink.dev_eui is not None:
        out.meter = MeterId(None, uplink.dev_eui)
    if uplink.kind == "down" and uplink.is_phy and view.data:
        _phy_payload(view, ctx, out)
        return
    if uplink.kind != "up":
        ctx.info(
            "lorawan.uplink.event", f"a {uplink.kind} message ({uplink.server}): it brings no payload of the device",
            layer="lorawan.uplink",
        )  # fmt: skip
        return
    if ctx.memory.of(Seen).again(uplink):
        ctx.info(
            "lorawan.uplink.doubled", "the same uplink was there before: another gateway's or the server's copy",
            layer="lorawan.uplink",
        )  # fmt: skip
    if uplink.is_phy:
        _phy_payload(view, ctx, out)
    elif uplink.encrypted:
        _ciphered(view, uplink, ctx, out)
    else:
        _application(view, uplink.f_port, ctx, out)


def _phy_payload(view: View, ctx: Context, out: Decoded) -> None:
    cur = Cursor(view, "lorawan.phy", trace=ctx.trace)
    mhdr = read_mhdr(cur)
    out.layers += (mhdr,)
    if mhdr.m_type in DATA_TYPES:
        _data_frame(cur, mhdr, ctx, out)
    elif mhdr.m_type == JOIN_REQUEST:
        request = read_join_request(cur)
        out.layers += (request,)
        _request_mic(view, request.mic, request.dev_eui, ctx, out)
        ctx.memory.of(Sessions).saw_request(request)
    elif mhdr.m_type == JOIN_ACCEPT:
        _join_accept(view, ctx, out)
    elif mhdr.m_type == PROPRIETARY:
        payload = cur.rest("payload")
        cur.note("proprietary message")
        out.layers += (Proprietary(payload),)
        out.state = "opaque"
        ctx.info(
            "lorawan.phy.proprietary", "a proprietary message: the standard does not say what is in it", layer=LAYER,
            view=view, start=1, end=len(view),
        )  # fmt: skip
    else:
        rejoin = read_rejoin_request(cur)
        out.layers += (rejoin,)
        _request_mic(view, rejoin.mic, rejoin.dev_eui, ctx, out)


# ---- data frames ----


def _data_frame(cur: Cursor, mhdr: Mhdr, ctx: Context, out: Decoded) -> None:
    view = cur.view
    frame = read_data_frame(cur, mhdr.m_type)
    end = len(view) - MIC_SIZE
    start = end - len(frame.frm_payload)
    opened, tried = unlock.open_data_frame(frame, view.data[:end], ctx)
    out.meter = meters_of(ctx, frame.dev_addr)[0]
    _report_mic(view, None if opened is None else opened.whole, tried, ctx, out)
    if opened is None:
        # the MIC decides: wrong network keys, or a damaged frame. Without any, the payload's key may still be there
        counted = Counted(frame.direction, frame.dev_addr, unlock.counter_hint(ctx, frame.f_cnt) or frame.f_cnt)
        apps = keys_for(ctx, meters_of(ctx, frame.dev_addr), "appskey")
        payload_key, label = (apps[0].value, apps[0].label) if apps and not tried else (None, None)
        network_key, is_1_1, known = None, False, False
    else:
        counted, keys = opened.counted, opened.candidate.keys
        network_key, payload_key, label = keys.nwksenc, keys.apps, opened.candidate.label
        is_1_1, known = keys.is_1_1 or keys.nwksenc != keys.snwksint, True
        if ctx.trace is not None:
            ctx.trace.add(view, 6, 8, LAYER, "FCnt", f"frame counter {counted.fcnt} (32 bits; the MIC tells the upper)")
    frame = frame._replace(f_cnt=counted.fcnt, counter_known=known)
    if frame.f_opts:
        frame = _fopts(view, frame, counted, network_key if is_1_1 else None, ctx, encrypted=is_1_1)
    if not frame.frm_payload:
        _end(frame, out, "none" if opened is not None or not tried else "mac_invalid", label, opened is not None)
        return
    key = network_key if frame.f_port == 0 else payload_key
    if key is None:
        verdict = "key_missing" if opened is not None or not tried else "mac_invalid"
        _closed(view, start, end, frame, ctx, out, key_is_missing=verdict == "key_missing")
        _end(frame, out, verdict, label, opened is not None)
        return
    if opened is not None and frame.f_port != 0 and not opened.candidate.certain_apps:
        ctx.info(
            "lorawan.phy.apps_key_guess",
            "the key of the payload is a guess: of the keys without a use one fits the MIC, another was taken",
            layer=LAYER, field="FRMPayload", view=view, start=start, end=end,
        )  # fmt: skip
    plain = crypt_payload(key, counted, frame.frm_payload)
    clear = view.slice(start, end, "payload").replace(plain, "decrypted")
    frame = frame._replace(frm_payload=plain)
    _end(frame, out, "decrypted", label, opened is not None)
    if frame.f_port == 0:
        commands = read_mac_commands(Cursor(clear, "lorawan.mac", trace=ctx.trace), ctx, uplink=frame.direction == UP)
        out.layers = (*out.layers[:-1], frame._replace(commands=commands))
        return
    if ctx.trace is not None:
        ctx.trace.add(clear, 0, len(clear), LAYER, "FRMPayload", f"payload of port {frame.f_port}, decrypted")
    _application(clear, frame.f_port or 0, ctx, out)


def _end(frame: DataFrame, out: Decoded, verdict: str, label: str | None, verified: bool) -> None:  # noqa: FBT001 - a verdict
    out.layers += (frame,)
    wrong = verdict == "mac_invalid"
    out.security = Security(None, verdict, label, False if wrong else verified or None)  # type: ignore[arg-type]


def _fopts(
    view: View, frame: DataFrame, counted: Counted, key: bytes | None, ctx: Context, *, encrypted: bool
) -> DataFrame:
    """Read the MAC commands of FOpts; in 1.1 they are encrypted."""
    part = view.slice(8, 8 + len(frame.f_opts), "FOpts")
    if encrypted and key is not None:
        counts_application = frame.direction == DOWN and bool(frame.f_port)
        plain = crypt_fopts(key, counted, frame.f_opts, application_counter=counts_application)
        part = part.replace(plain, "decrypted")
    # a frame in clear that reads as commands is clear even in a session of 1.1 (a server of 1.0 answered)
    commands = read_mac_commands(Cursor(part, "lorawan.mac", trace=ctx.trace), ctx, uplink=frame.direction == UP)
    return frame._replace(f_opts=part.data, commands=commands)


def _report_mic(view: View, whole: bool | None, tried: int, ctx: Context, out: Decoded) -> None:  # noqa: FBT001 - three-valued
    """Note what became of the MIC check."""
    size = len(view)
    place = view.span(size - MIC_SIZE, size)
    if whole:
        out.checks += (Check("MIC", True, "the frame is genuine", *place),)
    elif whole is False:
        out.checks += (Check("MIC", True, "the half that FNwkSIntKey makes", *place),)
    elif not tried:
        out.checks += (Check("MIC", None, "no key", *place),)
    else:
        out.checks += (Check("MIC", False, f"{tried} keys tried", *place),)
        ctx.report(
            Severity.ERROR,
            "lorawan.phy.mic",
            f"the MIC fits none of the {tried} keys: not this device's keys, or the frame is damaged",
            layer=LAYER, field="MIC", view=view, start=size - MIC_SIZE, end=size, error=VerificationFailed,
        )  # fmt: skip


def _closed(
    view: View, start: int, end: int, frame: DataFrame, ctx: Context, out: Decoded, *, key_is_missing: bool
) -> None:
    out.state = "opaque"
    if ctx.trace is not None:
        ctx.trace.add(view, start, end, LAYER, "FRMPayload", f"encrypted payload of port {frame.f_port}")
    if key_is_missing:
        which = "NwkSKey" if frame.f_port == 0 else "AppSKey"
        ctx.info(
            "lorawan.key.missing", f"no {which} for device address {addr_text(frame.dev_addr)}", layer=LAYER,
            field="FRMPayload", view=view, start=start, end=end,
        )  # fmt: skip


# ---- joining ----


def _request_mic(view: View, mic: bytes, dev_eui: int, ctx: Context, out: Decoded) -> None:
    """Check the MIC of a join or rejoin request."""
    out.meter = MeterId(None, eui_text(dev_eui))
    key, tried = unlock.request_key(view.data[:-MIC_SIZE], mic, ctx, dev_eui)
    _report_mic(view, None if key is None else True, tried, ctx, out)
    if tried:
        out.security = Security(None, "none" if key else "mac_invalid", key.label if key else None, key is not None)


def _join_accept(view: View, ctx: Context, out: Decoded) -> None:
    size = len(view)
    if size not in JOIN_ACCEPT_SIZES:
        raise UnsupportedError(
            "lorawan.phy.join_accept", f"a join accept has 17 or 33 bytes, this one {size}", layer=LAYER,
            field="join accept", start=view.span(0, size)[0], end=view.span(0, size)[1],
        )  # fmt: skip
    opened, tried = unlock.open_join_accept(view, ctx)
    if opened is None:
        out.state = "opaque"
        if ctx.trace is not None:
            ctx.trace.add(view, 1, size, LAYER, "join accept", "encrypted join accept with its MIC")
        _report_mic(view, None, tried, ctx, out)
        out.security = Security(None, "key_wrong" if tried else "key_missing", None, False if tried else None)
        if not tried:
            ctx.info(
                "lorawan.key.missing",
                "no AppKey or NwkKey for the join accept",
                layer=LAYER,
                view=view,
                start=1,
                end=size,
            )
        return
    accept = unlock.read_opened_accept(opened, ctx)
    _report_mic(view, True, tried, ctx, out)
    out.layers += (accept,)
    out.meter = MeterId(
        None, addr_text(accept.dev_addr) if opened.request is None else eui_text(opened.request.dev_eui)
    )
    verdict = "already_decrypted" if opened.was_clear else "decrypted"
    out.security = Security(None, verdict, opened.key.label, True)  # type: ignore[arg-type]
    unlock.begin_session(accept, opened, ctx)


# ---- payloads ----


def _ciphered(view: View, uplink: Uplink, ctx: Context, out: Decoded) -> None:
    """Decrypt a payload that the server could not: it needs the AppSKey, the device address and the counter."""
    address, counter = unlock.address_of(uplink, ctx), uplink.f_cnt
    key = unlock.application_key(ctx, address)
    size = len(view)
    place: dict[str, Any] = {"layer": LAYER, "field": "FRMPayload", "view": view, "start": 0, "end": size}
    if address is None or counter is None or key is None:
        out.state, out.security = "opaque", Security(None, "key_missing")
        if ctx.trace is not None:
            ctx.trace.add(view, 0, size, LAYER, "FRMPayload", f"encrypted payload of port {uplink.f_port}")
        if key is None:
            ctx.info("lorawan.key.missing", f"no AppSKey for {uplink.dev_eui}, and the server has none", **place)
        else:
            missing = "device address" if address is None else "frame counter"
            ctx.info("lorawan.address.missing", f"the message does not tell the {missing}: no key opens it", **place)
        return
    plain = crypt_payload(key[0], Counted(UP, address, counter), view.data)
    out.security = Security(None, "decrypted", key[1])  # there is no MIC: nothing is verified
    clear = view.replace(plain, "decrypted")
    if ctx.trace is not None:
        ctx.trace.add(clear, 0, size, LAYER, "FRMPayload", f"payload of port {uplink.f_port}, decrypted")
    _application(clear, uplink.f_port, ctx, out)


def _application(view: View, port: int | None, ctx: Context, out: Decoded) -> None:
    """Read a payload in clear."""
    if view.data:
        _payload_reader()(view, port, ctx, out)


@cache
def _payload_reader() -> Callable[[View, int | None, Context, Decoded], None]:
    from emtkit.protocols.lorawan.payload import read_payload  # detection of other protocols does without it

    return read_payload


def _finish(out: Decoded, ctx: Context) -> Decoded:
    """Set the state from what was found."""
    if ctx.diagnostics:
        out.diagnostics = ctx.diagnostics
        if out.state == "complete" and any(found.severity is not Severity.INFO for found in ctx.diagnostics):
            out.state = "partial"
    if ctx.trace is not None:
        ctx.trace.checks.extend(out.checks)
    return out


DECODER: Final = LorawanDecoder()
