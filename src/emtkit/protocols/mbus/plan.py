"""Decode plans: the second telegram with the same record headers is not divided again.

How a payload divides into records depends on its header bytes alone (DIF, DIFE, VIF, VIFE, LVAR, fillers).
A plan keeps a sound division with these bytes as one big-integer mask: where length and masked bytes are
equal, `divide` would take the same turns. tests/protocols/mbus hold both ways equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emtkit.protocols.mbus.records import Division

MAX_PLANS: Final = 2048
_PER_PLACE: Final = 8


class Plan:
    """The division of payloads of one length with one sequence of headers."""

    __slots__ = ("_expected", "_mask", "division", "headers")

    def __init__(self, payload: bytes, division: Division) -> None:
        """Keep a sound division of `payload`."""
        mask = bytearray(b"\xff" * len(payload))
        for record in division.records:
            mask[record.data_start : record.end] = bytes(record.end - record.data_start)
        if division.rest is not None:
            mask[division.rest.data_start :] = bytes(len(payload) - division.rest.data_start)
        self._mask = int.from_bytes(mask, "big")
        self._expected = int.from_bytes(payload, "big") & self._mask
        self.division = division
        self.headers = division.headers

    def fits(self, payload: bytes) -> bool:
        """Return whether a payload of the same length has the same headers at the same places."""
        return int.from_bytes(payload, "big") & self._mask == self._expected


class PlanBook:
    """The plans of one template book, found by length and first bytes."""

    __slots__ = ("_plans", "_size")

    def __init__(self) -> None:
        """Start empty."""
        self._plans: dict[tuple[int, bytes], list[Plan]] = {}
        self._size = 0

    def find(self, payload: bytes) -> Plan | None:
        """Return a plan that fits, or None."""
        for plan in self._plans.get((len(payload), payload[:2]), ()):
            if plan.fits(payload):
                return plan
        return None

    def keep(self, payload: bytes, division: Division) -> None:
        """Make a plan of a sound division. The book and each place in it are bounded; the oldest plan goes first."""
        if self._size >= MAX_PLANS:
            self._plans.clear()
            self._size = 0
        plans = self._plans.setdefault((len(payload), payload[:2]), [])
        if len(plans) >= _PER_PLACE:
            plans.pop(0)
            self._size -= 1
        plans.append(Plan(payload, division))
        self._size += 1
