"""wmbusmeters' own tests: how many of its expected fields emtkit finds without a driver per meter."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import emtkit

_spec = importlib.util.spec_from_file_location("compare", Path(__file__).with_name("compare.py"))
assert _spec is not None
assert _spec.loader is not None
compare = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(compare)

Loader = Callable[[str], list[dict[str, Any]]]
Say = Callable[[str], None]


def _readings(row: dict[str, Any], memory: emtkit.Memory) -> list[emtkit.Reading]:
    key = row["key"] if row.get("key") and len(row["key"]) == 32 else None
    try:
        return emtkit.decode(row["hex"], keys=key, memory=memory).readings
    except emtkit.EmtkitError:  # anything else is a bug and fails the test
        return []


def test_expected_fields(corpus: Loader, say: Say) -> None:
    memory = emtkit.Memory()
    found: dict[str, int] = {"all": 0, "standard": 0}
    total: dict[str, int] = {"all": 0, "standard": 0}
    misses = []
    for row in corpus("wmbus/wmbusmeters.jsonl"):
        readings = _readings(row, memory)
        groups = ["all", "standard"] if (row.get("class") or "").startswith("standard") else ["all"]
        for name, value in compare.wanted(row.get("expected") or {}):
            hit = compare.found(name, value, readings)
            for group in groups:
                total[group] += 1
                found[group] += hit
            if not hit:
                misses.append(f"{row['id']} ({row.get('class')}): {name} = {value}")
    shares = {group: found[group] / total[group] for group in total}
    say(
        "wmbusmeters' expected fields: "
        + ", ".join(f"{group} {found[group]} of {total[group]} ({shares[group]:.1%})" for group in total)
    )
    if os.environ.get("EMTKIT_MISSES"):
        say("\n".join(misses))
    assert shares["standard"] >= 0.88
    assert shares["all"] >= 0.75


def test_explain_covers_every_byte_of_all_telegrams(corpus: Loader, say: Say) -> None:
    rows = 0
    for file in ("wmbusmeters", "mbus_wired", "wmbus_other", "spec_examples", "issue_cases"):
        for row in corpus(f"wmbus/{file}.jsonl"):
            try:
                data = bytes.fromhex(row["hex"])
            except ValueError:
                continue
            key = row["key"] if row.get("key") and len(row["key"]) == 32 else None
            explanation = emtkit.explain(data, keys=key)
            at = 0
            for span in explanation.spans:
                assert span.start == at, row["id"]
                assert len(span.raw) == span.end - span.start, row["id"]
                at = span.end
            assert at == len(data), row["id"]
            rows += 1
    say(f"explain covers every byte exactly once: {rows} telegrams")


def test_explaining_and_decoding_give_the_same(corpus: Loader) -> None:
    for file in ("wmbusmeters", "mbus_wired", "wmbus_other"):
        memories = emtkit.Memory(), emtkit.Memory()
        for row in corpus(f"wmbus/{file}.jsonl"):
            key = row["key"] if row.get("key") and len(row["key"]) == 32 else None
            try:
                explained = emtkit.explain(row["hex"], keys=key, memory=memories[0]).decoded
                for _ in range(2):  # the second time by a plan
                    decoded = emtkit.decode(row["hex"], keys=key, memory=memories[1])
                    assert decoded.to_dict() == explained.to_dict(), row["id"]
            except emtkit.EmtkitError:
                continue
