"""libmbus' normalised XML against emtkit's readings, record by record; its error frames."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import emtkit

if TYPE_CHECKING:
    from emtkit.model.reading import Reading

Loader = Callable[[str], list[dict[str, Any]]]
Say = Callable[[str], None]

# libmbus prints the digits of BCD error states (DDEB, FFFF) as numbers; the other peculiarities are named below
TARGET = Decimal("0.985")


def _same(text: str, unit: str, reading: Reading) -> bool:
    value = reading.value
    if isinstance(value, datetime):
        return text.startswith(value.strftime("%Y-%m-%dT%H:%M"))
    if isinstance(value, date):
        return text.startswith(value.isoformat())
    if isinstance(value, bytes):
        return text.replace(" ", "").lower() == value.hex()
    if isinstance(value, str):
        return text.strip() == value.strip() or _number(text) == _number(value)
    number = _number(text)
    if value is None:
        every = text.endswith("-00")  # a date with the day "every": libmbus prints 2000-00-00
        return every or (text in {"", "0.000000"} and reading.status is None)
    if number is None or not isinstance(value, Decimal):
        return False
    if unit == "J" and reading.unit == "Wh":
        value *= 3600
    digits = max(abs(number), Decimal(1)) * Decimal("0.000001")
    # fixed structure: libmbus keeps the meter's own unit ("l", "kWh"); durations of EN 13757-3:2018 it prints as sent
    fixed = "counter_1" in reading.modifiers or "counter_2" in reading.modifiers
    scales = (Decimal(1), Decimal(1000), Decimal("0.001")) if fixed or unit == "l" else (Decimal(1),)
    loose = (1, 60, 3600, 86400) if reading.unit == "s" else (1,)
    return any(abs(value * scale / divisor - number) <= digits for scale in scales for divisor in loose)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def test_values_are_those_of_libmbus(corpus: Loader, say: Say) -> None:
    hits, total, misses = 0, 0, []
    for row in corpus("wmbus/mbus_wired.jsonl"):
        wanted = (row.get("expected") or {}).get("normalized")
        if not wanted or "records" not in wanted:
            continue
        readings = emtkit.decode(row["hex"], memory=emtkit.Memory()).readings
        for index, record in enumerate(wanted["records"]):
            text = record.get("Value")
            if text is None:
                continue
            total += 1
            same = _same(text, record.get("Unit") or "", readings[index]) if index < len(readings) else not text
            if same:
                hits += 1
            else:
                have = readings[index].value if index < len(readings) else "-"
                misses.append(f"{row['id']} record {index} {record.get('Quantity')}: {text!r}, emtkit {have!r}")
    say(f"libmbus normalised values: {hits} of {total} ({hits / total:.1%})")
    if os.environ.get("EMTKIT_MISSES"):
        say("\n".join(misses))
    assert Decimal(hits) / total >= TARGET


def test_identities_are_those_of_libmbus(corpus: Loader) -> None:
    checked = 0
    for row in corpus("wmbus/mbus_wired.jsonl"):
        slave = ((row.get("expected") or {}).get("normalized") or {}).get("slave")
        if not slave or not slave.get("Id"):
            continue
        meter = emtkit.decode(row["hex"], memory=emtkit.Memory()).meter
        assert meter is not None
        assert meter.id.lstrip("0").lower() == slave["Id"].lstrip("0").lower(), row["id"]
        if slave.get("Manufacturer") and meter.manufacturer and len(meter.manufacturer) == 3:
            assert meter.manufacturer == slave["Manufacturer"], row["id"]
        checked += 1
    assert checked > 50


def test_error_frames_are_rejected_with_a_diagnostic(corpus: Loader, say: Say) -> None:
    verdicts: dict[str, int] = {}
    rows = [row for row in corpus("wmbus/mbus_wired.jsonl") if "error-frames" in row["id"]]
    for row in rows:
        try:
            decoded = emtkit.decode(row["hex"], protocol="mbus", memory=emtkit.Memory())
        except emtkit.EmtkitError as error:
            code = error.code
        else:
            assert decoded.state != "complete", row["id"]
            code = decoded.diagnostics[0].code
        verdicts[code] = verdicts.get(code, 0) + 1
    say(f"error frames: {len(rows)}, " + ", ".join(f"{code} {n}" for code, n in sorted(verdicts.items())))
    assert rows
