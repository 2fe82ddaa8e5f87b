"""Places in TOML: every table, key and list item that tomllib reads is found, and its text is its value."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.model.toml_places import Lines, TomlPath, toml_places

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = """\
# a comment with [[point]] in it
top = 1
[defaults]
"quoted key" = 'x # no comment' # a comment
a.b . "c d" = 2

  [[point]]   # indented
  note = \"\"\"
[[point]]
\"\"\\" = \"\"\"\"\"
  when = 1979-05-27 07:32:00
[[point]]
registers = [ # one
  { register = "1-0:1.8.0", obis = "}]" },
  # two
  { register = '2', deep.er = [1, [2, 3,],] },
]
[point.more]
x = inf
[[point.lines]]
y = '''a'b''''
[[point.lines]]
[empty]
"""


def walk(value: Any, path: TomlPath = ()) -> Iterator[tuple[TomlPath, Any]]:
    """Give every key and list item of a document."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk(inner, (*path, number))


def check(text: str) -> None:
    """Every place is there, no other is, and what stands there is the value."""
    document = tomllib.loads(text)
    found = toml_places(text)
    expected = dict(walk(document))
    assert set(found) == set(expected)
    for path, value in expected.items():
        if not isinstance(value, dict | list) and value == value:  # noqa: PLR0124 - nan
            node = found[path]
            assert tomllib.loads("x = " + text[node.start : node.end])["x"] == value, path


def test_every_kind_of_key_and_value() -> None:
    check(TEXT)
    check(TEXT.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("top",), (2, 1)),
        (("defaults",), (3, 1)),
        (("defaults", "quoted key"), (4, 1)),
        (("defaults", "a", "b", "c d"), (5, 1)),
        (("point", 0), (7, 3)),
        (("point", 0, "note"), (8, 3)),
        (("point", 0, "when"), (11, 3)),
        (("point", 1), (12, 1)),
        (("point", 1, "registers", 0), (14, 3)),
        (("point", 1, "registers", 0, "obis"), (14, 29)),
        (("point", 1, "registers", 1, "deep", "er"), (16, 21)),
        (("point", 1, "more"), (18, 1)),
        (("point", 1, "lines", 1), (22, 1)),
    ],
)
def test_places(path: TomlPath, place: tuple[int, int]) -> None:
    assert Lines(TEXT).place(toml_places(TEXT)[path].key) == place


def test_a_table_ends_with_its_last_entry() -> None:
    node = toml_places(TEXT)["point", 0]
    assert TEXT[node.start : node.end].endswith("07:32:00")


def quoted(text: str) -> str:
    """Return a TOML string."""
    plain = "".join(char if char not in '"\\' else "\\" + char for char in text if char.isprintable())
    return f'"{plain}"'


KEYS = st.text(min_size=1, max_size=4) | st.sampled_from(["point", "a", "b-1"])
SCALARS = st.one_of(
    st.integers(-99, 99).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.sampled_from(
        ["1.5", "1979-05-27", "07:32:00", '""', "''", '""""a\n"b"""""', "'''\n[x]''c'''", "2026-01-01 00:00:00Z"]
    ),
    st.text(st.characters(min_codepoint=32, exclude_characters="\x7f"), max_size=8).map(quoted),
)


SPACES = st.sampled_from(["", " ", "\t "])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.tuples(st.lists(inner, max_size=3), st.sampled_from(["", "\n", " # , ]\n"])).map(
            lambda pair: "[" + pair[1] + ",".join(pair[0]) + pair[1] + "]"
        ),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{quoted(key)} = {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=6,
)
TABLES = st.lists(
    st.tuples(
        st.sampled_from(["[[point]]", "[[ point . lines ]]", "[other]", '[point."x y"]', "# note\n[a.b]"]),
        st.dictionaries(KEYS, VALUES, max_size=3),
        SPACES,
    ),
    max_size=5,
)


@settings(max_examples=200)
@given(TABLES)
def test_any_document(tables: list[tuple[str, dict[str, str], str]]) -> None:
    text = "".join(
        f"{space}{header}\n"
        + "".join(f"{space}{quoted(key)}{space}={space}{value} # {{\n" for key, value in entries.items())
        for header, entries, space in tables
    )
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    check(text)
