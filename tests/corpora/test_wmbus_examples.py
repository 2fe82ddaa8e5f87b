"""The standards' own examples and the telegrams of other projects' bug reports: exact values, exact verdicts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

import emtkit
from emtkit.model.key import Key
from emtkit.model.units import convert
from emtkit.protocols.mbus.security import derive_kdf_a

Loader = Callable[[str], list[dict[str, Any]]]
Say = Callable[[str], None]

# names of the corpus -> quantities of emtkit
QUANTITIES = {
    "hca": "heat_cost_units",
    "error flags": "error_flags",
    "customer location": "location",
    "fabrication no": "fabrication_number",
}


def _decode(row: dict[str, Any], memory: emtkit.Memory | None = None) -> emtkit.Decoded:
    return emtkit.decode(row["hex"], keys=row["key"], memory=memory or emtkit.Memory())


def _matches(wanted: dict[str, Any], reading: emtkit.Reading) -> bool:
    quantity = QUANTITIES.get(wanted["quantity"], wanted["quantity"])
    if reading.quantity != quantity or reading.storage != wanted.get("storage", 0):
        return False
    value = reading.value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M") == str(wanted["value"])
    if isinstance(value, date):
        return value.isoformat() == str(wanted["value"])
    if isinstance(value, str):
        return value.lstrip("0") == str(wanted["value"])
    number = Decimal(str(wanted["value"]))
    unit = wanted.get("unit")
    if isinstance(value, Decimal) and unit and reading.unit:
        value = convert(value, reading.unit, unit)
    return value == number


# what is wrong with the defective rows of the file, and how emtkit says so
DEFECTIVE = {
    "mode7-long-tpl": ("partial", "mac_invalid", "oms.mac.invalid"),  # anonymised: the MAC is another telegram's
    "mode5-water-a1": ("partial", "decrypted", "oms.blocks_missing"),  # cut: five blocks announced, less are there
    "ell-ctr-exmbus": ("partial", "decrypted", "wmbus.link.no_length"),  # stored without its length byte
    "ell-ctr2": ("opaque", "decrypted", "wmbus.link.crc_left"),  # a link CRC was left on it
    "ffb-3blocks": ("partial", "none", "wmbus.link.trailing"),  # three bytes more than its length byte says
}


def test_examples_of_the_standards(corpus: Loader, say: Say) -> None:
    memory = emtkit.Memory()  # the G.5 compact frames use the format of the frames before
    values = rows = 0
    for row in corpus("wmbus/spec_examples.jsonl"):
        decoded = _decode(row, memory)
        expected = row["expected"] or {}
        for record in expected.get("records") or []:
            assert any(_matches(record, reading) for reading in decoded.readings), (row["id"], record)
            values += 1
        if "n_records" in expected:
            assert len(decoded.readings) == expected["n_records"], row["id"]
        identity: dict[str, Any] = expected.get("meter") or expected
        assert decoded.meter is not None or row["kind"].startswith("apl")
        for field in ("manufacturer", "id", "version", "device_type"):
            if field in identity:
                assert getattr(decoded.meter, field) == identity[field], (row["id"], field)
        if row["id"] in DEFECTIVE:
            state, verdict, code = DEFECTIVE[row["id"]]
            assert (decoded.state, decoded.security.verdict) == (state, verdict), row["id"]
            assert code in {finding.code for finding in decoded.diagnostics}, row["id"]
        else:
            bad = [finding for finding in decoded.diagnostics if finding.severity != "info"]
            keyless = {"oms.key.missing"} if row["key"] is None else set()
            assert {finding.code for finding in bad} <= keyless, (row["id"], bad)
        if "Kmac" in expected:
            assert decoded.security.verified is True, row["id"]
        rows += 1
    say(f"examples of the standards: {rows} rows, {values} expected values, {len(DEFECTIVE)} defective rows told so")
    assert rows == 31


def test_derived_keys(corpus: Loader) -> None:
    checked = 0
    for row in corpus("wmbus/spec_examples.jsonl"):
        expected = row["expected"] or {}
        if "Kenc" in expected:
            key, ident = Key.from_hex(row["key"]), bytes.fromhex("78563412")
            assert derive_kdf_a(key, 0x00, 2739, ident).hex().upper() == expected["Kenc"]
            assert derive_kdf_a(key, 0x01, 2739, ident).hex().upper() == expected["Kmac"]
            checked += 1
    assert checked


def test_compact_profiles_of_annex_f(corpus: Loader) -> None:
    checked = 0
    for row in corpus("wmbus/spec_examples.jsonl"):
        if row["kind"] != "apl-records":
            continue
        wanted = row["expected"]["data_in_order"]
        moments = [text[3:-1] for text in wanted if text.startswith("~N")]
        numbers = [Decimal(text.replace("_", "")) for text in wanted if not text.startswith("~N")]
        readings = [r for r in _decode(row).readings if isinstance(r.value, Decimal)]
        scale = numbers[0] / readings[0].value  # type: ignore[operator]
        assert sorted(r.value * scale for r in readings) == sorted(numbers)  # type: ignore[operator]
        times = {r.time.strftime("%Y-%m-%d %H:%M:%S") for r in readings if isinstance(r.time, datetime)}
        assert times == set(moments), row["id"]
        checked += 1
    assert checked == 3


# row -> state, verdict, MAC or CRC verified, codes that must be among the diagnostics
VERDICTS: dict[str, tuple[str, str, bool | None, set[str]]] = {
    "wm-1668": ("complete", "decrypted", True, set()),
    "wm-2062-ok": ("complete", "decrypted", None, set()),
    "wm-2062-609b": ("partial", "decrypted", None, {"oms.check_bytes"}),
    "wm-1242": ("opaque", "decrypted", True, {"mbus.format.unknown"}),
    "wm-1242-b": ("opaque", "key_wrong", False, {"wmbus.ell.key_wrong"}),
    "wm-965": ("complete", "none", None, set()),
    "wm-1067": ("complete", "already_decrypted", None, set()),
    "wm-1581-full": ("complete", "already_decrypted", None, set()),
    "wm-1581-compact": ("complete", "already_decrypted", None, set()),
    "wm-1166": ("partial", "already_decrypted", None, {"oms.blocks_missing"}),
    "mbp-93": ("complete", "none", None, set()),
    "wm-7": ("opaque", "key_missing", None, {"oms.key.missing"}),
    "vz-176": ("opaque", "key_missing", None, {"oms.key.missing"}),
    "libmbus-123": ("complete", "none", None, {"mbus.record.invalid_value"}),
    "libmbus-77": ("complete", "none", None, set()),
    "oms-challenge": ("complete", "decrypted", None, set()),
}
# row -> a value that its report is about
VALUES: dict[str, tuple[str, Decimal]] = {
    "wm-965": ("power", Decimal(-200)),
    "wm-1067": ("volume_flow", Decimal("-0.002")),
    "wm-1581-full": ("volume", Decimal("0.606")),
    "wm-1581-compact": ("volume", Decimal("0.656")),
    "mbp-93": ("volume", Decimal("876.543")),
    "libmbus-77": ("energy", Decimal(310000000)),
    "oms-challenge": ("volume", Decimal("4.48")),
    "wm-1668": ("volume", Decimal("1348.631")),
}


def test_bug_reports_get_the_exact_verdict(corpus: Loader, say: Say) -> None:
    memory = emtkit.Memory()
    rows = corpus("wmbus/issue_cases.jsonl")
    for row in rows:
        decoded = _decode(row, memory)
        state, verdict, verified, codes = VERDICTS[row["id"]]
        assert (decoded.state, decoded.security.verdict, decoded.security.verified) == (state, verdict, verified), row[
            "id"
        ]
        assert codes <= {finding.code for finding in decoded.diagnostics}, row["id"]
        if row["id"] in VALUES:
            quantity, value = VALUES[row["id"]]
            assert any(r.quantity == quantity and r.value == value for r in decoded.readings), row["id"]
    say(f"bug reports of other projects: {len(rows)} rows, each with its exact verdict")


def test_a_wrong_key_is_told_from_a_missing_one(corpus: Loader) -> None:
    row = next(row for row in corpus("wmbus/spec_examples.jsonl") if row["id"] == "oms-n21-crc")
    assert emtkit.decode(row["hex"]).security.verdict == "key_missing"
    assert emtkit.decode(row["hex"], keys="00" * 16).security.verdict == "key_wrong"
    with pytest.raises(emtkit.SecurityError):
        emtkit.decode(row["hex"], keys="00" * 16, strict=True)
