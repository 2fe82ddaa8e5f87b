"""The options of commands that write files for the market: where to, of which date, under which references."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def writing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command gets `out`, `message_date` and `reference` (these by the clock if not given)."""

    @click.option(
        "--out",
        required=True,
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder to write to.",
    )
    @click.option("--message-date", metavar="TIME", callback=_time, help="Date of the messages; now.")
    @click.option(
        "--reference",
        metavar="TEXT",
        help="1 to 10 of A-Z and 0-9 that the references begin with; made of the time if not given. Use it once.",
    )
    @functools.wraps(command)
    def wrapped(*args: Any, message_date: datetime | None, reference: str | None, **more: Any) -> Any:  # noqa: ANN401 - the command's own
        from emtkit.export.mscons.outgoing.interchange import seed_of

        now = datetime.now(UTC)
        return command(*args, message_date=message_date or now, reference=reference or seed_of(now), **more)

    return wrapped


def _time(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} is no time with a zone, such as 2026-11-03T08:00:00Z", ctx, param)
    return moment
