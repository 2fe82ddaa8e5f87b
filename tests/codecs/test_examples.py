"""Files of examples are compared exactly: value by value, errors and warnings included."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from emtkit.codecs.examples import check_examples, read_samples
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(find_spec("quickjs") is None, reason="needs a JavaScript engine: the extra emtkit[js]")

SCRIPT = """function decodeUplink(input) {
  if (input.fPort === 9) throw new Error("short");
  if (input.fPort !== 2) return { errors: ["unknown port"] };
  var all = { n: input.bytes[0] / 10, on: true, list: [1, null], text: "x", at: input.recvTime.getUTCFullYear() };
  return { data: all, warnings: [] };
}"""
ALL = '{"n": 12.3, "on": true, "list": [1, null], "text": "x", "at": 2026}'
TIME = '"recv_time": "2026-03-01T00:00:00Z"'

# row -> what is wrong with it
ROWS = {
    f'{{"fport": 2, "hex": "7B", {TIME}, "expected": {{"data": {ALL}}}}}': None,
    f'{{"fPort": 2, "bytes": [123], {TIME}, "expected": {{"data": {ALL}, "errors": []}}}}': None,
    f'{{"fport": 2, "hex": "7B", {TIME}, "expected": {ALL}}}': None,
    '{"fport": 3, "hex": "", "expected": {"errors": ["unknown port"]}}': None,
    '{"fport": 3, "hex": "", "expected": {"errors": ["other"]}}': "errors[0] should be",
    f'{{"fport": 2, "hex": "7C", {TIME}, "expected": {{"data": {ALL}}}}}': "data.n should be 12.3, is 12.4",
    f'{{"fport": 2, "hex": "7B", {TIME}, "expected": {{"data": {ALL.replace("true", "1")}}}}}': "data.on should be 1",
    f'{{"fport": 2, "hex": "7B", {TIME}, "expected": {{"data": {ALL.replace(", null", "")}}}}}': "data.list should be",
    f'{{"fport": 2, "hex": "7B", {TIME}, "expected": {{"data": {{}}}}}}': "data.n is not expected",
    f'{{"fport": 2, "hex": "7B", {TIME}, "expected": {{"data": {ALL[:-1]}, "z": 1}}}}}}': "data.z is missing",
    f'{{"fport": 2, "hex": "7B", {TIME}, "expected": {{"data": {ALL}, "warnings": ["low"]}}}}': "warnings should be",
    '{"fport": 9, "hex": "", "expected": {"data": {}}}': "short",
}


@pytest.mark.parametrize("row", ROWS)
def test_an_example_is_right_or_says_what_is_not(tmp_path: Path, row: str) -> None:
    (tmp_path / "meter.js").write_text(SCRIPT)
    (tmp_path / "rows.jsonl").write_text(f"\n{row}\n")
    ((name, problem),) = check_examples(tmp_path / "meter.js", tmp_path / "rows.jsonl")
    assert name == "line 2"
    wanted = ROWS[row]
    assert problem is None if wanted is None else wanted in str(problem)


def test_examples_of_a_folder_name_their_formatters(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "a.js").write_text("function Decoder(b) { return { v: b[0] }; }")
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"id": "one", "codec_js": "vendor/a.js", "fport": 1, "hex": "05", "expected": {"data": {"v": 5}}}\n'
        '{"id": "two", "notes": {"codec_js": "vendor/b.js"}, "fport": 1, "hex": "05", "expected": {"data": {}}}\n'
    )
    found = dict(check_examples(tmp_path, rows))
    assert found["one"] is None
    assert "there is no" in str(found["two"])
    rows.write_text('{"fport": 1, "hex": "05", "expected": {"data": {}}}\n')
    with pytest.raises(ConfigError, match="whose it is"):
        list(check_examples(tmp_path, rows))


@pytest.mark.parametrize(
    "row", ["[]", "{", '{"fport": 1, "hex": "05"}', '{"hex": "0g", "expected": {}}', '{"hex": "", "expected": 5}',
            '{"fport": "1", "hex": "", "expected": {}}', '{"hex": "", "recv_time": "soon", "expected": {}}']
)  # fmt: skip
def test_a_row_that_is_no_example(tmp_path: Path, row: str) -> None:
    (tmp_path / "rows.jsonl").write_text(row)
    with pytest.raises(ConfigError, match="line 1") as caught:
        list(read_samples(tmp_path / "rows.jsonl"))
    assert caught.value.code == "codec.examples.form"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        list(read_samples(tmp_path / "none.jsonl"))
    assert caught.value.code == "codec.file.read"
