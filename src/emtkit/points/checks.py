"""What the fields of a point may hold: forms, check digits, and fields that must agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.errors import ConfigError
from emtkit.model.market_ids import check_market_id, check_partner
from emtkit.model.obis import Obis
from emtkit.points.point import MEDIA, Point, as_obis, register_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

_MARKET_OBIS: Final = re.compile(r"\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}\Z", re.ASCII)
_PRUEFIDENTIFIKATOR: Final = re.compile(r"\d{5}\Z", re.ASCII)
_REFERENCE: Final = re.compile(r"[\x20-\x7e\xa0-\xff]{1,70}\Z")  # UNOC, an..70
_MAX_DECIMALS: Final = 9


def check_point(point: Point) -> None:
    """Raise ConfigError `points.*`, `market_id.*` or `obis.syntax` unless every field that is given is well-formed."""
    for name, error in wrong_fields(point):
        raise ConfigError(error.code, f"{point.where}, {name}: {error.message}", field=name)


def wrong_fields(point: Point) -> Iterator[tuple[str, ConfigError]]:
    """Give each field that is not well-formed, with what is wrong: `points.*`, `market_id.*`, `obis.syntax`."""
    wrong = set()
    for name, check in _CHECKS.items():
        value = point if name == "meter" else getattr(point, name)
        if value is not None:
            try:
                check(value)
            except ConfigError as error:
                wrong.add(name)
                yield name, error
    if point.obis is not None and point.medium is not None and "obis" not in wrong:
        medium = MEDIA.get(Obis.parse(point.obis).a)
        if medium != point.medium:
            message = f"{point.medium} is not the medium of {point.obis} ({medium or 'no medium'})"
            yield "medium", ConfigError("points.medium", message)


def duplicates(points: Iterable[Point]) -> Iterator[tuple[Point, Point]]:
    """Give the entries that would say a value twice, each with the first that says the same."""
    seen: dict[tuple[object, ...], Point] = {}
    for point in points:
        key = (
            point.meter_match,
            as_obis(point.register) or point.register,
            point.obis,
            point.messlokation,
            point.marktlokation,
            point.netzlokation,
            point.konfigurations_id,
            point.pruefidentifikator,
            point.receiver,
            point.partner,
            point.tenant,
        )
        first = seen.setdefault(key, point)
        if first is not point:
            yield point, first


def _check_register(text: str) -> None:
    if not text:
        raise ConfigError("points.register", "an OBIS code, a quantity or the name of a register")
    as_obis(text)


def _check_market_obis(text: str) -> None:
    if _MARKET_OBIS.match(text) is None:
        raise ConfigError("points.obis", f"the market writes A-B:C.D.E (1-1:1.29.0), not {text!r}")
    Obis.parse(text)


def _check_pruefidentifikator(text: str) -> None:
    if _PRUEFIDENTIFIKATOR.match(text) is None:
        raise ConfigError("points.pruefidentifikator", f"a Prüfidentifikator has five digits, not {text!r}")


def _check_reference(text: str) -> None:
    if _REFERENCE.match(text) is None:
        raise ConfigError("points.text", f"1 to 70 characters of ISO 8859-1, not {text!r}")


def _check_ratio(value: Decimal) -> None:
    if not (value.is_finite() and value > 0):
        raise ConfigError("points.ratio", f"a transformer ratio is a number above 0, not {value}")


def _check_decimals(value: int) -> None:
    if not 0 <= value <= _MAX_DECIMALS:
        raise ConfigError("points.decimals", f"0 to {_MAX_DECIMALS} decimals, not {value}")


def _check_payload(text: str) -> None:
    if not text:
        raise ConfigError("points.payload", "the name of a payload layout, not an empty text")


_CHECKS: Final[dict[str, Callable[[Any], object]]] = {
    "meter": lambda point: point.meter_match,
    "register": _check_register,
    "obis": _check_market_obis,
    "messlokation": lambda text: check_market_id(text, "melo"),
    "marktlokation": lambda text: check_market_id(text, "malo"),
    "netzlokation": lambda text: check_market_id(text, "nelo"),
    "konfigurations_id": _check_reference,
    "pruefidentifikator": _check_pruefidentifikator,
    "sender": check_partner,
    "receiver": check_partner,
    "ratio": _check_ratio,
    "decimals": _check_decimals,
    "geraetenummer": _check_reference,
    "order_reference": _check_reference,
    "rollover": register_width,
    "payload": _check_payload,
}
