"""Notifications become readings: when they were made, which meter they are of, what their values are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.cosem_units import measured
from emtkit.model.obis import Obis
from emtkit.protocols.dlms import axdr, objects
from emtkit.protocols.dlms.apdu_parts import AttributeRequest
from emtkit.protocols.dlms.classes import metering, schedule
from emtkit.protocols.dlms.cosem_time import DATE_TIME_SIZE, CosemTime, looks_like_date_time, read_date_time
from emtkit.protocols.dlms.identity import meter_of_values
from emtkit.protocols.dlms.push import PushItem, is_name, read_push, scaler_unit
from emtkit.protocols.dlms.readings import NO_MOMENT, Moment, Source, make_reading, status_text

if TYPE_CHECKING:
    from datetime import datetime

    from emtkit.protocols.dlms.apdu_notify import DataNotification, EventNotification
    from emtkit.protocols.dlms.apdu_sn import InformationReport
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.session import Association
    from emtkit.protocols.dlms.walk import Walk
    from emtkit.wire.trace import Trace
    from emtkit.wire.view import View

_VALUE: Final = 2
_SERIAL: Final = Obis(0, 0, 96, 1, 0)
_CLOCK_GROUP: Final = (1, 0)  # groups C and D of clock objects
_CAPTURE: Final = {metering.EXTENDED_REGISTER: 5, metering.DEMAND_REGISTER: 6}
_STATUS: Final = {metering.EXTENDED_REGISTER: 4, metering.DEMAND_REGISTER: 5}
_TRUE: Final = frozenset(("1", "true", "yes", "inverted"))


class Pushes:
    """Reads notifications for a walk."""

    def __init__(self, walk: Walk) -> None:
        """Keep where the results go."""
        self.walk = walk
        self.ctx = walk.ctx

    def source(self, view: View) -> Source:
        """Return how values of this view are read. The hint `deviation` = `inverted` turns the sign of deviations."""
        inverted = str(self.ctx.hints.get("deviation", "")).lower() in _TRUE
        return Source(view, self.ctx.zone, inverted)

    def moment(self, sent: CosemTime | None, source: Source) -> Moment:
        """Return the device's time, else when the frame was received."""
        if sent is not None:
            resolved = source.resolve(sent)
            if resolved is not None:
                if sent.flags:
                    self.ctx.info(
                        "dlms.time.doubtful", f"the meter says of its clock: {', '.join(sent.flags)}", layer="dlms.time"
                    )
                return Moment(resolved, "device")
            self.ctx.info("dlms.time.unresolved", f"{sent} names no point in time", layer="dlms.time")
        if self.ctx.received_at is not None:
            return Moment(self.ctx.received_at, "capture")
        return NO_MOMENT

    def notification(self, apdu: DataNotification, view: View) -> None:
        """Read a DataNotification."""
        push = read_push(apdu)
        source = self.source(view)
        if apdu.body.quirk:
            self.ctx.info(
                "dlms.push.quirk",
                f"the body is not plain A-XDR: {apdu.body.quirk.replace('_', ' ')}",
                layer="dlms.push",
                view=view,
                start=apdu.body.data.start,
                end=apdu.body.data.end,
            )
        items = push.items
        if self.ctx.trace is not None:
            explain_labels(apdu.body.data, view, self.ctx.trace)
        sent = _clock(items) or apdu.time.time
        moment = self.moment(sent, source)
        own = _own_times(items, source)
        qualifiers = _qualifiers(items, own)
        states = {(item.obis, item.class_id): item for item in items if _STATUS.get(item.class_id) == item.attribute}
        without_unit = 0
        for item in items:
            if item.obis is not None and (item.obis, item.class_id, item.attribute) in qualifiers:
                continue
            at = Moment(own[item.obis], "device") if item.obis in own else moment
            state = states.get((item.obis, item.class_id)) if item.attribute == _VALUE else None
            status = None if state is None else status_text(state.value)
            self._reading(item, source, at, status)
            if item.scaler_unit is None and item.value.tag in axdr.INTEGERS and _measures(item):
                without_unit += 1
        if without_unit:
            self.ctx.info(
                "dlms.push.no_unit",
                f"{without_unit} values came without scaler and unit: they stand as the meter sent them",
                layer="dlms.push",
            )
        self.walk.layers.append(push)
        values = [(item.obis, item.value) for item in items if item.obis is not None]
        if push.number is not None and self.walk.readings[-1].quantity == "text":
            self.walk.readings[-1].quantity = "fabrication_number"
            values.append((_SERIAL, push.number.value))
        self.walk.meter = meter_of_values(values, self.walk.meter)

    def _reading(self, item: PushItem, source: Source, moment: Moment, status: str | None) -> None:
        data = item.value
        reading = make_reading(
            source,
            data,
            obis=item.obis,
            class_id=item.class_id,
            attribute=item.attribute or _VALUE,
            scaler_unit=item.scaler_unit,
            moment=moment,
            status=status,
        )
        self.walk.readings.append(reading)
        if self.ctx.trace is not None and data.start >= 0:
            self.ctx.trace.add(
                source.view,
                data.start,
                data.end,
                "dlms.push",
                reading.name or reading.quantity,
                f"{reading.obis or 'value without a name'} {reading.quantity}",
                reading.value,
                reading.unit,
            )

    def event(self, apdu: EventNotification, view: View, association: Association) -> None:
        """Read an EventNotification: one attribute."""
        source = self.source(view)
        sent = read_date_time(apdu.time) if apdu.time is not None and len(apdu.time) == DATE_TIME_SIZE else None
        found = objects.take_value(
            AttributeRequest(apdu.descriptor),
            apdu.value,
            association.objects,
            source,
            self.moment(sent, source),
            self.ctx,
        )
        self.walk.layers += found.layers
        self.walk.readings += found.readings

    def report(self, apdu: InformationReport, view: View) -> None:
        """Read an InformationReport: values by short name, which no table names."""
        source = self.source(view)
        moment = self.moment(None, source)
        self.walk.readings += [make_reading(source, value, moment=moment) for value in apdu.values]


