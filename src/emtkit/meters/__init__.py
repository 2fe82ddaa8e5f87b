"""Product facts as TOML: which register of which meter means what, and what its maker packs outside the standard.

One file per meter family. A new meter is a new file: no line of Python.
"""

from emtkit.meters.apply import name_readings
from emtkit.meters.catalogue import catalogue, families_of
from emtkit.meters.check import CheckResult, check
from emtkit.meters.family import Family

__all__ = ["CheckResult", "Family", "catalogue", "check", "families_of", "name_readings"]
