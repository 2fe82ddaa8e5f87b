"""Series to messages: what each use case wants; one message per Meldepunkt and period.

Nothing is added that the series and the point do not say. What does not fit the use case is refused, message by
message, with a code (`from_values` checks value by value).
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from emtkit.export.grid import BERLIN, DAY, FIRST_YEAR, LAST_YEAR, Grid
from emtkit.export.mscons.ahb_codes import GAS_QUALITY, Place, codes
from emtkit.export.mscons.message import Line, Message
from emtkit.export.mscons.outgoing.from_values import Part, Rules, check_days, quantities_of
from emtkit.export.mscons.outgoing.header import TITLES, Header
from emtkit.export.mscons.outgoing.scale import scale_of
from emtkit.export.mscons.releases import release_at
from emtkit.export.mscons.use_cases import DAY_START, UseCase, market_register
from emtkit.model.errors import EncodeError
from emtkit.model.obis import Obis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from emtkit.export.mscons.market_registers import Register
    from emtkit.model.series import Series, SeriesValue
    from emtkit.points import Point

__all__ = ["Draft", "Part", "Rules", "Split", "drafts", "message_of", "part_of"]

Split = Literal["month", "day"]


class Draft(NamedTuple):
    """A message before its values are checked: a period of a Meldepunkt, begin == end for meter readings."""

    header: Header
    begin: datetime
    end: datetime
    parts: list[Part]

    def __str__(self) -> str:
        """Return what a person calls it: `13025 51238696781 2026-11-01 00:00`, the local time of its begin."""
        return f"{self.header} {self.begin.astimezone(BERLIN):%Y-%m-%d %H:%M}"


def part_of(header: Header, point: Point, series: Series) -> Part:
    """Return a series as this Meldepunkt's use case wants it.

    Raises EncodeError `mscons.medium`, `mscons.obis`, `mscons.kind`, `mscons.empty`, `mscons.time`,
    `unit.incompatible`; ConfigError `points.missing`.
    """
    case = header.case
    point.require("obis")
    obis = point.obis or ""
    register = market_register(case, obis)
    if register.locations and header.kind not in register.locations:
        raise EncodeError(
            "mscons.obis",
            f"{point.where}: {case.pruefidentifikator} does not take {obis} for a {TITLES[header.kind]}",
            field="obis",
        )
    # the first digit of a DIN 43863-5 identifier is the medium too
    told, identifier = series.obis.partition("-"), series.meter.identifier or ""
    own = told[0] if told[1] else identifier[:1]
    if own.isdigit() and int(own) != Obis.parse(obis).a:
        raise EncodeError(
            "mscons.medium",
            f"{point.where}: {identifier or series.meter.id} {series.obis} is of another medium than {obis}",
            field="obis",
        )
    if (series.kind == "register") != (register.kind == "register"):
        raise EncodeError(
            "mscons.kind",
            f"{case.pruefidentifikator} has {register.kind} values for {obis}, the series has {series.kind} values",
        )
    if not series.values:
        raise EncodeError("mscons.empty", f"{point.where}: the series has no values")
    _check_times(point, series.values)
    return Part(obis, register, scale_of(case, register, header.kind, point, series.unit), series.values)


def _check_times(point: Point, values: Sequence[SeriesValue]) -> None:
    last = None
    for value in values:
        start, end = value[:2]
        # the end of an interval is mostly the begin of the next
        for moment in (end,) if start is last or start is end else (start, end):
            if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
                raise EncodeError("mscons.time", f"{point.where}: {moment} has no time zone or an impossible year")
        last = end


def drafts(header: Header, parts: Iterable[Part], split: Split = "month") -> list[Draft]:
    """Divide the values of one Meldepunkt into messages, sorted by their periods.

    Meter readings: one message per time, its registers in one. Load profiles: one per month (or day). Energies: one
    per month (or day), each value a line of its own.
    """
    found: dict[tuple[datetime, datetime], Draft] = {}
    for part in parts:
        for begin, end, values in _periods(header.case, part.register, part.values, split):
            draft = found.setdefault((begin, end), Draft(header, begin, end, []))
            draft.parts.append(part._replace(values=values))
    return [found[period] for period in sorted(found)]


def _periods(
    case: UseCase, register: Register, values: Sequence[SeriesValue], split: Split
) -> Iterator[tuple[datetime, datetime, Sequence[SeriesValue]]]:
    """Give begin, end and values of each message."""
    if case.one_moment and register.kind == "register":
        for value in values:
            moment = value.end.astimezone(UTC)
            yield moment, moment, (value,)
        return
    grid = Grid(None if split == "month" else DAY, BERLIN, DAY_START[case.sparte])
    low = 0
    while low < len(values):
        begin = values[low].start.astimezone(UTC)
        border = grid.around(begin)[1]
        # at least one value, also where they stand in a wrong order (which is found value by value)
        high = max(low + 1, bisect_left(values, border, low, key=lambda value: value.start.astimezone(UTC)))
        yield begin, values[high - 1].end.astimezone(UTC), values[low:high]
        low = high


def message_of(draft: Draft, rules: Rules, *, reference: str, document: str) -> Message:
    """Check the values of a draft and return its message.

    Raises EncodeError: `mscons.interval.gap`, `mscons.interval.overlap`, `mscons.interval.length`,
    `mscons.time.day_border`, `mscons.time.future`, `mscons.leistungsperiode`, `mscons.ablesedatum`,
    `mscons.quality`, `mscons.substitute.*`, `mscons.plausibility`, `mscons.gas_quality`, `mscons.negative`,
    `mscons.decimals`, `mscons.energy_basis`, `mscons.obis.twice`, `mscons.release`.
    """
    header, case = draft.header, draft.header.case
    if len({part.obis for part in draft.parts}) < len(draft.parts):
        raise EncodeError("mscons.obis.twice", f"{draft}: two series for the same register")
    if rules.created.utcoffset() is None:
        raise EncodeError("mscons.time", f"the message date {rules.created} has no time zone")
    release = release_at(rules.created)
    created = rules.created.astimezone(UTC).replace(second=0, microsecond=0)
    if draft.end > created:
        raise EncodeError(
            "mscons.time.future",
            f"{draft}: a value of {draft.end.isoformat()} is later than the message date {created.isoformat()}",
        )
    if case.period:
        check_days(case, draft.begin, draft.end)
    lines: list[Line] = []
    for part in draft.parts:
        quantities = quantities_of(header, part, rules, _place(header, part, rules))
        listed = part.register.list
        if case.one_value_per_line:
            lines += (Line(part.obis, [quantity], listed) for quantity in quantities)
        else:
            lines.append(Line(part.obis, list(quantities), listed))
    return Message(
        reference=reference,
        release=release.name,
        document_code=case.document_code,
        document=document,
        date=created,
        order_reference=header.order_reference,
        master_data_reference=rules.master_data_reference if rules.changed and case.sparte == "gas" else None,
        pruefidentifikator=case.pruefidentifikator,
        sender=header.sender,
        receiver=header.receiver,
        location=header.location,
        begin=draft.begin if case.period else None,
        end=draft.end if case.period else None,
        device=header.device,
        konfigurations_id=header.konfigurations_id,
        lines=lines,
    )


def _place(header: Header, part: Part, rules: Rules) -> Place:
    case = header.case
    place = Place(case.pruefidentifikator, case.document_code, header.kind, part.obis)
    if rules.gas_quality is not None and rules.gas_quality not in codes(place, GAS_QUALITY):
        raise EncodeError(
            "mscons.gas_quality",
            f"{header}: {case.pruefidentifikator} has no code {rules.gas_quality} for the quality of gas (STS+Z31)",
            field="gas_quality",
        )
    return place
