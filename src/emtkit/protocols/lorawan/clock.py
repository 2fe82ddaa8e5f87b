"""Times in payloads: seconds since 1970, and when an uplink was received."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emtkit.model.reading import TimeSource
    from emtkit.protocols.context import Context

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


def from_epoch(seconds: int) -> datetime:
    """Return the time of seconds since 1970 (UTC)."""
    return _START + timedelta(seconds=seconds)


def received(ctx: Context) -> tuple[datetime | None, TimeSource | None]:
    """Return when the uplink was received, and by whose clock: the server's or gateway's, or the recording's."""
    if ctx.received_at is None:
        return None, None
    return ctx.received_at, "gateway" if "uplink" in ctx.hints else "capture"
