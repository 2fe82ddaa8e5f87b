"""A formatter with its mapping reads payloads like a layout of our own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

import emtkit
from emtkit.codecs import load_codecs, use_codecs
from emtkit.codecs.check import problems_of, starting_map
from emtkit.codecs.codec import Formatted
from emtkit.model.errors import ConfigError
from emtkit.protocols.context import Memory

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.model.decoded import Decoded

pytestmark = pytest.mark.skipif(find_spec("quickjs") is None, reason="needs a JavaScript engine: the extra emtkit[js]")

SCRIPT = """function decodeUplink(input) {
  if (input.fPort !== 3) return { errors: ["unknown port"] };
  return { data: {
      total: input.bytes[0] * 100, temperature: 20.1 + 0.2, text: "12.50", leak: (input.bytes[1] & 1) === 1,
      none: -1, extra: { note: "x", on: true },
      history: [{ at: 1767225600, litres: 90 }, { at: 1767229200000, litres: 80 }],
    }, warnings: ["battery is low"] };
}"""
MAPPING = """
title = "Own water meter"
source = "made for this test"
device_type = 7
ignore = ["extra.note"]
status = { leak = "leak" }
[[field]]
path = "total"
name = "total"
quantity = "volume"
unit = "l"
obis = "8-0:1.0.0*255"
[[field]]
path = "temperature"
name = "water"
quantity = "temperature"
unit = "degC"
decimals = 1
[[field]]
path = "text"
name = "pressure"
quantity = "pressure"
unit = "mbar"
[[field]]
path = "none"
name = "flow"
quantity = "volume_flow"
unit = "l/h"
invalid = [-1]
[[field]]
path = "history[*].litres"
name = "history"
quantity = "volume"
unit = "l"
storage = 1
time = "history[*].at"
[[example]]
fport = 3
payload = "0A01"
expect = [{ name = "total", value = 1 }, { name = "history", value = "0.08", storage = 2 }]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "meter.js").write_text(SCRIPT, "utf-8")
    (tmp_path / "meter.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "other.js").write_text("function Decoder(b, port) { return { other: port }; }", "utf-8")
    (tmp_path / "codecs.toml").write_text(
        '[[codec]]\nfile = "meter.js"\ndevice = "WaterMeter"\n[[codec]]\nfile = "other.js"\ndev_eui = ["70-B3-D5"]\n',
        "utf-8",
    )
    return tmp_path


def decode(path: Path, payload: str = "0A01", port: int = 3, **hints: str) -> Decoded:
    memory = Memory()
    use_codecs(memory, path)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return emtkit.decode(
        payload, protocol="lorawan", hints={"fport": port, **hints}, memory=memory, received_at=at
    )  # fmt: skip


def test_a_mapping_makes_readings_with_units_and_times(folder: Path) -> None:
    decoded = decode(folder / "meter.js")
    got = {(r.name, r.storage): (r.value, r.unit) for r in decoded.readings}
    assert got == {
        ("total", 0): (Decimal(1), "m3"),
        ("water", 0): (Decimal("20.3"), "degC"),
        ("pressure", 0): (Decimal("0.0125"), "bar"),
        ("flow", 0): (None, "m3/h"),
        ("history", 1): (Decimal("0.09"), "m3"),
        ("history", 2): (Decimal("0.08"), "m3"),
        ("extra.on", 0): ("true", None),
    }
    assert decoded.state == "complete"
    assert decoded.status == ("leak",)
    assert decoded.meter is not None
    assert decoded.meter.device_type == 7
    total, *_, second, extra = decoded.readings
    assert total.obis == "8-0:1.0.0*255"
    assert (total.time, total.time_source) == (datetime(2026, 3, 1, tzinfo=UTC), "capture")
    assert (second.time, second.time_source) == (datetime(2026, 1, 1, 1, tzinfo=UTC), "device")
    assert (extra.start, extra.end) == (0, 2)
    assert [d.code for d in decoded.diagnostics] == ["codec.script.warning", "codec.field.unmapped"]
    assert decoded.layer(Formatted).data["text"] == "12.50"


def test_without_a_mapping_every_field_is_there_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.js").write_text("function Decoder(b) { return { a: { b: [1.5, null] }, c: 'é' }; }", "utf-8")
    decoded = decode(tmp_path / "x.js")
    assert [(r.quantity, r.name, r.value) for r in decoded.readings] == [
        ("any", "a.b[0]", Decimal("1.5")), ("any", "a.b[1]", None), ("text", "c", "é"),
    ]  # fmt: skip


def test_a_device_map_chooses_and_leaves_the_others_alone(folder: Path) -> None:
    assert decode(folder, device="My watermeter 5").readings[0].name == "total"
    assert decode(folder, dev_eui="70B3D50000000001").readings[0].name == "other"
    assert "codec" not in {d.layer for d in decode(folder, device="thermometer").diagnostics}


def test_variables_of_the_device_map(folder: Path) -> None:
    (folder / "v.js").write_text("function Decode(p, b, v) { return { v: b[0] * v.k, t: v.t, on: v.on }; }", "utf-8")
    (folder / "codecs.toml").write_text(
        '[[codec]]\nfile = "v.js"\nvariables = { k = 0.5, t = "x", on = true }\n', "utf-8"
    )
    assert [reading.value for reading in decode(folder).readings] == [Decimal(5), "x", "true"]
    (folder / "codecs.toml").write_text('[[codec]]\nfile = "v.js"\nvariables = { k = 2026-03-01 }\n', "utf-8")
    with pytest.raises(ConfigError, match="variables") as caught:
        load_codecs(folder)
    assert caught.value.code == "codec.file.form"


def test_a_formatter_that_fails_leaves_the_payload(folder: Path) -> None:
    decoded = decode(folder / "meter.js", port=9)
    assert decoded.state == "opaque"
    assert decoded.readings[0].value == bytes.fromhex("0A01")
    assert [d.code for d in decoded.diagnostics] == ["codec.script.errors"]


def test_a_value_that_is_no_number_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.js").write_text("function Decoder(b) { return { v: 'ERR', at: 'never' }; }", "utf-8")
    (tmp_path / "x.toml").write_text(
        '[[field]]\npath = "v"\nname = "v"\nquantity = "energy"\nunit = "kWh"\n'
        '[[field]]\npath = "at"\nname = "at"\nquantity = "datetime"\n', "utf-8",
    )  # fmt: skip
    decoded = decode(tmp_path / "x.js")
    assert [(r.value, r.status) for r in decoded.readings] == [(None, "invalid"), (None, "invalid")]
    assert [d.code for d in decoded.diagnostics] == ["codec.field.value"] * 2


def test_examples_of_a_mapping_are_checked(folder: Path) -> None:
    (codec,) = load_codecs(folder / "meter.js")
    assert problems_of(codec) == []
    (folder / "meter.toml").write_text(MAPPING.replace("value = 1 ", "value = 2 "), "utf-8")
    (codec,) = load_codecs(folder / "meter.js")
    assert problems_of(codec) == ["example 1: total should be 2, is 1.000"]


def test_a_mapping_to_start_from_is_a_mapping(folder: Path) -> None:
    codec = load_codecs(folder / "meter.js")[0]
    (folder / "meter.toml").write_text(starting_map([{"a": 1, "b": [{"c": "x"}, {"c": "y"}]}]), "utf-8")
    again = load_codecs(folder / "meter.js")[0]
    assert codec.mapping is not None
    assert again.mapping is not None
    assert [rule.path for rule in again.mapping.field] == ["a", "b[*].c"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[field]]\npath = "a"\nname = "a"\nquantity = "heat"', "no quantity"),
        ('[[field]]\npath = "a"\nname = "a"\nquantity = "volume"\nunit = "kWh"', "not measured in"),
        ('[[field]]\npath = "a"\nname = "a"\nquantity = "volume"', "needs a unit"),
        ('[[field]]\npath = "a..b"\nname = "a"', "no path"),
        ('[[field]]\npath = "a"\nname = "a"\nobis = "x"', "obis"),
        ('[[field]]\npath = "a"\nname = "a"\nunits = "l"', "units"),
        ('[[example]]\nfport = 1\npayload = "0g"', "payload"),
        ("[[field", "meter.toml"),
    ],
)
def test_a_wrong_mapping_says_where(folder: Path, text: str, words: str) -> None:
    (folder / "meter.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="(?i)" + words) as caught:
        load_codecs(folder / "meter.js")
    assert caught.value.code == "codec.file.form"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_codecs(tmp_path)
    assert caught.value.code == "codec.file.map"
    with pytest.raises(ConfigError) as caught:
        load_codecs(tmp_path / "none.js")
    assert caught.value.code == "codec.file.read"
    (tmp_path / "x.js").write_bytes(b"\x89PNG\x00")
    with pytest.raises(ConfigError) as caught:
        load_codecs(tmp_path / "x.js")
    assert caught.value.code == "codec.file.read"
