"""Master data: which register of which meter is which location and register of the market (docs/points.md)."""

from emtkit.points.point import MEDIA, Medium, Point, Points, check_point

__all__ = ["MEDIA", "Medium", "Point", "Points", "check_point"]
