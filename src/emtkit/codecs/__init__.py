"""Public JavaScript payload formatters as codecs of LoRaWAN devices (`pip install 'emtkit[js]'`).

    from emtkit.codecs import use_codecs
    memory = Memory()
    use_codecs(memory, "formatter.js")
    emtkit.decode("0BB8", hints={"fport": 2}, memory=memory)

Formatters are other people's programs: they run in a process of their own, with limits (`sandbox`). Which formatter
is for which device is in a device map, what its fields mean in a mapping; both are TOML files (`forms`).
"""

from __future__ import annotations

from emtkit.codecs.codec import Codec, use_codecs
from emtkit.codecs.files import load_codecs

__all__ = ["Codec", "load_codecs", "use_codecs"]
