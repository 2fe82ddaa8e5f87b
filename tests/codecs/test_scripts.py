"""The text of formatters: read in the encodings that they come in, modules turned into scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emtkit.codecs import scripts
from emtkit.codecs.scripts import Script, read_script
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "var unit = '°C'; // 20 \u2013 30\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encodings_that_editors_write(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "x.js").write_bytes(SOURCE.encode(encoding))
    assert read_script(tmp_path / "x.js") == SOURCE


def test_what_is_no_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "MAX_SOURCE", 10)
    (tmp_path / "picture.js").write_bytes(b"\x89PNG\x00\x00")
    (tmp_path / "long.js").write_text("x" * 11)
    for name, words in (("picture.js", "no text"), ("long.js", "at most"), ("none.js", "No such file")):
        with pytest.raises(ConfigError, match=words) as caught:
            read_script(tmp_path / name)
        assert caught.value.code == "codec.file.read"


# a formatter's line -> what the engine is given
LINES = {
    'import { Buffer } from "buffer";': "",
    "import {Buffer} from 'node:buffer'": "",
    'import * as b from "buffer";': "var b = { Buffer: Buffer };",
    'import Buffer from "buffer/";': "",
    "export function decodeUplink(input) {}": "function decodeUplink(input) {}",
    "  export const decodeUplink = 1;": "const decodeUplink = 1;",
    "export default function decodeUplink(input) {}": "function decodeUplink(input) {}",
    "export default decodeUplink;": "module.exports = decodeUplink;",
    "export { decodeUplink, encodeDownlink as e };": "",
    "exporting = 1; x.export = 2; // export it": "exporting = 1; x.export = 2; // export it",
    "var s = 'import { Buffer } from nowhere';": "var s = 'import { Buffer } from nowhere';",
}


@pytest.mark.parametrize("line", LINES)
def test_modules_become_scripts(line: str) -> None:
    assert Script.of(f"var a;\n{line}\nvar b;").text == f"var a;\n{LINES[line]}\nvar b;"


def test_what_a_script_needs_is_noted() -> None:
    assert not Script.of("function Decoder() {}").shims
    assert Script.of("new TextDecoder()").shims
    assert Script.of("exports.x = 1").exports
    assert Script.of("export default { }").node
