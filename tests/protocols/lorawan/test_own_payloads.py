"""Payload files and the list of devices that a user brings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import emtkit
from emtkit.keys import KeyRing
from emtkit.model.errors import ConfigError
from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan.own import OwnPayloads

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.model.decoded import Decoded

MINE = """
title = "My meter"
source = "its maker, payload description 1.0"
device_type = 7

[[frame]]
size = 2

[[frame.fields]]
name = "total"
quantity = "volume"
offset = 0
coding = "u16be"
scale = "0.1"
unit = "m3"
"""
FLEET = """
[[device]]
device = "70-b3-d5-e7-5e-00-00-07"
payload = "mine"

[[device]]
device = "70B3D5E7*"
payload = "zenner_sp1"
note = "the cellars"

[[device]]
device = "26010001"
payload = "mine"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(MINE, "utf-8")
    (tmp_path / "fleet.toml").write_text(FLEET, "utf-8")
    (tmp_path / "notes.txt").write_text("not a payload file", "utf-8")
    return tmp_path


def decode(folder: Path, payload: str, **hints: object) -> Decoded:
    memory = Memory()
    memory.of(OwnPayloads).load(folder)
    return emtkit.decode(payload, protocol="lorawan", memory=memory, hints={"fport": 1, **hints})


def test_the_list_of_devices_says_which_payload_a_device_has(folder: Path) -> None:
    mine = decode(folder, "04D2", dev_eui="70B3D5E75E000007")
    assert (mine.state, mine.readings[0].value, mine.readings[0].unit) == ("complete", Decimal("123.4"), "m3")
    other = decode(folder, "11D2040000", dev_eui="70B3D5E75E000008")
    assert other.readings[0].value == Decimal("1.234")
    assert decode(folder, "04D2", dev_eui="0011223344556677").state == "opaque"


def test_a_frame_of_a_gateway_is_known_by_its_device_address(folder: Path) -> None:
    from emtkit.protocols.lorawan.encode import build_data_frame
    from emtkit.protocols.lorawan.security import SessionKeys

    frame = build_data_frame(SessionKeys.of_1_0(b"N" * 16, b"A" * 16), 0x26010001, 1, f_port=1, payload=b"\x04\xd2")
    memory = Memory()
    memory.of(OwnPayloads).load(folder)
    decoded = emtkit.decode(frame, protocol="lorawan", memory=memory, keys=KeyRing.of([b"N" * 16, b"A" * 16]))
    assert decoded.readings[0].value == Decimal("123.4")


def test_the_hint_names_a_file_of_the_user(folder: Path) -> None:
    assert decode(folder, "04D2", device="mine").readings[0].value == Decimal("123.4")


def test_one_memory_says_nothing_to_another(folder: Path) -> None:
    decode(folder, "04D2", dev_eui="70B3D5E75E000007")
    plain = emtkit.decode(
        "04D2", protocol="lorawan", memory=Memory(), hints={"fport": 1, "dev_eui": "70B3D5E75E000007"}
    )
    assert plain.state == "opaque"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("bad.toml", "title = ", "lorawan.file.syntax"),
        ("bad.toml", 'title = "x"', "lorawan.file.form"),
        ("fleet.toml", "[[device", "lorawan.file.syntax"),
        ("fleet.toml", "device = 1", "lorawan.file.form"),
        ("fleet.toml", '[[device]]\ndevice = "70B3"\npayload = "nothing"', "lorawan.file.unknown"),
        ("bad.toml", 'title = "x"\nsource = "y"\nprogram = "nothing"', "lorawan.file.program"),
        ("bad.toml", 'title = "x"\nsource = "y"\nprogram = "..own:OwnPayloads"', "lorawan.file.program"),
        ("fleet.toml", '[[device]]\ndevice = "70B3"\npayload = ["mine"]', "lorawan.file.form"),
        ("fleet.toml", '[[device]]\ndevice = "cellar"\npayload = "mine"', "lorawan.file.form"),
        ("fleet.toml", '[[device]]\ndevice = ""\npayload = "mine"', "lorawan.file.form"),
        ("fleet.toml", '[[device]]\ndevice = "70"\npayload = "mine"\nport = 1', "lorawan.file.form"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, name: str, text: str, code: str) -> None:
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        OwnPayloads().load(folder)
    assert caught.value.code == code
    assert code == "lorawan.file.program" or name in caught.value.message


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        OwnPayloads().load(tmp_path / "nowhere")
    assert caught.value.code == "lorawan.file.unreadable"
