"""`emtkit mscons show`: one line per series with the shape of its day, or one JSON line per message."""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import click

from emtkit.capture.source import open_source
from emtkit.cli import wording
from emtkit.cli.exits import Exit, of_error, worst
from emtkit.cli.messages import complain, say
from emtkit.cli.output import binary_stdout, console, encoded
from emtkit.export.grid import BERLIN, DAY
from emtkit.export.mscons.incoming.as_capture import chunks
from emtkit.export.mscons.incoming.read import read_interchange
from emtkit.export.mscons.incoming.summary import summarise, to_dict
from emtkit.model.errors import EmtkitError
from emtkit.model.jsontext import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emtkit.export.mscons.incoming.read import InterchangeReader
    from emtkit.export.mscons.incoming.summary import Summary
    from emtkit.model.diagnostics import Diagnostic

_BARS: Final = "▁▂▃▄▅▆▇█"
_NO_BAR: Final = "·"
_HEADINGS: Final = ("UNH", "PID", "location", "register", "values", "period", "sum", "the day, by hour")
_MOST_FINDINGS: Final = 20


@click.command("show")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl"]),
    default="table",
    show_default=True,
    help="table: one line per series; jsonl: one line per message.",
)
def command(files: tuple[str, ...], form: str) -> int:
    """Show what is in MSCONS files.

    A file may be packed with gzip; - is standard input. A file that cannot be read does not stop the rest.
    """
    show = _table if form == "table" else _jsonl
    codes: list[Exit] = []
    for file in files:
        try:
            with open_source(file) as packed:
                show(file, read_interchange(chunks(packed.unpacked())))
        except EmtkitError as error:
            sys.stdout.flush()
            place = "" if error.message.startswith(file) else f"{file}: "
            complain(f"{place}{error.message}", error.code)
            codes.append(of_error(error))
    return worst(codes)


def _jsonl(file: str, reader: InterchangeReader) -> None:
    out = binary_stdout()
    for message in reader:
        summary = summarise(message)
        out.write(encoded(dumps(to_dict(summary, file)) + "\n"))
        _tell(file, summary.message.diagnostics, say)
    _tell(file, reader.diagnostics, say)


def _tell(file: str, found: Sequence[Diagnostic], write: Callable[[str], None], untold: int = 0) -> None:
    """Write the first findings, and how many more there are."""
    for finding in found[:_MOST_FINDINGS]:
        write(f"{finding.severity.value}: {file}, {finding.field}: {finding.message} [{finding.code}]")
    untold += max(0, len(found) - _MOST_FINDINGS)
    if untold:
        write(f"and {wording.count(untold)} more")


def _table(file: str, reader: InterchangeReader) -> None:
    """Print the messages of each interchange under a heading."""
    from emtkit.cli.columns import GAP
    from emtkit.cli.tables import LINES, styled

    screen = console()
    envelope, release = None, ""
    rows: list[tuple[str, ...]] = []
    findings: list[Diagnostic] = []
    untold = 0

    def flush() -> None:
        from rich.table import Table

        table = Table(box=LINES, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
        for heading in _HEADINGS:
            right, whole = heading == "sum", heading == _HEADINGS[-1]
            table.add_column(heading, justify="right" if right else "left", no_wrap=whole, overflow="fold")
        for row in rows:
            table.add_row(*map(styled, row))
        rows.clear()
        screen.print(table)

    for message in reader:
        if message.envelope is not envelope:
            if envelope is not None:
                flush()
            envelope = message.envelope
            made = "" if envelope.created is None else f" · {wording.moment(envelope.created)}"
            test = " · test" if envelope.test else ""
            screen.print(styled(file, "bold"))
            release = message.release
            text = f"MSCONS {release} · {envelope.application_reference} {envelope.reference} · "
            screen.print(styled(f"{text}{envelope.sender.id} to {envelope.receiver.id}{made}{test}"))
        rows += _rows(summarise(message), release)
        if len(findings) <= _MOST_FINDINGS:
            findings += message.diagnostics
        else:
            untold += len(message.diagnostics)
        if len(rows) >= _ROWS_AT_ONCE:
            flush()
    if rows:
        flush()
    _tell(file, [*findings, *reader.diagnostics], lambda text: screen.print(styled(text, "yellow")), untold)


_ROWS_AT_ONCE: Final = 500


def _rows(summary: Summary, release: str) -> Iterable[tuple[str, ...]]:
    """Give the line of each series of a message; a message without values has one that says so."""
    message = summary.message
    where = " ".join(filter(None, [*(location.id for location in message.locations), *message.konfigurations_ids]))
    use_case = message.pruefidentifikator or "-"
    if message.release != release:
        use_case += f" ({message.release})"
    head = (message.reference, use_case, where or "-")
    if not summary.registers:
        what = f"takes back {message.cancels}" if message.is_cancellation else "no values"
        yield (*head, what, "0", "", "", "")
    for series in summary.registers.values():
        totals = series.totals
        yield (
            *head,
            series.register or "-",
            ", ".join(f"{number} × {code}" for code, number in totals.quality.items()),  # noqa: RUF001 - the sign
            _period(totals.first or series.moment, totals.last),
            f"{wording.number(totals.sum)} {series.unit}".rstrip(),
            sparkline(series.day()) if any(series.counts) else "",
        )


def _period(first: datetime | date | None, last: datetime | date | None) -> str:
    """Return begin and end in German local time: `2026-11-01` one day, `2026-11-01 to 2026-11-30` whole days."""
    if first is None:
        return ""
    begin, end = _local(first), _local(first if last is None else last)
    if isinstance(begin, datetime) and isinstance(end, datetime):
        if last is not None and begin < end and begin.time() == end.time() == time():
            begin, end = begin.date(), end.date() - DAY
        else:
            shown = [wording.clock(moment) for moment in (begin, end)]
            return shown[0] if last is None else " to ".join(shown)
    return str(begin) if begin == end else f"{begin} to {end}"


def _local(moment: datetime | date) -> datetime | date:
    return moment.astimezone(BERLIN).replace(tzinfo=None) if isinstance(moment, datetime) else moment


def sparkline(values: Sequence[Decimal | None]) -> str:
    """Return one bar a value, from 0 (or the lowest, if that is below 0) to the highest; a dot where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(Decimal(0), *known), max(known)
    span = high - low
    steps = len(_BARS) - 1
    return "".join(
        _NO_BAR if value is None else _BARS[int((value - low) * steps / span) if span > 0 else 0] for value in values
    )
