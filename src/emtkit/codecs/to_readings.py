"""From a formatter's output to readings: by the mapping, and what it does not speak of as it is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.reading import Reading, Value
from emtkit.model.units import EXACT, QUANTITIES, UNITS, convert
from emtkit.protocols.lorawan.clock import received

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.codecs.forms import FieldRule, Mapping
    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

LAYER: Final = "codec"
_STEP: Final = re.compile(r"[^.\[\]]+|\[(?:\d+|\*)\]")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS: Final = 100_000_000_000  # a larger number counts milliseconds: as seconds it is after the year 5000
_SHOWN: Final = 5
_BASES: Final = {unit.dimension: unit.symbol for unit in UNITS.values() if unit.factor == 1}
_EPOCH_LIMIT: Final = Decimal(253402300800)  # the year 10000
_NUMBER: Final = re.compile(r"\s*([+-]?\d{1,40}(?:\.\d{1,40})?)\s*")


def readings_of(data: Any, mapping: Mapping | None, view: View, ctx: Context, out: Decoded) -> None:  # noqa: ANN401 - JSON
    """Add the readings in a formatter's data to `out`."""
    leaves = dict(leaves_of(data))
    known: set[str] = set()
    when, source = received(ctx)
    start, end = view.span(0, len(view))
    for rule in () if mapping is None else mapping.field:
        for index, path in _found(rule.path, leaves):
            known.add(path)
            reading = _reading(rule, index, leaves[path], view, ctx)
            reading.time, reading.time_source = when, source
            if rule.time is not None and (moment := _time_of(rule.time, index, leaves, known, ctx)) is not None:
                reading.time, reading.time_source = moment, "device"
            reading.raw, reading.start, reading.end = view.data, start, end
            out.readings.append(reading)
    if mapping is not None:
        known.update(path for path in leaves if any(_under(path, ignored) for ignored in mapping.ignore))
        for path, word in mapping.status.items():
            if path in leaves:
                known.add(path)
                out.status += (word,) if leaves[path] else ()
    rest = [path for path in leaves if path not in known]
    for path in rest:
        value = leaves[path]
        quantity = "text" if isinstance(value, str) else "any"
        out.readings.append(Reading(
            quantity, _plain(value), name=path, time=when, time_source=source, raw=view.data, start=start, end=end
        ))  # fmt: skip
    if rest:
        shown = ", ".join(rest[:_SHOWN]) + (", ..." if len(rest) > _SHOWN else "")
        ctx.info(
            "codec.field.unmapped", f"fields of the formatter without a line in a mapping: {shown}", layer=LAYER,
            view=view, start=0, end=len(view),
        )  # fmt: skip


def leaves_of(data: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Give every value that is no object or list, with its path."""
    stack: list[tuple[str, Any]] = [("", data)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            stack += reversed([(f"{path}.{key}" if path else str(key), each) for key, each in value.items()])
        elif isinstance(value, list):
            stack += reversed([(f"{path}[{n}]", each) for n, each in enumerate(value)])
        else:
            yield path or "value", value


def _found(pattern: str, leaves: dict[str, Any]) -> list[tuple[int, str]]:
    """Return (index, path) of the values that a rule speaks of."""
    if "[*]" not in pattern:
        return [(0, pattern)] if pattern in leaves else []
    before, _, after = pattern.partition("[*]")
    fits = re.compile(re.escape(before) + r"\[(\d+)\]" + re.escape(after))
    return [(int(hit[1]), path) for path in leaves if (hit := fits.fullmatch(path))]


def _under(path: str, ignored: str) -> bool:
    return path == ignored or path.startswith((f"{ignored}.", f"{ignored}["))


def _plain(value: Any) -> Value:  # noqa: ANN401 - JSON
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return Decimal(value)
    return value  # type: ignore[no-any-return] # a Decimal, a text or None


def _reading(rule: FieldRule, index: int, found: Any, view: View, ctx: Context) -> Reading:  # noqa: ANN401 - JSON
    counted = {"storage": rule.storage, "tariff": rule.tariff, "subunit": rule.subunit}
    if rule.counts in counted:
        counted[rule.counts] += index
    value = _plain(found)
    unit = None if rule.unit is None else _BASES[UNITS[rule.unit].dimension] if rule.unit in UNITS else rule.unit
    good = True
    if value in rule.invalid:
        value = None
    elif QUANTITIES[rule.quantity] is not None:
        value = _number(value)
        good = value is not None or found is None
    elif rule.quantity in {"date", "datetime"} and value is not None:
        value = _moment(value, ctx)
        good = value is not None
    if not good:
        ctx.warn(
            "codec.field.value", f"{rule.path}: the formatter gives no {rule.quantity} here", layer=LAYER,
            field=rule.name, view=view, start=0, end=len(view),
        )  # fmt: skip
    if isinstance(value, Decimal):
        value = _scaled(value, rule)
    return Reading(
        rule.quantity, value, unit, rule.obis, rule.name, rule.function, counted["storage"], counted["tariff"],
        counted["subunit"], rule.modifiers, status="invalid" if value is None else None,
    )  # fmt: skip


def _number(value: Value) -> Decimal | None:
    """Return a number; formatters like to write them as texts (`"12.50"`)."""
    if isinstance(value, str) and (hit := _NUMBER.fullmatch(value)):
        return Decimal(hit[1])
    return value if isinstance(value, Decimal) else None


def _scaled(value: Decimal, rule: FieldRule) -> Decimal:
    if rule.decimals is not None:
        value = value.quantize(Decimal(1).scaleb(-rule.decimals), context=EXACT) if value.adjusted() < 300 else value
    value = EXACT.multiply(value, rule.scale)
    if rule.unit is None or rule.unit not in UNITS:
        return value
    return convert(value, rule.unit, _BASES[UNITS[rule.unit].dimension])


def _time_of(pattern: str, index: int, leaves: dict[str, Any], known: set[str], ctx: Context) -> datetime | date | None:
    path = pattern.replace("[*]", f"[{index}]")
    if path not in leaves:
        return None
    known.add(path)
    return _moment(_plain(leaves[path]), ctx)


def _moment(value: Value, ctx: Context) -> datetime | date | None:
    """Return the time that a text in ISO 8601 or a number since 1970 stands for."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=ctx.zone)
    if isinstance(value, Decimal):
        seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
        if 0 <= seconds < _EPOCH_LIMIT:
            return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
    return None
