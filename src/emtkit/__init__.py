"""emtkit: what meters and gateways send becomes readings, and readings become what the market accepts.

>>> import emtkit
>>> decoded = emtkit.decode("2e44931578563412330333637a2a0020255923c95aaa26d1b2e7493bc2ad013ec4a6f6d3529b520edf"
...                         "f0ea6defc955b29d6d69ebf3ec8a", keys="0102030405060708090a0b0c0d0e0f11")
>>> decoded.readings[0].value, decoded.readings[0].unit
(Decimal('28504.27'), 'm3')

The names below are the public interface. They are loaded on first use, so that `import emtkit` is quick and
loads no third-party package.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emtkit.capture import read_capture
    from emtkit.decode import decode
    from emtkit.explain import Explanation, explain
    from emtkit.keys import KeyRing
    from emtkit.model.decoded import Check, Decoded, Origin, Security
    from emtkit.model.diagnostics import Diagnostic, Severity
    from emtkit.model.errors import (
        ConfigError,
        DecodeError,
        EmtkitError,
        EncodeError,
        GatewayError,
        SecurityError,
        TransportError,
    )
    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading
    from emtkit.model.series import Series
    from emtkit.protocols.context import Memory

__version__ = "0.1.0"

_HOMES = {
    "Check": "model.decoded",
    "ConfigError": "model.errors",
    "DecodeError": "model.errors",
    "Decoded": "model.decoded",
    "Diagnostic": "model.diagnostics",
    "EmtkitError": "model.errors",
    "EncodeError": "model.errors",
    "Explanation": "explain",
    "GatewayError": "model.errors",
    "KeyRing": "keys",
    "Memory": "protocols.context",
    "MeterId": "model.meter_id",
    "Origin": "model.decoded",
    "Reading": "model.reading",
    "Security": "model.decoded",
    "SecurityError": "model.errors",
    "Series": "model.series",
    "Severity": "model.diagnostics",
    "TransportError": "model.errors",
    "decode": "decode",
    "explain": "explain",
    "read_capture": "capture",
}

__all__ = [
    "Check",
    "ConfigError",
    "DecodeError",
    "Decoded",
    "Diagnostic",
    "EmtkitError",
    "EncodeError",
    "Explanation",
    "GatewayError",
    "KeyRing",
    "Memory",
    "MeterId",
    "Origin",
    "Reading",
    "Security",
    "SecurityError",
    "Series",
    "Severity",
    "TransportError",
    "__version__",
    "decode",
    "explain",
    "read_capture",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Load a public name from its module."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'emtkit' has no attribute {name!r}")
    value = getattr(import_module(f"emtkit.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__


class _Package(ModuleType):
    """This module. Importing the modules `decode` and `explain` must not put them in place of their functions."""

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, as the import system does with a submodule that it has loaded."""
        shadows = name in {"decode", "explain"} and isinstance(value, ModuleType)
        super().__setattr__(name, getattr(value, name) if shadows else value)


sys.modules[__name__].__class__ = _Package
