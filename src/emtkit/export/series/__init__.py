"""Readings to series: which reading stands for a mark, what the intervals are, and what is missing.

    marks      what stands for each mark of one register
    builder    readings or ready series in, a series out
    of_readings    load profiles and daily registers of plain readings

The value of a mark is the reading nearest to it, at most `tolerance` away; of two that are equally near the
earlier one, of two with the same stamp the one that came first. An interval is the exact difference of the
register at its two marks. Nothing is made up: a mark without a reading is MISSING, a register that ran
backwards gives no interval, and substitutes are made on request only and say so.
"""

from emtkit.export.series.builder import SeriesBuilder, Substitutes, builder_for, builder_of, register_of
from emtkit.export.series.marks import DAILY_TOLERANCE, PROFILE_TOLERANCE, check_tolerance
from emtkit.export.series.of_readings import daily_registers, load_profile

__all__ = [
    "DAILY_TOLERANCE",
    "PROFILE_TOLERANCE",
    "SeriesBuilder",
    "Substitutes",
    "builder_for",
    "builder_of",
    "check_tolerance",
    "daily_registers",
    "load_profile",
    "register_of",
]
