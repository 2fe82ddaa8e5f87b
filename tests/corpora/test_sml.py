"""Frames and whole captures of German electricity meters: every value of the references, every damaged frame."""

from __future__ import annotations

import ast
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import emtkit
from emtkit.model.obis import Obis
from emtkit.protocols.sml import DECODER, Frame, SmlStream, build_frame, build_message
from emtkit.protocols.sml.codec import read_time
from emtkit.protocols.sml.structures import GetListRes, Message, SmlTime
from emtkit.protocols.sml.tlv import Integer, SmlCursor, Unsigned
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.decoded import Decoded
    from emtkit.model.reading import Reading

    Loader = Callable[[str], list[dict[str, Any]]]
    Say = Callable[[str], None]

# units of the references, which give the code
UNITS = {30: "Wh", 27: "W", 35: "V", 33: "A", 8: "deg", 44: "Hz"}


def reference_time(text: Any) -> SmlTime | None:
    """Read a time of the reference: a list of (sign, value, octets), or one alone."""
    value = ast.literal_eval(text) if isinstance(text, str) else text
    if value is None:
        return None
    if isinstance(value, tuple):
        return SmlTime(1, value[1], form="bare")
    return SmlTime(value[0][1], value[1][1])


def octets_of(value: Any) -> str | None:
    """Name the type of a number as the reference does: `i24`, `u32`."""
    if isinstance(value, Integer | Unsigned):
        return f"{'i' if isinstance(value, Integer) else 'u'}{8 * value.octets}"
    return None


def check_list(decoded: Decoded, body: GetListRes, expected: dict[str, Any]) -> int:
    """Compare a list with its reference; return how many values there were."""
    assert body.server_id == bytes.fromhex(expected["server_id"])
    assert (None if body.list_name is None else body.list_name.hex()) == expected["list_name"]
    assert body.act_sensor_time == reference_time(expected["act_sensor_time"])
    assert body.act_gateway_time == reference_time(expected["act_gateway_time"])
    assert body.val_list is not None
    for entry, reading, (obis, value, unit, scaler, status, val_time, kind) in zip(
        body.val_list, decoded.readings, expected["values"], strict=True
    ):
        assert entry is not None
        assert str(Obis.from_bytes(entry.obj_name or b"")) == reading.obis == obis
        assert (entry.unit, entry.scaler, entry.status) == (unit, scaler, status)
        assert entry.val_time == reference_time(val_time)
        assert octets_of(entry.value) == kind
        assert reading.status == (None if status is None else f"{status:08x}")
        if isinstance(value, int):
            assert entry.value.value == value
            assert reading.value == Decimal(value).scaleb(scaler or 0)
            assert reading.unit == UNITS.get(unit)
        elif value is None:
            assert (entry.value, reading.value) == (None, None)
        else:
            assert entry.value == bytes.fromhex(value)
            text = reading.value.encode() if isinstance(reading.value, str) else reading.value
            assert text == bytes.fromhex(value)
    return len(expected["values"])


def test_every_frame_of_the_references(corpus: Loader, say: Say) -> None:
    good = values = damaged = 0
    for row in corpus("sml/frames.jsonl"):
        data = bytes.fromhex(row["hex"])
        expected = row["expected"]
        if "error" in expected:
            with pytest.raises(emtkit.EmtkitError) as error:
                emtkit.decode(data)
            assert error.value.code in {"sml.transport.truncated", "sml.transport.crc"}
            assert emtkit.explain(data).decoded.state == "failed"
            damaged += 1
            continue
        decoded = emtkit.decode(data)
        assert decoded.protocol == "sml"
        assert decoded.state == "complete"
        transport, *messages = decoded.layers
        assert (transport.checksum, transport.padding) == (expected["transport_crc"], expected["pad"])
        for message, wanted in zip(messages, expected["messages"], strict=True):
            assert message.checksum == wanted["crc"]
            assert message.transaction_id == bytes.fromhex(wanted["transaction_id"])
            if isinstance(message.body, GetListRes):
                values += check_list(decoded, message.body, wanted)
        assert all(check.ok for check in decoded.checks)
        assert len(decoded.checks) == 1 + len(messages)
        good += 1
    say(f"sml: {good} frames with {values} values as the reference has them, {damaged} damaged frames refused")
    assert (good, damaged) == (135, 16)


def test_every_good_frame_can_be_written_again(corpus: Loader, say: Say) -> None:
    count = same = 0
    for row in corpus("sml/frames.jsonl"):
        if "error" in row["expected"]:
            continue
        data = bytes.fromhex(row["hex"])
        messages: tuple[Message, ...] = emtkit.decode(data).layers[1:]
        again = build_frame(b"".join(map(build_message, messages)))
        assert emtkit.decode(again).layers[1:] == messages
        count += 1
        same += again == data
    say(f"sml: {count} frames written again with the same content, {same} of them octet by octet")


