"""The command line on all corpora: a valid line per row, every byte explained once, tables that fit."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from emtkit.cli.explain_html import page
from emtkit.cli.explain_table import print_explanation
from emtkit.cli.inputs import decoded_telegrams, explained_telegrams
from emtkit.cli.options import Reading
from emtkit.cli.tables import print_decoded
from emtkit.export.jsonl import lines
from emtkit.keys import KeyRing
from emtkit.model.schema import adapter
from emtkit.protocols.context import Memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CAPTURES = [
    "wmbus/wmbusmeters.jsonl",
    "wmbus/wmbus_other.jsonl",
    "wmbus/spec_examples.jsonl",
    "wmbus/issue_cases.jsonl",
    "wmbus/mbus_wired.jsonl",
    "sml/frames.jsonl",
    "iec62056_21/readouts.jsonl",
    "dlms/push.jsonl",
]


def reading() -> Reading:
    """Return how to read: as `emtkit decode FILE` does without options."""
    return Reading(KeyRing(), None, None, strict=False, zone=None, memory=Memory())


@pytest.mark.parametrize("name", CAPTURES)
def test_one_valid_line_per_row(corpus_file: Callable[[str], Path], name: str) -> None:
    path = corpus_file(name)
    printed = list(lines(decoded_telegrams([path], reading())))
    assert len(printed) == sum(1 for row in path.read_bytes().splitlines() if row.strip())
    check = adapter("telegram")
    for line in printed:
        check.validate_python(json.loads(line, parse_float=Decimal))


@pytest.mark.parametrize("name", CAPTURES)
def test_every_byte_is_explained_once_and_the_page_holds_it(corpus_file: Callable[[str], Path], name: str) -> None:
    explanations = list(explained_telegrams([corpus_file(name)], reading()))
    for found in explanations:
        at = 0
        for span in found.spans:
            assert (span.start, len(span.raw)) == (at, span.end - span.start)
            at = span.end
        assert at == len(found.data)
    text = "".join(page(explanations))
    assert text.count("<article ") == len(explanations)


@pytest.mark.parametrize("name", CAPTURES)
def test_tables_fit_and_shorten_nothing(corpus_file: Callable[[str], Path], name: str) -> None:
    def fits(show: Callable[[Console, Any], None], thing: Any) -> None:
        out = io.StringIO()
        show(Console(file=out, width=80, highlight=False, markup=False, emoji=False), thing)
        text = out.getvalue()
        assert max(map(len, text.splitlines())) <= 80
        assert "…" not in text

    # rendering takes far longer than decoding: one telegram in five
    for found in islice(explained_telegrams([corpus_file(name)], reading()), 0, None, 5):
        fits(print_decoded, found.decoded)
        fits(print_explanation, found)
