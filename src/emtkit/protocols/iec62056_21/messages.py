"""The messages of IEC 62056-21 other than data: request, identification, option select, commands.

Source: IEC 62056-21:2002, 6.3 (messages), 6.4 (modes and baud rates), annex C and DIN/VDEW commands R5, R6, W5.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from emtkit.wire.checksums import xor8

SOH: Final = 0x01
STX: Final = 0x02
ETX: Final = 0x03
EOT: Final = 0x04
ACK: Final = 0x06
NAK: Final = 0x15

Mode = Literal["A", "B", "C", "E"]

# mode C and E: digits; mode B: letters
BAUD_RATES: Final[dict[str, int]] = {
    "0": 300,
    "1": 600,
    "2": 1200,
    "3": 2400,
    "4": 4800,
    "5": 9600,
    "6": 19200,
    "A": 600,
    "B": 1200,
    "C": 2400,
    "D": 4800,
    "E": 9600,
    "F": 19200,
}

COMMANDS: Final[dict[str, str]] = {
    "P0": "password operand (the meter's serial number or a seed)",
    "P1": "password of the utility",
    "P2": "password, encrypted or of the manufacturer",
    "R1": "read",
    "R2": "read, formatted",
    "R3": "read, partial blocks",
    "R4": "read, formatted, partial blocks",
    "R5": "read a register, load profile or logbook (VDEW)",
    "R6": "read a register, load profile or logbook in partial blocks (VDEW)",
    "W1": "write",
    "W2": "write, formatted",
    "W3": "write, partial blocks",
    "W4": "write, formatted, partial blocks",
    "W5": "write a register (VDEW)",
    "E2": "execute, formatted",
    "B0": "end of the session",
}

# `\2` is mode E; a lone 02 stands there where a program took `\2` for an escape
_IDENTIFICATION: Final = re.compile(r"/([A-Za-z]{3})(.?)((?:\\[\x21-\x7e])*)([^\r\n]*)", re.DOTALL)
_REQUEST: Final = re.compile(r"/\?([^!\r\n]*)!")
_SELECT: Final = re.compile(r"\x06([0-9])([0-9A-Z])([0-9A-Z])(?:\r\n?|\n)")
_COMMAND: Final = re.compile(r"\x01([A-Z])([0-9])")


class Identification(NamedTuple):
    r"""`/XXXZ[\W]ident`: who speaks, and how it wants to.

    manufacturer  three FLAG letters in capitals
    baud          the baud character as sent (`5`)
    baud_rate     what it proposes, None in mode A
    mode          A (no change), B, C, or E (with `\2`)
    escapes       `\2` and the like as sent
    text          the rest of the line, usually the type
    reaction_ms   20 where the third letter is small, else 200
    """

    manufacturer: str
    baud: str
    baud_rate: int | None
    mode: Mode
    escapes: str
    text: str
    reaction_ms: int


class Request(NamedTuple):
    """`/?address!`: a reader asks; an empty address is everyone."""

    address: str


class OptionSelect(NamedTuple):
    """`ACK V Z Y`: protocol (0 normal, 1 secondary, 2 HDLC), baud character, mode (0 readout, 1 program, 2 HDLC).

    Sent at the old baud rate; both sides change afterwards.
    """

    protocol: str
    baud: str
    mode: str


class Command(NamedTuple):
    """A programming message: `R` and `5`, what it does, and its data set as text."""

    letter: str
    type: str
    meaning: str
    data: str


class ErrorAnswer(NamedTuple):
    """`(ERROR)`, `(ER04)`, or `P.01(ERROR)`: the meter does not do or does not have what it was asked for."""

    id: str
    error: str


@lru_cache(maxsize=256)
def read_identification(line: str) -> Identification | None:
    """Read an identification line without its end; None if it is none."""
    found = _IDENTIFICATION.fullmatch(line)
    if found is None:
        return None
    letters, baud, escapes, text = found.groups()
    if baud == "\\":  # no baud character before the escape
        baud, text = "", "\\" + text
    mode: Mode = "A"
    if baud in BAUD_RATES:
        mode = "B" if baud.isalpha() else "C"
        if r"\2" in escapes or text.startswith("\x02"):
            mode = "E"
    reaction = 20 if letters[2].islower() else 200
    # an escape that is no digit belongs to the text (EMH, Metcom)
    if escapes and not escapes[1].isdigit():
        escapes, text = "", escapes + text
    return Identification(letters.upper(), baud, BAUD_RATES.get(baud), mode, escapes, text, reaction)


def read_request(line: str) -> Request | None:
    """Read `/?address!`."""
    found = _REQUEST.match(line)
    return Request(found[1]) if found else None


def read_select(text: str, at: int = 0) -> tuple[OptionSelect, int] | None:
    """Read `ACK V Z Y CR LF` and say where it ends."""
    found = _SELECT.match(text, at)
    return (OptionSelect(*found.groups()), found.end()) if found else None


def read_command(text: str, start: int, end: int) -> Command | None:
    """Read `SOH C D [STX data]` between start and end (the place of ETX); None if it is no command."""
    found = _COMMAND.match(text, start, end)
    if found is None:
        return None
    letter, kind = found.groups()
    data = text[found.end() : end]
    return Command(letter, kind, COMMANDS.get(letter + kind, "unknown command"), data.removeprefix("\x02"))


def block_check(data: bytes) -> int:
    """Return the block check character of a message that starts with SOH or STX and ends with ETX or EOT.

    Exclusive or of all characters after the first up to and with the last, seven bits. Source: ISO/IEC 1155.
    """
    return xor8(data[1:]) & 0x7F
