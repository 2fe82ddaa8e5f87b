"""What is well-formed in a points file and may be a mistake all the same. These are warnings, never errors."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from emtkit.model.errors import ConfigError
from emtkit.model.market_ids import check_partner
from emtkit.points.connectors import listed, wrong_selectors
from emtkit.points.point import as_obis
from emtkit.points.problems import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emtkit.points.files import PointsFile
    from emtkit.points.parties import Party
    from emtkit.points.point import Point

    # what an export says of one point: field and error
    Rule = Callable[[Point], Iterator[tuple[str, ConfigError]]]

LOCATIONS: Final = ("marktlokation", "messlokation", "netzlokation", "konfigurations_id")
_MOST_WILDCARDS: Final = 200  # each is compared with every entry
_EACH_TIME_NEW: Final = ("message_date", "reference")


def add_suspicions(file: PointsFile, rules: tuple[Rule, ...] = ()) -> None:
    """Add warnings to a file's problems. `rules` are those of exports, which know more of the market."""
    points = [point for _, point in file.points]
    for point in points:
        for rule in (_partners, *rules):
            for name, error in rule(point):
                file.problems.warn(error.code, error.message, file.place_of(point, name), name)
    if not points and file.usable:
        file.problems.warn("points.empty", "there is no entry in it", Place(file.name))
    _two_meters(points, file)
    _wildcards(points, file)
    _unused(points, file)
    _connectors(points, file)


def _partners(point: Point) -> Iterator[tuple[str, ConfigError]]:
    """Sender and receiver must be two, and of the Sparte of the values."""
    if point.sender is not None and point.sender == point.receiver:
        yield "receiver", ConfigError("points.same_partner", f"{point.sender} sends to itself")
    medium = point.of_medium
    if medium not in ("electricity", "gas"):
        return
    for name in ("sender", "receiver"):
        partner = getattr(point, name)
        sparte = None if partner is None else check_partner(partner).sparte
        if sparte not in (None, medium):
            message = f"{partner} is an MP-ID of {sparte}, {point.obis or point.register} is {medium}"
            yield name, ConfigError("points.sparte", message)


def _two_meters(points: list[Point], file: PointsFile) -> None:
    """Find registers of one location that two meters have."""
    seen: dict[tuple[object, ...], Point] = {}
    for point in points:
        for kind in LOCATIONS:
            location = getattr(point, kind)
            if location is None or point.is_wildcard:
                continue
            register = point.obis or as_obis(point.register) or point.register
            first = seen.setdefault((kind, location, register, point.pruefidentifikator, point.receiver), point)
            if first.meter_match != point.meter_match:
                message = (
                    f"{register} of {location} comes from {point.meter_match}, and in {first.where} from "
                    f"{first.meter_match}"
                )
                file.problems.warn("points.two_meters", message, file.place_of(point, kind), kind)


def _wildcards(points: list[Point], file: PointsFile) -> None:
    """Find wildcards that do not get what they seem to get: a meter named in full, or one of another wildcard."""
    named: dict[object, list[Point]] = defaultdict(list)
    for point in points:
        if not point.is_wildcard:
            named[point.meter_match].append(point)
    wildcards = [point for point in points if point.is_wildcard]
    for number, wildcard in enumerate(wildcards[:_MOST_WILDCARDS]):
        lost = [
            entries[0]
            for entries in named.values()
            if entries[0].is_of(wildcard.meter_match) and not any(_same_register(each, wildcard) for each in entries)
        ]
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            message = (
                f"this entry is not for {lost[0].meter_match}{more}: {lost[0].where} names it in full, and has no "
                f"{wildcard.register}"
            )
            file.problems.warn("points.wildcard", message, file.place_of(wildcard, "meter"), "meter")
        for other in wildcards[:number]:
            wider = wildcard.is_of(other.meter_match) or other.is_of(wildcard.meter_match)
            if wider and _same_register(wildcard, other) and wildcard.pruefidentifikator == other.pruefidentifikator:
                message = f"{wildcard.meter_match} and {other.meter_match} ({other.where}) are for the same meters"
                file.problems.warn("points.wildcard", message, file.place_of(wildcard, "meter"), "meter")


def _same_register(point: Point, other: Point) -> bool:
    return (as_obis(point.register) or point.register) == (as_obis(other.register) or other.register)


def _unused(points: list[Point], file: PointsFile) -> None:
    used = {("tenant", point.tenant) for point in points} | {("partner", point.partner) for point in points}
    for connector in file.connectors:
        used |= {("tenant", name) for name in listed(connector.tenant)}
        used |= {("partner", name) for name in listed(connector.partner)}
    parties: tuple[tuple[str, list[Party]], ...] = (("tenant", file.tenants), ("partner", file.partners))
    for kind, found in parties:
        for party in found:
            if (kind, party.name) not in used:
                message = f"no entry is for the {kind} {party.name!r}"
                file.problems.warn("points.unused", message, file.place_of(party, "name"), "name")


def _connectors(points: list[Point], file: PointsFile) -> None:
    for connector in file.connectors:
        sound = not any(wrong_selectors(connector))
        if points and sound and not any(map(connector.takes, points)):
            message = f"the connector {connector.name!r} takes none of the entries"
            file.problems.warn("points.unused", message, file.place_of(connector, "name"), "name")
        for name in _EACH_TIME_NEW:
            if name in connector.options:
                message = f"{name} would be the same whenever {connector.name!r} runs"
                file.problems.warn("points.connector", message, file.place_of(connector, "options"), "options")
