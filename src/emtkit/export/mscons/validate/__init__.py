"""MSCONS checked against MIG and AHB: is this file what a partner's system accepts, and if not, why.

    tables       MIG, AHB and list of registers, from `tables.json` (made by tools/make_mscons_tables.py)
    expression   what the AHB writes beside an entry: `Muss [92] ⊻ [94]`, parsed and decided
    conditions   each condition [n]: does it hold in this message
    across       conditions about several lines
    elements     lengths and characters of data elements
    structure    where each segment stands in the MIG
    use_case     one part of a message against the AHB of its Prüfidentifikator
    against_unb  what a message has in common with its interchange
    entries      what conditions ask of the values of a message
    moments      times and numbers, once per text
    period       load profiles: no gap, no overlap, the whole period
    message      one message, segment by segment
    interchange  the envelope, and a report for each interchange of a file
    findings     what was found, and the code that CONTRL or APERAK has for it

`check_interchanges` reads a file of any size in bounded memory.
"""

from __future__ import annotations

from emtkit.export.mscons.validate.conditions import ROLES, Roles
from emtkit.export.mscons.validate.findings import Finding, InterchangeReport
from emtkit.export.mscons.validate.interchange import check_interchanges

__all__ = ["ROLES", "Finding", "InterchangeReport", "Roles", "check_interchanges"]
