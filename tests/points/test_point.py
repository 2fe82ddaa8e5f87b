"""Points: which entry is for which meter and register, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from emtkit.model.errors import ConfigError, EncodeError
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading
from emtkit.points import Point, Points

METER = MeterId.of("EMT", "00010001", 1, 2)
OTHER = MeterId.of("EMT", "00010002", 1, 2)
NAMELESS = MeterId.of("EMT", "00010001", 1, 0x37)


def point(**fields: Any) -> Point:
    return Point(**{"meter": "1EMT0000010001", "register": "1-0:1.8.0", **fields})


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"meter": "1EMT0000010001"}, True),
        ({"meter": "1emt0000010001"}, True),
        ({"meter": "EMT 00010001"}, True),
        ({"meter": "EMT 10001"}, True),  # leading zeros, as a spreadsheet loses them
        ({"meter": "00010001"}, True),
        ({"meter": "EMT 0001*"}, True),
        ({"meter": "*"}, True),
        ({"meter": None, "manufacturer": "EMT", "id": "00010001"}, True),
        ({"meter": None, "manufacturer": "EMT", "id": "*1"}, True),
        ({"meter": None, "id": "00010001"}, True),
        ({"meter": "1EMT0000010002"}, False),
        ({"meter": "KAM 0001*"}, False),
        ({"meter": None, "manufacturer": "KAM", "id": "00010001"}, False),
    ],
)
def test_which_meter(fields: dict[str, Any], fits: bool) -> None:
    assert Points([point(**fields)]).match(METER) == ((point(**fields),) if fits else ())


def test_a_meter_named_in_full_wins_over_a_wildcard() -> None:
    exact, wildcard = point(), point(meter="EMT *")
    points = Points([wildcard, exact])
    assert points.match(METER) == (exact,)
    assert points.match(OTHER) == (wildcard,)


def test_a_meter_without_identifier_is_known_by_manufacturer_and_number() -> None:
    assert Points([point()]).match(NAMELESS) == (point(),)


@pytest.mark.parametrize(
    ("register", "reading", "selected"),
    [
        ("1-0:1.8.0", Reading("energy", Decimal(1), "Wh", "1-0:1.8.0*255"), True),
        ("1.8.0", Reading("energy", Decimal(1), "Wh", "1-0:1.8.0*255"), True),
        ("1-0:1.8.0", Reading("energy", Decimal(1), "Wh", "1-0:1.8.0*1"), False),
        ("1-0:1.8.0", Reading("energy", Decimal(1), "Wh", None), False),
        ("energy", Reading("energy", Decimal(1), "Wh", None), True),
        ("energy", Reading("energy", Decimal(1), "Wh", None, storage=1), False),
        ("energy", Reading("energy", Decimal(1), "Wh", None, modifiers=("backward",)), False),
        ("total", Reading("energy", Decimal(1), "Wh", None, name="total"), True),
        ("total", Reading("energy", Decimal(1), "Wh", None, function="maximum", name="total"), False),
    ],
)
def test_which_register(register: str, reading: Reading, selected: bool) -> None:
    assert point(register=register).selects(reading) is selected


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"meter": None}, "points.meter", "meter"),
        ({"meter": "EMT 00010001", "id": "00010001"}, "points.meter", "meter"),
        ({"meter": "???!"}, "points.meter", "meter"),
        ({"register": "1.8"}, None, None),
        ({"register": "1.8.x"}, "obis.syntax", "register"),
        ({"register": ""}, "points.register", "register"),
        ({"obis": "1.29.0"}, "points.obis", "obis"),
        ({"obis": "1-1:1.29.0*255"}, "points.obis", "obis"),
        ({"obis": "1-1:1.29.999"}, "obis.syntax", "obis"),
        ({"obis": "7-0:3.0.0", "medium": "electricity"}, "points.medium", "medium"),
        ({"obis": "7-0:3.0.0", "medium": "gas"}, None, None),
        ({"marktlokation": "41373559240"}, "market_id.check_digit", "marktlokation"),
        ({"messlokation": "DE1"}, "market_id.form", "messlokation"),
        ({"netzlokation": "E1234848435"}, "market_id.check_digit", "netzlokation"),
        ({"netzlokation": "41373559241"}, "market_id.form", "netzlokation"),
        ({"payload": ""}, "points.payload", "payload"),
        ({"payload": "acme-water"}, None, None),
        ({"sender": "9900000000012"}, "market_id.check_digit", "sender"),
        ({"receiver": "12"}, "market_id.form", "receiver"),
        ({"pruefidentifikator": "1302"}, "points.pruefidentifikator", "pruefidentifikator"),
        ({"ratio": Decimal(0)}, "points.ratio", "ratio"),
        ({"ratio": Decimal("NaN")}, "points.ratio", "ratio"),
        ({"decimals": -1}, "points.decimals", "decimals"),
        ({"konfigurations_id": "x" * 71}, "points.text", "konfigurations_id"),
        ({"geraetenummer": "1EMT\u20ac"}, "points.text", "geraetenummer"),
        ({"rollover": "1000000"}, "points.rollover", "rollover"),
        ({"rollover": "-1 kWh"}, "points.rollover", "rollover"),
        ({"rollover": "1000000 kWh"}, None, None),
    ],
)
def test_entries_are_checked(fields: dict[str, Any], code: str | None, field: str | None) -> None:
    if code is None:
        Points([point(**fields)])
        return
    with pytest.raises(ConfigError) as error:
        Points([point(**fields, where="points.toml:7")])
    assert (error.value.code, error.value.field) == (code, field)
    assert error.value.message.startswith("points.toml:7")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ConfigError, match=r"points\.csv:3: ratio and receiver must be given") as error:
        point(sender="9900000000011", where="points.csv:3").require("sender", "ratio", "receiver")
    assert error.value.code == "points.missing"


def test_two_entries_for_the_same_value() -> None:
    with pytest.raises(ConfigError, match="b: says the same as a") as error:
        Points([point(where="a", register="1-0:1.8.0*255"), point(where="b", register="1.8.0")])
    assert error.value.code == "points.duplicate"
    Points([point(pruefidentifikator="13017"), point(pruefidentifikator="13018")])
    Points([point(netzlokation="E1234848431"), point()])


def test_the_width_of_a_register() -> None:
    assert point(rollover="1000000 kWh").rollover_in("Wh") == Decimal(1_000_000_000)
    assert point().rollover_in("Wh") is None
    with pytest.raises(EncodeError, match="m3"):
        point(rollover="10000 m3").rollover_in("Wh")
