"""What all tests share: the hypothesis profile, golden files, and figures printed at the end of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

# No deadline: the machine that runs the tests may be busy. A failure prints what repeats it.
settings.register_profile("emtkit", deadline=None, print_blob=True)
settings.load_profile("emtkit")

FIXTURES = Path(__file__).parent / "fixtures"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`: write the golden files anew (then read the diff)."""
    parser.addoption("--update-golden", action="store_true", help="write tests/fixtures anew, then read the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with `tests/fixtures/NAME`, or write it there under `--update-golden`."""

    def compare(name: str, text: str) -> None:
        path = FIXTURES / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        assert path.exists(), f"no golden file {name}: run pytest --update-golden, then read what it wrote"
        assert text == path.read_bytes().decode("utf-8")

    return compare


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded with `record_property("figure", text)`; this way it also gets out of workers."""
    figures = [
        text
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, text in report.user_properties
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures")
        for figure in sorted(figures):
            terminalreporter.write_line(figure)
