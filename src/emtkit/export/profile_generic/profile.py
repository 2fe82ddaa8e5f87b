"""Profile: what a COSEM Profile Generic object holds (IEC 62056-6-2, class 7), whatever form it is written in.

Values are kept as the object has them: an integer with scaler and unit. `Entry.value` is the exact number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.cosem_units import COSEM_UNITS, NO_UNIT, Measured, cosem_code, measured
from emtkit.model.errors import EncodeError
from emtkit.model.meter_id import DEVICE_TYPES, MeterId
from emtkit.model.obis import Obis
from emtkit.model.reading import Reading
from emtkit.model.series import Quality, Series
from emtkit.model.units import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CLASS_ID: Final = 7
# IEC 62056-6-1: A-0:99.1.0 load profile with recording period 1, A-0:99.2.0 with recording period 2 (the day)
_LOAD_PROFILE: Final = 99
MIN_SCALER: Final = -128
MAX_SCALER: Final = 127
MAX_UNIT: Final = 255

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}(?:\.eui)?\Z", re.ASCII)
_MESSLOKATION: Final = re.compile(r"[a-z]{2}\d{11}[a-z0-9]{20}\Z", re.ASCII)
_DIN: Final = re.compile(r"([0-9a-f])([a-z]{3})([0-9a-f]{2})([0-9]{8})\Z", re.ASCII)


class IntegerType(NamedTuple):
    """A COSEM integer: its size in bits, and whether it has a sign."""

    bits: int
    signed: bool

    def holds(self, number: int) -> bool:
        """Return whether the number fits."""
        bits = self.bits - self.signed
        return (-(1 << bits) if self.signed else 0) <= number < 1 << bits


# IEC 62056-6-2, 4.1.5, common data types
INTEGERS: Final[dict[str, IntegerType]] = {
    "double-long": IntegerType(32, signed=True),
    "double-long-unsigned": IntegerType(32, signed=False),
    "integer": IntegerType(8, signed=True),
    "long": IntegerType(16, signed=True),
    "unsigned": IntegerType(8, signed=False),
    "long-unsigned": IntegerType(16, signed=False),
    "long64": IntegerType(64, signed=True),
    "long64-unsigned": IntegerType(64, signed=False),
}


class Entry(NamedTuple):
    """One captured value.

    raw        the integer; the number is raw * 10**scaler in the unit of that COSEM code
    time       capture time, aware, in UTC (see `grid`)
    status     bytes (a status word), a number, or None
    signature  the gateway's signature of the entry, None where there is none
    kind       COSEM type of the integer
    """

    raw: int
    scaler: int
    unit: int
    time: datetime
    status: bytes | int | None = None
    signature: bytes | None = None
    kind: str = "long64"

    @property
    def value(self) -> Decimal:
        """Return the number, exactly, with the decimals that the scaler says."""
        return Decimal(self.raw).scaleb(self.scaler, EXACT)

    @property
    def status_text(self) -> str | None:
        """Return the status as readings have it: hex of the bytes, or the number."""
        return (
            self.status.hex() if isinstance(self.status, bytes) else None if self.status is None else str(self.status)
        )


@dataclass(slots=True)
class Column:
    """One capture object: the value (attribute 2) of a register of a device, and what was captured of it.

    scaler, unit  attribute 3 of the register, for the forms that do not repeat it in each entry
    """

    obis: Obis
    device: str
    entries: list[Entry] = field(default_factory=list)
    scaler: int = field(default=0, compare=False)
    unit: int = field(default=NO_UNIT, compare=False)


@dataclass(slots=True)
class Profile:
    """One Profile Generic object.

    obis     its own logical name
    name     what stands behind the OBIS code in its logical name: the device (`1emh0012345678`), or a gateway's
             name of the profile (`taf7-1`)
    columns  in the order of the capture objects
    period   capture period, None where it is not known
    version  class version
    """

    obis: Obis
    name: str
    columns: list[Column] = field(default_factory=list)
    period: timedelta | None = None
    version: int = 1


def device_name(meter: MeterId) -> str:
    """Return a meter's name in a logical name: its DIN 43863-5 identifier, or manufacturer and serial number.

    Raises EncodeError `profile.device` for a meter whose name would not do (blanks, dots ...).
    """
    name = (meter.identifier or f"{meter.manufacturer or ''}{meter.id}").lower()
    return check_name(name)


def check_name(name: str) -> str:
    """Return the name if it can stand in a logical name and a file name. Raises EncodeError `profile.device`."""
    if _NAME.match(name) is None:
        raise EncodeError("profile.device", f"{name!r} cannot stand in a logical name (a-z, 0-9, - and _ can)")
    return name


def meter_of(device: str) -> MeterId:
    """Return the meter of a device name; its parts where it is a DIN 43863-5 identifier."""
    match = _DIN.match(device)
    if match is None:
        return MeterId(None, device.upper() if _MESSLOKATION.match(device) else device)
    medium = _MEDIA.get(match[1])
    device_type = next((code for code, name in DEVICE_TYPES.items() if name == medium), None)
    return MeterId(match[2].upper(), match[4], None, device_type, medium, device.upper())


# DIN 43863-5, first digit: medium
_MEDIA: Final[dict[str, str]] = {"1": "electricity", "4": "heat cost allocator", "6": "heat", "7": "gas", "8": "water"}


def profile_of(series: Sequence[Series], obis: Obis | None = None) -> Profile:
    """Return the profile of one meter: a column for each series, an entry for each value that was captured.

    Missing values have no entry. The capture time is the meter's own stamp of the reading, the end of the interval
    for a load profile that the meter sends itself.
    Raises EncodeError `profile.substitute`, `profile.range`, `profile.unit`, `profile.device`, `profile.mixed`,
    `profile.no_begin`.
    """
    first = series[0]
    if any(one.meter != first.meter for one in series):
        raise EncodeError("profile.mixed", "a profile is of one meter")
    name = device_name(first.meter)
    recording_period = 2 if first.step is None or first.step >= timedelta(days=1) else 1
    return Profile(
        obis or Obis(Obis.parse(first.obis).a, 0, _LOAD_PROFILE, recording_period, 0),
        name,
        [_column(one, name) for one in series],
        first.step,
    )


def _column(series: Series, device: str) -> Column:
    from emtkit.export.mscons.incoming.words import is_advance  # a package that only these need

    if series.kind == "interval" and is_advance(series.obis):
        raise EncodeError(
            "profile.no_begin",
            f"{series.obis}: an entry has one capture time, and the begin of this energy or volume has no place",
        )
    unit = cosem_code(series.unit)
    values = [(value, value.value) for value in series.values if value.value is not None]
    scaler = min((_exponent(number) for _, number in values), default=0)
    column = Column(Obis.parse(series.obis), device, scaler=scaler, unit=unit)
    for value, number in values:
        if value.quality is not Quality.TRUE:
            raise EncodeError(
                "profile.substitute", f"{series.obis}: a profile holds what was captured, not a {value.quality} value"
            )
        raw = int(number.scaleb(-scaler, EXACT))
        if not INTEGERS["long64"].holds(raw) or not MIN_SCALER <= scaler <= MAX_SCALER:
            raise EncodeError("profile.range", f"{series.obis}: {number} does not fit into 64 bits with one scaler")
        time = value.sources[-1] if value.sources else value.end
        column.entries.append(Entry(raw, scaler, unit, time, status_of(value.status)))
    return column


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def status_of(text: str | None) -> bytes | int | None:
    """Return the status of a reading as COSEM has it. Raises EncodeError `profile.status` for any other text."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise EncodeError("profile.status", f"{text!r} is neither a number nor a status word in hex") from None


def readings_of(profile: Profile) -> Iterator[tuple[MeterId, Reading]]:
    """Give the readings of a profile, column by column.

    Values are in the base unit; of a unit code that is not in the table the quantity is `unknown`.
    """
    for column in profile.columns:
        meter = meter_of(column.device)
        obis = str(column.obis)
        for entry in column.entries:
            known = measured(entry.raw, entry.scaler, entry.unit) or Measured(
                entry.value, unit_symbol(entry.unit), "unknown"
            )
            reading = Reading(
                known.quantity,
                known.value,
                known.unit,
                obis,
                time=entry.time,
                time_source="gateway",
                status=entry.status_text,
            )
            yield meter, reading


def unit_symbol(code: int) -> str | None:
    """Return the symbol of a unit code, None for "no unit"; the number of a code without a name."""
    unit = COSEM_UNITS.get(code)
    return f"COSEM unit {code}" if unit is None else unit.symbol or None
