"""The form of payload files: parts with keys and bits, bytes that tell a frame, and where a problem is."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emtkit
from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan.own import OwnPayloads
from emtkit.protocols.lorawan.payload_file import parse_payload

HEAD = 'title = "x"\nsource = "y"\n'
KEYS = f"""{HEAD}
[[frame]]
parts_at = 1
tail = 1
fields = [{{ name = "version", quantity = "software_version", offset = 0, coding = "hex1" }}]

[[frame.part]]
key = "01"
fields = [{{ name = "clock", quantity = "datetime", offset = 0, coding = "epochbe" }}]

[[frame.part]]
key = "0203"
size = 4
fields = [{{ name = "total", quantity = "energy", offset = 1, coding = "u16be", scale = "10", unit = "Wh" }}]

[[frame.part]]
key = "02"
fields = [{{ name = "short", quantity = "energy", offset = 0, coding = "u8", unit = "Wh" }}]
"""
BITS = f"""{HEAD}
[[frame]]
starts = "AA"
bits = 1
bits_coding = "u16be"
parts_at = 3

[[frame.part]]
bit = 0
fields = [{{ name = "counter", quantity = "pulses", offset = 0, coding = "u32ws" }}]

[[frame.part]]
bit = 8
fields = [{{ name = "battery", quantity = "voltage", offset = 0, scale = "0.01294117647", places = 2, unit = "V" }}]
"""
FIELD = HEAD + '[[frame]]\n[[frame.fields]]\nname = "a"\noffset = 0\n'


def decode(text: str, payload: str, port: int = 1, function: Any = emtkit.decode) -> Any:
    memory = Memory()
    memory.of(OwnPayloads).files["mine"] = parse_payload("mine", text, "mine.toml")
    return function(payload, protocol="lorawan", memory=memory, hints={"fport": port, "device": "mine"})


def shown(decoded: emtkit.Decoded) -> list[tuple[str | None, object]]:
    return [(reading.name, reading.value) for reading in decoded.readings]


def test_parts_behind_their_keys() -> None:
    decoded = decode(KEYS, "05 0203 FF04D2FF 0207 0165E31000 CC")
    assert decoded.state == "complete"
    assert shown(decoded)[:3] == [("version", "05"), ("total", Decimal(12340)), ("short", Decimal(7))]
    # the time that one part tells is that of the others
    assert decoded.readings[1].time is not None
    assert decoded.readings[1].time.isoformat() == "2024-03-02T11:39:44+00:00"
    assert decoded.readings[1].time_source == "device"


def test_a_part_that_nobody_described_ends_the_reading() -> None:
    decoded = decode(KEYS, "05 0207 99112233 CC")
    assert decoded.state == "partial"
    assert shown(decoded)[1:] == [("short", Decimal(7)), ("rest", bytes.fromhex("99112233"))]
    assert [d.code for d in decoded.diagnostics] == ["lorawan.payload.rest"]
    cut = decode(KEYS, "05 0207 0203FF CC")
    assert shown(cut)[-1] == ("rest", bytes.fromhex("0203FF"))


def test_a_payload_without_a_known_part_is_another_one() -> None:
    assert decode(KEYS, "05 99112233 CC").state == "opaque"
    assert decode(KEYS, "05").state == "opaque"


def test_parts_whose_bits_are_set() -> None:
    both = decode(BITS, "AA 0101 0002 0001 C8")
    assert shown(both) == [("counter", Decimal(65538)), ("battery", Decimal("2.59"))]
    assert shown(decode(BITS, "AA 0100 C8")) == [("battery", Decimal("2.59"))]
    assert decode(BITS, "AA 0101 0002").state == "opaque"  # a part that must be there is cut off
    assert decode(BITS, "AA 01").state == "opaque"
    more = decode(BITS, "AA 0100 C8 55")
    assert (more.state, shown(more)[-1]) == ("partial", ("rest", b"\x55"))


@pytest.mark.parametrize("text", [KEYS, BITS])
@settings(max_examples=60)
@given(payload=st.binary(min_size=1, max_size=24))
def test_every_byte_is_explained(text: str, payload: bytes) -> None:
    for data in (payload, b"\xaa\x01\x01" + payload, b"\x05\x02\x03" + payload):
        told = decode(text, data.hex(), function=emtkit.explain)
        assert sum(span.end - span.start for span in told.spans) == len(data)


def test_a_byte_in_the_middle_tells_the_frame() -> None:
    text = HEAD + "".join(
        f'[[frame]]\nsize = 4\nat = {{ "3" = "{vif}" }}\n[[frame.fields]]\nname = "total"\nquantity = "volume"\n'
        f'offset = 0\ncoding = "u16"\nscale = "{scale}"\nunit = "m3"\n'
        for vif, scale in (("13", "0.001"), ("14", "0.01"))
    )
    assert shown(decode(text, "D2040013")) == [("total", Decimal("1.234"))]
    assert shown(decode(text, "D2040014")) == [("total", Decimal("12.34"))]
    assert decode(text, "D2040015").state == "opaque"


@pytest.mark.parametrize(
    ("coding", "payload", "value"),
    [
        ("u32ws", "00020001", "65538"),
        ("i32ws", "FFFEFFFF", "-2"),
        ("floatws", "00003F80", "1"),
        ("u48ws", "000300020001", "4295098371"),
        ("ufloat16be", "F800", "0.5"),
        ("ufloat16", "00F8", "0.5"),
    ],
)
def test_codings(coding: str, payload: str, value: str) -> None:
    (reading,) = decode(FIELD + f'coding = "{coding}"\n', payload).readings
    assert reading.value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (FIELD + 'unit = "kWh"', "x.toml:7: [[frame]] 1, fields 1, unit: kWh is no base unit"),
        (FIELD + "shift = -1", "x.toml:7: [[frame]] 1, fields 1, shift: is 0 to 64"),
        (FIELD + "mask = -1", "mask: is 0 or more"),
        (FIELD + "places = 99", "places: is 0 to 18"),
        (FIELD + 'scale = "1E99999"', "scale: is a finite number"),
        (FIELD + 'add = "NaN"', "add: is a finite number"),
        (FIELD + 'flags = { "low" = "a" }', "flags: has bits as keys"),
        (FIELD + "storage = -1", "storage"),
        (FIELD.replace("offset = 0", "offset = -4"), "x.toml:6: [[frame]] 1, fields 1, offset: is 0 to 255"),
        (HEAD + "[[frame]]\nsize = 1000", "x.toml:4: [[frame]] 1, size: is 0 to 256"),
        (HEAD + '[[frame]]\nat = { "a" = "00" }', "'a' is no offset"),
        (HEAD + '[[frame]]\nat = { "0" = "0" }', "is hex digits"),
        (HEAD + "[[frame]]\nat = 1", "is a table of texts"),
        (HEAD + '[[frame]]\nbits = 0\nbits_coding = "i8"\n[[frame.part]]\nbit = 1\nsize = 1', "no coding 'i8' of bits"),
        (HEAD + "[[frame]]\n[[frame.part]]\nsize = 1", "x.toml:4: [[frame]] 1, part 1: needs a key; or a bit"),
        (HEAD + "[[frame]]\n[[frame.part]]\nbit = 1\nsize = 1", "needs a key; or a bit"),
        (HEAD + "[[frame]]\nbits = 0\n[[frame.part]]\nbit = 64\nsize = 1", "a bit is 0 to 63"),
        (HEAD + '[[frame]]\n[[frame.part]]\nkey = "01"', "needs a size or fields"),
        (
            HEAD + "[[frame]]\n[[frame]]\npart = [{ keys = 1 }]",
            "x.toml:5: [[frame]] 2, part 1, keys: unknown key 'keys'",
        ),
        (HEAD + "[[frame]]\npart = [1]", "x.toml:4: [[frame]] 1, part 1: is no table"),
        (HEAD + "[[frame]]\npart = 1", "part is written [[part]]"),
    ],
)
def test_a_problem_is_told_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_payload("x", text, "x.toml")
    assert (caught.value.code, problem in caught.value.message) == ("lorawan.file.form", True), caught.value.message


@settings(max_examples=150)
@given(st.data())
def test_any_text_is_read_or_refused(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from((KEYS, BITS))).splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        value = data.draw(st.sampled_from(("-1", "99999", '"zz"', "[]", "{}", "1.5", "true", '"1E999"', '["01"]')))
        lines[at] = lines[at].partition("=")[0] + "= " + value if "=" in lines[at] else ""
    try:
        decode("\n".join(lines), "AA 0101 0002 0001 C8")
    except EmtkitError as error:
        assert error.code.startswith("lorawan.file.")


CLOCKS = f"""{HEAD}
[[frame]]
size = 29
fields = [
    {{ name = "count", quantity = "pulses", offset = 0 }},
    {{ name = "before", quantity = "pulses", offset = 1, storage = 1 }},
    {{ name = "earlier", quantity = "pulses", offset = 2, storage = 2 }},
    {{ name = "a", quantity = "datetime", offset = 3, coding = "dmyhms", storage = 1 }},
    {{ name = "b", quantity = "datetime", offset = 9, coding = "ymdhms", storage = 3 }},
    {{ name = "c", quantity = "datetime", offset = 15, coding = "dostime", storage = 3 }},
    {{ name = "d", quantity = "datetime", offset = 19, coding = "epochbe", add = "1356998400", storage = 3 }},
    {{ name = "e", quantity = "text", offset = 23, coding = "text6" }},
]
"""


def test_clocks_and_texts() -> None:
    decoded = decode(CLOCKS, "05 04 03 02071A0C1E05 1A01020C1E05 C5634234 00000000 484320000000")
    times = {reading.name: reading.value for reading in decoded.readings[3:7]}
    assert {name: str(time) for name, time in times.items()} == {
        "a": "2026-07-02 12:30:05+02:00",  # summer, by the zone
        "b": "2026-01-02 12:30:05+01:00",
        "c": "2026-02-02 12:30:10+01:00",
        "d": "2013-01-01 00:00:00+00:00",
    }
    assert decoded.readings[7].value == "HC"


def test_a_stored_value_has_its_own_time_or_none() -> None:
    payload = "05 04 03 02071A0C1E05 1A01020C1E05 00000000 00000000 000000000000"
    memory = Memory()
    memory.of(OwnPayloads).files["mine"] = parse_payload("mine", CLOCKS, "mine.toml")
    received = datetime(2026, 7, 3, tzinfo=UTC)
    hints = {"fport": 1, "device": "mine"}
    decoded = emtkit.decode(payload, protocol="lorawan", memory=memory, received_at=received, hints=hints)
    count, before, earlier = decoded.readings[:3]
    assert str(count.time) == "2026-07-03 00:00:00+00:00"
    assert str(before.time) == "2026-07-02 12:30:05+02:00"
    assert earlier.time is None
    assert earlier.time_source is None
    assert decoded.readings[5].status == "invalid"  # a month 0
