"""LPEX files after public writers: read value by value."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from emtkit.export.lpex import read_lines

Loader = Callable[[str], list[dict[str, Any]]]


def test_every_file_is_read(corpus: Loader, say: Callable[[str], None]) -> None:
    rows = corpus("market/lpex.jsonl")
    for row in rows:
        expected = row["expected"]
        lines = list(read_lines(io.BytesIO(row["text"].encode("latin-1")), "end"))
        values = [value for line in lines for value in line.values]
        assert sum(value is not None for value in values) == expected["values"], row["id"]
        assert values.count(None) == expected.get("missing", 0)
        if "obis" in expected:
            assert lines[0].cells["Kennzahl"] == expected["obis"]
            assert lines[0].step == timedelta(minutes=expected["interval_min"])
            assert lines[0].begin == datetime.fromisoformat("2026-11-02T00:00+01:00")
    say(f"LPEX: {len(rows)} of {len(rows)} files")
