"""Values of a series to quantities of a message: times, number, quality and status of each, checked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.grid import BERLIN, DAY, Grid
from emtkit.export.mscons.message import Quantity, interval
from emtkit.export.mscons.status import doubtful_code, hint_codes, substitute_codes
from emtkit.export.mscons.use_cases import DAY_START, UseCase
from emtkit.model.errors import EncodeError
from emtkit.model.series import Quality, SeriesValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from emtkit.export.mscons.ahb_codes import Place
    from emtkit.export.mscons.market_registers import Register
    from emtkit.export.mscons.outgoing.header import Header
    from emtkit.export.mscons.outgoing.scale import Scale


_TRUE: Final = Quality.TRUE  # a name of an enumeration is looked up slowly


class Rules(NamedTuple):
    """What the caller decides for all messages of a run.

    created                DTM+137, and what is later is refused
    energy_basis           STS+10 of energies at a Marktlokation: `Z36`/`Z38` for the begin, `Z37`/`Z39` for the end
    substitute_reason      STS+Z40 of substitutes whose series gives no reason that the market knows
    plausibility           STS+Z33 of all values: names of `status.HINTS` or codes
    gas_quality            STS+Z31 of all values of gas: `ZG3`, the quality of the gas was changed
    changed                meter readings were taken because the meter or its configuration was changed: their time
                           is DTM+60, not DTM+9
    master_data_reference  RFF+Z30 of such readings of gas: the UTILMD with the master data
    day_only               DTM+9 is a day, where the clock that told its time is not trusted
    """

    created: datetime
    energy_basis: tuple[str, ...] = ()
    substitute_reason: str | None = None
    plausibility: tuple[str, ...] = ()
    gas_quality: str | None = None
    changed: bool = False
    master_data_reference: str | None = None
    day_only: bool = False


class Part(NamedTuple):
    """Values of one register for one message."""

    obis: str
    register: Register
    scale: Scale
    values: Sequence[SeriesValue]


def quantities_of(header: Header, part: Part, rules: Rules, place: Place) -> Iterator[Quantity]:
    """Give the quantities. Raises the errors of `from_series.message_of` that are of values."""
    if part.register.kind == "register":
        return _readings(header, part, rules, place)
    if part.register.kind == "maximum":
        return _maxima(header, part, rules, place)
    return _intervals(header, part, rules, place)


def _number(header: Header, part: Part, value: SeriesValue) -> Decimal:
    """Return the value as the market's number, whatever its sign."""
    if value.value is None:
        raise EncodeError(
            "mscons.interval.gap",
            f"{header} {part.obis}: no value for {value.end.isoformat()}"
            + (f" ({value.reason})" if value.reason else ""),
        )
    number = part.scale.apply(value.value)
    if number.is_signed() and number:
        _check_sign(header, part, number, value.end)
    return number


def _check_sign(header: Header, part: Part, number: Decimal, end: datetime) -> None:
    if header.kind not in header.case.signed + part.register.signed:
        raise EncodeError("mscons.negative", f"{header} {part.obis}: {number} at {end.isoformat()} is below 0")


def _intervals(header: Header, part: Part, rules: Rules, place: Place) -> Iterator[Quantity]:
    """Give load profile values and energies: each has its length and begins where the one before it ends."""
    case, step, apply = header.case, part.register.step, part.scale.apply
    plain = _is_plain(header, part, rules)
    by_day = header.kind in case.day_borders
    true_code = case.true_code
    last = part.values[0].start
    previous = last.astimezone(UTC)
    for value in part.values:
        start, stop, raw, quality = value[:4]
        begin = previous if start is last else start.astimezone(UTC)
        end = stop if stop.tzinfo is UTC else stop.astimezone(UTC)
        if end <= begin or (step is not None and end - begin != step):
            raise EncodeError(
                "mscons.interval.length",
                f"{header}: the interval {begin.isoformat()} to {end.isoformat()} must be "
                + ("later at its end" if step is None else f"{step} long"),
            )
        if begin != previous:
            _check_gap(header, part, previous, begin)
        if by_day:
            check_days(case, begin, end)
        number = _number(header, part, value) if raw is None else apply(raw)
        if number.is_signed() and number:
            _check_sign(header, part, number, stop)
        if plain and quality is _TRUE:
            yield interval(number, true_code, begin, end)
        else:
            yield _with_status(header, Quantity(number, true_code, begin, end), value, rules, place)
        last, previous = stop, end


def _is_plain(header: Header, part: Part, rules: Rules) -> bool:
    """Return whether a true value has nothing but its number and times."""
    return not (rules.plausibility or _gas_quality(part, rules) or header.kind in header.case.energy_basis)


def _gas_quality(part: Part, rules: Rules) -> str | None:
    return rules.gas_quality if part.register.a == 7 else None


def _check_gap(header: Header, part: Part, previous: datetime, begin: datetime) -> None:
    if begin < previous:
        raise EncodeError(
            "mscons.interval.overlap", f"{header}: a second value for {begin.isoformat()} or a wrong order"
        )
    if header.case.period or part.register.step is not None:
        raise EncodeError(
            "mscons.interval.gap", f"{header}: no value from {previous.isoformat()} to {begin.isoformat()}"
        )


