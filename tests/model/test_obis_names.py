"""What OBIS codes mean: the grammar of the electricity codes and the objects of fixed meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.obis import Obis
from emtkit.model.obis_names import ObisName, obis_name
from emtkit.model.units import QUANTITIES


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("1.8.0", ObisName("energy", text="active import +A, register")),
        ("1.8.2", ObisName("energy", tariff=2, text="active import +A, register, tariff 2")),
        ("1-0:1.8.1*12", ObisName("energy", tariff=1, storage=12, text="active import +A, register, tariff 1")),
        ("1.8.63", ObisName("energy", text="active import +A, register")),  # the error register is no tariff
        ("2.8.0", ObisName("energy", modifiers=("backward",), text="active export -A, register")),
        ("1.29.0", ObisName("energy", text="active import +A, interval energy")),
        ("1.7.0", ObisName("power", text="active import +A, instantaneous")),
        ("16.7.0", ObisName("power", text="active, import minus export, instantaneous")),
        ("36.7.0", ObisName("power", modifiers=("phase_l1",), text="active, import minus export, L1, instantaneous")),
        ("42.8.0", ObisName("energy", modifiers=("phase_l2", "backward"), text="active export -A, L2, register")),
        ("5.8.0", ObisName("reactive_energy", text="reactive quadrant I, register")),
        ("9.7.0", ObisName("apparent_power", text="apparent import +S, instantaneous")),
        ("1.6.0", ObisName("power", "maximum", text="active import +A, maximum 1")),
        ("1.2.0", ObisName("cumulative_maximum_power", text="active import +A, cumulative maximum 1")),
        ("1.3.0", ObisName("power", "minimum", text="active import +A, minimum 1")),
        ("72.7.0", ObisName("voltage", modifiers=("phase_l3",), text="voltage, L3, instantaneous")),
        ("32.32.0", ObisName("event_counter", modifiers=("phase_l1",), text="voltage, L1, voltage sags")),
        ("91.7.0", ObisName("current", modifiers=("phase_n",), text="neutral current, instantaneous")),
        ("13.7.0", ObisName("power_factor", text="power factor, instantaneous")),
        ("14.7.0", ObisName("frequency", text="frequency, instantaneous")),
        ("81.7.26", ObisName("phase_angle", text="angle of I3 to U3")),
        ("81.7.33", ObisName("phase_angle", text="angle")),
        ("96.1.0", ObisName("fabrication_number", text="device number")),
        ("0-0:1.0.0", ObisName("datetime", text="clock")),
        ("0-1:24.1.0", ObisName("device_type", text="type of the M-Bus device")),
        ("1-0:99.97.0", ObisName("container", text="profile or logbook")),
        ("F.F", ObisName("error_flags", text="error register")),
        ("7-0:3.0.0", ObisName("volume", text="operating volume, total")),
        ("8-0:1.0.0", ObisName("volume", text="cold water volume")),
        ("6-0:1.0.0", ObisName("energy", text="heat energy")),
        ("4-0:1.0.0", ObisName("heat_cost_units", text="heat cost units")),
        ("1-0:96.50.1*1", ObisName("manufacturer", text="manufacturer")),
        ("129-129:199.130.5*255", ObisName("security_key", text="public key")),
        ("1-0:200.1.0", ObisName("unknown")),
        ("3-0:1.8.0", ObisName("unknown")),
    ],
)  # fmt: skip
def test_names(code: str, name: ObisName) -> None:
    group = Obis(1, 0, 97, 97, 0) if code == "F.F" else Obis.parse(code)
    assert obis_name(group) == name


GROUP = st.integers(0, 255)


@given(st.builds(Obis, GROUP, GROUP, GROUP, GROUP, GROUP, GROUP))
def test_every_code_has_a_known_quantity(code: Obis) -> None:
    assert obis_name(code).quantity in QUANTITIES
