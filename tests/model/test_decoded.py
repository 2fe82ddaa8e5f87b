"""The JSON form that scripts rely on: all keys always, in this order, numbers with all their digits."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from emtkit.model.decoded import SCHEMA, Check, Decoded, Origin, Security
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.jsontext import dumps
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading, Value, plain_value

WINTER = timezone(timedelta(hours=1))


def test_the_line_of_a_telegram() -> None:
    decoded = Decoded(
        "wmbus",
        "partial",
        meter=MeterId.of("EMT", "00010001", 104, 6),
        security=Security(5, "decrypted", "keys.toml", verified=True),
        readings=[
            Reading(
                "volume", Decimal("123.529"), "m3", "9-0:1.0.0*255", "total",
                time=datetime(2026, 11, 23, 10, tzinfo=WINTER), time_source="capture", raw=bytes.fromhex("0413"),
            )
        ],
        diagnostics=[
            Diagnostic(Severity.ERROR, "mbus.record.truncated", "mbus", "records[3].data", 41, 43, "need 6, have 2")
        ],
        status=("low_power",),
        checks=(Check("link CRC", True, "block 1", 10, 12),),
        origin=Origin(id="echo", received_at=datetime(2026, 11, 23, 9, tzinfo=UTC)),
    )  # fmt: skip
    assert dumps(decoded.to_dict()) == (
        '{"schema":1,"id":"echo","protocol":"wmbus","state":"partial",'
        '"meter":{"manufacturer":"EMT","id":"00010001","version":104,"device_type":6,"medium":"warm water",'
        '"identifier":"9EMT0000010001"},'
        '"received_at":"2026-11-23T09:00:00+00:00","security":{"mode":5,"verdict":"decrypted"},'
        '"status":["low_power"],'
        '"readings":[{"quantity":"volume","value":123.529,"unit":"m3","obis":"9-0:1.0.0*255","name":"total",'
        '"function":"instantaneous","storage":0,"tariff":0,"subunit":0,"modifiers":[],'
        '"time":"2026-11-23T10:00:00+01:00","time_source":"capture","status":null,"raw":"0413"}],'
        '"diagnostics":[{"severity":"error","code":"mbus.record.truncated","layer":"mbus","field":"records[3].data",'
        '"start":41,"end":43,"message":"need 6, have 2"}]}'
    )


def test_an_empty_result_has_all_keys_too() -> None:
    full = set(Decoded("wmbus", "complete", meter=MeterId("EMT", "1")).to_dict())
    bare = Decoded(None, "failed").to_dict()
    assert set(bare) == full
    assert bare["meter"] is None
    assert bare["security"] == {"mode": None, "verdict": "none"}
    assert bare["schema"] == SCHEMA


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (Decimal("1.50"), Decimal("1.50")),
        ("text", "text"),
        (b"\x01\xff", "01ff"),
        (date(2026, 10, 25), "2026-10-25"),
        (time(12, 30), "12:30:00"),
        (datetime(2026, 10, 25, 2, 15, tzinfo=WINTER), "2026-10-25T02:15:00+01:00"),
    ],
)
def test_plain_values(value: Value, plain: object) -> None:
    assert plain_value(value) == plain


def test_layers_are_found_by_type() -> None:
    decoded = Decoded("wmbus", "complete", layers=(Security(5), MeterId("EMT", "1")))
    assert decoded.layer(MeterId) == MeterId("EMT", "1")
    assert decoded.layer(Check) is None
