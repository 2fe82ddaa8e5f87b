"""A capture to MSCONS files: collect what the points file asks for, build series, messages and interchanges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.collect import Plan, collect_points
from emtkit.export.edifact.service import DEFAULT
from emtkit.export.grid import BERLIN, DAY, FIRST_YEAR, LAST_YEAR, Grid
from emtkit.export.mscons.from_series import Rules, Split, drafts, message_of, part_of
from emtkit.export.mscons.header import header_of
from emtkit.export.mscons.interchange import MAX_MESSAGES, Interchange, References
from emtkit.export.mscons.message import MessageWriter
from emtkit.export.mscons.use_cases import DAY_START, UseCase, market_unit, use_case
from emtkit.export.registry import Report, Written
from emtkit.export.series import DAILY_TOLERANCE, PROFILE_TOLERANCE, check_tolerance
from emtkit.model.errors import ConfigError, EmtkitError, EncodeError
from emtkit.model.obis import Obis
from emtkit.points import MEDIA

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from emtkit.export.collect import Collected
    from emtkit.export.mscons.from_series import Draft
    from emtkit.export.mscons.header import Header
    from emtkit.export.mscons.message import Partner
    from emtkit.export.series import SeriesBuilder
    from emtkit.model.decoded import Decoded
    from emtkit.model.series import Series
    from emtkit.points import Point, Points

MEBIBYTE: Final = 1 << 20
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of MSCONS.

    message_date       date of the messages, with a zone; decides the release; values after it are refused. The
                       command line takes the clock; in Python it must be given
    reference          what the references of the files begin with, 1 to 10 of A-Z and 0-9; use it once. The command
                       line makes it from the clock; in Python it must be given
    first_day          first day (gas: gas day) to send; empty: the whole days that have readings
    last_day           last day to send
    split              load profiles and energies in messages of a `month` or a `day`
    energy_period      an energy (13019) is of a `month` or a `day`
    energy_basis       what 13019 says of the readings at begin and end of an energy: sent (Z36, Z37) or not (Z38, Z39)
    substitutes        `interpolation` fills gaps between two readings; empty: a gap refuses the message
    substitute_reason  why there are substitutes: `communication`, `meter_fault` ..., or the market's code (Z75)
    tolerance          seconds that a reading may be away from its mark; empty: 30 for load profiles, 900 else
    decimal_mark       `.` or `,`
    test               mark the files as a test
    max_size           begin a new file beyond this many MiB
    """

    message_date: datetime | None = None
    reference: str = ""
    first_day: date | None = None
    last_day: date | None = None
    split: Split = "month"
    energy_period: Literal["month", "day"] = "month"
    energy_basis: Literal["Z36+Z37", "Z36+Z39", "Z38+Z37", "Z38+Z39"] | None = None
    substitutes: Literal["interpolation"] | None = None
    substitute_reason: str | None = None
    tolerance: int | None = None
    decimal_mark: Literal[".", ","] = "."
    test: bool = False
    max_size: int = 10


