"""Readers of payloads that no table of fields can say; `program = "…"` in a payload file names one."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

    # reads a payload into `out`; False: it is not one of this program's
    Program = Callable[[View, int | None, Context, Decoded], bool]

_NAME: Final = re.compile(r"([a-z]\w*)(?::(read\w*))?", re.ASCII)


@cache
def program(name: str) -> Program:
    """Return a program by name: `module` or `module:function`. Raises ConfigError `lorawan.file.program`."""
    named = _NAME.fullmatch(name)
    found: Program | None = None
    if named is not None:
        try:
            module = import_module(f"{__name__}.{named[1]}")
        except ModuleNotFoundError:
            pass
        else:
            found = getattr(module, named[2] or "read", None)
    if found is None:
        raise ConfigError("lorawan.file.program", f"there is no program {name!r} to read payloads")
    return found
