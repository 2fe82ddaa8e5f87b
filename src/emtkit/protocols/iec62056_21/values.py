"""Data sets to readings: numbers with units, times, texts, maxima with their time.

One `Values` collects what a telegram says; `finish` adds what only the whole telegram tells: the meter's clock,
the times of its resets, and what hangs on the M-Bus channels of a P1 meter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.reading import Reading
from emtkit.model.units import EXACT
from emtkit.protocols.iec62056_21.datasets import group_places, split_groups
from emtkit.protocols.iec62056_21.heat import HEAT_REGISTERS
from emtkit.protocols.iec62056_21.known_texts import TEXTS, keep_text
from emtkit.protocols.iec62056_21.lists import open_known, profile_rows, read_list
from emtkit.protocols.iec62056_21.p1 import Channel, MbusDevice, is_din_id, medium_of, octet_text, quantity_of
from emtkit.protocols.iec62056_21.profiles import MISSING, ProfileBlock
from emtkit.protocols.iec62056_21.registers import REGISTERS, SERIALS, Register, is_number, register
from emtkit.protocols.iec62056_21.stamps import (
    Stamp,
    is_stamp,
    join_clock,
    read_date,
    read_stamp,
    read_time,
)

if TYPE_CHECKING:
    from emtkit.model.reading import TimeSource, Value
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

_ZEROS: Final = re.compile(r"[0.:\- ]*\Z")
_COSEM_DIGITS: Final = 24


@dataclass(slots=True)
class Values:
    """The readings of one telegram, and what its special registers said.

    layers   profile blocks, logbook entries, buffers, M-Bus devices and error answers, in order
    clock    the meter's own time; serials: what stands in the registers that may hold its number
    profile  the load profile whose rows may follow; resumed: one whose head came in an earlier block
    direct   whether offsets of the view are those of the user's input
    """

    view: View
    ctx: Context
    data: bytes
    heat: bool = False
    layer: str = "iec62056_21"
    readings: list[Reading] = field(default_factory=list)
    layers: list[Any] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    serials: dict[tuple[int, ...], str] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    resets: dict[int, datetime] = field(default_factory=dict)
    clock: datetime | None = None
    clock_time: str = ""
    clock_date: str = ""
    profile: ProfileBlock | None = None
    resumed: ProfileBlock | None = None
    direct: bool = False

    def read_number(self, name: str, number: str, unit: str, start: int, end: int) -> None:
        """Read a set with one number and a unit, by far the most frequent."""
        row = REGISTERS.get((name, unit, self.heat)) or register(name, unit, heat=self.heat)
        if not row.plain or row.exponent is None:
            self.read_set(name, f"({number}*{unit})", start, end)
            return
        self.profile = None
        value = Decimal(number + row.exponent)
        low, high = (start, end) if self.direct else self.view.span(start, end)
        self.readings.append(
            Reading(
                row.quantity,
                value,
                row.unit,
                row.obis,
                None,
                row.function,
                row.storage,
                row.tariff,
                0,
                row.modifiers,
                None,
                None,
                None,
                self.data[start:end],
                low,
                high,
            )
        )
        if self.ctx.trace is not None:
            self.trace_id(name, row, start)
            self.ctx.trace.add(self.view, start + len(name), end, self.layer, "value", row.quantity, value, row.unit)

    def read_set(self, name: str, groups_text: str, start: int, end: int) -> None:
        """Read any data set; `groups_text` are its groups with their brackets."""
        key = (name, groups_text, self.heat)
        known = TEXTS.get(key)
        if known is not None:
            self.profile = None
            row, text, unit, fields = known
            if row.special:
                self.note_special(row, groups_text[1:-1], text)
            low, high = (start, end) if self.direct else self.view.span(start, end)
            reading = Reading(*fields, low, high)
            self.readings.append(reading)
            if row.channel:
                self.channel(row.channel).readings.append(reading)
            if self.ctx.trace is not None:
                self.trace_id(name, row, start)
                self.trace_value(row, text, unit, start + len(name), end)
            return
        if not name and self.profile is not None and self.ctx.trace is None and not groups_text.startswith("(ER"):
            profile_rows(self, self.profile, split_groups(groups_text), start)
            return
        row = REGISTERS.get((name, "", self.heat)) or register(name, heat=self.heat)
        may_be_list = row.listed or groups_text.startswith("(ER")
        if may_be_list and (
            open_known(self, name, groups_text) or read_list(self, name, split_groups(groups_text), start, end)
        ):
            return
        self.profile = None
        at = start + len(name)
        if self.ctx.trace is not None:
            self.trace_id(name, row, start)
        if ")(" not in groups_text:
            group = groups_text[1:-1]
            if self.heat and "&" in group and self.read_parts(name, group, (at, end), (start, end)):
                return
            row, value, unit = self.read_value(name, group, at, end)
            self.add(row, value, unit, start, end)
            if not may_be_list and (isinstance(value, str) or (value is None and group.strip() in MISSING)):
                keep_text(key, row, value, unit, self.data[start:end])
            return
        groups = split_groups(groups_text)
        if len(groups) == 2 and self.read_timed(name, groups, (start, end)):
            return
        for index, (group, place) in enumerate(zip(groups, group_places(groups, at), strict=True)):
            row, value, unit = self.read_value(name, group, *place)
            extra = (f"group_{index + 1}",) if index else ()
            self.add(row, value, unit, *place, extra=extra)  # of several values each keeps its own group

    def read_timed(self, name: str, groups: list[str], whole: tuple[int, int]) -> bool:
        """Read a value and its time: 1.6.0(value)(time) of maxima, 24.2.1(time)(value) of P1; else False.

        The time may be invalid: then the reading has none.
        """
        first, second = groups
        middle = whole[0] + len(name) + len(first) + 2
        before, after = (whole[0] + len(name), middle), (middle, whole[1])
        if is_stamp(first):
            if is_stamp(second):
                return False
            stamp, group, place = self.read_time_of_value(first, before), second, after
        elif is_stamp(second):
            stamp, group, place = self.read_time_of_value(second, after), first, before
        else:
            return False
        row, value, unit = self.read_value(name, group, *place)
        self.add(row, value, unit, *whole, time=stamp.moment, source="device")
        return True

    def read_parts(self, name: str, group: str, place: tuple[int, int], whole: tuple[int, int]) -> bool:
        """Read values that a heat meter joins by `&`; False if the register has none such."""
        heat, texts = HEAT_REGISTERS.get(name.strip().partition("*")[0]), group.split("&")
        if heat is None or len(heat.parts) != len(texts):
            return False
        for text, quantity in zip(texts, heat.parts, strict=True):
            row, value, unit = self.read_value(name, text, *place)
            self.add(row._replace(quantity=quantity), value, unit, *whole)
        return True

    def read_value(self, name: str, group: str, low: int, high: int) -> tuple[Register, Value, str | None]:
        """Read one group: what it is of, the value and its unit."""
        text, _, sent = group.partition("*")
        row = REGISTERS.get((name, sent, self.heat)) or register(name, sent, heat=self.heat)
        value, unit = self.any_value(row, text, low, high)
        if row.special:
            self.note_special(row, group, value)
            if row.quantity == "power" and isinstance(value, datetime):
                row = row._replace(quantity="datetime")  # 1.0.0 is the clock to meters that leave A out
        if self.ctx.trace is not None:
            self.trace_value(row, value, unit, low, high)
        return row, value, unit

    def any_value(self, row: Register, text: str, low: int, high: int) -> tuple[Value, str | None]:
        """Return the value of a group and its unit: a number, a time, a code or a text; None where it is empty."""
        text = text.strip()
        if text in MISSING:
            return None, row.unit
        if row.number and is_number(text):
            return self.scaled(row, text, low, high)
        if len(text) == _COSEM_DIGITS and (moment := read_stamp(text, self.ctx.zone).moment) is not None:
            # the clock as 12 COSEM octets
            return moment, None
        value: Value
        match row.quantity:
            case "datetime":
                value = read_stamp(text, self.ctx.zone).moment
            case "date":
                value = read_date(text)
            case "time":
                value = read_time(text)
            case _ if row.number:
                value = None
            case _:
                return octet_text(row.id, text) if row.octets else text, None
        if value is None and _ZEROS.match(text) is None:
            message = f"{row.id}: no {row.quantity.replace('_', ' ')}"
            self.report("warn", "iec62056_21.value.invalid", message, low, high)
        return value, None

    def number(self, row: Register, text: str, low: int, high: int) -> tuple[Decimal | None, str | None]:
        """Return a number in base units, and its unit; None where it is missing or no number."""
        text = text.strip()
        if not is_number(text):
            if text not in MISSING:
                self.report("warn", "iec62056_21.value.invalid", f"{row.id}: no number", low, high)
            return None, row.unit
        return self.scaled(row, text, low, high)

    def scaled(self, row: Register, text: str, low: int, high: int) -> tuple[Decimal, str | None]:
        """Return the number of a text that is one, in base units, and its unit."""
        if row.unknown is not None:
            self.report("warn", "iec62056_21.unit.unknown", f"unit {row.unknown!r} is not known", low, high)
            return Decimal(text), row.unknown
        if row.unit is None and row.measured:
            self.report("info", "iec62056_21.unit.missing", f"{row.id} has no unit", low, high)
        if row.exponent is None:
            return EXACT.multiply(Decimal(text), row.factor), row.unit
        return Decimal(text + row.exponent), row.unit

    def note_special(self, row: Register, group: str, value: Value) -> None:
        """Note what the registers say that speak of the whole telegram."""
        if row.channel and row.code is not None:
            if row.code.d == 1:
                if row.code.c == 96:
                    if isinstance(value, str):
                        self.channel(row.channel).identifier = value
                elif group.isdecimal():
                    self.channel(row.channel).device_type = int(group[-3:])
            return
        match row.role:
            case "serial" if isinstance(value, str):
                self.serials.setdefault(row.code[2:5] if row.code is not None else (0, 0, 0), value)
            case "clock" | "maybe_clock" if isinstance(value, datetime):
                self.clock = value
            case "clock_time":
                self.clock_time = group.strip()
            case "clock_date":
                self.clock_date = group.strip()
            case "reset" if isinstance(value, datetime) and row.storage:
                self.resets[row.storage] = value
            case "errors" if group.strip("0 ") and "error" not in self.status:
                self.status.append("error")
            case _:
                pass

    def read_time_of_value(self, text: str, place: tuple[int, int]) -> Stamp:
        """Read the time of a value."""
        stamp = read_stamp(text, self.ctx.zone)
        if stamp.moment is None and _ZEROS.match(text) is None:
            self.report("info", "iec62056_21.time.invalid", f"{text} is no time", *place)
        self.trace_stamp(stamp, *place)
        return stamp

    def add(
        self,
        row: Register,
        value: Value,
        unit: str | None,
        start: int,
        end: int,
        *,
        time: datetime | None = None,
        source: TimeSource | None = None,
        status: str | None = None,
        storage: int | None = None,
        extra: tuple[str, ...] = (),
    ) -> None:
        """Add the reading of a register that stands between start and end.

        `storage` and `extra` (modifiers) are what the place of the value says beyond its register.
        """
        low, high = (start, end) if self.direct else self.view.span(start, end)
        channel = row.channel
        reading = Reading(
            row.quantity,
            value,
            unit,
            row.obis,
            row.name,
            row.function,
            row.storage if storage is None else storage,
            row.tariff,
            channel,
            row.modifiers + extra if extra else row.modifiers,
            time,
            source,
            status,
            self.data[start:end],
            low,
            high,
        )
        self.readings.append(reading)
        if channel:
            self.channel(channel).readings.append(reading)

    def channel(self, number: int) -> Channel:
        """Return what is known of an M-Bus channel."""
        found = self.channels.get(number)
        if found is None:
            found = self.channels[number] = Channel()
        return found

    def finish(self) -> None:
        """Give readings the meter's clock or reset as their time, and M-Bus readings their medium."""
        if self.clock is None and self.clock_date and self.clock_time:
            self.clock = join_clock(self.clock_date, self.clock_time, self.ctx.zone)
        source: Any = "capture" if self.clock is None else "device"
        moment = self.clock or self.ctx.received_at
        if moment is not None or self.resets:
            for reading in self.readings:
                if reading.time is None and reading.time_source is None:
                    if not reading.storage:
                        if moment is not None:
                            reading.time, reading.time_source = moment, source
                    elif reading.storage in self.resets:
                        reading.time, reading.time_source = self.resets[reading.storage], "device"
        for number, channel in sorted(self.channels.items()):
            medium = medium_of(channel.device_type)
            self.layers.append(MbusDevice(number, channel.device_type, medium, channel.identifier or None))
            for reading in channel.readings:
                reading.name = medium or reading.name
                if reading.quantity == "unknown":
                    reading.quantity = quantity_of(channel.device_type)

    def serial(self) -> str | None:
        """Return the meter's number, from the surest register that has one."""
        if self.heat:
            return self.serials.get((0, 0, 0)) or None
        if self.serials:
            for key in SERIALS:
                if found := self.serials.get(key):
                    return found
        return None

    def identifier(self) -> str | None:
        """Return the DIN 43863-5 identifier if one of the numbers is in its form."""
        for text in self.serials.values():
            if is_din_id(text):
                return text
        return None

    def report(self, how: str, code: str, message: str, start: int, end: int) -> None:
        """Report a finding about a data set."""
        getattr(self.ctx, how)(code, message, layer=self.layer, field="value", view=self.view, start=start, end=end)

    def trace_id(self, name: str, row: Register, start: int) -> None:
        """Record what an id means."""
        if name and self.ctx.trace is not None:
            meaning = " ".join(filter(None, (row.obis or "no OBIS code", row.text))) if name.strip() else "filler"
            self.ctx.trace.add(self.view, start, start + len(name), self.layer, "id", meaning)

    def trace_value(self, row: Register, value: Value, unit: str | None, low: int, high: int) -> None:
        """Record a value."""
        if self.ctx.trace is not None:
            number = value is None or isinstance(value, Decimal)
            meaning = row.quantity if number else f"{row.quantity}: {_shown(value)}"
            self.ctx.trace.add(self.view, low, high, self.layer, "value", meaning, value, unit)

    def trace_stamp(self, stamp: Stamp, low: int, high: int) -> None:
        """Record the time of a value."""
        if self.ctx.trace is not None:
            season = f" ({stamp.season})" if stamp.season else ""
            meaning = f"time{season}" if stamp.moment is not None else "time, not valid"
            self.ctx.trace.add(self.view, low, high, self.layer, "time", meaning, stamp.moment)


def _shown(value: Value) -> str:
    if isinstance(value, str | bytes | Decimal) or value is None:
        return str(value)
    return value.isoformat()
