"""From the CI field to readings: AFL, transport header, decryption and the application layer, wired or wireless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import Check, Decoded, Security
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError
from emtkit.model.reading import Reading
from emtkit.protocols.context import BERLIN, Context
from emtkit.protocols.mbus.afl import Afl, Reassembly, read_afl
from emtkit.protocols.mbus.ci import Ci, ci_info
from emtkit.protocols.mbus.decrypt import CHECK_BYTES, open_payload
from emtkit.protocols.mbus.fixed import FIXED_SIZE, read_fixed
from emtkit.protocols.mbus.formats import FormatStore, expand
from emtkit.protocols.mbus.records import Division, divide, interpret
from emtkit.protocols.mbus.template import book
from emtkit.protocols.mbus.tpl import Tpl, read_tpl, status_flags
from emtkit.wire.checksums import crc16_en13757
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emtkit.protocols.mbus.plan import Plan
    from emtkit.wire.trace import Trace
    from emtkit.wire.view import View

    # what decodes a content that EN 13757-3 leaves to others (DLMS, SML, a manufacturer); False: not mine
    Inner = Callable[["Message", Context, Decoded], bool]

_LAYER: Final = "mbus.apl"
_PLAIN: Final = Security(0)

# EN 13757-3:2018, table 8: application error codes
APPLICATION_ERRORS: Final[dict[int, str]] = {
    0x00: "unspecified error",
    0x01: "unimplemented CI field",
    0x02: "buffer too long, truncated",
    0x03: "too many records",
    0x04: "premature end of record",
    0x05: "more than ten DIFEs",
    0x06: "more than ten VIFEs",
    0x08: "application too busy for the readout request",
    0x09: "too many readouts",
    0x11: "access denied: authorisation missing",
    0x12: "access denied: application or data unknown",
    0x13: "access denied: selected key unknown",
    0x14: "decryption failed",
    0x15: "authentication failed",
    0x16: "access not allowed",
    0x17: "format of the command unknown",
}


class Message(NamedTuple):
    """An opened message: the payload stands from `start` to the end of `view`, behind CI field and header.

    address  the eight link address bytes M ID VER TYPE, None where the link has none
    """

    view: View
    start: int
    ci: Ci
    tpl: Tpl
    address: bytes | None
    trace: Trace | None


class Straight(NamedTuple):
    """A message that was nothing but records behind a transport header: what the next one of its form can reuse.

    start     where the payload begins
    division  how the records divide; None where they were encrypted (mode 5)
    address   the link address that was given
    """

    tpl: Tpl
    start: int
    division: Division | None
    address: bytes | None


def read_application(
    cur: Cursor,
    ctx: Context,
    out: Decoded,
    address: bytes | None,
    *,
    wired: bool = False,
    inner: Mapping[str, Inner] | None = None,
) -> Straight | None:
    """Read from the CI field to the end of the frame and fill `out`.

    Returns how it went when the message was plain records (for the next frame of the same form), else None.

    address  the eight link address bytes M ID VER TYPE, None where the link has none
    wired    old wired meters may carry a signature where the configuration word is now
    inner    decoders for contents beyond EN 13757-3, by `Ci.content`
    """
    start, ci = cur.pos, _read_ci(cur)
    afl: Afl | None = None
    if ci.content == "authentication":
        afl = read_afl(cur)
        out.layers += (afl,)
        if afl.fragment:
            joined = _reassemble(cur, ctx, out, afl, address)
            if joined is None:
                return None
            afl, view = joined
            cur = Cursor(view, _LAYER, trace=cur.trace)
        if afl.length is not None and afl.length != cur.left:
            ctx.warn(
                "mbus.afl.length",
                f"the AFL announces a message of {afl.length} bytes, {cur.left} are there",
                layer="mbus.afl", field="message_length", view=cur.view, start=cur.pos, end=cur.end,
            )  # fmt: skip
        start, ci = cur.pos, _read_ci(cur)
    if wired and ci.code == 0x73 and cur.left == FIXED_SIZE:
        read_fixed(cur, ctx, out)
        return None
    tpl = read_tpl(cur, ci)
    out.layers = (*out.layers, tpl)
    if ci.header != "none":
        out.status = status_flags(tpl.status)
        out.security = _PLAIN
        if tpl.meter is not None:
            out.meter = tpl.meter
    if wired and tpl.mode and _is_signature(cur, tpl, ctx):
        tpl = tpl._replace(mode=0, encrypted=0)
    view = cur.view
    if not tpl.mode and afl is None and ci.content == "records":
        return Straight(tpl, cur.pos, read_record_bytes(view, cur.pos, ctx, out), address)
    if tpl.mode or (afl is not None and afl.mac):
        payload = open_payload(view, cur.pos, start, tpl, afl, address, ctx, plain_records)
        view = payload.view
        out.security = payload.security
        out.checks += payload.checks
        if not payload.readable:
            out.state = "opaque"
            return None
        if tpl.mode == 5 and afl is None and ci.content == "records":
            read_record_bytes(view, cur.pos, ctx, out)
            return Straight(tpl, cur.pos, None, address)
    _content(Message(view, cur.pos, ci, tpl, address, cur.trace), ctx, out, inner or {})
    return None


def _read_ci(cur: Cursor) -> Ci:
    cur.layer = _LAYER
    ci = ci_info(cur.u8("ci"))
    cur.note(ci.name)
    return ci


def _reassemble(cur: Cursor, ctx: Context, out: Decoded, afl: Afl, address: bytes | None) -> tuple[Afl, View] | None:
    start = cur.pos
    piece = cur.view.slice(start)
    joined = ctx.memory.of(Reassembly).add(address or b"", afl, piece)
    if isinstance(joined, str):
        cur.rest("fragment")
        cur.note(joined)
        lost = "kept" not in joined
        ctx.report(
            Severity.WARNING if lost else Severity.INFO,
            "mbus.afl.fragment",
            joined,
            layer="mbus.afl", field="fragment", view=cur.view, start=start, end=cur.end,
        )  # fmt: skip
        out.state = "opaque"
        return None
    return joined


def _is_signature(cur: Cursor, tpl: Tpl, ctx: Context) -> bool:
    """Tell a maker's signature from a configuration word: behind a signature stand plain, sound records.

    Where the word would make sense as one (mode 5 or 7, and the blocks are there), the records must leave no doubt.
    Source: EN 1434-3:1997 had two signature bytes here, and meters built to it are still read.
    """
    if cur.data[cur.pos : cur.pos + 2] == CHECK_BYTES:
        return False
    sensible = tpl.mode in {5, 7} and 0 < tpl.encrypted <= cur.left
    if not (plain_records if sensible else sound_records)(cur.view, cur.pos):
        return False
    ctx.info(
        "mbus.tpl.signature",
        f"the configuration word {tpl.configuration:04X} is an old maker's signature: the records behind it are plain",
        layer="mbus.tpl", field="configuration", view=cur.view, start=cur.pos - 2, end=cur.pos,
    )  # fmt: skip
    return True


def _probe(view: View, start: int) -> Division:
    templates = book(None, BERLIN)
    plan = templates.plans.find(view.data[start:])
    return plan.division if plan is not None else divide(Cursor(view, "mbus.record", start=start), templates, Context())


def sound_records(view: View, start: int) -> bool:
    """Return whether the bytes from `start` on divide into records without anything reserved or cut off."""
    division = _probe(view, start)
    return division.sound and bool(division.records)


def plain_records(view: View, start: int) -> bool:
    """Return whether the bytes from `start` on are records beyond doubt, not cipher text that happens to divide.

    Of random blocks 4 to 9 % divide soundly, because manufacturer data and variable lengths swallow anything. So
    neither may occur, every record must have a meaning and a value, and there must be three of them or fillers behind.
    """
    division = _probe(view, start)
    if not division.sound or division.rest is not None or not division.records:
        return False
    if len(division.records) < 3 and not view.data.endswith(CHECK_BYTES):
        return False
    for template, _, at_data, end in division.records:
        meaningless = template.lvar is not None or template.quantity in _MEANINGLESS or len(template.modifiers) > 1
        if meaningless or template.storage > _LIKELY_STORAGE:
            return False
        if template.read(view.data[start + at_data : start + end]) is None:
            return False
    return True


_LIKELY_STORAGE: Final = 32
_MEANINGLESS: Final = frozenset({"unknown", "any", "manufacturer_specific"})


# ---- contents ----


def _content(message: Message, ctx: Context, out: Decoded, inner: Mapping[str, Inner]) -> None:
    handler = inner.get(message.ci.content)
    if handler is not None and handler(message, ctx, out):
        return
    match message.ci.content:
        case "records" | "command":
            read_record_bytes(message.view, message.start, ctx, out)
        case "compact":
            _compact(message, ctx, out)
        case "format":
            _format(message, ctx, out)
        case "error" | "alarm":
            _report_of_meter(message, ctx, out)
        case "nothing" | "reset" | "select" | "clock" | "baud":
            _bytes(message, out, "command")
        case content:
            _bytes(message, out, content)
            out.state = "opaque"
            ctx.info(
                "mbus.ci.unsupported",
                f"CI {message.ci.code:02X} ({message.ci.name}): emtkit has no decoder for this content here",
                layer=_LAYER, field="ci", view=message.view, start=message.start, end=len(message.view),
            )  # fmt: skip


def read_record_bytes(view: View, start: int, ctx: Context, out: Decoded, likely: Plan | None = None) -> Division:
    """Read the records from `start` to the end of the view into `out.readings`, by a plan where one fits.

    `likely` is the plan that fitted last time, if the caller remembers it.
    """
    payload = view.data[start:]
    if likely is not None and likely.fits(payload):
        plan: Plan | None = likely
    else:
        templates = book(None if out.meter is None else out.meter.device_type, ctx.zone)
        plan = templates.plans.find(payload) if ctx.trace is None else None
    if plan is not None:
        division, headers = plan.division, plan.headers
        out.form = plan
    else:
        division = divide(Cursor(view, "mbus.record", start=start, trace=ctx.trace), templates, ctx)
        headers = division.headers
        if division.sound and ctx.trace is None:
            templates.plans.keep(payload, division)
    ctx.memory.of(FormatStore).learn_once(headers)
    out.readings = interpret(division, view, start, ctx)
    if division.more_follow:
        ctx.info(
            "mbus.record.more_follow",
            "the meter has more records: ask again with the frame count bit toggled",
            layer="mbus.record", view=view, start=start, end=len(view),
        )  # fmt: skip
    return division


def _compact(message: Message, ctx: Context, out: Decoded) -> None:
    """Signature, CRC of the full frame, data (EN 13757-3:2018, G.3)."""
    cur = Cursor(message.view, "mbus.format", start=message.start, trace=message.trace)
    signature = cur.u16("format_signature")
    cur.note(f"signature {signature:04X} of the format")
    full_crc = cur.u16("full_frame_crc")
    place = message.view.span(cur.pos - 2, cur.pos)
    headers = ctx.memory.of(FormatStore).find(signature)
    if headers is None:
        _bytes(message._replace(start=cur.pos), out, "compact_data")
        out.checks += (Check("CRC of the full frame", None, f"format {signature:04X} unknown", *place),)
        out.state = "opaque"
        ctx.warn(
            "mbus.format.unknown",
            f"compact frame of format {signature:04X}, which no full or format frame has shown yet",
            layer="mbus.format", field="format_signature", view=cur.view, start=message.start, end=message.start + 2,
        )  # fmt: skip
        return
    full = expand(headers, message.view.slice(cur.pos))
    ok = crc16_en13757(full.data) == full_crc
    out.checks += (Check("CRC of the full frame", ok, f"format {signature:04X}", *place),)
    cur.note("CRC of the full frame" + ("" if ok else ": does not match"))
    if not ok:
        ctx.error(
            "mbus.format.crc",
            f"the full frame's CRC does not match: format {signature:04X} is another meter's, or the data is damaged",
            layer="mbus.format", field="full_frame_crc", view=message.view, start=cur.pos - 2, end=cur.pos,
        )  # fmt: skip
    read_record_bytes(full, 0, ctx, out)


def _format(message: Message, ctx: Context, out: Decoded) -> None:
    """Length, signature, headers (EN 13757-3:2018, G.4)."""
    cur = Cursor(message.view, "mbus.format", start=message.start, trace=message.trace)
    cur.u8("format_length")
    signature = cur.u16("format_signature")
    place = message.view.span(cur.pos - 2, cur.pos)
    at = cur.pos
    headers = cur.rest("format")
    ok = crc16_en13757(headers) == signature
    cur.note(f"the record headers of format {signature:04X}")
    out.checks += (Check("format signature", ok, f"{signature:04X}", *place),)
    if not ok:
        ctx.error(
            "mbus.format.signature", f"the signature {signature:04X} is not that of the headers sent with it",
            layer="mbus.format", field="format_signature", view=message.view, start=message.start, end=at,
        )  # fmt: skip
        return
    try:
        ctx.memory.of(FormatStore).preload([headers.hex()])
    except (DecodeError, ValueError):
        ctx.error(
            "mbus.format.headers", "the format does not divide into DIB and VIB",
            layer="mbus.format", field="format", view=message.view, start=at, end=cur.pos,
        )  # fmt: skip


def _report_of_meter(message: Message, ctx: Context, out: Decoded) -> None:
    """Application error or alarm: one byte that the meter says instead of readings."""
    cur = Cursor(message.view, _LAYER, start=message.start, trace=message.trace)
    data = cur.rest(f"{message.ci.content}_code")
    if message.ci.content == "alarm":
        cur.note("alarm status")
        out.readings = [_byte_reading("alarm", data, message)]
        return
    code = data[0] if data else 0
    text = APPLICATION_ERRORS.get(code, "manufacturer specific error" if code >= 0xF0 else "reserved error code")
    cur.note(f"the meter says: {text}")
    ctx.error(
        "mbus.application_error", f"the meter answers with application error {code:02X}: {text}",
        layer=_LAYER, field="error_code", view=message.view, start=message.start, end=cur.pos,
    )  # fmt: skip
    out.readings = [_byte_reading("status", data, message)]


def _bytes(message: Message, out: Decoded, what: str) -> None:
    """Keep a payload that is not records as it is."""
    data = message.view.data[message.start :]
    if message.trace is not None:
        message.trace.add(
            message.view, message.start, len(message.view), _LAYER, what, f"{message.ci.name}: {len(data)} bytes"
        )
    if data:
        out.readings = [_byte_reading("unknown" if what != "manufacturer" else "manufacturer_specific", data, message)]


def _byte_reading(quantity: str, data: bytes, message: Message) -> Reading:
    start, end = message.view.span(message.start, len(message.view))
    return Reading(quantity, data, raw=data, start=start, end=end)


def finish(out: Decoded, ctx: Context) -> Decoded:
    """Set the state from what was found: complete, partial or (set before) opaque."""
    if not ctx.diagnostics and ctx.trace is None:
        return out
    if ctx.diagnostics:
        out.diagnostics = ctx.diagnostics
        if out.state == "complete":
            for finding in ctx.diagnostics:
                if finding.severity is not Severity.INFO:
                    out.state = "partial"
                    break
    if ctx.trace is not None:
        ctx.trace.checks.extend(out.checks)
    return out
