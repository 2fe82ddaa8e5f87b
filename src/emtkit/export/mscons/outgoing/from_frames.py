"""A capture to MSCONS files: collect what the points file asks for, build series, messages and interchanges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.export.collect import collect_points
from emtkit.export.edifact.service import DEFAULT
from emtkit.export.grid import FIRST_YEAR, LAST_YEAR
from emtkit.export.mscons.outgoing.cancel import cancellation
from emtkit.export.mscons.outgoing.correct import Sent, with_reason
from emtkit.export.mscons.outgoing.files import MEBIBYTE, Files, Route
from emtkit.export.mscons.outgoing.from_series import Rules, Split, drafts, message_of, part_of
from emtkit.export.mscons.outgoing.header import header_of
from emtkit.export.mscons.outgoing.sent import sent_files
from emtkit.export.mscons.outgoing.wanted import plan_of, series_of
from emtkit.export.registry import Report
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError, EmtkitError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.export.collect import Collected, Plan
    from emtkit.export.mscons.outgoing.from_series import Draft
    from emtkit.export.mscons.outgoing.header import Header
    from emtkit.export.mscons.outgoing.sent import SentMessage
    from emtkit.export.series import SeriesBuilder
    from emtkit.model.decoded import Decoded
    from emtkit.points import Point, Points

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
    energy_period      an energy (13009, 13016, 13019 ...) is of a `month`, a `day` or the `whole` time of the days to
                       send; a maximum (13016) of a month or a day
    document_code      energies as a Lieferschein (`Z41` 13019, `Z42` 13016) or as Bewegungsdaten (`Z27` 13009)
    energy_basis       what 13019 says of the readings at begin and end of an energy: sent (Z36, Z37) or not (Z38, Z39)
    substitutes        `interpolation` fills gaps between two readings; empty: a gap refuses the message
    substitute_reason  why there are substitutes: `communication`, `meter_fault` ..., or the market's code (Z75)
    corrects           file or folder with what was sent before: what is unchanged is left out, what is wrong is
                       cancelled (13006) where the market wants that, and sent again
    correction_reason  why values are replaced, as substitute_reason; several with `+`, a value takes the first that
                       it may have. Without `corrects`: all values replace others
    plausibility       what is known of all values: `control_reading`, `read_by_customer` ..., or codes (Z86+Z84)
    gas_quality        `ZG3` for values of gas that are sent because its quality was changed
    reading            meter readings were taken as usual, or because of a `change` of the meter or its configuration
    master_data        number of the UTILMD with the master data of such a change (gas)
    ablesedatum        a meter was read at a `time`, or on a `day` where the clock that told it is not trusted
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
    energy_period: Literal["month", "day", "whole"] = "month"
    document_code: Literal["Z27", "Z41", "Z42"] | None = None
    energy_basis: Literal["Z36+Z37", "Z36+Z39", "Z38+Z37", "Z38+Z39"] | None = None
    substitutes: Literal["interpolation"] | None = None
    substitute_reason: str | None = None
    corrects: str | None = None
    correction_reason: str | None = None
    plausibility: str | None = None
    gas_quality: Literal["ZG3"] | None = None
    reading: Literal["usual", "change"] = "usual"
    master_data: str | None = None
    ablesedatum: Literal["time", "day"] = "time"
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
    `mscons.tolerance`, `mscons.sent.none`; DecodeError where the files that were sent cannot be read.
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
    run = _Run(out, options)

    def plan(point: Point) -> Plan | None:
        try:
            return plan_of(point, options)
        except EmtkitError as error:
            report.refuse(point.where, error)
            return None

    collection = collect_points(report.taking(decoded), points, plan)
    report.diagnostics += collection.diagnostics
    headers = _by_header(collection.found, report, options)
    run.compare_with_sent(headers)
    for header, members in headers.items():
        parts = []
        for member in members:
            try:
                series = series_of(member.point, member.builder, header.case, options)
                parts.append(part_of(header, member.point, series))
            except EmtkitError as error:
                report.refuse(f"{header} {member.builder}", error)
            else:
                report.diagnostics += series.diagnostics
        for draft in drafts(header, parts, options.split):
            try:
                run.add(draft, report)
            except EmtkitError as error:
                report.refuse(str(draft), error)
    report.written += run.files.close()
    return report


class _Run:
    """Messages of one run: checked, compared with what was sent, and put into files."""

    def __init__(self, out: Path, options: Options) -> None:
        """Begin. Raises ConfigError `mscons.reference`, `mscons.sent.none`, `capture.unreadable`."""
        assert options.message_date is not None  # noqa: S101 - `write` has checked it
        self._options = options
        self._rules = Rules(
            options.message_date,
            _parts(options.energy_basis),
            options.substitute_reason,
            _parts(options.plausibility),
            options.gas_quality,
            options.reading == "change",
            options.master_data,
            options.ablesedatum == "day",
        )
        self._reasons = _parts(options.correction_reason)
        self.files = Files(
            out,
            options.message_date,
            options.reference,
            service=DEFAULT._replace(decimal=options.decimal_mark),
            max_size=options.max_size * MEBIBYTE,
        )
        self._files_sent = None if options.corrects is None else sent_files([Path(options.corrects)])
        self._sent: Sent | None = None

    def compare_with_sent(self, headers: Iterable[Header]) -> None:
        """Read what was sent of these Meldepunkte. Raises as `sent.read_sent`."""
        if self._files_sent is not None:
            self._sent = Sent(self._files_sent, headers)

    def add(self, draft: Draft, report: Report) -> None:
        """Write a message, and before it what takes back those that it corrects. Raises EncodeError."""
        options, header = self._options, draft.header
        message = message_of(draft, self._rules, reference="0", document="0")
        cancelled: tuple[SentMessage, ...] = ()
        if self._sent is not None:
            correction = self._sent.correct(header, message, self._reasons, test=options.test)
            if correction.message is None:
                text = "the same was sent before: not written again"
                report.diagnostics.append(
                    Diagnostic(Severity.INFO, "mscons.correction.unchanged", "mscons", str(draft), None, None, text)
                )
                return
            cancelled = correction.cancelled
        elif self._reasons:
            message = with_reason(header, message, self._reasons)
        created = self._rules.created.astimezone(UTC)
        route = Route(header.sender, header.receiver, header.case.application_reference, options.test)
        cancellations = [cancellation(sent, created, reference="0", document="0") for sent in cancelled]
        self.files.add(route, *cancellations, message)


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("+")) if text else ()


def _check_options(options: Options) -> None:
    for day in (options.first_day, options.last_day):
        if day is not None and not FIRST_YEAR <= day.year < LAST_YEAR:
            raise ConfigError("mscons.day", f"{day} is in no year that readings can be of", field="first_day")
    if options.tolerance is not None and not 0 <= options.tolerance < _DAY_SECONDS:
        raise ConfigError("mscons.tolerance", "the tolerance is 0 seconds to less than half a step", field="tolerance")


class _Member(NamedTuple):
    point: Point
    builder: SeriesBuilder


def _by_header(found: Iterable[Collected], report: Report, options: Options) -> dict[Header, list[_Member]]:
    """Bring the registers of one Meldepunkt together."""
    members: dict[Header, list[_Member]] = {}
    for item in found:
        point, builder = item.point, item.builder
        if point is None:
            continue
        try:
            header = header_of(point, item.meter, options.document_code)
        except EmtkitError as error:
            report.refuse(f"{point.where} {builder}", error)
        else:
            members.setdefault(header, []).append(_Member(point, builder))
    return members
