"""Checkouts of public collections say themselves which formatter is for which device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emtkit.codecs import load_codecs
from emtkit.codecs.checkout import listed, script_of
from emtkit.codecs.collection import Collection
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

DEVICE = """name: Water meter W1  # as in the shop
description: codec is a word here
firmwareVersions:
  - version: '1.0'
    profiles:
      EU863-870:
        id: profile
        codec: old-codec
  - version: '2.0'
    profiles:
      US902-928:
        id: profile
        codec: us-codec
      EU863-870:
        id: profile
        codec: 'w1-codec'
      AS923:
        codec: us-codec
"""
CODEC = """# made by hand
uplinkDecoder:
  # the script
  fileName: payload/w1.js
  examples:
    - description: one
      input: { fPort: 1, bytes: [0x01] }
downlinkEncoder:
  fileName: down.js
"""
CHIRPSTACK = """[device]
name = "W1 Plus"
[[device.firmware]]
version = "1"
codec = "old.js"
[[device.firmware]]
version = "2"
codec = "plus.js"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    brand = tmp_path / "vendor" / "acme"
    (brand / "payload").mkdir(parents=True)
    (brand / "index.yaml").write_text("endDevices:\n  - w1\n")
    (brand / "w1.yaml").write_text(DEVICE)
    (brand / "w1-s.yaml").write_text(DEVICE.replace("w1-codec", "s-codec"))
    (brand / "w2.yaml").write_text(DEVICE.replace("w1-codec", "missing-codec"))
    (brand / "w1-codec.yaml").write_text(CODEC)
    (brand / "s-codec.yaml").write_text(CODEC.replace("payload/w1.js", "'s.js'"))
    (brand / "old-codec.yaml").write_text("downlinkEncoder:\n  fileName: down.js\n")
    (brand / "payload" / "w1.js").write_text("function Decoder() { return { w: 1 }; }")
    (brand / "s.js").write_text("function Decoder() { return { s: 1 }; }")
    other = tmp_path / "vendors" / "acme"
    (other / "devices").mkdir(parents=True)
    (other / "codecs").mkdir()
    (other / "devices" / "w1-plus.toml").write_text(CHIRPSTACK)
    (other / "devices" / "broken.toml").write_text("[device")
    (other / "devices" / "odd.toml").write_text("device = 5")
    (other / "codecs" / "plus.js").write_text("function Decoder() { return { p: 1 }; }")
    return tmp_path


def test_devices_and_their_scripts(checkout: Path) -> None:
    found = {names: script.name for names, path in listed(checkout) if (script := script_of(path)) is not None}
    assert found == {
        ("w1", "acme/w1"): "w1.js",
        ("w1-s", "acme/w1-s"): "s.js",
        ("w1 plus", "w1-plus", "acme/w1-plus"): "plus.js",
    }
    assert {codec.path.name for codec in load_codecs(checkout)} == {"w1.js", "s.js", "plus.js"}


@pytest.mark.parametrize(
    ("words", "script"),
    [
        ("w1", "w1.js"),
        ("meter-5 w1 cellar", "w1.js"),
        ("acme/w1-s", "s.js"),
        ("w1-s", "s.js"),
        ("acme w1 plus", "plus.js"),
        ("w2", None),
        ("index", None),
        ("w1-codec", None),
        ("w11", None),
        ("xw1", None),
        ("", None),
    ],
)
def test_the_profile_chooses(checkout: Path, words: str, script: str | None) -> None:
    collection = Collection(checkout)
    found = collection.find(words)
    assert (None if found is None else found.path.name) == script
    assert collection.weight(words, "", "", 1) == (0 if script is None else 2)


def test_devices_with_a_layout_of_our_own_keep_it(checkout: Path) -> None:
    (checkout / "vendor" / "acme" / "w1.yaml").rename(checkout / "vendor" / "acme" / "holley.yaml")
    collection = Collection(checkout)
    assert collection.find("holley") is not None
    assert collection.weight("holley", "", "", 1) == 0


def test_files_are_read_when_a_device_needs_them(checkout: Path) -> None:
    collection = Collection(checkout)
    (checkout / "vendor" / "acme" / "w1-s.yaml").unlink()
    assert collection.find("w1-s") is None
    codec = collection.find("w1")
    assert codec is not None
    codec.path.unlink()
    with pytest.raises(ConfigError) as caught:
        _ = codec.source
    assert caught.value.code == "codec.file.read"


def test_a_folder_without_devices_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    with pytest.raises(ConfigError, match="no checkout") as caught:
        load_codecs(tmp_path)
    assert caught.value.code == "codec.file.map"
