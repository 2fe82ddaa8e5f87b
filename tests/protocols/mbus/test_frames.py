"""Wired frames: building, checking, dividing a byte stream; the fixed structure; signatures; errors of the meter."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emtkit
from emtkit.model.errors import ChecksumError, DecodeError, EncodeError, Truncated
from emtkit.model.key import Key
from emtkit.model.meter_id import MeterId
from emtkit.protocols.mbus import DECODER
from emtkit.protocols.mbus.encode import build_long_header, build_record, build_response
from emtkit.protocols.mbus.frame import build_ack, build_long, build_short, function_name, split_frames

if TYPE_CHECKING:
    from emtkit.wire.layout import Layout

METER = MeterId.of("EMT", "00010001", 1, 7)
RECORDS = build_record("13", Decimal("12.345"), "bcd8") + build_record("3b", Decimal("0.120"), "int16")
KEY = Key(bytes(range(16)))


def test_response_reads_back() -> None:
    decoded = emtkit.decode(build_response(METER, RECORDS, address=5, access_no=9, status=0x04))
    assert decoded.meter == METER
    assert decoded.status == ("low_power",)
    assert [reading.value for reading in decoded.readings] == [Decimal("12.345"), Decimal("0.120")]
    assert [reading.obis for reading in decoded.readings] == ["8-0:1.0.0*255", "8-0:2.0.0*255"]
    assert [check.ok for check in decoded.checks] == [True]


def test_encrypted_response() -> None:
    frame = build_response(METER, RECORDS, key=KEY, access_no=9)
    assert emtkit.decode(frame).security.verdict == "key_missing"
    decoded = emtkit.decode(frame, keys=KEY.value)
    assert (decoded.security.mode, decoded.security.verdict) == (5, "decrypted")
    assert decoded.readings[0].value == Decimal("12.345")


def test_short_frames() -> None:
    assert emtkit.decode(build_ack()).state == "complete"
    decoded = emtkit.decode(build_short(0x7B, 3))
    assert decoded.layers[0] == ("short", 0x7B, 3)
    assert function_name(0x7B) == "REQ-UD2, FCB 1"


def test_an_old_signature_is_no_encryption() -> None:
    message = build_long_header(METER, 1, 0, 0x2515) + RECORDS  # would be mode 5, one block
    decoded = emtkit.decode(build_long(0x08, 1, 0x72, message))
    assert decoded.security.verdict == "none"
    assert decoded.readings[0].value == Decimal("12.345")
    assert [finding.code for finding in decoded.diagnostics] == ["mbus.tpl.signature"]


def test_fixed_structure() -> None:
    # EN 1434-3:1997: serial 12345678, BCD counters, 135 l now and 1 l at the due date
    payload = bytes.fromhex("785634120a00e97e3501000001000000")
    decoded = emtkit.decode(build_long(0x08, 5, 0x73, payload))
    assert decoded.meter is not None
    assert decoded.meter.id == "12345678"
    assert [(r.quantity, r.value, r.unit, r.storage) for r in decoded.readings] == [
        ("volume", Decimal("0.135"), "m3", 0),
        ("volume", Decimal("0.001"), "m3", 1),
    ]


def test_application_error() -> None:
    decoded = emtkit.decode(build_long(0x08, 1, 0x70, b"\x08"))
    assert decoded.state == "partial"
    assert decoded.diagnostics[0].code == "mbus.application_error"
    assert "too busy" in decoded.diagnostics[0].message


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ((-2, 0x00), ChecksumError, "mbus.link.checksum"),
        ((-1, 0x17), DecodeError, "mbus.link.stop"),
        ((1, 0x99), DecodeError, "mbus.link.length"),
    ],
)
def test_damaged_frames(change: tuple[int, int], error: type[DecodeError], code: str) -> None:
    frame = bytearray(build_response(METER, RECORDS))
    frame[change[0]] = change[1]
    with pytest.raises(error) as caught:
        emtkit.decode(bytes(frame), protocol="mbus")
    assert caught.value.code == code


def test_cut_frame() -> None:
    with pytest.raises(Truncated) as caught:
        emtkit.decode(build_response(METER, RECORDS)[:-4])
    assert caught.value.code == "mbus.link.truncated"


def test_trailing_bytes_are_said() -> None:
    decoded = emtkit.decode(build_response(METER, RECORDS) + b"\x00\x01")
    assert [finding.code for finding in decoded.diagnostics] == ["mbus.link.trailing"]
    assert decoded.readings[0].value == Decimal("12.345")


def test_too_much_data_for_a_frame() -> None:
    with pytest.raises(EncodeError):
        build_long(8, 1, 0x72, bytes(253))


@given(st.lists(st.sampled_from([build_ack(), build_short(0x5B, 1), build_response(METER, RECORDS)]), max_size=5))
def test_a_stream_divides_into_its_frames(frames: list[bytes]) -> None:
    noise = b"\x00\xff\x68"
    stream = noise + noise.join(frames) + noise
    assert [stream[start:end] for start, end in split_frames(stream)] == frames
    assert list(DECODER.split(stream)) == list(split_frames(stream))


@given(st.data())
def test_prefixes_and_bit_flips_give_a_result_or_an_error(data: st.DataObject) -> None:
    frame = build_response(METER, RECORDS, key=data.draw(st.sampled_from([None, KEY])), access_no=3)
    cut = frame[: data.draw(st.integers(0, len(frame)))]
    flipped = bytearray(frame)
    bit = data.draw(st.integers(0, len(frame) * 8 - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    for damaged in (cut, bytes(flipped)):
        explanation = emtkit.explain(damaged, protocol="mbus", keys=KEY.value)
        assert sum(span.end - span.start for span in explanation.spans) == len(damaged)
        assert all(reading.value != Decimal("99.999") for reading in explanation.decoded.readings)


@given(st.data())
def test_declared_headers_read_as_construct_does(data: st.DataObject) -> None:
    from emtkit.protocols.mbus import fixed, tpl
    from emtkit.protocols.wmbus import link

    layout: Layout = data.draw(st.sampled_from([tpl.SHORT, tpl.LONG, fixed.FIXED, link.HEADER]))
    raw = data.draw(st.binary(min_size=layout.size, max_size=layout.size))
    parsed = layout.construct.parse(raw)
    values = {field.name: value for field, value in zip(layout.fields, layout.unpack_from(raw, 0), strict=True)}
    assert values == {name: parsed[name] for name in values}
    assert layout.build(**values) == raw


def test_cipher_text_is_no_old_signature() -> None:
    import random

    chance = random.Random(2)  # noqa: S311 - cipher text to be refused
    for _ in range(1500):
        size = chance.randint(1, 6)
        message = build_long_header(METER, 1, 0, 0x0500 | size << 4) + chance.randbytes(16 * size)
        assert emtkit.decode(build_long(0x08, 1, 0x72, message)).security.verdict == "key_missing"
