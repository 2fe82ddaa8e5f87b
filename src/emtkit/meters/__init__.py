"""Product facts as TOML: which register of which meter means what."""

from emtkit.model.decoded import Decoded


def name_readings(decoded: Decoded) -> None:
    """Give the readings of a known meter their names."""
