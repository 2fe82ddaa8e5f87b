"""Master data: which register of which meter is which location and register of the market (docs/points.md)."""

from emtkit.points.checks import check_point
from emtkit.points.connectors import Connector
from emtkit.points.lookup import Points
from emtkit.points.parties import Party
from emtkit.points.point import MEDIA, Medium, Point

__all__ = ["MEDIA", "Connector", "Medium", "Party", "Point", "Points", "check_point"]
