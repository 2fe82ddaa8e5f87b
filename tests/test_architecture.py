"""The house rules that a machine can hold (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parents[1]
SOURCE = PROJECT / "src" / "emtkit"
MODULES = sorted(SOURCE.rglob("*.py"))

# Third-party package -> where it may be imported (patterns below src/emtkit). Nowhere else.
CONFINED = {
    "click": ("cli/**",),
    "construct": ("wire/layout.py",),
    "crcmod": ("wire/checksums.py",),
    "cryptography": ("**/security.py",),
    "pyarrow": ("export/columnar/**",),
    # where text that a user wrote comes in
    "pydantic": (
        "codecs/**",
        "model/schema.py",
        "meters/**",
        "keys/**",
        "points/**",
        "export/registry.py",
        "export/profile_generic/to_json.py",
    ),
    "quickjs": ("codecs/worker.py",),
    "rich": ("cli/**",),
    "serial": ("transports/serial.py",),
}

# The rooms that a value passes on its way.
EXACT = [
    path for path in MODULES if path.relative_to(SOURCE).parts[0] in {"model", "wire", "protocols", "meters", "export"}
]

CLOCKS = {"now", "today", "utcnow"}

UNFINISHED = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|pragma: no cover|# type: ignore(?!\[)|# noqa(?!: [A-Z])"
)

# float is used here to find the shortest decimal number of a float32 record; what comes out is a Decimal.
FLOAT_ON_PURPOSE = {"protocols/mbus/datatypes.py"}

# Lines. A table may be long; a long module of code is perhaps two rooms in one.
WORTH_A_LOOK, TOO_LONG = 400, 650


def name(path: Path) -> str:
    """Name a module below src/emtkit for test ids and messages."""
    return path.relative_to(SOURCE).as_posix()


def tree(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a module imports for running (not only for type checkers)."""
    found: set[str] = set()

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            return
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        for child in ast.iter_child_nodes(node):
            walk(child)

    walk(tree(path))
    return found


def allowed(path: Path, patterns: tuple[str, ...]) -> bool:
    """Say whether a module matches one of the patterns."""
    return any(path in SOURCE.glob(pattern.replace("/**", "/**/*.py")) for pattern in patterns)


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 20


def test_import_directions() -> None:
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("import-linter is not installed here (pip install -e '.[dev]')")
    done = subprocess.run([linter, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_third_party_packages_stay_in_their_rooms(path: Path) -> None:
    for package in imported(path) - set(sys.stdlib_module_names) - {"emtkit"}:
        assert package in CONFINED, f"{name(path)} imports {package}, which emtkit does not use"
        assert allowed(path, CONFINED[package]), f"{name(path)} imports {package}; only {CONFINED[package]} may"


@pytest.mark.parametrize("path", sorted((SOURCE / "protocols").rglob("*.py")), ids=name)
def test_protocols_do_not_read_the_clock(path: Path) -> None:
    calls = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert not calls, f"{name(path)} asks what time it is in lines {calls}; the caller says so (Context.received_at)"


@pytest.mark.parametrize("path", [path for path in EXACT if name(path) not in FLOAT_ON_PURPOSE], ids=name)
def test_values_do_not_pass_through_float(path: Path) -> None:
    floats = [
        node.lineno
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]
    assert not floats, f"{name(path)} computes with float in lines {floats}; values are Decimal (model.units.EXACT)"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_unfinished(path: Path) -> None:
    marks = [line for line in path.read_text("utf-8").splitlines() if UNFINISHED.search(line)]
    assert not marks


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is(path: Path) -> None:
    text = ast.get_docstring(tree(path))
    assert text, f"{name(path)} has no docstring"
    assert text.splitlines()[0].endswith((".", ":")), f"{name(path)}: the first line of the docstring is no sentence"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_room_for_everything(path: Path) -> None:
    parts = set(path.relative_to(SOURCE).with_suffix("").parts)
    assert not parts & {"utils", "util", "helpers", "helper", "common", "misc", "core"}


def test_modules_are_short(record_property: Callable[[str, object], None]) -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    long = sorted(((lines, module) for module, lines in lengths.items() if lines > WORTH_A_LOOK), reverse=True)
    if long:
        record_property("figure", "long modules: " + ", ".join(f"{module} ({lines} lines)" for lines, module in long))
    assert not [module for lines, module in long if lines > TOO_LONG]


def test_importing_the_package_loads_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import emtkit; "
        "print(*sorted({m.partition('.')[0] for m in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split()) - {"emtkit"}
    assert loaded <= set(sys.stdlib_module_names), f"import emtkit loads {loaded - set(sys.stdlib_module_names)}"
