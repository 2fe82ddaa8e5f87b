"""No telegram of the corpora stands in the project: they are other people's meters."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).resolve().parents[2]

# The standards' own examples may be used.
PUBLIC = {"spec_examples", "phy_vectors", "mac_commands"}

# So many hex digits in a row tell a telegram from a coincidence.
LENGTH = 60
RUN = re.compile(rb"[0-9a-f]{%d,}" % LENGTH)


def project_files() -> Iterator[Path]:
    """Return the files that are or would be in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    for entry in listed.stdout.decode().split("\0"):
        path = PROJECT / entry
        if entry and path.is_file():
            yield path


def test_no_row_of_a_corpus_is_in_the_project(corpus_file: Callable[[str], Path]) -> None:
    root = corpus_file("README.md").parent
    if not (PROJECT / ".git").exists():
        pytest.skip("this is no git checkout: there is no list of the project's files")
    known: dict[bytes, str] = {}
    for path in root.rglob("*.jsonl"):
        if path.stem in PUBLIC:
            continue
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            digits = re.sub(r"[^0-9a-f]", "", str(row.get("hex") or "").lower())[:LENGTH]
            if len(digits) == LENGTH:
                known[digits.encode()] = f"{path.stem} {row.get('id')}"
    public = {
        re.sub(r"[^0-9a-f]", "", str(json.loads(line).get("hex") or "").lower())[:LENGTH].encode()
        for stem in PUBLIC
        for path in root.rglob(f"{stem}.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    copied = []
    for path in project_files():
        for run in RUN.findall(path.read_bytes().lower()):
            # a frame may stand behind a sync word, a length or another row's bytes
            for at in range(0, len(run) - LENGTH + 1, 2):
                piece = run[at : at + LENGTH]
                if piece in known and piece not in public:
                    copied.append(f"{path.relative_to(PROJECT)}: {known[piece]}")
    assert not copied
