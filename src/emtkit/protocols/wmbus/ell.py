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
from emtkit.model.errors import KeyMissing, VerificationFailed
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
_NAMES: Final = ("I", "II", "III", "IV")

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
    cur.note(f"extended link layer {_NAMES[ci - FIRST]}")
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
    view = cur.view
    if _matches(view.data, cur.pos):
        out.security = Security(None, "already_decrypted" if ell.encryption else "none")
        return _good(cur, view, out, "stored in plain text" if ell.encryption else "")
    if ell.encryption == _AES_CTR:
        return _decrypt(cur, ell, address, ctx, out)
    if ell.encryption:
        why = f"encryption {ell.encryption} of the session number is reserved"
        return _closed(cur, ctx, out, Security(None, "unsupported"), "wmbus.ell.encryption", why)
    return _closed(cur, ctx, out, Security(), "wmbus.ell.crc", "the payload CRC does not match: the frame is damaged")


def _decrypt(cur: Cursor, ell: Ell, address: bytes, ctx: Context, out: Decoded) -> View | None:
    """Try the meter's keys; the payload CRC tells the right one."""
    view, start = cur.view, cur.pos
    meter = meter_from_address(address)
    keys = [key for key in ctx.keys.candidates(meter) if len(key.value) == BLOCK]
    if not keys:
        why = f"AES-CTR encrypted, and there is no key for {meter.manufacturer} {meter.id}"
        return _closed(cur, ctx, out, Security(None, "key_missing"), "oms.key.missing", why)
    counter = _initial_counter(address, ell.communication_control, (ell.session or 0).to_bytes(4, "little"))
    for key in keys:
        plain = ctr_crypt(key.value, counter, view.data[start:])
        opened = view.replace(view.data[:start] + plain, "decrypted")
        security = Security(None, "decrypted", key.label, True)
        if _matches(opened.data, start):
            out.security = security
            return _good(cur, opened, out, f"key {key.label}")
        if crc16_en13757(plain[_CRC:-_CRC]) == int.from_bytes(plain[:_CRC], "little"):
            return _with_link_crc(cur, opened, security, ctx, out)
    tried = f"{len(keys)} key{'s' if len(keys) != 1 else ''} tried"
    why = f"the payload CRC does not match after decryption: {tried}"
    return _closed(cur, ctx, out, Security(None, "key_wrong", None, False), "wmbus.ell.key_wrong", why)


def _initial_counter(address: bytes, control: int, session: bytes) -> bytes:
    """Return the first counter block: M A, CC without hop and repeated bits, SN, frame number 0, block 0."""
    return address + bytes((control & ~_HOP_AND_REPEATED & 0xFF,)) + session + b"\x00\x00\x00"


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


def _closed(cur: Cursor, ctx: Context, out: Decoded, security: Security, code: str, why: str) -> View | None:
    """Say why the payload stays closed."""
    view, start = cur.view, cur.pos
    missing = security.verdict == "key_missing"
    out.security, out.state = security, "opaque"
    out.checks += (Check("ELL payload CRC", None if missing else False, why, *view.span(start, start + _CRC)),)
    if cur.trace is not None:
        cur.trace.add(view, start, len(view), LAYER, "payload", f"closed: {why}")
    error = KeyMissing if missing else VerificationFailed
    ctx.error(code, why, layer=LAYER, field="payload", view=view, start=start, end=len(view), error=error)
    return None


def build_ell(
    address: bytes, control: int, access_no: int, payload: bytes, *, session: int, key: bytes | None
) -> bytes:
    """Return an ELL II (CI 8D) with payload; encrypted when there is a key (then the session number says so)."""
    number = session & 0x1FFFFFFF | (_AES_CTR << 29 if key is not None else 0)
    body = crc16_en13757(payload).to_bytes(_CRC, "little") + payload
    serial = number.to_bytes(4, "little")
    if key is not None:
        body = ctr_crypt(key, _initial_counter(address, control, serial), body)
    return bytes((0x8D, control, access_no)) + serial + body
