"""Series: what is missing is marked, not left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from emtkit.model.meter_id import MeterId
from emtkit.model.series import Quality, Series, SeriesValue

QUARTER = timedelta(minutes=15)


def test_gaps_are_the_missing_values() -> None:
    start = datetime(2026, 10, 25, tzinfo=UTC)
    values = [
        SeriesValue(start, start + QUARTER, Decimal(12)),
        SeriesValue(start + QUARTER, start + 2 * QUARTER, None, Quality.MISSING, reason="gap"),
        SeriesValue(start + 2 * QUARTER, start + 3 * QUARTER, Decimal(13), Quality.SUBSTITUTE, "interpolation"),
    ]
    series = Series(MeterId("EMT", "00010001"), "1-0:1.8.0*255", "Wh", "interval", QUARTER, values)
    assert series.gaps == [values[1]]
    assert values[0].quality is Quality.TRUE
