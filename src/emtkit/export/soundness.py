"""Soundness: whether a reading may stand as a true value, by what meter and gateway say of it.

`Reading.status` is in the words of its protocol, so each protocol has its own rule. What a rule does not know is no
true value, with one exception: the status words of older electricity meters (SML) differ from maker to maker and are
set on perfectly good values, so nothing is concluded from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.status_word import METER_FLAGS, is_faulty

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# What a meter says of itself (`Decoded.status`) that makes all values of the frame unfit to be true values.
FAULTS: Final = frozenset({"application_error", "permanent_error", "temporary_error", "fatal_error", "critical_error"})

# FNN-Lastenheft Basiszähler: constant lowest octet of the word, and its only fault
_BASE_METER: Final = 0x04
_FATAL: Final = next(1 << bit for bit, name in METER_FLAGS.items() if name == "fatal_error")

# IDIS package 2, 5.6.1, AMR profile status: critical error, clock invalid, data not valid
_DLMS_UNSURE: Final = 0x07


def _is_number_sound(status: str, mask: int) -> bool:
    try:
        return not int(status, 16) & mask
    except ValueError:
        return False


def _is_sml_sound(status: str) -> bool:
    try:
        word = int(status, 16)
    except ValueError:
        return False
    return word & 0xFF != _BASE_METER or not word & _FATAL


def _is_iec62056_21_sound(status: str) -> bool:
    from emtkit.protocols.iec62056_21.status import DOUBTFUL, status_flags  # the package takes 50 ms to load

    return DOUBTFUL.keys().isdisjoint(status_flags(status)) and _is_number_sound(status, 0)


_RULES: Final[dict[str, Callable[[str], bool]]] = {
    "dlms": lambda status: _is_number_sound(status, _DLMS_UNSURE),
    "iec62056_21": _is_iec62056_21_sound,
    "sml": _is_sml_sound,
}


def is_sound(status: str | None, frame_status: Sequence[str] = (), protocol: str | None = None) -> bool:
    """Return whether a reading with this status, in a frame with that status, may be a true value.

    Without a rule for the protocol the status is read as a gateway's: a number, or a status word as PTB ranks it.
    """
    if not FAULTS.isdisjoint(frame_status):
        return False
    if status is None:
        return True
    rule = _RULES.get(protocol or "")
    return not is_faulty(status) if rule is None else rule(status)
