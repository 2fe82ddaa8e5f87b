"""Corrections: a message that replaces values which were sent before.

Time series are replaced by the newer message; all others are cancelled first. Where a true value, or a substitute by
another substitute, is replaced, the new value says why (STS+Z34); where a true value replaces a substitute, it says
that (STS+Z33 ZC3).
Source: EDI@Energy MSCONS AHB 3.2, hints [541], [551], [559], [560].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.mscons.ahb_codes import CORRECTION, PLAUSIBILITY, Place, codes
from emtkit.export.mscons.incoming.received import CANCELLATION
from emtkit.export.mscons.outgoing.sent import SentMessage, SentValue, ValueKey, read_sent, value_key
from emtkit.export.mscons.status import PRELIMINARY, REASONS, SUBSTITUTE, SUBSTITUTE_EXCHANGED
from emtkit.model.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from emtkit.export.mscons.message import Line, Message, Quantity
    from emtkit.export.mscons.outgoing.header import Header

_TRUE: Final = "220"
# (what was sent, what replaces it) that needs a Korrekturgrund: [541], [551]
_NEEDS_REASON: Final = frozenset(
    {(PRELIMINARY, SUBSTITUTE), (SUBSTITUTE, SUBSTITUTE), (_TRUE, SUBSTITUTE), (_TRUE, _TRUE)}
)
_HAS_REASON: Final = frozenset(new for _, new in _NEEDS_REASON)

Reasons = tuple[str, ...]
Subject = tuple[str, str, str, str, tuple[str, ...]]


class Correction(NamedTuple):
    """What must be sent.

    cancelled  messages to take back first
    message    the new message, None where it says nothing new
    """

    cancelled: tuple[SentMessage, ...]
    message: Message | None


class Sent:
    """What was sent and still holds: by Meldepunkt, the newest message last."""

    def __init__(self, files: Iterable[Path], headers: Iterable[Header] | None = None) -> None:
        """Read files; with `headers` only the values of these Meldepunkte are kept. Raises as `sent.read_sent`."""
        wanted = None if headers is None else set(map(_subject, headers))
        self._held: dict[Subject, list[tuple[SentMessage, dict[ValueKey, SentValue]]]] = {}
        withdrawn: set[tuple[str, str | None]] = set()
        for head, message in read_sent(files):
            if head.function == CANCELLATION:
                withdrawn.add((head.sender, head.cancels))
                continue
            subject = (head.pruefidentifikator, head.document_code, head.sender, head.receiver, head.subject)
            if wanted is not None and subject not in wanted:
                continue
            values = {
                value_key(quantity.line.obis, quantity): SentValue(quantity.value, quantity.code)
                for quantity in message.quantities()
            }
            self._held.setdefault(subject, []).append((head, values))
        for subject, held in self._held.items():
            standing = [item for item in held if (item[0].sender, item[0].document) not in withdrawn]
            self._held[subject] = sorted(standing, key=lambda item: item[0].date)

    def correct(self, header: Header, message: Message, reasons: Reasons, *, test: bool = False) -> Correction:
        """Return what must be sent so that `message` holds instead of what was sent before.

        reasons  Korrekturgründe: names of `status.REASONS` or codes; a value takes the first that it may have
        Raises EncodeError `mscons.correction.reason` where it is missing or not allowed, `mscons.correction.incomplete`
        where a message must be cancelled whose values the new one does not all have, `mscons.correction.test`.
        """
        new = {value_key(line.obis, quantity): quantity for line in message.lines for quantity in line.quantities}
        earlier = [item for item in self._held.get(_subject(header), []) if not new.keys().isdisjoint(item[1])]
        if not earlier:
            return Correction((), message)
        for head, _ in earlier:
            if head.test != test:
                raise EncodeError(
                    "mscons.correction.test", f"{head} was sent {'as a test' if head.test else 'in earnest'}"
                )
        old = {key: value for _, values in earlier for key, value in values.items()}
        if all(
            key in old and (old[key].value, old[key].code) == (each.value, each.code) for key, each in new.items()
        ) and (header.case.replaced or old.keys() == new.keys()):
            return Correction((), None)
        if not header.case.replaced:
            self._check_complete(earlier, new)
        lines = [
            line._replace(
                quantities=[
                    _corrected(header, line, quantity, old.get(value_key(line.obis, quantity)), reasons)
                    for quantity in line.quantities
                ]
            )
            for line in message.lines
        ]
        message.lines = lines
        return Correction(() if header.case.replaced else tuple(head for head, _ in earlier), message)

    @staticmethod
    def _check_complete(
        earlier: list[tuple[SentMessage, dict[ValueKey, SentValue]]], new: dict[ValueKey, Quantity]
    ) -> None:
        for head, values in earlier:
            lost = values.keys() - new.keys()
            if lost:
                registers = ", ".join(sorted({key[0] for key in lost}))
                raise EncodeError(
                    "mscons.correction.incomplete",
                    f"{head} must be cancelled, and the new message lacks {len(lost)} of its values ({registers})",
                )


def _subject(header: Header) -> Subject:
    ids = () if header.konfigurations_id is None else (header.konfigurations_id,)
    case = header.case
    return (
        case.pruefidentifikator,
        case.document_code,
        header.sender.id,
        header.receiver.id,
        (header.location or "", *ids),
    )


def _corrected(header: Header, line: Line, quantity: Quantity, old: SentValue | None, reasons: Reasons) -> Quantity:
    """Return the value with what it says of the one it replaces."""
    if old is None or (old.value, old.code) == (quantity.value, quantity.code):
        return quantity
    if (old.code, quantity.code) in _NEEDS_REASON:
        return _with_reason(header, line, quantity, reasons)
    if (old.code, quantity.code) == (SUBSTITUTE, _TRUE):
        hints = quantity.plausibility
        allowed = codes(_place(header, line), PLAUSIBILITY, quantity.code)
        if SUBSTITUTE_EXCHANGED in allowed and SUBSTITUTE_EXCHANGED not in hints:
            return quantity._replace(plausibility=(*hints, SUBSTITUTE_EXCHANGED))
    return quantity


def with_reason(header: Header, message: Message, reasons: Reasons) -> Message:
    """Return the message with every true and substitute value as one that replaces another.

    Raises EncodeError `mscons.correction.reason`.
    """
    message.lines = [
        line._replace(
            quantities=[
                _with_reason(header, line, quantity, reasons) if quantity.code in _HAS_REASON else quantity
                for quantity in line.quantities
            ]
        )
        for line in message.lines
    ]
    return message


def _with_reason(header: Header, line: Line, quantity: Quantity, reasons: Reasons) -> Quantity:
    allowed = codes(_place(header, line), CORRECTION, quantity.code)
    if not allowed:
        return quantity  # the use case has no Korrekturgrund
    code = next((code for name in reasons if (code := REASONS.get(name, name)) in allowed), None)
    if code is None:
        raise EncodeError(
            "mscons.correction.reason",
            f"{header} {line.obis}: a value that was sent is replaced by one of QTY {quantity.code}, and "
            f"{' or '.join(reasons) or 'no reason given'} is no Korrekturgrund for that (option correction_reason: "
            f"{', '.join(sorted(allowed))})",
            field="correction_reason",
        )
    return quantity._replace(correction=code)


def _place(header: Header, line: Line) -> Place:
    return Place(header.case.pruefidentifikator, header.case.document_code, header.kind, line.obis)
