"""The names that `import emtkit` offers: importable, typed, documented."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import emtkit

PROJECT = Path(__file__).resolve().parents[1]
NAMES = sorted(emtkit.__all__)


def test_the_public_names_are_few() -> None:
    assert 10 <= len(NAMES) <= 30
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_there_and_says_what_it_is(name: str) -> None:
    thing = getattr(emtkit, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert inspect.getdoc(thing)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("_")])
def test_a_public_name_is_documented(name: str) -> None:
    pages = "\n".join(page.read_text("utf-8") for page in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", pages), f"no page in docs/ speaks of `{name}`"


@pytest.mark.parametrize("first", ["emtkit.explain", "emtkit.decode", "emtkit.capture", "emtkit.cli"])
def test_the_functions_are_not_replaced_by_the_modules_of_their_name(first: str) -> None:
    code = f"import {first}, emtkit; print(*(callable(getattr(emtkit, n)) for n in ('decode', 'explain')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_dir_shows_the_public_names() -> None:
    assert set(NAMES) <= set(dir(emtkit))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = emtkit.no_such_name


def test_types_are_shipped() -> None:
    assert (Path(emtkit.__file__).parent / "py.typed").exists()


def test_the_version_is_the_distributions() -> None:
    assert emtkit.__version__ == version("emtkit")
