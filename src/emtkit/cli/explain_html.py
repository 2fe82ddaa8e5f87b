"""An explained telegram as one self-contained HTML file: bytes coloured by layer, no scripts, prints well."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Final

from emtkit.cli import wording
from emtkit.cli.columns import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from emtkit.explain import Explanation
    from emtkit.model.decoded import Check, Decoded
    from emtkit.model.diagnostics import Diagnostic
    from emtkit.model.reading import Reading
    from emtkit.wire.trace import Span

_LAYER_COLOURS: Final = 8  # that many are in explain.css
_PER_LINE: Final = 16
_VERDICTS: Final = {True: "ok", False: "wrong", None: "not checked"}
_NUMBERS: Final = ("value", "storage", "tariff", "subunit")


def page(explanations: Iterable[Explanation]) -> Iterator[str]:
    """Give the parts of the file, one telegram an article."""
    style = files("emtkit.cli").joinpath("explain.css").read_text("utf-8")
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Telegrams explained</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
    )
    for number, explanation in enumerate(explanations, 1):
        yield article(explanation, f"t{number}")
    yield "</body>\n</html>\n"


def article(explanation: Explanation, anchor: str) -> str:
    """Return one telegram; `anchor` keeps its links apart from those of the others."""
    decoded = explanation.decoded
    spans = wording.joined(explanation.spans)
    classes: dict[str, str] = {}
    for span in spans:
        layer = f"l{len(classes) % _LAYER_COLOURS}" if span.layer else "l-none"
        classes.setdefault(span.layer, layer)
    parts = [
        f'<article id="{anchor}">\n',
        _heading(decoded),
        _findings(decoded.diagnostics),
        _checks(explanation.checks),
        _dump(explanation.data, spans, classes, anchor),
        _readings(decoded.readings),
        _spans(spans, classes, anchor),
        "</article>\n",
    ]
    return "".join(parts)


def _heading(decoded: Decoded) -> str:
    details = wording.meter_details(decoded.meter) if decoded.meter else []
    rows = [
        ("meter", " · ".join(details)),
        ("protocol", wording.PROTOCOLS.get(decoded.protocol or "", decoded.protocol or "")),
        ("security", "" if decoded.state == "failed" else wording.security(decoded.security)),
        ("meter says", ", ".join(map(wording.status, decoded.status))),
        ("from", wording.origin(decoded)),
        ("reception", wording.reception(decoded)),
        ("size", wording.count(len(decoded.raw), "byte")),
    ]
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows if text)
    state = f'<span class="state {decoded.state}">{escape(wording.STATES[decoded.state])}</span>'
    return f"<header><h1>{escape(wording.sender(decoded))} {state}</h1>\n<dl>{listed}</dl></header>\n"


def _findings(diagnostics: Sequence[Diagnostic]) -> str:
    return _verdicts(
        "Findings",
        (
            (found.severity.value, found.message, wording.place(found.start, found.end, found.field), found.code)
            for found in diagnostics
        ),
    )


def _checks(checks: Sequence[Check]) -> str:
    return _verdicts(
        "Checks",
        (
            (
                _VERDICTS[check.ok],
                ": ".join(filter(None, (check.name, check.detail))),
                wording.place(check.start, check.end),
                "",
            )
            for check in checks
        ),
    )


def _verdicts(title: str, lines: Iterable[tuple[str, str, str, str]]) -> str:
    """Return a list of verdict, sentence, place and code, or nothing if it is empty."""
    items = "".join(
        f'<li><b class="{verdict.replace(" ", "-")}">{verdict}</b><span>{escape(sentence)}'
        f"<small>{escape(where)}{f' <code>{escape(code)}</code>' if code else ''}</small></span></li>\n"
        for verdict, sentence, where, code in lines
    )
    return f'<section><h2>{title}</h2>\n<ul class="verdicts">\n{items}</ul></section>\n' if items else ""


def _dump(raw: bytes, spans: Sequence[Span], classes: dict[str, str], anchor: str) -> str:
    """Return the bytes as they were given, coloured by layer; each leads to its line in the table below."""
    cells = []
    for span in spans:
        title = escape(" · ".join(filter(None, [span.layer, span.field, *wording.meaning(span)])), quote=True)
        opening = f'<a class="{classes[span.layer]}" href="#{anchor}b{span.start}" title="{title}">'
        cells += [f"{opening}{raw[at]:02X}</a>" for at in range(span.start, span.end)]
    lines = [f"<i>{at:4d}</i> {''.join(cells[at : at + _PER_LINE])}\n" for at in range(0, len(cells), _PER_LINE)]
    legend = "".join(f'<li class="{style}">{escape(layer or "not decoded")}</li>' for layer, style in classes.items())
    return (
        f'<section><h2>Bytes</h2>\n<pre class="dump">{"".join(lines)}</pre>\n'
        f'<ul class="legend">{legend}</ul></section>\n'
    )


def _readings(readings: Sequence[Reading]) -> str:
    if not readings:
        return ""
    columns = columns_of(readings, _PER_LINE * 2)
    head = "".join(f"<th>{escape(title)}</th>" for title in columns)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=number' if title in _NUMBERS else ''}>{escape(cell)}</td>"
            for title, cell in zip(columns, cells, strict=True)
        )
        + "</tr>\n"
        for cells in zip(*columns.values(), strict=True)
    )
    return (
        f"<section><h2>Readings</h2>\n<table><thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}</tbody></table></section>\n"
    )


def _spans(spans: Sequence[Span], classes: dict[str, str], anchor: str) -> str:
    rows = []
    for title, group in groupby(spans, key=wording.layer):
        of_layer = list(group)
        style = classes[of_layer[0].layer]
        rows.append(f'<tr class="layer"><th colspan="4" class="{style}">{escape(title)}</th></tr>\n')
        rows += [_row(span, f"{anchor}b{span.start}", style) for span in of_layer]
    return (
        "<section><h2>Byte by byte</h2>\n<table><thead><tr><th>offset</th><th>bytes</th><th>field</th><th>meaning</th>"
        f"</tr></thead>\n<tbody>\n{''.join(rows)}</tbody></table></section>\n"
    )


def _row(span: Span, anchor: str, style: str) -> str:
    meaning, shown = wording.meaning(span)
    equals = f"{' = ' if meaning else ''}<b>{escape(shown)}</b>" if shown else ""
    return (
        f'<tr id="{anchor}"><td class="number">{span.start}</td>'
        f'<td class="bytes {style}">{span.raw.hex(" ").upper()}</td>'
        f"<td>{escape(wording.field(span))}</td><td>{escape(meaning)}{equals}</td></tr>\n"
    )
