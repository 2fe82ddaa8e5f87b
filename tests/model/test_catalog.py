"""Every explanation of a code is whole (tests/test_codes.py holds that each code has one)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from emtkit.model.catalog import CodeEntry, catalogue

SOURCE = Path(__file__).resolve().parents[2] / "src" / "emtkit"
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\Z")


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.code)
def test_every_explanation_is_whole(entry: CodeEntry) -> None:
    assert CODE.match(entry.code)
    assert entry.title
    assert not entry.title.endswith(".")
    assert entry.why.strip().endswith(".")
    assert entry.fix.strip().endswith(".")


@pytest.mark.parametrize("path", sorted(SOURCE.glob("model/codes/*.toml")), ids=lambda path: path.name)
def test_a_file_holds_the_codes_of_its_layer(path: Path) -> None:
    assert {code.partition(".")[0] for code in tomllib.loads(path.read_text("utf-8"))} == {path.stem}
