"""One declaration, two readers: struct for speed, construct for building. They agree."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import EncodeError
from emtkit.wire.layout import Field, Layout

CODINGS = st.sampled_from(["u8", "u16", "u32", "u64", "i8", "i16"]) | st.integers(1, 9)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Draw a header declaration."""
    codings = draw(st.lists(CODINGS, min_size=1, max_size=8))
    return Layout("test", *(Field(f"f{i}", c, "") for i, c in enumerate(codings)), big=draw(st.booleans()))


@given(layouts(), st.data())
def test_both_readers_agree_and_building_gives_the_bytes_back(layout: Layout, data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=layout.size, max_size=layout.size))
    values = layout.unpack_from(raw, 0)
    parsed = layout.construct.parse(raw)
    named = {field.name: parsed[field.name] for field in layout.fields}
    assert tuple(named.values()) == values
    assert layout.build(**named) == raw


@given(layouts())
def test_spans_follow_each_other(layout: Layout) -> None:
    ends = [end for _, _, end in layout.spans]
    assert [start for _, start, _ in layout.spans] == [0, *ends[:-1]]
    assert ends[-1] == layout.size


def test_byte_order() -> None:
    fields = (Field("id", "u32", "serial number"), Field("crc", 2, "as sent"))
    assert Layout("little", *fields).unpack_from(bytes.fromhex("78563412aabb"), 0) == (0x12345678, b"\xaa\xbb")
    assert Layout("big", *fields, big=True).unpack_from(bytes.fromhex("12345678aabb"), 0) == (0x12345678, b"\xaa\xbb")


@pytest.mark.parametrize(
    "values",
    [{}, {"size": 256}, {"size": -1}, {"size": 1, "mark": b"abc"}, {"size": "x", "mark": b"ab"}],
    ids=["nothing", "too large", "negative", "wrong length", "wrong kind"],
)
def test_what_does_not_fit_is_an_encode_error(values: dict[str, int | bytes]) -> None:
    layout = Layout("test.header", Field("size", "u8", "length"), Field("mark", 2, "raw"))
    with pytest.raises(EncodeError, match=r"test\.header cannot be built") as caught:
        layout.build(**values)
    assert caught.value.code == "layout.build"


def test_reading_does_not_load_construct() -> None:
    code = (
        "import sys; from emtkit.wire.layout import Field, Layout; "
        "Layout('t', Field('a', 'u8', '')).unpack_from(b'1', 0); print('construct' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
