"""The catalogue of codes is complete: every code that the source can raise or report is in it, and no other.

`tests/model/test_catalog.py` looks at the entries themselves and at the files that they are in.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from emtkit.model.catalog import catalogue

SOURCE = Path(__file__).resolve().parents[1] / "src" / "emtkit"
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\Z")
# Calls that take a code: the errors, the reports of a context, the messages of the command line.
TAKES_CODE = re.compile(
    r"(Error|Truncated|KeyMissing|VerificationFailed|Diagnostic|report|info|warn|error|refuse|note|complain)\Z"
)
LAYER = re.compile(r"_?([A-Z]+_)?LAYER\Z")


@cache
def trees() -> dict[str, ast.Module]:
    """Return every module of the source, parsed."""
    return {
        path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))
    }


def text_of(node: ast.AST | None) -> str | None:
    """Return the text of a string literal."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def name_of(call: ast.Call) -> str:
    """Return the name of the called function."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def raised() -> dict[str, str]:
    """Return each code that is given to an error, a report or a message, with its module."""
    found: dict[str, str] = {}
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and TAKES_CODE.search(name_of(node)):
                given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "code")]
                branches = [branch for each in given for branch in _branches(each)]
                for text in filter(None, map(text_of, branches)):
                    if CODE.match(text):
                        found.setdefault(text, module)
    return found


def _branches(node: ast.expr) -> list[ast.expr]:
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def literals() -> set[str]:
    """Return every string literal of the source that could be a code (some are in tables)."""
    return {
        text for tree in trees().values() for node in ast.walk(tree) if (text := text_of(node)) and CODE.match(text)
    }


def cursor_layers() -> set[str]:
    """Return the layers of all cursors: a short read in one of them is `LAYER.truncated`."""
    found: set[str] = set()
    for tree in trees().values():
        nodes = list(ast.walk(tree))
        if not any("Cursor" in _name(node) for node in nodes):
            continue
        for node in nodes:
            if isinstance(node, ast.Call) and re.search(r"Cursor\Z|__init__\Z", name_of(node)) and len(node.args) > 1:
                found |= _texts(node.args[1])
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(LAYER.match(_name(target)) or _name(target) == "layer" for target in targets):
                    found |= _texts(node.value)
    return found


def _name(node: ast.AST) -> str:
    for kind, field in ((ast.Name, "id"), (ast.Attribute, "attr"), (ast.alias, "name")):
        if isinstance(node, kind):
            return str(getattr(node, field))
    return ""


def _texts(node: ast.AST | None) -> set[str]:
    text = text_of(node)
    return set() if text is None else {text}


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    assert {code: module for code, module in raised().items() if code not in catalogue()} == {}


def test_every_short_read_is_in_the_catalogue() -> None:
    assert {f"{layer}.truncated" for layer in cursor_layers()} - catalogue().keys() == set()


def test_no_entry_of_the_catalogue_is_left_over() -> None:
    made = literals() | {f"{layer}.truncated" for layer in cursor_layers()}
    assert catalogue().keys() - made == set()


def test_the_search_finds_something() -> None:
    assert len(raised()) > 100
    assert {"wmbus.link", "mbus.record", "mbus.tpl"} <= cursor_layers()
