"""Public JavaScript payload formatters as codecs of LoRaWAN devices (`pip install 'emtkit[js]'`).

    from emtkit.codecs import use_codecs
    memory = emtkit.Memory()
    use_codecs(memory, "formatter.js")
    emtkit.decode("0BB8", hints={"fport": 2}, memory=memory)

Formatters are other people's programs: they run in a process of their own, with limits (`sandbox`). Which formatter
is for which device is in a device map, what its fields mean in a mapping; both are TOML files (`forms`). Of public
collections `checkout` reads which formatter is for which device.

The names below are loaded on first use: the process of the formatters, `worker`, needs none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emtkit.codecs.codec import Codec, use_codecs
    from emtkit.codecs.files import load_codecs

__all__ = ["Codec", "load_codecs", "use_codecs"]

_HOMES = {"Codec": "codec", "load_codecs": "files", "use_codecs": "codec"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any name of __all__
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"emtkit.codecs.{_HOMES[name]}"), name)
