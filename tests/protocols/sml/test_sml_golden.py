"""A basic meter's frame, made by the encoder: its octets, its JSON and its explanation stand in fixtures/sml."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import emtkit
from emtkit.model.jsontext import dumps
from emtkit.model.reading import plain_value
from emtkit.protocols.sml import build_frame, build_message
from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.server_id import din_server_id
from emtkit.protocols.sml.structures import Message, SmlTime
from emtkit.protocols.sml.tlv import Integer, Unsigned

if TYPE_CHECKING:
    from collections.abc import Callable

    Golden = Callable[[str, str], None]

SERVER = din_server_id("1ABC0012345678")
NOW = SmlTime(1, 9_424_220)


def entry(
    obis: str, value: sml.Value, unit: int | None = None, scaler: int | None = None, status: int | None = None
) -> sml.ListEntry:
    return sml.ListEntry(bytes.fromhex(obis), status, None, unit, scaler, value)


def frame() -> bytes:
    """Return what a two-way basic meter pushes each second, with an escape sequence in its firmware checksum."""
    values = (
        entry("010060320101", b"ABC"),
        entry("0100600100ff", SERVER),
        entry("0100010800ff", Unsigned(23_536_569, 4), 30, -1, 0x1C0104),
        entry("0100020800ff", Unsigned(0, 1), 30, -1),
        entry("0100100700ff", Integer(622, 2), 27, -2),
        entry("0100200700ff", Unsigned(2325, 2), 35, -1),
        entry("010060320204", None),
        entry("0100605a0201", b"\x1b\x1b\x1b\x1b\x01\x02"),
    )
    messages = (
        Message(b"\x01", sml.OpenRes(None, None, b"\x00\x2a", SERVER, NOW, 1)),
        Message(b"\x02", sml.GetListRes(None, SERVER, bytes.fromhex("0100620affff"), NOW, values, bytes(range(8)))),
        Message(b"\x03", sml.CloseRes()),
    )
    return build_frame(b"".join(map(build_message, messages)))


def test_the_octets(golden: Golden) -> None:
    golden("sml/basic_meter.hex", frame().hex() + "\n")


def test_the_result(golden: Golden) -> None:
    text = dumps(emtkit.decode(frame()).to_dict())
    golden("sml/basic_meter.json", json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n")


def test_the_explanation(golden: Golden) -> None:
    lines = [
        f"{span.start:4} {span.end:4}  {span.raw.hex():34.34}  {span.layer:14} {span.field}: {span.meaning}"
        + (f" = {plain_value(span.value)}" if span.value is not None else "")
        + (f" {span.unit}" if span.unit else "")
        for span in emtkit.explain(frame()).spans
    ]
    golden("sml/basic_meter.explain.txt", "\n".join(lines) + "\n")
