"""The VIFE tables of EN 13757-3:2018: what qualifies, scales or replaces the meaning of a VIF."""

from __future__ import annotations

from typing import Final

MAX_VIFES: Final = 10

# EN 13757-3:2018, table 15: combinable VIFEs that only qualify the value
QUALIFIERS: Final[dict[int, str]] = {
    0x12: "average",
    0x13: "inverse_compact_profile",
    0x14: "relative_deviation",
    0x1D: "standard_conform",
    0x1E: "compact_profile_with_registers",
    0x1F: "compact_profile",
    0x28: "per_input_pulse_0",
    0x29: "per_input_pulse_1",
    0x2A: "per_output_pulse_0",
    0x2B: "per_output_pulse_1",
    0x3A: "uncorrected",
    0x3B: "forward",
    0x3C: "backward",
    0x3D: "non_metric",
    0x3E: "base_conditions",
    0x3F: "obis_declaration",
    0x40: "lower_limit",
    0x48: "upper_limit",
    0x68: "during_lower_exceed",
    0x69: "leakage",
    0x6C: "during_upper_exceed",
    0x6D: "overflow",
    0x7E: "future",
}

# the same table: VIFEs that change the unit. (modifier, what is put behind the unit)
PER_UNIT: Final[dict[int, tuple[str, str]]] = {
    0x20: ("per_second", "/s"),
    0x21: ("per_minute", "/min"),
    0x22: ("per_hour", "/h"),
    0x23: ("per_day", "/d"),
    0x24: ("per_week", "/week"),
    0x25: ("per_month", "/month"),
    0x26: ("per_year", "/year"),
    0x27: ("per_revolution", "/rev"),
    0x2C: ("per_litre", "/l"),
    0x2D: ("per_cubic_metre", "/m3"),
    0x2E: ("per_kilogram", "/kg"),
    0x2F: ("per_kelvin", "/K"),
    0x30: ("per_kilowatt_hour", "/kWh"),
    0x31: ("per_gigajoule", "/GJ"),
    0x32: ("per_kilowatt", "/kW"),
    0x33: ("per_kelvin_litre", "/(K*l)"),
    0x34: ("per_volt", "/V"),
    0x35: ("per_ampere", "/A"),
    0x36: ("times_second", "*s"),
    0x37: ("times_second_per_volt", "*s/V"),
    0x38: ("times_second_per_ampere", "*s/A"),
}

# the same table: with these the data is a date of type F, G, I or J
DATES_OF: Final[dict[int, str]] = {
    0x39: "start_of",
    0x42: "lower_limit_first_exceed_begin",
    0x43: "lower_limit_first_exceed_end",
    0x46: "lower_limit_last_exceed_begin",
    0x47: "lower_limit_last_exceed_end",
    0x4A: "upper_limit_first_exceed_begin",
    0x4B: "upper_limit_first_exceed_end",
    0x4E: "upper_limit_last_exceed_begin",
    0x4F: "upper_limit_last_exceed_end",
    0x6A: "first_begin",
    0x6B: "first_end",
    0x6E: "last_begin",
    0x6F: "last_end",
}

# the same table: 101u fnn and 1100 fnn, the data is a duration in s, min, h, d
DURATIONS_OF: Final = {
    0x50: "lower_limit_first_exceed_duration",
    0x54: "lower_limit_last_exceed_duration",
    0x58: "upper_limit_first_exceed_duration",
    0x5C: "upper_limit_last_exceed_duration",
    0x60: "first_duration",
    0x64: "last_duration",
}

COUNTS_OF: Final = {0x41: "lower_limit_exceeds", 0x49: "upper_limit_exceeds"}

# EN 13757-3:2018, table 17: what is wrong with the record, says the meter
RECORD_ERRORS: Final[dict[int, str]] = {
    0x01: "too_many_difes",
    0x02: "storage_not_implemented",
    0x03: "unit_not_implemented",
    0x04: "tariff_not_implemented",
    0x05: "function_not_implemented",
    0x06: "data_class_not_implemented",
    0x07: "data_size_not_implemented",
    0x0B: "too_many_vifes",
    0x0C: "illegal_vif_group",
    0x0D: "illegal_vif_exponent",
    0x0E: "vif_dif_mismatch",
    0x0F: "unimplemented_action",
    0x15: "no_data_available",
    0x16: "data_overflow",
    0x17: "data_underflow",
    0x18: "data_error",
    0x1C: "premature_end_of_record",
}

# VIFE FC xx (EN 13757-3:2018, table 16 of combinable extension)
EXTENSION_FC: Final[dict[int, str]] = {
    0x01: "phase_l1",
    0x02: "phase_l2",
    0x03: "phase_l3",
    0x04: "neutral",
    0x05: "phase_l1_l2",
    0x06: "phase_l2_l3",
    0x07: "phase_l3_l1",
    0x08: "quadrant_1",
    0x09: "quadrant_2",
    0x0A: "quadrant_3",
    0x0B: "quadrant_4",
    0x0C: "import_minus_export",
    0x0D: "alternative_non_metric",
    0x0E: "secondary_sensor",
    0x0F: "higher_resolution",
    0x10: "absolute_accumulation",
    0x11: "type_c",
    0x12: "type_d",
    0x13: "end_date",
    0x14: "direction_to_meter",
    0x15: "direction_from_meter",
}
