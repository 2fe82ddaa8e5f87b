"""Files of examples, one JSON object a line: a payload, and what its formatter must return for it, exactly.

    {"fport": 2, "hex": "7B01", "expected": {"data": {"total": 12.3}}}

Also allowed: `id`; `recv_time` (ISO 8601); `bytes` (a list) in place of `hex`; `codec_js`, the formatter's path seen
from the folder that is checked (also in `notes`); in `expected` the data alone. `errors` and `warnings` that are not
there are the same as empty ones.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.codecs.codec import Codec
from emtkit.codecs.forms import CodecEntry
from emtkit.model.errors import ConfigError, DecodeError
from emtkit.model.jsontext import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PARTS: Final = ("data", "errors", "warnings")
_SHOWN: Final = 160


class Sample(NamedTuple):
    """One row: what to call it, whose it is, what goes in, what must come out."""

    name: str
    file: str | None
    port: int | None
    payload: bytes
    received_at: datetime | None
    expected: dict[str, Any]


def read_samples(path: Path) -> Iterator[Sample]:
    """Give the examples in a file. Raises ConfigError `codec.examples.form`, `codec.file.read`."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("codec.file.read", f"{path}: {getattr(error, 'strerror', None) or error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _sample(loads(line), f"line {number}")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                "codec.examples.form", f"{path}, line {number} is no example of a formatter: {error}"
            ) from None


def check_examples(path: Path, examples: Path) -> Iterator[tuple[str, str | None]]:
    """Give the name of each example, and how a formatter's result differs from it: None if it does not.

    `path` is one formatter, and the file's examples are all its own; or a folder with the formatters that they name.
    Raises ConfigError `codec.examples.form`, `codec.file.read`, `codec.engine.*`.
    """
    whole = path.is_dir()
    codecs: dict[str, Codec] = {}
    for sample in read_samples(examples):
        if whole and sample.file is None:
            raise ConfigError("codec.examples.form", f"{examples}: {sample.name} does not say whose it is (codec_js)")
        file = path / str(sample.file) if whole else path
        if str(file) not in codecs:
            if whole and not file.is_file():
                yield sample.name, f"there is no {file}"
                continue
            codecs[str(file)] = Codec(file, CodecEntry(file=str(file)))
        yield sample.name, mismatch(codecs[str(file)], sample)


def mismatch(codec: Codec, sample: Sample) -> str | None:
    """Return how a formatter's result differs from what an example says, None if it is the same.

    Raises ConfigError `codec.engine.*`.
    """
    try:
        output = codec.run(sample.payload, sample.port, sample.received_at)
        result = output.result
    except DecodeError as error:
        return error.message
    if not isinstance(result, dict):
        return f"{output.function} returned no object"
    for part in _PARTS:
        wanted, got = sample.expected.get(part), result.get(part)
        if (part == "data" or wanted or got) and (found := _difference(wanted, got, part)):
            return found
    return None


def _sample(row: dict[str, Any], place: str) -> Sample:
    notes = row.get("notes") or {}
    if not isinstance(row.get("expected"), dict) or not {"hex", "bytes"} & set(row):
        raise ValueError("it needs `hex` and, as an object, `expected`")
    payload = bytes.fromhex(row["hex"]) if "hex" in row else bytes(row["bytes"])
    at = row.get("recv_time", row.get("recvTime"))
    moment = None if at is None else datetime.fromisoformat(at)
    port = row.get("fport", row.get("fPort"))
    if not isinstance(port, int | None):
        raise TypeError("`fport` is a number")
    expected = row["expected"]
    if not set(expected) & set(_PARTS):
        expected = {"data": expected}
    return Sample(
        str(row.get("id", place)), row.get("codec_js", notes.get("codec_js")), port,
        payload, moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC), expected,
    )  # fmt: skip


def _difference(wanted: Any, got: Any, path: str) -> str | None:  # noqa: ANN401 - JSON
    """Return the first difference of two JSON values. True is not 1; 1 is 1.0."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key in {**wanted, **got}:
            if key not in got or key not in wanted:
                return f"{path}.{key} is {'missing' if key not in got else 'not expected'}"
            if found := _difference(wanted[key], got[key], f"{path}.{key}"):
                return found
        return None
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        each = (_difference(one, other, f"{path}[{n}]") for n, (one, other) in enumerate(zip(wanted, got, strict=True)))
        return next(filter(None, each), None)
    if wanted == got and isinstance(wanted, bool) == isinstance(got, bool):
        return None
    return f"{path} should be {dumps(wanted)[:_SHOWN]}, is {dumps(got)[:_SHOWN]}"
