"""The way of an APDU: opened, put together, given its request, and read down to values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtkit.model.decoded import NO_SECURITY, Check, Decoded, Security
from emtkit.model.errors import DecodeError
from emtkit.model.key import Key
from emtkit.protocols.dlms import acse, axdr, security, tags
from emtkit.protocols.dlms.answers import Answers
from emtkit.protocols.dlms.apdu import apdu_name, read_apdu
from emtkit.protocols.dlms.apdu_action import ActionRequest, ActionResponse
from emtkit.protocols.dlms.apdu_cipher import (
    AgreedKey,
    Ciphered,
    GeneralBlockTransfer,
    GeneralCiphering,
    GeneralDed,
    GeneralGlo,
    GeneralSigning,
    Protected,
    WrappedKey,
)
from emtkit.protocols.dlms.apdu_notify import DataNotification, EventNotification
from emtkit.protocols.dlms.apdu_service import ConfirmedServiceError, ExceptionResponse, InitiateRequest
from emtkit.protocols.dlms.apdu_sn import InformationReport
from emtkit.protocols.dlms.classes.access import ASSOCIATION_LN, REPLY_TO_HLS
from emtkit.protocols.dlms.envelope import agreed_keys, header_forms, unwrapped_keys, verify_signed
from emtkit.protocols.dlms.identity import meter_of_title
from emtkit.protocols.dlms.pushing import Pushes
from emtkit.protocols.dlms.session import Associations
from emtkit.protocols.dlms.unlock import Unlocked, unlock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading
    from emtkit.protocols.context import Context
    from emtkit.protocols.dlms.session import Association, Transfer
    from emtkit.protocols.dlms.transport import Pdu
    from emtkit.wire.view import View

# APDUs inside APDUs: ciphered, signed, in blocks. Real ones have three.
MAX_LAYERS: Final = 8
# APDUs one after the other in one PDU. Real ones are alone; some meters repeat themselves.
MAX_APDUS: Final = 64

# The verdict of several APDUs is the worst of theirs.
_WORST: Final = ("mac_invalid", "key_wrong", "key_missing", "unsupported", "decrypted", "already_decrypted", "none")
_CLOSED: Final[dict[str, str]] = {
    "key_missing": "dlms.key.missing",
    "key_wrong": "dlms.key.wrong",
    "mac_invalid": "dlms.security.mac",
    "unsupported": "dlms.security.unsupported",
}
_TEXT_START: Final = b"/"


class Walk:
    """One decode call: takes APDUs, collects what they hold."""

    def __init__(self, ctx: Context) -> None:
        """Start with nothing found."""
        self.ctx = ctx
        self.call = object()
        self.layers: list[Any] = []
        self.checks: list[Check] = []
        self.readings: list[Reading] = []
        self.securities: list[Security] = []
        self.meter: MeterId | None = None
        self.text: View | None = None  # a P1 telegram that was inside
        self.pending: View | None = None  # the last piece of an APDU that is not whole yet
        self.apdus = 0
        self._store = ctx.memory.of(Associations)
        self._link: tuple[str, str, str] = ("", "", "")
        self._pushes = Pushes(self)
        self._answers = Answers(self)

    # ---- result

    def result(self, raw: bytes) -> Decoded:
        """Return what was found."""
        if self.pending is not None:
            self.ctx.info(
                "dlms.transfer.pending",
                "a piece of an APDU that is not whole yet",
                layer="dlms.gbt",
                view=self.pending,
                end=len(self.pending),
            )
        verdict = self._security()
        closed = verdict.verdict in _CLOSED
        findings = any(item.severity != "info" for item in self.ctx.diagnostics)
        state = "opaque" if closed and not self.readings else "partial" if findings else "complete"
        return Decoded(
            "dlms",
            state,  # type: ignore[arg-type]  # one of three literals
            self.meter,
            verdict,
            self.readings,
            self.ctx.diagnostics,
            (),
            tuple(self.layers),
            tuple(self.checks),
            raw=raw,
        )

    def _security(self) -> Security:
        if not self.securities:
            return NO_SECURITY
        worst = min(self.securities, key=lambda item: _WORST.index(item.verdict))
        said = {item.verified for item in self.securities}
        verified = False if False in said else None if None in said else True
        return worst._replace(verified=verified)

    # ---- APDUs

    def pdu(self, pdu: Pdu) -> None:
        """Take what came out of the transport: an APDU, or several one after the other."""
        association = self._store.between(pdu.link)
        self._link = pdu.link
        end = self.apdu(pdu.view, association, pdu.sender, 0)
        view = pdu.view
        for _ in range(MAX_APDUS):
            view = view.slice(end)
            if not view.data:
                return
            try:
                end = self.apdu(view, association, pdu.sender, 0)
            except DecodeError as error:
                self._trailing(view, error.message)
                return
        self._trailing(view, "there were too many before them")

    def _trailing(self, view: View, why: str) -> None:
        if self.ctx.trace is not None:
            self.ctx.trace.add(view, 0, len(view), "dlms.apdu", "rest", "not understood")
        self.ctx.warn(
            "dlms.apdu.trailing",
            f"{len(view)} bytes after the APDU are not read: {why}",
            layer="dlms.apdu",
            view=view,
            start=0,
            end=len(view),
        )

    def apdu(self, view: View, association: Association, sender: str | None, depth: int) -> int:
        """Take one APDU; return where it ended."""
        if depth > MAX_LAYERS:
            low, high = view.span(0, len(view))
            raise DecodeError(
                "dlms.apdu.nesting", f"more than {MAX_LAYERS} APDUs inside each other", start=low, end=high
            )
        apdu, end = read_apdu(view, self.ctx.trace)
        if end < len(view.data):
            view = view.slice(0, end)
        self.apdus += 1
        self.layers.append(apdu)
        sender = tags.tag_sender(view.data[0]) or sender
        if isinstance(apdu, Ciphered | GeneralGlo | GeneralDed | GeneralCiphering):
            self._open(apdu, view, association, sender, depth)
        elif isinstance(apdu, GeneralSigning):
            self.checks.append(verify_signed(apdu, view, self.ctx))
            self.apdu(view.slice(*apdu.content.place), association, sender, depth + 1)
        elif isinstance(apdu, GeneralBlockTransfer):
            self._block(apdu, view, association, sender, depth)
        elif isinstance(apdu, acse.Aarq | acse.Aare | acse.Rlrq | acse.Rlre):
            self._associate(apdu, view, association, sender, depth)
        elif isinstance(apdu, InitiateRequest):
            key = apdu.dedicated_key
            if key and len(key) in (16, 32):
                association.dedicated_key = Key(key, "dedicated key")
        elif isinstance(apdu, DataNotification):
            self._pushes.notification(apdu, view)
        elif isinstance(apdu, EventNotification):
            self._pushes.event(apdu, view, association)
        elif isinstance(apdu, InformationReport):
            self._pushes.report(apdu, view)
        elif isinstance(apdu, ExceptionResponse | ConfirmedServiceError):
            self.refused(view, str(apdu))
        else:
            self._authentication(apdu, association)
            self._answers.take(apdu, view, association)
        return end

    def refused(self, view: View, why: str) -> None:
        """Say that the other side did not do what it was asked."""
        self.ctx.info("dlms.answer.refused", why, layer="dlms.apdu", view=view, start=0, end=len(view))

    # ---- ciphering

    def keys(self, title: bytes, use: str) -> tuple[Key, ...]:
        """Return the keys to try for the owner of a system title."""
        return tuple(self.ctx.keys.candidates(meter_of_title(title) or self.meter, use))

    def title(self, association: Association, sender: str | None) -> bytes:
        """Return the sender's system title: of the association, else what the envelope says."""
        known = association.titles.get(sender or "server", b"")
        if known:
            return known
        hint = self.ctx.hints.get("system_title")
        try:
            return bytes.fromhex(hint) if isinstance(hint, str) else bytes(hint or b"")
        except (ValueError, TypeError):
            return b""

    def _open(
        self,
        apdu: Ciphered | GeneralGlo | GeneralDed | GeneralCiphering,
        view: View,
        association: Association,
        sender: str | None,
        depth: int,
    ) -> None:
        title = apdu.originator if isinstance(apdu, GeneralCiphering) else getattr(apdu, "title", b"")
        title = title or self.title(association, sender)
        server = title if sender != "client" else association.titles.get("server") or title
        if self.meter is None and server:
            self.meter = meter_of_title(server)
        if sender is None and title and title == association.titles.get("client"):
            sender = "client"
        keys: Iterable[Key] = self.keys(server, "encryption")
        headers: tuple[bytes, ...] = (b"",)
        if isinstance(apdu, GeneralDed) or (isinstance(apdu, Ciphered) and apdu.tag in tags.DED):
            keys = (association.dedicated_key,) if association.dedicated_key is not None else ()
        if isinstance(apdu, GeneralCiphering):
            headers = header_forms(apdu)
            if isinstance(apdu.key, WrappedKey):
                keys = unwrapped_keys(apdu.key, keys)
            elif isinstance(apdu.key, AgreedKey):
                keys = agreed_keys(apdu, self.ctx)
        protected = apdu.protected
        found = unlock(protected, title, tuple(keys), self.keys(server, "authentication"), headers)
        self.securities.append(found.security)
        self._checked(found, protected, view)
        if found.text is None:
            return
        inner = view.slice(*protected.place).replace(found.text, "decrypted" if protected.encrypted else view.name)
        if found.text[:1] == _TEXT_START:
            self.text = inner
            return
        self.apdu(inner, association, sender, depth + 1)

    def _checked(self, found: Unlocked, protected: Protected, view: View) -> None:
        low, high = protected.place
        place = view.span(high, high + len(protected.mac)) if protected.mac else view.span(low, high)
        self.checks.append(Check("authentication", found.security.verified, found.detail, *place))
        code = _CLOSED.get(found.security.verdict)
        if code is not None:
            self.ctx.error(code, found.detail, layer="dlms.security", view=view, start=low, end=high)

    # ---- general block transfer

    def _block(
        self, apdu: GeneralBlockTransfer, view: View, association: Association, sender: str | None, depth: int
    ) -> None:
        transfer = association.transfer(f"gbt {self._link}")  # each direction has its own block numbers
        piece = view.slice(*apdu.piece.place)
        if apdu.number == 0 or not piece.data:
            return  # only acknowledges
        if apdu.number == 1:
            self._restart(transfer, view)
        elif apdu.number != transfer.last + 1 or not transfer:
            self._broken(view, "dlms.gbt.gap", f"block {apdu.number} after block {transfer.last}")
            transfer.clear()
            return
        if not transfer.add(piece, apdu.number, self.call):
            self._broken(view, "dlms.transfer.size", "more blocks than one APDU can have")
            transfer.clear()
        elif not apdu.last:
            self.pending = piece
        else:
            self.pending = None
            self.apdu(transfer.take(self.call), association, sender, depth + 1)

    def _restart(self, transfer: Transfer, view: View) -> None:
        if transfer:
            why = f"block 1 begins anew after block {transfer.last}"
            self.ctx.info("dlms.gbt.cut_off", why, layer="dlms.gbt", view=view, end=len(view))
        transfer.clear()

    def _broken(self, view: View, code: str, message: str) -> None:
        self.ctx.error(code, message, layer="dlms.gbt", view=view, start=0, end=len(view))

    # ---- association

    def _associate(
        self,
        apdu: acse.Aarq | acse.Aare | acse.Rlrq | acse.Rlre,
        view: View,
        association: Association,
        sender: str | None,
        depth: int,
    ) -> None:
        side = sender or "server"
        if isinstance(apdu, acse.Aarq):
            association.open()
            association.context = apdu.context
            association.mechanism = apdu.mechanism or acse.NO_SECURITY
        if isinstance(apdu, acse.Aarq | acse.Aare):
            if apdu.title:
                association.titles[side] = apdu.title
            if apdu.authentication and (apdu.mechanism or 0) > acse.LLS:
                association.challenges[side] = apdu.authentication
            if isinstance(apdu, acse.Aare) and apdu.title:
                self.meter = meter_of_title(apdu.title)
            if isinstance(apdu, acse.Aare) and apdu.result != acse.ACCEPTED:
                self.refused(view, str(apdu))
        information = apdu.user_information
        if information is not None and information.content:
            self.apdu(view.slice(*information.place), association, sender, depth + 1)

    def _authentication(self, apdu: Any, association: Association) -> None:  # noqa: ANN401 - any APDU
        """Check passes 3 and 4 of HLS GMAC: the answers to both challenges."""
        answer: axdr.Data | None = None
        side = "client"
        if isinstance(apdu, ActionRequest) and _replies_to_hls(apdu):
            answer = apdu.parameters
        elif isinstance(apdu, ActionResponse) and isinstance(apdu.outcome.returned, axdr.Data):
            side = "server"
            if _replies_to_hls(association.requests.get(apdu.invoke & 0x0F)):
                answer = apdu.outcome.returned
        if answer is None or answer.tag != axdr.OCTET_STRING or association.mechanism != acse.HLS_GMAC:
            return
        challenge = association.challenges.get("server" if side == "client" else "client")
        title = association.titles.get(side, b"")
        keys = self.keys(association.titles.get("server", b""), "encryption")
        others = self.keys(association.titles.get("server", b""), "authentication")
        if challenge is None or len(title) != security.TITLE_SIZE or not keys or not others:
            self.checks.append(Check(f"hls.{side}", None, "challenge, title or keys are not known"))
            return
        right = any(
            security.verify_gmac(answer.value, key.value, other.value, title, challenge)
            for key in keys
            for other in others
            if len(key.value) == len(other.value) and len(key.value) in (16, 32)
        )
        self.checks.append(Check(f"hls.{side}", right, f"answer of the {side} to the challenge"))
        if not right:
            self.ctx.error("dlms.security.hls", f"the {side}'s answer to the challenge is wrong", layer="dlms.security")


def _replies_to_hls(request: Any) -> bool:  # noqa: ANN401 - any request, or None
    if not isinstance(request, ActionRequest):
        return False
    return (request.descriptor.class_id, request.descriptor.method) == (ASSOCIATION_LN, REPLY_TO_HLS)


def layer_names(layers: Iterable[Any]) -> list[str]:
    """Return the names of the layers, for people and tests."""
    return [apdu_name(layer) for layer in layers]