def write(
    decoded: Iterable[Decoded], out: Path, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write the readings that the points ask for as MSCONS files into the folder `out`.

    What cannot be written is in the report's `refused`: a point as a whole, or one message of it.
    Raises ConfigError `export.points_needed`, `mscons.message_date`, `mscons.reference`, `mscons.day`,
    `mscons.tolerance`.
    """
    options = options or Options()
    if points is None:
        raise ConfigError("export.points_needed", "mscons needs a points file: which meter is which location")
    if options.message_date is None or options.message_date.tzinfo is None:
        raise ConfigError(
            "mscons.message_date",
            "message_date must be given, with a time zone: 2026-11-03T08:00:00Z",
            field="message_date",
        )
    _check_options(options)
    report = Report()
    rules = Rules(
        options.message_date,
        tuple(options.energy_basis.split("+")) if options.energy_basis else (),
        options.substitute_reason,
    )
    files = _Files(out, rules.created, options)

    def plan(point: Point) -> Plan | None:
        try:
            return _plan(point, options)
        except EmtkitError as error:
            report.refuse(point.where, error)
            return None

    collection = collect_points(report.taking(decoded), points, plan)
    report.diagnostics += collection.diagnostics
    for header, members in _by_header(collection.found, report).items():
        parts = []
        for member in members:
            try:
                series = _series(member, header.case, options)
                parts.append(part_of(header, member.point, series))
            except EmtkitError as error:
                report.refuse(f"{header} {member.builder}", error)
            else:
                report.diagnostics += series.diagnostics
        for draft in drafts(header, parts, options.split):
            try:
                files.add(draft, rules)
            except EmtkitError as error:
                report.refuse(str(draft), error)
    report.written += files.close()
    return report


def _check_options(options: Options) -> None:
    for day in (options.first_day, options.last_day):
        if day is not None and not FIRST_YEAR <= day.year < LAST_YEAR:
            raise ConfigError("mscons.day", f"{day} is in no year that readings can be of", field="first_day")
    if options.tolerance is not None and not 0 <= options.tolerance < _DAY_SECONDS:
        raise ConfigError("mscons.tolerance", "the tolerance is 0 seconds to less than half a step", field="tolerance")


class _Member(NamedTuple):
    point: Point
    builder: SeriesBuilder


def _plan(point: Point, options: Options) -> Plan:
    """Return the marks that the point's use case wants. Raises for a point that MSCONS cannot carry."""
    _check_medium(point)
    point.require("pruefidentifikator", "obis")
    case = use_case(point.pruefidentifikator or "")
    market_unit(case, point.obis or "")
    step: timedelta | None = DAY
    if case.step is not None:
        step = case.step
    elif case.kind == "interval" and options.energy_period == "month":
        step = None
    grid = Grid(step, BERLIN, DAY_START[case.sparte])
    usual = PROFILE_TOLERANCE if case.step is not None else DAILY_TOLERANCE
    tolerance = usual if options.tolerance is None else timedelta(seconds=options.tolerance)
    return Plan(grid, check_tolerance(tolerance, grid))


def _check_medium(point: Point) -> None:
    """Say first that a medium cannot be carried, not that its point lacks something."""
    medium = point.medium
    code = point.obis or point.register
    if medium is None and code[:1].isdigit():
        medium = MEDIA.get(Obis.parse(code).a)
    if medium not in (None, "electricity", "gas"):
        raise EncodeError(
            "mscons.medium",
            f"MSCONS has no codes for {medium}: it carries electricity and gas only. Write it as csv or jsonl",
            field="medium",
        )


def _by_header(found: Iterable[Collected], report: Report) -> dict[Header, list[_Member]]:
    """Bring the registers of one Meldepunkt together."""
    members: dict[Header, list[_Member]] = {}
    for item in found:
        point, builder = item.point, item.builder
        if point is None:
            continue
        try:
            header = header_of(point, item.meter)
        except EmtkitError as error:
            report.refuse(f"{point.where} {builder}", error)
        else:
            members.setdefault(header, []).append(_Member(point, builder))
    return members


def _series(member: _Member, case: UseCase, options: Options) -> Series:
    """Build the series of one register for the days that are wanted."""
    point, builder = member
    hour = time(DAY_START[case.sparte])
    start = None if options.first_day is None else datetime.combine(options.first_day, hour, BERLIN)
    end = None if options.last_day is None else datetime.combine(options.last_day + DAY, hour, BERLIN)
    rollover = point.rollover_in(builder.unit)
    if case.kind == "register":
        return builder.registers(start=start, end=end, substitutes=options.substitutes, rollover=rollover)
    if builder.kind == "interval" and case.step is None:
        raise EncodeError(
            "mscons.kind", f"{case.pruefidentifikator} needs the register, {builder.obis} is a load profile"
        )
    return builder.intervals(start=start, end=end, substitutes=options.substitutes, rollover=rollover)


@dataclass(slots=True)
class _File:
    """An interchange that still takes messages."""

    reference: str
    texts: list[str] = field(default_factory=list)
    size: int = 0
    values: int = 0


class _Files:
    """The interchanges of a run: one per sender, receiver and kind of values, a new one when it gets too big."""

    def __init__(self, folder: Path, created: datetime, options: Options) -> None:
        """Begin. Raises ConfigError `mscons.reference`."""
        self._folder = folder
        self._created = created
        self._test = options.test
        self._limit = options.max_size * MEBIBYTE
        self._service = DEFAULT._replace(decimal=options.decimal_mark)
        self._writer = MessageWriter(self._service)
        self._references = References(options.reference)
        self._open: dict[tuple[Partner, Partner, str], _File] = {}
        self._written: list[Written] = []

    def add(self, draft: Draft, rules: Rules) -> None:
        """Add one message. Raises EncodeError where it cannot be written; the file is as before then."""
        header = draft.header
        key = (header.sender, header.receiver, header.case.application_reference)
        file = self._open.get(key)
        if file is None:
            file = self._open[key] = _File(self._references.take())
        number = len(file.texts) + 1
        message = message_of(draft, rules, reference=str(number), document=f"{file.reference}-{number}")
        text = self._writer.text(message)
        file.texts.append(text)
        file.size += len(text)
        file.values += message.value_count
        if file.size >= self._limit or number == MAX_MESSAGES:
            self._finish(*key, self._open.pop(key))

    def close(self) -> list[Written]:
        """Write what is open, and return all outputs."""
        for key, file in self._open.items():
            if file.texts:
                self._finish(*key, file)
        self._open.clear()
        return self._written

    def _finish(self, sender: Partner, receiver: Partner, application_reference: str, file: _File) -> None:
        interchange = Interchange(
            reference=file.reference,
            sender=sender,
            receiver=receiver,
            created=self._created,
            application_reference=application_reference,
            test=self._test,
            service=self._service,
        )
        path = self._folder / interchange.file_name
        half = path.with_name(path.name + ".part")  # a file with the right name is a whole one
        half.write_bytes(interchange.text(file.texts).encode("latin-1"))
        half.replace(path)
        messages = len(file.texts)
        what = f"{messages} message{'' if messages == 1 else 's'} {application_reference} to {receiver.id}"
        self._written.append(Written(path, what, file.values))
