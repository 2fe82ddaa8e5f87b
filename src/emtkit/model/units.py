"""Quantities and their base units, and exact conversion for presentation and export.

Inside emtkit every value is in the base unit of its quantity. Showing kWh instead of Wh is a matter
of the output: `convert` moves a decimal between units of one dimension, exactly.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final, NamedTuple

from emtkit.model.errors import EncodeError

# Wide enough for the largest number any protocol carries (a 64-byte binary has 155 digits).
EXACT: Final = Context(prec=400)

# The same, for divisions: a quotient that has no end is refused.
_FINITE: Final = Context(prec=400, traps=[Inexact, InvalidOperation])


class Unit(NamedTuple):
    """A unit: its dimension and the factor to the base unit of that dimension."""

    symbol: str
    dimension: str
    factor: Decimal


def _units(*rows: tuple[str, str, str]) -> dict[str, Unit]:
    return {symbol: Unit(symbol, dimension, Decimal(factor)) for symbol, dimension, factor in rows}


# The row with factor 1 is the base unit. Energy in J and in cal keep their own dimension: they are
# read as the meter has them, and turned into Wh only where that is exact (see `convert`).
UNITS: Final[dict[str, Unit]] = _units(
    ("Wh", "energy", "1"),
    ("kWh", "energy", "1000"),
    ("MWh", "energy", "1000000"),
    ("J", "energy_joule", "1"),
    ("kJ", "energy_joule", "1000"),
    ("MJ", "energy_joule", "1000000"),
    ("GJ", "energy_joule", "1000000000"),
    ("cal", "energy_calorie", "1"),
    ("Mcal", "energy_calorie", "1000000"),
    ("varh", "reactive_energy", "1"),
    ("kvarh", "reactive_energy", "1000"),
    ("VAh", "apparent_energy", "1"),
    ("kVAh", "apparent_energy", "1000"),
    ("W", "power", "1"),
    ("kW", "power", "1000"),
    ("MW", "power", "1000000"),
    ("J/h", "power_joule", "1"),
    ("MJ/h", "power_joule", "1000000"),
    ("var", "reactive_power", "1"),
    ("kvar", "reactive_power", "1000"),
    ("VA", "apparent_power", "1"),
    ("kVA", "apparent_power", "1000"),
    ("m3", "volume", "1"),
    ("l", "volume", "0.001"),
    ("ft3", "volume_ft3", "1"),
    ("gal", "volume_gal", "1"),
    ("m3/h", "volume_flow", "1"),
    ("l/h", "volume_flow", "0.001"),
    ("gal/h", "volume_flow_gal", "1"),
    ("kg", "mass", "1"),
    ("t", "mass", "1000"),
    ("kg/h", "mass_flow", "1"),
    ("degC", "temperature", "1"),
    ("degF", "temperature_f", "1"),
    ("K", "temperature_difference", "1"),
    ("bar", "pressure", "1"),
    ("mbar", "pressure", "0.001"),
    ("Pa", "pressure", "0.00001"),
    ("V", "voltage", "1"),
    ("mV", "voltage", "0.001"),
    ("A", "current", "1"),
    ("mA", "current", "0.001"),
    ("Hz", "frequency", "1"),
    ("s", "duration", "1"),
    ("min", "duration", "60"),
    ("h", "duration", "3600"),
    ("d", "duration", "86400"),
    ("month", "months", "1"),
    ("year", "months", "12"),
    ("%", "ratio", "1"),
    ("deg", "angle", "1"),
    ("HCA", "heat_cost_units", "1"),
    ("dBm", "signal", "1"),
    ("dB", "signal_ratio", "1"),
    ("Bd", "baud", "1"),
    ("bit", "bit_times", "1"),
    ("ppm", "concentration", "1"),
    ("lx", "illuminance", "1"),
    ("kWh/m3", "calorific_value", "1"),
    ("J/m3", "calorific_value_joule", "1"),
    ("K*h", "temperature_time", "1"),
    ("ohm", "resistance", "1"),
    ("V2h", "voltage_squared_hours", "1"),
    ("A2h", "current_squared_hours", "1"),
)

# Quantity -> base unit (None: a text, a code or a time). Every protocol uses these names.
QUANTITIES: Final[dict[str, str | None]] = {
    # energy and power
    "energy": "Wh",
    "reactive_energy": "varh",
    "apparent_energy": "VAh",
    "power": "W",
    "reactive_power": "var",
    "apparent_power": "VA",
    "cumulative_maximum_power": "W",
    "power_factor": None,
    "voltage": "V",
    "current": "A",
    "frequency": "Hz",
    "phase_angle": "deg",
    # fluids and heat
    "volume": "m3",
    "volume_flow": "m3/h",
    "mass": "kg",
    "mass_flow": "kg/h",
    "flow_temperature": "degC",
    "return_temperature": "degC",
    "temperature_difference": "K",
    "external_temperature": "degC",
    "temperature": "degC",
    "temperature_limit": "degC",
    "pressure": "bar",
    "heat_cost_units": "HCA",
    "coefficient_of_performance": None,
    "calorific_value": "kWh/m3",
    "conversion_factor": None,
    "rating_factor": None,
    # environment
    "relative_humidity": "%",
    "moisture": "%",
    "battery_level": "%",
    "carbon_dioxide": "ppm",
    "illuminance": "lx",
    # time
    "date": None,
    "datetime": None,
    "time": None,
    "on_time": "s",
    "operating_time": "s",
    "averaging_duration": "s",
    "actuality_duration": "s",
    "duration": "s",
    "battery_operating_time": "s",
    "battery_remaining_time": "s",
    "battery_change_date": None,
    "storage_interval": "s",
    "transmission_period": "s",
    "time_since_readout": "s",
    "time_since_cumulation": "s",
    "tariff_start": None,
    "tariff_duration": "s",
    "tariff_period": "s",
    "weekday": None,
    "week_number": None,
    "time_of_day_change": None,
    "daylight_saving": None,
    "listening_window": None,
    "time_point_second": "s",
    # identity and state
    "fabrication_number": None,
    "enhanced_identification": None,
    "bus_address": None,
    "manufacturer": None,
    "device_type": None,
    "model_version": None,
    "hardware_version": None,
    "firmware_version": None,
    "software_version": None,
    "parameter_set_id": None,
    "parameter_activation_state": None,
    "location": None,
    "customer": None,
    "supplier_information": None,
    "operator_specific_data": None,
    "access_number": None,
    "access_code": None,
    "password": None,
    "security_key": None,
    "error_flags": None,
    "error_mask": None,
    "status": None,
    "alarm": None,
    "digital_input": None,
    "digital_output": None,
    "remote_control": None,
    "control_signal": None,
    "baud_rate": "Bd",
    "response_delay_time": "bit",
    "retry": None,
    "storage_number": None,
    "storage_block_size": None,
    "tariff_subunit_descriptor": None,
    "selected_application": None,
    "reset_counter": None,
    "cumulation_counter": None,
    "stop_counter": None,
    "exceed_counter": None,
    "event_counter": None,
    "signal_strength": "dBm",
    "credit": None,
    "debit": None,
    "dimensionless": None,
    "pulses": None,
    "phase_sequence": None,
    # anything the standard leaves open
    "text": None,
    "container": None,
    "any": None,
    "manufacturer_specific": None,
    "unknown": None,
}


def convert(value: Decimal, unit: str, wanted: str) -> Decimal:
    """Return `value` in another unit of the same dimension, exactly.

    Besides the factors of one dimension, J becomes Wh (and kWh, ...) where the quotient by 3600 is finite.
    Raises EncodeError `unit.incompatible` or `unit.inexact`.
    """
    if unit == wanted:
        return value
    have, want = UNITS.get(unit), UNITS.get(wanted)
    if have is not None and want is not None:
        if have.dimension == want.dimension:
            return _divide(EXACT.multiply(value, have.factor), want.factor, unit, wanted)
        if have.dimension == "energy_joule" and want.dimension == "energy":
            joules = EXACT.multiply(value, have.factor)
            return _divide(joules, EXACT.multiply(want.factor, Decimal(3600)), unit, wanted)
        if have.dimension == "energy" and want.dimension == "energy_joule":
            joules = EXACT.multiply(EXACT.multiply(value, have.factor), Decimal(3600))
            return _divide(joules, want.factor, unit, wanted)
    raise EncodeError("unit.incompatible", f"{unit} cannot be written as {wanted}")


def _divide(value: Decimal, factor: Decimal, unit: str, wanted: str) -> Decimal:
    try:
        return _FINITE.divide(value, factor)
    except Inexact:
        raise EncodeError("unit.inexact", f"a value in {unit} is not a finite decimal number of {wanted}") from None
