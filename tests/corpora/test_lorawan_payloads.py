"""Payloads of public parsers' tests, read natively; their numbers compared."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pytest

import emtkit
from emtkit.protocols.context import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Corpus = Callable[[str], list[dict[str, Any]]]
    Say = Callable[[str], None]

RECEIVED = datetime(2019, 1, 1, 12, 34, 56, tzinfo=UTC)
NEAR = Decimal("1e-6")
# computed between uplinks or from other values; settings; tenths that belong to another value
MADE_UP = {"power", "power2", "BatteryChange", "FineCurrent", "FineCurrent_1", "FineCurrent_2", "tDewC"}


def decode(row: dict[str, Any]) -> emtkit.Decoded | None:
    """Decode a row; the device is found as anybody's: by the words that its maker and the collection call it."""
    if not row["hex"]:
        return None
    hints = {"device": f"{row['vendor']} {row['device']}", "fport": row["fport"] if row["fport"] is not None else 1}
    return emtkit.decode(row["hex"], protocol="lorawan", hints=hints, received_at=RECEIVED, memory=Memory())


def numbers(value: Any) -> Iterator[Decimal]:
    """Give the values of an expectation: floats, as the public parsers make numbers with a unit."""
    if isinstance(value, dict):
        if value.get("interpolated") or any(name.endswith("_interpolated") for name in value):
            return
        for name, inner in value.items():
            if not (name in MADE_UP and isinstance(inner, float)):
                yield from numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            if not _is_interpolated(inner, value[0]):
                yield from numbers(inner)
    elif isinstance(value, float):
        yield Decimal(repr(value))


def _is_interpolated(entry: Any, first: Any) -> bool:
    """Say whether a parser made this entry up between two uplinks: it has only some of the first entry's fields."""
    data, whole = (
        each["$tuple"][0] if isinstance(each, dict) and "$tuple" in each else each for each in (entry, first)
    )
    return isinstance(data, dict) and isinstance(whole, dict) and entry is not first and data.keys() < whole.keys()


def given(decoded: emtkit.Decoded) -> list[Decimal]:
    values = [r.value for r in decoded.readings if isinstance(r.value, Decimal)]
    return [v * factor for v in values for factor in (Decimal(1), Decimal("0.001"), Decimal(1000))]


def near(wanted: Decimal, values: list[Decimal]) -> bool:
    try:
        return any(abs(wanted - value) <= NEAR * max(Decimal(1), abs(wanted)) for value in values)
    except InvalidOperation:
        return False


def measure(rows: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str], int, int, list[str]]:
    read: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    same = total = 0
    wrong = []
    for row in rows:
        decoded = decode(row)
        if decoded is None or decoded.state == "opaque":
            unread[row["device"]] += 1
            continue
        read[row["device"]] += 1
        have = given(decoded)
        for wanted in numbers(row["expected"]):
            total += 1
            same += near(wanted, have)
            if not near(wanted, have):
                wrong.append(f"{row['id']} {wanted}")
    return read, unread, same, total, wrong


def test_axioma(corpus: Corpus, say: Say) -> None:
    rows = corpus("lorawan/axioma_w1.jsonl")
    for row in rows:
        decoded = decode(row)
        assert decoded is not None
        assert decoded.state == "complete", row["id"]
        want = row["expected"]
        volumes = [r.value for r in decoded.readings if r.quantity == "volume" and r.storage]
        assert volumes == [Decimal(litres) / 1000 for litres in want.get("volumes_l", [])], row["id"]
        if want.get("log_time"):
            first = next(r for r in decoded.readings if r.storage)
            assert first.time == datetime.fromisoformat(want["log_time"]), row["id"]
        if want.get("current_volume_l") is not None:
            total = next(r for r in decoded.readings if r.name == "total")
            assert total.value == Decimal(want["current_volume_l"]) / 1000
            assert total.time == datetime.fromisoformat(want["timestamp"])
        if want.get("temperature_c") is not None:
            temperature = next(r for r in decoded.readings if r.quantity == "temperature")
            assert temperature.value == Decimal(str(want["temperature_c"]))
    say(f"Axioma W1 payloads: {len(rows)}/{len(rows)}")


def test_cayenne(corpus: Corpus, say: Say) -> None:
    rows = [row for row in corpus("lorawan/element_other.jsonl") if row["device"] == "cayenne_lpp"]
    if not rows:
        pytest.skip("the corpus has no rows of Cayenne LPP")
    for row in rows:
        decoded = decode(row)
        assert decoded is not None
        assert decoded.state == "complete", (row, decoded.diagnostics)
    _, _, same, total, wrong = measure(rows)
    say(f"Cayenne LPP payloads: {len(rows)}/{len(rows)}, {same} of {total} values equal")
    assert not wrong


def test_meters(corpus: Corpus, say: Say) -> None:
    for name, least in (("element_meter", 128), ("codec_examples_meter", 80)):
        rows = corpus(f"lorawan/{name}.jsonl")
        read, unread, same, total, wrong = measure(rows)
        count = sum(read.values())
        say(f"{name}: {count}/{len(rows)} rows read natively, {same} of {total} values equal")
        say("  not read: " + ", ".join(f"{device} {number}" for device, number in unread.most_common(40)))
        if wrong:
            say("  not equal: " + "; ".join(wrong[:12]))
        assert count >= least
        assert same >= total * 0.95
