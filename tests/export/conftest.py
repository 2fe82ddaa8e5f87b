"""What the tests of the connectors share: the example fleet, and a day of one register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from emtkit import read_capture
from emtkit.export.grid import BERLIN
from emtkit.model.decoded import Decoded
from emtkit.model.meter_id import MeterId
from emtkit.model.reading import Reading

FLEET = Path(__file__).resolve().parents[2] / "examples" / "fleet"

MakeDay = Callable[..., list[Decoded]]


@pytest.fixture(scope="session")
def fleet() -> list[Decoded]:
    """Decode the example fleet."""
    return list(read_capture(FLEET / "capture.jsonl", keys=FLEET / "keys.toml"))


@pytest.fixture
def day() -> MakeDay:
    """Make readings of a register a few seconds after each mark; the quarter hours advance by 250, 251, 252 Wh ..."""

    def make(
        begin: str = "2026-11-02T00:00",
        end: str = "2026-11-03T00:00",
        *,
        minutes: int = 15,
        leave_out: int | None = None,
    ) -> list[Decoded]:
        meter = MeterId.of("EMT", "00010001", 1, 2)
        moment, last = (datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC) for text in (begin, end))
        frames, value, number = [], Decimal(1_000_000), 0
        while moment <= last:
            reading = Reading("energy", value, "Wh", "1-0:1.8.0*255", time=moment + timedelta(seconds=7))
            if number != leave_out:
                frames.append(Decoded("wmbus", "complete", meter, readings=[reading]))
            value += 250 + number
            number += 1
            moment += timedelta(minutes=minutes)
        return frames

    return make
