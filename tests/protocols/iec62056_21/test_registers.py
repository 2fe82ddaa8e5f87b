from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.protocols.iec62056_21.registers import read_id, register
from emtkit.protocols.iec62056_21.status import STATUS_BITS, status_flags, status_word
from emtkit.protocols.iec62056_21.units import TEXT_UNITS


@pytest.mark.parametrize(
    ("text", "obis"),
    [
        ("1-0:1.8.0*255", "1-0:1.8.0*255"),
        ("1-1:1.8.0", "1-1:1.8.0*255"),
        ("1.8.0", "1-0:1.8.0*255"),
        ("1.8", "1-0:1.8.0*255"),
        ("1.8.1*07", "1-0:1.8.1*7"),
        ("1.6.1&07", "1-0:1.6.1*7"),
        ("F.F", "1-0:97.97.0*255"),
        ("F", "1-0:97.97.0*255"),
        ("C.1.0", "1-0:96.1.0*255"),
        ("0-0:C.1.0*255", "0-0:96.1.0*255"),
        ("L.1", "1-0:98.1.0*255"),
        ("P.01", "1-0:99.1.0*255"),
        ("P.98", "1-0:99.98.0*255"),
        ("7-0:3.0.0", "7-0:3.0.0*255"),
        ("01.08.00", "1-0:1.8.0*255"),
    ],
)
def test_ids(text: str, obis: str) -> None:
    assert str(read_id(text)) == obis


@pytest.mark.parametrize("text", ["1-1:30D", "12", "3:14", "1.8.999", "", "1-0:1.8.0*", "X.1", "1..8"])
def test_ids_that_are_no_obis_code_stay_as_they_are(text: str) -> None:
    assert read_id(text) is None
    assert register(text, "kWh").id == text
    assert register(text, "kWh").obis is None


def test_an_id_that_is_no_obis_code_is_the_name_of_its_reading() -> None:
    assert register("1-1:30D").name == "1-1:30D"
    assert register("1.8.0", "kWh").name is None


def test_ampersand_is_a_manual_reset() -> None:
    assert register("1.6.1&07", "kW").modifiers == ("manual_reset",)
    assert register("1.6.1*07", "kW").modifiers == ()
    assert register("1.6.1*07", "kW").storage == 7


@pytest.mark.parametrize(
    ("text", "unit", "quantity", "base"),
    [
        ("1.8.0", "kWh", "energy", "Wh"),
        ("1.5.0", "kW", "power", "W"),
        ("1.29.0", "kWh", "energy", "Wh"),
        ("3.8.0", "kvarh", "reactive_energy", "varh"),
        ("3.8.0", "kVArh", "reactive_energy", "varh"),
        ("9.8.0", "kVAh", "apparent_energy", "VAh"),
        ("14.7.0", "kHz", "frequency", "Hz"),
        ("0-0:17.0.0", "A", "current", "A"),
        ("0-0:17.0.0", "kW", "power", "W"),
        ("0-1:24.2.1", "m3", "volume", "m3"),
        ("0-1:24.2.1", "GJ", "energy", "J"),
        ("7-0:3.0.0", "m3", "volume", "m3"),
        ("12", "kWh", "energy", "Wh"),
        ("C.8.1", "h", "operating_time", "s"),
        ("C.6.3", "V", "voltage", "V"),
    ],
)
def test_quantities_and_base_units(text: str, unit: str, quantity: str, base: str) -> None:
    row = register(text, unit)
    assert (row.quantity, row.unit) == (quantity, base)


def test_heat_meters_use_ids_of_their_own() -> None:
    assert register("6.8", "MWh", heat=True).obis == "6-0:1.0.0*255"
    assert register("6.8*01", "MWh", heat=True).storage == 1
    assert register("6.8", "kvarh").quantity == "reactive_energy"
    assert register("6.35", "m", heat=True).unit == "s"
    assert register("81.7.6", "deg", heat=True).obis == "1-0:81.7.6*255"


def test_units_are_powers_of_ten_or_times() -> None:
    assert {spelling for spelling, unit in TEXT_UNITS.items() if unit.exponent is None} <= {
        *("min", "Min", "mins", "h", "H", "hrs", "Std", "d", "days")
    }


@given(st.text(max_size=20), st.text(max_size=6), st.booleans())
def test_any_id_has_a_register(text: str, unit: str, heat: bool) -> None:
    assert register(text, unit, heat=heat).id == text.strip()


@pytest.mark.parametrize(
    ("word", "flags"),
    [
        ("00000000", ()),
        ("00", ()),
        ("", ()),
        ("80", ("power_failure",)),
        ("0040", ("power_return",)),
        ("00008020", ("clock_set", "status_change")),
        ("10000000", ("bit_28",)),
        ("zz", ()),
    ],
)
def test_status_words(word: str, flags: tuple[str, ...]) -> None:
    assert status_flags(word) == flags


@given(st.sets(st.sampled_from(sorted(STATUS_BITS.values()))), st.sampled_from([4, 8]))
def test_status_words_are_written_as_they_are_read(names: set[str], digits: int) -> None:
    assert set(status_flags(status_word(tuple(names), digits))) == names
