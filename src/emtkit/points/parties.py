"""Tenants and partners: who they are in the market, and which MP-ID follows for a point.

A tenant (Mandant) is on whose behalf messages are written, a partner who receives them. Both have one MP-ID per
Sparte, or several for several roles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from emtkit.model.errors import ConfigError
from emtkit.model.market_ids import check_partner

if TYPE_CHECKING:
    from collections.abc import Iterator

Sparte = Literal["electricity", "gas"]

# BDEW Rollenmodell für die Marktkommunikation 2.1; EMT: BSI TR-03109-1
Role = Literal["BIKO", "BKV", "BTR", "DP", "EIV", "EMT", "ESA", "KN", "LF", "MGV", "MSB", "NB", "RB", "ÜNB"]

STRICT: Final[dict[str, Any]] = {"extra": "forbid", "str_strip_whitespace": True, "coerce_numbers_to_str": True}


@dataclass(slots=True, kw_only=True)
class MarketPartnerId:
    """One MP-ID or GLN of a tenant or partner.

    id      MP-ID (BDEW 99..., DVGW 98...) or GLN
    role    in which role it is used
    sparte  for which Sparte; an MP-ID says it itself, a GLN without it is for both
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    id: str
    role: Role | None = None
    sparte: Sparte | None = None

    @property
    def of_sparte(self) -> Sparte | None:
        """Return the Sparte, None for both. Raises ConfigError `market_id.*`."""
        return check_partner(self.id).sparte or self.sparte


@dataclass(slots=True, kw_only=True)
class Party:
    """A tenant or a partner.

    name              what points call it
    id, role, sparte  its MP-ID, where it has one only
    ids               its MP-IDs, where it has several
    as4, email        where answers go; for those who send, not used here
    note              anything; not used
    where             file and line, for messages
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    id: str | None = None
    role: Role | None = None
    sparte: Sparte | None = None
    ids: list[MarketPartnerId] = field(default_factory=list)
    as4: str | None = None
    email: str | None = None
    note: str | None = None
    where: str = "points"

    @property
    def mp_ids(self) -> list[MarketPartnerId]:
        """Return all its MP-IDs; what `ids` leaves open is as the party says."""
        own = [] if self.id is None else [MarketPartnerId(id=self.id, role=self.role, sparte=self.sparte)]
        return own + [
            MarketPartnerId(id=each.id, role=each.role or self.role, sparte=each.sparte or self.sparte)
            for each in self.ids
        ]

    def mp_id(self, sparte: Sparte, role: str | None = None) -> str:
        """Return its MP-ID for a Sparte (and role).

        Raises ConfigError `points.party` where it has none, or several and it is not said which.
        """
        fitting = [each for each in self.mp_ids if each.of_sparte in (None, sparte) and role in (None, each.role)]
        found = list(dict.fromkeys(each.id for each in fitting))
        if len(found) == 1:
            return found[0]
        what = f"MP-ID for {sparte}{f' as {role}' if role else ''}"
        if not found:
            raise ConfigError("points.party", f"{self.name!r} has no {what}", field="name")
        raise ConfigError(
            "points.party", f"{self.name!r} has more than one {what} ({', '.join(found)}): say which", field="name"
        )


def wrong_ids(party: Party) -> Iterator[tuple[str, ConfigError]]:
    """Give what is wrong with a party's MP-IDs, with the field."""
    if not party.name:
        yield "name", ConfigError("points.party", "a name that points can use")
    if party.id is None and not party.ids:
        yield "id", ConfigError("points.party", f"{party.name!r} has no MP-ID: give id or ids")
    for each in party.mp_ids:
        name = "id" if each.id == party.id else "ids"
        try:
            sparte = check_partner(each.id).sparte
        except ConfigError as error:
            yield name, error
        else:
            if sparte is not None and each.sparte not in (None, sparte):
                yield "sparte", ConfigError("points.party", f"{each.id} is an MP-ID of {sparte}, not of {each.sparte}")
