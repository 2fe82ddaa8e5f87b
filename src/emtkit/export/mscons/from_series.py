"""Series to messages: what each use case wants, checked; one message per Meldepunkt and period.

Nothing is added that the series and the point do not say. What does not fit the use case is refused, message by
message, with a code.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from emtkit.export.grid import BERLIN, DAY, FIRST_YEAR, LAST_YEAR, Grid
from emtkit.export.mscons.header import TITLES, Header
from emtkit.export.mscons.message import Line, Message, Quantity
from emtkit.export.mscons.releases import release_at
from emtkit.export.mscons.scale import Scale, scale_of
from emtkit.export.mscons.status import QUANTITY_CODES, substitute_codes
from emtkit.export.mscons.use_cases import DAY_START, UseCase, market_unit
from emtkit.model.errors import EncodeError
from emtkit.model.obis import Obis
from emtkit.model.series import Quality, Series, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from emtkit.points import Point

Split = Literal["month", "day"]


class Part(NamedTuple):
    """Values of one register for one message."""

    obis: str
    scale: Scale
    values: Sequence[SeriesValue]


class Draft(NamedTuple):
    """A message before its values are checked: a period of a Meldepunkt, begin == end for meter readings."""

    header: Header
    begin: datetime
    end: datetime
    parts: list[Part]

    def __str__(self) -> str:
        """Return what a person calls it: `13025 51238696781 2026-11-01 00:00`, the local time of its begin."""
        return f"{self.header} {self.begin.astimezone(BERLIN):%Y-%m-%d %H:%M}"


class Rules(NamedTuple):
    """What the caller decides for all messages of a run.

    created            DTM+137, and what is later is refused
    energy_basis       STS+10 of energies at a Marktlokation: `Z36`/`Z38` for the begin, `Z37`/`Z39` for the end
    substitute_reason  STS+Z40 of substitutes whose series gives no reason that the market knows
    """

    created: datetime
    energy_basis: tuple[str, ...] = ()
    substitute_reason: str | None = None


def part_of(header: Header, point: Point, series: Series) -> Part:
    """Return a series as this Meldepunkt's use case wants it.

    Raises EncodeError `mscons.medium`, `mscons.obis`, `mscons.kind`, `mscons.empty`, `mscons.time`,
    `unit.incompatible`; ConfigError `points.missing`.
    """
    case = header.case
    point.require("obis")
    obis = point.obis or ""
    unit = market_unit(case, obis)
    # the first digit of a DIN 43863-5 identifier is the medium too
    register, identifier = series.obis.partition("-"), series.meter.identifier or ""
    own = register[0] if register[1] else identifier[:1]
    if own.isdigit() and int(own) != Obis.parse(obis).a:
        raise EncodeError(
            "mscons.medium",
            f"{point.where}: {identifier or series.meter.id} {series.obis} is of another medium than {obis}",
            field="obis",
        )
    if series.kind != case.kind:
        raise EncodeError(
            "mscons.kind", f"{case.pruefidentifikator} has {case.kind} values, the series has {series.kind} values"
        )
    if not series.values:
        raise EncodeError("mscons.empty", f"{point.where}: the series has no values")
    for value in series.values:
        for moment in (value.start, value.end):
            if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
                raise EncodeError("mscons.time", f"{point.where}: {moment} has no time zone or an impossible year")
    return Part(obis, scale_of(case, point, series.unit, unit), series.values)


def drafts(header: Header, parts: Iterable[Part], split: Split = "month") -> list[Draft]:
    """Divide the values of one Meldepunkt into messages, sorted by their periods.

    Meter readings: one message per time, its registers in one. Load profiles: one per month (or day). Energies: one
    per month (or day), each value a line of its own.
    """
    found: dict[tuple[datetime, datetime], Draft] = {}
    for part in parts:
        for begin, end, values in _periods(header.case, part.values, split):
            draft = found.setdefault((begin, end), Draft(header, begin, end, []))
            draft.parts.append(part._replace(values=values))
    return [found[period] for period in sorted(found)]


def _periods(
    case: UseCase, values: Sequence[SeriesValue], split: Split
) -> Iterator[tuple[datetime, datetime, Sequence[SeriesValue]]]:
    """Give begin, end and values of each message."""
    if case.kind == "register":
        for value in values:
            moment = value.end.astimezone(UTC)
            yield moment, moment, (value,)
        return
    grid = Grid(None if split == "month" else DAY, BERLIN, DAY_START[case.sparte])
    low = 0
    while low < len(values):
        begin = values[low].start.astimezone(UTC)
        border = grid.around(begin)[1]
        # at least one value, also where they stand in a wrong order (`_check_intervals` says so)
        high = max(low + 1, bisect_left(values, border, low, key=lambda value: value.start.astimezone(UTC)))
        yield begin, values[high - 1].end.astimezone(UTC), values[low:high]
        low = high


def message_of(draft: Draft, rules: Rules, *, reference: str, document: str) -> Message:
    """Check the values of a draft and return its message.

    Raises EncodeError: `mscons.interval.gap`, `mscons.interval.overlap`, `mscons.interval.length`,
    `mscons.time.day_border`, `mscons.time.future`, `mscons.ablesedatum`, `mscons.quality`, `mscons.substitute.*`,
    `mscons.negative`, `mscons.decimals`, `mscons.energy_basis`, `mscons.obis.twice`, `mscons.release`.
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
        _check_days(case, draft.begin, draft.end)
    lines: list[Line] = []
    for part in draft.parts:
        make = _intervals if case.kind == "interval" else _readings
        quantities = list(make(header, part, rules))
        if case.one_value_per_line:
            lines += (Line(part.obis, [quantity]) for quantity in quantities)
        else:
            lines.append(Line(part.obis, quantities))
    return Message(
        reference=reference,
        release=release.name,
        document_code=case.document_code,
        document=document,
        date=created,
        order_reference=header.order_reference,
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


def _number(header: Header, part: Part, value: SeriesValue) -> Decimal:
    if value.value is None:
        raise EncodeError(
            "mscons.interval.gap",
            f"{header} {part.obis}: no value for {value.end.isoformat()}"
            + (f" ({value.reason})" if value.reason else ""),
        )
    number = part.scale.apply(value.value)
    if number.is_signed() and number and header.kind not in header.case.signed:
        raise EncodeError("mscons.negative", f"{header} {part.obis}: {number} at {value.end.isoformat()} is below 0")
    return number


def _intervals(header: Header, part: Part, rules: Rules) -> Iterator[Quantity]:
    """Give load profile values and energies: each has its length and begins where the one before it ends."""
    case, step = header.case, header.case.step
    basis = _energy_basis(header, rules) if header.kind in case.energy_basis else ()
    by_day = header.kind in case.day_borders
    previous = part.values[0].start.astimezone(UTC)
    for value in part.values:
        begin, end = value.start.astimezone(UTC), value.end.astimezone(UTC)
        if end <= begin or (step is not None and end - begin != step):
            raise EncodeError(
                "mscons.interval.length",
                f"{header}: the interval {begin.isoformat()} to {end.isoformat()} must be "
                + ("later at its end" if step is None else f"{step} long"),
            )
        if begin != previous:
            _check_gap(header, previous, begin)
        if by_day:
            _check_days(case, begin, end)
        quantity = Quantity(_number(header, part, value), "220", begin, end)
        if basis:
            quantity = quantity._replace(energy_basis=basis)
        yield quantity if value.quality is Quality.TRUE else _with_status(header, quantity, value, rules)
        previous = end


def _check_gap(header: Header, previous: datetime, begin: datetime) -> None:
    if begin < previous:
        raise EncodeError(
            "mscons.interval.overlap", f"{header}: a second value for {begin.isoformat()} or a wrong order"
        )
    if header.case.period:
        raise EncodeError(
            "mscons.interval.gap", f"{header}: no value from {previous.isoformat()} to {begin.isoformat()}"
        )


def _readings(header: Header, part: Part, rules: Rules) -> Iterator[Quantity]:
    """Give meter readings: DTM+7, and DTM+9 where a true value was read at a Messlokation and it is known when."""
    for value in part.values:
        use = value.end.astimezone(UTC)
        if header.kind in header.case.day_borders:
            _check_days(header.case, use)
        quantity = Quantity(_number(header, part, value), nutzungszeitpunkt=use)
        if value.quality is not Quality.TRUE:
            yield _with_status(header, quantity, value, rules)
        elif header.kind == "messlokation" and len(value.sources) == 1:
            yield quantity._replace(ablesedatum=_ablesedatum(header, value.sources[0].astimezone(UTC), use, rules))
        else:
            yield quantity


def _ablesedatum(header: Header, read: datetime, use: datetime, rules: Rules) -> datetime:
    # [130]: less than 24 hours apart, 23 or 25 where the clock changes between the two: a day of the local clock
    if abs(_local(read) - _local(use)) >= DAY:
        raise EncodeError(
            "mscons.ablesedatum", f"{header}: read at {read.isoformat()}, a day or more from {use.isoformat()}"
        )
    if read > rules.created:
        raise EncodeError("mscons.time.future", f"{header}: read at {read.isoformat()}, later than the message date")
    return read


def _with_status(header: Header, quantity: Quantity, value: SeriesValue, rules: Rules) -> Quantity:
    """Return the quantity as a substitute or preliminary value."""
    case = header.case
    if value.quality is Quality.PRELIMINARY:
        if header.kind not in case.preliminary:
            raise EncodeError(
                "mscons.quality",
                f"{header}: {case.pruefidentifikator} takes no preliminary value for a {TITLES[header.kind]} "
                f"({value.end.isoformat()})",
            )
        return quantity._replace(code=QUANTITY_CODES[value.quality])
    method, reason = substitute_codes(case.pruefidentifikator, value, rules.substitute_reason)
    return quantity._replace(code=QUANTITY_CODES[Quality.SUBSTITUTE], method=method, reason=reason)


def _energy_basis(header: Header, rules: Rules) -> tuple[str, ...]:
    if not rules.energy_basis:
        raise EncodeError(
            "mscons.energy_basis",
            f"{header}: an energy says whether its begin and end have a meter reading that was sent (option "
            "energy_basis: Z36 or Z38 for the begin, Z37 or Z39 for the end)",
        )
    return rules.energy_basis


def _check_days(case: UseCase, *moments: datetime) -> None:
    """Hold that these moments are borders of the market's day."""
    grid = Grid(DAY, BERLIN, DAY_START[case.sparte])
    for moment in moments:
        if not grid.is_mark(moment):
            raise EncodeError(
                "mscons.time.day_border",
                f"{case.pruefidentifikator}: {moment.isoformat()} is not the border of a day "
                f"({DAY_START[case.sparte]:02}:00 German time)",
            )


def _local(moment: datetime) -> datetime:
    return moment.astimezone(BERLIN).replace(tzinfo=None)
