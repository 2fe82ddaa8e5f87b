"""All points of a file: which of them are for a meter, and which for a tenant or a connector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.keys.ring import plain_id
from emtkit.model.errors import ConfigError
from emtkit.points.checks import check_point, duplicates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from emtkit.model.meter_id import MeterId
    from emtkit.points.connectors import Connector
    from emtkit.points.parties import Party
    from emtkit.points.point import Point

_MAX_FOUND: Final = 65536


class Points:
    """All entries of a points file, and which of them are for a meter.

    all                  the entries in their order; after `only` those that were chosen
    tenants, partners    who is who in the market
    connectors           the exports that the file describes
    """

    __slots__ = (
        "_chosen",
        "_exact",
        "_found",
        "_patterns",
        "_whole",
        "all",
        "connectors",
        "partners",
        "source",
        "tenants",
    )

    def __init__(
        self,
        points: Iterable[Point],
        source: str = "points",
        *,
        tenants: Sequence[Party] = (),
        partners: Sequence[Party] = (),
        connectors: Sequence[Connector] = (),
        checked: bool = False,
    ) -> None:
        """Keep the entries in their order. Raises ConfigError `points.*` for an entry that cannot be right.

        checked  whoever calls has checked them already
        """
        self.all = tuple(points)
        self.source = source
        self.tenants, self.partners, self.connectors = tuple(tenants), tuple(partners), tuple(connectors)
        self._found: dict[MeterId, tuple[Point, ...]] = {}
        self._whole: Points | None = None
        self._chosen: frozenset[int] = frozenset()
        if not checked:
            for point in self.all:
                check_point(point)
            for point, first in duplicates(self.all):
                raise ConfigError("points.duplicate", f"{point.where}: says the same as {first.where}")
        self._exact: dict[str, list[tuple[int, Point]]] = {}
        self._patterns: list[tuple[int, Point]] = []
        for order, point in enumerate(self.all):
            match = point.meter_match
            if match.is_pattern:
                self._patterns.append((order, point))
            else:
                # the last eight characters of a DIN 43863-5 identifier are the number
                number = match.id if match.identifier is None else match.identifier[-8:]
                self._exact.setdefault(number or "", []).append((order, point))

    @classmethod
    def load(cls, path: Path) -> Points:
        """Read a points file: CSV if its name ends in `.csv`, else TOML. Raises ConfigError `points.*`."""
        from emtkit.points.files import load_points

        return load_points(path)

    def match(self, meter: MeterId) -> tuple[Point, ...]:
        """Return the entries for this meter; those with a wildcard only where none names it in full."""
        found = self._found.get(meter)
        if found is None:
            if len(self._found) >= _MAX_FOUND:
                self._found.clear()
            found = self._found[meter] = self._match(meter)
        return found

    def _match(self, meter: MeterId) -> tuple[Point, ...]:
        if self._whole is not None:
            return tuple(point for point in self._whole.match(meter) if id(point) in self._chosen)
        named = dict(self._exact.get(plain_id(meter.id), ()))
        if meter.identifier is not None:
            # DLMS and SML meters have an identifier whose number is not their id
            named |= dict(self._exact.get(plain_id(meter.identifier)[-8:], ()))
        exact = tuple(point for _, point in sorted(named.items()) if point.meter_match.fits(meter))
        return exact or tuple(point for _, point in self._patterns if point.meter_match.fits(meter))

    def only(self, keep: Callable[[Point], bool]) -> Points:
        """Return some of the entries. A meter that another entry names in full is still not a wildcard's."""
        part = Points((point for point in self.all if keep(point)), self.source, checked=True)
        part.tenants, part.partners, part.connectors = self.tenants, self.partners, self.connectors
        part._whole = self._whole or self
        part._chosen = frozenset(map(id, part.all))
        return part

    def of_tenants(self, names: Iterable[str]) -> Points:
        """Return the entries of these tenants. Raises ConfigError `points.tenant` for a name that no entry has."""
        wanted = dict.fromkeys(names)
        known = dict.fromkeys([party.name for party in self.tenants] + self.tenant_names)
        for name in wanted:
            if name not in known:
                raise ConfigError(
                    "points.tenant", f"{self.source} has no tenant {name!r}; it has: {', '.join(known) or 'none'}"
                )
        return self.only(lambda point: point.tenant in wanted)

    def connector(self, name: str) -> Connector:
        """Return a connector by its name. Raises ConfigError `points.connector`."""
        for connector in self.connectors:
            if connector.name == name:
                return connector
        known = ", ".join(connector.name for connector in self.connectors) or "none"
        raise ConfigError("points.connector", f"{self.source} has no connector {name!r}; it has: {known}")

    @property
    def tenant_names(self) -> list[str]:
        """Return the tenants that entries name, each once."""
        return list(dict.fromkeys(point.tenant for point in self.all if point.tenant is not None))
