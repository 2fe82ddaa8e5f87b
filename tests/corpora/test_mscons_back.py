"""MSCONS of the corpus: what holds of all files together, and the way through CSV and JSON Lines and back."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from typing import Any

from emtkit.export import registry
from emtkit.export.mscons.incoming.as_capture import read_decoded as read_market
from emtkit.export.mscons.incoming.holding import Holding
from emtkit.export.readers import Named, format_of, read_decoded
from emtkit.export.told import series_in

Loader = Callable[[str], list[dict[str, Any]]]
CORPUS = "market/mscons_messages.jsonl"


def files(corpus: Loader) -> list[tuple[str, bytes]]:
    """Return the real and conforming files."""
    return [
        (row["id"], str(row["text"]).encode("latin-1"))
        for row in corpus(CORPUS)
        if row["id"].startswith(("real-", "syn-", "conuti-"))
    ]


def test_every_series_comes_back_from_csv(corpus: Loader, say: Callable[[str], None]) -> None:
    counts: Counter[str] = Counter()
    for name, data in files(corpus):
        frames = list(read_market(data))
        for form in ("csv", "jsonl"):
            out = io.BytesIO()
            registry.write(form, frames, out)
            table = out.getvalue()
            if not any(frame.readings for frame in frames):
                continue
            assert format_of(table[:4096]) == form, name
            again = list(read_decoded(table, Named(form)))
            assert len(again) == len(frames), name
            for before, after in zip(frames, again, strict=True):
                assert [reading.value for reading in after.readings] == [reading.value for reading in before.readings]
                assert [reading.status for reading in after.readings] == [each.status for each in before.readings]
                if form == "csv":
                    values = [series.values for series in series_in(before)]
                    assert [series.values for series in series_in(after)] == values, name
                    counts["values"] += sum(map(len, values))
        counts["files"] += 1
    say(f"MSCONS to CSV and back: {dict(counts)}")
    assert counts["values"] >= 13_000


def test_what_holds_of_all_files(corpus: Loader, say: Callable[[str], None]) -> None:
    found = files(corpus)
    counts: Counter[str] = Counter()
    with Holding(data for _, data in found) as holding:
        for number, (name, data) in enumerate(found):
            held = list(holding.decoded(number))
            sent = list(read_market(data))
            assert len(held) == len(sent), name
            for before, after in zip(sent, held, strict=True):
                codes = {finding.code for finding in after.diagnostics}
                counts.update(code for code in codes if code.startswith("mscons.version."))
                left_out = len(before.readings) - len(after.readings)
                counts["left out"] += left_out
                assert bool(left_out) <= bool(codes & {"mscons.version.replaced", "mscons.version.cancelled"}), name
                assert after.readings == [reading for reading in before.readings if reading in after.readings], name
    say(f"MSCONS files as one state of things: {dict(counts)}")
