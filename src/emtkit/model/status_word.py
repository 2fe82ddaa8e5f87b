"""The status that a smart meter gateway gives to a value: 32 bits of the gateway, then 32 bits of the meter.

Source: BSI "Detailspezifikationen zur TR-03109-1" 2.0, chapter 15; the ranking is PTB's, as TRuDI applies it.
Both bit orders are met: most significant bit first (`a0000000...`) and least significant bit first
(`00000005...`); the constant bits of the gateway's word say which one it is.
"""

from __future__ import annotations

from typing import Final, NamedTuple

# bit -> name, gateway word (bits 0 and 2 are always 1, 3 to 7 always 0)
SMGW_FLAGS: Final[dict[int, str]] = {
    1: "value_not_validated",
    8: "fatal_error",
    9: "time_invalid",
    12: "warning",
    13: "no_value_in_window",
    14: "meter_tampered",
    15: "meter_error",
    16: "threshold_exceeded",
    17: "oms_word",
}

# bit -> name, meter word of an FNN base meter (bit 2 is 1)
METER_FLAGS: Final[dict[int, str]] = {
    8: "power_present",
    9: "magnetic_influence",
    10: "mechanical_influence",
    11: "export_sum",
    12: "export_l1",
    13: "export_l2",
    14: "export_l3",
    15: "rotation_wrong",
    16: "backstop",
    17: "fatal_error",
    18: "voltage_l1",
    19: "voltage_l2",
    20: "voltage_l3",
}

# PTB status, the highest that applies: 4 fatal, 3 the time or the meter is in doubt, 2 no value, 1 warning, 0 fine.
_PTB_SMGW: Final[dict[str, int]] = {
    "fatal_error": 4,
    "time_invalid": 3,
    "meter_tampered": 3,
    "no_value_in_window": 2,
    "warning": 1,
}
_WORD_DIGITS: Final = 16
_SMGW_DIGITS: Final = 8
_BASE_METER: Final = 1 << 2
_SOUND_TEXTS: Final = frozenset({"0", "ok", "valid"})
_UNUSABLE: Final = 2


class StatusWord(NamedTuple):
    """What a status word says: flags of the gateway, flags of the meter, PTB status 0 (fine) to 4 (fatal)."""

    smgw: tuple[str, ...]
    meter: tuple[str, ...]
    ptb: int

    @classmethod
    def parse(cls, text: str) -> StatusWord | None:
        """Read 8 or 16 hex digits; None when they are no status word.

        The meter's word is read as that of a base meter where bit 2 says so; of gas and wireless meters nothing
        is claimed.
        """
        if len(text) not in (_SMGW_DIGITS, _WORD_DIGITS):
            return None
        try:
            words = bytes.fromhex(text)
        except ValueError:
            return None
        word = int.from_bytes(words[:4])
        if word >> 24 in (0xA0, 0xE0):
            word = int(f"{word:032b}"[::-1], 2)
        if word & 0xFD != 0x05:
            return None
        smgw = _names(word, SMGW_FLAGS)
        meter_word = int.from_bytes(words[4:])
        meter = _names(meter_word, METER_FLAGS) if meter_word & _BASE_METER else ()
        rank = max((_PTB_SMGW.get(name, 0) for name in smgw), default=0)
        return cls(smgw, meter, 4 if "fatal_error" in meter else rank)


def is_faulty(status: str | None) -> bool:
    """Return whether a reading with this status is no true value.

    No status is no fault. A status word is judged by its PTB status: 2 and above is a fault, a warning is none.
    Any other text or number than 0 is a fault, because nothing says that it is not.
    """
    if status is None or status in _SOUND_TEXTS:
        return False
    word = StatusWord.parse(status)
    return word is None or word.ptb >= _UNUSABLE


def _names(word: int, flags: dict[int, str]) -> tuple[str, ...]:
    return tuple(name for bit, name in flags.items() if word >> bit & 1)
