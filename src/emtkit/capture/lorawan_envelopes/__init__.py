"""Messages of LoRaWAN network servers and gateways as JSON: recognised, and read into one neutral `Uplink`.

`servers` has the table of the servers, `gateways` what gateways themselves send (frames still encrypted), `values` how
numbers, addresses and payloads are written.
"""

from emtkit.capture.lorawan_envelopes.read import is_envelope, read_envelope

__all__ = ["is_envelope", "read_envelope"]
