"""One package per protocol: bytes to Decoded and back. Protocols know neither files nor sockets nor the clock."""
