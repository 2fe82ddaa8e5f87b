"""Where captures come from: files, pipes, bytes, gzip."""

from __future__ import annotations

import gzip
import io
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.capture.source import Source, open_source
from emtkit.model.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from pathlib import Path


class Pipe:
    """A pipe that gives what was written into it, piece by piece."""

    name = "<pipe>"

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "a source never reads a pipe to its end"
        return self.pieces.pop(0) if self.pieces else b""


def whole(source: Source) -> bytes:
    parts = []
    while piece := source.read():
        parts.append(piece)
    return b"".join(parts)


@pytest.mark.parametrize("kind", ["path", "name", "gzip", "bytes", "file", "text", "pipe"])
def test_all_kinds_of_sources_give_the_same_bytes(kind: str, tmp_path: Path) -> None:
    data = b"2E44\n# caf\xc3\xa9\n" * 20000
    path = tmp_path / "capture.txt"
    path.write_bytes(gzip.compress(data) if kind == "gzip" else data)
    capture: Any = {
        "path": path,
        "name": str(path),
        "gzip": path,
        "bytes": data,
        "file": io.BytesIO(data),
        "text": io.StringIO(data.decode()),
        "pipe": Pipe(*(data[at : at + 1000] for at in range(0, len(data), 1000))),
    }[kind]
    with open_source(capture) as packed:
        source = packed.unpacked()
        assert source.look().startswith(b"2E44\n")
        assert whole(source) == data
        assert packed.name == {"path": str(path), "name": str(path), "gzip": str(path), "pipe": "<pipe>"}.get(kind)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"2E44\n")))
    with open_source("-") as source:
        assert whole(source) == b"2E44\n"
    assert sys.stdin.buffer.read() == b""  # it is not closed


def test_a_callers_file_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "capture.txt"
    path.write_bytes(b"2E44")
    with path.open("rb") as file:
        with open_source(file) as source:
            assert whole(source) == b"2E44"
        assert not file.closed


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for wrong in (tmp_path / "none", tmp_path, "a\0b"):
        with pytest.raises(ConfigError, match=r"capture\.unreadable"), open_source(wrong):
            pass


@pytest.mark.parametrize("damage", ["cut", "byte", "length"])
def test_damaged_gzip_gives_what_comes_before_and_then_an_error(damage: str) -> None:
    data = bytes(range(256)) * 1000
    packed = bytearray(gzip.compress(data))
    if damage == "cut":
        del packed[-20:]
    else:
        packed[-6 if damage == "byte" else -2] ^= 1
    source = Source(io.BytesIO(bytes(packed)), None).unpacked()
    got = bytearray()
    with pytest.raises(DecodeError, match=r"capture\.gzip"):
        got.extend(byte for piece in iter(source.read, b"") for byte in piece)
    assert data.startswith(bytes(got))


def test_a_line_of_a_pipe_is_there_when_it_was_written() -> None:
    pipe = Pipe(b"first\n", b"second\n")
    lines = Source(pipe, None).lines(100)
    assert next(lines) == b"first\n"
    assert pipe.pieces == [b"second\n"]


@given(st.lists(st.binary(max_size=30)), st.integers(1, 12))
def test_lines_are_those_of_the_bytes_however_they_come(pieces: list[bytes], longest: int) -> None:
    pieces = [piece for piece in pieces if piece]
    data = b"".join(pieces)
    expected = [line[:longest] for line in data.split(b"\n")]
    got = list(Source(Pipe(*pieces), None).lines(longest))
    assert [line.removesuffix(b"\n")[:longest] for line in got] == (expected if expected[-1] else expected[:-1])


def test_a_long_line_is_not_kept_in_memory() -> None:
    pieces = [b"x" * 65536] * 200
    source = Source(Pipe(*pieces, b"\nshort\n"), None)
    assert [len(line) for line in source.lines(1000)] == [1000, 6]


def test_read_errors_have_a_code() -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise OSError(5, "Input/output error", size)

    with pytest.raises(DecodeError, match="Input/output error"):
        Source(Broken(), None).look()
