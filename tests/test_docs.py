"""What the documentation shows is what emtkit does: links lead somewhere, sessions give the output that is printed.

In a `console` block each line that starts with `$ ` is run in the project's folder and must give the lines below it;
a line `...` stands for any number of lines. A command without lines below it is not run. Every `python` block with
`>>>` is run as a doctest.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from emtkit.export import registry as exports
from emtkit.protocols import registry as protocols

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("examples/**/*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)

ENVIRONMENT = {
    **os.environ,
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    "COLUMNS": "120",
    "NO_COLOR": "1",
    "LC_ALL": "C.UTF-8",
    "PYTHONIOENCODING": "utf-8",
    "TZ": "Europe/Berlin",
}


class Session(NamedTuple):
    """A command of a page and what the page says it prints."""

    page: str
    command: str
    output: str


def blocks(page: Path, language: str) -> list[str]:
    """Return the text of the code blocks of one language."""
    return [text for kind, text in BLOCK.findall(page.read_text("utf-8")) if kind == language]


def sessions() -> list[Session]:
    """Return every command with output on every page."""
    found = []
    for page in PAGES:
        for block in blocks(page, "console"):
            joined = block.replace("\\\n", "")
            for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                if output.strip():
                    found.append(Session(page.relative_to(PROJECT).as_posix(), command, output))
    return found


def anchor(heading: str) -> str:
    """Return the anchor that a heading has on the usual hosts."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_there_are_pages_and_sessions() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"} <= {page.name for page in PAGES}
    assert any(session.page == "README.md" for session in sessions())


def test_the_readme_names_what_there_is() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    for name in (*protocols.BUILT_IN, *exports.BUILT_IN):
        assert f"`{name}`" in text, f"README.md does not speak of {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text("utf-8"))
    for target in LINK.findall(text):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, fragment = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), f"{page.name} links to {target}"
        if fragment:
            anchors = {anchor(heading) for heading in HEADING.findall(goal.read_text("utf-8"))}
            assert fragment in anchors, f"{page.name} links to {target}"


def test_every_page_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [PROJECT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        targets = (target.partition("#")[0] for target in LINK.findall(page.read_text("utf-8")) if "://" not in target)
        goals = ((page.parent / target).resolve() for target in targets if target.endswith(".md"))
        waiting += [goal for goal in goals if goal.exists()]
    assert [page.relative_to(PROJECT).as_posix() for page in PAGES if page not in seen] == []


@pytest.mark.parametrize("session", sessions(), ids=lambda session: f"{session.page}: {session.command[:40]}")
def test_sessions_print_what_the_page_shows(session: Session) -> None:
    done = subprocess.run(
        ["bash", "-c", session.command],
        cwd=PROJECT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    printed = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
    shown = [line.rstrip() for line in session.output.strip().splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + r"\n" for line in shown)
    assert re.fullmatch(pattern, printed + "\n"), printed


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(">>>" in block for block in blocks(page, "python"))],
    ids=lambda page: page.relative_to(PROJECT).as_posix(),
)
def test_python_examples(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    text = "\n".join(block for block in blocks(page, "python") if ">>>" in block)
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(test, out=report.append)
    assert not report, "".join(report)
