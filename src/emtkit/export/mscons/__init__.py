"""MSCONS: the message of the German energy market for metered values (EDI@Energy, UN/EDIFACT D.04B).

    releases      which release is in force on which day
    use_cases     the Prüfidentifikatoren that are written, one table row each; market_registers: their registers
    ahb_codes     which codes of QTY and STS the AHB has for a value; status: names of these codes
    scale         unit, transformer ratio and decimals of a value
    message       one message, typed, and its text
    interchange   the envelope, references and file names; files: the interchanges of a run
    header        what all messages of a Meldepunkt begin with
    from_series   series and points to messages, divided; from_values: value by value, checked
    periods       energies and maxima of whole months, days, years; wanted: what a use case wants of a meter
    from_frames   a whole capture to files
    sent          messages that were sent; cancel: taken back; correct: replaced

and back:

    read          interchange to messages and values, one at a time; head: what stands before the values
    received      what a received message says, typed; values: its times and numbers
    registers     quantity and unit by OBIS code
    to_readings   a received message as readings and series; as_capture: a file of them as a capture
    to_message    a received message as one that can be written
    summary       its figures

This package keeps the contract of `export.registry`.
"""

from __future__ import annotations

from typing import Final

from emtkit.export.mscons.from_frames import Options, write

NAME: Final = "mscons"
SUFFIX: Final = ".txt"
TITLE: Final = "MSCONS 2.4c/2.5: one file per partner and kind of values"
OUTPUT: Final = "directory"
NEEDS_POINTS: Final = True

__all__ = ["NAME", "NEEDS_POINTS", "OUTPUT", "SUFFIX", "TITLE", "Options", "write"]
