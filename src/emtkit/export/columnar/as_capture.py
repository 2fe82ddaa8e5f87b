"""Parquet and Arrow files that emtkit wrote, as captures: rows back to frames.

The columns are those of `columnar.table`, also as earlier versions wrote them, without those of series.
"""

from __future__ import annotations

import io
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.source import Readable, open_source
from emtkit.export.columnar import to_arrow, to_parquet
from emtkit.export.rows import Row, frames_of
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from emtkit.capture.source import Capture

PARQUET: Final = b"PAR1"
# an encapsulated message of the IPC format; the schema and its metadata are the first one
ARROW: Final = b"\xff\xff\xff\xff"
MARK: Final = b"emtkit.schema"
_NUMBER: Final = re.compile(r"-?\d{1,1000}(?:\.\d{1,1000})?\Z", re.ASCII)
_IDENTIFIER: Final = re.compile(r"\d[A-Z]{3}\d\d[0-9A-F]{8}\Z", re.ASCII)
_IN_MEMORY: Final = 8 << 20


def is_arrow(start: bytes) -> bool:
    """Return whether a file that begins like this is an Arrow stream of emtkit."""
    return start.startswith(ARROW) and MARK in start


def read_decoded(capture: Capture, *, name: str | None = None) -> Iterator[Decoded]:
    """Give the frames of a Parquet or Arrow file; holds one batch of rows at a time.

    A place where it cannot be read on is a failure at the end.
    Raises ConfigError `capture.unreadable`, `columnar.pyarrow`.
    """
    with open_source(capture) as packed:
        at = Origin(source=name or packed.name)
        try:
            source = packed.unpacked()
            if not source.look().startswith(PARQUET):
                yield from frames_of(map(_row, to_arrow.read_rows(io.BufferedReader(Readable(source)))))
                return
            with _with_seek(capture, io.BufferedReader(Readable(source))) as file:
                yield from frames_of(map(_row, to_parquet.read_rows(file)))
        except DecodeError as error:
            yield Decoded.from_error(error, origin=at)


def _with_seek(capture: Capture, stream: BinaryIO) -> BinaryIO:
    """Return a file whose end can be read first, as Parquet needs it: the file itself, or a copy of a pipe."""
    if isinstance(capture, str | Path) and Path(capture).is_file() and not str(capture).endswith(".gz"):
        return Path(capture).open("rb")
    copy: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    copy.writelines(stream)
    copy.seek(0)
    found: BinaryIO = copy
    return found


def _row(told: dict[str, Any]) -> Row:
    """Return a row of the file with the columns and types of `rows`."""
    if "quantity" not in told or "value_text" not in told:
        raise DecodeError("columnar.syntax", "not a table that emtkit wrote: it has other columns")
    row = {name: value for name, value in told.items() if value is not None}
    text, device = row.pop("value_text", None), row.pop("device", None)
    if text is not None:
        row["value"] = Decimal(text) if _NUMBER.match(text) else text
    row["time"] = row.get("time") or row.pop("date", None)
    row["meter_id"] = row.pop("serial", None)
    if device is not None and _IDENTIFIER.match(device):
        row["identifier"] = device
    return row
