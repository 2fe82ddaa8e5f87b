"""An explained telegram for the terminal: offset, bytes, field and meaning, layer by layer, then the verdicts."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.table import Table

from emtkit.cli import wording
from emtkit.cli.tables import indent, print_diagnostics, print_heading, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.text import Text

    from emtkit.explain import Explanation
    from emtkit.model.decoded import Check
    from emtkit.wire.trace import Span

_LAYER_STYLES: Final = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")
_VERDICTS: Final = {True: ("ok", "green"), False: ("wrong", "bold red"), None: ("not checked", "yellow")}
_WIDE: Final = 120  # from here on sixteen bytes stand in a line


def print_explanation(console: Console, explanation: Explanation) -> None:
    """Print one telegram byte by byte, then what was checked and what was noticed."""
    print_heading(console, explanation.decoded)
    console.print()
    console.print(indent(spans_table(explanation.spans, console.width)))
    console.print()
    print_checks(console, explanation.checks)
    if explanation.checks and explanation.decoded.diagnostics:
        console.print()
    print_diagnostics(console, explanation.decoded.diagnostics)


def spans_table(spans: Sequence[Span], width: int) -> Table:
    """Return the table of spans, grouped by layer. Bytes that were decrypted say so in the layer's line."""
    per_line = 16 if width >= _WIDE else 8
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    styles: dict[str, str] = {}
    for title, group in groupby(wording.joined(spans), key=wording.layer):
        table.add_row("", styled(title, "bold"))
        for span in group:
            style = styles.setdefault(span.layer, _LAYER_STYLES[len(styles) % len(_LAYER_STYLES)])
            raw = styled(byte_lines(span.raw, per_line), style)
            table.add_row(str(span.start), raw, styled(wording.field(span)), _meaning(span))
    return table


def byte_lines(raw: bytes, per_line: int) -> str:
    """Return bytes as hex pairs, so many in a line."""
    return "\n".join(raw[at : at + per_line].hex(" ").upper() for at in range(0, len(raw), per_line))


def _meaning(span: Span) -> Text:
    meaning, shown = wording.meaning(span)
    text = styled(meaning)
    if shown:
        text.append(" = " if meaning else "")
        text.append_text(styled(shown, "bold"))
    return text


def print_checks(console: Console, checks: Sequence[Check]) -> None:
    """Print a verdict line for each CRC, checksum, MAC and signature."""
    if not checks:
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for check in checks:
        verdict, style = _VERDICTS[check.ok]
        text = styled(check.name)
        text.append(wording.place(check.start, check.end), "dim")
        text.append_text(styled(f": {check.detail}" if check.detail else ""))
        grid.add_row(styled(verdict, style), text)
    console.print(indent(grid))
