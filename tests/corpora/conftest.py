"""Corpora are other people's telegrams: read from beside the project, never part of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ.get("EMTKIT_CORPORA") or Path(__file__).resolve().parents[3] / "shared" / "corpora")

Loader = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def corpus_file() -> Callable[[str], Path]:
    """Give the path of a corpus file, or skip."""

    def find(name: str) -> Path:
        path = ROOT / name
        if not path.exists():
            pytest.skip(f"no corpus {name}: set EMTKIT_CORPORA to the folder of the corpora (looked in {ROOT})")
        return path

    return find


@pytest.fixture
def corpus(corpus_file: Callable[[str], Path]) -> Loader:
    """Give the rows of a JSON Lines corpus file, or skip."""

    def load(name: str) -> list[dict[str, Any]]:
        with corpus_file(name).open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]

    return load


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Print figures at the end of the run (tests/conftest.py), also when tests run in several workers."""

    def tell(text: str) -> None:
        record_property("figure", text)

    return tell
