"""Value information: what a record's number means (EN 13757-3:2018, clause 6.4, tables 10 to 16).

A VIB is the VIF with its VIFEs. `read_vib` turns the bytes into one `Vib`: quantity, base unit, the exact
scale to that unit, how the data is to be read, and the modifiers in telegram order.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, NamedTuple

MAX_VIFES: Final = 10

# How the data field is to be read:
# number   signed integer, BCD or float (types A, B, H)     unsigned  the same, binary unsigned (type C)
# bits     unsigned, never "invalid" (type D)                date      types F, G, I, J by size
# ident    an identification: digits kept as text            text      text if variable length, else unsigned
# letters  a manufacturer code                                raw       bytes as they are
Kind = Literal["number", "unsigned", "bits", "date", "ident", "text", "letters", "raw"]

_ONE: Final = Decimal(1)
_MINUTE: Final = Decimal(60)
_HOUR: Final = Decimal(3600)
_DAY: Final = Decimal(86400)
_TIMES: Final = (_ONE, _MINUTE, _HOUR, _DAY)  # nn = s, min, h, d


class Vif(NamedTuple):
    """A range of codes: the value is raw * factor * 10**(exponent + code - first)."""

    first: int
    last: int
    quantity: str
    unit: str | None = None
    exponent: int = 0
    factor: Decimal = _ONE
    kind: Kind = "number"


def _durations(first: int, quantity: str) -> tuple[Vif, ...]:
    """Four codes for s, min, h, d."""
    return tuple(Vif(first + n, first + n, quantity, "s", 0, factor) for n, factor in enumerate(_TIMES))


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
_MARKS: Final[dict[tuple[str, int], str]] = {
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


_TABLES: Final = {
    "": _index(PRIMARY),
    "FB": _index(EXTENSION_FB),
    "FD": _index(EXTENSION_FD),
    "FDFD": _index(EXTENSION_FD_FD),
}

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


class Vib(NamedTuple):
    """A whole value information block, interpreted.

    scale       the value is raw * scale + offset, in `unit`
    exponent    log10 of scale where that is a whole number, else None (a fast path for scaling)
    modifiers   in telegram order
    error       the record error the meter reports instead of a value, or None
    reserved    description of the first code that the standard reserves, or None
    vifes       the VIFE codes without extension bit, for callers that look for one
    """

    quantity: str
    unit: str | None
    kind: Kind
    scale: Decimal
    exponent: int | None
    offset: Decimal
    modifiers: tuple[str, ...]
    error: str | None
    reserved: str | None
    vifes: tuple[int, ...]


def vib_end(data: bytes, start: int, end: int) -> int:
    """Return the offset behind the VIB that begins at `start`, or -1 when it runs past `end`.

    A plain-text VIF (7C/FC) is followed by its length and text, then by the VIFEs (as the meters send it;
    Kamstrup's `FC 03 48 52 25 74` is the known example).
    """
    if start >= end:
        return -1
    code = data[start]
    at = start + 1
    if code & 0x7F == 0x7C:
        if at >= end:
            return -1
        at += 1 + data[at]
    while code & 0x80:
        if at >= end:
            return -1
        code = data[at]
        at += 1
    return at if at <= end else -1


class _Builder:
    """What the VIFEs have made of the VIF so far."""

    def __init__(self) -> None:
        self.quantity = "unknown"
        self.unit: str | None = None
        self.kind: Kind = "number"
        self.scale = _ONE
        self.offset = Decimal(0)
        self.modifiers: list[str] = []
        self.error: str | None = None
        self.reserved: str | None = None
        self.vifes: list[int] = []

    def base(self, table: str, code: int) -> None:
        """Take quantity and unit from the table of VIFs."""
        found = _TABLES[table].get(code)
        if found is None:
            self.reserved = f"VIF {f'{table} ' if table else ''}{code:02X} is reserved"
            self.modifiers.append(f"vif_{table.lower()}{code:02x}")
            return
        row, step = found
        self.quantity, self.unit, self.kind = row.quantity, row.unit, row.kind
        self.scale = row.factor.scaleb(row.exponent + step)
        mark = _MARKS.get((table, code))
        if mark is not None:
            self.modifiers.append(mark)

    def vife(self, code: int) -> None:
        """Apply one combinable VIFE (extension bit stripped)."""
        self.vifes.append(code)
        if code in QUALIFIERS:
            self.modifiers.append(QUALIFIERS[code])
        elif code in PER_UNIT:
            name, suffix = PER_UNIT[code]
            self.modifiers.append(name)
            self.unit = f"{self.unit or '1'}{suffix}"
        elif code in DATES_OF:
            self._about(DATES_OF[code], "datetime", None, "date", _ONE)
        elif 0x50 <= code <= 0x67:
            self._about(DURATIONS_OF[code & 0xFC], "duration", "s", "number", _TIMES[code & 3])
        elif code in COUNTS_OF:
            self._about(COUNTS_OF[code], "exceed_counter", None, "unsigned", _ONE)
        elif 0x70 <= code <= 0x77:
            self.scale = self.scale.scaleb(code - 0x76)
        elif 0x78 <= code <= 0x7B:
            self.offset += self.scale * _ONE.scaleb(code - 0x7B)
            self.modifiers.append(f"offset_1e{code - 0x7B}")
        elif code == 0x7D:
            self.scale = self.scale.scaleb(3)
        elif code in RECORD_ERRORS:
            self.error = RECORD_ERRORS[code]
        elif code != 0x00:  # 00: no error
            self.reserved = self.reserved or f"VIFE {code:02X} is reserved"
            self.modifiers.append(f"vife_{code:02x}")

    def _about(self, what: str, quantity: str, unit: str | None, kind: Kind, scale: Decimal) -> None:
        """The data is no longer the quantity itself but a time, duration or count about it."""
        self.modifiers += [f"of_{self.quantity}", what]
        self.quantity, self.unit, self.kind, self.scale = quantity, unit, kind, scale

    def vife_fc(self, code: int) -> None:
        """Apply VIFE FC xx."""
        name = EXTENSION_FC.get(code)
        if name is None:
            self.reserved = self.reserved or f"VIFE FC {code:02X} is reserved"
            name = f"vife_fc{code:02x}"
        self.modifiers.append(name)
        if code == 0x11:
            self.kind = "unsigned"
        elif code == 0x12:
            self.kind = "bits"
        elif code == 0x13:
            self._about("end_of", "datetime", None, "date", _ONE)

    def done(self) -> Vib:
        """Return the finished block."""
        digits = self.scale.as_tuple()
        exponent = digits.exponent if digits.digits == (1,) and isinstance(digits.exponent, int) else None
        return Vib(
            self.quantity,
            self.unit,
            self.kind,
            self.scale,
            exponent,
            self.offset,
            tuple(self.modifiers),
            self.error,
            self.reserved,
            tuple(self.vifes),
        )


# what meters spell out although a unit of emtkit says it
_PLAIN_TEXT: Final = {
    "%RH": ("relative_humidity", "%"),
    "%rH": ("relative_humidity", "%"),
    "% RH": ("relative_humidity", "%"),
}


def _plain_text(text: str) -> tuple[str, str | None]:
    """Return quantity and unit of a plain-text VIF: the meter's own words are the unit."""
    return _PLAIN_TEXT.get(text.strip(), ("any", text))


def read_vib(vib: bytes) -> Vib:
    """Interpret a complete VIB (as delimited by `vib_end`).

    Never fails: reserved codes give quantity `unknown` or a modifier like `vife_1b`, and `reserved` says so;
    codes behind a manufacturer VIF or VIFE FF are kept as one modifier `manufacturer_XX..`.
    Source: EN 13757-3:2018, 6.4.
    """
    made = _Builder()
    code = vib[0] & 0x7F
    at = 1
    if code == 0x7C:
        size = vib[1]
        made.quantity, made.unit = _plain_text(vib[2 : 2 + size][::-1].decode("latin-1"))
        at = 2 + size
    elif vib[0] in {0xFB, 0xFD}:
        table = f"{vib[0]:02X}"
        if vib[0] == 0xFD and vib[1] == 0xFD:
            table, at = "FDFD", 2
        made.base(table, vib[at] & 0x7F)
        at += 1
    elif code in {0x7B, 0x7D}:  # an extension without the extension byte
        made.reserved = f"VIF {code:02X} announces an extension that does not follow"
        made.modifiers.append(f"vif_{code:02x}")
    else:
        made.base("", code)
    if code == 0x7F:
        if at < len(vib):
            made.modifiers.append(f"manufacturer_{vib[at:].hex()}")
        return made.done()
    while at < len(vib):
        code = vib[at] & 0x7F
        at += 1
        if code == 0x7F:
            if at < len(vib):
                made.modifiers.append(f"manufacturer_{vib[at:].hex()}")
            break
        if code == 0x7C and at < len(vib):
            made.vife_fc(vib[at] & 0x7F)
            at += 1
        else:
            made.vife(code)
    return made.done()
