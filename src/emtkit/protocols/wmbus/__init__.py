"""Wireless M-Bus / OMS: link layer (EN 13757-4), extended link layer, and all that M-Bus has above it."""

from emtkit.protocols.wmbus.decoder import DECODER

__all__ = ["DECODER"]
