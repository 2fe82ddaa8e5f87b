"""Golden files: telegrams of our own making, their JSON and their explanation, byte for byte."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import emtkit
from emtkit.model.jsontext import dumps
from emtkit.model.key import Key
from emtkit.model.meter_id import MeterId
from emtkit.protocols.mbus.encode import build_record, build_response
from emtkit.protocols.wmbus.encode import build_ell_telegram, build_telegram

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = Key(bytes(range(16)), "fixture")
WATER = MeterId.of("EMT", "00010001", 1, 0x07)
HEAT = MeterId.of("EMT", "00010002", 2, 0x04)
POWER = MeterId.of("EMT", "00010003", 3, 0x02)
ADAPTER = MeterId.of("EMT", "00990099", 1, 0x37)

WATER_RECORDS = (
    build_record("13", Decimal("341.669"), "bcd8")
    + build_record("6d", datetime(2026, 10, 25, 12, 30), "int32")
    + build_record("13", Decimal("300.001"), "bcd8", storage=1)
    + build_record("6c", date(2025, 12, 31), "int16", storage=1)
    + build_record("fd17", Decimal(0), "int16")
)
HEAT_RECORDS = (
    build_record("06", Decimal(61330000), "int32")
    + build_record("5a", Decimal("68.4"), "bcd4")
    + build_record("5e", None, "none")
    + build_record("2b", Decimal(-120), "bcd6")
    + bytes.fromhex("026cffff")
    + bytes.fromhex("0f0102")
)
POWER_RECORDS = build_record("03", Decimal(4226170), "int32") + build_record("833c", Decimal(1883254), "int32")

TELEGRAMS = {
    "water_profile_a": build_telegram(WATER, WATER_RECORDS, security=5, key=KEY, access_no=42, status=4),
    "heat_profile_b_adapter": build_telegram(
        HEAT, HEAT_RECORDS, security=7, key=KEY, counter=4711, access_no=7, adapter=ADAPTER, frame_format="B"
    ),
    "power_plain_no_crc": build_telegram(POWER, POWER_RECORDS, access_no=1, frame_format="-"),
    "water_ell_full": build_ell_telegram(WATER, WATER_RECORDS, key=KEY, session=0x1234560),
    "water_ell_compact": build_ell_telegram(WATER, WATER_RECORDS, compact=True, key=KEY, session=0x1234570),
    "power_wired": build_response(POWER, POWER_RECORDS, address=5, access_no=9),
}


def _explained(explanation: emtkit.Explanation) -> str:
    lines = [
        f"{span.start:4} {span.raw.hex()[:32]:34}{span.layer:14}{span.field:24}{span.meaning}".rstrip()
        for span in explanation.spans
    ]
    lines += [f"{check.name}: {'ok' if check.ok else 'FAILED' if check.ok is False else 'not checked'}, {check.detail}"
              for check in explanation.checks]  # fmt: skip
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", TELEGRAMS)
def test_golden(name: str, golden: Callable[[str, str], None]) -> None:
    telegram = TELEGRAMS[name]
    memory = emtkit.Memory()
    emtkit.decode(TELEGRAMS["water_ell_full"], keys=KEY.value, memory=memory)  # teaches the compact one its format
    decoded = emtkit.decode(telegram, keys=KEY.value, memory=memory)
    explanation = emtkit.explain(telegram, keys=KEY.value, memory=memory)
    golden(f"wmbus/{name}.hex", telegram.hex() + "\n")
    golden(f"wmbus/{name}.json", json.dumps(json.loads(dumps(decoded.to_dict())), indent=1, ensure_ascii=False) + "\n")
    golden(f"wmbus/{name}.explain.txt", _explained(explanation))
