"""TL fields and scalars of SML, both directions, and what is refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EncodeError, Truncated
from emtkit.protocols.context import Context
from emtkit.protocols.sml.tlv import (
    LIST,
    MAX_DEPTH,
    OCTETS,
    Content,
    Integer,
    SmlCursor,
    Unsigned,
    read_any,
    read_boolean,
    read_number,
    read_octets,
)
from emtkit.protocols.sml.tlv_write import tl_field, write_any, write_integer, write_octets, write_unsigned
from emtkit.wire.view import View


def cursor(text: str) -> SmlCursor:
    return SmlCursor(View(bytes.fromhex(text)), Context())


def codes(cur: SmlCursor) -> list[str]:
    return [found.code for found in cur.ctx.diagnostics]


NUMBERS = st.one_of(
    st.tuples(st.integers(1, 8), st.integers(0, 2**64 - 1)).map(
        lambda pair: Unsigned(pair[1] % (1 << 8 * pair[0]), pair[0])
    ),
    st.tuples(st.integers(1, 8), st.integers(0, 2**64 - 1)).map(
        lambda pair: Integer(pair[1] % (1 << 8 * pair[0]) - (1 << 8 * pair[0] - 1), pair[0])
    ),
)
SCALARS = st.one_of(st.none(), st.binary(min_size=1, max_size=40), st.booleans(), NUMBERS)
CONTENT = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=20).map(tuple), max_leaves=30)


@given(CONTENT)
def test_every_content_comes_back(content: Content) -> None:
    out = bytearray()
    write_any(out, content, "content")
    cur = SmlCursor(View(bytes(out)), Context())
    assert read_any(cur, "content") == content
    assert cur.left == 0
    assert not cur.ctx.diagnostics


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("52ff", -1),
        ("538b28", -29912),
        ("54fe5280", -109952),
        ("5600000a4b1c", 674588),
        ("59ffffffffffffffff", -1),
        ("6278", 120),
        ("641c0004", 1835012),
        ("69ffffffffffffffff", 2**64 - 1),
        ("01", None),
    ],
)
def test_numbers_of_any_width_are_extended_by_their_sign(text: str, value: int | None) -> None:
    assert read_number(cursor(text), "number") == value


@pytest.mark.parametrize(
    ("kind", "size", "field"),
    [
        (OCTETS, 0, "01"),
        (OCTETS, 14, "0f"),
        (OCTETS, 15, "8101"),  # 17 octets with the TL field of two
        (OCTETS, 48, "8302"),  # a public key, as meters send it
        (OCTETS, 253, "8f0f"),
        (OCTETS, 254, "818001"),
        (LIST, 0, "70"),
        (LIST, 15, "7f"),
        (LIST, 21, "f105"),
        (LIST, 256, "f18000"),
    ],
)
def test_tl_fields(kind: int, size: int, field: str) -> None:
    assert tl_field(kind, size).hex() == field
    cur = cursor(field + "01" * size)
    assert cur.tl("element") == (kind, size)


def test_a_boolean() -> None:
    assert [read_boolean(cursor(text), "flag") for text in ("4200", "4201", "42ff", "01")] == [False, True, True, None]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "sml.truncated"),
        ("0b0a01", "sml.truncated"),
        ("8f", "sml.truncated"),
        ("ffffffffffffff0f01", "sml.list.count"),  # a count of 0xFFFFFFFF
        ("7501010101", "sml.list.count"),
        ("00", "sml.tl.length"),
        ("8f8f8f8f8f8f8f8f8f0f", "sml.tl.octets"),
    ],
)
def test_what_cannot_be_is_an_error_at_once(text: str, code: str) -> None:
    with pytest.raises(DecodeError) as error:
        read_any(cursor(text), "element")
    assert error.value.code == code
    assert error.value.field == "element"
    assert isinstance(error.value, Truncated) == (code == "sml.truncated")


def test_lists_are_not_nested_without_end() -> None:
    assert read_any(cursor("71" * MAX_DEPTH + "01"), "tree") is not None
    with pytest.raises(DecodeError) as error:
        read_any(cursor("71" * 100_000 + "01"), "tree")
    assert error.value.code == "sml.list.depth"


def test_a_long_list_takes_linear_time() -> None:
    def seconds(count: int) -> float:
        data = tl_field(LIST, count) + b"\x62\x01" * count
        began = time.process_time()
        read_any(SmlCursor(View(data), Context()), "list")
        return time.process_time() - began

    assert seconds(100_000) < 40 * max(seconds(10_000), 0.001)


def test_a_wrong_type_is_reported_and_read_over() -> None:
    cur = cursor("730201016201" + "62aa")
    assert read_octets(cur, "server_id") is None
    assert read_number(cur, "group_no") == 0xAA
    assert codes(cur) == ["sml.type.unexpected"]
    assert "expected an octet string, found a list" in cur.ctx.diagnostics[0].message
    assert (cur.ctx.diagnostics[0].start, cur.ctx.diagnostics[0].end) == (0, 6)


def test_numbers_too_wide_and_reserved_types_keep_their_octets() -> None:
    cur = cursor("6a000102030405060708" + "23aabb" + "61")
    assert read_any(cur, "wide") == bytes.fromhex("000102030405060708")
    assert read_any(cur, "reserved") == bytes.fromhex("aabb")
    assert read_any(cur, "empty") == b""
    assert codes(cur) == ["sml.type.invalid"] * 3


def test_what_cannot_be_written() -> None:
    out = bytearray()
    for write, value, octets in ((write_unsigned, -1, 1), (write_unsigned, 256, 1), (write_integer, 2**63, 0)):
        with pytest.raises(EncodeError) as error:
            write(out, value, "field", octets)
        assert error.value.code == "sml.encode.value"
        assert error.value.field == "field"
    with pytest.raises(EncodeError):
        write_octets(out, "text", "field")  # type: ignore[arg-type]
    with pytest.raises(EncodeError):
        write_any(out, object(), "field")
    with pytest.raises(EncodeError) as error:
        tl_field(OCTETS, 1 << 32)
    assert error.value.code == "sml.encode.length"


def test_numbers_take_as_few_octets_as_they_need() -> None:
    out = bytearray()
    for value in (0, -1, 127, 128, -128, -129, 2**31):
        write_integer(out, value, "number")
    assert out.hex() == "520052ff527f5300805280 53ff7f56 0080000000".replace(" ", "")
