"""Data sets: `id(value*unit)(further group)...`, several on a line, ids left out where they go on.

Source: IEC 62056-21:2002, 6.3.12 (data message) and annex C (programming mode).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

# One token of a data block. `number` and `unit` match the common set with one value; `groups` all others; the line
# end after a set belongs to its token, whose set ends at the last bracket.
# Possessive quantifiers keep the walk linear: nothing is read a third time.
TOKEN: Final = re.compile(
    r"(?P<id>[^()!/\x00-\x1f\x7f-\xff]*+)"
    r"(?:\((?P<number>[+-]?[0-9]++(?:\.[0-9]*+)?)\*(?P<unit>[^()*&\r\n]++)\)(?!\()"
    r"|(?P<groups>(?:\([^()\r\n]*+\))++))[\r\n]*+"
    r"|(?P<line_end>[\r\n]++)"
    r"|(?P<end>!)"
    r"|(?P<stop>[\x01-\x06\x15]|(?<=[\r\n])/(?=[A-Za-z?]))"
    r"|(?P<junk>[^()!/\x00-\x1f\x7f-\xff]++|.)",
    re.DOTALL,
)
# the number of the group that says which token it is (`Match.lastindex`)
NUMBER: Final = 2
UNIT: Final = 3
GROUPS: Final = 4
LINE_END: Final = 5
JUNK: Final = 8


class DataSet(NamedTuple):
    """One data set as sent: the id (empty where the line goes on), its groups without brackets, and where it stands."""

    id: str
    groups: tuple[str, ...]
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        """Return it as it is sent."""
        return self.id + "".join(f"({group})" for group in self.groups)


def split_groups(text: str) -> list[str]:
    """Return the groups of `(a)(b)` without brackets."""
    return text[1:-1].split(")(")


def group_places(groups: Sequence[str], start: int) -> list[tuple[int, int]]:
    """Return where each group stands, brackets included."""
    found = []
    for group in groups:
        found.append((start, start + len(group) + 2))
        start += len(group) + 2
    return found


def read_datasets(text: str) -> list[DataSet]:
    """Return all data sets of a text, as sent; what is none is left out. For those who want the text, not readings."""
    sets = []
    for found in TOKEN.finditer(text):
        if found["unit"] is not None:
            groups: tuple[str, ...] = (f"{found['number']}*{found['unit']}",)
            end = found.end("unit") + 1
        elif found["groups"] is not None:
            groups, end = tuple(split_groups(found["groups"])), found.end("groups")
        else:
            continue
        sets.append(DataSet(found["id"], groups, found.start(), end))
    return sets
