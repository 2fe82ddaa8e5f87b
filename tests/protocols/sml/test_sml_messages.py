"""Every message of the standard: written, read back, and read with damage."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtkit.model.errors import DecodeError, EmtkitError, EncodeError
from emtkit.protocols.context import Context
from emtkit.protocols.sml import DECODER, build_frame, build_message, decode_messages
from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.bodies import BODIES
from emtkit.protocols.sml.message import checksum_field, looks_like_message, read_messages
from emtkit.protocols.sml.structures import Message, SmlTime
from emtkit.protocols.sml.tlv import Integer, SmlCursor, Unsigned
from emtkit.wire.trace import Trace
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Check, Decoded
    from emtkit.protocols.sml.message import Checksum


def built(kind: Callable[..., Any], *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Build from exactly these parts; what has a default keeps it."""
    return st.tuples(*parts).map(lambda values: kind(*values))


OCTETS = st.none() | st.binary(min_size=1, max_size=20)
U8 = st.none() | st.integers(0, 255)
U32 = st.none() | st.integers(0, 2**32 - 1)
U64 = st.none() | st.integers(0, 2**64 - 1)
I8 = st.none() | st.integers(-128, 127)
I64 = st.none() | st.integers(-(2**63), 2**63 - 1)
SECONDS = st.integers(0, 2**32 - 1)
MINUTES = st.integers(-(2**15), 2**15 - 1)
TIME = st.one_of(
    st.none(),
    built(SmlTime, st.sampled_from([1, 2]), SECONDS),
    built(SmlTime, st.just(3), SECONDS, MINUTES, MINUTES),
    built(SmlTime, st.just(1), SECONDS, st.just(0), st.just(0), st.just("bare")),
    built(SmlTime, st.just(3), SECONDS, MINUTES, MINUTES, st.just("untagged")),
)
NUMBER = st.integers(1, 8).flatmap(
    lambda size: (
        built(Unsigned, st.integers(0, 2 ** (8 * size) - 1), st.just(size))
        | built(Integer, st.integers(-(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1), st.just(size))
    )
)
VALUE = st.one_of(OCTETS, NUMBER, st.booleans(), TIME, st.just((Unsigned(2, 1), (None, b"x"))))


def tuples(item: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(item, max_size=most).map(tuple)


LIST_ENTRY = st.none() | built(sml.ListEntry, OCTETS, U64, TIME, U8, I8, VALUE, OCTETS)
PERIOD_ENTRY = st.none() | built(sml.PeriodEntry, OCTETS, U8, I8, VALUE, OCTETS)
MEASURED = (U8, I8, I64)
TUPEL = built(
    sml.TupelEntry, OCTETS, TIME, U64, *MEASURED, *MEASURED, *MEASURED, OCTETS, *MEASURED, *MEASURED, *MEASURED, OCTETS
)
HEADER = st.none() | built(sml.ProfileHeader, OCTETS, U8, I8)
VALUE_ENTRY = st.none() | built(sml.ValueEntry, VALUE, OCTETS)
PERIOD = st.none() | built(sml.ProfilePeriod, TIME, U64, tuples(VALUE_ENTRY), OCTETS)
PARAMETER = st.one_of(
    st.none(),
    built(sml.ProcParValue, st.just(1), VALUE),
    built(sml.ProcParValue, st.just(2), PERIOD_ENTRY),
    built(sml.ProcParValue, st.just(3), TUPEL),
    built(sml.ProcParValue, st.just(4), TIME),
    built(sml.ProcParValue, st.just(5), LIST_ENTRY),
    built(sml.ProcParValue, st.just(9), NUMBER),
)
TREE = st.none() | st.recursive(
    built(sml.Tree, OCTETS, PARAMETER),
    lambda inner: built(sml.Tree, OCTETS, PARAMETER, tuples(st.none() | inner)),
    max_leaves=6,
)
PATH = tuples(OCTETS)
PROFILE_REQ = (OCTETS, OCTETS, OCTETS, st.none() | st.booleans(), TIME, TIME, PATH, tuples(OCTETS), TREE)

BODY_OF: dict[type[Any], tuple[st.SearchStrategy[Any], ...]] = {
    sml.OpenReq: (OCTETS, OCTETS, OCTETS, OCTETS, OCTETS, OCTETS, U8),
    sml.OpenRes: (OCTETS, OCTETS, OCTETS, OCTETS, TIME, U8),
    sml.CloseReq: (OCTETS,),
    sml.CloseRes: (OCTETS,),
    sml.GetProfilePackReq: PROFILE_REQ,
    sml.GetProfilePackRes: (OCTETS, TIME, U32, PATH, tuples(HEADER), tuples(PERIOD), OCTETS, OCTETS),
    sml.GetProfileListReq: PROFILE_REQ,
    sml.GetProfileListRes: (OCTETS, TIME, U32, PATH, TIME, U64, tuples(PERIOD_ENTRY), OCTETS, OCTETS),
    sml.GetProcParameterReq: (OCTETS, OCTETS, OCTETS, PATH, OCTETS),
    sml.GetProcParameterRes: (OCTETS, PATH, TREE),
    sml.SetProcParameterReq: (OCTETS, OCTETS, OCTETS, PATH, TREE),
    sml.GetListReq: (OCTETS, OCTETS, OCTETS, OCTETS, OCTETS),
    sml.GetListRes: (OCTETS, OCTETS, OCTETS, TIME, tuples(LIST_ENTRY, 20), OCTETS, TIME),
    sml.AttentionRes: (OCTETS, OCTETS, OCTETS, TREE),
}
BODIES_ANY = st.one_of([built(kind, *parts) for kind, parts in BODY_OF.items()])
MESSAGES = built(Message, OCTETS, BODIES_ANY, U8, U8)


def read(data: bytes) -> tuple[list[Message], list[str]]:
    """Read messages without a transport frame; return them and the codes of the findings."""
    ctx = Context()
    checks: list[Check] = []
    messages = read_messages(SmlCursor(View(data), ctx), checks)
    assert all(check.ok is not None for check in checks)
    return messages, [found.code for found in ctx.diagnostics]


def decode(data: bytes, *, trace: Trace | None = None) -> Decoded:
    return DECODER.decode(View(data), Context(trace=trace))


def test_the_strategies_know_every_body() -> None:
    assert set(BODY_OF) == {kind for kind, _ in BODIES.values()}
    for kind, parts in BODY_OF.items():
        assert len(fields(kind)) == len(parts)


@pytest.mark.parametrize("kind", BODY_OF, ids=lambda kind: kind.__name__)
def test_an_empty_body_comes_back(kind: type[Any]) -> None:
    message = Message(b"\x01", kind())
    assert read(build_message(message)) == ([message], [])


@settings(max_examples=300)
@given(MESSAGES, st.sampled_from(["x25", "kermit"]), st.booleans())
def test_every_message_comes_back(message: Message, checksum: Checksum, short_crc: bool) -> None:
    message.checksum = checksum
    data = build_message(message, checksum=checksum, short_crc=short_crc)
    assert read(data) == ([message], [])


@given(st.lists(MESSAGES, min_size=1, max_size=4), st.sampled_from(["x25", "kermit"]))
def test_a_file_comes_back_in_a_frame(messages: list[Message], checksum: Checksum) -> None:
    data = build_frame(b"".join(map(build_message, messages)), checksum=checksum)
    decoded = decode(data)
    assert list(decoded.layers[1:]) == messages
    assert decoded.layers[0].checksum == checksum
    assert decoded.raw == data


@given(st.lists(MESSAGES, min_size=1, max_size=3), st.binary(max_size=3))
def test_spans_cover_every_octet_and_change_nothing(messages: list[Message], noise: bytes) -> None:
    data = noise + build_frame(b"".join(map(build_message, messages)))
    trace = Trace()
    decoded = decode(data, trace=trace)
    assert decoded == decode(data)
    spans = trace.cover(data)
    assert all(span.layer for span in spans)
    assert b"".join(span.raw for span in spans) == data


@given(MESSAGES, st.data())
def test_a_flipped_bit_gives_a_result_or_an_error(message: Message, data: st.DataObject) -> None:
    good = build_frame(build_message(message) + build_message(Message(b"\x02", sml.CloseRes())))
    at = data.draw(st.integers(0, len(good) * 8 - 1))
    damaged = bytearray(good)
    damaged[at // 8] ^= 1 << at % 8
    with pytest.raises(EmtkitError):
        decode(bytes(damaged))
    payload = bytes(damaged[8:-8])  # the same without the checksum of the frame
    try:
        decode_messages(View(payload), Context())
    except EmtkitError as error:
        assert error.code.startswith("sml.")


@given(MESSAGES)
def test_every_prefix_gives_a_result_or_an_error(message: Message) -> None:
    good = build_message(message)
    for size in range(len(good)):
        try:
            decoded = decode_messages(View(good[:size]), Context())
        except EmtkitError as error:
            assert error.code.startswith("sml.")
        else:
            assert decoded.state == "partial"
            assert not decoded.readings or size == len(good) - 1


@given(st.binary(max_size=300))
def test_any_octets_give_a_result_or_an_error(data: bytes) -> None:
    for start in (b"", bytes.fromhex("7602016200620072630701")):
        try:
            decode_messages(View(start + data), Context())
        except EmtkitError as error:
            assert error.code.startswith("sml.")


def test_the_checksum_in_one_octet() -> None:
    # so many messages that the checksum of some has a high octet of 0
    sizes = set()
    for number in range(2048):
        message = Message(number.to_bytes(2, "big"), sml.CloseRes())
        data = build_message(message, short_crc=True)
        sizes.add(len(data))
        assert read(data) == ([message], [])
    assert len(sizes) == 2


def test_a_wrong_checksum_keeps_the_message_and_gives_no_readings() -> None:
    entry = sml.ListEntry(bytes.fromhex("0100010800ff"), None, None, 30, -1, Unsigned(10, 4))
    good = build_message(Message(b"\x01", sml.GetListRes(val_list=(entry,))))
    body, rest = good[:-3], good[-3:]
    wrong = body + bytes([rest[0] ^ 0xFF]) + rest[1:]
    decoded = decode(build_frame(wrong))
    assert decoded.state == "partial"
    assert decoded.readings == []
    assert [found.code for found in decoded.diagnostics] == ["sml.message.crc"]
    assert decoded.layers[1].checksum == "wrong"
    assert decoded.layers[1].body.val_list == (entry,)
    assert [check.ok for check in decoded.checks] == [True, False]


def test_a_damaged_message_does_not_cost_the_others() -> None:
    one = build_message(Message(b"\x01", sml.OpenRes(server_id=b"0123456")))
    three = build_message(Message(b"\x03", sml.CloseRes()))
    damaged = bytearray(build_message(Message(b"\x02", sml.GetListRes())))
    damaged[1] = 0x75  # a list where the transaction id should stand
    decoded = decode(build_frame(one + bytes(damaged) + three))
    assert decoded.state == "partial"
    assert [message.transaction_id for message in decoded.layers[1:]] == [b"\x01", b"\x03"]
    assert decoded.meter is not None
    assert decoded.meter.id == "0123456"
    (found,) = [found for found in decoded.diagnostics if found.severity == "error"]
    assert found.start == 8 + len(one)
    with pytest.raises(DecodeError):
        DECODER.decode(View(build_frame(one + bytes(damaged) + three)), Context(strict=True))


def test_lists_of_another_size_are_reported() -> None:
    body = bytes.fromhex("7263020172016205")  # a close message with one element more
    head = bytes.fromhex("7602016200620072630201") + body[4:]
    data = head + b"\x63" + checksum_field(head).to_bytes(2, "big") + b"\x00"
    messages, codes = read(data)
    assert messages[0].body == sml.CloseRes()
    assert codes == ["sml.list.size"]
    head = bytes.fromhex("7602016200620072630101730102aa02bb")
    data = head + b"\x63" + checksum_field(head).to_bytes(2, "big") + b"\x00"
    messages, codes = read(data)
    assert messages[0].body == sml.OpenRes(None, b"\xaa", b"\xbb")
    assert codes == ["sml.list.size"]


def test_a_message_of_another_kind_keeps_its_elements() -> None:
    body = sml.OtherBody(0x0801, (b"\x01", (Unsigned(5, 1), None)))
    message = Message(b"\x01", body)
    messages, codes = read(build_message(message))
    assert messages == [message]
    assert codes == ["sml.message.tag"]


def test_a_message_without_its_last_octet() -> None:
    data = build_message(Message(b"\x01", sml.CloseRes()))
    messages, codes = read(data[:-1])
    assert messages == [Message(b"\x01", sml.CloseRes())]
    assert codes == ["sml.message.end"]


def test_messages_without_a_frame_are_found() -> None:
    data = build_message(Message(bytes(20), sml.CloseRes()))  # a TL field of two octets
    assert looks_like_message(data)
    assert DECODER.sniff(data) == 80
    assert decode(data).layers == (Message(bytes(20), sml.CloseRes()),)


def test_fill_octets_of_the_radio_link_are_no_message() -> None:
    data = build_message(Message(b"\x01", sml.CloseRes()))
    trace = Trace()
    decoded = decode_messages(View(data + b"\x2f" * 5), Context(trace=trace))
    assert decoded.state == "complete"
    assert trace.cover(data + b"\x2f" * 5)[-1].field == "padding"


def test_what_cannot_be_written_names_its_field() -> None:
    entry = sml.ListEntry(None, None, None, 30, 200, Unsigned(-1, 1))
    with pytest.raises(EncodeError) as error:
        build_message(Message(b"\x01", sml.GetListRes(val_list=(entry,))))
    assert error.value.field == "message_body.val_list[0].value"
    for body in (None, "text", sml.GetListRes(val_list=5), sml.OpenRes(ref_time=7)):  # type: ignore[arg-type]
        with pytest.raises(EncodeError):
            build_message(Message(b"\x01", body))  # type: ignore[arg-type]


def test_another_frame_in_the_input_is_reported() -> None:
    frame = build_frame(build_message(Message(b"\x01", sml.CloseRes())))
    decoded = decode(b"\x55" + frame + frame[:-4] + frame)
    assert decoded.state == "partial"
    assert [found.code for found in decoded.diagnostics] == [
        "sml.transport.noise", "sml.transport.restart", "sml.transport.more",
    ]  # fmt: skip
    assert decode(b"\x55" + frame).state == "complete"


def test_wrong_fill_octets_are_reported() -> None:
    good = build_frame(build_message(Message(b"\x01", sml.CloseRes())))
    body = good[:-3] + b"\x09"
    decoded = decode(body + checksum_field(body).to_bytes(2, "big"))
    assert [found.code for found in decoded.diagnostics] == ["sml.transport.padding"]
    assert decoded.layers[1].body == sml.CloseRes()


def test_an_empty_frame_is_an_error() -> None:
    with pytest.raises(DecodeError) as error:
        decode(build_frame(b""))
    assert error.value.code == "sml.message.none"
    with pytest.raises(DecodeError) as error:
        decode(b"no SML at all")
    assert error.value.code == "sml.transport.start"
