"""Load-profile CSV (`profile-csv`): one row per interval or one row per day, as the reading system wants it; and back.

    layout      ready profiles and options
    writer      the load profiles of a capture to rows
    reader      rows back to values, with the options of the file
    as_capture  a file that says by itself what its stamps are, as a capture

A ready profile sets all options at once, and each option may still be given. Latin letters beyond ASCII are UTF-8.
A missing value is an empty cell, so that a row stands for each interval.
This package keeps the contract of `export.registry`.
"""

from __future__ import annotations

from typing import Final

from emtkit.export.profile_csv.layout import COLUMNS, PROFILES, Layout, Options
from emtkit.export.profile_csv.reader import Row, read_rows
from emtkit.export.profile_csv.writer import write

NAME: Final = "profile-csv"
SUFFIX: Final = ".csv"
TITLE: Final = "load-profile CSV: one row per interval or per day"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False

__all__ = [
    "COLUMNS",
    "NAME",
    "NEEDS_POINTS",
    "OUTPUT",
    "PROFILES",
    "SUFFIX",
    "TITLE",
    "Layout",
    "Options",
    "Row",
    "read_rows",
    "write",
]
