"""Extended link layer, CI 8C to 8F (EN 13757-4:2019, clause 13).

    8C I    CC ACC
    8D II   CC ACC SN(4) CRC(2)
    8E III  CC ACC M2(2) A2(6)
    8F IV   CC ACC M2(2) A2(6) SN(4) CRC(2)

With SN encryption 1 the CRC and all behind it are AES-128-CTR encrypted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import Check, Decoded, Security
from emtkit.model.meter_id import MeterId, meter_from_address
from emtkit.protocols.mbus.security import BLOCK, ctr_crypt
from emtkit.wire.checksums import crc16_en13757

if TYPE_CHECKING:
    from emtkit.protocols.context import Context
    from emtkit.wire.cursor import Cursor
    from emtkit.wire.view import View

LAYER: Final = "wmbus.ell"
FIRST: Final = 0x8C
LAST: Final = 0x8F
_HOP_AND_REPEATED: Final = 0x12
_CRC: Final = 2
_AES_CTR: Final = 1

# CC bits
_CC: Final = (
    (0x80, "bidirectional"), (0x40, "fast response"), (0x20, "synchronous"), (0x10, "repeated"), (0x08, "priority"),
    (0x04, "accessible"), (0x02, "repeated access"), (0x01, "extended response delay"),
)  # fmt: skip


class Ell(NamedTuple):
    """An ELL header. `receiver` is the second address of III and IV, `session` the session number of II and IV."""

    ci: int
    communication_control: int
    access_no: int
    receiver: MeterId | None = None
    session: int | None = None

    @property
    def encryption(self) -> int:
        """Return the encryption field of the session number: 0 none, 1 AES-128-CTR."""
        return 0 if self.session is None else self.session >> 29


def read_ell(cur: Cursor, address: bytes, ctx: Context, out: Decoded) -> View | None:
    """Read an ELL from its CI field on and leave the cursor at the CI field behind it.

    Returns the view to go on with (decrypted where it was encrypted), or None when it stays closed.
    """
    cur.layer = LAYER
    ci = cur.u8("ci")
    cur.note(f"extended link layer {'I II III IV'.split()[ci - FIRST]}")
    control = cur.u8("communication_control")
    if cur.tracing:
        cur.note(", ".join(name for bit, name in _CC if control & bit) or "no flags")
    access_no = cur.u8("access_no")
    receiver = session = None
    if ci in {0x8E, 0x8F}:
        receiver = meter_from_address(cur.take(8, "receiver_address"))
        cur.note(f"receiver {receiver.manufacturer} {receiver.id}")
    if ci in {0x8D, 0x8F}:
        session = cur.u32("session_number")
        cur.note(f"encryption {session >> 29}, minute {session >> 4 & 0x1FFFFFF}, session {session & 15}")
    ell = Ell(ci, control, access_no, receiver, session)
    out.layers += (ell,)
    if session is None:
        return cur.view
    if cur.left < _CRC + 1:
        raise cur.short(_CRC + 1, "payload_crc")
    view = _open(cur, ell, address, ctx, out)
    if view is not None:
        cur.pos += _CRC
    return view


def _matches(data: bytes, start: int) -> bool:
    return crc16_en13757(data[start + _CRC :]) == int.from_bytes(data[start : start + _CRC], "little")


def _open(cur: Cursor, ell: Ell, address: bytes, ctx: Context, out: Decoded) -> View | None:
    """Check the payload CRC, decrypting first where that is needed."""
    view, start = cur.view, cur.pos
    place = view.span(start, start + _CRC)
    if _matches(view.data, start):
        verdict = "already_decrypted" if ell.encryption else "none"
        out.security = Security(None, verdict)
        return _good(cur, view, out, "stored in plain text" if ell.encryption else "")
    if ell.encryption == 0:
        return _bad(cur, view, ctx, out, "wmbus.ell.crc", "the payload CRC does not match: the frame is damaged")
    if ell.encryption != _AES_CTR:
        out.security = Security(None, "unsupported")
        return _bad(
            cur,
            view,
            ctx,
            out,
            "wmbus.ell.encryption",
            f"encryption {ell.encryption} of the session number is reserved",
        )
    meter = meter_from_address(address)
    keys = [key for key in ctx.keys.candidates(meter) if len(key.value) == BLOCK]
    if not keys:
        out.security = Security(None, "key_missing")
        name = f"{meter.manufacturer} {meter.id}"
        return _bad(cur, view, ctx, out, "oms.key.missing", f"AES-CTR encrypted, and there is no key for {name}")
    counter = (
        address
        + bytes((ell.communication_control & ~_HOP_AND_REPEATED & 0xFF,))
        + (ell.session or 0).to_bytes(4, "little")
        + b"\x00\x00\x00"
    )
    for key in keys:
        plain = ctr_crypt(key.value, counter, view.data[start:])
        opened = view.replace(view.data[:start] + plain, "decrypted")
        if _matches(opened.data, start):
            out.security = Security(None, "decrypted", key.label, True)
            return _good(cur, opened, out, f"key {key.label}")
        if crc16_en13757(plain[_CRC:-_CRC]) == int.from_bytes(plain[:_CRC], "little"):
            return _with_link_crc(cur, opened, Security(None, "decrypted", key.label, True), ctx, out)
    out.security = Security(None, "key_wrong", None, False)
    tried = f"{len(keys)} key{'s' if len(keys) != 1 else ''} tried"
    out.checks += (Check("ELL payload CRC", False, tried, *place),)
    return _bad(
        cur,
        view,
        ctx,
        out,
        "wmbus.ell.key_wrong",
        f"the payload CRC does not match after decryption: {tried}",
        check=False,
    )


def _with_link_crc(cur: Cursor, opened: View, security: Security, ctx: Context, out: Decoded) -> View:
    """The payload CRC matches without the last two bytes: a link CRC was left on the frame."""
    end = len(opened)
    ctx.warn(
        "wmbus.link.crc_left", "the last two bytes are a link CRC that the receiver left on the frame",
        layer="wmbus.link", field="crc", view=opened, start=end - _CRC, end=end,
    )  # fmt: skip
    if cur.trace is not None:
        cur.trace.add(opened, end - _CRC, end, "wmbus.link", "crc", "link CRC that was left on the frame")
    out.security = security
    return _good(cur, opened.slice(0, end - _CRC), out, f"key {security.key}, without the link CRC left on the frame")


def _good(cur: Cursor, view: View, out: Decoded, detail: str) -> View:
    start = cur.pos
    if cur.trace is not None:
        cur.trace.add(view, start, start + _CRC, LAYER, "payload_crc", "CRC of the payload")
    out.checks += (Check("ELL payload CRC", True, detail, *view.span(start, start + _CRC)),)
    return view


def _bad(cur: Cursor, view: View, ctx: Context, out: Decoded, code: str, why: str, *, check: bool = True) -> None:
    start = cur.pos
    if check:
        ok = None if code == "oms.key.missing" else False
        out.checks += (Check("ELL payload CRC", ok, why, *view.span(start, start + _CRC)),)
    if cur.trace is not None:
        cur.trace.add(view, start, len(view), LAYER, "payload", f"closed: {why}")
    ctx.error(code, why, layer=LAYER, field="payload", view=view, start=start, end=len(view))
    out.state = "opaque"


def build_ell(
    address: bytes, control: int, access_no: int, payload: bytes, *, session: int, key: bytes | None
) -> bytes:
    """Return an ELL II (CI 8D) with payload; encrypted when there is a key (then the session number says so)."""
    number = session & 0x1FFFFFFF | (_AES_CTR << 29 if key is not None else 0)
    body = crc16_en13757(payload).to_bytes(_CRC, "little") + payload
    serial = number.to_bytes(4, "little")
    if key is not None:
        counter = address + bytes((control & ~_HOP_AND_REPEATED & 0xFF,)) + serial + b"\x00\x00\x00"
        body = ctr_crypt(key, counter, body)
    return bytes((0x8D, control, access_no)) + serial + body
