"""The catalogue of codes: what every error and diagnostic means, why it matters and what to do.

One TOML file per layer in `codes/`, one table per code with `title`, `why` and `fix`. `emtkit codes`
prints them; a test holds that every code in the source is in the catalogue and that none is left over.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class CodeEntry(NamedTuple):
    """One documented code."""

    code: str
    title: str
    why: str
    fix: str


@cache
def catalogue() -> dict[str, CodeEntry]:
    """Return all documented codes, sorted by code."""
    entries: dict[str, CodeEntry] = {}
    folder = files("emtkit.model").joinpath("codes")
    for item in folder.iterdir():
        if item.name.endswith(".toml"):
            for code, body in tomllib.loads(item.read_text("utf-8")).items():
                entries[code] = CodeEntry(code, body["title"], body["why"], body["fix"])
    return dict(sorted(entries.items()))
