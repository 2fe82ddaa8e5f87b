"""Frames to series builders: which readings and ready load profiles go into which series, for a whole capture.

A load profile that the meter sent as such (VDEW, Profile Generic) is taken as its protocol gives it, and the readings
that say the same are left out. State is one builder per register, nothing per frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.series import SeriesBuilder, builder_for, builder_of, register_of
from emtkit.export.series.builder import MARKET
from emtkit.export.told import ToldSeries, series_in
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.obis import Obis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import timedelta

    from emtkit.export.grid import Grid
    from emtkit.model.decoded import Decoded
    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading
    from emtkit.model.series import Series
    from emtkit.points import Point, Points


# IEC 62056-61, group C: general service entries, error messages, lists
_SERVICE: Final = frozenset({96, 97, 98})


class Plan(NamedTuple):
    """On which marks a register is wanted, and how near to a mark a reading has to be."""

    grid: Grid
    tolerance: timedelta


class Collected(NamedTuple):
    """The builder of one register.

    point     the entry of the points file that asked for it
    register  the telegram's register where the series is of another (energy that was power)
    """

    point: Point | None
    meter: MeterId
    builder: SeriesBuilder
    register: str | None = None


@dataclass(slots=True)
class Collection:
    """All builders of a capture, in the order in which their registers were first seen."""

    found: list[Collected] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def collect_points(decoded: Iterable[Decoded], points: Points, plan: Callable[[Point], Plan | None]) -> Collection:
    """Collect the readings that a points file asks for: one register of one meter for each entry.

    plan  the marks for an entry; None leaves the entry out (the caller says why)
    Diagnostics: `points.no_reading` (an entry without a reading), `points.ambiguous` (a second meter or register
    fits an entry: left out), `points.no_entry` (a meter without an entry), `series.not_authentic`, `series.no_meter`,
    and what the protocols say of their load profiles.
    """
    plans = {id(point): chosen for point in points.all if (chosen := plan(point)) is not None}
    builders: dict[int, Collected] = {}
    others: dict[tuple[int, MeterId, str], Point] = {}
    strangers: dict[MeterId, None] = {}
    frames = Trusted(decoded)
    for meter, frame in frames:
        entries = points.match(meter)
        if not entries:
            if frame.readings or frame.state != "complete":  # a handshake asks for no entry
                strangers[meter] = None
            continue
        content = frames.content(frame)
        for point in entries:
            if id(point) not in plans:
                continue
            held = builders.get(id(point))
            held = _take_series(held, content, point, meter, plans[id(point)], others)
            for reading in filter(point.selects, content.readings):
                if held is None:
                    held = Collected(point, meter, builder_for(meter, reading, *plans[id(point)]))
                if held.builder.is_of(meter, reading):
                    held.builder.add(reading, frame.status, frame.protocol)
                elif (meter, reading.obis) != (held.meter, held.register):
                    others[id(point), meter, register_of(reading)] = point
            if held is not None:
                builders[id(point)] = held
    return Collection(
        list(builders.values()),
        [
            *(
                _finding(Severity.WARNING, "points.no_reading", point.where, f"there is no reading of {point.register}")
                for point in points.all
                if id(point) in plans and id(point) not in builders
            ),
            *(
                _finding(
                    Severity.ERROR,
                    "points.ambiguous",
                    point.where,
                    f"{_name(meter)} {register} fits too, but the entry is for {builders[id(point)].builder}: left out",
                )
                for (_, meter, register), point in others.items()
            ),
            *(
                _finding(Severity.INFO, "points.no_entry", _name(meter), "there is no entry in the points file")
                for meter in strangers
            ),
            *frames.findings(),
        ],
    )


def _take_series(
    held: Collected | None,
    content: Content,
    point: Point,
    meter: MeterId,
    plan: Plan,
    others: dict[tuple[int, MeterId, str], Point],
) -> Collected | None:
    """Give an entry the ready series that it asks for; return its builder."""
    for series in filter(point.selects_series, content.series):
        # an entry for average power is for its load profile, not for the power that readouts tell
        if held is None or (held.meter, held.builder.obis) == (meter, series.register):
            held = Collected(point, meter, builder_of(series, *plan), series.register)
        if held.builder.fits(series):
            held.builder.take(series, stamped=content.stamped)
        else:
            others[id(point), meter, series.obis] = point
    return held


def collect_registers(decoded: Iterable[Decoded], plan: Plan, points: Points | None = None) -> Collection:
    """Collect the registers that have an OBIS code and numbers.

    With `points` those that it names; else what was measured, not a meter's own affairs (errors, clock, counters).
    """
    builders: dict[tuple[MeterId, str], Collected] = {}
    frames = Trusted(decoded)
    for meter, frame in frames:
        entries = points.match(meter) if points is not None else ()
        content = frames.content(frame)
        for series in content.series:
            wanted = _is_measured(series.obis) if points is None else any(e.selects_series(series) for e in entries)
            if not wanted:
                continue
            held = builders.get((meter, series.obis))
            if held is None:
                held = builders[meter, series.obis] = Collected(None, meter, builder_of(series, *plan))
            held.builder.take(series, stamped=content.stamped)
        for reading in content.readings:
            if reading.obis is None or not isinstance(reading.value, Decimal) or reading.function != "instantaneous":
                continue
            wanted = _is_measured(reading.obis) if points is None else any(point.selects(reading) for point in entries)
            if not wanted:
                continue
            held = builders.get((meter, reading.obis))
            if held is None:
                builder = builder_for(meter, reading, *plan)
                held = builders[meter, reading.obis] = Collected(None, meter, builder)
            held.builder.add(reading, frame.status, frame.protocol)
    return Collection(list(builders.values()), list(frames.findings()))


class Content(NamedTuple):
    """What a frame brings: its load profiles, and the readings that are not in them.

    stamped  a meter made the profiles: what it says for a time it read at that time
    """

    series: list[Series]
    readings: list[Reading]
    stamped: bool


class Trusted:
    """The frames that have a meter and whose authenticity was not disproved; says what became of the others."""

    __slots__ = ("_decoded", "_disproved", "_nameless", "_said")

    def __init__(self, decoded: Iterable[Decoded]) -> None:
        """Wrap the frames of a capture."""
        self._decoded = decoded
        self._disproved: dict[MeterId, int] = {}
        self._nameless = 0
        self._said: dict[Diagnostic, None] = {}

    def __iter__(self) -> Iterator[tuple[MeterId, Decoded]]:
        """Give meter and frame."""
        for frame in self._decoded:
            if frame.meter is None:
                self._nameless += bool(frame.readings)
                continue
            if frame.security.verified is False:
                self._disproved[frame.meter] = self._disproved.get(frame.meter, 0) + 1
            else:
                yield frame.meter, frame

    def content(self, frame: Decoded) -> Content:
        """Return what a frame brings."""
        series = series_in(frame)
        stamped = frame.protocol != MARKET and frame.layer(ToldSeries) is None
        if not series:
            return Content(series, frame.readings, stamped)
        self._said.update((finding, None) for each in series for finding in each.diagnostics)
        told = {obis for each in series for obis in (each.obis, each.register)}
        return Content(series, [reading for reading in frame.readings if reading.obis not in told], stamped)

    def findings(self) -> Iterator[Diagnostic]:
        """Give what the load profiles say, and one finding for frames without a meter and for each disproved meter."""
        yield from self._said
        if self._nameless:
            message = f"telegrams with readings that do not say which meter sent them, left out: {self._nameless}"
            yield _finding(Severity.WARNING, "series.no_meter", "", message)
        for meter, count in self._disproved.items():
            message = f"frames left out because their MAC or signature is wrong: {count}"
            yield _finding(Severity.WARNING, "series.not_authentic", _name(meter), message)


@lru_cache(maxsize=4096)
def _is_measured(obis: str) -> bool:
    """Return whether a register holds a physical value. Source: IEC 62056-61, groups A (0: abstract) and C."""
    code = Obis.parse(obis)
    return code.a != 0 and code.c not in _SERVICE


def _name(meter: MeterId) -> str:
    return meter.identifier or f"{meter.manufacturer or ''}{meter.id}"


def _finding(severity: Severity, code: str, what: str, message: str) -> Diagnostic:
    return Diagnostic(severity, code, code.partition(".")[0], what, None, None, message)