def test_explain_covers_every_octet(corpus: Loader) -> None:
    for row in corpus("sml/frames.jsonl"):
        data = bytes.fromhex(row["hex"])
        spans = emtkit.explain(data).spans
        assert b"".join(span.raw for span in spans) == data
        if "error" not in row["expected"]:
            assert not [span for span in spans if span.meaning == "not decoded"]


def libsml_line(reading: Reading) -> tuple[str | None, Decimal | str, str]:
    """Return a reading as libsml's sml_server prints it."""
    if isinstance(reading.value, Decimal):
        return reading.obis, reading.value, reading.unit or ""
    if isinstance(reading.value, bytes):
        return reading.obis, reading.value[1:].hex(" ") + " ", ""
    return reading.obis, number_or_text(str(reading.value)), ""


def number_or_text(text: str) -> Decimal | str:
    """Tell numbers from texts as far as libsml's output lets one."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def parse_libsml(line: str) -> tuple[str | None, Decimal | str, str]:
    obis, value, unit = line.split("#")
    if value.endswith(" "):
        # octets: libsml prints the first one as a character if it can, so it is left out on both sides
        return obis, value[3:] if value[2] == " " else value[1:], unit
    return obis, number_or_text(value), "deg" if "°" in unit else unit  # encoded twice there


def test_every_capture(corpus: Loader, say: Say) -> None:
    frames = libsml_values = 0
    for row in corpus("sml/libsml_testing.jsonl"):
        data = bytes.fromhex(row["hex"])
        expected = row["expected"]
        places = list(DECODER.split(data))
        decoded = []
        for start, end in places:
            try:
                decoded.append(emtkit.decode(data[start:end]))
            except emtkit.EmtkitError as error:
                assert error.code.startswith("sml.transport.")
        wanted = [frame["values"] for frame in expected["smllib_1.7_frames"] if frame["parse_error"] is None]
        assert len(decoded) == len(expected["smllib_1.7_frames"])
        by_codes = [[reading.obis for reading in item.readings] for item in decoded]
        for values in wanted:
            assert [str(Obis.from_bytes(bytes.fromhex(value[0]))) for value in values] in by_codes
        # libsml has no checksum of the frame and loses step, so it may print less than there is, and more than is right
        ours = Counter(
            libsml_line(reading) for item in decoded for reading in item.readings if reading.value is not None
        )
        theirs = Counter(map(parse_libsml, expected["libsml_sml_server_stdout"]))
        missing = theirs - ours
        if not expected["libsml_stderr"] or "NULL" in expected["libsml_stderr"][0]:
            assert ours == theirs
        libsml_values += theirs.total() - missing.total()
        frames += len(decoded)
    say(f"sml: {frames} frames in the captures, {libsml_values} values as libsml prints them")
    assert frames == 135


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_captures_in_pieces(corpus: Loader, step: int) -> None:
    for row in corpus("sml/libsml_testing.jsonl"):
        data = bytes.fromhex(row["hex"])
        stream, whole = SmlStream(), SmlStream()
        events = [event for at in range(0, len(data), step) for event in stream.feed(data[at : at + step])]
        assert events + stream.eof() == whole.feed(data) + whole.eof()
        assert stream.dropped == len(data) - sum(len(event.data) for event in events if isinstance(event, Frame))


def test_detection_needs_no_name(corpus: Loader) -> None:
    for row in corpus("sml/frames.jsonl"):
        data = bytes.fromhex(row["hex"])
        assert DECODER.sniff(data) == (90 if "error" in row["expected"] else 100)


def test_every_prefix_ends_quickly(corpus: Loader) -> None:
    seen = set()
    for row in corpus("sml/frames.jsonl"):
        if row["capture"] in seen or "error" in row["expected"]:
            continue
        seen.add(row["capture"])
        data = bytes.fromhex(row["hex"])
        for size in range(len(data)):
            with pytest.raises(emtkit.EmtkitError):
                emtkit.decode(data[:size], protocol="sml")


def test_the_bare_time_of_the_references_is_met(corpus: Loader) -> None:
    bare = sum("('u', 1347" in str(row["expected"]) for row in corpus("sml/frames.jsonl"))
    assert bare > 0
    assert read_time(SmlCursor(View(bytes.fromhex("6500148e03")), _context()), "time") == SmlTime(
        1, 0x148E03, form="bare"
    )


def _context() -> Any:
    from emtkit.protocols.context import Context

    return Context()
