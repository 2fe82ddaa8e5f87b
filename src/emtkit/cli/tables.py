"""Decoded telegrams as tables for people: a heading, the readings, the diagnostics in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.box import Box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from emtkit.cli import wording
from emtkit.cli.columns import GAP, NAME, fitted
from emtkit.cli.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, JustifyMethod, RenderableType

    from emtkit.model.decoded import Decoded
    from emtkit.model.diagnostics import Diagnostic
    from emtkit.model.reading import Reading

STATE_STYLES: Final = {"complete": "green", "partial": "yellow", "opaque": "yellow", "failed": "bold red"}
SEVERITY_STYLES: Final = {"info": "cyan", "warning": "yellow", "error": "bold red"}
LINES: Final = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")  # a rule below the headings, nothing else
_RIGHT: Final = ("value", "storage", "tariff", "subunit")
_BOLD: Final = ("value", "unit")


def print_decoded(console: Console, decoded: Decoded) -> None:
    """Print one telegram."""
    print_heading(console, decoded)
    console.print()
    if decoded.readings:
        console.print(indent(readings_table(decoded.readings, console.width - 2)))
        if decoded.diagnostics:
            console.print()
    print_diagnostics(console, decoded.diagnostics)


def print_heading(console: Console, decoded: Decoded) -> None:
    """Print who sent it, what became of it, how it was secured, what the meter says of itself."""
    who = styled(wording.sender(decoded), "bold")
    for detail in wording.meter_details(decoded.meter) if decoded.meter else ():
        who.append_text(styled(f" · {detail}", "not bold"))
    console.print(who)
    facts = styled(
        "" if decoded.protocol is None else wording.PROTOCOLS.get(decoded.protocol, decoded.protocol) + " · "
    )
    facts.append(wording.STATES[decoded.state], STATE_STYLES[decoded.state])
    facts.append_text(styled(f" · {wording.security(decoded.security)}" if decoded.state != "failed" else ""))
    console.print(indent(facts))
    network = _network(decoded)
    if network:
        console.print(indent(styled(network, "dim")))
    told = [wording.origin(decoded), wording.reception(decoded)]
    if any(told):
        console.print(indent(styled(" · ".join(filter(None, told)), "dim")))
    if decoded.status:
        console.print(indent(styled("meter says: " + ", ".join(map(wording.status, decoded.status)), "bold yellow")))


def _network(decoded: Decoded) -> str:
    """Return what a LoRaWAN network server or gateway says of an uplink: who it is, the device's names, port, frame."""
    if decoded.protocol != "lorawan":
        return ""
    from emtkit.protocols.lorawan.phy import DataFrame
    from emtkit.protocols.lorawan.uplink import Uplink

    found = decoded.layer(Uplink)
    if found is None:
        return ""
    told = [f"by {found.server}", None if found.kind == "up" else found.kind]
    frame = decoded.layer(DataFrame) or found
    for what, number in (("port", frame.f_port), ("frame", frame.f_cnt)):
        told.append(None if number is None else f"{what} {number}")
    told += [found.device, None if found.profile == found.device else found.profile]
    if decoded.meter is None:  # a gateway speaks of itself
        told += [f"gateway {gateway.id}" for gateway in found.gateways if gateway.id is not None]
    return " · ".join(filter(None, told))


def readings_table(readings: Sequence[Reading], width: int) -> Table:
    """Return the table of readings; no value in it is shortened."""
    columns = fitted(readings, width)
    table = Table(box=LINES, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for title in columns:
        justify: JustifyMethod = "right" if title in _RIGHT else "left"
        table.add_column(title, justify=justify, no_wrap=title != NAME, overflow="fold")
    for reading, *cells in zip(readings, *columns.values(), strict=True):
        table.add_row(*(_cell(reading, title, cell) for title, cell in zip(columns, cells, strict=True)))
    return table


def plain_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table of texts; long cells go on in the next line."""
    table = Table(box=LINES, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _cell(reading: Reading, title: str, text: str) -> Text:
    if reading.value is None:
        return styled(text, "yellow")
    cell = styled(text, "bold" if title in _BOLD else "")
    if "\n" in text:  # bytes and texts over several lines read from the left
        cell.justify = "left"
    return cell


def styled(content: str, style: str = "") -> Text:
    """Return a text for the terminal."""
    return Text(printable(content), style)


def indent(content: RenderableType) -> Padding:
    """Return the content two blanks further right."""
    return Padding(content, (0, 0, 0, 2), expand=False)


def print_diagnostics(console: Console, diagnostics: Sequence[Diagnostic]) -> None:
    """Print what was noticed, one finding a paragraph: severity, message, where, code."""
    if not diagnostics:
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for found in diagnostics:
        text = styled(found.message)
        text.append_text(styled(wording.place(found.start, found.end, found.field), "dim"))
        text.append(f" [{found.code}]", "dim")
        grid.add_row(styled(f"{found.severity.value}", SEVERITY_STYLES[found.severity.value]), text)
    console.print(indent(grid))
