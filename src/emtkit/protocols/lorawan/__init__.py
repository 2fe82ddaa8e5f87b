"""LoRaWAN: PHYPayloads of 1.0.x and 1.1 with their cryptography, and the payloads that meters send in them."""

from emtkit.protocols.lorawan.decoder import DECODER

__all__ = ["DECODER"]
