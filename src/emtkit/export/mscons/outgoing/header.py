"""What all messages of one Meldepunkt begin with: use case, partners, location, device, references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.mscons.message import Partner
from emtkit.export.mscons.use_cases import UseCase, use_case
from emtkit.model.errors import EncodeError
from emtkit.model.market_ids import check_partner
from emtkit.points import check_point

if TYPE_CHECKING:
    from emtkit.export.mscons.market_registers import Location
    from emtkit.model.meter_id import MeterId
    from emtkit.points import Point

TITLES: Final[dict[Location, str]] = {
    "messlokation": "Messlokation",
    "marktlokation": "Marktlokation",
    "netzlokation": "Netzlokation",
    "konfigurations_id": "Konfigurations-ID",
}


class Header(NamedTuple):
    """What all messages of a Meldepunkt share.

    kind      which of the location's ids is used
    location  LOC+172, None where the Konfigurations-ID stands for it
    """

    case: UseCase
    sender: Partner
    receiver: Partner
    kind: Location
    location: str | None
    device: str | None
    konfigurations_id: str | None
    order_reference: str | None

    def __str__(self) -> str:
        """Return what a person calls it: `13025 51238696781`."""
        return f"{self.case.pruefidentifikator} {self.location or self.konfigurations_id}"


def header_of(point: Point, meter: MeterId, document_code: str | None = None) -> Header:
    """Return what the messages of this point begin with.

    document_code  BGM 1001 where the Prüfidentifikator has several (`Z42`); the usual one if it does not have this

    Raises EncodeError `mscons.pruefidentifikator`, `mscons.location`, `mscons.device`, `mscons.order_reference`,
    `mscons.partner`; ConfigError `points.*`, `market_id.*`.
    """
    check_point(point)
    point.require("pruefidentifikator", "sender", "receiver")
    case = use_case(point.pruefidentifikator or "", document_code)
    kind = next((kind for kind in case.locations if getattr(point, kind) is not None), None)
    if kind is None:
        raise EncodeError(
            "mscons.location",
            f"{point.where}: {case.pruefidentifikator} ({case.title}) is for a "
            + " or ".join(TITLES[kind] for kind in case.locations),
            field="location",
        )
    _check_order_reference(point, case, kind)
    device = None
    if case.device and kind == "messlokation":
        device = point.geraetenummer or meter.identifier
        if device is None:
            raise EncodeError("mscons.device", f"{point.where}: geraetenummer must be given", field="geraetenummer")
    return Header(
        case,
        _partner(point.sender or "", case, "sender"),
        _partner(point.receiver or "", case, "receiver"),
        kind,
        None if kind == "konfigurations_id" else getattr(point, kind),
        device,
        point.konfigurations_id if kind == "konfigurations_id" else None,
        point.order_reference,
    )


def _check_order_reference(point: Point, case: UseCase, kind: Location) -> None:
    name = f"{point.where}: {case.pruefidentifikator} (BGM {case.document_code})"
    if point.order_reference is None and kind in case.order_reference:
        raise EncodeError(
            "mscons.order_reference",
            f"{name} for a {TITLES[kind]}: order_reference must give the document number that it refers to: of the "
            "order, or where it corrects an energy, of the message with the meter readings",
            field="order_reference",
        )
    if point.order_reference is not None and not case.takes_order:
        raise EncodeError(
            "mscons.order_reference",
            f"{name} answers no order: order_reference has no place in it",
            field="order_reference",
        )


def _partner(text: str, case: UseCase, role: str) -> Partner:
    agency = check_partner(text)
    if agency.sparte not in (None, case.sparte):
        raise EncodeError(
            "mscons.partner",
            f"{case.pruefidentifikator} is for {case.sparte}, the {role} {text} is an MP-ID of {agency.sparte}",
            field=role,
        )
    return Partner(text, agency.unb, agency.nad)
