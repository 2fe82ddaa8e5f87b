"""Attribute values that were read from a meter: typed, remembered, and turned into readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from emtkit.model.errors import DecodeError, EmtkitError
from emtkit.protocols.dlms import axdr, compact
from emtkit.protocols.dlms.apdu_parts import ENTRY, RANGE
from emtkit.protocols.dlms.classes import attribute_name, class_name, metering, read_attribute
from emtkit.protocols.dlms.profile import read_profile
from emtkit.protocols.dlms.readings import SCALED, make_reading
from emtkit.wire.view import View

if TYPE_CHECKING:
    from emtkit.model.reading import Reading
    from emtkit.protocols.context import Context
    from emtkit.protocols.dlms.apdu_parts import AttributeDescriptor, AttributeRequest, SelectiveAccess
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.classes.metering import CaptureObject, ScalerUnit
    from emtkit.protocols.dlms.readings import Moment, Source
    from emtkit.protocols.dlms.session import Objects


class CosemValue(NamedTuple):
    """The value of an attribute: what it is called, as its class types it, and as it was sent."""

    descriptor: AttributeDescriptor
    name: str
    value: Any
    data: Data


class Found(NamedTuple):
    """What became of a value: layers (CosemValue, Profile) and readings."""

    layers: tuple[Any, ...]
    readings: list[Reading]


def take_value(
    request: AttributeRequest, data: Data, objects: Objects, source: Source, moment: Moment, ctx: Context
) -> Found:
    """Type, remember and read the value of an attribute."""
    descriptor = request.descriptor
    class_id, name, attribute = descriptor
    try:
        typed = read_attribute(class_id, attribute, data)
    except EmtkitError as error:
        typed = data
        ctx.info(
            error.code,
            f"{class_name(class_id)} {name}: {error.message}",
            layer="dlms.class",
            view=source.view,
            start=data.start,
            end=data.end,
        )
    label = f"{class_name(class_id)}.{attribute_name(class_id, attribute)}"
    value = CosemValue(descriptor, label, typed, data)
    _learn(descriptor, typed, objects)
    if (class_id, attribute) == (metering.PROFILE_GENERIC, 2) and name in objects.columns:
        return _profile(request, value, objects, source, ctx)
    if (class_id, attribute) == (metering.COMPACT_DATA, 2) and name in objects.templates:
        return _compact(value, objects, source, moment, ctx)
    reading = make_reading(
        source,
        data,
        obis=name,
        class_id=class_id,
        attribute=attribute,
        scaler_unit=objects.units.get(name) if (class_id, attribute) in SCALED else None,
        moment=moment,
    )
    return Found((value,), [reading])


def _learn(descriptor: AttributeDescriptor, typed: Any, objects: Objects) -> None:  # noqa: ANN401 - any attribute
    """Remember what later values need."""
    from emtkit.protocols.dlms.session import MAX_OBJECTS

    class_id, name, attribute = descriptor
    if max(len(objects.units), len(objects.columns)) >= MAX_OBJECTS:
        return
    if isinstance(typed, metering.ScalerUnit):
        objects.units[name] = typed
    elif class_id == metering.PROFILE_GENERIC:
        if attribute == 3 and isinstance(typed, tuple):
            objects.columns[name] = typed
        elif attribute == 4 and isinstance(typed, int):
            objects.periods[name] = typed
        elif attribute == 5 and hasattr(typed, "code"):
            objects.sort_methods[name] = typed.code
    elif class_id == metering.COMPACT_DATA:
        if attribute == 3 and isinstance(typed, tuple):
            objects.columns[name] = typed
        elif attribute == 5 and isinstance(typed, bytes):
            try:
                objects.templates[name] = compact.read_template(typed)
            except DecodeError:
                objects.templates.pop(name, None)


def _profile(request: AttributeRequest, value: CosemValue, objects: Objects, source: Source, ctx: Context) -> Found:
    name = value.descriptor.logical_name
    columns = selected_columns(objects.columns[name], request.access)
    profile = read_profile(
        value.data,
        columns,
        source,
        period=objects.periods.get(name, 0),
        sort_method=objects.sort_methods.get(name, metering.SORT_FIFO),
        units=objects.units,
        report=profile_report(source.view, ctx),
    )
    return Found((value, profile), profile.readings(source))


def profile_report(view: View, ctx: Context) -> Any:  # noqa: ANN401 - a callback
    """Return a `report` for read_profile that warns once for each kind of trouble."""
    seen: set[str] = set()

    def report(code: str, message: str, data: Data | None) -> None:
        if code in seen:
            return
        seen.add(code)
        start, end = (data.start, data.end) if data is not None and data.start >= 0 else (0, 0)
        ctx.warn(code, message, layer="dlms.profile", view=view, start=start, end=end)

    return report


def selected_columns(columns: tuple[CaptureObject, ...], access: SelectiveAccess | None) -> tuple[CaptureObject, ...]:
    """Return the columns that a selection leaves."""
    if access is None:
        return columns
    parts = access.parameters.elements
    if access.selector == RANGE and len(parts) == 4 and parts[3].elements:
        try:
            chosen: tuple[CaptureObject, ...] = metering.CAPTURE_OBJECTS.read(parts[3])
        except DecodeError:
            return columns
        return chosen
    if access.selector == ENTRY and len(parts) == 4 and all(part.tag in axdr.INTEGERS for part in parts):
        first, last = parts[2].value, parts[3].value
        return columns[max(first - 1, 0) : last or None]
    return columns


def _compact(value: CosemValue, objects: Objects, source: Source, moment: Moment, ctx: Context) -> Found:
    """Read a compact buffer with the template and the capture objects that were read before."""
    name = value.descriptor.logical_name
    template, columns = objects.templates[name], objects.columns.get(name, ())
    size = len(value.data.value)
    end = value.data.end
    view = source.view.slice(end - size, end) if end >= 0 else View(value.data.value, "compact buffer")
    try:
        rows = compact.read_compact_data(view, template)
    except DecodeError as error:
        ctx.warn(error.code, error.message, layer="dlms.profile", view=view, start=0, end=len(view))
        return Found((value,), [])
    inner = source.at(view)
    readings = []
    for row in rows:
        cells = row.elements or (row,)
        # the template id may lead without being a capture object
        offset = len(cells) - len(columns)
        for column, cell in zip(columns, cells[max(offset, 0) :], strict=False):
            unit: ScalerUnit | None = objects.units.get(column.logical_name)
            readings.append(
                make_reading(
                    inner,
                    cell,
                    obis=column.logical_name,
                    class_id=column.class_id,
                    attribute=column.attribute,
                    scaler_unit=unit if (column.class_id, column.attribute) in SCALED else None,
                    moment=moment,
                )
            )
    return Found((value, rows), readings)
