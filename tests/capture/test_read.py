"""Which format a capture has, and reading it as a whole."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.capture import FORMATS, CaptureFailure, CaptureFrame, read_frames, stream
from emtkit.capture.amber import write_amber_message
from emtkit.capture.imst import write_imst_message
from emtkit.capture.json_line import write_json_line
from emtkit.capture.registry import Setting, detect
from emtkit.capture.times import LocalClock
from emtkit.model.decoded import NO_ORIGIN
from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FRAME = bytes.fromhex("2E4493157856341233037A2A0020255923C95AAA26D1B2E7493B013EC4A6F6D3529B520EDFF0EA6DEFC99D6D69EBF3")
SETTING = Setting(NO_ORIGIN, LocalClock(), None)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"2E44\n", "lines"),
        (b"", "lines"),
        (b"# caf\xe9 in Latin-1, as old editors write it\n2E44\n", "lines"),
        (b'{"hex":"2E44"}\n{"hex":"2E44"}\n', "lines"),
        (b'{"hex":"2E44"}', "lines"),
        (b'{"hex":\n{"hex":"2E44"}\n', "lines"),
        (b'{"hex":}\n{"hex":"2E44"}\n', "lines"),
        (b"[{},{}]\n", "lines"),
        (b'{\n  "hex": "2E44"\n}\n', "json"),
        (b'[\n{"hex":"2E44"}\n]', "json"),
        (b'# comment\n\n[\n{"hex":"2E44"}\n]', "json"),
        (b"/ISK5X\r\n\r\n1.8.0(1)\r\n!\r\n", "text"),
        (b"// telegram=|2E44|\n", "lines"),
        (b"T1;1;1;2019-04-03 19:00:42.000;97;148;43225544;0x2e44\n", "lines"),
        (b"b2E44\n", "lines"),
        (write_imst_message(FRAME), "imst"),
        (write_amber_message(FRAME), "amber"),
        (bytes.fromhex("107B017C16"), "stream"),
        (FRAME, "stream"),
        (b"\xe5", "stream"),
    ],
)
def test_the_format_is_found_from_the_content(data: bytes, name: str) -> None:
    assert detect(data, SETTING).name == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_clearly(encoding: str) -> None:
    (item,) = read_frames("2E449315 # kitchen\r\n".encode(encoding), name="capture.txt")
    assert isinstance(item, CaptureFailure)
    assert item.error.code == "capture.encoding"
    assert "UTF-8" in item.error.message
    assert item.origin.source == "capture.txt"


def test_wrong_options_are_refused_before_anything_is_read() -> None:
    for options, code in (
        ({"format": "pcap"}, "capture.format"),
        ({"protocol": "usb"}, "decode.unknown_protocol"),
        ({"zone": "X"}, "capture.zone"),
    ):
        with pytest.raises(ConfigError) as caught:
            read_frames(b"", **options)
        assert caught.value.code == code


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"none\.txt.*capture\.unreadable"):
        next(read_frames("none.txt"))


def test_every_format_has_a_title_and_is_documented(request: pytest.FixtureRequest) -> None:
    page = (request.config.rootpath / "docs" / "captures.md").read_text("utf-8")
    for name, form in FORMATS.items():
        assert form.name == name
        assert form.title
        assert f"`{name}`" in page


def test_json_over_many_lines() -> None:
    text = '{\n "hex": "01",\n "id": 1\n}\n{\n "hex": "zz"}\n\n[\n {"hex": "02"},\n {"hex": "03"}\n]\n'
    text += 'rubbish\n{"hex":"04"}'
    found = list(read_frames(text.encode()))
    assert [(item.origin.line, item.data if isinstance(item, CaptureFrame) else item.error.code) for item in found] == [
        (1, b"\x01"),
        (5, "capture.hex.digit"),
        (8, b"\x02"),
        (8, b"\x03"),
        (12, "capture.json.syntax"),
    ]


def test_gzip_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    for name in ("capture.txt.gz", "capture.bin"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(b"2E44\n"))
        (item,) = read_frames(path)
        assert isinstance(item, CaptureFrame)
        assert (item.data, item.origin.source, item.origin.line) == (b"\x2e\x44", str(path), 1)


def test_frames_before_the_damage_of_a_gzip_file_are_there() -> None:
    packed = gzip.compress(b"".join(b"%08x\n" % (number * 2654435761 % 2**32) for number in range(100000)))
    found = list(read_frames(packed[:-1000]))
    assert len(found) > 50000
    assert all(isinstance(item, CaptureFrame) for item in found[:-1])
    assert isinstance(found[-1], CaptureFailure)
    assert found[-1].error.code == "capture.gzip"


class Endless:
    """A capture without end: the same lines again and again, up to a limit."""

    def __init__(self, piece: bytes, pieces: int) -> None:
        self.piece, self.left = piece, pieces

    def read(self, size: int) -> bytes:
        assert size
        self.left -= 1
        return self.piece if self.left >= 0 else b""


@pytest.mark.parametrize("kind", ["lines", "imst", "stream"])
def test_memory_does_not_grow_with_the_length(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WINDOW", 64 * 1024)
    monkeypatch.setattr(stream, "LONGEST_FRAME", 8 * 1024)
    body = bytes.fromhex("0801720000000000000000010000000C1348550000")
    long = bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 0xFF, 0x16))
    piece = {
        "lines": (write_json_line(FRAME, id="1") + "\n").encode(),
        "imst": write_imst_message(FRAME),
        "stream": long,
    }[kind] * 100

    def peak(pieces: int) -> int:
        endless: Any = Endless(piece, pieces)
        tracemalloc.start()
        assert sum(1 for _ in read_frames(endless)) == pieces * 100
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(30)
    assert peak(90) < peak(30) * 1.2 + 100_000
