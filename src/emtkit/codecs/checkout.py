"""Checkouts of public collections: which of their formatters is for which device, by the collections' own lists.

    The Things Network    vendor/BRAND/MODEL.yaml names a codec, vendor/BRAND/CODEC.yaml its script
    ChirpStack            vendors/BRAND/devices/MODEL.toml names a script in vendors/BRAND/codecs

Of the YAML files only three keys are needed, each on a line of its own: no reader for the rest of the language.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PLAN: Final = re.compile(r"^\s+['\"]?([A-Z]{2}\d{3}(?:-\d+)*)['\"]?:\s*(?:#.*)?$")  # EU863-870, AS923
_CODEC: Final = re.compile(r"^\s+codec:\s*['\"]?([\w./-]+)")
_UPLINK: Final = re.compile(r"^uplinkDecoder:\s*(?:#.*)?$((?:\n(?:[ \t].*|\s*|#.*)$)*)", re.MULTILINE)
_FILE: Final = re.compile(r"^\s+fileName:\s*['\"]?([\w./-]+)", re.MULTILINE)
_HOME: Final = "EU863-870"  # of several channel plans with codecs of their own


def is_checkout(root: Path) -> bool:
    """Return whether a folder is laid out as a public collection is."""
    return any(root.glob("vendor/*/*.yaml")) or any(root.glob("vendors/*/devices/*.toml"))


def listed(root: Path) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Give what a collection calls its devices (small letters), and the file that describes each.

    Of The Things Network's only the names of the files are read, thousands of them: some describe no device.
    """
    for path in sorted(root.glob("vendor/*/*.yaml")):
        yield _names(path, path.parent), path
    for path in sorted(root.glob("vendors/*/devices/*.toml")):
        title = _chirpstack(path).get("name")
        yield (*((title.lower(),) if isinstance(title, str) else ()), *_names(path, path.parents[1])), path


def script_of(path: Path) -> Path | None:
    """Return the script for the device that a file describes, None if it describes none or the script is not there."""
    found = _chirpstack_script(path) if path.suffix == ".toml" else _things_network_script(path)
    return found if found is not None and found.is_file() else None


def _names(path: Path, brand: Path) -> tuple[str, str]:
    model = path.stem.lower()
    return model, f"{brand.name.lower()}/{model}"


def _things_network_script(path: Path) -> Path | None:
    codec = _codec_of(_text(path))
    uplink = None if codec is None else _UPLINK.search(_text(path.with_name(f"{codec}.yaml")))
    hit = None if uplink is None else _FILE.search(uplink[1])
    return None if hit is None else path.parent / hit[1]


def _codec_of(text: str) -> str | None:
    """Return the codec that a device's file names: of the newest firmware, the one for Europe."""
    plan, best, at_home = "", None, False
    for line in text.splitlines():
        if hit := _PLAN.match(line):
            plan = hit[1]
        elif (hit := _CODEC.match(line)) and (plan == _HOME or not at_home):
            best, at_home = hit[1], plan == _HOME
    return best


def _chirpstack_script(path: Path) -> Path | None:
    firmware = _chirpstack(path).get("firmware")
    named = [each.get("codec") for each in firmware if isinstance(each, dict)] if isinstance(firmware, list) else []
    codecs = [name for name in named if isinstance(name, str) and name]
    return path.parents[1] / "codecs" / codecs[-1] if codecs else None


def _chirpstack(path: Path) -> dict[str, Any]:
    """Return what a file says of its device. One that is written wrongly is no reason to refuse the others."""
    try:
        device = tomllib.loads(_text(path)).get("device")
    except tomllib.TOMLDecodeError:
        return {}
    return device if isinstance(device, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
