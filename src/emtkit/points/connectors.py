"""Connectors: which export, with which options, into which file or folder, for which points."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from emtkit.keys.ring import parse_meter
from emtkit.model.errors import ConfigError
from emtkit.points.parties import STRICT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.points.point import Point

# a connector takes the points that agree in each of these that it names
SELECTORS: Final = ("tenant", "partner", "medium", "pruefidentifikator", "payload")


PLACEHOLDER: Final = re.compile(r"\{(.*?)\}")
PLACEHOLDERS: Final = ("date", "time", "tenant", "connector")


@dataclass(slots=True, kw_only=True)
class Connector:
    """One export that runs again and again.

    name     what the command line calls it
    to       the format
    out      file or folder, seen from the folder of the points file; `{date}`, `{time}`, `{tenant}` and `{connector}`
             in it are filled in when it runs
    options  of the format
    meter, tenant, partner, medium, pruefidentifikator, payload    which points, one or a list of each; all that are
             given must fit; without any, all points
    note     anything; not used
    where    file and line, for messages
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    to: str
    out: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    meter: str | list[str] | None = None
    tenant: str | list[str] | None = None
    partner: str | list[str] | None = None
    medium: str | list[str] | None = None
    pruefidentifikator: str | list[str] | None = None
    payload: str | list[str] | None = None
    note: str | None = None
    where: str = "points"

    def takes(self, point: Point) -> bool:
        """Return whether it is for this point."""
        for name in SELECTORS:
            wanted = listed(getattr(self, name))
            have = point.of_medium if name == "medium" else getattr(point, name)
            if wanted and have not in wanted:
                return False
        meters = listed(self.meter)
        return not meters or any(point.is_of(parse_meter(meter)) for meter in meters)

    def settings(self) -> dict[str, str]:
        """Return the options as the texts that a command line gives. Raises ConfigError `points.connector`."""
        return {name: _as_text(name, value) for name, value in self.options.items()}


def listed(value: str | list[str] | None) -> list[str]:
    """Return one or several texts as a list."""
    return [value] if isinstance(value, str) else value or []


def wrong_selectors(connector: Connector) -> Iterator[tuple[str, ConfigError]]:
    """Give what is wrong with a connector, with the field. Names of tenants and partners are not looked up here."""
    if not connector.name:
        yield "name", ConfigError("points.connector", "a name for the command line")
    for meter in listed(connector.meter):
        try:
            parse_meter(meter)
        except ConfigError as error:
            yield "meter", ConfigError("points.meter", error.message.removeprefix("meter: "))
    for name in PLACEHOLDER.findall(connector.out or ""):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            yield "out", ConfigError("points.connector", f"there is no {{{name}}}; there are {known}")
    try:
        connector.settings()
    except ConfigError as error:
        yield "options", error


def _as_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str | int | Decimal):
        return str(value)
    raise ConfigError("points.connector", f"the option {name} is one value, not {type(value).__name__}")
