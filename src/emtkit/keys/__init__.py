"""The key ring: which keys to try for which meter, and the files that users keep them in."""

from emtkit.keys.ring import ANY, GivenKeys, KeyEntry, KeyRing, MeterMatch, parse_meter

__all__ = ["ANY", "GivenKeys", "KeyEntry", "KeyRing", "MeterMatch", "parse_meter"]
