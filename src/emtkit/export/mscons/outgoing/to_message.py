"""A received message as one that can be written: the same content, whole, or refused."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from emtkit.export.mscons.message import Line, Message, Partner, Quantity
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.model.errors import EncodeError
from emtkit.model.market_ids import check_partner

if TYPE_CHECKING:
    from datetime import date

    from emtkit.export.mscons.incoming.received import Envelope, ReceivedMessage, ReceivedQuantity


_LISTS: Final = frozenset({"SRW", "Z02"})  # PIA 7143


def to_message(received: ReceivedMessage) -> Message:
    """Read the values of a received message and return it for `MessageWriter`.

    Raises EncodeError `mscons.read.incomplete` where it lacks, or has, what a message that emtkit writes must have or
    cannot have: a unit, two locations, the version of a time series.
    """
    lines: list[Line] = []
    current = None
    for quantity in received.quantities():
        if quantity.line is not current:
            current = quantity.line
            if current.list not in _LISTS or current.number != str(len(lines) + 1):
                raise _incomplete(received, f"LIN {current.number} is no register of the OBIS list")
            lines.append(Line(current.obis, [], current.list))
        lines[-1].quantities.append(_quantity(received, quantity))
    head = {
        "date": received.date,
        "pruefidentifikator": received.pruefidentifikator,
        "lines": lines or received.is_cancellation,
        "cancels": received.cancels if received.is_cancellation else "-",
    }
    missing = [name for name, value in head.items() if not value]
    ids = {location.qualifier for location in received.locations}
    unwritten = {
        "locations": len(received.locations) != 1 or ids != {"172"},
        "Konfigurations-IDs": len(received.konfigurations_ids) > 1,
        "contacts": bool(received.contacts),
        "split": bool(received.split),
        "version": received.version is not None,
        "month": received.month is not None or received.profile_month is not None,
        "series_type": received.series_type is not None,
        "order_date": received.order_date is not None,
        "party": received.party != "DP",
    }
    missing += [name for name, there in unwritten.items() if there]
    if missing or received.diagnostics or not isinstance(received.date, datetime):
        raise _incomplete(received, ", ".join(missing) or "the findings about it")
    return Message(
        reference=received.reference,
        release=received.release,
        document_code=received.document_code,
        document=received.document,
        function=received.function,
        date=received.date,
        order_reference=received.order_reference,
        cancels=received.cancels,
        master_data_reference=received.master_data_reference,
        pruefidentifikator=received.pruefidentifikator or "",
        sender=received.sender,
        receiver=received.receiver,
        location=received.location or None,
        begin=_moment(received, received.begin),
        end=_moment(received, received.end),
        device=received.device,
        konfigurations_id=next(iter(received.konfigurations_ids), None),
        lines=lines,
    )


def to_interchange(envelope: Envelope) -> Interchange:
    """Return the envelope for writing.

    Raises EncodeError `mscons.read.incomplete` without a time, ConfigError `market_id.*` for a partner that is none.
    """
    if envelope.created is None:
        raise EncodeError(
            "mscons.read.incomplete", f"the interchange {envelope.reference} does not say when it was made"
        )
    return Interchange(
        reference=envelope.reference,
        sender=_partner(envelope.sender),
        receiver=_partner(envelope.receiver),
        created=envelope.created,
        application_reference=envelope.application_reference,
        test=envelope.test,
        service=envelope.service,
    )


def _partner(partner: Partner) -> Partner:
    return partner._replace(nad_agency=check_partner(partner.id).nad)


def _quantity(received: ReceivedMessage, quantity: ReceivedQuantity) -> Quantity:
    if quantity.value is None or quantity.unit:
        raise _incomplete(received, f"the value {quantity.text!r} of segment {quantity.segment}")
    return Quantity(
        quantity.value,
        quantity.code,
        _moment(received, quantity.begin),
        _moment(received, quantity.end),
        quantity.ablesedatum,
        _moment(received, quantity.nutzungszeitpunkt),
        _moment(received, quantity.aenderungszeitpunkt),
        quantity.plausibility,
        quantity.method,
        quantity.correction,
        quantity.reason,
        quantity.gas_quality,
        quantity.energy_basis,
        quantity.leistungsperiode,
    )


def _moment(received: ReceivedMessage, moment: datetime | date | None) -> datetime | None:
    if moment is not None and not isinstance(moment, datetime):
        raise _incomplete(received, f"the day {moment} where a time must be")
    return moment


def _incomplete(received: ReceivedMessage, what: str) -> EncodeError:
    return EncodeError("mscons.read.incomplete", f"message {received.reference} cannot be written again: {what}")
