from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EmtkitError, EncodeError, Truncated
from emtkit.protocols.dlms import axdr, axdr_length, axdr_write, compact
from emtkit.protocols.dlms.axdr import BitString, CompactArray, Data, TypeDescription
from emtkit.wire.cursor import Cursor
from emtkit.wire.trace import Trace
from emtkit.wire.view import View


def read(hex_digits: str) -> Data:
    cur = Cursor(View(bytes.fromhex(hex_digits)), "test")
    data = axdr.read_data(cur)
    assert cur.left == 0
    return data


def unsigned(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


def signed(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def exactly(tag: int, values: st.SearchStrategy[object]) -> st.SearchStrategy[Data]:
    return st.builds(Data, st.just(tag), values)


FIXED = {
    axdr.BOOLEAN: st.booleans(),
    axdr.DOUBLE_LONG: signed(32),
    axdr.DOUBLE_LONG_UNSIGNED: unsigned(32),
    axdr.BCD: unsigned(8),
    axdr.INTEGER: signed(8),
    axdr.LONG: signed(16),
    axdr.UNSIGNED: unsigned(8),
    axdr.LONG_UNSIGNED: unsigned(16),
    axdr.LONG64: signed(64),
    axdr.LONG64_UNSIGNED: unsigned(64),
    axdr.ENUM: unsigned(8),
    axdr.DATE_TIME: st.binary(min_size=12, max_size=12),
    axdr.DATE: st.binary(min_size=5, max_size=5),
    axdr.TIME: st.binary(min_size=4, max_size=4),
    axdr.DELTA_INTEGER: signed(8),
    axdr.DELTA_LONG: signed(16),
    axdr.DELTA_DOUBLE_LONG: signed(32),
    axdr.DELTA_UNSIGNED: unsigned(8),
    axdr.DELTA_LONG_UNSIGNED: unsigned(16),
    axdr.DELTA_DOUBLE_LONG_UNSIGNED: unsigned(32),
    axdr.NULL: st.none(),
    axdr.DONT_CARE: st.none(),
    axdr.OCTET_STRING: st.binary(max_size=300),
    axdr.VISIBLE_STRING: st.text(st.characters(max_codepoint=255), max_size=20),
    axdr.UTF8_STRING: st.text(max_size=20),
    axdr.BIT_STRING: st.text("01", max_size=40).map(BitString.of),
}
SIMPLE = st.one_of(*(exactly(tag, values) for tag, values in FIXED.items()))
DATA = st.recursive(
    SIMPLE,
    lambda inner: st.builds(
        Data, st.sampled_from([axdr.ARRAY, axdr.STRUCTURE]), st.lists(inner, max_size=5).map(tuple)
    ),
    max_leaves=12,
)


def without_places(data: Data) -> Data:
    value = tuple(map(without_places, data.value)) if data.tag in (axdr.ARRAY, axdr.STRUCTURE) else data.value
    return Data(data.tag, value)


@given(DATA)
def test_what_was_written_is_read(data: Data) -> None:
    raw = axdr_write.encode_data(data)
    found = axdr.read_data(Cursor(View(raw), "test"))
    assert without_places(found) == without_places(data)
    assert (found.start, found.end) == (0, len(raw))


@given(DATA)
def test_the_traced_walk_reads_the_same_and_covers_every_byte(data: Data) -> None:
    raw = axdr_write.encode_data(data)
    trace = Trace()
    assert axdr.read_data(Cursor(View(raw), "test", trace=trace)) == axdr.read_data(Cursor(View(raw), "test"))
    spans = trace.cover(raw)
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]
    assert all(span.field != "rest" for span in spans)


@given(st.binary(max_size=80))
def test_any_bytes_give_a_value_or_an_error(raw: bytes) -> None:
    try:
        data = axdr.read_data(Cursor(View(raw), "test"))
    except EmtkitError:
        return
    assert data.end <= len(raw)


@given(st.lists(st.lists(st.sampled_from([0, 1, 2]), min_size=3, max_size=3), min_size=24, max_size=60))
def test_rows_are_read_fast_and_the_same(kinds: list[list[int]]) -> None:
    cells = {
        0: Data(axdr.NULL, None),
        1: Data(axdr.DOUBLE_LONG_UNSIGNED, 77),
        2: axdr.octets(b"abc"),
    }
    buffer = axdr.array(*(axdr.structure(*(cells[kind] for kind in row)) for row in kinds))
    raw = axdr_write.encode_data(buffer)
    fast = axdr.read_data(Cursor(View(raw), "test"))
    assert fast == axdr.read_data(Cursor(View(raw), "test", trace=Trace()))
    assert fast.plain == buffer.plain


def test_compact_arrays_of_structures_and_of_arrays() -> None:
    assert read("13 02 02 06 12 0C 00000001 0002 00000003 0004").plain == [[1, 2], [3, 4]]
    assert read("13 02 02 11 01 0003 12 07 05 0001 0002 0003").plain == [[5, [1, 2, 3]]]


def test_compact_arrays_are_written_again() -> None:
    rows = [axdr.structure(Data(axdr.UNSIGNED, at), axdr.octets(b"x" * at)) for at in range(4)]
    value = CompactArray(compact.describe(rows[0]), tuple(rows))
    raw = axdr_write.encode_data(Data(axdr.COMPACT_ARRAY, value))
    assert axdr.read_data(Cursor(View(raw), "test")).plain == [row.plain for row in rows]


# The two examples of the Blue Book for class 62.
def test_compact_data_of_the_standard() -> None:
    template = compact.read_template(bytes.fromhex("02 0A 11 06 11 11 06 06 06 06 09 12"))
    buffer = bytes.fromhex("00 51EE5305 29 18 0061FFD3 000D33D2 0012D687 0023CACE 06414243444546 1ED2")
    (row,) = compact.read_compact_data(View(buffer), template)
    assert row.plain == [0, 1374573317, 41, 24, 6422483, 865234, 1234567, 2345678, b"ABCDEF", 7890]
    template = compact.read_template(bytes.fromhex("02 08 11 12 12 12 12 09 12 09"))
    buffer = bytes.fromhex("01 4200 4108 4308 02FB 084142434445464748 05FC 084445464748494A4B")
    (row,) = compact.read_compact_data(View(buffer), template)
    assert row.plain == [1, 0x4200, 0x4108, 0x4308, 763, b"ABCDEFGH", 1532, b"DEFGHIJK"]


@pytest.mark.parametrize(
    ("hex_digits", "code"),
    [
        ("01 84 FFFFFFFF", "dlms.axdr.count"),
        ("02 05 00", "dlms.axdr.count"),
        ("09 84 FFFFFFFF 00", "dlms.axdr.truncated"),
        ("09 89 000000000000000000", "dlms.axdr.length"),
        ("06 0000", "dlms.axdr.truncated"),
        ("07", "dlms.axdr.tag"),
        ("0101" * 70 + "01 00", "dlms.axdr.nesting"),
        ("13 00 04 00000000", "dlms.axdr.count"),  # elements without bytes
        ("13 01 FFFF 01 FFFF 01 FFFF 00 01 00", "dlms.axdr.count"),  # 2**48 values in one byte
        ("13 13", "dlms.axdr.tag"),
        ("", "dlms.axdr.truncated"),
    ],
)
def test_hostile_counts_and_lengths_are_errors_at_once(hex_digits: str, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read(hex_digits.replace(" ", ""))
    assert caught.value.code == code


@given(DATA, st.data())
def test_every_prefix_is_truncated(data: Data, draw: st.DataObject) -> None:
    raw = axdr_write.encode_data(data)
    cut = draw.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(DecodeError):
        axdr.read_data(Cursor(View(raw[:cut]), "test"))


def test_floats_are_the_shortest_decimals_that_they_store() -> None:
    assert read("17 43669ae1").value == Decimal("230.605")
    assert read("18 406cd5c28f5c28f6").value == Decimal("230.68")
    assert read("17 7fc00000").value.is_nan()
    assert axdr_write.encode_data(Data(axdr.FLOAT32, Decimal("230.605"))).hex() == "1743669ae1"


def test_bit_strings_show_their_bits() -> None:
    bits = read("04 0A 8AC0").value
    assert str(bits) == "1000101011"
    assert bits.bit(0)
    assert not bits.bit(1)
    assert not bits.bit(99)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65536])
def test_lengths_have_their_shortest_form(size: int) -> None:
    raw = axdr_length.encode(size)
    assert axdr_length.read(Cursor(View(raw), "test"), "length") == size
    assert len(raw) == {0: 1, 1: 1, 127: 1, 128: 2, 255: 2, 256: 3, 65536: 4}[size]


@pytest.mark.parametrize(
    "data",
    [
        Data(axdr.UNSIGNED, 256),
        Data(axdr.DATE_TIME, b"short"),
        Data(axdr.UNSIGNED, "1"),
        Data(7, None),
        Data(axdr.BIT_STRING, BitString(9, b"\0")),
        Data(axdr.COMPACT_ARRAY, CompactArray(TypeDescription(axdr.UNSIGNED), (Data(axdr.LONG, 1),))),
    ],
)
def test_values_that_do_not_fit_are_not_written(data: Data) -> None:
    with pytest.raises(EncodeError):
        axdr_write.encode_data(data)


def test_a_short_value_says_which_field_is_cut_off() -> None:
    with pytest.raises(Truncated, match="double-long-unsigned needs 4 bytes"):
        read("0600")
