"""Messages of LoRaWAN network servers and gateways: recognised, and read into one neutral `Uplink`.

`servers` has the table of the servers, `gateways` what gateways themselves send (frames still encrypted), `values` how
numbers, addresses and payloads are written; `binary` turns datagrams and Protobuf into the same JSON.
"""

from emtkit.capture.lorawan_envelopes.read import is_envelope, read_binary, read_envelope

__all__ = ["is_envelope", "read_binary", "read_envelope"]
