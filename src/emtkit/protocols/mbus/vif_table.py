"""The VIF tables of EN 13757-3:2018: quantity, base unit and exact scale of each code."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, NamedTuple

# How the data field is to be read:
# number   signed integer, BCD or float (types A, B, H)     unsigned  the same, binary unsigned (type C)
# bits     unsigned, never "invalid" (type D)                date      types F, G, I, J by size
# ident    an identification: digits kept as text            text      text if variable length, else unsigned
# letters  a manufacturer code                                raw       bytes as they are
Kind = Literal["number", "unsigned", "bits", "date", "ident", "text", "letters", "raw"]

ONE: Final = Decimal(1)
_MINUTE: Final = Decimal(60)
_HOUR: Final = Decimal(3600)
_DAY: Final = Decimal(86400)
TIMES: Final = (ONE, _MINUTE, _HOUR, _DAY)  # nn = s, min, h, d


class Vif(NamedTuple):
    """A range of codes: the value is raw * factor * 10**(exponent + code - first)."""

    first: int
    last: int
    quantity: str
    unit: str | None = None
    exponent: int = 0
    factor: Decimal = ONE
    kind: Kind = "number"


def _durations(first: int, quantity: str) -> tuple[Vif, ...]:
    """Four codes for s, min, h, d."""
    return tuple(Vif(first + n, first + n, quantity, "s", 0, factor) for n, factor in enumerate(TIMES))


# EN 13757-3:2018, table 10: primary VIFs
PRIMARY: Final = (
    Vif(0x00, 0x07, "energy", "Wh", -3),
    Vif(0x08, 0x0F, "energy", "J", 0),
    Vif(0x10, 0x17, "volume", "m3", -6),
    Vif(0x18, 0x1F, "mass", "kg", -3),
    *_durations(0x20, "on_time"),
    *_durations(0x24, "operating_time"),
    Vif(0x28, 0x2F, "power", "W", -3),
    Vif(0x30, 0x37, "power", "J/h", 0),
    Vif(0x38, 0x3F, "volume_flow", "m3/h", -6),
    Vif(0x40, 0x47, "volume_flow", "m3/h", -7, _MINUTE),  # sent per minute
    Vif(0x48, 0x4F, "volume_flow", "m3/h", -9, _HOUR),  # sent per second
    Vif(0x50, 0x57, "mass_flow", "kg/h", -3),
    Vif(0x58, 0x5B, "flow_temperature", "degC", -3),
    Vif(0x5C, 0x5F, "return_temperature", "degC", -3),
    Vif(0x60, 0x63, "temperature_difference", "K", -3),
    Vif(0x64, 0x67, "external_temperature", "degC", -3),
    Vif(0x68, 0x6B, "pressure", "bar", -3),
    Vif(0x6C, 0x6C, "date", kind="date"),
    Vif(0x6D, 0x6D, "datetime", kind="date"),
    Vif(0x6E, 0x6E, "heat_cost_units", "HCA"),
    *_durations(0x70, "averaging_duration"),
    *_durations(0x74, "actuality_duration"),
    Vif(0x78, 0x78, "fabrication_number", kind="ident"),
    Vif(0x79, 0x79, "enhanced_identification", kind="ident"),
    Vif(0x7A, 0x7A, "bus_address", kind="unsigned"),
    Vif(0x7E, 0x7E, "any"),
    Vif(0x7F, 0x7F, "manufacturer_specific"),
)

# EN 13757-3:2018, table 12: VIF FB (first extension)
EXTENSION_FB: Final = (
    Vif(0x00, 0x01, "energy", "Wh", 5),
    Vif(0x02, 0x03, "reactive_energy", "varh", 3),
    Vif(0x04, 0x05, "apparent_energy", "VAh", 3),
    Vif(0x06, 0x06, "coefficient_of_performance", None, -1),
    Vif(0x08, 0x09, "energy", "J", 8),
    Vif(0x0C, 0x0F, "energy", "cal", 5),
    Vif(0x10, 0x11, "volume", "m3", 2),
    Vif(0x14, 0x17, "reactive_power", "var", 0),
    Vif(0x18, 0x19, "mass", "kg", 5),
    Vif(0x1A, 0x1B, "relative_humidity", "%", -1),
    Vif(0x20, 0x20, "volume", "ft3", 0),
    Vif(0x21, 0x21, "volume", "ft3", -1),
    # 22-26 and the Fahrenheit codes: EN 13757-3:2004, still sent by meters for the American market
    Vif(0x22, 0x22, "volume", "gal", -1),
    Vif(0x23, 0x23, "volume", "gal", 0),
    Vif(0x24, 0x24, "volume_flow", "gal/h", -3, _MINUTE),
    Vif(0x25, 0x25, "volume_flow", "gal/h", 0, _MINUTE),
    Vif(0x26, 0x26, "volume_flow", "gal/h", 0),
    Vif(0x28, 0x29, "power", "W", 5),
    Vif(0x2A, 0x2A, "phase_angle", "deg", -1),  # voltage to voltage
    Vif(0x2B, 0x2B, "phase_angle", "deg", -1),  # voltage to current
    Vif(0x2C, 0x2F, "frequency", "Hz", -3),
    Vif(0x30, 0x31, "power", "J/h", 8),
    Vif(0x34, 0x37, "apparent_power", "VA", 0),
    Vif(0x58, 0x5B, "flow_temperature", "degF", -3),
    Vif(0x5C, 0x5F, "return_temperature", "degF", -3),
    Vif(0x60, 0x63, "temperature_difference", "degF", -3),
    Vif(0x64, 0x67, "external_temperature", "degF", -3),
    Vif(0x68, 0x68, "rating_factor", None, 0, Decimal(1) / 4096),  # HCA factor K, 2**-12
    Vif(0x69, 0x69, "rating_factor", "W", 0, Decimal(1) / 4096),  # thermal output KQ
    Vif(0x6A, 0x6D, "rating_factor", None, 0, Decimal(1) / 4096),  # KC, K room, K heating, K low temperature
    Vif(0x6E, 0x6E, "rating_factor", None, 0, Decimal(1) / 4096),  # display scaling
    Vif(0x70, 0x73, "temperature_limit", "degF", -3),
    Vif(0x74, 0x77, "temperature_limit", "degC", -3),
    Vif(0x78, 0x7F, "cumulative_maximum_power", "W", -3),
)

# EN 13757-3:2018, table 14: VIF FD (main extension)
EXTENSION_FD: Final = (
    Vif(0x00, 0x03, "credit", None, -3),
    Vif(0x04, 0x07, "debit", None, -3),
    Vif(0x08, 0x08, "access_number", kind="unsigned"),
    Vif(0x09, 0x09, "device_type", kind="unsigned"),
    Vif(0x0A, 0x0A, "manufacturer", kind="letters"),
    Vif(0x0B, 0x0B, "parameter_set_id", kind="text"),
    Vif(0x0C, 0x0C, "model_version", kind="text"),
    Vif(0x0D, 0x0D, "hardware_version", kind="text"),
    Vif(0x0E, 0x0E, "firmware_version", kind="text"),
    Vif(0x0F, 0x0F, "software_version", kind="text"),
    Vif(0x10, 0x10, "location", kind="text"),
    Vif(0x11, 0x11, "customer", kind="text"),
    Vif(0x12, 0x15, "access_code", kind="text"),
    Vif(0x16, 0x16, "password", kind="text"),
    Vif(0x17, 0x17, "error_flags", kind="bits"),
    Vif(0x18, 0x18, "error_mask", kind="bits"),
    Vif(0x19, 0x19, "security_key", kind="raw"),
    Vif(0x1A, 0x1A, "digital_output", kind="bits"),
    Vif(0x1B, 0x1B, "digital_input", kind="bits"),
    Vif(0x1C, 0x1C, "baud_rate", "Bd"),
    Vif(0x1D, 0x1D, "response_delay_time", "bit"),
    Vif(0x1E, 0x1E, "retry"),
    Vif(0x1F, 0x1F, "remote_control", kind="bits"),
    Vif(0x20, 0x21, "storage_number", kind="unsigned"),  # 20 first, 21 last of cyclic storage
    Vif(0x22, 0x22, "storage_block_size", kind="unsigned"),
    Vif(0x23, 0x23, "tariff_subunit_descriptor", kind="raw"),
    *_durations(0x24, "storage_interval"),
    Vif(0x28, 0x28, "storage_interval", "month"),
    Vif(0x29, 0x29, "storage_interval", "year"),
    Vif(0x2A, 0x2A, "operator_specific_data", kind="text"),
    Vif(0x2B, 0x2B, "time_point_second", "s"),
    *_durations(0x2C, "time_since_readout"),
    Vif(0x30, 0x30, "tariff_start", kind="date"),
    Vif(0x31, 0x31, "tariff_duration", "s", 0, _MINUTE),
    Vif(0x32, 0x32, "tariff_duration", "s", 0, _HOUR),
    Vif(0x33, 0x33, "tariff_duration", "s", 0, _DAY),
    *_durations(0x34, "tariff_period"),
    Vif(0x38, 0x38, "tariff_period", "month"),
    Vif(0x39, 0x39, "tariff_period", "year"),
    Vif(0x3A, 0x3A, "dimensionless"),
    Vif(0x3B, 0x3B, "container", kind="raw"),  # a wireless M-Bus telegram
    *_durations(0x3C, "transmission_period"),
    Vif(0x40, 0x4F, "voltage", "V", -9),
    Vif(0x50, 0x5F, "current", "A", -12),
    Vif(0x60, 0x60, "reset_counter", kind="unsigned"),
    Vif(0x61, 0x61, "cumulation_counter", kind="unsigned"),
    Vif(0x62, 0x62, "control_signal", kind="unsigned"),
    Vif(0x63, 0x63, "weekday", kind="unsigned"),
    Vif(0x64, 0x64, "week_number", kind="unsigned"),
    Vif(0x65, 0x65, "time_of_day_change", kind="unsigned"),
    Vif(0x66, 0x66, "parameter_activation_state", kind="unsigned"),
    Vif(0x67, 0x67, "supplier_information", kind="text"),
    Vif(0x68, 0x68, "time_since_cumulation", "s", 0, _HOUR),
    Vif(0x69, 0x69, "time_since_cumulation", "s", 0, _DAY),
    Vif(0x6A, 0x6A, "time_since_cumulation", "month"),
    Vif(0x6B, 0x6B, "time_since_cumulation", "year"),
    Vif(0x6C, 0x6C, "battery_operating_time", "s", 0, _HOUR),
    Vif(0x6D, 0x6D, "battery_operating_time", "s", 0, _DAY),
    Vif(0x6E, 0x6E, "battery_operating_time", "month"),
    Vif(0x6F, 0x6F, "battery_operating_time", "year"),
    Vif(0x70, 0x70, "battery_change_date", kind="date"),
    Vif(0x71, 0x71, "signal_strength", "dBm"),
    Vif(0x72, 0x72, "daylight_saving", kind="raw"),  # type K
    Vif(0x73, 0x73, "listening_window", kind="raw"),  # type L
    Vif(0x74, 0x74, "battery_remaining_time", "s", 0, _DAY),
    Vif(0x75, 0x75, "stop_counter", kind="unsigned"),
    Vif(0x76, 0x76, "container", kind="raw"),  # manufacturer's
)

# EN 13757-3:2018, table 16: VIF FD FD (second level)
EXTENSION_FD_FD: Final = (
    Vif(0x00, 0x00, "selected_application", kind="unsigned"),
    Vif(0x02, 0x02, "battery_remaining_time", "month"),
    Vif(0x03, 0x03, "battery_remaining_time", "year"),
    Vif(0x3E, 0x3E, "moisture", "%"),
)

# What tells codes apart that share a quantity
MARKS: Final[dict[tuple[str, int], str]] = {
    ("FB", 0x2A): "voltage_to_voltage",
    ("FB", 0x2B): "voltage_to_current",
    ("FB", 0x68): "k_product",
    ("FB", 0x69): "kq_thermal_output",
    ("FB", 0x6A): "kc_overall",
    ("FB", 0x6B): "kcr_room",
    ("FB", 0x6C): "kch_heating",
    ("FB", 0x6D): "kt_low_temperature",
    ("FB", 0x6E): "display_scaling",
    ("FD", 0x12): "user",
    ("FD", 0x13): "operator",
    ("FD", 0x14): "system_operator",
    ("FD", 0x15): "developer",
    ("FD", 0x20): "first",
    ("FD", 0x21): "last",
    ("FD", 0x3B): "wireless_mbus",
    ("FD", 0x76): "manufacturer",
}


def _index(table: tuple[Vif, ...]) -> dict[int, tuple[Vif, int]]:
    return {code: (row, code - row.first) for row in table for code in range(row.first, row.last + 1)}


TABLES: Final = {
    "": _index(PRIMARY),
    "FB": _index(EXTENSION_FB),
    "FD": _index(EXTENSION_FD),
    "FDFD": _index(EXTENSION_FD_FD),
}