def explain_labels(data: Data, view: View, trace: Trace) -> None:
    """Leave spans for logical names, and for scalers and units, with what they say."""
    for element in data.elements:
        unit = scaler_unit(element)
        if unit is not None:
            known = measured(1, unit.scaler, unit.unit)
            text = f"scaler 10^{unit.scaler}, unit {unit.unit}" + (f" ({known.unit})" if known and known.unit else "")
            trace.add(view, element.start, element.end, "dlms.push", "scaler_unit", text)
        elif is_name(element):
            trace.add(view, element.start, element.end, "dlms.push", "logical_name", str(Obis(*element.value)))
        else:
            explain_labels(element, view, trace)


def _clock(items: tuple[PushItem, ...]) -> CosemTime | None:
    """Return the clock among the values: a clock object, or a time without a name that leads."""
    for number, item in enumerate(items):
        data = item.value
        is_clock = item.class_id == schedule.CLOCK or (item.obis is not None and item.obis[2:4] == _CLOCK_GROUP)
        if item.obis is not None and item.obis.a != 0:
            is_clock = False
        leads = number == 0 and item.obis is None
        if (is_clock or leads) and _is_time(data):
            return read_date_time(data.value)
    return None


def _is_time(data: Data) -> bool:
    return data.tag in (axdr.OCTET_STRING, axdr.DATE_TIME) and looks_like_date_time(data.value)


def _own_times(items: tuple[PushItem, ...], source: Source) -> dict[Obis | None, datetime]:
    """Return the capture times that came along with extended and demand registers."""
    found: dict[Obis | None, datetime] = {}
    for item in items:
        if item.obis is not None and _CAPTURE.get(item.class_id) == item.attribute and _is_time(item.value):
            moment = source.resolve(read_date_time(item.value.value))
            if moment is not None:
                found[item.obis] = moment
    return found


def _qualifiers(items: tuple[PushItem, ...], own: dict[Obis | None, datetime]) -> frozenset[tuple[Obis, int, int]]:
    """Return the items that only qualify another: capture times and status of a register that came along."""
    values = {(item.obis, item.class_id) for item in items if item.attribute == _VALUE}
    return frozenset(
        (item.obis, item.class_id, item.attribute)
        for item in items
        if item.obis is not None
        and (item.obis, item.class_id) in values
        and (
            (_CAPTURE.get(item.class_id) == item.attribute and item.obis in own)
            or _STATUS.get(item.class_id) == item.attribute
        )
    )


def _measures(item: PushItem) -> bool:
    """Say whether an item is a measured value, which should have a unit."""
    if item.obis is None or item.obis.a == 0:
        return False
    return item.class_id in (0, metering.REGISTER, metering.EXTENDED_REGISTER, metering.DEMAND_REGISTER)
