"""The options that name the market roles of sender and receiver: no MSCONS file says them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from emtkit.export.mscons.validate import ROLES, Roles

if TYPE_CHECKING:
    from collections.abc import Callable


def role_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command gets them as one `Roles`."""

    @click.option(
        "--sender-role",
        type=click.Choice(ROLES),
        help="Market role of the sender; with it more conditions are decided.",
    )
    @click.option("--receiver-role", type=click.Choice(ROLES), help="Market role of the receiver.")
    @functools.wraps(command)
    def wrapped(*args: Any, sender_role: str | None, receiver_role: str | None, **more: Any) -> Any:  # noqa: ANN401 - the command's own
        return command(*args, roles=Roles(sender_role, receiver_role), **more)

    return wrapped
