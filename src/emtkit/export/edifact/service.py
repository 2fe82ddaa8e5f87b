"""The service characters of an interchange (UNA) and its character set (UNOC)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from emtkit.model.errors import DecodeError, EncodeError

UNA_SIZE: Final = 9

# UNOC is ISO 8859-1 without its control characters.
_OUTSIDE_UNOC: Final = re.compile(r"[^\x20-\x7e\xa0-\xff]")


class ServiceString(NamedTuple):
    """The six characters after `UNA`, in their order. The defaults hold where a file has no UNA.

    release   makes the character after it plain data; a blank means that there is no release character
    decimal   the mark in numbers: systems in the field write `.` as well as `,`
    reserved  must be a blank in syntax version 3
    Source: ISO 9735-1:1998, annex C; EDI@Energy Allgemeine Festlegungen 6.1d.
    """

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    reserved: str = " "
    terminator: str = "'"

    @property
    def una(self) -> str:
        """Return the UNA segment, nine characters."""
        return "UNA" + "".join(self)

    def escape(self, text: str) -> str:
        """Return `text` as data: service characters released, `A+B` becomes `A?+B`.

        Raises EncodeError `edifact.charset` for a character that UNOC does not have.
        """
        outside = _OUTSIDE_UNOC.search(text)
        if outside is not None:
            raise EncodeError(
                "edifact.charset",
                f"{text!r} cannot be written: character U+{ord(outside.group()):04X} is not in UNOC (ISO 8859-1)",
            )
        for mark in (self.release, self.component, self.element, self.terminator):
            if mark in text:
                text = text.replace(mark, self.release + mark)
        return text


DEFAULT: Final = ServiceString()


def parse_una(data: bytes, offset: int = 0) -> ServiceString:
    """Read a UNA segment of nine bytes that stands at `offset` of the user's input.

    Raises DecodeError `edifact.una` unless its characters are signs and differ from each other.
    """
    text = data[:UNA_SIZE].decode("latin-1")
    service = ServiceString(*text[3:])
    separators = (service.component, service.element, service.release, service.terminator)
    unusable = (mark for mark in (*separators, service.decimal) if mark.isalnum() or ord(mark) < 0x20)
    blank = " " in (service.component, service.element, service.terminator)
    if len(set(separators)) < len(separators) or blank or next(unusable, None) is not None:
        raise DecodeError(
            "edifact.una", f"UNA names unusable service characters: {text!r}", start=offset, end=offset + UNA_SIZE
        )
    return service


def outside_unoc(text: str) -> int:
    """Return the index of the first character that UNOC does not have, or -1."""
    found = _OUTSIDE_UNOC.search(text)
    return -1 if found is None else found.start()
