"""Payload files: their own examples, how a device is found, and that no payload breaks a reader."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emtkit
from emtkit.model.errors import ConfigError
from emtkit.model.reading import Reading, plain_value
from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan.payload_file import parse_payload, payload_files
from emtkit.protocols.lorawan.uplink import Uplink

if TYPE_CHECKING:
    from emtkit.protocols.lorawan.payload_file import Expected

FILES = payload_files()
EXAMPLES = [(name, number) for name, file in FILES.items() for number in range(len(file.example))]


def decode(payload: str, port: int | None, device: str | None = None, **more: Any) -> emtkit.Decoded:
    hints = {"fport": port, "device": device, **more.pop("hints", {})}
    return emtkit.decode(payload, protocol="lorawan", hints=hints, memory=Memory(), **more)


def equals(wanted: Expected, reading: Reading) -> bool:
    value = plain_value(reading.value)
    text = value if isinstance(value, str) else "" if value is None else format(value, "f")
    return text == wanted.value and all(
        want is None or want == have
        for want, have in (
            (wanted.name, reading.name),
            (wanted.quantity, reading.quantity),
            (wanted.unit, reading.unit),
            (wanted.obis, reading.obis),
            (wanted.time, None if reading.time is None else reading.time.isoformat()),
        )
    )


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_examples(name: str, number: int) -> None:
    example = FILES[name].example[number]
    at = None if example.received_at is None else datetime.fromisoformat(example.received_at)
    decoded = decode(example.payload, example.fport, name, received_at=at)
    assert decoded.state == "complete", decoded.diagnostics
    if FILES[name].alone:
        found = decode(example.payload, example.fport, received_at=at)
        assert [r.value for r in found.readings] == [r.value for r in decoded.readings]
    for wanted in example.expect:
        assert any(equals(wanted, reading) for reading in decoded.readings), (wanted, decoded.readings)


def test_every_file_has_an_example_and_a_match() -> None:
    assert [name for name, file in FILES.items() if not file.example or not file.match] == []


@pytest.mark.parametrize("name", FILES)
def test_a_device_is_found_by_its_profile(name: str) -> None:
    file = FILES[name]
    words = next(match.device for match in file.match if match.device)
    example = file.example[0]
    uplink = Uplink("ttn-v3", profile=f"My {words[0].upper()} 7", payload=b"", f_port=example.fport)
    decoded = decode(example.payload, example.fport, hints={"uplink": uplink})
    assert decoded.state == "complete", decoded.diagnostics


def test_an_unknown_device_keeps_its_bytes() -> None:
    decoded = decode("0102030405", 9)
    assert (decoded.state, decoded.readings[0].value) == ("opaque", bytes.fromhex("0102030405"))
    assert [d.code for d in decoded.diagnostics] == ["lorawan.payload.unknown"]


@pytest.mark.parametrize("port", [101, 103])
def test_settings_and_alarms_of_a_meter_that_nobody_names(port: int) -> None:
    """They have no form of their own: any device may use these ports."""
    assert decode("0010E36501", port).state == "opaque"
    assert decode("0010E36501", port, "axioma_qalcosonic_w1").state == "complete"


def test_a_telegram_in_parts_is_put_together() -> None:
    whole = bytes.fromhex(FILES["lobaro_wmbus"].example[0].payload)
    memory = Memory()

    def part(data: bytes, port: int, counter: int) -> emtkit.Decoded:
        hints = {"fport": port, "device": "lobaro_wmbus", "dev_eui": "70B3D5E75E0000AB", "fcnt": counter}
        return emtkit.decode(data, protocol="lorawan", hints=hints, memory=memory)

    first = part(whole[:10], 12, 7)
    assert [d.code for d in first.diagnostics] == ["lorawan.parts.waiting"]
    last = part(whole[10:], 22, 8)
    assert last.state == "complete"
    assert [(r.quantity, str(r.value)) for r in last.readings][:1] == [("volume", "123.529")]
    assert last.meter is not None
    assert last.meter.id == "33225544"
    part(whole[:10], 12, 9)
    jumped = part(whole[10:], 22, 11)
    assert [d.code for d in jumped.diagnostics] == ["lorawan.parts.lost"]
    alone = part(whole[10:], 22, 12)
    assert [d.code for d in alone.diagnostics] == ["lorawan.parts.lost"]
    broken = part(b"\x00" * 20, 11, 13)
    assert "lorawan.parts.telegram" in [d.code for d in broken.diagnostics]


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=25)
@given(st.data())
def test_no_payload_breaks_a_reader(name: str, data: st.DataObject) -> None:
    file = FILES[name]
    example = data.draw(st.sampled_from(file.example))
    payload = bytearray(bytes.fromhex(example.payload))
    cut = data.draw(st.integers(1, len(payload)))
    for _ in range(data.draw(st.integers(0, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    hints = {"fport": example.fport, "device": name}
    told = emtkit.explain(bytes(payload[:cut]), protocol="lorawan", hints=hints, memory=Memory())
    assert sum(span.end - span.start for span in told.spans) == cut
    assert told.decoded.state in {"complete", "partial", "opaque"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('title = "x"\nsource = "y"', "either a program"),
        ('title = "x"\nsource = "y"\ncolour = 1', "unknown key 'colour'"),
        ('title = "x"\nsource = "y"\n[[frame]]\n[[frame.fields]]\nname = "a"', "offset"),
        ('title = 1\nsource = "y"', "is a text"),
        ('title = "x"\nsource = "y"\n[[frame]]\nsize = true', "whole number"),
        ('title = "x"\nsource = "y"\nframe = 1', "is written [[frame]]"),
        ('title = "x"\nsource = "y"\n[[frame]]\nstarts = "zz"', "hex digits"),
        ('[[frame]]\n[[frame.fields]]\nname = "a"\noffset = 0\nquantity = "colour"', "no quantity"),
        ('[[frame]]\n[[frame.fields]]\nname = "a"\noffset = 0\ncoding = "u9"', "no coding"),
        ('[[frame]]\n[[frame.fields]]\nname = "a"\noffset = 0\nunit = "furlong"', "no unit"),
        ('[[frame]]\n[[frame.fields]]\nname = "a"\noffset = 0\nscale = 0.1', "number in quotes"),
        ('[[frame]]\n[[frame.fields]]\nname = "a"\noffset = 0\nfunction = "often"', "no function"),
        ('[[frame]]\n[[frame.fields]]\nname = "a"\noffset = 0\nobis = "1.8.0.0.0.0.0"', ""),
    ],
)
def test_a_wrong_file_is_refused(text: str, part: str) -> None:
    with pytest.raises(ConfigError, match=r"lorawan\.file\.form") as caught:
        parse_payload("x", text, "x.toml")
    assert part in str(caught.value)


def test_a_file_that_is_no_toml_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"lorawan\.file\.syntax"):
        parse_payload("x", "title = ", "x.toml")