def _maxima(header: Header, part: Part, rules: Rules, place: Place) -> Iterator[Quantity]:
    """Give the maxima of months, or of days where the use case has these: DTM+306."""
    for value in part.values:
        begin, end = value.start.astimezone(UTC), value.end.astimezone(UTC)
        quantity = Quantity(
            _number(header, part, value),
            begin=begin if part.register.begin_end else None,
            end=end if part.register.begin_end else None,
            leistungsperiode=leistungsperiode(header.case, begin, end),
        )
        yield _with_status(header, quantity, value, rules, place)


def leistungsperiode(case: UseCase, begin: datetime, end: datetime) -> str:
    """Return the month (`202610`) or the day (`20261031`) that lies between two moments.

    Raises EncodeError `mscons.leistungsperiode` where that is no whole one, or none that the use case has.
    """
    day_start = DAY_START[case.sparte]
    forms = (("%Y%m", None), ("%Y%m%d", DAY)) if case.daily_maxima else (("%Y%m", None),)
    for form, step in forms:
        if Grid(step, BERLIN, day_start).around(begin) == (begin, end):
            return begin.astimezone(BERLIN).strftime(form)
    raise EncodeError(
        "mscons.leistungsperiode",
        f"{case.pruefidentifikator} (BGM {case.document_code}): a maximum is of a whole month"
        + (" or day" if case.daily_maxima else "")
        + f", not of {begin.isoformat()} to {end.isoformat()}",
    )


def _readings(header: Header, part: Part, rules: Rules, place: Place) -> Iterator[Quantity]:
    """Give meter readings: DTM+7, and DTM+9 where a true value was read at a Messlokation and it is known when.

    A reading because of a change (DTM+60) may be of any quality and location.
    """
    case = header.case
    previous: datetime | None = None
    for value in part.values:
        use = value.end.astimezone(UTC)
        if header.kind in case.day_borders:
            check_days(case, use)
        if previous is not None and use <= previous:
            raise EncodeError(
                "mscons.interval.overlap", f"{header}: a second value for {use.isoformat()} or a wrong order"
            )
        previous = use
        quantity = Quantity(_number(header, part, value), nutzungszeitpunkt=use)
        if case.one_moment and len(value.sources) == 1:
            read = value.sources[0].astimezone(UTC).replace(second=0, microsecond=0)
            if rules.changed:
                _check_near(header, read, use, rules)
                quantity = quantity._replace(aenderungszeitpunkt=read)
            elif header.kind == "messlokation" and value.quality is _TRUE:
                day = read.astimezone(BERLIN).date()
                if rules.day_only:
                    _check_near_day(header, day, use, rules)
                else:
                    _check_near(header, read, use, rules)
                quantity = quantity._replace(ablesedatum=day if rules.day_only else read)
        yield _with_status(header, quantity, value, rules, place)


def _check_near(header: Header, read: datetime, use: datetime, rules: Rules) -> None:
    # [130]: less than 24 hours apart, 23 or 25 where the clock changes between the two: a day of the local clock
    if abs(_local(read) - _local(use)) >= DAY:
        raise EncodeError(
            "mscons.ablesedatum", f"{header}: read at {read.isoformat()}, a day or more from {use.isoformat()}"
        )
    if read > rules.created:
        raise EncodeError("mscons.time.future", f"{header}: read at {read.isoformat()}, later than the message date")


def _check_near_day(header: Header, day: date, use: datetime, rules: Rules) -> None:
    # [133]: as the dates are written, and DTM+7 is written in UTC
    if abs(day - use.date()) > DAY:
        raise EncodeError("mscons.ablesedatum", f"{header}: read on {day}, more than a day from {use.isoformat()}")
    if day > rules.created.astimezone(UTC).date():
        raise EncodeError("mscons.time.future", f"{header}: read on {day}, later than the message date")


def _with_status(header: Header, quantity: Quantity, value: SeriesValue, rules: Rules, place: Place) -> Quantity:
    """Return the quantity with the code of its quality and all that STS says of it."""
    code, method, reason = header.case.true_code, None, None
    if value.quality is not _TRUE:
        code = doubtful_code(place, value)
        method, reason = substitute_codes(place, code, value, rules.substitute_reason)
    return quantity._replace(
        code=code,
        method=method,
        reason=reason,
        plausibility=hint_codes(place, code, rules.plausibility) if rules.plausibility else (),
        gas_quality=rules.gas_quality if place.obis.startswith("7-") else None,
        energy_basis=_energy_basis(header, rules) if header.kind in header.case.energy_basis else (),
    )


def _energy_basis(header: Header, rules: Rules) -> tuple[str, ...]:
    if not rules.energy_basis:
        raise EncodeError(
            "mscons.energy_basis",
            f"{header}: an energy says whether its begin and end have a meter reading that was sent (option "
            "energy_basis: Z36 or Z38 for the begin, Z37 or Z39 for the end)",
        )
    return rules.energy_basis


def check_days(case: UseCase, *moments: datetime) -> None:
    """Hold that these moments are borders of the market's day. Raises EncodeError `mscons.time.day_border`."""
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
