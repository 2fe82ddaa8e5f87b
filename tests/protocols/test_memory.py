"""What frames taught: one store per protocol, and a branch that learns for itself."""

from __future__ import annotations

from emtkit.protocols.context import Memory


class Store:
    """A store of a protocol."""


class Other:
    """A store of another."""


def test_a_branch_knows_what_was_given_and_learns_for_itself() -> None:
    memory = Memory()
    given = memory.of(Store)
    first, second = memory.branch(), memory.branch()
    assert first.of(Store) is second.of(Store) is given
    assert first.of(Other) is first.of(Other)
    assert first.of(Other) is not second.of(Other)
    assert memory.of(Other) is not first.of(Other)
