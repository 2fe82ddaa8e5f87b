"""What the exports say of a points file: use cases of the market, formats and options of connectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.export.mscons.outgoing.header import TITLES
from emtkit.export.mscons.use_cases import VARIANTS, market_register, use_case
from emtkit.export.registry import export, parse_options
from emtkit.model.errors import ConfigError, EmtkitError, EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.export.mscons.market_registers import Register
    from emtkit.export.mscons.use_cases import UseCase
    from emtkit.points import Point
    from emtkit.points.files import PointsFile

# Who sends a use case. Source: EDI@Energy MSCONS AHB 3.2, communication of the use cases (electricity)
_SENDERS: Final[dict[str, tuple[str, ...]]] = {
    "13015": ("NB",),
    "13016": ("MSB", "NB"),
    "13017": ("MSB", "NB", "LF"),
    "13018": ("MSB",),
    "13019": ("MSB", "NB"),
    "13025": ("MSB",),
    "13027": ("MSB",),
    "13028": ("NB",),
}


def use_case_rule(point: Point) -> Iterator[tuple[str, ConfigError]]:
    """Give what the point's Prüfidentifikator wants and the point has not."""
    if point.pruefidentifikator is None:
        return
    try:
        usual = use_case(point.pruefidentifikator)
    except EmtkitError as error:
        yield "pruefidentifikator", ConfigError(error.code, error.message)
        return
    what = f"{usual.pruefidentifikator} ({usual.title})"
    cases = [case for (number, _), case in VARIANTS.items() if number == usual.pruefidentifikator]
    kinds = dict.fromkeys(kind for case in cases for kind in case.locations)
    if not any(getattr(point, kind) is not None for kind in kinds):
        wanted = " or ".join(TITLES[kind] for kind in kinds)
        yield "", ConfigError("points.location", f"{what} is for a {wanted}, none is given")
    missing = [name for name in ("sender", "receiver", "obis") if getattr(point, name) is None]
    if point.obis is not None:
        try:
            case, register = _register(cases, point.obis)
        except EmtkitError as error:
            yield "obis", ConfigError(error.code, error.message)
        else:
            if case.ratio_included and register.ratio and point.ratio is None:
                missing.append("ratio")
    if missing:
        yield "", ConfigError("points.missing", f"{what} needs {' and '.join(missing)}")


def _register(cases: list[UseCase], obis: str) -> tuple[UseCase, Register]:
    """Return the first of the cases that takes the register. Raises the last one's EncodeError."""
    *others, last = cases
    for case in others:
        try:
            return case, market_register(case, obis)
        except EncodeError:
            continue
    return last, market_register(last, obis)


def check_roles(file: PointsFile) -> None:
    """Add to a file's problems the points whose tenant is in a role that does not send their use case."""
    tenants = {party.name: party for party in file.tenants}
    for _, point in file.points:
        allowed = _SENDERS.get(point.pruefidentifikator or "")
        tenant = tenants.get(point.tenant or "")
        if allowed is None or tenant is None:
            continue
        roles = {each.role for each in tenant.mp_ids if each.id == point.sender and each.role is not None}
        if roles and roles.isdisjoint(allowed):
            message = (
                f"{point.pruefidentifikator} is sent by {' or '.join(allowed)}, {tenant.name!r} is "
                f"{' and '.join(sorted(roles))}: among partners who agree on it, this is no market communication"
            )
            file.problems.warn("points.role", message, file.place_of(point, "pruefidentifikator"), "pruefidentifikator")


def check_connectors(file: PointsFile) -> None:
    """Add to a file's problems the connectors whose format or options there are not."""
    for connector in file.connectors:
        try:
            form = export(connector.to)
        except ConfigError as error:
            file.problems.error(error.code, error.message, file.place_of(connector, "to"), "to")
            continue
        try:
            parse_options(form, connector.settings())
        except ConfigError as error:
            file.problems.error(error.code, error.message, file.place_of(connector, "options"), "options")
        if form.OUTPUT == "directory" and connector.out is None:
            message = f"{connector.to} writes several files: out must name a folder"
            file.problems.error("points.connector", message, file.place_of(connector), "out")
