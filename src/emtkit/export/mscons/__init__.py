"""MSCONS: the message of the German energy market for metered values (EDI@Energy, UN/EDIFACT D.04B).

    releases      which release of the message is in force on which day
    validate      files against MIG and AHB
    registers     what a register of the market is: quantity and unit by OBIS code
    use_cases     the Prüfidentifikatoren that are written, one table row each; market_registers: their registers
    ahb_codes     which codes of QTY and STS the AHB has for a value; status: names of these codes
    message       one message, typed, and its text
    incoming      files that are received
    outgoing      files that are written
    answers       CONTRL and APERAK

This package keeps the contract of `export.registry`; the writer is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emtkit.export.mscons.outgoing.from_frames import Options, write

NAME: Final = "mscons"
SUFFIX: Final = ".txt"
TITLE: Final = "MSCONS 2.4c/2.5: one file per partner and kind of values"
OUTPUT: Final = "directory"
NEEDS_POINTS: Final = True

__all__ = ["NAME", "NEEDS_POINTS", "OUTPUT", "SUFFIX", "TITLE", "Options", "write"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module's own attributes
    if name in {"Options", "write"}:
        from emtkit.export.mscons.outgoing import from_frames

        return getattr(from_frames, name)
    raise AttributeError(name)
