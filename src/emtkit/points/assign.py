"""Who sends and who receives: MP-IDs of points that name a tenant and a partner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from emtkit.points.files import PointsFile
    from emtkit.points.parties import Party
    from emtkit.points.point import Point


def assign_partners(file: PointsFile) -> None:
    """Fill in `sender` and `receiver` where a point names tenant and partner; note names that nobody has.

    An MP-ID that a point gives is left as it is. A tenant is a mere label where the file describes no tenants.
    """
    tenants = {party.name: party for party in file.tenants}
    partners = {party.name: party for party in file.partners}
    for _, point in file.points:
        if point.tenant is not None and tenants:
            tenant = tenants.get(point.tenant)
            if tenant is None:
                message = f"there is no tenant {point.tenant!r}; there are: {', '.join(tenants)}"
                file.problems.error("points.tenant", message, file.place_of(point, "tenant"), "tenant")
            else:
                _assign(point, "sender", tenant, file)
        if point.partner is not None:
            partner = partners.get(point.partner)
            if partner is None:
                message = f"there is no partner {point.partner!r}; there are: {', '.join(partners) or 'none'}"
                file.problems.error("points.partner", message, file.place_of(point, "partner"), "partner")
            else:
                _assign(point, "receiver", partner, file)


def _assign(point: Point, side: Literal["sender", "receiver"], party: Party, file: PointsFile) -> None:
    name = "tenant" if side == "sender" else "partner"
    given = getattr(point, side)
    if given is not None:
        if given not in {each.id for each in party.mp_ids}:
            message = f"{given} is no MP-ID of the {name} {party.name!r}"
            file.problems.warn("points.party", message, file.place_of(point, side), side)
        return
    sparte = point.of_medium
    if sparte != "electricity" and sparte != "gas":  # noqa: PLR1714 - mypy follows this form
        return  # no market message carries it
    try:
        setattr(point, side, party.mp_id(sparte, point.role if side == "sender" else None))
    except ConfigError as error:
        # an export that needs it says that it is missing
        if error.code.startswith("points."):
            file.problems.warn(error.code, error.message, file.place_of(point, name), name)
