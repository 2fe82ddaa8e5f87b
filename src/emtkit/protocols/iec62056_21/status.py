"""Status words of load profiles and logbooks.

Source: VDEW-Lastenheft Elektronische Lastgangzaehler 2.1.2, status word; FNN-Lastenheft. The low byte stands in
profiles and logbooks, the high byte in logbooks only. Two, four or eight hex digits; eight hold it in the last four.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[0-9A-Fa-f]{1,16}\Z")

STATUS_BITS: Final[dict[int, str]] = {
    0x0001: "device_error",
    0x0002: "clock_invalid",
    0x0004: "measurement_disturbed",
    0x0008: "season_change",  # Metcom meters hold it through the whole summer
    0x0010: "reset",
    0x0020: "clock_set",
    0x0040: "power_return",
    0x0080: "power_failure",
    0x0100: "parameter_set",
    0x0200: "error_begin",
    0x0400: "error_end",
    0x0800: "external_event_begin",
    0x1000: "external_event_end",
    0x2000: "logbook_cleared",
    0x4000: "profile_cleared",
    0x8000: "status_change",  # EMH meters add it when the clock is set
}

# a value with one of these is no true value before someone has looked at it
DOUBTFUL: Final[dict[str, str]] = {
    "device_error": "device error",
    "measurement_disturbed": "disturbed measurement",
    "clock_invalid": "clock invalid",
}
# these cut an interval in two, whose rows are added
CUTTING: Final = frozenset({"reset", "clock_set", "power_return", "power_failure", "season_change"})


@lru_cache(maxsize=256)
def status_flags(word: str) -> tuple[str, ...]:
    """Return the names of the set bits of a status word in hex; bits without a standard meaning as `bit_NN`."""
    if _WORD.match(word) is None:
        return ()
    value = int(word, 16)
    return tuple(STATUS_BITS.get(1 << bit, f"bit_{bit}") for bit in range(value.bit_length()) if value >> bit & 1)


def status_word(flags: tuple[str, ...], digits: int = 8) -> str:
    """Return the status word of these names, with two, four or eight digits."""
    names = {name: bit for bit, name in STATUS_BITS.items()}
    value = 0
    for flag in flags:
        value |= names[flag] if flag in names else 1 << int(flag.removeprefix("bit_"))
    return f"{value:0{digits}X}"
